"""Satisfaction of one unit in one period: the whole, by factor, by item, or by a circumstance of the responses."""

from __future__ import annotations

from typing import Any

import msgspec

from parindex.engine.period import Period
from parindex.engine.small_cells import Suppression
from parindex.engine.table import size
from parindex.errors import Invalid, NotFound
from parindex.instruments.catalogue import Instrument
from scoring_api import asked
from scoring_api.answers import FigureAnswer, Words, figure_standing, standing_columns
from scoring_api.breakdown import COLUMNS
from scoring_api.circumstances import circumstance_lines
from scoring_api.csv_form import Sheet
from scoring_api.figures import Exposure
from scoring_api.improve.flagged import Flagged, flagged_factors
from scoring_api.item_disclosure import hidden_factors, hidden_items, item_key
from scoring_api.parameters import Parameter, one_of
from scoring_api.places import named_unit, reading_day
from scoring_api.questionnaires import named_instrument
from scoring_api.result_lines import ResultLine, result_line
from scoring_api.route import Given, PublicRoute
from scoring_api.snapshot import Snapshot
from scoring_api.stored import Stored, unit_results
from scoring_api.withheld import satisfaction_policy, withheld_units

KINDS_OF_VIEW = ("whole", "factor", "item", *COLUMNS)


class Result(FigureAnswer, kw_only=True):
    """Satisfaction of one unit's subtree in one period."""

    unit_id: int
    name: str
    codes: dict[str, str]
    period: str
    partial: bool
    state: str
    by: str
    design: str
    policy: str
    method_default: str
    small_cell_minimum: int
    responses: int | None
    exposure: Exposure | None
    reason: str | None
    """no_responses: nobody answered about the unit in this period. No figure is then given; that is not zero."""
    constructed: bool
    pooled_unit_ids: list[int]
    partial_predecessors: list[int]
    suppressed: str | None
    lines: list[ResultLine]
    flagged: list[Flagged]
    """In the view by factor: factors that are called out (below 70 percent), with the rule and its source."""


async def _read(snapshot: Snapshot, given: Given) -> Result:
    period: Period = given["period"]
    instrument = named_instrument(snapshot.instruments, given["instrument"], given["version"])
    unit_id = named_unit(snapshot, given["unit"], reading_day(snapshot, period))
    both = await unit_results(snapshot, instrument, [unit_id], [period.code])
    stored = both.get((unit_id, period.code, given["state"]))
    if stored is None and given["state"] == "frozen":
        raise NotFound(
            f"There is no frozen result of unit {unit_id} for {period.code}.",
            code="result_not_frozen",
            hint=f"The period closes at {period.closes_at.isoformat()}; results of closed periods without responses do not exist. See state=current.",
        )
    if given["by"] in COLUMNS and given["state"] == "frozen":
        raise Invalid(
            "Circumstances are counted for state=current only.",
            code="parameter_invalid",
            hint="Leave state out, or ask by=whole, factor or item.",
        )
    sizes = {period.code: [size(one.document) for one in both.values()]}
    hidden = (await withheld_units(snapshot, instrument, unit_id, {period.code: period}, sizes)).get(period.code)
    lines = [] if stored is None else await _lines(snapshot, instrument, unit_id, period, stored, given["by"], hidden)
    return _answer(snapshot, given, instrument, unit_id, period, stored, hidden, lines)


def _answer(
    snapshot: Snapshot,
    given: Given,
    instrument: Instrument,
    unit_id: int,
    period: Period,
    stored: Stored | None,
    hidden: Suppression | None,
    lines: list[ResultLine],
) -> Result:
    day = reading_day(snapshot, period)
    document: dict[str, Any] = (
        stored.document
        if stored
        else {"responses": 0, "exposure": None, "constructed": False, "pooled_unit_ids": [], "partial_predecessors": []}
    )
    policy = satisfaction_policy(period)
    rules = policy.rules()
    return Result(
        **figure_standing(
            snapshot,
            instrument,
            stored.as_of if stored and given["by"] not in COLUMNS else None,
            frozen=given["state"] == "frozen",
        ),
        unit_id=unit_id,
        name=snapshot.units.name(unit_id, day),
        codes=snapshot.units.codes(unit_id, day),
        period=period.code,
        partial=period.partial_on(snapshot.today),
        state=given["state"],
        by=given["by"],
        design=instrument.design,
        policy=policy.name,
        method_default=rules.default_method,
        small_cell_minimum=rules.small_cell_minimum,
        responses=None if hidden else document["responses"],
        exposure=None if hidden else msgspec.convert(document["exposure"], Exposure | None),
        reason="no_responses" if document["responses"] == 0 else None,
        constructed=document["constructed"],
        pooled_unit_ids=document["pooled_unit_ids"],
        partial_predecessors=document["partial_predecessors"] or list(snapshot.units.partial_predecessors(unit_id)),
        suppressed=hidden,
        lines=lines,
        flagged=flagged_factors(lines, rules.default_method, period.last) if given["by"] == "factor" else [],
    )


