"""One unit's figures over time: every period of a kind, frozen and current side by side, gaps named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

from parindex.engine.period import KINDS, Kind, Period
from parindex.engine.small_cells import Suppression
from parindex.engine.table import size
from parindex.errors import Invalid
from parindex.instruments.catalogue import Instrument
from parindex.units.records import UnitRecord
from scoring_api import asked
from scoring_api.answers import FigureAnswer, figure_standing, standing_columns
from scoring_api.csv_form import Sheet
from scoring_api.figures import Figure
from scoring_api.parameters import Parameter, one_of, period
from scoring_api.places import UnitLine, named_unit, unit_line, visible_unit
from scoring_api.questionnaires import named_instrument
from scoring_api.route import Given, PublicRoute
from scoring_api.snapshot import Snapshot
from scoring_api.stored import STATES, Stored, unit_results
from scoring_api.withheld import withheld_units

MOST_POINTS = 120
_DEFAULT_POINTS: dict[Kind, int] = {"month": 12, "quarter": 8, "half": 6, "year": 5}


class PointFigures(msgspec.Struct, frozen=True):
    """One state's figures of a period."""

    as_of: dt.datetime
    responses: int
    top2: Figure
    mean: Figure
    constructed: bool
    pooled_unit_ids: list[int]


class Point(msgspec.Struct, frozen=True):
    """One period. `current` of a closed period is the restated result beside the frozen one."""

    period: str
    first: dt.date
    last: dt.date
    partial: bool
    closes_at: dt.datetime
    closed: bool
    current: PointFigures | None
    frozen: PointFigures | None
    suppressed: str | None
    gap: str | None
    """Why there is nothing: no_responses, unit_not_yet, unit_ended, questionnaire_not_in_use, not_begun. A gap is not zero."""


class Series(FigureAnswer, kw_only=True):
    """A time series, oldest period first."""

    unit: UnitLine
    kind: str
    points: list[Point]


async def _read(snapshot: Snapshot, given: Given) -> Series:
    instrument = named_instrument(snapshot.instruments, given["instrument"], given["version"])
    unit_id = named_unit(snapshot, given["unit"], snapshot.today)
    record = visible_unit(snapshot, unit_id)
    periods = {one.code: one for one in _periods(given["kind"], given["from"], given["to"], snapshot.today)}
    stored = await unit_results(snapshot, instrument, [unit_id], list(periods))
    sizes: dict[str, list[int]] = {}
    for (_, code, _), one in stored.items():
        sizes.setdefault(code, []).append(size(one.document))
    hidden = (
        await withheld_units(snapshot, instrument, unit_id, {code: periods[code] for code in sizes}, sizes)
        if sizes
        else {}
    )
    points = [
        _point(
            snapshot,
            one,
            {state: stored[unit_id, code, state] for state in STATES if (unit_id, code, state) in stored},
            hidden.get(code),
            record,
            instrument,
        )
        for code, one in periods.items()
    ]
    as_of = min((one.as_of for (_, _, state), one in stored.items() if state == "current"), default=None)
    return Series(
        **figure_standing(snapshot, instrument, as_of),
        unit=unit_line(snapshot.units, unit_id, snapshot.today),
        kind=given["kind"],
        points=points,
    )


def _periods(kind: Kind, start: Period | None, end: Period | None, today: dt.date) -> list[Period]:
    last = Period.containing(end.last if end else max(today, start.first if start else today), kind)
    if start is not None:
        first = Period.containing(start.first, kind)
    else:
        first = last
        for _ in range(_DEFAULT_POINTS[kind] - 1):
            first = first.previous
    if first > last:
        raise Invalid(
            f"from={first.code} is after to={last.code}.",
            code="parameter_invalid",
            hint="Give the earlier period as from.",
        )
    found = [last]
    while found[-1] != first:
        found.append(found[-1].previous)
        if len(found) > MOST_POINTS:
            raise Invalid(
                f"From {first.code} to {last.code} are more than {MOST_POINTS} periods of kind {kind}.",
                code="parameter_invalid",
                hint="Ask for a shorter stretch or a longer kind.",
            )
    return found[::-1]


def _point(
    snapshot: Snapshot,
    one: Period,
    stored: Mapping[str, Stored],
    hidden: Suppression | None,
    record: UnitRecord,
    instrument: Instrument,
) -> Point:
    shown: Mapping[str, Stored] = {} if hidden else stored
    return Point(
        one.code,
        one.first,
        one.last,
        one.partial_on(snapshot.today),
        one.closes_at,
        snapshot.pulse.now >= one.closes_at,
        _figures(shown.get("current")),
        _figures(shown.get("frozen")),
        hidden,
        None if stored else _gap(one, record, instrument, snapshot.today),
    )


def _figures(stored: Stored | None) -> PointFigures | None:
    if stored is None:
        return None
    document: dict[str, Any] = stored.document
    top2, mean = (msgspec.convert(document["whole"][method], Figure) for method in ("top2", "mean"))
    return PointFigures(
        stored.as_of, document["responses"], top2, mean, document["constructed"], document["pooled_unit_ids"]
    )


def _gap(one: Period, record: UnitRecord, instrument: Instrument, today: dt.date) -> str:
    if one.first > today:
        return "not_begun"
    if record.start is not None and one.end <= record.start:
        return "unit_not_yet"
    if record.end is not None and record.end <= one.first:
        return "unit_ended"
    in_use = instrument.valid_from < one.end and (instrument.valid_to is None or one.first < instrument.valid_to)
    return "no_responses" if in_use else "questionnaire_not_in_use"


def _sheet(answer: Series) -> Sheet:
    columns, repeated = standing_columns(answer)
    kinds = [
        f"{state}_{name}" for state in STATES for name in ("responses", "top2", "mean", "constructed", "figures_as_of")
    ]
    columns = [
        "unit_id",
        "name",
        "kind",
        "period",
        "first",
        "last",
        "partial",
        "closed",
        *kinds,
        "suppressed",
        "gap",
        "instrument",
        "version",
        *columns,
    ]
    rows = []
    for point in answer.points:
        figures: list[Any] = []
        for one in (point.current, point.frozen):
            figures += (
                [one.responses, one.top2.value, one.mean.value, one.constructed, one.as_of] if one else [None] * 5
            )
        head = [
            answer.unit.unit_id,
            answer.unit.name,
            answer.kind,
            point.period,
            point.first,
            point.last,
            point.partial,
            point.closed,
        ]
        rows.append([*head, *figures, point.suppressed, point.gap, answer.instrument, answer.version, *repeated])
    return columns, rows


ROUTES = (
    PublicRoute(
        "/v1/series",
        "Chuỗi thời gian của một đơn vị",
        "Time series of one unit",
        "Every period of a kind between two periods: frozen and current figures side by side, constructed ones marked, gaps named and never zero.",
        "results",
        (
            asked.UNIT,
            asked.INSTRUMENT,
            asked.VERSION,
            Parameter("kind", *one_of(*KINDS), "Loại kỳ", "Kind of period", "quarter", default="month"),
            Parameter(
                "from",
                *period(),
                "Từ kỳ",
                "First period; by default 12 months, 8 quarters, 6 half-years or 5 years back",
                "2026-01",
            ),
            Parameter("to", *period(), "Đến kỳ", "Last period; the running one by default", "2026-11"),
        ),
        _read,
        Series,
        _sheet,
    ),
)
