"""Scores a criteria tree: compiled once per framework and block, then run over the inputs of each unit. Pure.

Integer arithmetic in units of 10**-scale points. Points are quantised half-up once, where the framework says:
- at component: each leaf;
- at criterion: each node of the second level (and fields that are leaves); everything below goes up as an exact rational;
- at total: the main, the bonus and the penalty section, each once.
Not applicable leaves the denominator up the tree; bonus and penalty stand outside it and their `maximum` caps them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import lcm
from typing import Any

from parindex.engine import inputs as given
from parindex.engine.criteria import Framework, Section
from parindex.engine.leaf import State, compile_node, fault_finding, said
from parindex.engine.placed import Placed, placed_nodes
from parindex.engine.rounding import half_up_ratio
from parindex.engine.rules import Unusable, decimals
from parindex.errors import Finding, Invalid

ENGINE_VERSION = "1"
"""Changes whenever the same framework and inputs could give other points."""


@dataclass(slots=True)
class Scored:
    """The points of one unit, node by node in the order of the decision. Units: 10**-scale points of its plan."""

    plan: Plan
    over: int
    """What `values` are divided by: 1 where components are rounded, else the common denominator of the unit's points."""
    values: list[int | None]
    """Exact points of each node in units / over; None = none (missing, not applicable, shown empty, under an import)."""
    maxima: list[int]
    """Unit-specific maximum of each node; 0 for a leaf that does not apply."""
    states: list[State | None]
    """State of each leaf and imported branch; None = another branch."""
    missing: list[int]
    main: int
    bonus: int
    penalty: int
    maximum: int
    index: Decimal | None
    """Percent; None while something is missing, or when nothing applies to the unit."""

    @property
    def complete(self) -> bool:
        """Nothing is missing."""
        return not self.missing

    @property
    def points(self) -> int:
        """Main section plus bonus minus penalty, in units."""
        return self.main + self.bonus - self.penalty

    def published(self, value: int) -> int:
        """A value as published, in units: rounded half-up on its own to the framework's digits."""
        return value if self.over == self.plan.step == 1 else half_up_units(value, self.over, self.plan.step)

    def decimal(self, units: int) -> Decimal:
        """Units (totals, maxima, published values) in points with the framework's digits."""
        return half_up_ratio(units, self.plan.unit, self.plan.digits)

    def percent(self, value: int, maximum: int) -> Decimal | None:
        """A value / maximum x 100 on the index digits; None for a maximum of 0."""
        if not maximum:
            return None
        return half_up_ratio(100 * value, maximum * self.over, self.plan.framework.index_digits)


