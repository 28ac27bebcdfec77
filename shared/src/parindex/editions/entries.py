"""What every kind of edition hands over to be ranked: the index, its columns, and one entry a unit. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from parindex.editions.rules import Rules


@dataclass(frozen=True, slots=True)
class Cell:
    """One part of a unit's figure. `ranked` is the figure that ranks within the part are taken on; None: no place in it."""

    points: str | None
    maximum: str | None
    percent: str | None
    ranked: Decimal | None


@dataclass(frozen=True, slots=True)
class Unranked:
    """Why a unit has no place, for machines and in words."""

    code: str
    reason_vi: str
    reason_en: str
    missing: tuple[str, ...] = ()
    """Codes of the components or parts without a figure."""

    def as_json(self) -> dict[str, Any]:
        """As it stands in the row."""
        return {
            "code": self.code,
            "reason_vi": self.reason_vi,
            "reason_en": self.reason_en,
            "missing": list(self.missing),
        }


@dataclass(frozen=True, slots=True)
class Entry:
    """One unit before it is placed."""

    unit_id: int
    value: Decimal | None
    """The published figure; None where there is none (or none may be shown)."""
    points: str | None
    maximum: str | None
    parts: Mapping[str, Cell]
    unranked: Unranked | None
    grade: Mapping[str, Any] | None = None
    """Where the kind grades by itself; else the bands of the rules decide."""
    breakers: Mapping[str, Decimal | int | None] = field(default_factory=dict)
    constructed: bool = False
    notes: tuple[tuple[str, str], ...] = ()
    """Vietnamese and English."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """What only this kind's rows have, for example `printed_rank` or `responses`."""


@dataclass(frozen=True, slots=True)
class Entries:
    """A table before it is ranked."""

    index: Mapping[str, Any]
    rules: Rules
    columns: Sequence[Mapping[str, Any]]
    entries: Sequence[Entry]
    part_digits: int
    """Decimals that ranks within parts are taken on."""
    means: Sequence[Mapping[str, Any]] = ()
    """Means that are not plain means of the rows, for example the pooled figure of the scope."""
