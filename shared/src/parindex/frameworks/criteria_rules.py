"""The rule of one leaf of a criteria tree: read from a framework file, checked against the leaf's maximum, written back.

What is checked here is that the maximum can be reached and never passed: options and steps that make another figure than
the declared maximum are a fault of the file, found before anybody is scored by it.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Literal, cast

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
    Survey,
    Threshold,
    YearOnYear,
    YesNo,
)
from parindex.engine.rounding import exact_sum
from parindex.frameworks.criteria_steps import read_steps
from parindex.frameworks.criteria_values import (
    POINTS_LIMIT,
    SHARE_DECIMALS,
    VALUE_DECIMALS,
    VALUE_LIMIT,
    most_of,
    read_code,
    read_points,
    same_as_maximum,
)
from parindex.instruments.document import read_instrument, shipped
from parindex.instruments.fields import UNREAD

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from parindex.instruments.fields import Fields


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


def _checklist(fields: Fields, maximum: Decimal, _: Collection[str]) -> Rule:
    options = _options(fields, "options", 1)
    if options:
        same_as_maximum(
            fields, "options", "the options sum to", exact_sum(option.points for option in options), maximum
        )
    _positive(fields, "options", options)
    return Checklist(options)


def _choice(fields: Fields, maximum: Decimal, _: Collection[str]) -> Rule:
    options = _options(fields, "options", 2)
    if options:
        same_as_maximum(
            fields, "options", "the best option gives", most_of(option.points for option in options), maximum
        )
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


def _ratio_floor(fields: Fields, _: Decimal, __: Collection[str]) -> Rule:
    floor = fields.bounded("floor", 0, 1, SHARE_DECIMALS)
    full = fields.bounded("full", 0, 1, SHARE_DECIMALS, Decimal(1))
    if not floor.is_nan() and not full.is_nan() and not floor < full:
        fields.fault(
            "floor", "floor_not_below_full", f"{floor} is not below {full}.", "Expected 0 <= floor < full <= 1."
        )
    return RatioFloor(floor, full)


def _threshold(fields: Fields, _: Decimal, __: Collection[str]) -> Rule:
    full_at = fields.bounded("full_at", 0, 1, SHARE_DECIMALS)
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
    scale = fields.bounded("scale", 0, VALUE_LIMIT, VALUE_DECIMALS)
    if scale == 0:
        fields.fault("scale", "number_range", "a scale of 0 measures nothing.", "Expected the most the index can be.")
    return External(index, scale)


def _yoy(fields: Fields, maximum: Decimal, _: Collection[str]) -> Rule:
    direction = cast("Literal['up', 'down']", fields.word("direction", ("up", "down")))
    tolerance = fields.bounded("tolerance", 0, VALUE_LIMIT, VALUE_DECIMALS, Decimal(0))
    partial = read_points(fields, "partial", Decimal(0), POINTS_LIMIT if maximum.is_nan() else maximum)
    return YearOnYear(direction, tolerance, partial)


_READERS: dict[str, Callable[[Fields, Decimal, Collection[str]], Rule]] = {
    "yes_no": lambda *_: YesNo(),
    "checklist": _checklist,
    "choice": _choice,
    "steps": read_steps,
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
