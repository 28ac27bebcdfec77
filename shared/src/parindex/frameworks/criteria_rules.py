"""The rule of one leaf of a criteria tree: read from a framework file, checked against the leaf's maximum, written back.

What is checked here is that the maximum can be reached and never passed: options and steps that make another figure than
the declared maximum are a fault of the file, found before anybody is scored by it.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, cast

from parindex.engine.criteria import (
    RULE_KINDS,
    Checklist,
    Choice,
    Deduct,
    External,
    Info,
    Linear,
    Manual,
    Option,
    PerItem,
    RatioFloor,
    Rule,
    Step,
    Steps,
    Survey,
    Threshold,
    YearOnYear,
    YesNo,
)
from parindex.engine.rounding import exact_sum
from parindex.instruments.document import read_instrument, shipped
from parindex.instruments.fields import UNREAD, UNREAD_NUMBER

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from parindex.instruments.fields import Fields

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
POINTS_LIMIT = 100_000
POINT_DECIMALS = 4
_VALUE_LIMIT = 10**15
_VALUE_DECIMALS = 6
_SHARE_DECIMALS = 8
_RATIO_LIMIT = 10
"""A ratio in steps may pass 1 (revenue against plan); 80 is a percentage written by mistake."""


def read_code(fields: Fields, key: str) -> str:
    """A code of the file: ASCII, 1 to 64 characters."""
    code = fields.text(key)
    if code != UNREAD and not CODE.fullmatch(code):
        fields.fault(
            key,
            "code_form",
            f"{code!r} is not a code.",
            "Expected 1-64 letters, digits, dots, dashes or underscores without diacritics, beginning with a letter or digit.",
        )
        return UNREAD
    return code


def read_points(
    fields: Fields, key: str, default: Decimal | None = None, most: Decimal | int = POINTS_LIMIT
) -> Decimal:
    """Points, 0 or more; NaN where they could not be read."""
    return fields.bounded(key, 0, most, POINT_DECIMALS, default)


def read_rule(fields: Fields, maximum: Decimal, indices: Collection[str]) -> Rule | None:
    """The rule of a leaf, its parameters taken from `fields`; None where the word is missing or unknown.

    `maximum` is the leaf's (NaN: unread), `indices` the codes of the external indices known.
    """
    word = fields.word("rule", RULE_KINDS)
    if word == UNREAD:
        fields.skip(*fields.names)
        return None
    return _READERS[word](fields, maximum, indices)


def _options(fields: Fields, key: str, least: int) -> tuple[Option, ...]:
    options = []
    for entry in fields.entries(key):
        options.append(
            Option(
                read_code(entry, "id"),
                read_points(entry, "points"),
                entry.text("title_vi"),
                entry.optional_text("title_en") or "",
            )
        )
        entry.close()
    seen: set[str] = set()
    for index, option in enumerate(options):
        if option.id in seen and option.id != UNREAD:
            fields.document.fault(
                (*fields.path, key, index), "duplicate_code", f"{option.id!r} stands twice in the list.", "Keep one."
            )
        seen.add(option.id)
    if 0 < len(options) < least:
        fields.fault(key, "too_few_options", f"{len(options)} option.", f"Expected at least {least}.")
    return tuple(options)


def _same(fields: Fields, key: str, what: str, made: Decimal, maximum: Decimal) -> None:
    if not made.is_nan() and not maximum.is_nan() and made != maximum:
        fields.fault(
            key,
            "maximum_not_reached",
            f"{what} {made}, the maximum is {maximum}.",
            "Expected the same figure, so that the maximum can be reached and never passed.",
        )


def _checklist(fields: Fields, maximum: Decimal, _: Collection[str]) -> Rule:
    options = _options(fields, "options", 1)
    if options:
        _same(fields, "options", "the options sum to", exact_sum(option.points for option in options), maximum)
    _positive(fields, "options", options)
    return Checklist(options)


def _choice(fields: Fields, maximum: Decimal, _: Collection[str]) -> Rule:
    options = _options(fields, "options", 2)
    if options:
        _same(fields, "options", "the best option gives", _most(option.points for option in options), maximum)
    return Choice(options)


def _deduct(fields: Fields, _: Decimal, __: Collection[str]) -> Rule:
    events = _options(fields, "events", 1)
    _positive(fields, "events", events)
    return Deduct(events)


def _positive(fields: Fields, key: str, options: tuple[Option, ...]) -> None:
    for index, option in enumerate(options):
        if option.points == 0:
            fields.document.fault(
                (*fields.path, key, index), "no_points", "0 points change nothing.", "Expected more than 0."
            )


def _most(points: Any) -> Decimal:
    known = list(points)
    return UNREAD_NUMBER if any(one.is_nan() for one in known) else max(known)


def _steps(fields: Fields, maximum: Decimal, _: Collection[str]) -> Rule:
    of = cast("Literal['number', 'ratio', 'date']", fields.word("of", ("number", "ratio", "date")))
    steps, known = [], len(fields.document.findings)
    for entry in fields.entries("steps"):
        if of == UNREAD:
            entry.skip("min", "max")
            low = high = None
        else:
            low, high = _bound(entry, "min", of), _bound(entry, "max", of)
        steps.append(Step(low, high, read_points(entry, "points")))
        entry.close()
    if steps and len(fields.document.findings) == known:
        _contiguous(fields, of, steps)
    if steps:
        _same(fields, "steps", "the best step gives", _most(step.points for step in steps), maximum)
    return Steps(of, tuple(steps))


def _bound(entry: Fields, key: str, of: str) -> Decimal | str | None:
    if not entry.has(key):
        return entry.optional_text(key)
    if of == "date":
        return entry.date(key).isoformat()
    most, decimals = (_RATIO_LIMIT, _SHARE_DECIMALS) if of == "ratio" else (_VALUE_LIMIT, _VALUE_DECIMALS)
    return entry.bounded(key, 0 if of == "ratio" else -_VALUE_LIMIT, most, decimals)


def _contiguous(fields: Fields, of: str, steps: list[Step]) -> None:
    """One finding where the steps leave a value without points or give it twice."""
    lowest: Any = dt.date.min.isoformat() if of == "date" else Decimal("-Infinity")
    ordered = sorted(steps, key=lambda step: lowest if step.minimum is None else step.minimum)
    for step in ordered:
        if step.minimum is not None and step.maximum is not None and not _less(step.minimum, step.maximum):
            fields.fault(
                "steps",
                "empty_step",
                f"the step from {step.minimum} ends at {step.maximum}.",
                "Expected min below max: a step holds min and ends before max.",
            )
            return
    for lower, upper in pairwise(ordered):
        if lower.maximum is None or upper.minimum is None or _less(upper.minimum, lower.maximum):
            fields.fault(
                "steps",
                "steps_overlap",
                f"the step to {_end(lower.maximum)} and the step from {_end(upper.minimum)} overlap.",
                "Expected each step to begin where the one below ends.",
            )
            return
        if lower.maximum != upper.minimum:
            fields.fault(
                "steps",
                "steps_gap",
                f"between {lower.maximum} and {upper.minimum} no step gives points.",
                "Expected each step to begin where the one below ends.",
            )
            return
    first, last = ordered[0], ordered[-1]
    if last.maximum is not None:
        fields.fault(
            "steps",
            "steps_open",
            f"a value of {last.maximum} or above lies in no step.",
            "Expected the highest step without max.",
        )
    if first.minimum is not None and first.minimum != 0:
        fields.fault(
            "steps",
            "steps_open",
            f"a value below {first.minimum} lies in no step.",
            "Expected the lowest step without min (or from 0).",
        )


def _less(left: Decimal | str, right: Decimal | str) -> bool:
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return left < right
    return str(left) < str(right)


def _end(bound: Decimal | str | None) -> str:
    return "without end" if bound is None else str(bound)


def _ratio_floor(fields: Fields, _: Decimal, __: Collection[str]) -> Rule:
    floor = fields.bounded("floor", 0, 1, _SHARE_DECIMALS)
    full = fields.bounded("full", 0, 1, _SHARE_DECIMALS, Decimal(1))
    if not floor.is_nan() and not full.is_nan() and not floor < full:
        fields.fault(
            "floor", "floor_not_below_full", f"{floor} is not below {full}.", "Expected 0 <= floor < full <= 1."
        )
    return RatioFloor(floor, full)


def _threshold(fields: Fields, _: Decimal, __: Collection[str]) -> Rule:
    full_at = fields.bounded("full_at", 0, 1, _SHARE_DECIMALS)
    if full_at == 0:
        fields.fault("full_at", "number_range", "a share of 0 is always reached.", "Expected above 0, at most 1.")
    return Threshold(full_at)


def _per_item(fields: Fields, maximum: Decimal, _: Collection[str]) -> Rule:
    each = read_points(fields, "points_each")
    if each == 0 or (not each.is_nan() and not maximum.is_nan() and each > maximum):
        fields.fault("points_each", "number_range", f"{each} points each.", f"Expected above 0, at most {maximum}.")
    return PerItem(each)


def _survey(fields: Fields, method: Literal["top2", "mean"]) -> Rule:
    instrument, factor = fields.optional_text("instrument"), fields.optional_text("factor")
    items = tuple(fields.texts("items", optional=True))
    if instrument is None and (items or factor):
        fields.fault(None, "instrument_missing", "items or a factor of no instrument.", "Expected instrument: CODE.")
    elif instrument is not None:
        known = _instruments().get(instrument)
        if known is None:
            fields.document.warn(
                (*fields.path, "instrument"),
                "instrument_not_shipped",
                f"{instrument!r} is none of the questionnaires shipped ({', '.join(sorted(_instruments()))}).",
                "Its items are checked when the framework is put in force.",
            )
        else:
            for name, allowed, what in (*((item, known[0], "item") for item in items), (factor, known[1], "factor")):
                if name is not None and name not in allowed:
                    fields.fault(
                        "items" if what == "item" else "factor",
                        "unknown_item",
                        f"{name!r} is no {what} of {instrument}.",
                        f"Expected some of {', '.join(sorted(allowed)) or '(it has none)'}.",
                    )
    return Survey(method, instrument, items, factor)


@cache
def _instruments() -> dict[str, tuple[set[str], set[str]]]:
    documents = [read_instrument(text, file) for file, text in shipped()]
    return {
        one["instrument"]: (
            {item["code"] for item in one["items"]},
            {factor["code"] for factor in one["factors"]},
        )
        for one in documents
    }


def _external(fields: Fields, _: Decimal, indices: Collection[str]) -> Rule:
    index = read_code(fields, "index")
    if index not in {*indices, UNREAD}:
        fields.fault(
            "index",
            "unknown_index",
            f"{index!r} is neither shipped nor declared.",
            f"Expected one of {', '.join(sorted(indices)) or '(none)'}, or an entry of external_indices.",
        )
    scale = fields.bounded("scale", 0, _VALUE_LIMIT, _VALUE_DECIMALS)
    if scale == 0:
        fields.fault("scale", "number_range", "a scale of 0 measures nothing.", "Expected the most the index can be.")
    return External(index, scale)


def _yoy(fields: Fields, maximum: Decimal, _: Collection[str]) -> Rule:
    direction = cast("Literal['up', 'down']", fields.word("direction", ("up", "down")))
    tolerance = fields.bounded("tolerance", 0, _VALUE_LIMIT, _VALUE_DECIMALS, Decimal(0))
    partial = read_points(fields, "partial", Decimal(0), POINTS_LIMIT if maximum.is_nan() else maximum)
    return YearOnYear(direction, tolerance, partial)


_READERS: dict[str, Callable[[Fields, Decimal, Collection[str]], Rule]] = {
    "yes_no": lambda *_: YesNo(),
    "checklist": _checklist,
    "choice": _choice,
    "steps": _steps,
    "linear": lambda *_: Linear(),
    "ratio_floor": _ratio_floor,
    "threshold": _threshold,
    "per_item": _per_item,
    "deduct": _deduct,
    "survey_top2": lambda fields, *_: _survey(fields, "top2"),
    "survey_mean": lambda fields, *_: _survey(fields, "mean"),
    "external": _external,
    "yoy": _yoy,
    "manual": lambda *_: Manual(),
    "info": lambda *_: Info(),
}
