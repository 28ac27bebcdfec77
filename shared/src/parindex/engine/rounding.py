"""Exact arithmetic of published figures: numerators first, one division, one rounding, half-up. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Context, Decimal, Inexact

_EXACT = Context(prec=400, traps=[Inexact])
"""Sums and products that cannot lose a digit: Decimal raises Inexact instead of rounding silently."""


def exact_sum(values: Iterable[Decimal | int]) -> Decimal:
    """Sum without any rounding. Raises decimal.Inexact beyond 400 digits."""
    total = Decimal(0)
    for value in values:
        total = _EXACT.add(total, value)
    return total


def exact_product(left: Decimal | int, right: Decimal | int) -> Decimal:
    """Product without any rounding. Raises decimal.Inexact beyond 400 digits."""
    return _EXACT.multiply(Decimal(left), right)


def half_up_ratio(numerator: Decimal | int, denominator: Decimal | int, digits: int) -> Decimal:
    """Quotient of numerator and denominator rounded once, half-up (away from zero), to `digits` decimals; exact at every tie.

    Integer arithmetic, so that a quotient just below a tie is never lifted onto it by an intermediate rounding.
    Raises ZeroDivisionError for a zero denominator: "no answers" is not a number.
    """
    top, top_unit = numerator.as_integer_ratio()
    bottom, bottom_unit = denominator.as_integer_ratio()
    dividend, divisor = top * bottom_unit * 10**digits, bottom * top_unit
    if dividend >= 0 and divisor > 0:
        units = (2 * dividend + divisor) // (2 * divisor)
    else:
        units = (2 * abs(dividend) + abs(divisor)) // (2 * abs(divisor))
        if (dividend < 0) != (divisor < 0):
            units = -units
    return Decimal(units).scaleb(-digits, _EXACT)


def half_up(value: Decimal | int, digits: int) -> Decimal:
    """The value rounded half-up to `digits` decimals; rounding a rounded value again changes nothing."""
    return half_up_ratio(value, 1, digits)
