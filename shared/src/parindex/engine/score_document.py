"""The scored tree of one unit as the document that is stored, hashed, served and rendered. Pure.

Shape: docs/design.md "The score document". Points have the framework's digits, maxima are as a decision prints them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from parindex.engine import words
from parindex.engine.criteria import kind_of
from parindex.engine.inputs import Given, Inputs, NoData, NotApplicable, content_digest, input_json
from parindex.engine.numerals import arithmetic, published, shortest
from parindex.engine.placed import Placed
from parindex.engine.score import ENGINE_VERSION, Plan, Scored
from parindex.engine.score_summary import Part, counts, fields, grade, not_reached, views


def document(plan: Plan, scored: Scored, inputs: Inputs) -> dict[str, Any]:
    """The score document of one unit: the same inputs, in any order, give the same document."""
    given_grade, failed = grade(scored)
    contents = {code: input_json(value) for code, value in inputs.items() if value is not None}
    nodes, lost = _nodes(plan, scored, contents, inputs), not_reached(scored)
    return {
        "framework": plan.framework.code,
        "version": plan.framework.version,
        "framework_sha256": plan.framework.sha256,
        "template": plan.framework.template,
        "engine_version": ENGINE_VERSION,
        "block": plan.block,
        "input_sha256": content_digest(contents),
        "points": _total(plan, scored.points),
        "maximum": shortest(scored.maximum, plan.scale),
        "index": None if scored.index is None else str(scored.index),
        "bonus": _total(plan, scored.bonus),
        "penalty": _total(plan, scored.penalty),
        "complete": scored.complete,
        "grade": None
        if given_grade is None
        else {
            "label_vi": given_grade.label_vi,
            "label_en": given_grade.label_en,
            "conditions_failed": [
                {"component": one.component, "title_vi": one.title_vi, "title_en": one.title_en} for one in failed
            ],
        },
        "missing": [_name(plan.nodes[index]) for index in scored.missing],
        "views": [_part(scored, part) for part in views(scored)],
        "fields": [_part(scored, part) for part in fields(scored)],
        "counts": counts(scored, lost),
        "not_reached": [_lost(scored, placed, nodes[placed.index]) for placed in lost],
        "nodes": nodes,
    }


def _total(plan: Plan, units: int) -> str:
    return published(units // plan.step, plan.digits)


def _points(scored: Scored, value: int) -> str:
    units, texts = scored.published(value), _fixed(scored.plan).points
    text = texts.get(units)
    if text is None:
        text = texts[units] = _total(scored.plan, units)
    return text


def _name(placed: Placed) -> dict[str, Any]:
    return {"code": placed.node.code, "number": placed.node.number, "title_vi": placed.node.title_vi}


def _part(scored: Scored, part: Part) -> dict[str, Any]:
    return {
        "code": part.code,
        "points": None if part.value is None else _points(scored, part.value),
        "maximum": shortest(part.maximum, scored.plan.scale),
        "percent": None if part.percent is None else str(part.percent),
    }


def _lost(scored: Scored, placed: Placed, node: dict[str, Any]) -> dict[str, Any]:
    lost = scored.maxima[placed.index] * scored.over - (scored.values[placed.index] or 0)
    return {
        **_name(placed),
        "lost": _points(scored, lost),
        "reason_vi": node["reason_vi"],
        "reason_en": node["reason_en"],
    }


@dataclass(frozen=True, slots=True)
class _Fixed:
    """What is the same for every unit of a plan, node by node."""

    rows: list[dict[str, Any]]
    """Rows of `nodes` with everything but what the unit's inputs decide."""
    explain: list[Callable[[Any, str], words.Reason] | None]
    """Input and published points of a scored leaf -> reason; None for a branch."""
    points: dict[int, str]
    """Units -> text, as met: one framework has few different points."""


