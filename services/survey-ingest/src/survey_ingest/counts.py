"""The counts that stored responses add to the rollups: one delta row per group of equal keys. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact, localcontext
from typing import NamedTuple

NOT_ANSWERED = -3
AUTOMATIC = -4
_AUTOMATIC_BASE = -100
_EXACT = Context(prec=200, traps=[Inexact])
"""A weight has up to 24 digits, its square 48: sums of them stay exact, as a recount's are."""


class DeltaKey(NamedTuple):
    """Everything that a rollup is keyed by, but the item and the code."""

    tenant_id: int
    realm: str
    unit_id: int
    instrument_version_id: int
    local_day: dt.date
    service_channel: str
    collected_via: str
    mode: str
    stage: str
    respondent_kind: str
    field_base: str


@dataclass(slots=True)
class Delta:
    """Counts of one key: (procedure base code, item, code) -> [n, w, w2]."""

    cells: dict[tuple[str, int, int], list[Decimal | int]] = field(default_factory=dict)

    def columns(self) -> list[list[Decimal | int | str]]:
        """The six parallel arrays of a `response_delta` row: procedure, item, code, n, w, w2."""
        return [list(column) for column in zip(*((*cell, *counts) for cell, counts in self.cells.items()), strict=True)]


class Counted(NamedTuple):
    """One response that begins (sign 1) or ceases (sign -1) to count."""

    key: DeltaKey
    procedure_base: str
    answers: list[int | None]
    weight: Decimal | None
    sign: int


def code_of(stored: int | None) -> int:
    """Answer code in counts of an element of `response.answers`."""
    if stored is None:
        return NOT_ANSWERED
    return AUTOMATIC if stored <= _AUTOMATIC_BASE else stored


def deltas(changes: Iterable[Counted]) -> dict[DeltaKey, Delta]:
    """Grouped counts of the changes; a self-selected response weighs 1."""
    with localcontext(_EXACT):
        return _grouped(changes)


def _grouped(changes: Iterable[Counted]) -> dict[DeltaKey, Delta]:
    grouped: dict[DeltaKey, Delta] = {}
    for key, procedure, answers, weight, sign in changes:
        delta = grouped.get(key)
        if delta is None:
            delta = grouped[key] = Delta()
        cells = delta.cells
        if weight is None:
            w: Decimal | int = sign
            w2: Decimal | int = sign
        else:
            w, w2 = weight * sign, weight * weight * sign
        for cell in (
            (procedure, 0, 0),
            *((procedure, item, code_of(stored)) for item, stored in enumerate(answers, 1)),
        ):
            counts = cells.get(cell)
            if counts is None:
                cells[cell] = [sign, w, w2]
            else:
                counts[0] += sign
                counts[1] += w
                counts[2] += w2
    return {key: delta for key, delta in grouped.items() if any(count[0] or count[1] for count in delta.cells.values())}
