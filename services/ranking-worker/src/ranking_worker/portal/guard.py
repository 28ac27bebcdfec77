"""The guard on the way out: nothing is pushed but what it let pass. Names are allowed one by one, texts are searched for persons.

Pushing takes a `Cleared`, and only `clear` makes one: no personal field leaves by a mistake elsewhere.
Legal source: Luật 91/2025/QH15 and NĐ 356/2025.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from parindex.errors import Finding, Invalid
from parindex.privacy import field_letters, is_personal_name, looks_like_a_person, masked, shown_name

DOSSIER_CODE = re.compile(r"(?P<agency>[0-9A-Z]{1,3}(?:\.[0-9A-Z]{1,3}){0,4})-(?P<date>\d{6}|\d{8})-(?P<seq>\d{3,7})")
"""Mã số hồ sơ as TT 01/2018/TT-VPCP Đ.19 has it, and its variants in the wild."""
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)|\d{14}")
LONGEST_TEXT = 2000
MOST_DIGITS = 8
"""An integer with more digits may be somebody's number."""
NEVER = frozenset({"macanbo", "staffref", "ykien", "comment", "vanban", "ghichu"})
"""Free text and officials' codes: no profile and no mapper can allow them."""


class GuardHit(Invalid):
    """Something personal, or a field that nobody allowed, was about to leave. Names places, never values."""


class Cleared:
    """A body that may leave."""

    __slots__ = ("_document",)

    def __init__(self, document: Any, _pass: object) -> None:
        if _pass is not _PASS:
            raise TypeError("only ranking_worker.portal.guard.clear lets a body pass")
        self._document = document

    @property
    def document(self) -> Any:
        """What is sent."""
        return self._document


_PASS = object()


def clear(document: Any, allowed: frozenset[str]) -> Cleared:
    """Lets a body pass whose field names are all in `allowed` and in which nothing looks like a person. Raises GuardHit with every place."""
    findings = list(_look(document, "", allowed))
    if findings:
        raise GuardHit(
            f"The body was kept back: {len(findings)} place(s) that may not leave, the first at {findings[0].field}.",
            code="guard",
            hint="Nothing was sent. Look at where the text comes from; the guard is not to be loosened.",
            findings=findings,
        )
    return Cleared(document, _PASS)


def on_pattern(code: str | None) -> bool:
    """Whether a dossier code has the national form, of an agency with its letter and with a real date: only then may it leave."""
    found = DOSSIER_CODE.fullmatch(code or "")
    if not found or found["agency"].replace(".", "").isdecimal():
        return False  # An identity number with two hyphens would have the form without a letter.
    digits = found["date"]
    try:
        dt.datetime.strptime(digits, "%y%m%d" if len(digits) == 6 else "%Y%m%d")  # noqa: DTZ007  (a day without a time)
    except ValueError:
        return False
    return True


def _look(value: Any, place: str, allowed: frozenset[str]) -> Iterator[Finding]:
    match value:
        case dict():
            for name, inner in value.items():
                here = f"{place}.{shown_name(str(name))}" if place else shown_name(str(name))
                if not isinstance(name, str) or name not in allowed:
                    yield Finding("field_not_allowed", here, "No field of that name may leave.")
                elif is_personal_name(name) or field_letters(name) in NEVER:
                    yield Finding("personal_field", here, "The name of a personal field.")
                yield from _look(inner, here, allowed)
        case list() | tuple():
            for number, inner in enumerate(value):
                yield from _look(inner, f"{place}[{number}]", allowed)
        case str():
            yield from _look_at_text(value, place)
        case bool() | None:
            return
        case int():
            if len(str(abs(value))) > MOST_DIGITS:
                yield Finding("long_number", place, "A whole number that may be somebody's.")
        case Decimal():
            if not value.is_finite() or len(value.as_tuple().digits) > MOST_DIGITS:
                yield Finding("long_number", place, "A number that may be somebody's, or none.")
        case _:
            yield Finding("kind_not_allowed", place, f"A {type(value).__name__} has no place in a body.")


def _look_at_text(text: str, place: str) -> Iterator[Finding]:
    if _INSTANT.fullmatch(text) or on_pattern(text):
        return
    if len(text) > LONGEST_TEXT:
        yield Finding("long_text", place, "A text so long is no name and no question.")
    if masked(text) != text or looks_like_a_person(text):
        yield Finding("looks_personal", place, "It looks like a telephone, identity number or address of e-mail.")
