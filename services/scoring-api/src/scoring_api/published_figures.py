"""Single figures as publishers printed them (PAR INDEX, SIPAS, PAPI, provinces' own rankings), each with its source.

Nothing is chosen between publishers that contradict each other: every figure stands, and says that it is contradicted.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

import msgspec

from parindex.engine.period import Period
from parindex.errors import NotFound
from scoring_api import asked
from scoring_api.answers import Answer, register_standing, standing_columns
from scoring_api.csv_form import Sheet
from scoring_api.parameters import Parameter, known_on, one_of, word
from scoring_api.places import named_unit, reading_day
from scoring_api.route import Given, PublicRoute
from scoring_api.snapshot import Snapshot

BLOCKS = ("province", "nation", "ministry", "department", "district", "commune")


class PublishedFigure(msgspec.Struct, frozen=True):
    """One figure of one source."""

    scope_unit_id: int
    block: str
    unit_id: int | None
    """Null where the register has no such unit: then only the printed name."""
    name: str
    """Our name of the unit on the last day of the period, else the printed one."""
    printed_name: str
    measure: str
    """`index` (percent), `points`, a field or view of the framework, `mean`, or a count."""
    value: str | None
    """With its published digits; null is never zero: see `evidence`."""
    maximum: str | None
    printed_rank: str | None
    printed_grade: str | None
    evidence: str
    """published, derived (from printed figures, see the note), rank_only (a place alone), missing (not published)."""
    contradicted: bool
    """Another source gives another value for the same unit, period and measure."""
    note: str
    source_match: str
    """exact: the page is recorded for this figure; probable: the likely one of that year's pages."""
    source: str
    observed_at: dt.datetime


class PublishedFigures(Answer, kw_only=True):
    """The figures of one index and period."""

    framework: str
    period: str
    known_on: dt.datetime | None
    figures: list[PublishedFigure]


_FIGURES = """
SELECT * FROM published_figure
WHERE realm = $1 AND framework = $2 AND period = $3 AND ($4::int IS NULL OR scope_unit_id = $4)
  AND ($5::text IS NULL OR block = $5) AND ($6::text IS NULL OR measure = $6) AND ($7::timestamptz IS NULL OR observed_at <= $7)
"""
_KNOWN = "SELECT framework, period, count(*) AS figures FROM published_figure WHERE realm = $1 GROUP BY 1, 2"


async def _figures(snapshot: Snapshot, given: Given) -> PublishedFigures:
    period: Period = given["period"]
    day = reading_day(snapshot, period)
    scope = named_unit(snapshot, given["scope"], day) if given["scope"] else None
    rows = await snapshot.connection.fetch(
        _FIGURES,
        snapshot.realm,
        given["framework"],
        period.code,
        scope,
        given["block"],
        given["measure"],
        given["known_on"],
    )
    if not rows:
        raise await _nothing(snapshot, given)
    values: defaultdict[tuple[Any, ...], set[Decimal]] = defaultdict(set)
    for row in rows:
        if row["value"] is not None:
            values[_subject(row)].add(row["value"])
    lines = [_line(snapshot, row, period.last, contradicted=len(values[_subject(row)]) > 1) for row in rows]
    lines.sort(key=lambda one: (one.scope_unit_id, BLOCKS.index(one.block), one.unit_id is None, one.unit_id or 0,
                                one.printed_name, one.measure, one.observed_at, one.source))  # fmt: skip
    return PublishedFigures(
        **{**register_standing(snapshot), "not_counted": None},
        framework=given["framework"],
        period=period.code,
        known_on=given["known_on"],
        figures=lines,
    )


def _subject(row: Any) -> tuple[Any, ...]:
    return (row["scope_unit_id"], row["block"], row["unit_id"], row["printed_name"], row["measure"])


def _line(snapshot: Snapshot, row: Any, day: dt.date, *, contradicted: bool) -> PublishedFigure:
    unit_id: int | None = row["unit_id"]
    return PublishedFigure(
        row["scope_unit_id"],
        row["block"],
        unit_id,
        row["printed_name"] if unit_id is None else snapshot.units.name(unit_id, day),
        row["printed_name"],
        row["measure"],
        None if row["value"] is None else f"{row['value']:f}",
        None if row["maximum"] is None else f"{row['maximum']:f}",
        row["printed_rank"],
        row["printed_grade"],
        row["evidence"],
        contradicted,
        row["note"],
        row["source_match"],
        row["source"],
        row["observed_at"],
    )


async def _nothing(snapshot: Snapshot, given: Given) -> NotFound:
    have: defaultdict[str, list[str]] = defaultdict(list)
    for row in await snapshot.connection.fetch(_KNOWN, snapshot.realm):
        have[row["framework"]].append(row["period"])
    known = "; ".join(f"framework={code} period={', '.join(sorted(periods))}" for code, periods in sorted(have.items()))
    return NotFound(
        f"There is no published figure of {given['framework']} for {given['period'].code} in realm {snapshot.realm} with these conditions.",
        code="published_figures_not_found",
        hint=f"There are: {known}." if known else "This realm has no published figures; they are in production.",
    )


def _sheet(answer: PublishedFigures) -> Sheet:
    columns, repeated = standing_columns(answer)
    names = list(PublishedFigure.__struct_fields__)
    return [*names, "framework", "period", *columns], (
        [*(getattr(one, name) for name in names), answer.framework, answer.period, *repeated] for one in answer.figures
    )


ROUTES = (
    PublicRoute(
        "/v1/published/figures",
        "Số liệu đã công bố của PAR INDEX, SIPAS, PAPI và của các tỉnh",
        "Published figures of PAR INDEX, SIPAS, PAPI and of provinces",
        "Every figure read in a source, digit for digit, with source, evidence and time; sources that contradict each other all stand.",
        "published figures",
        (
            Parameter(
                "framework",
                *word(),
                "Mã bộ chỉ số: par-province, par-ministry, sipas, papi, qd766, par-internal",
                "Code of the index: par-province, par-ministry, sipas, papi, qd766, par-internal",
                "par-province",
                required=True,
            ),
            asked.PERIOD,
            asked.optional(asked.SCOPE),
            Parameter("block", *one_of(*BLOCKS), "Khối đơn vị", "Block of units", "province"),
            Parameter(
                "measure", *word(), "Đại lượng: index, points, mean, ...", "Measure: index, points, mean, ...", "index"
            ),
            Parameter(
                "known_on",
                *known_on(),
                "Như đã biết đến ngày (hết ngày, giờ Việt Nam) hoặc thời điểm",
                "As known on a day (its end, Asia/Ho_Chi_Minh) or at an instant",
                "2026-11-22",
            ),
        ),
        _figures,
        PublishedFigures,
        _sheet,
    ),
)
