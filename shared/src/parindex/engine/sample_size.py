"""How many people a survey must ask: n = N / (1 + N e2), the formula of the SIPAS method. Pure and exact.

Published source: method of the satisfaction surveys of the Ministry of Home Affairs (123docz.net/trich-doan/730711).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from parindex.errors import Invalid

USUAL_ERROR = Decimal("0.05")
"""Margin of error of the method, a share."""


def required_answers(population: int | None, error: Decimal = USUAL_ERROR) -> Fraction:
    """People to ask before rounding up, exactly. `population`: people who received results, None = without limit.

    `error`: margin of error, a share above 0 and below 1. Raises Invalid for an empty population or another share.
    """
    if not 0 < error < 1:
        raise Invalid(
            f"The margin of error {error} is not a share between 0 and 1.",
            code="error_share_range",
            hint="Give 0.05 for five percent.",
        )
    if population is not None and population < 1:
        raise Invalid(
            f"A population of {population} cannot be sampled.",
            code="population_empty",
            hint="Give the number of people who received results, or none for a population without limit.",
        )
    square = Fraction(error) ** 2
    return 1 / square if population is None else population / (1 + population * square)


def sample_size(population: int | None, error: Decimal = USUAL_ERROR) -> int:
    """People to ask: `required_answers` rounded up to whole people, never more than the population. Raises as it does."""
    exact = required_answers(population, error)
    return -(-exact.numerator // exact.denominator)
