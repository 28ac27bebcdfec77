"""`/v1/as-known-on` and `/v1/differences`: a table at a past moment, and what changed between two moments and why."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from parindex.editions.moments import difference
from parindex.errors import Invalid
from scoring_api import asked
from scoring_api.answers import Answer, Words, register_standing
from scoring_api.moments.tables import Table, table_known
from scoring_api.parameters import Parameter, known_on, one_of, word
from scoring_api.places import named_unit, reading_day
from scoring_api.route import Given, PublicRoute
from scoring_api.snapshot import Snapshot


class KnownFigure(msgspec.Struct, frozen=True):
    """One unit's figure as known at the moment."""

    unit_id: int
    name: str
    value: str | None
    parts: dict[str, str | None]
    """Group, field or factor -> points (percent where there are no points)."""


class Holder(msgspec.Struct, frozen=True):
    """What held the figures at a moment."""

    as_of: dt.datetime
    """When they were observed, published, computed or counted."""
    holder: str
    rules: str
    engine_version: str | None


class AsKnownOn(Answer, kw_only=True):
    """One table as it was known at a moment."""

    kind: str
    index: str
    scope_unit_id: int
    block: str
    period: str
    known_on: dt.datetime
    held: Holder
    figures: list[KnownFigure]


class PartMoved(msgspec.Struct, frozen=True):
    """A part of a unit's figure at the two moments."""

    then: str | None
    now: str | None


class MovedFigure(msgspec.Struct, frozen=True):
    """A unit whose figures differ between the moments."""

    unit_id: int
    name: str
    then: str | None
    now: str | None
    points: str | None
    """Signed; null where a side has no figure."""
    parts: dict[str, PartMoved]
    words: Words


class CauseLine(msgspec.Struct, frozen=True):
    """Why figures differ."""

    code: str
    """restated_import, correction, new_framework, engine, rerun, new_responses, withdrawn, replaced, promoted, repeat, round_events."""
    n: int | None
    vi: str
    en: str


class Difference(msgspec.Struct, frozen=True):
    """What differs between two moments."""

    kind: str
    then: Holder
    now: Holder
    causes: list[CauseLine]
    units: list[MovedFigure]
    unchanged: int
    """Units whose figures are the same at both moments."""


class Differences(Answer, kw_only=True):
    """The difference of one table between two moments."""

    index: str
    scope_unit_id: int
    block: str
    period: str
    difference: Difference


def _moment(name: str, vi: str, en: str) -> Parameter:
    note_vi, note_en = "ngày (hết ngày, giờ Việt Nam) hoặc thời điểm", "a day (its end, Asia/Ho_Chi_Minh) or an instant"
    return Parameter(name, *known_on(), f"{vi}: {note_vi}", f"{en}: {note_en}", "2026-11-22", required=True)


_TABLE = (
    Parameter(
        "kind",
        *one_of("published", "edition"),
        "Bảng do cơ quan khác công bố, hay ấn bản của hệ thống này",
        "Tables that others published, or editions of this system",
        "published",
        required=True,
    ),
    Parameter("index", *word(), "Mã bộ chỉ số", "Code of the index", "qd766", required=True),
    asked.SCOPE,
    asked.BLOCK,
    asked.PERIOD,
)


def _table(snapshot: Snapshot, given: Given) -> Table:
    period = given["period"]
    scope = named_unit(snapshot, given["scope"], reading_day(snapshot, period))
    return scope, snapshot.realm, given["index"], given["block"], period.code


def _standing(snapshot: Snapshot, table: Table, as_of: dt.datetime) -> dict[str, Any]:
    scope, _, index, block, period = table
    return {
        **register_standing(snapshot),
        "as_of": as_of,
        "not_counted": None,
        "index": index,
        "scope_unit_id": scope,
        "block": block,
        "period": period,
    }


async def _as_known_on(snapshot: Snapshot, given: Given) -> AsKnownOn:
    table = _table(snapshot, given)
    known = await table_known(snapshot, given["kind"], table, given["known_on"])
    return AsKnownOn(
        **_standing(snapshot, table, known.as_of),
        kind=known.kind,
        known_on=given["known_on"],
        held=Holder(known.as_of, known.holder, known.rules, known.engine_version),
        figures=[
            KnownFigure(unit_id, one.name, one.value, dict(one.parts)) for unit_id, one in sorted(known.figures.items())
        ],
    )


async def _differences(snapshot: Snapshot, given: Given) -> Differences:
    if given["from"] > given["to"]:
        raise Invalid(
            f"from={given['from'].isoformat()} lies after to={given['to'].isoformat()}.",
            code="moments_order",
            hint="Give the earlier moment as from.",
        )
    table = _table(snapshot, given)
    then = await table_known(snapshot, given["kind"], table, given["from"])
    now = await table_known(snapshot, given["kind"], table, given["to"])
    return Differences(
        **_standing(snapshot, table, now.as_of), difference=msgspec.convert(difference(then, now), Difference)
    )


ROUTES = (
    PublicRoute(
        "/v1/as-known-on",
        "Một bảng như đã biết tại một thời điểm",
        "A table as it was known at a past moment",
        "What publishers had printed (by the time it was observed) or what was published here (by the time of publication); later observations and errata are left out.",
        "moments",
        (*_TABLE, _moment("known_on", "Như đã biết đến", "As known on")),
        _as_known_on,
        AsKnownOn,
    ),
    PublicRoute(
        "/v1/differences",
        "Khác biệt của một bảng giữa hai thời điểm và nguyên nhân",
        "The difference of a table between two moments, with its causes",
        "Units whose figures differ, and why: a restated import, a correction by errata, a new framework, another engine version.",
        "moments",
        (
            *_TABLE,
            _moment("from", "Thời điểm trước", "The earlier moment"),
            _moment("to", "Thời điểm sau", "The later moment"),
        ),
        _differences,
        Differences,
    ),
)
