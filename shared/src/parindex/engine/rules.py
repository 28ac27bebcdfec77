"""The rule kinds of criteria trees as integer arithmetic: input of one component -> exact points. Pure.

Points are counted in units of a plan (10**-scale points). A compiled rule gives them as (numerator, denominator), never
rounded: multiply first, divide once; `parindex.engine.score` quantises where the framework says so. None = the input is
0/0, nothing occurred. What a rule cannot use raises `Unusable`; it never becomes a silent zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from parindex.engine import criteria
from parindex.engine import inputs as given

Exact = tuple[int, int]
"""Points in units of the plan: numerator, denominator > 0."""
Apply = Callable[[Any], Exact | None]
"""A compiled rule; its argument is one of the types it accepts."""

_SHARE: frozenset[type[given.Given]] = frozenset({given.Ratio, given.Percent})
_STEP_INPUTS: dict[str, frozenset[type[given.Given]]] = {
    "number": frozenset({given.Number}),
    "ratio": _SHARE,
    "date": frozenset({given.Day}),
}


class Unusable(Exception):
    """A rule cannot use a value. `key` is the JSON key at fault ('' = the whole input)."""

    def __init__(self, code: str, key: str, expected: str, hint: str = "") -> None:
        super().__init__(expected)
        self.code, self.key, self.expected, self.hint = code, key, expected, hint


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule ready to run."""

    accepts: frozenset[type[given.Given]]
    apply: Apply


def decimals(node: criteria.Node) -> int:
    """How many decimals the points written in a node have at most."""
    rule = node.leaf.rule if node.leaf else None
    points = [node.maximum]
    match rule:
        case criteria.Checklist(options) | criteria.Choice(options) | criteria.Deduct(options):
            points += [option.points for option in options]
        case criteria.Steps(_, steps):
            points += [step.points for step in steps]
        case criteria.PerItem(points_each):
            points.append(points_each)
        case criteria.YearOnYear(_, _, partial):
            points.append(partial)
        case _:
            pass
    return max(_decimals(value) for value in points)


def _decimals(value: Decimal) -> int:
    unit = value.as_integer_ratio()[1]
    places = 0
    while 10**places % unit:
        places += 1
    return places


