"""Asks whether something arrived: how its look-up is filled in, and what the answer says about what we sent. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from ranking_worker.portal.answer import Answer
from ranking_worker.portal.outbox import Item
from ranking_worker.portal.profiles import Ask, Profile

Verdict = Literal["there", "absent", "unclear"]


def ask_of(profile: Profile, item: Item) -> Ask | None:
    """How the portal is asked about the item; None where it cannot be."""
    if item.kind == "votes":
        return profile.votes.ask if profile.votes else None
    return profile.ratings.ask if profile.ratings and item.body.get("MaHoSo") else None


def values_of(item: Item) -> dict[str, str]:
    """What fills the parameters of a look-up."""
    if item.kind == "votes":
        return {"organisation": item.body["organisation"]["code"], "month": item.body["month"]}
    return {"dossier": item.body.get("MaHoSo", ""), "unit": item.body["MaDonVi"]}


def verdict_of(answer: Answer, ask: Ask, item: Item, sent: Any) -> Verdict:
    """Whether what we sent is what the portal has. Of votes the last one of a month holds; of ratings any that is the same."""
    if answer.outcome == "absent":
        return "absent"
    if answer.outcome != "received" or not isinstance(answer.document, dict):
        return "unclear"
    rows = answer.document.get(ask.rows)
    if rows is None:
        return "absent"
    if not isinstance(rows, list):
        return "unclear"
    found = [row.get(ask.row) if ask.row and isinstance(row, dict) else row for row in rows]
    compared = found[-1:] if item.kind == "votes" else found
    return "there" if any(alike(sent, one) for one in compared) else "absent"


def alike(ours: Any, theirs: Any) -> bool:
    """Whether their record holds ours: every field of ours, numbers by value (also as text), whatever they added."""
    if isinstance(ours, Mapping):
        return isinstance(theirs, Mapping) and all(
            name in theirs and alike(value, theirs[name]) for name, value in ours.items()
        )
    if isinstance(ours, (list, tuple)):
        return isinstance(theirs, list) and len(ours) == len(theirs) and all(map(alike, ours, theirs))
    if isinstance(ours, (int, Decimal)) and not isinstance(ours, bool):
        return _number(theirs) == Decimal(ours)
    return bool(ours == theirs)


def _number(value: Any) -> Decimal | None:
    try:
        return None if isinstance(value, bool) else Decimal(value) if isinstance(value, (int, str, Decimal)) else None
    except InvalidOperation:
        return None
