"""The smallest set of gains that brings a unit to a number of points: fewest components, then least gain. Pure and exact.

Two passes over the same sums. The first keeps, for every number of components, the most points that so many can give; the
first number that suffices is the fewest. The second is a dynamic programme over (components, whole steps of published
points), which keeps the largest exact points of each state; a state that can no longer reach the need, or no longer beat
the best set known, is left out. Where the framework rounds criteria or totals, and where a bonus or penalty is capped,
sums are rounded and capped there: both are monotone, so more below is never worse above, and the passes stay exact.

Complexity: the first pass is about components^3, always done. The second looks at most at `MOST_STATES` combinations;
beyond that the best set known is given and `least_gain` is false: it has the fewest components, and its gain is between
`lower_bound` and itself.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

from parindex.engine import inputs as given
from parindex.engine.improve_sums import Candidate, Picked, Sums, Table, first_rung
from parindex.engine.score import Plan, Scored

MOST_STATES = 400_000


@dataclass(frozen=True, slots=True)
class Found:
    """The set: code -> better input. `gain` and `lower_bound` in whole steps of published points of components."""

    changes: Mapping[str, given.Given]
    gain: int
    lower_bound: int
    least_gain: bool
    """No set of as few components gains less; False where the search was ended before that was known."""


def smallest(
    plan: Plan, scored: Scored, inputs: given.Inputs, movable: Sequence[Candidate], total: int
) -> Found | None:
    """The smallest set of gains after which the unit has `total` points (units of the plan); None where all together miss it.

    The unit's score must be complete and below `total`.
    """
    sums = Sums(plan, scored, movable)
    need = sums.need(total)
    best = sums.most(lambda one: [(0, one.value(one.ladder.length), one.ladder.length)])
    order = sorted(range(len(best)), key=lambda place: -max(value for value, _ in best[place].values()))
    best = [best[place] for place in order]
    rest = _rest(best, len(movable))
    fewest = next((count for count, (value, _) in enumerate(rest[0]) if value >= need), None)
    if fewest is None:
        return None
    known = _trimmed(plan, inputs, movable, rest[0][fewest][1], total)
    at_most = _gain(movable, known)
    slack = 0 if plan.framework.rounding_at == "component" else 2 * plan.step
    at_least = need - rest[0][fewest - 1][0] - slack
    search = _Search(plan, fewest, at_most)
    levels = sums.most(
        lambda one: one.levels(at_least if plan.section(plan.nodes[one.index]) == "main" else 0, at_most)
    )
    better, proven = search.run([levels[place] for place in order], rest, need)
    if better is not None:
        known = _trimmed(plan, inputs, movable, better, total)
    gain = _gain(movable, known)
    bound = gain if proven else max(fewest, int(need // plan.step) - search.slack * fewest)
    return Found({movable[one].code: movable[one].ladder.at(rung) for one, rung in known}, gain, bound, proven)


def everything(inputs: given.Inputs, movable: Sequence[Candidate]) -> given.Inputs:
    """The inputs with every component at the best that it can have."""
    return {**inputs, **{one.code: one.ladder.at(one.ladder.length) for one in movable}}


class _Search:
    """The second pass: the least gain among the sets of the fewest components."""

    def __init__(self, plan: Plan, fewest: int, at_most: int) -> None:
        self.fewest, self.best = fewest, at_most
        self.step = plan.step
        exact = plan.framework.rounding_at == "component" and all(
            not plan.maxima[root.index] % plan.step for root in plan.roots
        )
        # Rounding may add up to a step to a component, to its criterion and to its section.
        self.slack = 0 if exact else 3
        self.found: Picked | None = None
        self.looked = 0

    def run(self, tables: list[Table], rest: list[list[tuple[Any, Picked]]], need: Any) -> tuple[Picked | None, bool]:
        """A set with less gain than known, or None; and whether the search came to its end."""
        over = lcm(
            *(Fraction(value).denominator for table in tables for value, _ in table.values()),
            Fraction(need).denominator,
        )
        over = lcm(over, *(Fraction(value).denominator for row in rest for value, _ in row))
        goal, step = int(need * over), self.step * over
        later = [[int(value * over) for value, _ in row] for row in rest]
        states: dict[tuple[int, int], tuple[int, Picked]] = {(0, 0): (0, ())}
        for place, table in enumerate(tables):
            options = _ordered(table, over)
            reach = later[place + 1]
            new: dict[tuple[int, int], tuple[int, Picked]] = {}
            for (count, gain), (value, by) in states.items():
                if value + reach[self.fewest - count] >= goal:
                    _keep(new, (count, gain), value, by)
                for more, (gains, values, picks) in options.items():
                    left = self.fewest - count - more
                    if left < 0:
                        continue
                    start = bisect_left(values, goal - value - reach[left])
                    for at in range(start, len(values)):
                        self.looked += 1
                        total = gain + gains[at]
                        lacking = max(0, -((value + values[at] - goal) // step) - self.slack * left)
                        if total + lacking >= self.best and lacking == 0:
                            break
                        if total + lacking >= self.best:
                            continue
                        if left == 0:
                            self.best, self.found = total, by + picks[at]
                            break
                        _keep(new, (count + more, total), value + values[at], by + picks[at])
                    if self.looked > MOST_STATES:
                        return self.found, False
            states = new
        return self.found, True


def _keep(states: dict[tuple[int, int], tuple[int, Picked]], key: tuple[int, int], value: int, by: Picked) -> None:
    known = states.get(key)
    if known is None or known[0] < value:
        states[key] = value, by


def _ordered(table: Table, over: int) -> dict[int, tuple[list[int], list[int], list[Picked]]]:
    """Components used -> gains, values and picks, both rising: what gains more and gives no more is left out."""
    options: dict[int, tuple[list[int], list[int], list[Picked]]] = {}
    for (count, gain), (value, by) in sorted(table.items(), key=lambda one: one[0]):
        if not count:
            continue
        gains, values, picks = options.setdefault(count, ([], [], []))
        scaled = int(value * over)
        if not values or scaled > values[-1]:
            gains.append(gain)
            values.append(scaled)
            picks.append(by)
    return options


def _rest(tables: list[Table], most: int) -> list[list[tuple[Any, Picked]]]:
    """For each table on: the most points that 0, 1, 2, ... components of it and of the later ones can give, and by what."""
    rows: list[list[tuple[Any, Picked]]] = [[(0, ())] * (most + 1)]
    for table in reversed(tables):
        after, row = rows[-1], []
        for allowed in range(most + 1):
            best: tuple[Any, Picked] = after[allowed]
            for (count, _), (value, by) in table.items():
                if count <= allowed and value + after[allowed - count][0] > best[0]:
                    best = value + after[allowed - count][0], by + after[allowed - count][1]
            row.append(best)
        rows.append(row)
    return rows[::-1]


def _trimmed(plan: Plan, inputs: given.Inputs, movable: Sequence[Candidate], picked: Picked, total: int) -> Picked:
    """The same components, each with the lowest rung with which the total is still reached, in the decision's order."""
    rungs = dict(picked)

    def reached(place: int, rung: int) -> bool:
        tried = {**rungs, place: rung}
        changes = {movable[one].code: movable[one].ladder.at(at) for one, at in tried.items() if at}
        return plan.score({**inputs, **changes}).points >= total

    for place in sorted(rungs):
        rungs[place] = first_rung(rungs[place], lambda rung, place=place: reached(place, rung))  # type: ignore[misc]
    return tuple(sorted(rungs.items()))


def _gain(movable: Sequence[Candidate], picked: Picked) -> int:
    return sum(movable[place].gain(rung) for place, rung in picked)
