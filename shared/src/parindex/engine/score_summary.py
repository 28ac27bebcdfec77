"""What one scored tree says as a whole: fields, views, counts, what was not reached, the grade. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from parindex.engine.criteria import Grade, GradeCondition
from parindex.engine.placed import Placed
from parindex.engine.score import Scored

_MEASURED = frozenset({"scored", "no_data"})


@dataclass(frozen=True, slots=True)
class Part:
    """A field or view: its points (exact, in units / over of the score), its unit-specific maximum, its percent."""

    code: str
    value: int | None
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
        value = sum([scored.values[index] or 0 for index in leaves])
        known = True
        for branch in branches:
            inside = [index for index in leaves if branch.index < index < branch.end]
            if inside and len(inside) == sum(
                one.node.leaf is not None for one in scored.plan.nodes[branch.index : branch.end]
            ):
                value += scored.values[branch.index] or 0
            elif inside:
                known = False
        maximum = sum([scored.maxima[index] for index in leaves])
        parts.append(
            _part(scored, view.code, value if known else None, maximum, not known or not missing.isdisjoint(leaves))
        )
    return parts


def _part(scored: Scored, code: str, value: int | None, maximum: int, unknown: bool) -> Part:
    percent = None if unknown or value is None else scored.percent(value, maximum)
    return Part(code, value, maximum, percent)


def at_maximum(scored: Scored, index: int) -> bool:
    """Whether the published points of a node reach its maximum: what readers see as equal is equal."""
    value = scored.values[index]
    return value is not None and scored.published(value) >= scored.maxima[index]


def not_reached(scored: Scored) -> list[Placed]:
    """Leaves and imported branches of the main section with fewer points than their maximum, in the decision's order.

    What is missing or does not apply is not among them, nor what stands below an imported branch.
    """
    nodes, states = scored.plan.nodes, scored.states
    return [
        nodes[index]
        for index in scored.plan.main
        if (states[index] in _MEASURED or (states[index] == "imported" and nodes[index].node.leaf is None))
        and not at_maximum(scored, index)
    ]


def counts(scored: Scored, lost: list[Placed] | None = None) -> dict[str, int]:
    """Leaves of the main section (without those only shown) by what became of them.

    `lost` is what `not_reached` gave, where it is known already.
    leaves = scored + no_data + not_applicable + missing + imported; at_maximum + not_at_maximum = scored + no_data.
    """
    counted = dict.fromkeys(
        ("leaves", "scored", "at_maximum", "not_at_maximum", "not_applicable", "no_data", "missing", "imported"), 0
    )
    nodes, states = scored.plan.nodes, scored.states
    leaves = [states[index] for index in scored.plan.main if nodes[index].node.leaf is not None]
    for state, number in Counter(leaves).items():
        if state is not None and state != "info":
            counted["leaves"] += number
            counted[state] += number
    below = sum(placed.node.leaf is not None for placed in (not_reached(scored) if lost is None else lost))
    counted["not_at_maximum"] = below
    counted["at_maximum"] = counted["scored"] + counted["no_data"] - below
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


def contributions(scored: Scored) -> Mapping[str, Fraction]:
    """Exact points of every leaf and imported branch of the main section: code -> points.

    Their sum, rounded where the framework rounds, is the total of the main section.
    """
    return {
        placed.node.code: Fraction(value, scored.over * scored.plan.unit)
        for placed, value in zip(scored.plan.nodes, scored.values, strict=True)
        if value is not None
        and (placed.node.leaf is not None or scored.states[placed.index] == "imported")
        and scored.plan.section(placed) == "main"
    }
