"""Percentages that sum to exactly 100: integers, rounded once, by the largest remainder. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal


def percentages(counts: Sequence[int], digits: int) -> tuple[Decimal, ...]:
    """Each count's share of their sum in percent with so many decimals. All zeros when nothing was counted, never NaN.

    Every share is cut to its digits, then the units still lacking to 100 go to the largest remainders, of equal ones to the
    earlier. No published share differs from the exact one by a unit of the last digit or more. Raises ValueError below 0.
    """
    if any(count < 0 for count in counts):
        raise ValueError(f"counts below zero: {list(counts)}")
    total = sum(counts)
    if total == 0:
        return tuple(Decimal(0).scaleb(-digits) for _ in counts)
    whole = 100 * 10**digits
    units = [count * whole // total for count in counts]
    remainders = [count * whole % total for count in counts]
    lacking = whole - sum(units)
    for place in sorted(range(len(counts)), key=lambda place: (-remainders[place], place))[:lacking]:
        units[place] += 1
    return tuple(Decimal(unit).scaleb(-digits) for unit in units)
