"""The lists inside a dossier record: of each only what is counted is read, no name, title, number or link is kept. Pure.

Lists come as JSON lists, as one object, as JSON within a text, and joined by `##` (OCPS, TD). Not sent (None) and empty
are two things.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import unicodedata
from typing import Any

import msgspec

from survey_ingest import words
from survey_ingest.dossiers.fields import Connected, Fee, Paper, Result, Supplement
from survey_ingest.dossiers.moments import UnreadableMoment, moment

JOINED = "##"
MOST_ELEMENTS = 1000
_MONEY = re.compile(r"(\d{1,15}|\d{1,3}(?:[.,  ]\d{3})+)(?:[.,]\d{1,2})?\s*(?:đồng|đ|vnđ|vnd)?", re.IGNORECASE)


class UnreadableList(ValueError):
    """A value that is no list in any form."""


def normal(text: str) -> str:
    """NFC without blanks at its ends: one form for every keyboard."""
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip()


def elements(value: Any) -> list[Any] | None:
    """The elements of a list in any of its forms; None where no list was sent. Raises UnreadableList."""
    if value is None or value == "":
        return None
    if isinstance(value, list):
        if len(value) > MOST_ELEMENTS:
            raise UnreadableList
        return value
    if isinstance(value, dict):
        inside = next(iter(value.values())) if len(value) == 1 else None
        # XML puts the elements of a list into one container.
        return elements(inside) if isinstance(inside, (list, dict)) else [value]
    if not isinstance(value, str):
        raise UnreadableList
    text = value.strip()
    if text[:1] in ("[", "{"):
        try:
            return elements(msgspec.json.decode(text))
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise UnreadableList from None
    return [part.strip() for part in text.split(JOINED) if part.strip()][:MOST_ELEMENTS]


_USUAL: dict[Any, bool | None] = {
    "1": True,
    "0": False,
    "True": True,
    "False": False,
    True: True,
    False: False,
    "": None,
    None: None,
}
"""Flags as exporters send them: most need no more than this look (1 and 0 are True and False)."""


def flag(value: Any) -> bool | None:
    """A flag as JSON boolean, 0/1 or text in any case; None where it was not given. Raises ValueError."""
    try:
        return _USUAL[value]
    except (KeyError, TypeError):
        said = words.truth(value)
    if said is None:
        raise ValueError
    return said


def either(one: bool | None, other: bool | None) -> bool | None:
    """True where one is, False where one was given, None where none was."""
    return one if other is None or one else other


def flags_of(found: list[Any]) -> tuple[bool | None, bool | None, bool | None]:
    """Whether some submitted paper was digitised, reused, taken from personal storage; None where none says.

    Papers that were taken out again (`IsDeleted`) say nothing.
    """
    digitised: bool | None = None
    reused: bool | None = None
    stored: bool | None = None
    for paper in found:
        if isinstance(paper, Paper) and not lenient_flag(paper.deleted):
            if (sent := paper.digitised) is not None and (said := lenient_flag(sent)) is not None:
                digitised = digitised or said
            if (sent := paper.reused) is not None and (said := lenient_flag(sent)) is not None:
                reused = reused or said
            if (sent := paper.stored) is not None and (said := lenient_flag(sent)) is not None:
                stored = stored or said
    return digitised, reused, stored


def lenient_flag(value: Any) -> bool | None:
    """As `flag`; what cannot be read was not given."""
    try:
        return _USUAL[value]
    except (KeyError, TypeError):
        return words.truth(value)


def amount(value: Any) -> int | None:
    """Whole đồng of a price as number or text (`50000`, `50.000`, `50.000 đ`, `50000.0`); None where it cannot be read."""
    if isinstance(value, str):
        return _amount(value) if len(value) <= 40 else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value) if 0 <= value < 1e15 else None
    return None


@functools.lru_cache(maxsize=4096)
def _amount(text: str) -> int | None:
    if text.isascii() and text.isdigit():
        return int(text) if len(text) <= 15 else None
    match = _MONEY.fullmatch(text.strip())
    return int(re.sub(r"\D", "", match[1])) if match else None


def fee_due(found: list[Any]) -> tuple[bool | None, bool]:
    """Whether some line costs more than 0 (None: it cannot be said), and whether every price could be read."""
    due, readable = False, True
    for line in found:
        price = amount(line.price) if isinstance(line, Fee) else None
        if price is None:
            readable = False
        elif price:
            due = True
    return (True if due else False if readable else None), readable


def electronic(found: list[Any]) -> int:
    """Result papers with a code and a link."""
    number = 0
    for paper in found:
        if isinstance(paper, Result) and _given(paper.code) and _given(paper.link):
            number += 1
    return number


def databases(found: list[Any]) -> bool:
    """Whether a connected database is named."""
    return any(_given(one.code if isinstance(one, Connected) else one) for one in found)


def _given(value: Any) -> bool:
    return (isinstance(value, str) and value.strip() != "") or (isinstance(value, int) and not isinstance(value, bool))


def supplements(
    found: list[Any],
) -> tuple[list[dt.datetime], list[dt.datetime | None], set[str]]:
    """When supplements were asked for (oldest first) and given, and codes of what is odd. The same one twice is one."""
    odd: set[str] = set()
    intervals: dict[tuple[dt.datetime, dt.datetime | None], None] = {}
    for one in found:
        if not isinstance(one, Supplement):
            odd.add("list_unreadable")
            continue
        begun, ended = _moment(one.asked_at, odd), _moment(one.given_at, odd)
        if begun is None:
            odd.add("supplement_without_start")
            continue
        if ended is not None and ended < begun:
            odd.add("supplement_backwards")
        intervals[begun, ended] = None
    ordered = sorted(intervals, key=lambda pair: (pair[0], pair[1] is None, pair[1] or pair[0]))
    return [begun for begun, _ in ordered], [ended for _, ended in ordered], odd


def _moment(value: Any, odd: set[str]) -> dt.datetime | None:
    try:
        return moment(value)
    except UnreadableMoment:
        odd.add("moment_unreadable")
        return None
