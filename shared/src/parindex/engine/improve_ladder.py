"""Every better input that one component could have instead of its present one, in rising order of points. Pure.

A ladder never invents what a rule cannot take: options not ticked yet, the boundary of a better step, a larger numerator
over the same denominator, fewer events to deduct for. In a penalty section better means fewer points.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

from parindex.engine import criteria
from parindex.engine import inputs as given
from parindex.engine.leaf import Scorer
from parindex.engine.rules import Unusable

_PUBLISHED_DIGITS = 2
"""Decimals that percentages and indices of others are published with: what is written with fewer may move by hundredths."""
_MOST_SUMS = 20_000
"""Different sums of options or events that are looked at; no decision that was found comes near."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Better inputs of a component: `at(1)` is the next better one, `at(length)` the best. Points never fall on the way up."""

    length: int
    at: Callable[[int], given.Given]


NOTHING = Ladder(0, lambda _: given.NoData())


def ladder(scorer: Scorer, present: given.Given, *, digits: int, better: int) -> Ladder:
    """The better inputs of a leaf, or of a branch scored by an imported figure.

    `better`: 1 where more points are better, -1 in a penalty section. `digits`: decimals of points given by hand.
    """
    node = scorer.node
    if isinstance(present, given.NoData | given.NotApplicable):
        return NOTHING
    if node.leaf is None:
        return _marks(scorer.maximum, digits, present, better, given.Imported)
    match node.leaf.rule, present:
        case criteria.Manual(), given.Points():
            return _marks(node.maximum, digits, present, better, given.Points)
        case criteria.YesNo(), given.Flag():
            return _listed(scorer, present, better, [given.Flag(better > 0)])
        case criteria.Checklist(options), given.Ticked(options=ticked):
            return _listed(scorer, present, better, _ticked(options, set(ticked), better))
        case criteria.Choice(options), given.Chosen():
            return _listed(scorer, present, better, [given.Chosen(option.id) for option in options])
        case criteria.Deduct(events), given.Events(events=happened):
            return _listed(scorer, present, better, _fewer_events(events, dict(happened), node.maximum))
        case criteria.Steps() as rule, _:
            return _listed(scorer, present, better, _step_inputs(rule, present))
        case criteria.YearOnYear() as rule, given.Comparison():
            return _listed(scorer, present, better, _moved(rule, present))
        case criteria.PerItem(each), given.Count(count=count):
            most = ceil(Fraction(node.maximum) / Fraction(each)) if each else count
            return _lattice(count, most, better, given.Count)
        case criteria.External(_, scale), given.Number(value=value):
            places = max(_PUBLISHED_DIGITS, _places(value))
            return _lattice(
                _units(value, places), _units(scale, places), better, lambda k: given.Number(_value(k, places))
            )
        case _, given.Ratio() | given.Percent():
            return _shares(present, better)
        case _:
            return NOTHING


def exact_points(scorer: Scorer, value: given.Given) -> Fraction:
    """Exact points of an input in units of the plan; 0 where there are none (shown empty)."""
    exact = scorer.outcome(value)[1]
    return Fraction(0) if exact is None else Fraction(*exact)


def _lattice(now: int, best: int, better: int, make: Callable[[int], given.Given]) -> Ladder:
    if better > 0:
        return Ladder(max(0, best - now), lambda rung: make(now + rung))
    return Ladder(now, lambda rung: make(now - rung))


def _marks(maximum: Decimal, digits: int, present: Any, better: int, kind: Callable[[Decimal], given.Given]) -> Ladder:
    now, best = _units(present.points, digits), int(maximum * 10**digits)
    return _lattice(now, best, better, lambda k: kind(_value(k, digits)))


def _shares(present: given.Ratio | given.Percent, better: int) -> Ladder:
    """Larger (or smaller) numerators over the same denominator, in steps of the last written decimal."""
    if isinstance(present, given.Percent):
        places = max(_PUBLISHED_DIGITS, _places(present.percent))
        return _lattice(
            _units(present.percent, places), 100 * 10**places, better, lambda k: given.Percent(_value(k, places))
        )
    if not present.bottom:
        return NOTHING
    places = max(_places(present.numerator), _places(present.denominator))
    return _lattice(
        _units(present.numerator, places), _units(present.denominator, places), better, _ratio_at(present, places)
    )


def _ratio_at(present: given.Ratio, places: int) -> Callable[[int], given.Given]:
    return lambda k: given.Ratio(_value(k, places), present.denominator, present.words)


def _listed(scorer: Scorer, present: given.Given, better: int, candidates: Iterable[given.Given]) -> Ladder:
    """The candidates that the rule takes and that are better, each number of points once (the first candidate with it)."""
    now = exact_points(scorer, present)
    found: dict[Fraction, given.Given] = {}
    for candidate in candidates:
        try:
            points = exact_points(scorer, candidate)
        except Unusable:
            continue
        if (points - now) * better > 0:
            found.setdefault(points, candidate)
    rungs = [found[points] for points in sorted(found, reverse=better < 0)]
    return Ladder(len(rungs), lambda rung: rungs[rung - 1])


