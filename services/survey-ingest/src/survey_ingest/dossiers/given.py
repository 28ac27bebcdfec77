"""The names within a record sent as an object: spelled as they may be, personal ones and unknown ones told apart. Pure."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from parindex import privacy
from parindex.errors import Finding
from survey_ingest.dossiers.fields import INNER, NOT_NEEDED, PERSONAL, RECORD, STEP_FIELDS
from survey_ingest.dossiers.findings import finding

_SPELLINGS = {name.lower(): name for name in RECORD.kept | STEP_FIELDS | PERSONAL | NOT_NEEDED if name != "madonvi"}
_MOST_NAMES, _LONGEST_NAME = 100, 64
_Made = TypeVar("_Made")


class _Remembered(dict[tuple[str, ...], _Made]):
    """What is made of a set of field names: exporters send the same names again and again."""

    _MOST = 512

    def __init__(self, make: Callable[[tuple[str, ...]], _Made]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, names: tuple[str, ...]) -> _Made:
        made = self._make(names)
        # A memory that kept whatever is sent could be filled on purpose.
        if len(names) <= _MOST_NAMES and max(map(len, names), default=0) <= _LONGEST_NAME:
            if len(self) >= self._MOST:
                self.clear()
            self[names] = made
        return made


class Shape(NamedTuple):
    """What is to be done with records of one set of field names."""

    renamed: tuple[tuple[str, str], ...]
    """Kept fields under another spelling: as sent, as kept."""
    personal: tuple[tuple[str, str], ...]
    """As sent, as shown."""
    unknown: tuple[Finding, ...]


def _shape(kept: frozenset[str], names: tuple[str, ...]) -> Shape:
    renamed, personal, unknown, strange = [], [], [], 0
    for key in names:
        name = key if key in kept or key in PERSONAL or key in NOT_NEEDED else _SPELLINGS.get(key.lower(), key)
        if name in kept:
            # An exact spelling goes before another one.
            if name != key and name not in names:
                renamed.append((key, name))
        elif name in PERSONAL or (name not in NOT_NEEDED and privacy.is_personal_name(name)):
            personal.append((key, privacy.shown_name(key)))
        elif name not in NOT_NEEDED:
            strange += 1
            if strange <= privacy.MOST_NAMED:
                unknown.append(finding("unknown_field", privacy.shown_name(key)))
    if (more := strange - privacy.MOST_NAMED) > 0:
        unknown.append(finding("unknown_field", f"(+{more})"))
    return Shape(tuple(renamed), tuple(personal[: privacy.MOST_NAMED]), tuple(unknown))


def _inner(field: str, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Fields within an element of a list that are dropped: as sent, as shown."""
    known = INNER[field].kept | INNER[field].not_needed
    dropped = [key for key in names if key not in known][: privacy.MOST_NAMED]
    return tuple((key, f"{field}.{privacy.shown_name(key)}") for key in dropped)


_SHAPES = {kept: _Remembered(functools.partial(_shape, kept)) for kept in (RECORD.kept, STEP_FIELDS)}
_INNER = {field: _Remembered(functools.partial(_inner, field)) for field in INNER}


class Given:
    """What a record gives of a white list (`values`), what was dropped (names only) and what is unknown."""

    __slots__ = ("dropped", "findings", "values")

    def __init__(self, raw: dict[str, Any], kept: frozenset[str]) -> None:
        renamed, personal, unknown = _SHAPES[kept][tuple(raw)]
        self.values = raw if not renamed else {**raw, **{name: raw[key] for key, name in renamed}}
        self.findings = list(unknown)
        self.dropped: list[str] = []
        for key, shown in personal:
            # Zero and "no" were given; null, "" and empty lists were not.
            if (value := raw[key]) or value == 0:
                self.dropped.append(shown)


def dropped_within(field: str, elements: list[Any]) -> list[str]:
    """Names of what is dropped within the objects of a list."""
    shapes = _INNER[field]
    named: dict[str, None] = {}
    for element in elements:
        if isinstance(element, dict) and len(named) < privacy.MOST_NAMED:
            for key, shown in shapes[tuple(element)]:
                if (value := element[key]) or value == 0:
                    named[shown] = None
    return list(named)