@lru_cache(maxsize=64)
def _fixed(plan: Plan) -> _Fixed:
    rows = [
        {
            "code": placed.node.code,
            "parent": plan.nodes[placed.parent].node.code if placed.parent >= 0 else None,
            "number": placed.node.number,
            "title_vi": placed.node.title_vi,
            "title_en": placed.node.title_en,
            "depth": placed.depth,
            "section": plan.section(placed),
            "rule": kind_of(placed.node.leaf.rule) if placed.node.leaf else None,
            "source": placed.node.leaf.source if placed.node.leaf else None,
            "declared_maximum": shortest(plan.scorers[placed.node.code].full, plan.scale),
            "provenance": placed.node.provenance,
            "cites": list(placed.node.cites),
            "state": None,
            "input": None,
            "points": None,
            "maximum": shortest(plan.maxima[placed.index], plan.scale),
            "reason_vi": "",
            "reason_en": "",
        }
        for placed in plan.nodes
    ]
    explain = [_explain(plan, placed) if placed.node.leaf else None for placed in plan.nodes]
    return _Fixed(rows, explain, {})


def _explain(plan: Plan, placed: Placed) -> Callable[[Any, str], words.Reason]:
    say, apply = words.explainer(placed.node), plan.scorers[placed.node.code].apply
    unit, digits = plan.unit, plan.digits

    def explain(value: Any, points: str) -> words.Reason:
        exact = apply(value)
        assert exact is not None
        return say(value, arithmetic(exact, unit, digits, points))

    return explain


def _nodes(plan: Plan, scored: Scored, contents: Mapping[str, Any], inputs: Inputs) -> list[dict[str, Any]]:
    fixed = _fixed(plan)
    whole = scored.maxima is plan.maxima
    states, values, texts = _branch_states(plan, scored), scored.values, fixed.points
    plain = scored.over == plan.step == 1
    rows = []
    for index, (row, explain) in enumerate(zip(fixed.rows, fixed.explain, strict=True)):
        value, state, code = values[index], states[index], row["code"]
        if value is None or state in ("not_applicable", "info"):
            points = None
        elif (points := texts.get(value if plain else scored.published(value))) is None:
            points = _points(scored, value)
        if explain is None:
            reason = _branch_reason(plan, scored, index, state, points)
        elif state == "scored":
            assert points is not None
            reason = explain(inputs[code], points)
        else:
            reason = _unscored_reason(state, inputs.get(code), plan.scorers[code].on_no_data)
        filled = row.copy()
        filled["state"] = state
        filled["input"] = contents.get(code)
        filled["points"] = points
        if not whole:
            filled["maximum"] = shortest(scored.maxima[index], plan.scale)
        filled["reason_vi"], filled["reason_en"] = reason
        rows.append(filled)
    return rows


def _unscored_reason(state: str | None, shown: Given | None, on_no_data: str | None) -> words.Reason:
    match state:
        case "missing":
            return words.MISSING
        case "imported":
            return words.UNDER_IMPORT
        case "info":
            return words.INFO
        case "not_applicable" if isinstance(shown, NotApplicable):
            return words.NOT_APPLICABLE
        case _:
            reason = words.NO_DATA[on_no_data or "null"]
            return reason if isinstance(shown, NoData) else words.from_zero(reason)


def _branch_reason(plan: Plan, scored: Scored, index: int, state: str | None, points: str | None) -> words.Reason:
    if state == "imported":
        return words.imported(points or "")
    placed = plan.nodes[index]
    if placed.parent < 0 and placed.node.section != "main":
        below = sum(
            [scored.values[one.index] or 0 for one in plan.nodes[index + 1 : placed.end] if one.parent == index]
        )
        if below > (scored.values[index] or 0):
            return words.capped(shortest(scored.maxima[index], plan.scale))
    return "", ""


_BITS = {"missing": 8, "scored": 4, "no_data": 4, "imported": 4, "not_applicable": 2, "info": 1}


def _branch_states(plan: Plan, scored: Scored) -> list[str | None]:
    """The state of every node. A branch is missing where something below it is, then scored, not applicable, or info."""
    states: list[str | None] = list(scored.states)
    below = [0] * len(states)
    for index, parent in plan.upward:
        state = states[index]
        if state is None:
            bits = below[index]
            state = "missing" if bits & 8 else "scored" if bits & 4 else "not_applicable" if bits & 2 else "info"
            states[index] = state
        if parent >= 0:
            below[parent] |= _BITS[state]
    return states
