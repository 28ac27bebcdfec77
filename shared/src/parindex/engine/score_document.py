"""The scored tree of one unit as the document that is stored, hashed, served and rendered. Pure.

Shape: docs/design.md "The score document". Points have the framework's digits, maxima are as a decision prints them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from parindex.engine import words
from parindex.engine.criteria import kind_of
from parindex.engine.inputs import Inputs, NoData, NotApplicable, input_digest, input_json
from parindex.engine.numerals import arithmetic, published, shortest
from parindex.engine.placed import Placed
from parindex.engine.score import ENGINE_VERSION, Plan, Scored
from parindex.engine.score_summary import Part, counts, fields, grade, not_reached, views


def document(plan: Plan, scored: Scored, inputs: Inputs) -> dict[str, Any]:
    """The score document of one unit: the same inputs, in any order, give the same document."""
    given_grade, failed = grade(scored)
    nodes = _nodes(plan, scored, inputs)
    return {
        "framework": plan.framework.code,
        "version": plan.framework.version,
        "framework_sha256": plan.framework.sha256,
        "template": plan.framework.template,
        "engine_version": ENGINE_VERSION,
        "block": plan.block,
        "input_sha256": input_digest(inputs),
        "points": _points(scored, scored.points),
        "maximum": shortest(scored.maximum, plan.scale),
        "index": None if scored.index is None else str(scored.index),
        "bonus": _points(scored, scored.bonus),
        "penalty": _points(scored, scored.penalty),
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
        "counts": counts(scored),
        "not_reached": [_lost(scored, placed, nodes[placed.index]) for placed in not_reached(scored)],
        "nodes": nodes,
    }


def _points(scored: Scored, value: Any) -> str:
    return published(scored.published(value) // scored.plan.step, scored.plan.digits)


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
    lost = scored.maxima[placed.index] - (scored.values[placed.index] or 0)
    return {
        **_name(placed),
        "lost": _points(scored, lost),
        "reason_vi": node["reason_vi"],
        "reason_en": node["reason_en"],
    }


@dataclass(frozen=True, slots=True)
class _Fixed:
    """What is the same for every unit of a plan, per node."""

    rows: list[dict[str, Any]]
    explainers: list[words.Explain | None]
    maxima: list[str]


@lru_cache(maxsize=64)
def _fixed(plan: Plan) -> _Fixed:
    rows, explainers = [], []
    for placed in plan.nodes:
        node = placed.node
        rows.append(
            {
                "code": node.code,
                "parent": plan.nodes[placed.parent].node.code if placed.parent >= 0 else None,
                "number": node.number,
                "title_vi": node.title_vi,
                "title_en": node.title_en,
                "depth": placed.depth,
                "section": plan.section(placed),
                "rule": kind_of(node.leaf.rule) if node.leaf else None,
                "source": node.leaf.source if node.leaf else None,
                "declared_maximum": shortest(plan.scorers[node.code].full, plan.scale),
                "provenance": node.provenance,
                "cites": list(node.cites),
            }
        )
        explainers.append(words.explainer(node) if node.leaf else None)
    return _Fixed(rows, explainers, [shortest(maximum, plan.scale) for maximum in plan.maxima])


def _nodes(plan: Plan, scored: Scored, inputs: Inputs) -> list[dict[str, Any]]:
    fixed = _fixed(plan)
    whole = scored.maxima is plan.maxima
    states = _branch_states(plan, scored)
    rows = []
    for index, row in enumerate(fixed.rows):
        value, state = scored.values[index], states[index]
        shown = inputs.get(row["code"])
        points = None if value is None or state in ("not_applicable", "info") else _points(scored, value)
        explain = fixed.explainers[index]
        reason = (
            _branch_reason(plan, scored, index, state, points)
            if explain is None
            else _leaf_reason(plan, index, state, shown, points, explain)
        )
        rows.append(
            {
                **row,
                "state": state,
                "input": None if shown is None else input_json(shown),
                "points": points,
                "maximum": fixed.maxima[index] if whole else shortest(scored.maxima[index], plan.scale),
                "reason_vi": reason[0],
                "reason_en": reason[1],
            }
        )
    return rows


def _leaf_reason(
    plan: Plan, index: int, state: str | None, shown: Any, points: str | None, explain: words.Explain
) -> words.Reason:
    if state == "scored":
        assert points is not None
        exact = plan.scorers[plan.nodes[index].node.code].apply(shown)
        assert exact is not None
        return explain(shown, arithmetic(exact, plan.unit, plan.digits, points))
    if state == "missing":
        return words.MISSING
    if state == "imported":
        return words.UNDER_IMPORT
    if state == "info":
        return words.INFO
    if state == "not_applicable" and isinstance(shown, NotApplicable):
        return words.NOT_APPLICABLE
    reason = words.NO_DATA[plan.scorers[plan.nodes[index].node.code].on_no_data or "null"]
    if isinstance(shown, NoData):
        return reason
    return words.from_zero(reason)


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


_ORDER = ("missing", "scored", "not_applicable", "info")


def _branch_states(plan: Plan, scored: Scored) -> list[str | None]:
    """The state of every node. A branch is missing where something below it is, then scored, not applicable, or info."""
    states: list[str | None] = list(scored.states)
    below: list[set[str]] = [set() for _ in plan.nodes]
    for placed in reversed(plan.nodes):
        index = placed.index
        if states[index] is None:
            states[index] = next((state for state in _ORDER if state in below[index]), "scored")
        if placed.parent >= 0:
            state = states[index]
            assert state is not None
            below[placed.parent].add("scored" if state in ("no_data", "imported") else state)
    return states
