"""GET /v1/dossiers/on-time: dossiers received and the percent on time, as provinces report it, of a unit and those under it."""

from __future__ import annotations

import datetime as dt

import msgspec

from parindex.db.dossiers import read_sums_of_each
from parindex.dossiers.figures import on_time_share
from parindex.dossiers.sums import Sums
from parindex.engine.period import Period
from scoring_api import asked
from scoring_api.answers import Answer, register_standing
from scoring_api.csv_form import Sheet
from scoring_api.dossiers.ours import read_ours
from scoring_api.places import named_unit, reading_day
from scoring_api.route import Given, PublicRoute
from scoring_api.snapshot import Snapshot


class DossierCounts(msgspec.Struct, frozen=True):
    """Counts of dossiers, with the names that operation centres (IOC) of provinces use."""

    received: int
    """HSTiepNhan."""
    done_on_time: int
    """HSDaXLDungHan."""
    done_late: int
    """HSDaXLQuaHan."""
    open_within: int
    """HSDangXLTrongHan."""
    open_late: int
    """HSDangXLQuaHan."""
    online: int
    """HSTiepNhanTrucTuyen."""
    direct_and_postal: int
    """HSTrucTiepVaBCCI."""
    on_time: int
    """Done on time and open within time."""
    percent_on_time: str | None
    """One digit; null without dossiers."""


class UnitOnTime(msgspec.Struct, frozen=True):
    """One unit with everyone under it."""

    unit_id: int
    name: str
    codes: dict[str, str]
    counts: DossierCounts


class OnTime(Answer, kw_only=True):
    """Progress of a unit and of each unit directly under it."""

    period: str
    partial: bool
    judged_on: dt.date
    unit: UnitOnTime
    sentence_vi: str | None
    """As in a province's report; null without dossiers."""
    children: list[UnitOnTime]


def counts_of(sums: Sums) -> DossierCounts:
    """The counts of summed dossiers."""
    share = on_time_share(sums) if sums.n else None
    return DossierCounts(
        sums.n, sums.on_time, sums.late, sums.open_within, sums.open_late, sums.filed_online, sums.direct + sums.postal,
        sums.all_on_time, None if share is None else str(share.percent),
    )  # fmt: skip


async def _read(snapshot: Snapshot, given: Given) -> OnTime:
    period: Period = given["period"]
    day = reading_day(snapshot, period)
    unit_id = named_unit(snapshot, given["unit"], day)
    ours = await read_ours(snapshot.connection, snapshot.units, snapshot.realm, unit_id, period, snapshot.today)
    children = snapshot.units.children(unit_id, day, snapshot.realm)
    each = await read_sums_of_each(
        snapshot.connection, snapshot.units, snapshot.realm, children, period.first, period.last, ours.judged_on
    )

    def line(one: int, sums: Sums) -> UnitOnTime:
        return UnitOnTime(one, snapshot.units.name(one, day), snapshot.units.codes(one, day), counts_of(sums))

    return OnTime(
        **{**register_standing(snapshot), "as_of": snapshot.pulse.now, "not_counted": ours.waiting},
        period=period.code,
        partial=period.partial_on(snapshot.today),
        judged_on=ours.judged_on,
        unit=line(unit_id, ours.total),
        sentence_vi=on_time_share(ours.total).sentence_vi if ours.total.n else None,
        children=[line(child, each.get(child, Sums())) for child in children],
    )


def _sheet(answer: OnTime) -> Sheet:
    names = list(DossierCounts.__struct_fields__)
    columns = ["unit_id", "name", "h_code", *names, "period", "judged_on", "realm", "as_of"]
    rows = [
        [
            one.unit_id, one.name, one.codes.get("h_code"), *(getattr(one.counts, name) for name in names), answer.period,
            answer.judged_on, answer.realm, answer.as_of,
        ]
        for one in (answer.unit, *answer.children)
    ]  # fmt: skip
    return columns, rows


ROUTES = (
    PublicRoute(
        "/v1/dossiers/on-time",
        "Hồ sơ tiếp nhận và tỷ lệ giải quyết đúng hạn",
        "Dossiers received and share on time",
        "Counts of dossiers accepted in the period, of the unit with everyone under it and of each unit directly under it; those "
        "still open are judged at the end of `judged_on`. Counts only, no dossier is named.",
        "dossiers",
        (asked.UNIT, asked.PERIOD),
        _read,
        OnTime,
        _sheet,
    ),
)
