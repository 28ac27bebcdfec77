"""Reading one value: text, whole numbers, one of a list, free text without personal data. Faults are raised as `Fault`. Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from parindex import privacy
from parindex.errors import Finding
from parindex.privacy import looks_personal
from parindex.units.codes import UnitCodeForm

MAX_TEXT = 2000
LARGEST = 2**53 - 1


class Fault(Exception):
    """A field that cannot be taken: code, message, hint, and the field inside the field."""

    def __init__(self, code: str, message: str, hint: str = "", field: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.hint, self.field = code, message, hint, field


def text_of(value: Any, longest: int) -> str:
    """NFC text without blanks at its ends, of at most `longest` characters."""
    if not isinstance(value, str):
        raise Fault("wrong_type", f"Expected text, got {kind_of(value)}.", "Send it as a JSON string.")
    normal = value if value.isascii() else unicodedata.normalize("NFC", value)
    if "\x00" in normal:
        raise Fault("null_character", "The text contains U+0000.", "Remove the character.")
    normal = normal.strip()
    if len(normal) > longest:
        raise Fault("too_long", f"The text has {len(normal)} characters; at most {longest} are kept.", "Shorten it.")
    return normal


def kind_of(value: Any) -> str:
    """What kind of JSON value this is, in words."""
    return {bool: "true/false", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}.get(
        type(value), "something else"
    )


def integer_of(value: Any) -> int:
    """A whole number, also when sent as text."""
    if isinstance(value, str) and (number := re.fullmatch(r"\s*-?\d{1,17}\s*", value, re.ASCII)):
        refuse_personal(value.strip())
        value = int(number[0])
    if isinstance(value, bool) or not isinstance(value, int):
        raise Fault("wrong_type", f"Expected a whole number, got {kind_of(value)}.", "Send an integer.")
    if abs(value) > LARGEST:
        raise Fault("out_of_range", "The number is out of range.", f"At most {LARGEST}.")
    return value


def one_of(allowed: tuple[str, ...]) -> Callable[[Any, Context], str]:
    """A reader of one of the allowed words, in any case."""
    names = ", ".join(allowed)
    quick = frozenset(allowed)

    def read(value: Any, _context: Context) -> str:
        if isinstance(value, str):
            if value in quick:
                return value
            if (normal := value.strip().lower()) in quick:
                return normal
        raise Fault("unknown_value", f"Expected one of: {names}.", "See GET /v1/catalogues/codes.")

    return read


class Context:
    """What reading one item collects."""

    __slots__ = ("answered_at", "as_given", "findings", "sent_at", "unit", "unknown", "warnings")

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.warnings: list[Finding] = []
        self.unit: UnitCodeForm | None = None
        self.answered_at: dt.datetime | None = None
        self.sent_at: dt.datetime | None = None
        self.as_given: dict[str, str] = {}
        self.unknown = 0

    def warn(self, code: str, field: str, message: str, hint: str = "") -> None:
        """Adds a warning."""
        self.warnings.append(Finding(code, field, message, hint))

    def ignore(self, name: str, within: str = "") -> None:
        """Warns of a field that is not known; beyond `privacy.MOST_NAMED` they are only counted."""
        self.unknown += 1
        if self.unknown <= privacy.MOST_NAMED:
            where = privacy.shown_name(name)
            self.warn(
                "unknown_field", f"{within}.{where}" if within else where, "This field is not known and was ignored."
            )

    def count_ignored(self) -> None:
        """One warning for the unknown fields that were not named."""
        if (more := self.unknown - privacy.MOST_NAMED) > 0:
            self.warn("unknown_field", f"(+{more})", f"{more} more fields are not known and were ignored.")


def refuse_personal(text: str, field: str | None = None, looks: Callable[[str], bool] = looks_personal) -> str:
    """The text, unless it is somebody's number or address. The message never repeats it."""
    if looks(text):
        raise Fault(
            "personal_data",
            "This value looks like an identity number, a phone number or an e-mail address.",
            "Send a code that means nothing outside your system.",
            field,
        )
    return text


def reference(longest: int, looks: Callable[[str], bool] = looks_personal) -> Callable[[Any, Context], str]:
    """A reader of a code or an opaque reference that must not be somebody's number or address."""
    return lambda value, _context: refuse_personal(text_of(value, longest), looks=looks)


def free_text(value: Any, context: Context, where: str) -> str:
    """Free text with personal patterns masked; a warning says so."""
    text = text_of(value, MAX_TEXT)
    safe = privacy.masked(text)
    if safe != text:
        context.warn(
            "personal_data_masked",
            where,
            "A phone number, identity number or e-mail address in the text was masked.",
            "Ask citizens not to write them.",
        )
    return safe