class Plan:
    """A framework compiled for one block. Immutable after it is made; may be used for any number of units."""

    def __init__(self, framework: Framework, block: str) -> None:
        if block not in framework.blocks and (block or framework.blocks):
            raise Invalid(
                f"{framework.name} has no block {said(block)}; it has {', '.join(framework.blocks) or 'none'}.",
                code="block_unknown",
            )
        self.framework, self.block, self.digits = framework, block, framework.digits
        self.nodes: tuple[Placed, ...] = tuple(placed_nodes(framework, block))
        scale = max([framework.digits, *(decimals(placed.node) for placed in self.nodes)])
        self.scale, self.unit = scale, 10**scale
        self.step = 10 ** (scale - framework.digits)
        self.scorers = {
            placed.node.code: compile_node(placed.node, scale=scale, digits=framework.digits) for placed in self.nodes
        }
        self.places = {placed.node.code: placed.index for placed in self.nodes}
        self.maxima = self._maxima()
        for placed in self.nodes:
            if placed.node.inferred_split and self.section(placed) == "main":
                self.scorers[placed.node.code] = compile_node(
                    placed.node, scale=scale, digits=framework.digits, in_block=self.maxima[placed.index]
                )
        self._leaves = [
            (placed.index, placed.node.code, scorer.accepts, scorer.apply, scorer)
            for placed, scorer in zip(self.nodes, self.scorers.values(), strict=True)
            if placed.node.leaf is not None and not scorer.is_info
        ]
        self._infos = [(self.places[code], code, scorer) for code, scorer in self.scorers.items() if scorer.is_info]
        self._splits = [(placed, self.scorers[placed.node.code]) for placed in self.nodes if placed.node.inferred_split]
        self.upward = [(placed.index, placed.parent) for placed in reversed(self.nodes)]
        self._rounded = frozenset(
            placed.index
            for placed in self.nodes
            if framework.rounding_at == "criterion"
            and (placed.depth == 1 or (placed.depth == 0 and placed.node.leaf is not None))
        )
        self.main = [one.index for one in self.nodes if self.section(one) == "main"]
        self.views = [
            (view, [index for index in self.main if self.nodes[index].node.code in view.leaves])
            for view in framework.views
        ]
        self.roots = [placed for placed in self.nodes if placed.parent < 0]
        self._values: list[Any] = [None if one.node.leaf is not None else 0 for one in self.nodes]
        self._states: list[State | None] = [
            None if one.node.leaf is None else "info" if self.scorers[one.node.code].is_info else "missing"
            for one in self.nodes
        ]

    def section(self, placed: Placed) -> Section:
        """The section that a node stands in: that of its field."""
        return self.nodes[placed.root].node.section

    def score(self, inputs: given.Inputs, *, unit: str = "") -> Scored:
        """The scored tree of one unit. `unit` is only named in errors.

        Raises Invalid with a finding for every input that its rule cannot use and for every code the block does not have.
        """
        try:
            return self._score(inputs)
        except Unusable:
            findings = self.findings(inputs, unit=unit)
            raise Invalid(
                findings[0].message, code=findings[0].code, hint=findings[0].hint, findings=findings
            ) from None

    def _score(self, inputs: given.Inputs) -> Scored:
        values, states, missing, removed = self._values[:], self._states[:], [], []
        exactly, step = self.framework.rounding_at != "component", self.step
        rationals: list[tuple[int, int, int]] = []
        get, used = inputs.get, 0
        hidden: set[int] = set()
        if self._splits:
            used, hidden = self._import(inputs, values, states)
        for index, code, accepts, apply, scorer in self._leaves:
            value = get(code)
            if value is None:
                if index not in hidden:
                    missing.append(index)
                continue
            used += 1
            if type(value) in accepts and (exact := apply(value)) is not None:
                state: State = "scored"
            else:
                state, exact = scorer.outcome(value)
            if index in hidden:
                continue
            states[index] = state
            if exact is not None:
                top, bottom = exact
                if exactly:
                    rationals.append((index, top, bottom))
                else:
                    bottom *= step
                    values[index] = (2 * top + bottom) // (2 * bottom) * step
            elif state == "not_applicable":
                removed.append(index)
        for index, code, scorer in self._infos:
            values[index] = 0
            if (shown := get(code)) is not None:
                used += 1
                scorer.outcome(shown)
        if used != sum(value is not None for value in inputs.values()):
            raise Unusable("component_unknown", "", "a component of the block")
        over = lcm(*[bottom for _, _, bottom in rationals])
        if over > 1:
            values = [value * over if value else value for value in values]
        for index, top, bottom in rationals:
            values[index] = top * (over // bottom)
        rounded = self._rounded
        for index, parent in self.upward:
            if points := values[index]:
                if index in rounded:
                    points = values[index] = half_up_units(points, over, step) * over
                if parent >= 0:
                    values[parent] += points
        return self._total(over, values, self._without(removed), states, missing)

    def _total(
        self, over: int, values: list[Any], maxima: list[int], states: list[State | None], missing: list[int]
    ) -> Scored:
        points = {"main": 0, "bonus": 0, "penalty": 0}
        maximum = 0
        for root in self.roots:
            section = root.node.section
            if section == "main":
                maximum += maxima[root.index]
            elif values[root.index] is not None:
                values[root.index] = min(values[root.index], maxima[root.index] * over)
            points[section] += values[root.index] or 0
        main, bonus, penalty = (half_up_units(value, over, self.step) for value in points.values())
        index = (
            None
            if missing or not maximum
            else half_up_ratio(100 * (main + bonus - penalty), maximum, self.framework.index_digits)
        )
        return Scored(self, over, values, maxima, states, missing, main, bonus, penalty, maximum, index)

    def _import(self, inputs: given.Inputs, values: list[Any], states: list[State | None]) -> tuple[int, set[int]]:
        """Branches scored by an imported figure: how many, and what stands below them (the outermost counts)."""
        used, hidden = 0, set[int]()
        for placed, scorer in self._splits:
            value = inputs.get(placed.node.code)
            if value is None:
                continue
            used += 1
            state, exact = scorer.outcome(value)
            assert exact is not None
            if placed.index in hidden:
                continue
            values[placed.index], states[placed.index] = exact[0] // exact[1], state
            for below in range(placed.index + 1, placed.end):
                hidden.add(below)
                if states[below] == "missing":
                    states[below] = "imported"
        return used, hidden

    def _maxima(self) -> list[int]:
        """The maximum of each node when all of the block applies: its leaves' sum; a capped section's own maximum."""
        maxima = [self.scorers[placed.node.code].full if placed.node.leaf is not None else 0 for placed in self.nodes]
        for code, scorer in self.scorers.items():
            if scorer.is_info:
                maxima[self.places[code]] = 0
        for placed in reversed(self.nodes):
            if placed.node.section != "main":
                maxima[placed.index] = self.scorers[placed.node.code].full
            if placed.parent >= 0:
                maxima[placed.parent] += maxima[placed.index]
        return maxima

    def _without(self, removed: list[int]) -> list[int]:
        """The maxima of a unit to which some leaves do not apply."""
        if not removed:
            return self.maxima
        maxima = self.maxima[:]
        for index in removed:
            lost, maxima[index] = maxima[index], 0
            above = self.nodes[index].parent
            while above >= 0 and self.nodes[above].node.section == "main":
                maxima[above] -= lost
                above = self.nodes[above].parent
        return maxima

    def findings(self, inputs: given.Inputs, *, unit: str = "") -> list[Finding]:
        """Everything in the inputs that the rules of this block cannot use."""
        found = []
        for code, value in inputs.items():
            if value is None:
                continue
            scorer = self.scorers.get(code)
            if scorer is None:
                found.append(self.stranger(code, unit=unit))
                continue
            try:
                scorer.outcome(value)
            except Unusable as fault:
                found.append(fault_finding(scorer.node, given.input_json(value), fault, unit=unit))
        return found

    def stranger(self, code: Any, *, unit: str = "") -> Finding:
        """The finding for an input of a component that the block does not have."""
        elsewhere = any(node.code == code for node in self.framework.walk())
        where = f"{unit}: {said(code)}" if unit else said(code)
        return Finding(
            "component_outside_block" if elsewhere else "component_unknown",
            f"inputs.{code}",
            f"{where} is not a component of {self.framework.name}, block {self.block!r}.",
            "It exists in other blocks of the framework."
            if elsewhere
            else "Use the codes of the framework's components.",
        )


def half_up_units(value: int, over: int, step: int) -> int:
    """The quotient value / over, never negative, rounded half-up to a multiple of `step`."""
    bottom = over * step
    return (2 * value + bottom) // (2 * bottom) * step


def compile_framework(framework: Framework, block: str) -> Plan:
    """The plan of a framework for one block. Raises Invalid for a block it does not have."""
    return Plan(framework, block)
