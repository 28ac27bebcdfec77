"""What a route may be asked: each parameter with its reading, schema and words. Anything else is refused by name.

Plain functions over the raw query string: the hot path never comes here, because rendered answers are found by the
raw query string itself.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from parindex.engine.period import VIETNAM, Period
from parindex.errors import Finding, Invalid
from parindex.units.codes import parse_unit_code

LONGEST_QUERY = 4096
_INT4 = 2_147_483_647
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_WHOLE = re.compile(r"[0-9]{1,12}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WORD = re.compile(r"[A-Za-z0-9._:-]{1,64}")

Read = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class UnitName:
    """How a unit was named in a query: by our own id, or by a code to be read as of the answer's day."""

    unit_id: int | None
    scheme: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query or path parameter."""

    name: str
    read: Read
    schema: dict[str, Any]
    vi: str
    en: str
    example: str
    required: bool = False
    default: Any = None
    place: str = "query"

    def openapi(self) -> dict[str, Any]:
        """The parameter's entry in the OpenAPI document."""
        schema = dict(self.schema)
        if isinstance(self.default, str | int) and not isinstance(self.default, bool):
            schema["default"] = self.default
        entry = {
            "name": self.name,
            "in": self.place,
            "required": self.required or self.place == "path",
            "description": f"{self.vi} / {self.en}",
            "schema": schema,
        }
        if self.example:
            entry["example"] = int(self.example) if schema.get("type") == "integer" else self.example
        return entry


def whole(least: int, most: int) -> tuple[Read, dict[str, Any]]:
    """A whole number within bounds."""

    def read(text: str) -> int:
        if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(text)

    return read, {"type": "integer", "minimum": least, "maximum": most}


