"""Which components of a unit can still gain points, and how their gains add up to its total. Pure.

Sums are rounded where the framework rounds criteria, and cut where a bonus or penalty is capped. Both are monotone: more
below is never worse above, so that for every (components, published gain) only the most points need be kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from parindex.engine import inputs as given
from parindex.engine.criteria import Section
from parindex.engine.improve_ladder import Ladder, exact_points, ladder
from parindex.engine.score import Plan, Scored, half_up_units

Picked = tuple[tuple[int, int], ...]
"""(place of a component among the candidates, rung of its ladder)."""
Table = dict[tuple[int, int], tuple[Any, Picked]]
"""(components used, steps of published points gained) -> (most points gained, by what)."""


@dataclass(slots=True)
class Candidate:
    """A component that can still gain: its node, its present input, its better inputs."""

    index: int
    code: str
    ladder: Ladder
    better: int
    """1, or -1 in a penalty section, where points are lost on the way up."""
    plan: Plan
    now: Fraction
    """Exact points of the present input, in units of the plan."""

    def value(self, rung: int) -> Any:
        """Points that the rung adds to the total before anything above is rounded, in units."""
        points = exact_points(self.plan.scorers[self.code], self.ladder.at(rung))
        if self.plan.framework.rounding_at == "component":
            return self.better * (_rounded(points, self.plan.step) - _rounded(self.now, self.plan.step))
        return self.better * (points - self.now)

    def gain(self, rung: int) -> int:
        """Whole steps of published points that the component itself gains."""
        points = exact_points(self.plan.scorers[self.code], self.ladder.at(rung))
        steps: int = self.better * (self._published(points) - self._published(self.now)) // self.plan.step
        return steps

    def _published(self, points: Fraction) -> int:
        return _rounded(points, self.plan.step)

    def levels(self, at_least: Any, at_most: int) -> list[tuple[int, Any, int]]:
        """(gain, value, rung) with the largest value of each gain: values from `at_least` on, gains up to `at_most`."""
        first, found = first_rung(self.ladder.length, lambda rung: self.value(rung) >= at_least), []
        whole = self.plan.framework.rounding_at == "component"
        while first <= self.ladder.length and (gain := self.gain(first)) <= at_most:
            after = first_rung(self.ladder.length, lambda rung, gain=gain: self.gain(rung) > gain)  # type: ignore[misc]
            rung = first if whole else after - 1
            found.append((gain, self.value(rung), rung))
            first = after
        return found


def candidates(plan: Plan, scored: Scored, inputs: given.Inputs, hold: frozenset[str]) -> list[Candidate]:
    """Components of the unit that can gain points, in the order of the decision, without those to be held still."""
    found = []
    for placed in plan.nodes:
        present, scorer = inputs.get(placed.node.code), plan.scorers[placed.node.code]
        state = scored.states[placed.index]
        if present is None or scorer.is_info or placed.node.code in hold or _hidden(plan, scored, placed.index):
            continue
        if state not in ("scored", "imported"):
            continue
        better = -1 if plan.section(placed) == "penalty" else 1
        steps = ladder(scorer, present, digits=plan.digits, better=better)
        one = Candidate(placed.index, placed.node.code, steps, better, plan, exact_points(scorer, present))
        if steps.length and one.value(steps.length) > 0:
            found.append(one)
    return found


class Sums:
    """How gains of components add up to the total: rounded and capped where the framework says so."""

    def __init__(self, plan: Plan, scored: Scored, movable: Sequence[Candidate]) -> None:
        self.plan, self.scored, self.movable = plan, scored, movable
        self.at = plan.framework.rounding_at

    def need(self, total: int) -> Any:
        """Points that the sums must gain: half-up at the total asks for half a step less."""
        if self.at != "total":
            return total - self.scored.points
        roots = [one.index for one in self.plan.roots if one.node.section == "main"]
        main = sum((self._exact(index) for index in roots), Fraction(0))
        return Fraction(total) - Fraction(self.plan.step, 2) - main - self.scored.bonus + self.scored.penalty

    def most(self, levels: Callable[[Candidate], Iterable[tuple[int, Any, int]]]) -> list[Table]:
        """One table for each part of the total that is added as it is, always in the same order."""
        tables: list[Table] = []
        of_leaf = {
            place: {(0, 0): (0, ()), **{(1, gain): (value, ((place, rung),)) for gain, value, rung in levels(one)}}
            for place, one in enumerate(self.movable)
        }
        sections: tuple[Section, ...] = ("main", "bonus", "penalty")
        for section in sections:
            better = -1 if section == "penalty" else 1
            places = [
                place
                for place, one in enumerate(self.movable)
                if self.plan.section(self.plan.nodes[one.index]) == section
            ]
            parts = self._criteria(places, of_leaf, better)
            if section == "main":
                tables += [table for _, table in parts]
            elif parts:
                tables.append(self._section(section, parts, better))
        return tables

    def _criteria(self, places: list[int], of_leaf: dict[int, Table], better: int) -> list[tuple[int, Table]]:
        """Root and table of each part below it: a component, or a criterion where criteria are rounded."""
        nodes = self.plan.nodes
        if self.at != "criterion":
            return [(nodes[self.movable[place].index].root, of_leaf[place]) for place in places]
        inside: dict[int, list[int]] = {}
        for place in places:
            index = self.movable[place].index
            while nodes[index].depth > 1:
                index = nodes[index].parent
            inside.setdefault(index, []).append(place)
        return [
            (
                nodes[index].root,
                self._shaped(
                    _merged(of_leaf[place] for place in of),
                    self._unrounded(index, of),
                    lambda points: _rounded(points, self.plan.step),
                    better,
                ),
            )
            for index, of in inside.items()
        ]

    def _unrounded(self, index: int, places: list[int]) -> Fraction:
        """Points of a criterion before it is rounded."""
        if len(places) == 1 and self.movable[places[0]].index == index:
            return self.movable[places[0]].now
        return sum((self._exact(one.index) for one in self.plan.nodes if one.parent == index), Fraction(0))

    def _section(self, section: Section, parts: list[tuple[int, Table]], better: int) -> Table:
        """Bonus or penalty: each of its roots capped, their sum rounded."""
        capped, points = [], Fraction(0)
        for root in (one for one in self.plan.roots if one.node.section == section):
            below = [one.index for one in self.plan.nodes if one.parent == root.index]
            base = sum((self._exact(index) for index in below), Fraction(0)) if below else self._exact(root.index)
            cap = Fraction(self.scored.maxima[root.index])
            points += min(base, cap)
            own = [table for of, table in parts if of == root.index]
            if own:
                capped.append(self._shaped(_merged(own), base, partial(min, cap), better))
        return self._shaped(_merged(capped), points, lambda value: _rounded(value, self.plan.step), better)

    def _shaped(self, table: Table, base: Fraction, shape: Callable[[Any], Any], better: int) -> Table:
        before = shape(base)
        return {key: (better * (shape(base + better * value) - before), by) for key, (value, by) in table.items()}

    def _exact(self, index: int) -> Fraction:
        return Fraction(self.scored.values[index] or 0, self.scored.over)


def _merged(tables: Iterable[Table]) -> Table:
    """Every combination of one entry of each table, the most points for each (components, gain)."""
    merged: Table = {(0, 0): (0, ())}
    for table in tables:
        grown: Table = {}
        for (count, gain), (value, by) in merged.items():
            for (more, gained), (added, picks) in table.items():
                key = count + more, gain + gained
                if key not in grown or grown[key][0] < value + added:
                    grown[key] = value + added, by + picks
        merged = grown
    return merged


def first_rung(length: int, holds: Callable[[int], bool]) -> int:
    """The first rung for which something holds that, once it holds, goes on holding; length + 1 where it never does."""
    low, high = 1, length + 1
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _rounded(points: Fraction | int, step: int) -> int:
    exact = Fraction(points)
    return half_up_units(exact.numerator, exact.denominator, step)


def _hidden(plan: Plan, scored: Scored, index: int) -> bool:
    """Below a branch whose imported points stand in for it."""
    above = plan.nodes[index].parent
    while above >= 0:
        if scored.states[above] == "imported":
            return True
        above = plan.nodes[above].parent
    return False