async def _lines(
    snapshot: Snapshot,
    instrument: Instrument,
    unit_id: int,
    period: Period,
    stored: Stored,
    by: str,
    hidden: Suppression | None,
) -> list[ResultLine]:
    document = stored.document
    if by == "whole":
        return [result_line("whole", Words("Toàn bộ", "The whole"), document["whole"], document["balance"], hidden)]
    if by in COLUMNS:
        return await circumstance_lines(snapshot, instrument, unit_id, period, by, hidden)
    reasons = await hidden_items(snapshot, instrument, unit_id, period) if hidden is None else {}
    if by == "factor":
        withheld = hidden_factors(instrument, reasons)
        titles = {factor.code: Words(factor.title_vi, factor.title_en) for factor in instrument.factors}
        return [
            result_line(
                line["factor"],
                titles[line["factor"]],
                line,
                None,
                hidden or withheld.get(line["factor"]),
                factor=line["factor"],
            )
            for line in document["factors"]
        ]
    lines = []
    for line in document["items"]:
        item = instrument.items[line["item"]]
        option = next((one for one in item.options if one.id == line["option"]), None)
        title = (
            Words(f"{item.title_vi}: {option.title_vi}", f"{item.title_en}: {option.title_en}")
            if option
            else Words(item.title_vi, item.title_en)
        )
        key = item_key(line["item"], line["option"])
        lines.append(
            result_line(
                key,
                title,
                line,
                line["balance"],
                hidden or reasons.get(key),
                factor=item.factor,
                item=item.code,
                option=line["option"],
            )
        )
    return lines


def _sheet(answer: Result) -> Sheet:
    columns, repeated = standing_columns(answer)
    columns = ["unit_id", "name", "h_code", "gso", "period", "partial", "state", "instrument", "version", "policy", "by", "key", "title_vi", "title_en", "responses", "answered", "not_answered",
               "dont_know", "not_applicable", "automatic", "top2", "top2_n", "mean", "mean_n", "suppressed", "constructed", "reason", *columns]  # fmt: skip
    head = [
        answer.unit_id,
        answer.name,
        answer.codes.get("h_code"),
        answer.codes.get("gso"),
        answer.period,
        answer.partial,
        answer.state,
        answer.instrument,
        answer.version,
        answer.policy,
        answer.by,
    ]
    tail = [answer.constructed, answer.reason, *repeated]
    if not answer.lines:
        return columns, [[*head, *[None] * (len(columns) - len(head) - len(tail)), *tail]]
    rows = []
    for line in answer.lines:
        counted = (
            [
                line.balance.answered,
                line.balance.not_answered,
                line.balance.dont_know,
                line.balance.not_applicable,
                line.balance.automatic,
            ]
            if line.balance
            else [None] * 5
        )
        figures = [
            line.top2.value if line.top2 else None,
            line.top2.n if line.top2 else None,
            line.mean.value if line.mean else None,
            line.mean.n if line.mean else None,
        ]
        rows.append(
            [*head, line.key, line.title.vi, line.title.en, line.responses, *counted, *figures, line.suppressed, *tail]
        )
    return columns, rows


ROUTES = (
    PublicRoute(
        "/v1/results",
        "Kết quả hài lòng của một đơn vị",
        "Satisfaction of one unit",
        "Top-two share and mean score with n and the response balance, of the unit with everyone under it. Cells with fewer responses than the minimum show nothing, and neither does what would reveal one.",
        "results",
        (
            asked.UNIT,
            asked.PERIOD,
            asked.INSTRUMENT,
            asked.VERSION,
            asked.STATE,
            Parameter(
                "by",
                *one_of(*KINDS_OF_VIEW),
                "Chia theo",
                "View: the whole, factors, items, or a circumstance of the responses",
                "item",
                default="whole",
            ),
        ),
        _read,
        Result,
        _sheet,
    ),
)
