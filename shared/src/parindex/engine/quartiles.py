"""Groups by place in a ranking, as PAPI forms them: four quarters of the units that have a figure, best first. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from parindex.engine.rank import Contender, rank

QUARTERS = 4


def quarters(values: Mapping[int, Decimal], *, digits: int) -> dict[int, int]:
    """Quarter of each unit, 0 = best. `values`: unit id -> figure, units without one left out; `digits` as published.

    A unit is in the quarter that its rank (1, 2, 2, 4) opens: equal figures are always in the same one, so that quarters
    may differ in size (16, 16, 16, 15 of 63 when none are equal). The order of the units changes nothing.
    """
    places = rank([Contender(unit, value, {}) for unit, value in values.items()], "competition", digits=digits)
    return {unit: QUARTERS * (place - 1) // len(places) for unit, place in places.items()}
