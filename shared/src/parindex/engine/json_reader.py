"""Typed reading of a JSON document: what is wrong is noted with its field path, and reading goes on. Pure."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from parindex.errors import Finding, Invalid

_NUMBER = re.compile(r"-?[0-9]{1,15}(?:[.,][0-9]{1,15})?", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)


MOST_STRANGERS = 50
"""Unknown keys of one object that are named, each with the nearest known one; a hundred thousand are no misspellings."""


class JsonReader:
    """Takes values by kind; a fault leaves a stand-in of that kind, which never gets out: the caller ends with `refuse`."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.findings: list[Finding] = []

    def fault(self, code: str, path: str, message: str, hint: str = "") -> None:
        """Notes a finding at a field path."""
        self.findings.append(Finding(code, path, message, hint))

    def noted(self, path: str) -> bool:
        """Whether something is wrong at exactly that path."""
        return any(finding.field == path for finding in self.findings)

    def refuse(self) -> None:
        """Raises Invalid with every finding noted so far."""
        if self.findings:
            first = self.findings[0]
            raise Invalid(
                f"{self.what} has {len(self.findings)} faults, the first: {first.field} {first.message}",
                code="composite_invalid",
                findings=self.findings,
            )

    def code(self, fields: Mapping[str, Any], path: str) -> str:
        """The required code of a mapping: ASCII, no spaces."""
        value = fields.get("code")
        if isinstance(value, str) and _CODE.fullmatch(value):
            return value
        self.fault(
            "missing" if value is None else "wrong_kind",
            join(path, "code"),
            "is missing." if value is None else f"{value!r:.80} is no code.",
            "Expected 1 to 64 letters a-z, digits and _ . - as text.",
        )
        return ""

    def text(self, fields: Mapping[str, Any], key: str, path: str, *, default: str | None = None) -> str:
        """One line of text; `default` where it may be absent."""
        value = fields.get(key, default)
        if isinstance(value, str) and value.isprintable() and (value.strip() or value == default) and len(value) <= 500:
            return unicodedata.normalize("NFC", value)
        self.fault(
            "missing" if value is None else "wrong_kind",
            join(path, key),
            "is missing." if value is None else f"{value!r:.80} is no text.",
            "Expected one line of 1 to 500 characters.",
        )
        return ""

    def word(
        self, fields: Mapping[str, Any], key: str, allowed: Collection[str], path: str, *, default: str | None = None
    ) -> Any:
        """One of the allowed words; `default` where it may be absent."""
        value = fields.get(key, default)
        if isinstance(value, str) and value in allowed:
            return value
        near = difflib.get_close_matches(value, allowed, 1) if isinstance(value, str) else []
        self.fault(
            "missing" if value is None else "unknown_word",
            join(path, key),
            "is missing." if value is None else f"{value!r:.80} is not known here.",
            f"Expected one of {', '.join(sorted(allowed))}{f': did you mean {near[0]}?' if near else '.'}",
        )
        return ""

    def mapping(self, value: Any, path: str) -> Mapping[str, Any]:
        """An object; an empty one stands in."""
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            return value
        self.fault(
            "missing" if value is None else "wrong_kind",
            path,
            "is missing." if value is None else f"is {type(value).__name__}.",
            "Expected an object.",
        )
        return {}

    def unknown(self, fields: Mapping[str, Any], known: Collection[str], path: str) -> None:
        """Notes every key that is not known here, with the nearest that is."""
        strangers = [key for key in fields if key not in known]
        for key in strangers[:MOST_STRANGERS]:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(sorted(known))}."
            self.fault(
                "unknown_key",
                join(path, key if key.isprintable() else repr(key)),
                f"the key {key!r:.80} is unknown here.",
                hint,
            )
        if len(strangers) > MOST_STRANGERS:
            more = len(strangers) - MOST_STRANGERS
            self.fault("unknown_key", path, f"{more} more keys are unknown here.", "Send what docs/design.md names.")

    def required_number(self, fields: Mapping[str, Any], key: str, path: str) -> Decimal | None:
        """As `number`, of a key that must be there."""
        if fields.get(key) is None:
            self.fault("missing", join(path, key), "is missing.", 'Expected a number as text, for example "0.35".')
            return None
        return self.number(fields[key], join(path, key))

    def optional_number(self, fields: Mapping[str, Any], key: str, path: str) -> Decimal | None:
        """As `number`; None where the key is absent or null."""
        return None if fields.get(key) is None else self.number(fields[key], join(path, key))

    def number(self, value: Any, path: str) -> Decimal | None:
        """An exact number; None (and a finding) where it is none, so that rules depending on it stay silent."""
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15:
            return Decimal(value)
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            return Decimal(value.replace(",", "."))
        hint = 'Expected a whole number, or text such as "85.30": at most 15 digits on either side of the point.'
        if isinstance(value, float):
            hint = f'Floating point loses digits: give it as text, "{value!r}" if that is what was meant.'
        self.fault("wrong_kind", path, f"{value!r:.80} is no exact number.", hint)
        return None


def join(path: str, key: str) -> str:
    """Field path of a key."""
    return f"{path}.{key}" if path else key