def _ticked(options: Sequence[criteria.Option], ticked: set[str], better: int) -> list[given.Given]:
    """Every sum that ticking more (penalty: fewer) options can give, with the fewest changes that give it."""
    free = [option for option in options if (option.id not in ticked) == (better > 0)]
    sums: dict[Decimal, tuple[str, ...]] = {Decimal(0): ()}
    for option in free:
        for total, chosen in list(sums.items()):
            more = total + option.points
            if more not in sums or len(chosen) + 1 < len(sums[more]):
                sums[more] = (*chosen, option.id)
        if len(sums) > _MOST_SUMS:
            break
    everything = tuple(option.id for option in free)
    changes = [*(chosen for chosen in sums.values() if chosen), everything]
    return [given.Ticked(tuple(sorted(ticked ^ set(change)))) for change in changes]


def _fewer_events(events: Sequence[criteria.Option], happened: dict[str, int], maximum: Decimal) -> list[given.Given]:
    """Every sum below the maximum that can be left of the deductions, with as many of the events as can stay."""
    left: dict[Decimal, dict[str, int]] = {Decimal(0): {}}
    free = {event.id for event in events if not event.points}
    for event in events:
        if not event.points:
            continue  # nothing is lost by it, so nothing is gained by having fewer
        for total, counts in list(left.items()):
            for count in range(1, happened.get(event.id, 0) + 1):
                more = total + count * event.points
                if more >= maximum or len(left) > _MOST_SUMS:
                    break
                kept = {**counts, event.id: count}
                if more not in left or sum(kept.values()) > sum(left[more].values()):
                    left[more] = kept
    return [
        given.Events(
            tuple(sorted({**{one: happened[one] if one in free else 0 for one in happened}, **counts}.items()))
        )
        for counts in left.values()
    ]


def _step_inputs(rule: criteria.Steps, present: given.Given) -> list[given.Given]:
    """For each step the value in it that is nearest to the present one."""
    found: list[given.Given] = []
    for step in rule.steps:
        match present:
            case given.Day(date=day):
                found += _day_in(step, day)
            case given.Number(value=value):
                bounds = [Decimal(one) for one in (step.minimum, step.maximum) if one is not None]
                places = max(_places(value), *(_places(bound) for bound in bounds), 0)
                nearest = _nearest(
                    _units(value, places), _bound(step.minimum, 10**places), _bound(step.maximum, 10**places)
                )
                found.append(given.Number(_value(nearest, places)))
            case given.Percent(percent=percent):
                places = max(_PUBLISHED_DIGITS, _places(percent))
                whole = 100 * 10**places
                nearest = _nearest(_units(percent, places), _bound(step.minimum, whole), _bound(step.maximum, whole))
                if 0 <= nearest <= whole:
                    found.append(given.Percent(_value(nearest, places)))
            case given.Ratio() if present.bottom:
                places = max(_places(present.numerator), _places(present.denominator))
                whole = _units(present.denominator, places)
                nearest = _nearest(
                    _units(present.numerator, places), _bound(step.minimum, whole), _bound(step.maximum, whole)
                )
                if nearest >= 0:
                    found.append(_ratio_at(present, places)(nearest))
    return found


def _bound(value: Decimal | str | None, whole: int) -> Fraction | None:
    return None if value is None else Fraction(Decimal(value)) * whole


def _nearest(now: int, low: Fraction | None, high: Fraction | None) -> int:
    """The whole number nearest to `now` from `low` on and below `high`."""
    if low is not None and now < low:
        return ceil(low)
    if high is not None and now >= high:
        return ceil(high) - 1
    return now


def _day_in(step: criteria.Step, day: str) -> list[given.Given]:
    low, high = step.minimum, step.maximum
    if low is not None and day < str(low):
        return [given.Day(str(low))]
    if high is not None and day >= str(high):
        before = dt.date.fromisoformat(str(high)) - dt.timedelta(days=1)
        return [given.Day(before.isoformat())]
    return []


def _moved(rule: criteria.YearOnYear, present: given.Comparison) -> list[given.Given]:
    """The figure of this period that just stays within the tolerance, and the one that just passes it."""
    places = max(_places(one) for one in (present.current, present.previous, rule.tolerance))
    sign = 1 if rule.direction == "up" else -1
    before, margin = _units(present.previous, places), _units(rule.tolerance, places)
    return [
        given.Comparison(_value(figure, places), present.previous)
        for figure in (before - sign * margin, before + sign * (margin + 1))
    ]


def _places(value: Decimal) -> int:
    """Decimals as written."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _units(value: Decimal, places: int) -> int:
    top, bottom = value.as_integer_ratio()
    return int(top * 10**places // bottom)


def _value(units: int, places: int) -> Decimal:
    text = f"{abs(units):0{places + 1}d}"
    sign = "-" if units < 0 else ""
    return Decimal(f"{sign}{text[:-places]}.{text[-places:]}" if places else f"{sign}{text}")
