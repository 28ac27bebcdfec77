"""What the register says about units: frozen records with dates, as they stand in the shipped files and the tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

NATION = 0
"""Unit id of the nation (`Cả nước`)."""
FIRST_IMPORTED_ID = 1_000_000
"""Shipped units have smaller, frozen ids; units added with `parindex units import` start here."""
KINDS = ("nation", "province", "district", "commune", "department", "office")
BLOCKS = ("province", "department", "district", "commune")
"""Blocks (khối) that are ranked apart; `office` units are ranked in none."""
EVERY_FRAMEWORK = "*"
IMPORTED = "imported"
"""Evidence and provenance of what an import added: loads of the shipped register leave it alone."""


@dataclass(frozen=True, slots=True)
class Dated:
    """Days on which something holds: from `start` to the day before `end`; None is unbounded."""

    start: dt.date | None
    end: dt.date | None

    def on(self, day: dt.date) -> bool:
        """Whether it holds on that local day."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)

    def overlaps(self, other: Dated) -> bool:
        """Whether the two share a day."""
        return (self.start is None or other.end is None or self.start < other.end) and (
            other.start is None or self.end is None or other.start < self.end
        )

    def covers(self, other: Dated) -> bool:
        """Whether it holds on every day of the other."""
        starts = self.start is None or (other.start is not None and self.start <= other.start)
        ends = self.end is None or (other.end is not None and other.end <= self.end)
        return starts and ends

    @property
    def order(self) -> dt.date:
        """Sort key by first day."""
        return self.start or dt.date.min


@dataclass(frozen=True, slots=True)
class DatedName(Dated):
    """What a unit was called: full NFC name and Vietnamese type word."""

    name: str
    unit_type: str
    source: str


@dataclass(frozen=True, slots=True)
class DatedCode(Dated):
    """A code that stood for the unit. `evidence`: published, derived, memory, invented or imported."""

    scheme: str
    code: str
    evidence: str
    source: str


@dataclass(frozen=True, slots=True)
class DatedParent(Dated):
    """Under whom the unit stood."""

    parent_id: int
    source: str


@dataclass(frozen=True, slots=True)
class DatedBlock(Dated):
    """In which block a framework ranks the unit (`*` = every framework)."""

    framework: str
    block: str


@dataclass(frozen=True, slots=True)
class UnitRecord(Dated):
    """One unit under our own id, with everything that has dates. `start` / `end`: validity of the unit itself."""

    unit_id: int
    kind: str
    realm: str
    """`production`: a real unit, usable in every realm. `synthetic`, `sandbox`: invented, usable in that realm only."""
    provenance: str
    source: str
    revision: int
    names: tuple[DatedName, ...]
    codes: tuple[DatedCode, ...]
    parents: tuple[DatedParent, ...]
    blocks: tuple[DatedBlock, ...]


@dataclass(frozen=True, slots=True)
class LineageLink:
    """The predecessor went into the successor on a day: wholly (`full`) or in part (`partial`, share unknown)."""

    predecessor_id: int
    successor_id: int
    extent: str
    effective: dt.date
    legal_basis: str
    source: str
