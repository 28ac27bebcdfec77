"""The forms that inputs of components have in JSON, after docs/design.md "Inputs of one component". Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import permutations
from typing import Any

from parindex.engine import inputs as given
from parindex.engine.criteria import (
    Checklist,
    Choice,
    Deduct,
    External,
    Info,
    Manual,
    Node,
    PerItem,
    Steps,
    Survey,
    YearOnYear,
    YesNo,
)
from parindex.engine.digest import canonical_json
from parindex.engine.rules import Unusable

_MOST_DIGITS = 30
"""Of a decimal, before and after the sign that divides them."""
_DECIMAL = re.compile(rf"-?[0-9]{{1,{_MOST_DIGITS}}}(?:[.,][0-9]{{1,{_MOST_DIGITS}}})?")
_LARGEST_COUNT = 2**53 - 1


class Faults(Exception):
    """Several values of one input that cannot be read."""

    def __init__(self, faults: list[Unusable]) -> None:
        super().__init__()
        self.faults = faults


@dataclass(frozen=True, slots=True)
class _Shape:
    """One form of an input: its keys with their readers, and what is built from them."""

    keys: Mapping[str, Callable[[Any], Any]]
    build: Callable[..., given.Given]


class Forms:
    """The forms that the input of a component (or the imported score of a branch) may have, found by its keys."""

    def __init__(self, node: Node) -> None:
        self.shapes = shapes = _shapes(node)
        self.by_keys = {frozenset(shape.keys): shape for shape in shapes}
        self.readers = {
            order: _reader(shape) for shape in shapes if len(shape.keys) <= 2 for order in permutations(shape.keys)
        }
        """By the keys in the order in which they may stand: an input is found without comparing sets."""

    def __str__(self) -> str:
        return " or ".join("{" + ", ".join(shape.keys) + "}" for shape in self.shapes)


def read_form(forms: Forms, value: Any) -> given.Given:
    """The input of that form; its rule is not asked yet. Raises Unusable or Faults: what is wrong, and what was expected."""
    # In one go; value by value only where something is wrong, or where its origin is told.
    if type(value) is dict and (reader := forms.readers.get(tuple(value))):
        try:
            return reader(value)
        except _Expected:
            pass
    return _read_each(forms, value)


def _reader(shape: _Shape) -> Callable[[Mapping[str, Any]], given.Given]:
    """Reads an input of that shape without origin. Half of all inputs have two keys, the others one."""
    build = shape.build
    (one, read_one), *others = shape.keys.items()
    if not others:
        return lambda value: build(read_one(value[one]), origin=None)
    ((two, read_two),) = others
    return lambda value: build(read_one(value[one]), read_two(value[two]), origin=None)


def _read_each(forms: Forms, value: Any) -> given.Given:
    if not isinstance(value, Mapping):
        raise Unusable("input_shape", "", f"an object {forms}")
    shape = forms.by_keys.get(frozenset(value) - {"from"})
    if shape is None:
        raise Unusable("input_shape", "", f"exactly the keys {forms}, with or without `from`")
    parts: list[Any] = []
    faults: list[Unusable] = []
    for key, read in shape.keys.items():
        try:
            parts.append(read(value[key]))
        except _Expected as wrong:
            faults.append(Unusable(wrong.code, key, wrong.expected))
    origin = value.get("from")
    if origin is not None:
        try:
            if not isinstance(origin, dict):
                raise TypeError  # noqa: TRY301 - one finding for both faults
            canonical_json(origin)
        except (TypeError, ValueError, RecursionError):
            faults.append(
                Unusable("origin_shape", "from", "an object of texts, integers, lists and objects, of few levels")
            )
    if faults:
        raise Faults(faults)
    return shape.build(*parts, origin=origin)


class _Expected(Exception):
    def __init__(self, code: str, expected: str) -> None:
        super().__init__(expected)
        self.code, self.expected = code, expected


def _true(value: Any) -> None:
    if value is not True:
        raise _Expected("value_not_true", "true")


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Expected("value_not_boolean", "true or false")
    return value


def _decimal(value: Any) -> Decimal:
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and _DECIMAL.fullmatch(plain := value.strip()):
        return Decimal(plain.replace(",", "."))
    raise _Expected(
        "value_not_decimal", 'a decimal as a string such as "85.30" (or "85,30"), or an integer; never a float'
    )


def _amount(value: Any) -> Decimal:
    if type(value) is str and value.isdigit() and value.isascii() and len(value) <= _MOST_DIGITS:
        return Decimal(value)  # a count, as nearly all amounts are
    number = _decimal(value)
    if number < 0:
        raise _Expected("value_negative", "a number that is not negative")
    return number


def _percent(value: Any) -> Decimal:
    number = _amount(value)
    if number > 100:
        raise _Expected("percent_outside_scale", "a percentage from 0 to 100")
    return number


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST_COUNT:
        raise _Expected("value_not_count", "a whole number from 0 on")
    return value


def _word(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise _Expected("value_not_text", "the id of an option")
    return value


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value) or len(set(value)) < len(value):
        raise _Expected("value_not_options", "a list of option ids, each at most once; [] where none is ticked")
    return tuple(sorted(value))


def _events(value: Any) -> tuple[tuple[str, int], ...]:
    if not isinstance(value, Mapping) or not all(isinstance(one, str) for one in value):
        raise _Expected("value_not_events", "an object of event id -> count; {} where none happened")
    return tuple(sorted((event, _count(count)) for event, count in value.items()))


def _day(value: Any) -> str:
    try:
        if not isinstance(value, str) or dt.date.fromisoformat(value).isoformat() != value:
            raise ValueError  # noqa: TRY301 - one sentence for both faults
    except ValueError:
        raise _Expected("value_not_day", "a day as YYYY-MM-DD") from None
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Expected("value_not_text", "a text")
    return unicodedata.normalize("NFC", value)


def _ratio(numerator: str, denominator: str) -> _Shape:
    build = partial(given.Ratio, words=(numerator, denominator))
    return _Shape({numerator: _amount, denominator: _amount}, build)


_RATIO = _ratio("numerator", "denominator")
_PERCENT = _Shape({"percent": _percent}, given.Percent)
_NUMBER = _Shape({"value": _decimal}, given.Number)
_STATES = (
    _Shape({"no_data": _true}, lambda _, origin: given.NoData(origin=origin)),
    _Shape({"not_applicable": _true}, lambda _, origin: given.NotApplicable(origin=origin)),
)
_IMPORTED = _Shape({"imported_points": _amount}, given.Imported)


def _shapes(node: Node) -> tuple[_Shape, ...]:
    if node.leaf is None:
        return (_IMPORTED,)
    match node.leaf.rule:
        case YesNo():
            own: tuple[_Shape, ...] = (_Shape({"value": _flag}, given.Flag),)
        case Checklist():
            own = (_Shape({"ticked": _words}, given.Ticked),)
        case Choice():
            own = (_Shape({"chosen": _word}, given.Chosen),)
        case Steps(of):
            own = {"number": (_NUMBER,), "ratio": (_RATIO, _PERCENT), "date": (_Shape({"date": _day}, given.Day),)}[of]
        case PerItem():
            own = (_Shape({"count": _count}, given.Count),)
        case Deduct():
            own = (_Shape({"events": _events}, given.Events),)
        case Survey(method):
            own = (_ratio("favourable", "answers") if method == "top2" else _ratio("sum", "largest"), _PERCENT)
        case External():
            own = (_NUMBER,)
        case YearOnYear():
            own = (_Shape({"current": _decimal, "previous": _decimal}, given.Comparison),)
        case Manual():
            own = (_Shape({"points": _amount}, given.Points),)
        case Info():
            own = (_Shape({"value": _text}, given.Shown), _RATIO, _PERCENT)
        case _:
            own = (_RATIO, _PERCENT)
    return own + _STATES
