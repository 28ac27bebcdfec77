"""What one scored tree says as a whole: fields, views, counts, what was not reached, the grade. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from parindex.engine.criteria import Grade, GradeCondition
from parindex.engine.placed import Placed
from parindex.engine.score import Scored


@dataclass(frozen=True, slots=True)
class Part:
    """A field or view: its points (exact, in units of the plan), its unit-specific maximum, its percent."""

    code: str
    value: Any
    """None where only a part of an imported branch belongs to a view: its points are not known."""
    maximum: int
    percent: Decimal | None
    """None while something of it is missing, or when nothing of it applies."""


def fields(scored: Scored) -> list[Part]:
    """The fields of the main section, in the order of the decision."""
    nodes = scored.plan.nodes
    incomplete = {nodes[index].root for index in scored.missing}
    return [
        _part(
            scored, root.node.code, scored.values[root.index] or 0, scored.maxima[root.index], root.index in incomplete
        )
        for root in scored.plan.roots
        if root.node.section == "main"
    ]


def views(scored: Scored) -> list[Part]:
    """The declared views: the same points added up another way, exactly; each is rounded on its own."""
    missing = set(scored.missing)
    branches = [one for one in scored.plan.nodes if one.node.leaf is None and scored.states[one.index] == "imported"]
    parts = []
    for view, leaves in scored.plan.views:
        value: Any = sum([scored.values[index] or 0 for index in leaves])
        known = True
        for branch in branches:
            inside = [index for index in leaves if branch.index < index < branch.end]
            if inside and len(inside) == sum(
                one.node.leaf is not None for one in scored.plan.nodes[branch.index : branch.end]
            ):
                value += scored.values[branch.index]
            elif inside:
                known = False
        maximum = sum([scored.maxima[index] for index in leaves])
        parts.append(
            _part(scored, view.code, value if known else None, maximum, not known or not missing.isdisjoint(leaves))
        )
    return parts


def _part(scored: Scored, code: str, value: Any, maximum: int, unknown: bool) -> Part:
    return Part(code, value, maximum, None if unknown else scored.percent(value, maximum))


def at_maximum(scored: Scored, index: int) -> bool:
    """Whether the published points of a node reach its maximum: what readers see as equal is equal."""
    value = scored.values[index]
    return value is not None and scored.published(value) >= scored.maxima[index]


def appraised(scored: Scored) -> Iterator[Placed]:
    """Leaves of the main section that the unit is measured by, and imported branches: those inside its denominator."""
    for placed, state in zip(scored.plan.nodes, scored.states, strict=True):
        measured = state in ("scored", "no_data") or (state == "imported" and placed.node.leaf is None)
        if measured and scored.plan.section(placed) == "main":
            yield placed


def not_reached(scored: Scored) -> list[Placed]:
    """Leaves and imported branches of the main section with fewer points than their maximum, in the decision's order."""
    return [placed for placed in appraised(scored) if not at_maximum(scored, placed.index)]


def counts(scored: Scored) -> dict[str, int]:
    """Leaves of the main section (without those only shown) by what became of them.

    leaves = scored + no_data + not_applicable + missing + imported; at_maximum + not_at_maximum = scored + no_data.
    """
    counted = dict.fromkeys(
        ("leaves", "scored", "at_maximum", "not_at_maximum", "not_applicable", "no_data", "missing", "imported"), 0
    )
    for placed, state in zip(scored.plan.nodes, scored.states, strict=True):
        if placed.node.leaf is None or state is None or state == "info" or scored.plan.section(placed) != "main":
            continue
        counted["leaves"] += 1
        counted[state] += 1
        if state in ("scored", "no_data"):
            counted["at_maximum" if at_maximum(scored, placed.index) else "not_at_maximum"] += 1
    return counted


def ranked_figure(scored: Scored) -> Decimal | None:
    """The figure that grades and ranks are taken on: index percent, or total points; None where there is no index."""
    if scored.index is None or scored.plan.framework.ranked_on == "percent":
        return scored.index
    return scored.decimal(scored.points)


def grade(scored: Scored) -> tuple[Grade | None, list[GradeCondition]]:
    """The grade, and the conditions that kept the unit from a higher one. None below all grades or without an index.

    A condition asks for a component at its maximum; it does not bind a unit to which the component does not apply.
    """
    framework, figure = scored.plan.framework, ranked_figure(scored)
    failed: list[GradeCondition] = []
    if figure is None:
        return None, failed
    for one in framework.grades.get(scored.plan.block) or framework.grades.get("", ()):
        if figure < one.minimum:
            continue
        broken = [condition for condition in one.conditions if not _holds(scored, condition)]
        if not broken:
            return one, failed
        failed += [condition for condition in broken if condition not in failed]
    return None, failed


def _holds(scored: Scored, condition: GradeCondition) -> bool:
    index = scored.plan.places.get(condition.component)
    return index is None or scored.states[index] == "not_applicable" or at_maximum(scored, index)