def one_of(*words: str) -> tuple[Read, dict[str, Any]]:
    """One of the given words, exactly."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return text

    return read, {"type": "string", "enum": list(words)}


def text(longest: int) -> tuple[Read, dict[str, Any]]:
    """Free text without control characters."""

    def read(value: str) -> str:
        if not 1 <= len(value) <= longest or _CONTROL.search(value):
            raise ValueError(f"1 to {longest} characters without control characters")
        return value

    return read, {"type": "string", "minLength": 1, "maxLength": longest}


def word() -> tuple[Read, dict[str, Any]]:
    """A code or version, of letters, digits and the marks . _ : - only."""

    def read(value: str) -> str:
        if not _WORD.fullmatch(value):
            raise ValueError("1 to 64 letters, digits or . _ : -")
        return value

    return read, {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}


def day() -> tuple[Read, dict[str, Any]]:
    """A local day, YYYY-MM-DD."""
    return _read_day, {"type": "string", "format": "date"}


def _read_day(value: str) -> dt.date:
    try:
        found = dt.date.fromisoformat(value) if _DAY.fullmatch(value) else None
    except ValueError:
        found = None
    if found is None or not 1900 <= found.year <= 9000:
        raise ValueError("a day as YYYY-MM-DD, years 1900 to 9000")
    return found


def known_on() -> tuple[Read, dict[str, Any]]:
    """The last instant that counts as known: an instant with offset, or a day meaning its end in Asia/Ho_Chi_Minh."""

    def read(value: str) -> dt.datetime:
        if _DAY.fullmatch(value):
            return dt.datetime.combine(_read_day(value) + dt.timedelta(days=1), dt.time(), VIETNAM) - dt.timedelta(
                microseconds=1
            )
        try:
            found = dt.datetime.fromisoformat(value.replace(" ", "+"))
        except ValueError:
            found = None
        if found is None or found.tzinfo is None or not 1900 <= found.year <= 9000:
            raise ValueError("a day as YYYY-MM-DD, or an instant with offset such as 2025-10-12T08:00:00+07:00")
        return found

    return read, {"type": "string", "maxLength": 40}


def period() -> tuple[Read, dict[str, Any]]:
    """A month, quarter, half-year or year."""

    def read(value: str) -> Period:
        try:
            return Period.parse(value)
        except Invalid as error:
            raise ValueError(f"a period: {error.hint}") from None

    return read, {"type": "string", "pattern": r"^(19|[2-8]\d)\d{2}(-(0[1-9]|1[0-2]|Q[1-4]|H[12]))?$"}


def unit() -> tuple[Read, dict[str, Any]]:
    """A unit by our own id, or by a code: `H99.01`, `000.00.01.H99`, `gso:91`."""

    def read(value: str) -> UnitName:
        if _WHOLE.fullmatch(value) and int(value) <= _INT4:
            return UnitName(int(value))
        try:
            form = parse_unit_code(value)
        except Invalid as error:
            raise ValueError(f"a unit id, or a code such as H01.11 or gso:91 ({error.message})") from None
        return UnitName(None, form.scheme, form.code)

    return read, {"type": "string", "minLength": 1, "maxLength": 40}


def unit_id_in_path() -> Parameter:
    """`{unit_id}` of a path."""
    read, schema = whole(0, _INT4)
    return Parameter(
        "unit_id",
        read,
        schema,
        "Mã định danh đơn vị (của hệ thống này)",
        "Our own stable id of the unit",
        "0",
        place="path",
    )


class Parameters:
    """The parameters of one route."""

    def __init__(self, *parameters: Parameter) -> None:
        self.all = parameters
        self._query = {parameter.name: parameter for parameter in parameters if parameter.place == "query"}
        self._path = {parameter.name: parameter for parameter in parameters if parameter.place == "path"}

    def read(self, query_string: bytes, path: Mapping[str, str]) -> dict[str, Any]:
        """Every parameter with its value or default. Raises Invalid naming each unknown, repeated, missing or wrong one."""
        findings: list[Finding] = []
        values = {parameter.name: parameter.default for parameter in self.all}
        given: set[str] = set()
        for name, raw in _pairs(query_string):
            parameter = self._query.get(name)
            if parameter is None:
                near = difflib.get_close_matches(name, self._query, 1)
                hint = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(self._query) or 'none'}."
                findings.append(
                    Finding("parameter_unknown", name[:64], f"This route knows no parameter {name[:64]!r}.", hint)
                )
            elif name in given:
                findings.append(
                    Finding("parameter_repeated", name, f"{name} was given more than once.", "Give it once.")
                )
            else:
                given.add(name)
                _take(parameter, raw, values, findings)
        for name, raw in path.items():
            _take(self._path[name], raw, values, findings)
        findings += [
            Finding(
                "parameter_missing",
                parameter.name,
                f"{parameter.name} is required: {parameter.en}.",
                f"For example {parameter.name}={parameter.example}.",
            )
            for parameter in self._query.values()
            if parameter.required and parameter.name not in given
        ]
        if findings:
            raise Invalid(
                "The query cannot be answered: " + " ".join(finding.message for finding in findings[:3]),
                code=findings[0].code,
                hint=findings[0].hint or "See /docs.",
                findings=findings[:20],
            )
        return values

    def openapi(self) -> list[dict[str, Any]]:
        """Entries of the OpenAPI document."""
        return [parameter.openapi() for parameter in self.all]


def _take(parameter: Parameter, raw: str, values: dict[str, Any], findings: list[Finding]) -> None:
    try:
        values[parameter.name] = parameter.read(raw)
    except ValueError as error:
        findings.append(
            Finding(
                "parameter_invalid",
                parameter.name,
                f"{parameter.name}={raw[:64]!r} was not understood; expected {error}.",
                f"For example {parameter.name}={parameter.example}.",
            )
        )


def _pairs(query_string: bytes) -> list[tuple[str, str]]:
    if len(query_string) > LONGEST_QUERY:
        raise Invalid(
            f"The query string has {len(query_string)} bytes; at most {LONGEST_QUERY} are read.", code="query_too_long"
        )
    pairs = []
    for part in query_string.split(b"&"):
        if not part:
            continue
        name, _, value = part.replace(b"+", b" ").partition(b"=")
        try:
            pairs.append((unquote_to_bytes(name).decode(), unquote_to_bytes(value).decode()))
        except UnicodeDecodeError:
            raise Invalid(
                "The query string is not UTF-8 after percent-decoding.",
                code="query_not_utf8",
                hint="Encode text as UTF-8, then percent-encode it.",
            ) from None
    return pairs
