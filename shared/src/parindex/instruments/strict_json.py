"""JSON of versioned data read by the same rules as its YAML: numbers and days are text, floats are refused.

A document that was stored, or a draft that an interface sends, goes through the readers written for files: `Fields` asks
for a number or a day, and the text "14.5" or "2025-07-01" is taken for it. Findings carry the path of a field instead of
a line.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from parindex.instruments.strict_yaml import FAULTY, StrictDocument, node_name

if TYPE_CHECKING:
    from parindex.errors import Finding
    from parindex.instruments.strict_yaml import Path

_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,29})(\.[0-9]{1,30})?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DEEPEST = 60
_LARGEST_INTEGER = 2**53 - 1


@dataclass(slots=True)
class JsonDocument(StrictDocument):
    """A JSON object as read; `field` of a finding is a path such as `children[2].max`."""

    def meaning(self, value: Any, kind: type) -> Any:
        """Text that is written like a number or a day is one where a number or a day is asked for."""
        if isinstance(value, str) and kind is Decimal and _NUMBER.fullmatch(value):
            return Decimal(value)
        if isinstance(value, str) and kind is dt.date and _DAY.fullmatch(value):
            try:
                return dt.date.fromisoformat(value)
            except ValueError:
                return value
        return value

    def _at(self, path: Path, line: int | None) -> str:
        del line
        return node_name(path) if path else ""

    def _in_order(self) -> list[Finding]:
        return self.findings


def read_strict_json(value: Any, name: str) -> JsonDocument:
    """The document in a decoded JSON value; `name` is what messages call it. Raises nothing: faults stand in `findings`."""
    document = JsonDocument(name, None)
    document.value = _plain(value, (), document)
    if not isinstance(document.value, dict) and not document.findings:
        document.fault((), "wrong_kind", "is not an object.", "Expected keys with values at the top.")
    return document


def _plain(value: Any, path: Path, document: JsonDocument) -> Any:
    if len(path) > _DEEPEST:
        document.fault(path[:3], "too_deep", "is nested too deeply.", "Expected a few levels.")
        return FAULTY
    match value:
        case dict():
            return {
                unicodedata.normalize("NFC", key): _plain(child, (*path, key), document)
                for key, child in value.items()
                if document.text(path, key) is not FAULTY
            }
        case list():
            return [_plain(child, (*path, index), document) for index, child in enumerate(value)]
        case str():
            return document.text(path, value)
        case None | bool():
            return value
        case int() if abs(value) <= _LARGEST_INTEGER:
            return value
        case _:
            document.fault(
                path,
                "float_number",
                f"{str(value)[:40]} is a binary number, whose digits are not those that were written.",
                'Write numbers as text: "14.5".',
            )
            return FAULTY
