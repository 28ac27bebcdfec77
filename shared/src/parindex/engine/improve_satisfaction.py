"""How many more favourable answers a satisfaction figure lacks, and from which factors they could come. Pure.

Factors are pooled as the index pools them: numerators and denominators added, divided once. As many people answer as
did; only how they answer changes. So every missing favourable answer counts the same, the least gain is the same for
every set of factors, and the largest rooms give the fewest factors: nothing has to be searched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

from parindex.engine.aggregate import DIGITS, plain
from parindex.engine.rounding import exact_sum, half_up_ratio
from parindex.errors import Finding, Invalid

_SHARES = 100 * 10**DIGITS
"""Published percentages that a share can have above 0."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Answers of one factor. Numbers of answers, or sums of weights; for mean scores sum and largest possible sum."""

    code: str
    favourable: Decimal
    answers: Decimal


def improve_satisfaction(pools: Sequence[Pool], figure: Decimal) -> dict[str, Any]:
    """The answer to "the figure (percent) or more", whole and by factor. Shape: docs/design.md "Targets and what-if".

    `fewest`: the fewest factors, raised to a common share; `even`: every factor below a common share raised to it. Raises
    Invalid for counts that are no shares, and for a figure above 100.
    """
    _need_sound(pools, figure)
    favourable, answers = exact_sum(one.favourable for one in pools), exact_sum(one.answers for one in pools)
    if not answers:
        return {**_head(pools, figure, favourable, answers), "outcome": "incomplete"}
    unit = Decimal(1).scaleb(-max(_places(value) for one in pools for value in (one.favourable, one.answers)))
    need = _units(_needed(figure, answers) - Fraction(favourable), unit)
    head = _head(pools, figure, favourable, answers)
    if need <= 0:
        return {**head, "outcome": "reached", "lacking": None}
    now = half_up_ratio(100 * favourable, answers, DIGITS)
    found = {
        **head,
        "lacking": {"figure": f"{max(Decimal(0), figure - now):.{DIGITS}f}", "favourable": plain(need * unit)},
        "factors": [_line(one, need, unit) for one in pools],
    }
    if need > sum(_room(one, unit) for one in pools):
        return {**found, "outcome": "unreachable"}
    fewest, room = [], 0
    for one in sorted(pools, key=lambda one: -_room(one, unit)):
        if room < need:
            fewest.append(one.code)
            room += _room(one, unit)
    some = [one for one in pools if one.code in fewest]
    return {**found, "outcome": "reachable", "fewest": _raised(some, need, unit), "even": _raised(pools, need, unit)}


def _head(pools: Sequence[Pool], figure: Decimal, favourable: Decimal, answers: Decimal) -> dict[str, Any]:
    return {
        "target": f"{figure:.{max(DIGITS, _places(figure))}f}",
        "now": {
            "figure": f"{half_up_ratio(100 * favourable, answers, DIGITS):f}" if answers else None,
            "favourable": plain(favourable),
            "answers": plain(answers),
        },
        "lacking": None,
        "factors": [_line(one, None, Decimal(1)) for one in pools],
        "fewest": None,
        "even": None,
    }


def _needed(figure: Decimal, answers: Decimal) -> Fraction:
    """Favourable answers from which on the published figure is `figure` or more: half a last digit less, half-up."""
    published = ceil(Fraction(figure) * 10**DIGITS)
    needed: Fraction = Fraction(answers) * (2 * published - 1) / (2 * _SHARES)
    return needed


def _units(amount: Fraction, unit: Decimal) -> int:
    return ceil(amount / Fraction(unit))


def _room(one: Pool, unit: Decimal) -> int:
    return int(Fraction(one.answers - one.favourable) / Fraction(unit))


def _line(one: Pool, need: int | None, unit: Decimal) -> dict[str, Any]:
    """A factor: its share, how much it could gain, and the share at which it alone would do; None where it could not."""
    alone = None
    if need is not None and need <= _room(one, unit):
        alone = _share(one.favourable + need * unit, one.answers)
    return {
        "factor": one.code,
        "favourable": plain(one.favourable),
        "answers": plain(one.answers),
        "percent": _share(one.favourable, one.answers),
        "room": plain(one.answers - one.favourable),
        "alone": alone,
    }


def _share(favourable: Decimal, answers: Decimal) -> str | None:
    return f"{half_up_ratio(100 * favourable, answers, DIGITS):f}" if answers else None


def _raised(pools: Sequence[Pool], need: int, unit: Decimal) -> dict[str, Any]:
    """Every pool below a common share raised to it, the lowest that gains `need`; what is too much is taken from the last.

    `share` is the lowest percent at which one of those raised ends.
    """

    def gains(share: int) -> list[int]:
        return [
            max(0, _units(Fraction(one.answers) * share / _SHARES - Fraction(one.favourable), unit)) for one in pools
        ]

    low, high = 0, _SHARES
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if sum(gains(middle)) >= need else (middle + 1, high)
    raised = gains(low)
    surplus = sum(raised) - need
    for place in reversed(range(len(raised))):
        less = min(surplus, raised[place])
        raised[place], surplus = raised[place] - less, surplus - less
    lines = [
        {
            "factor": one.code,
            "more": plain(more * unit),
            "percent": _share(one.favourable + more * unit, one.answers),
        }
        for one, more in zip(pools, raised, strict=True)
        if more
    ]
    lowest = min((line["percent"] for line in lines if line["percent"] is not None), key=Decimal)
    return {"share": lowest, "gain": plain(need * unit), "factors": lines}


def _need_sound(pools: Sequence[Pool], figure: Decimal) -> None:
    findings = [
        Finding(
            "counts_no_share",
            f"factors.{one.code}",
            f"{plain(one.favourable)} of {plain(one.answers)} answers is no share.",
            "Expected 0 <= favourable <= answers.",
        )
        for one in pools
        if not 0 <= one.favourable <= one.answers
    ]
    if not pools:
        findings.append(Finding("factors_missing", "factors", "There is no factor.", "Expected at least one."))
    if figure > 100:
        findings.append(Finding("target_form", "figure", f"{figure:f}% is more than 100%.", "Expected 0 to 100."))
    if findings:
        raise Invalid(findings[0].message, code=findings[0].code, hint=findings[0].hint, findings=findings)


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
