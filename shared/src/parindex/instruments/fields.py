"""Typed reading of a strict document: each field is taken once with its kind; what nobody took is unknown.

A fault is noted in the document and reading goes on with a stand-in of the right kind, so that one run names every
fault. The stand-ins never leave: the caller ends with `StrictDocument.refuse_faults`.
"""

from __future__ import annotations

import datetime as dt
import difflib
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from parindex.instruments.strict_yaml import FAULTY

if TYPE_CHECKING:
    from collections.abc import Collection

    from parindex.instruments.strict_yaml import Path, StrictDocument

Kind = TypeVar("Kind")
UNREAD = "?"
"""Stand-in for text that could not be read: rules that depend on it stay silent. A file may not say it."""
UNREAD_NUMBER = Decimal("NaN")
"""Stand-in for a number that could not be read."""
MOST_STRANGERS = 50
"""Unknown keys of one mapping that are named each by itself."""
_KINDS: dict[type, str] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    dt.date: "a date (2025-07-01)",
    list: "a list",
    dict: "a mapping",
    Decimal: "a number",
}


class Fields:
    """The fields of one mapping of a strict document."""

    def __init__(self, document: StrictDocument, path: Path = (), value: Any = None) -> None:
        self.document = document
        self.path = path
        self._values: dict[str, Any] = value if isinstance(value, dict) else {}
        self._taken: set[str] = set()

    @classmethod
    def of(cls, document: StrictDocument) -> Fields:
        """The fields at the top of the document."""
        return cls(document, (), document.value)

    def fault(self, key: str | None, code: str, message: str, hint: str = "") -> None:
        """Notes a finding at one of the fields, or at the mapping itself."""
        self.document.fault(self.path if key is None else (*self.path, key), code, message, hint)

    def has(self, key: str) -> bool:
        """Whether the field is written and not null."""
        return self._values.get(key) is not None

    def _take(self, key: str, kind: type[Kind], stand_in: Kind, *, optional: bool = False) -> Kind | None:
        self._taken.add(key)
        value = self.document.meaning(self._values.get(key), kind)
        if value is FAULTY:
            return stand_in
        if value is None:
            if optional:
                return None
            self.fault(
                key, "missing", f"is {'null' if key in self._values else 'missing'}.", f"Expected {_KINDS[kind]}."
            )
            return stand_in
        if value == UNREAD:
            self.fault(key, "missing", "says nothing.", f"Expected {_KINDS[kind]}.")
            return stand_in
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return value
        place = self.document.places.get((*self.path, key))
        if kind is str and place and not isinstance(value, (list, dict)):
            written = place.written
            self.fault(
                key,
                "unquoted",
                f"{written} stands without quotes, so YAML reads {_describe(value)}.",
                f'Write {key}: "{written}".',
            )
        else:
            self.fault(key, "wrong_kind", f"expected {_KINDS[kind]}, found {_describe(value)}.")
        return stand_in

    def text(self, key: str) -> str:
        """Required text, not empty."""
        value = self._take(key, str, UNREAD) or ""
        if not value.strip():
            self.fault(key, "missing", "is empty.", "Expected text.")
        return value

    def optional_text(self, key: str) -> str | None:
        """Text, or None when absent or null."""
        return self._take(key, str, "", optional=True)

    def quoted_text(self, key: str) -> str:
        """Required text that must stand in quotes: a version, which unquoted would be a number sooner or later (1.10 = 1.1)."""
        value = self.text(key)
        place = self.document.places.get((*self.path, key))
        if isinstance(self._values.get(key), str) and place and not place.quoted:
            self.fault(key, "unquoted", f"{place.written} stands without quotes.", f'Write {key}: "{place.written}".')
        return value

    def word(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        """One of the allowed words; `default` when absent (None: required)."""
        if default is not None and not self.has(key):
            self._taken.add(key)
            return default
        value = self._take(key, str, UNREAD) or ""
        if value != UNREAD and value not in allowed:
            near = difflib.get_close_matches(value, allowed, 1)
            self.fault(
                key,
                "unknown_word",
                f"{value!r} is not known here.",
                f"Expected one of {', '.join(sorted(allowed))}{f': did you mean {near[0]}?' if near else '.'}",
            )
            return UNREAD
        return value

    def integer(self, key: str) -> int:
        """Required whole number."""
        return self._take(key, int, 0) or 0

    def decimal(self, key: str) -> Decimal:
        """Required exact number, written with or without a point."""
        if isinstance(self._values.get(key), int):
            return Decimal(self.integer(key))
        return self._take(key, Decimal, Decimal(0)) or Decimal(0)

    def bounded(
        self, key: str, least: Decimal | int, most: Decimal | int, decimals: int, default: Decimal | None = None
    ) -> Decimal:
        """Exact number within limits and written with at most so many decimals; `default` when absent (None: required).

        NaN where it could not be read: rules that depend on it stay silent.
        """
        if default is not None and not self.has(key):
            self._taken.add(key)
            return default
        known = len(self.document.findings)
        value = self.decimal(key)
        if len(self.document.findings) > known or self._values.get(key) is FAULTY:
            return UNREAD_NUMBER
        if not least <= value <= most:
            self.fault(key, "number_range", f"{value} is out of range.", f"Expected {least} to {most}.")
            return UNREAD_NUMBER
        if value != value.quantize(Decimal(1).scaleb(-decimals)):
            self.fault(key, "too_many_decimals", f"{value} has more than {decimals} decimals.", "Expected fewer.")
            return UNREAD_NUMBER
        return abs(value) if value == 0 else value

    def boolean(self, key: str, *, default: bool) -> bool:
        """True or false; `default` when absent."""
        value = self._take(key, bool, default, optional=True)
        return default if value is None else value

    def date(self, key: str) -> dt.date:
        """Required date, unquoted."""
        return self._take(key, dt.date, dt.date.max) or dt.date.max

    def optional_date(self, key: str) -> dt.date | None:
        """Date, or None when absent or null."""
        return self._take(key, dt.date, dt.date.max, optional=True)

    def mapping(self, key: str, *, optional: bool = False) -> Fields:
        """The fields of a nested mapping; empty fields when it is absent and may be."""
        return Fields(self.document, (*self.path, key), self._take(key, dict, {}, optional=optional))

    def entries(self, key: str, *, optional: bool = False) -> list[Fields]:
        """The fields of each mapping in a list; at least one unless optional."""
        rows = self._list(key, optional=optional)
        fields = []
        for index, row in enumerate(rows):
            path = (*self.path, key, index)
            if row is not FAULTY and not isinstance(row, dict):
                self.document.fault(path, "wrong_kind", f"expected a mapping, found {_describe(row)}.")
            fields.append(Fields(self.document, path, row))
        return fields

    def texts(self, key: str, *, optional: bool = False) -> list[str]:
        """A list of texts."""
        return self._elements(key, str, optional=optional)

    def integers(self, key: str, *, optional: bool = False) -> list[int]:
        """A list of whole numbers."""
        return self._elements(key, int, optional=optional)

    @property
    def names(self) -> list[str]:
        """The keys as written, for mappings whose keys are names given by the file."""
        return list(self._values)

    @property
    def content(self) -> dict[str, Any]:
        """The values as read, for mappings that another reader checks."""
        return {key: value for key, value in self._values.items() if value is not FAULTY}

    def skip(self, *keys: str) -> None:
        """Leaves fields unread whose meaning depends on a faulty one."""
        self._taken.update(keys)

    def close(self) -> None:
        """Names every field that nobody took, with the nearest known name."""
        strangers = [key for key in self._values if key not in self._taken]
        for key in strangers[:MOST_STRANGERS]:
            near = difflib.get_close_matches(key, self._taken, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(sorted(self._taken))}."
            self.fault(key, "unknown_key", f"the key {key} is unknown here.", hint)
        if len(strangers) > MOST_STRANGERS:
            more = f"and {len(strangers) - MOST_STRANGERS} more keys are unknown here."
            self.fault(strangers[MOST_STRANGERS], "unknown_key", more, "Keep to the keys that are documented.")

    def _list(self, key: str, *, optional: bool) -> list[Any]:
        unread: list[Any] = []
        rows = self._take(key, list, unread, optional=optional)
        if rows == [] and rows is not unread and not optional:
            self.fault(key, "missing", "is an empty list.", "Expected at least one entry.")
        return rows or []

    def _elements(self, key: str, kind: type[Kind], *, optional: bool) -> list[Kind]:
        kept: list[Kind] = []
        for index, element in enumerate(self._list(key, optional=optional)):
            if element is FAULTY:
                continue
            if isinstance(element, str) and not element.strip():
                self.document.fault((*self.path, key, index), "missing", "is empty.", "Expected text.")
            elif isinstance(element, kind) and not isinstance(element, bool):
                kept.append(element)
            else:
                self.document.fault(
                    (*self.path, key, index), "wrong_kind", f"expected {_KINDS[kind]}, found {_describe(element)}."
                )
        return kept


def _describe(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return f"the truth value {str(value).lower()}"
        case str():
            return f"the text {value[:40]!r}"
        case int() | float() | Decimal():
            return f"the number {value}"
        case dt.date():
            return f"the date {value.isoformat()}"
        case list():
            return "a list"
        case _:
            return "a mapping"
