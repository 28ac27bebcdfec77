"""Reads inputs of components from JSON, after docs/design.md "Inputs of one component", with every fault at once. Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from parindex.engine import inputs as given
from parindex.engine.criteria import (
    Checklist,
    Choice,
    Deduct,
    External,
    Framework,
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
from parindex.engine.leaf import Scorer, compile_node, fault_finding, said
from parindex.engine.rules import Unusable
from parindex.engine.score import Plan, compile_framework
from parindex.errors import Finding, Invalid

_DECIMAL = re.compile(r"-?[0-9]{1,30}(?:[.,][0-9]{1,30})?")
_LARGEST_COUNT = 2**53 - 1


def read_inputs(framework: Framework, block: str, mapping: Any) -> dict[str, given.Given]:
    """The inputs of one unit of a block: component code -> input JSON. null is missing, as if it were left out.

    Raises Invalid with a finding for each fault: unknown component, wrong shape for its rule, a value the rule cannot use.
    """
    return read_for(compile_framework(framework, block), mapping)


def read_for(plan: Plan, mapping: Any) -> dict[str, given.Given]:
    """As `read_inputs`, for many units of one compiled plan."""
    if not isinstance(mapping, Mapping):
        fault = Finding(
            "inputs_shape", "inputs", f"Inputs are {said(mapping)}; expected an object of component code -> input."
        )
        raise Invalid(fault.message, code=fault.code, findings=[fault])
    read: dict[str, given.Given] = {}
    findings: list[Finding] = []
    shapes = _shapes_of(plan)
    for code, value in mapping.items():
        scorer = plan.scorers.get(code)
        if scorer is None:
            findings.append(plan.stranger(code))
        elif value is not None:
            try:
                read[code] = _read_with(scorer, value, shapes.get(code))
            except Invalid as fault:
                findings += fault.findings
    if findings:
        raise Invalid(
            f"{len(findings)} input(s) for {plan.framework.name}, block {plan.block!r}, cannot be used.",
            code="inputs_invalid",
            hint="Correct each finding and send the inputs again; nothing was computed.",
            findings=findings,
        )
    return read


def read_input(node: Node, value: Any, *, digits: int | None = None) -> given.Given:
    """The input of one component (or an imported score of a branch).

    `digits`: decimals that points given by hand may have (those of the framework); None = any. Raises Invalid with all
    findings; their field is `inputs.<component>.<key>`.
    """
    return _read_with(compile_node(node, digits=digits), value)


@lru_cache(maxsize=64)
def _shapes_of(plan: Plan) -> dict[str, tuple[_Shape, ...]]:
    """The forms that the input of each component may have."""
    return {code: _shapes(scorer.node) for code, scorer in plan.scorers.items()}


def _read_with(scorer: Scorer, value: Any, shapes: tuple[_Shape, ...] | None = None) -> given.Given:
    node = scorer.node
    faults: list[Unusable] = []
    try:
        read = _read(shapes or _shapes(node), value)
        scorer.outcome(read)
    except _Faults as several:
        faults = several.faults
    except Unusable as fault:
        faults = [fault]
    else:
        return read
    findings = [fault_finding(node, value, fault) for fault in faults]
    raise Invalid(findings[0].message, code=findings[0].code, hint=findings[0].hint, findings=findings)


class _Faults(Exception):
    def __init__(self, faults: list[Unusable]) -> None:
        super().__init__()
        self.faults = faults


@dataclass(frozen=True, slots=True)
class _Shape:
    """One form of an input: its keys with their readers, and what is built from them."""

    keys: Mapping[str, Callable[[Any], Any]]
    build: Callable[..., given.Given]


def _read(shapes: tuple[_Shape, ...], value: Any) -> given.Given:
    if not isinstance(value, Mapping):
        raise Unusable("input_shape", "", f"an object {_forms(shapes)}")
    keys = value.keys() - {"from"} if "from" in value else value.keys()
    shape = next((one for one in shapes if keys == one.keys.keys()), None)
    if shape is None:
        raise Unusable("input_shape", "", f"exactly the keys {_forms(shapes)}, with or without `from`")
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
        except TypeError:
            faults.append(Unusable("origin_shape", "from", "an object of texts, integers, lists and objects"))
    if faults:
        raise _Faults(faults)
    return shape.build(*parts, origin=origin)


def _forms(shapes: tuple[_Shape, ...]) -> str:
    return " or ".join("{" + ", ".join(shape.keys) + "}" for shape in shapes)


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
    if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
        return Decimal(value.strip().replace(",", "."))
    raise _Expected(
        "value_not_decimal", 'a decimal as a string such as "85.30" (or "85,30"), or an integer; never a float'
    )


def _amount(value: Any) -> Decimal:
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
    def build(top: Decimal, bottom: Decimal, origin: Mapping[str, Any] | None) -> given.Ratio:
        return given.Ratio(top, bottom, (numerator, denominator), origin=origin)

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
