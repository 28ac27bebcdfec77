"""QĐ 766 league tables as the portal printed them, each observation kept: the same table "as known on" different days.

The printed rank is a row number of the portal; ours stands beside it, under the declared tie rule, on the printed total.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from parindex.engine.period import Period, local_day
from parindex.engine.rank import Contender, part_figures, rank
from parindex.errors import NotFound
from parindex.frameworks.policy import RankingPolicy
from parindex.frameworks.policy_files import load_policies
from scoring_api import asked
from scoring_api.answers import Answer, Words, register_standing, standing_columns, tie_rule
from scoring_api.csv_form import Sheet
from scoring_api.parameters import Parameter, known_on
from scoring_api.places import named_unit
from scoring_api.route import Given, PublicRoute
from scoring_api.snapshot import Snapshot

FRAMEWORK = "qd766"
POLICY = "qd766-portal"


class PublishedGroup(msgspec.Struct, frozen=True):
    """One of the six printed columns."""

    code: str
    title_vi: str
    title_en: str
    maximum: str


class PublishedRow(msgspec.Struct, frozen=True):
    """One unit as printed, digit for digit, and our rank beside the printed one."""

    unit_id: int
    name: str
    """Our name of the unit on the day observed."""
    printed_code: str
    printed_name: str
    printed_rank: int | None
    rank: int | None
    """Under the declared tie rule, on the printed total."""
    total: str | None
    band: Words | None
    groups: dict[str, str | None]
    """Group code -> points."""


class PublishedTable(Answer, kw_only=True):
    """One observation of a published table."""

    framework: str
    policy: str
    tie_rule: str
    tie_rule_words: Words
    tie_note: Words
    scope_unit_id: int
    scope_name: str
    block: str
    period: str
    to_date: bool
    """The period was open when observed: figures to date."""
    observed_at: dt.datetime
    known_on: dt.datetime | None
    recorded_at: dt.datetime
    source: str
    sha256: str
    maximum: str
    groups: list[PublishedGroup]
    rows: list[PublishedRow]


class Observation(msgspec.Struct, frozen=True):
    """One stored observation."""

    scope_unit_id: int
    scope_name: str
    block: str
    period: str
    to_date: bool
    observed_at: dt.datetime
    recorded_at: dt.datetime
    rows: int
    source: str
    sha256: str


class ObservationList(Answer, kw_only=True):
    """Every observation, oldest first."""

    framework: str
    observations: list[Observation]


_OBSERVATIONS = """
SELECT t.*, (SELECT count(*) FROM imported_row r WHERE r.tenant_id = t.tenant_id AND r.imported_table_id = t.imported_table_id) AS rows
FROM imported_table t
WHERE t.realm = $1 AND t.framework = $2 AND ($3::int IS NULL OR t.scope_unit_id = $3) AND ($4::text IS NULL OR t.block = $4) AND ($5::text IS NULL OR t.period = $5)
ORDER BY t.scope_unit_id, t.block COLLATE "C", t.period COLLATE "C", t.observed_at
"""
_ROWS = "SELECT unit_id, printed_code, printed_name, printed_rank, total, parts::text AS parts FROM imported_row WHERE tenant_id = $1 AND imported_table_id = $2"


async def _table(snapshot: Snapshot, given: Given) -> PublishedTable:
    period: Period = given["period"]
    limit: dt.datetime | None = given["known_on"]
    scope = named_unit(snapshot, given["scope"], min(local_day(limit or snapshot.pulse.now), period.last))
    observations = await snapshot.connection.fetch(
        _OBSERVATIONS, snapshot.realm, FRAMEWORK, scope, given["block"], period.code
    )
    known = [one for one in observations if limit is None or one["observed_at"] <= limit]
    if not known:
        raise await _nothing_known(snapshot, scope, given, [one["observed_at"] for one in observations])
    table = known[-1]
    rows = await snapshot.connection.fetch(_ROWS, table["tenant_id"], table["imported_table_id"])
    policy = load_policies().on(POLICY, local_day(table["observed_at"]))
    ranked = [row for row in rows if row["total"] is not None]
    totals = [
        Contender(one["unit_id"], one["total"], part_figures(msgspec.json.decode(one["parts"]))) for one in ranked
    ]
    ranks = rank(totals, policy.tie_rule, tie_breakers=policy.tie_breakers, digits=policy.digits)
    day = local_day(table["observed_at"])
    lines = [_row(snapshot, row, day, ranks.get(row["unit_id"]), policy) for row in rows]
    lines.sort(key=lambda line: (line.rank is None, line.rank or 0, line.printed_rank or 0, line.unit_id))
    return PublishedTable(
        **{**register_standing(snapshot), "as_of": table["observed_at"], "not_counted": None},
        framework=FRAMEWORK,
        policy=policy.name,
        tie_rule=policy.tie_rule,
        tie_rule_words=tie_rule(policy),
        tie_note=Words(policy.tie_note_vi, policy.tie_note_en),
        scope_unit_id=scope,
        scope_name=snapshot.units.name(scope, day),
        block=table["block"],
        period=table["period"],
        to_date=table["to_date"],
        observed_at=table["observed_at"],
        known_on=limit,
        recorded_at=table["recorded_at"],
        source=table["source"],
        sha256=table["sha256"],
        maximum=str(policy.maximum),
        groups=[PublishedGroup(part.code, part.title_vi, part.title_en, str(part.maximum)) for part in policy.parts],
        rows=lines,
    )


def _row(snapshot: Snapshot, row: Any, day: dt.date, place: int | None, policy: RankingPolicy) -> PublishedRow:
    total: Decimal | None = row["total"]
    band = None if total is None else policy.band(total)
    parts: dict[str, str | None] = msgspec.json.decode(row["parts"])
    return PublishedRow(
        row["unit_id"],
        snapshot.units.name(row["unit_id"], day),
        row["printed_code"],
        row["printed_name"],
        row["printed_rank"],
        place,
        None if total is None else str(total),
        None if band is None else Words(band.label_vi, band.label_en),
        {part.code: parts.get(part.code) for part in policy.parts},
    )


async def _nothing_known(snapshot: Snapshot, scope: int, given: Given, observed: list[dt.datetime]) -> NotFound:
    what = f"published QĐ 766 table of block {given['block']} under unit {scope} for {given['period'].code} in realm {snapshot.realm}"
    if observed:
        days = ", ".join(one.isoformat() for one in observed)
        return NotFound(
            f"No observation of the {what} was known by {given['known_on'].isoformat()}.",
            code="not_known_yet",
            hint=f"It was observed at {days}.",
        )
    others = await snapshot.connection.fetch(_OBSERVATIONS, snapshot.realm, FRAMEWORK, None, None, None)
    have = sorted({f"scope={one['scope_unit_id']} block={one['block']} period={one['period']}" for one in others})
    return NotFound(
        f"There is no {what}.",
        code="published_table_not_found",
        hint=f"There are: {'; '.join(have[:12])}."
        if have
        else "This realm has no published tables; they are in production.",
    )


async def _observations(snapshot: Snapshot, given: Given) -> ObservationList:
    scope = named_unit(snapshot, given["scope"], snapshot.today) if given["scope"] else None
    rows = await snapshot.connection.fetch(
        _OBSERVATIONS,
        snapshot.realm,
        FRAMEWORK,
        scope,
        given["block"],
        given["period"].code if given["period"] else None,
    )
    lines = [
        Observation(
            row["scope_unit_id"],
            snapshot.units.name(row["scope_unit_id"], local_day(row["observed_at"])),
            row["block"],
            row["period"],
            row["to_date"],
            row["observed_at"],
            row["recorded_at"],
            row["rows"],
            row["source"],
            row["sha256"],
        )
        for row in rows
    ]
    return ObservationList(
        **{**register_standing(snapshot), "not_counted": None}, framework=FRAMEWORK, observations=lines
    )


def _table_sheet(answer: PublishedTable) -> Sheet:
    columns, repeated = standing_columns(answer)
    groups = [group.code for group in answer.groups]
    columns = ["printed_rank", "rank", "unit_id", "name", "printed_code", "printed_name", *(f"{group.code}_{group.maximum}" for group in answer.groups), "total", "band_vi",
               "scope_unit_id", "block", "period", "to_date", "observed_at", "framework", "policy", "tie_rule", "source", *columns]  # fmt: skip
    repeated = [
        answer.scope_unit_id,
        answer.block,
        answer.period,
        answer.to_date,
        answer.observed_at,
        answer.framework,
        answer.policy,
        answer.tie_rule,
        answer.source,
        *repeated,
    ]
    rows = [
        [
            row.printed_rank,
            row.rank,
            row.unit_id,
            row.name,
            row.printed_code,
            row.printed_name,
            *(row.groups[code] for code in groups),
            row.total,
            row.band.vi if row.band else None,
            *repeated,
        ]
        for row in answer.rows
    ]
    return columns, rows


def _observation_sheet(answer: ObservationList) -> Sheet:
    columns, repeated = standing_columns(answer)
    names = list(Observation.__struct_fields__)
    return [*names, "framework", *columns], (
        [*(getattr(one, name) for name in names), answer.framework, *repeated] for one in answer.observations
    )


ROUTES = (
    PublicRoute(
        "/v1/published/qd766/tables",
        "Bảng điểm Quyết định 766 như đã công bố",
        "QĐ 766 table as published",
        "The latest observation known by `known_on` (default: the latest): printed rank and our rank side by side, six groups with their maxima, total, time and source of the observation.",
        "published figures",
        (
            asked.SCOPE,
            asked.BLOCK,
            asked.PERIOD,
            Parameter(
                "known_on",
                *known_on(),
                "Như đã biết đến ngày (hết ngày, giờ Việt Nam) hoặc thời điểm",
                "As known on a day (its end, Asia/Ho_Chi_Minh) or at an instant",
                "2025-10-12",
            ),
        ),
        _table,
        PublishedTable,
        _table_sheet,
    ),
    PublicRoute(
        "/v1/published/qd766/observations",
        "Các lần ghi nhận bảng điểm Quyết định 766",
        "Observations of QĐ 766 tables",
        "Every stored observation; none is ever overwritten.",
        "published figures",
        (asked.optional(asked.SCOPE), asked.optional(asked.BLOCK), asked.optional(asked.PERIOD)),
        _observations,
        ObservationList,
        _observation_sheet,
    ),
)
