"""GET /v1/portal/observations and /v1/portal/catalogue-changes: what the portal showed when, and what it opened and closed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import msgspec

from parindex.engine.period import Period
from scoring_api import asked
from scoring_api.answers import Answer, Words, register_standing
from scoring_api.csv_form import Sheet
from scoring_api.parameters import Parameter, Read, one_of, whole, word
from scoring_api.places import named_unit, reading_day
from scoring_api.portal.observed import Observed, every
from scoring_api.route import Given, PublicRoute
from scoring_api.snapshot import Snapshot

MOST = 2_000
_CHANGES = """
SELECT c.change_id, c.tenant_id, c.catalogue, c.code, c.kind, c.before::text AS before, c.after::text AS after, c.applied, c.revision, c.recorded_at
FROM portal_catalogue_change c
WHERE (c.tenant_id = 0 OR c.tenant_id = ANY($1::int[])) AND ($2::text IS NULL OR c.catalogue = $2)
  AND ($3::uuid IS NULL OR c.change_id < $3)
ORDER BY c.change_id DESC LIMIT $4
"""
_APPLIED = {
    "register": Words("Đã đưa vào sổ đăng ký.", "Brought into the register."),
    "person": Words("Chờ người xác định.", "A person has to decide."),
    "none": Words("Không cần làm gì.", "Nothing to do."),
}


class ObservedMoment(msgspec.Struct, frozen=True):
    """One metric as printed at one moment; null stays null."""

    metric: str
    observed_at: dt.datetime
    printed_code: str | None
    printed_name: str
    numerator: str | None
    denominator: str | None
    percent: str | None
    points: str | None
    maximum: str | None
    quality: str | None
    further: dict[str, Any]
    """Fields of the portal that are kept without being understood."""
    snapshot: str
    sha256: str


class Observations(Answer, kw_only=True):
    """Every observation of a unit and period, the oldest first; none is ever overwritten."""

    unit_id: int
    name: str
    period: str
    observations: list[ObservedMoment]
    complete: bool
    """False: there are more than are shown; name a metric."""


class CatalogueChange(msgspec.Struct, frozen=True):
    """An entry of the portal's catalogue that was opened, changed or closed."""

    change: str
    catalogue: str
    code: str
    kind: str
    name_before: str | None
    name_after: str | None
    applied: str
    applied_words: Words
    register_revision: int | None
    recorded_at: dt.datetime


class CatalogueChanges(Answer, kw_only=True):
    """Changes of the portal's catalogues, the newest first."""

    changes: list[CatalogueChange]
    next_cursor: str | None


async def _read(snapshot: Snapshot, given: Given) -> Observations:
    period: Period = given["period"]
    day = reading_day(snapshot, period)
    unit_id = named_unit(snapshot, given["unit"], day)
    found = await every(snapshot.connection, snapshot.realm, unit_id, period.code, given["metric"], MOST + 1)
    return Observations(
        **{
            **register_standing(snapshot),
            "as_of": max((one.observed_at for one in found), default=None),
            "not_counted": None,
        },
        unit_id=unit_id,
        name=snapshot.units.name(unit_id, day),
        period=period.code,
        observations=[_moment(one) for one in found[:MOST]],
        complete=len(found) <= MOST,
    )


def _moment(one: Observed) -> ObservedMoment:
    numerator, denominator, ratio, score, most = (
        None if value is None else f"{value:f}"
        for value in (one.numerator, one.denominator, one.ratio, one.score, one.max_score)
    )
    return ObservedMoment(
        one.metric, one.observed_at, one.printed_code, one.printed_name, numerator, denominator, ratio, score, most,
        one.quality, one.further, str(one.snapshot_id), one.sha256,
    )  # fmt: skip


async def _read_changes(snapshot: Snapshot, given: Given) -> CatalogueChanges:
    """An authority's changes are read in the realm that its own unit belongs to; those of the nation everywhere."""
    invented = snapshot.realm != "production"
    owners = [unit.unit_id for unit in snapshot.units.units if (unit.realm != "production") is invented]
    limit: int = given["limit"]
    rows = await snapshot.connection.fetch(_CHANGES, owners, given["catalogue"], given["cursor"], limit + 1)
    lines = [
        CatalogueChange(
            str(row["change_id"]), row["catalogue"], row["code"], row["kind"], _name(row["before"]), _name(row["after"]),
            row["applied"], _APPLIED[row["applied"]], row["revision"], row["recorded_at"],
        )
        for row in rows[:limit]
    ]  # fmt: skip
    return CatalogueChanges(
        **{**register_standing(snapshot), "not_counted": None},
        changes=lines,
        next_cursor=lines[-1].change if len(rows) > limit else None,
    )


def _name(document: str | None) -> str | None:
    return None if document is None else msgspec.json.decode(document).get("name")


def _cursor() -> tuple[Read, dict[str, Any]]:
    def read(value: str) -> uuid.UUID:
        try:
            return uuid.UUID(value)
        except ValueError:
            raise ValueError("next_cursor of the page before") from None

    return read, {"type": "string", "format": "uuid"}


def _sheet(answer: Observations) -> Sheet:
    names = [name for name in ObservedMoment.__struct_fields__ if name != "further"]
    columns = ["unit_id", "name", "period", *names, "realm"]
    rows = [
        [answer.unit_id, answer.name, answer.period, *(getattr(one, name) for name in names), answer.realm]
        for one in answer.observations
    ]
    return columns, rows


ROUTES = (
    PublicRoute(
        "/v1/portal/observations",
        "Số liệu 766 của Cổng qua các lần ghi nhận",
        "The portal's 766 figures at every observed moment",
        "Each good observation of a unit and period as printed, with the digest of the answer that it stands in. Null stays null.",
        "dossiers",
        (
            asked.UNIT,
            asked.PERIOD,
            Parameter("metric", *word(), "Mã chỉ tiêu của Cổng; mặc định là tất cả", "The portal's code of a metric; all by default", "DOSSIER_SYNC"),
        ),
        _read,
        Observations,
        _sheet,
    ),
    PublicRoute(
        "/v1/portal/catalogue-changes",
        "Thay đổi trong danh mục của Cổng",
        "Changes of the portal's catalogues",
        "Agencies, sectors and procedures that were opened, changed or closed between two good pulls, and what became of each.",
        "dossiers",
        (
            Parameter("catalogue", *one_of("agency", "sector", "procedure"), "Danh mục", "Catalogue; all by default", "agency"),
            Parameter("limit", *whole(1, 500), "Số dòng tối đa", "Most rows of a page", "50", default=100),
            Parameter("cursor", *_cursor(), "Trang trước (next_cursor)", "next_cursor of the page before", "01900001-0000-7000-8000-000000000000"),
        ),
        _read_changes,
        CatalogueChanges,
    ),
)  # fmt: skip
