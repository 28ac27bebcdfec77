"""Square roots and geometric means at a declared precision of 34 significant digits; everything else is exact. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from fractions import Fraction
from itertools import groupby
from operator import itemgetter

DIGITS = 34
"""Significant digits of a root or geometric mean: those of IEEE 754 decimal128. Rational results keep all of theirs."""

_TRAPS = [InvalidOperation, DivisionByZero, Overflow]
_WORKING = Context(prec=DIGITS + 26, rounding=ROUND_HALF_EVEN, traps=_TRAPS)
"""Guard digits, so that what is exact on 34 digits (the root of 6.25, the mean of equal values) comes out exact."""
_DECLARED = Context(prec=DIGITS, rounding=ROUND_HALF_UP, traps=_TRAPS)


def declared(value: Fraction) -> Decimal:
    """The value rounded half-up to 34 significant digits: for showing a fraction that no decimal equals."""
    return _DECLARED.divide(Decimal(value.numerator), Decimal(value.denominator))


def square_root(value: Fraction) -> Fraction:
    """Square root of a value >= 0, to 34 significant digits. Raises decimal.InvalidOperation below 0."""
    return Fraction(_DECLARED.plus(_WORKING.sqrt(_working(value))))


def geometric_mean(terms: Iterable[tuple[Fraction, Fraction]]) -> Fraction:
    """exp(sum of weight x ln value) of (weight, value) terms, weights summing to 1, values > 0, to 34 significant digits.

    Equal values give that value exactly; the order of the terms changes no digit. One logarithm is taken per weight, of the
    product of its values: logarithms are what costs.
    """
    ordered = sorted(terms, key=_order)
    first = ordered[0][1]
    if all(value == first for _, value in ordered):
        return first
    exponent = Decimal(0)
    for weight, alike in groupby(ordered, key=itemgetter(0)):
        product = Decimal(1)
        for _, value in alike:
            product = _WORKING.multiply(product, _working(value))
        exponent = _WORKING.fma(_working(weight), _WORKING.ln(product), exponent)
    return Fraction(_DECLARED.plus(_WORKING.exp(exponent)))


def _order(term: tuple[Fraction, Fraction]) -> tuple[int, int, int, int]:
    """Any order that depends on nothing but the term, equal weights together; integers compare faster than fractions."""
    weight, value = term
    return weight.numerator, weight.denominator, value.numerator, value.denominator


def _working(value: Fraction) -> Decimal:
    return _WORKING.divide(Decimal(value.numerator), Decimal(value.denominator))
