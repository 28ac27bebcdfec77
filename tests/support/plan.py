"""A sending system's afternoon with every kind of item in it, and what must count after it, known beforehand.

By number and name only, without chance: the same plan makes the same items under the same ids.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from parindex.engine.period import VIETNAM

UNITS = ("H99.01", "H99.02", "H99.03", "H99.101", "H99.102", "H99.103")
"""Invented departments and communes of realm synthetic."""
UNKNOWN_UNIT = "H99.777"
VALUES = (5, 4, 5, 2, 4)
SIZES = (1, 1, 7, 1, 20)
"""How many items go into one shipment, in turn: 1 is a single post, the others are batches."""


@dataclass(frozen=True, slots=True)
class Shipment:
    """What is sent in one request: one item as a single post or several as a batch, with or without a key."""

    items: list[dict[str, Any]]
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A withdrawal of a response sent before."""

    response_id: str
    reason: str = "entered_in_error"


@dataclass
class Plan:
    """Steps to be sent one after the other, the verdicts each item may get, and what counts when all is done."""

    name: str
    steps: list[Shipment | Withdrawal] = field(default_factory=list)
    allowed: dict[str, set[str]] = field(default_factory=dict)
    """response_id -> verdicts that are right for it, at any attempt."""
    counted: dict[str, tuple[str, int]] = field(default_factory=dict)
    """response_id of each response that counts in the end -> (unit code, value)."""
    stored: set[str] = field(default_factory=set)
    quarantined: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)


def item(response_id: str, unit_code: str, value: int, dossier: str | None, **more: Any) -> dict[str, Any]:
    """One KIOSK3 response of an hour ago."""
    at = dt.datetime.now(VIETNAM) - dt.timedelta(hours=1)
    fields = {
        "response_id": response_id,
        "unit_code": unit_code,
        "instrument": "KIOSK3",
        "instrument_version": "1",
        "answered_at": at.isoformat(timespec="seconds"),
        "stage": "result",
        "collected_via": "kiosk",
        "mode": "self",
        "answers": [{"item": "overall", "value": value}],
        **({"dossier_code": dossier} if dossier else {}),
    }
    return {**fields, **more}


def plan(name: str, dossiers: int, *, sizes: tuple[int, ...] = SIZES, named: bool | None = None) -> Plan:
    """Clean responses and, among every ten: a repeat, a correction, a conflict, a refused and an unknown unit; withdrawals.

    `named`: whether batches have an Idempotency-Key; None: every second one.
    """
    made = Plan(name)
    items: list[dict[str, Any]] = []
    withdrawals: list[Withdrawal] = []
    for number in range(dossiers):
        unit, value = UNITS[number % len(UNITS)], VALUES[number % len(VALUES)]
        one = f"{name}-{number:04d}"
        original = item(one, unit, value, one)
        items.append(original)
        made.allowed[one] = {"accepted", "duplicate"}
        made.stored.add(one)
        made.counted[one] = (unit, value)
        match number % 10:
            case 2:  # rated again: kept, and does not count
                again = f"{one}-again"
                items.append({**original, "response_id": again, "answers": [{"item": "overall", "value": 2}]})
                made.allowed[again] = {"repeat", "duplicate"}
                made.stored.add(again)
                if number % 20 == 2:  # the first rating is withdrawn later: the second moves up
                    withdrawals.append(Withdrawal(one))
                    del made.counted[one]
                    made.counted[again] = (unit, 2)
            case 4:
                right = f"{one}-right"
                corrected = [{"item": "overall", "value": 5}]
                items.append({**original, "response_id": right, "answers": corrected, "replaces": one})
                made.allowed[right] = {"accepted", "duplicate"}
                made.stored.add(right)
                del made.counted[one]
                made.counted[right] = (unit, 5)
            case 6:  # the same id with another content
                items.append({**original, "answers": [{"item": "overall", "value": 4 if value != 4 else 2}]})
                made.allowed[one] = {"accepted", "duplicate", "conflict"}
            case 8:
                wrong, lost = f"{one}-wrong", f"{one}-lost"
                items.append(item(wrong, unit, 9, f"{wrong}-d"))
                made.allowed[wrong] = {"refused"}
                made.refused.add(wrong)
                items.append(item(lost, UNKNOWN_UNIT, 5, f"{lost}-d"))
                made.allowed[lost] = {"quarantined", "duplicate"}
                made.quarantined.add(lost)
            case 9 if number % 20 == 9:  # a citizen takes the answer back
                withdrawals.append(Withdrawal(one, "citizen_request"))
                del made.counted[one]
    made.steps = [*_shipments(name, items, sizes, named), *withdrawals]
    return made


def _shipments(name: str, items: list[dict[str, Any]], sizes: tuple[int, ...], named: bool | None) -> list[Shipment]:
    shipments: list[Shipment] = []
    place = 0
    while place < len(items):
        size = sizes[len(shipments) % len(sizes)]
        with_key = size > 1 and (len(shipments) % 2 == 0 if named is None else named)
        shipments.append(Shipment(items[place : place + size], f"{name}-{place}" if with_key else None))
        place += size
    return shipments
