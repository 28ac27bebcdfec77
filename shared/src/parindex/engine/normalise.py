"""Figures of different units of measure brought onto one scale, over the units given: 0 worst to 100 best. Pure.

Min-max, rank, distance to target and figures that already are percents lie on 0..100; a z-score has mean 0 and standard
deviation 1. Missing stays missing and is never part of a minimum, mean or rank. Results are exact fractions, only
z-scores are taken at the 34 digits of `irrational`: rounding happens once, where a figure is published.

Figures of which all are equal (a single unit among them) tell units apart in nothing: min-max between observed bounds
and rank give everybody the middle, 50, a z-score gives 0; the result says `all_equal`. Observed bounds, means and ranks
depend on who else is given, so a further unit may change the order of others; declared bounds and targets do not.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from parindex.engine.irrational import square_root
from parindex.errors import Finding, Invalid

Direction = Literal["higher", "lower"]
"""Which figures are better."""

Outside = Literal["refuse", "clamp"]
"""What a figure beyond declared bounds means: an error that names it, or the bound itself."""

_BEST, _MIDDLE = Fraction(100), Fraction(50)


@dataclass(frozen=True, slots=True)
class MinMax:
    """100 x (figure - worst) / (best - worst). Bounds are declared both, or observed: the extremes of the units given."""

    direction: Direction
    lowest: Decimal | None = None
    highest: Decimal | None = None
    outside: Outside = "refuse"
    """Only for declared bounds; observed ones have nothing outside."""


@dataclass(frozen=True, slots=True)
class ZScore:
    """(figure - mean) / standard deviation, sign turned where lower is better."""

    direction: Direction
    deviation: Literal["population", "sample"]
    """Division by the number of units (they are all there are), or by one less (they stand for others)."""


@dataclass(frozen=True, slots=True)
class RankScore:
    """100 x (units worse + half of the other units equal) / (other units): the best alone 100, the worst alone 0."""

    direction: Direction


@dataclass(frozen=True, slots=True)
class DistanceToTarget:
    """100 x (figure - start) / (target - start): 0 at the start, 100 at the target and beyond it.

    A start of 0 makes it the share of the target reached. Lower is better where the target lies below the start.
    """

    start: Decimal
    target: Decimal
    outside: Outside = "refuse"
    """What a figure on the far side of the start means."""


@dataclass(frozen=True, slots=True)
class AsGiven:
    """The figure is on the scale already: a percent of 0..100, for example another index."""


Normalisation = MinMax | ZScore | RankScore | DistanceToTarget | AsGiven

NORMALISATIONS: Mapping[str, type[Normalisation]] = {
    "min_max": MinMax,
    "z_score": ZScore,
    "rank": RankScore,
    "distance_to_target": DistanceToTarget,
    "as_given": AsGiven,
}
"""Word in documents -> method."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """One figure of all units on the common scale, and what it was measured against."""

    values: Mapping[str, Fraction | None]
    """Unit -> value; None where the unit has no figure."""
    units: int
    """How many have one."""
    lowest: Decimal | None = None
    highest: Decimal | None = None
    """Bounds used by min-max, declared or observed."""
    mean: Fraction | None = None
    deviation: Fraction | None = None
    """Used by z-scores; the deviation to 34 digits."""
    clamped: frozenset[str] = frozenset()
    """Units whose figure lay beyond declared bounds (or on the far side of a start) and was taken as the bound."""
    all_equal: bool = False
    """True where the figures told the units apart in nothing and the middle was given."""


def normalise(figures: Mapping[str, Decimal | None], method: Normalisation, *, name: str = "figure") -> Normalised:
    """Each unit's figure on the common scale, missing ones None.

    Raises Invalid with a finding per unit whose figure lies outside bounds declared with `refuse`, or outside 0..100 where
    it was said to be a percent already; `name` is the figure's code in those messages.
    """
    known = {unit: figure for unit, figure in figures.items() if figure is not None}
    match method:
        case MinMax():
            made = _min_max(known, method, name)
        case ZScore():
            made = _z_score(known, method)
        case RankScore():
            made = _rank(known, method)
        case DistanceToTarget():
            made = _distance(known, method, name)
        case AsGiven():
            _refuse_outside(known, Decimal(0), Decimal(100), name)
            made = Normalised({unit: Fraction(figure) for unit, figure in known.items()}, len(known))
    return _with_missing(made, figures)


def _with_missing(made: Normalised, figures: Mapping[str, Decimal | None]) -> Normalised:
    values = {unit: made.values.get(unit) for unit in figures}
    return Normalised(
        values, made.units, made.lowest, made.highest, made.mean, made.deviation, made.clamped, made.all_equal
    )


def _min_max(known: Mapping[str, Decimal], method: MinMax, name: str) -> Normalised:
    clamped: frozenset[str] = frozenset()
    if method.lowest is not None and method.highest is not None:
        lowest, highest = method.lowest, method.highest
        if method.outside == "refuse":
            _refuse_outside(known, lowest, highest, name)
        clamped = frozenset(unit for unit, figure in known.items() if not lowest <= figure <= highest)
    elif known:
        lowest, highest = min(known.values()), max(known.values())
    else:
        return Normalised({}, 0)
    if lowest == highest:
        return Normalised(dict.fromkeys(known, _MIDDLE), len(known), lowest, highest, all_equal=True)
    worst, best = (lowest, highest) if method.direction == "higher" else (highest, lowest)
    values = _between(known, worst, best)
    return Normalised(values, len(known), lowest, highest, clamped=clamped)


def _distance(known: Mapping[str, Decimal], method: DistanceToTarget, name: str) -> Normalised:
    upwards = method.target > method.start
    if method.outside == "refuse":
        _refuse_outside(known, method.start if upwards else None, None if upwards else method.start, name)
    values = _between(known, method.start, method.target)
    beyond = frozenset(
        unit for unit, figure in known.items() if (figure < method.start if upwards else figure > method.start)
    )
    return Normalised(values, len(known), clamped=beyond)


def _between(known: Mapping[str, Decimal], worst: Decimal, best: Decimal) -> dict[str, Fraction | None]:
    """Each figure on the way from worst (0) to best (100); beyond either it is that bound."""
    lowest, highest = sorted((worst, best))
    start = Fraction(worst)
    step = 100 / (Fraction(best) - start)
    return {unit: (Fraction(min(max(figure, lowest), highest)) - start) * step for unit, figure in known.items()}


def _z_score(known: Mapping[str, Decimal], method: ZScore) -> Normalised:
    if not known:
        return Normalised({}, 0)
    exact = {unit: Fraction(figure) for unit, figure in known.items()}
    mean = sum(exact.values(), Fraction(0)) / len(exact)
    squares = sum(((figure - mean) ** 2 for figure in exact.values()), Fraction(0))
    if squares == 0:
        return Normalised(
            dict.fromkeys(exact, Fraction(0)), len(exact), mean=mean, deviation=Fraction(0), all_equal=True
        )
    variance = squares / (len(exact) if method.deviation == "population" else len(exact) - 1)
    values = {}
    for unit, figure in exact.items():
        better = figure - mean if method.direction == "higher" else mean - figure
        size = square_root(better**2 / variance)
        values[unit] = size if better >= 0 else -size
    return Normalised(values, len(exact), mean=mean, deviation=square_root(variance))


def _rank(known: Mapping[str, Decimal], method: RankScore) -> Normalised:
    ordered = sorted(known.values())
    others = len(ordered) - 1
    if not ordered or ordered[0] == ordered[-1]:
        return Normalised(dict.fromkeys(known, _MIDDLE), len(known), all_equal=bool(known))
    values = {}
    for unit, figure in known.items():
        smaller, up_to = bisect_left(ordered, figure), bisect_right(ordered, figure)
        worse = smaller if method.direction == "higher" else len(ordered) - up_to
        values[unit] = _BEST * (2 * worse + up_to - smaller - 1) / (2 * others)
    return Normalised(values, len(known))


def _refuse_outside(known: Mapping[str, Decimal], lowest: Decimal | None, highest: Decimal | None, name: str) -> None:
    expected = (
        f"from {lowest} to {highest}"
        if lowest is not None and highest is not None
        else f"{lowest} or more"
        if lowest is not None
        else f"{highest} or less"
    )
    findings = [
        Finding(
            "outside_bounds",
            f"{unit}.{name}",
            f"unit {unit}, {name}: {figure} lies outside the declared bounds; expected {expected}.",
            "Correct the figure; if figures beyond it are to count as the bound, a version with `outside: clamp` says so.",
        )
        for unit, figure in sorted(known.items())
        if (lowest is not None and figure < lowest) or (highest is not None and figure > highest)
    ]
    if findings:
        raise Invalid(
            f"{len(findings)} figures of {name} lie outside their declared bounds, the first: {findings[0].message}",
            code="outside_bounds",
            findings=findings,
        )
