"""A record as it came -> its fields: at once where it holds known ones only, else name by name. Pure.

Both ways give the same. Nearly all records hold the fields of the national portal as it names them; a record with any
other name, or with something else where a text or a list belongs, goes the second way.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import compress
from operator import attrgetter
from typing import Any

import msgspec

from parindex.errors import Finding
from survey_ingest.body import decoded
from survey_ingest.dossiers import lists
from survey_ingest.dossiers.fields import ELEMENTS, INNER, RECORD, Element, SentRecord
from survey_ingest.dossiers.findings import finding
from survey_ingest.dossiers.given import Given, dropped_within

_decode = msgspec.json.Decoder(SentRecord).decode
_NAMES = SentRecord.__struct_encode_fields__
_personal = attrgetter(*RECORD.personal)


def _dropped(field: str) -> tuple[Callable[[Element], tuple[Any, ...]], tuple[str, ...]]:
    """What is dropped within an element: its values, and their names as shown."""
    kind, names = ELEMENTS[field], INNER[field].personal
    attributes = dict(zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True))
    wanted = [attributes[name] for name in names]
    if len(wanted) > 1:
        return attrgetter(*wanted), tuple(f"{field}.{name}" for name in names)

    def values(one: Element) -> tuple[Any, ...]:
        # A getter of one name gives no tuple, and one of none there is not.
        return tuple(getattr(one, name) for name in wanted)

    return values, tuple(f"{field}.{name}" for name in names)


def _in_order(names: tuple[str, ...]) -> Callable[[str], int]:
    """Sorts names as both ways name them: known ones in their order, then others as they were sent."""
    place = {name: number for number, name in enumerate(names)}
    return lambda name: place.get(name, len(place))


_DROPPED = {field: _dropped(field) for field in ELEMENTS}


def sent_record(raw: Any) -> tuple[SentRecord, list[Finding], list[str]] | None:
    """The record's fields, findings about unknown ones, and the names of personal ones; None where it is no object.

    `raw` is undecoded JSON or a decoded value. Raises Unreadable.
    """
    if isinstance(raw, msgspec.Raw):
        try:
            sent = _decode(raw)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raw = decoded(raw)
        else:
            return sent, [], list(compress(RECORD.personal, _personal(sent)))
    if not isinstance(raw, dict):
        return None
    given = Given(raw, RECORD.kept)
    given.dropped.sort(key=_in_order(RECORD.personal))
    return SentRecord(*map(given.values.get, _NAMES)), given.findings, given.dropped


def elements_of(value: Any, field: str, findings: list[Finding], dropped: list[str]) -> list[Any] | None:
    """The elements of a list of a record, its objects as `ELEMENTS` says; None where none was sent or it is no list."""
    if type(value) is list:
        if not value:
            return value
        if type(value[0]) is ELEMENTS[field] and len(value) <= lists.MOST_ELEMENTS:
            values, names = _DROPPED[field]
            if names:
                if len(value) == 1:
                    dropped += compress(names, values(value[0]))
                else:
                    dropped += dict.fromkeys(name for one in value for name in compress(names, values(one)))
            return value
    elif value is None or value == "":
        return None
    try:
        found = lists.elements(value)
    except lists.UnreadableList:
        findings.append(finding("list_unreadable", field))
        return None
    if not found:
        return found
    dropped += sorted(dropped_within(field, found), key=_in_order(_DROPPED[field][1]))
    kind = ELEMENTS[field]
    sent = kind.__struct_encode_fields__
    return [kind(*map(one.get, sent)) if isinstance(one, dict) else one for one in found]
