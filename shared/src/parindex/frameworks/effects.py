"""Whose points change when a version of a criteria set is replaced: the same inputs, scored under both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from parindex.engine.criteria import Framework
from parindex.engine.rank import Contender, rank
from parindex.engine.read_inputs import read_for
from parindex.engine.score import Plan, Scored, compile_framework
from parindex.errors import Invalid


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit's result under one version."""

    points: Decimal
    maximum: Decimal
    index: Decimal | None
    """Percent; None while something is missing."""
    rank: int | None
    """Among the units compared of the same block; None without an index."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What the change of version does to one unit."""

    unit: int
    before: Standing
    after: Standing
    not_carried: tuple[str, ...]
    """Components whose input the new version cannot use, or does not have; they are missing there, not 0."""

    @property
    def moved(self) -> bool:
        """Whether points, maximum, index or rank differ."""
        return self.before != self.after


def effects(old: Framework, new: Framework, units: Mapping[int, tuple[str, Mapping[str, Any]]]) -> list[Effect]:
    """The units whose points, maximum, index or rank move, by unit id. `units`: unit id -> block and inputs as JSON.

    Inputs that the new rule cannot read are left out there and named. Raises Invalid for inputs that the old version
    cannot use, and for a block that one of the versions does not have.
    """
    before: dict[int, tuple[str, Scored]] = {}
    after: dict[int, tuple[str, Scored]] = {}
    lost: dict[int, tuple[str, ...]] = {}
    plans: dict[tuple[str, str], Plan] = {}
    for unit, (block, inputs) in sorted(units.items()):
        first = plans.get((old.sha256, block)) or compile_framework(old, block)
        second = plans.get((new.sha256, block)) or compile_framework(new, block)
        plans |= {(old.sha256, block): first, (new.sha256, block): second}
        before[unit] = block, first.score(read_for(first, inputs), unit=str(unit))
        carried = {code: value for code, value in inputs.items() if _fits(second, code, value)}
        lost[unit] = tuple(sorted(code for code, value in inputs.items() if value is not None and code not in carried))
        after[unit] = block, second.score(read_for(second, carried), unit=str(unit))
    standings = _standings(old, before), _standings(new, after)
    compared = (Effect(unit, standings[0][unit], standings[1][unit], lost[unit]) for unit in before)
    return [effect for effect in compared if effect.moved]


def _fits(plan: Plan, code: str, value: Any) -> bool:
    if value is None:
        return False
    try:
        read_for(plan, {code: value})
    except Invalid:
        return False
    return True


def _standings(framework: Framework, scored: Mapping[int, tuple[str, Scored]]) -> dict[int, Standing]:
    ranks: dict[int, int] = {}
    digits = framework.index_digits if framework.ranked_on == "percent" else framework.digits
    for block in {block for block, _ in scored.values()}:
        contenders = [
            Contender(unit, one.index if framework.ranked_on == "percent" else one.decimal(one.points), {})
            for unit, (own, one) in scored.items()
            if own == block and one.index is not None
        ]
        ranks |= rank(contenders, framework.tie_rule, digits=digits)
    return {
        unit: Standing(one.decimal(one.points), one.decimal(one.maximum), one.index, ranks.get(unit))
        for unit, (_, one) in scored.items()
    }