def compile_rule(rule: criteria.Rule, maximum: Decimal, scale: int, digits: int | None) -> Compiled:
    """The rule over `maximum` points, in units of 10**-scale points (at least `decimals` of its node).

    `digits` is what points given by hand may have at most; None = any.
    """

    def units(points: Decimal) -> int:
        top, unit = points.as_integer_ratio()
        return int(top * 10**scale // unit)

    full = units(maximum)
    match rule:
        case criteria.YesNo():
            return Compiled(frozenset({given.Flag}), lambda value: (full if value.value else 0, 1))
        case criteria.Checklist(options):
            return Compiled(frozenset({given.Ticked}), _checklist({one.id: units(one.points) for one in options}, full))
        case criteria.Choice(options):
            return Compiled(frozenset({given.Chosen}), _choice({one.id: units(one.points) for one in options}))
        case criteria.Steps(of, steps):
            accepts = _STEP_INPUTS[of]
            return Compiled(accepts, _steps(step_locator(rule), [(units(step.points), 1) for step in steps]))
        case criteria.Linear() | criteria.Survey():
            return Compiled(_SHARE, _linear(full))
        case criteria.RatioFloor(floor, from_here):
            return Compiled(_SHARE, _ratio_floor(full, floor.as_integer_ratio(), from_here.as_integer_ratio()))
        case criteria.Threshold(full_at):
            return Compiled(_SHARE, _threshold(full, full_at.as_integer_ratio()))
        case criteria.PerItem(points_each):
            each = units(points_each)
            return Compiled(frozenset({given.Count}), lambda value: (min(full, value.count * each), 1))
        case criteria.Deduct(events):
            return Compiled(frozenset({given.Events}), _deduct({one.id: units(one.points) for one in events}, full))
        case criteria.External(_, index_scale):
            return Compiled(frozenset({given.Number}), _external(full, index_scale))
        case criteria.YearOnYear(direction, tolerance, partial):
            return Compiled(
                frozenset({given.Comparison}),
                _year_on_year(full, 1 if direction == "up" else -1, tolerance, units(partial)),
            )
        case criteria.Manual():
            return Compiled(frozenset({given.Points}), _manual(maximum, 10**scale, digits))
        case criteria.Info():
            return Compiled(frozenset({given.Shown, *_SHARE}), lambda _: (0, 1))


def _known(ids: set[str], allowed: dict[str, int], key: str, what: str) -> None:
    if unknown := sorted(ids - allowed.keys()):
        raise Unusable(
            f"{what}_unknown", key, f"one of the {what}s {', '.join(allowed)}; not {', '.join(map(repr, unknown))}"
        )


def _checklist(points: dict[str, int], full: int) -> Apply:
    def apply(value: given.Ticked) -> Exact:
        try:
            return min(full, sum([points[option] for option in value.options])), 1
        except KeyError:
            _known(set(value.options), points, "ticked", "option")
            raise

    return apply


def _choice(points: dict[str, int]) -> Apply:
    def apply(value: given.Chosen) -> Exact:
        _known({value.option}, points, "chosen", "option")
        return points[value.option], 1

    return apply


def _deduct(points: dict[str, int], full: int) -> Apply:
    def apply(value: given.Events) -> Exact:
        _known({event for event, _ in value.events}, points, "events", "event")
        return max(0, full - sum([points[event] * count for event, count in value.events])), 1

    return apply


def _steps(locate: Callable[[Any], int | None], points: list[Exact]) -> Apply:
    def apply(value: given.Given) -> Exact | None:
        place = locate(value)
        return None if place is None else points[place]

    return apply


def step_locator(rule: criteria.Steps) -> Callable[[Any], int | None]:
    """Which step a value lies in (half-open); None = 0/0, nothing occurred. Raises Unusable outside all steps."""
    if rule.of == "date":
        days = [(step.minimum or "", step.maximum) for step in rule.steps]

        def of_day(value: given.Day) -> int:
            for place, (low, high) in enumerate(days):
                if str(low) <= value.date and (high is None or value.date < str(high)):
                    return place
            raise Unusable("value_outside_steps", "date", "a day in one of the steps of the rule")

        return of_day
    bounds = [(_bound(step.minimum), _bound(step.maximum)) for step in rule.steps]

    def of_share(value: given.Ratio | given.Percent) -> int | None:
        if not value.bottom:
            _refuse_over_zero(value)
            return None
        return _place(bounds, value.top, value.bottom, "")

    def of_number(value: given.Number) -> int:
        return _place(bounds, *value.value.as_integer_ratio(), "value")

    return of_share if rule.of == "ratio" else of_number


Bound = tuple[int, int] | None


def _bound(value: Decimal | str | None) -> Bound:
    return None if value is None else Decimal(value).as_integer_ratio()


def _place(bounds: list[tuple[Bound, Bound]], top: int, bottom: int, key: str) -> int:
    for place, (low, high) in enumerate(bounds):
        above = low is None or top * low[1] >= low[0] * bottom
        if above and (high is None or top * high[1] < high[0] * bottom):
            return place
    raise Unusable("value_outside_steps", key, "a value in one of the steps of the rule")


def _refuse_over_zero(value: given.Ratio | given.Percent) -> None:
    """0/0 is no data; anything else over 0 is no number."""
    if value.top:
        raise Unusable(
            "denominator_zero",
            "" if isinstance(value, given.Percent) else value.words[1],
            "a denominator above 0 where the numerator is above 0",
            "Give 0/0, or no_data, where nothing occurred in the period.",
        )


def _above_one(value: given.Ratio | given.Percent) -> Unusable:
    if isinstance(value, given.Percent):
        return Unusable("percent_outside_scale", "percent", "a percentage from 0 to 100")
    if not value.bottom:
        _refuse_over_zero(value)
    return Unusable(
        "numerator_above_denominator",
        value.words[0],
        f"a {value.words[0]} that is not above its {value.words[1]}",
        "Correct the counts; a published figure that has no sound counts is kept as an observation instead.",
    )


def _linear(full: int) -> Apply:
    def apply(value: given.Ratio | given.Percent) -> Exact | None:
        top, bottom = value.top, value.bottom
        if top < bottom:
            return full * top, bottom
        if top > bottom:
            raise _above_one(value)
        return (full, 1) if bottom else None

    return apply


def _threshold(full: int, full_at: tuple[int, int]) -> Apply:
    share, unit = full_at

    def apply(value: given.Ratio | given.Percent) -> Exact | None:
        top, bottom = value.top, value.bottom
        if top > bottom:
            raise _above_one(value)
        if not bottom:
            return None
        over, under = top * unit, bottom * share
        return (full * over, under) if over < under else (full, 1)

    return apply


def _ratio_floor(full: int, floor: tuple[int, int], from_here: tuple[int, int]) -> Apply:
    def apply(value: given.Ratio | given.Percent) -> Exact | None:
        top, bottom = value.top, value.bottom
        if top > bottom:
            raise _above_one(value)
        if not bottom:
            return None
        if top * floor[1] < floor[0] * bottom:
            return 0, 1
        return (full * top, bottom) if top * from_here[1] < from_here[0] * bottom else (full, 1)

    return apply


def _external(full: int, scale: Decimal) -> Apply:
    whole, whole_unit = scale.as_integer_ratio()

    def apply(value: given.Number) -> Exact:
        top, unit = value.value.as_integer_ratio()
        if not 0 <= top * whole_unit <= whole * unit:
            raise Unusable("value_outside_scale", "value", f"a value from 0 to {scale:f}, the scale of that index")
        return full * top * whole_unit, unit * whole

    return apply


def _year_on_year(full: int, sign: int, tolerance: Decimal, partial: int) -> Apply:
    margin, margin_unit = tolerance.as_integer_ratio()

    def apply(value: given.Comparison) -> Exact:
        now, now_unit = value.current.as_integer_ratio()
        before, before_unit = value.previous.as_integer_ratio()
        moved = sign * (now * before_unit - before * now_unit) * margin_unit
        allowed = margin * now_unit * before_unit
        return (full if moved > allowed else partial if moved >= -allowed else 0), 1

    return apply


def _manual(maximum: Decimal, unit_of_plan: int, digits: int | None) -> Apply:
    def apply(value: given.Points) -> Exact:
        if not 0 <= value.points <= maximum:
            raise Unusable("points_outside_maximum", "points", f"points from 0 to {maximum:f}")
        if digits is not None and _decimals(value.points) > digits:
            raise Unusable("points_digits", "points", f"points with at most {digits} decimals, as the framework counts")
        top, unit = value.points.as_integer_ratio()
        return top * unit_of_plan, unit

    return apply
