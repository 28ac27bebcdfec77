"""The forms in which records arrive: one record, a list, or the object of the session dialect around them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from parindex.errors import Finding, Invalid, TooLarge, Unreadable
from survey_ingest import words
from survey_ingest.body import MOST_ITEMS
from survey_ingest.dossiers import lists

_AROUND = ("madonvi", "MaDonVi", "MaDinhDanhDV")


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request brought."""

    records: list[Any]
    agency: str = ""
    """Agency code of the envelope, or ''."""
    updating: bool | None = None
    """`isUpdating`; None: not said, so new dossiers are added and known ones updated."""
    alone: bool = False
    """One bare record: the answer's HTTP status is the record's own."""


def read_sent(value: Any, *, agency: str = "", updating: Any = None) -> Sent:
    """The records of a decoded body; `agency` and `updating` as the address gives them. Raises Unreadable, Invalid or TooLarge."""
    if isinstance(value, dict) and "data" in value:
        around = next((value[name] for name in _AROUND if isinstance(value.get(name), str)), "")
        said = value.get("isUpdating")
        return Sent(
            _counted(value["data"]), agency or around.strip()[:64], is_updating(updating if said is None else said)
        )
    if isinstance(value, dict):
        inside = next(iter(value.values())) if len(value) == 1 else None
        if isinstance(inside, (list, dict)):
            # XML has one root, and the records within it.
            return Sent(_counted(inside), agency, is_updating(updating))
        return Sent([value], agency, is_updating(updating), alone=True)
    if isinstance(value, list):
        return Sent(_counted(value), agency, is_updating(updating))
    raise Unreadable(
        "The body is neither a record, nor a list of records, nor an object with data.",
        code="records_unreadable",
        hint="Send one record, a JSON array, or {madonvi, isUpdating, data: [...]}.",
    )


def is_updating(value: Any) -> bool | None:
    """`isUpdating` as JSON boolean, 0/1 or text; None where it was not given. Raises Invalid."""
    if value is None or value == "":
        return None
    said = words.truth(value)
    if said is None:
        raise Invalid(
            "isUpdating is neither True nor False.",
            code="updating_unreadable",
            hint='Send "True" or "False", or leave it out.',
            findings=[Finding("updating_unreadable", "isUpdating", 'Expected "True" or "False".')],
        )
    return said


def _counted(data: Any) -> list[Any]:
    try:
        found = [data] if isinstance(data, dict) and "MaHoSo" in data else lists.elements(data)
    except lists.UnreadableList:
        found = data if isinstance(data, list) else None
    if not found:
        raise Invalid("There is no record in data.", code="records_missing", hint=f"Send 1 to {MOST_ITEMS} records.")
    if len(found) > MOST_ITEMS:
        raise TooLarge(
            f"There are {len(found)} records; at most {MOST_ITEMS} are taken.",
            code="too_many_items",
            hint="Split them.",
        )
    return found
