"""Wire forms of the register of units."""

from __future__ import annotations

import datetime as dt

import msgspec

from scoring_api.answers import Answer
from scoring_api.places import UnitLine


class Span(msgspec.Struct, frozen=True):
    """Days from `start` to the day before `end`; null is unbounded."""

    start: dt.date | None
    end: dt.date | None


class NameSpan(msgspec.Struct, frozen=True):
    """What a unit was called when."""

    name: str
    unit_type: str
    valid: Span
    source: str


class CodeSpan(msgspec.Struct, frozen=True):
    """A code and when it meant the unit. `evidence`: published, derived, memory, invented or imported."""

    scheme: str
    code: str
    valid: Span
    evidence: str
    source: str


class ParentSpan(msgspec.Struct, frozen=True):
    """Under whom a unit stood when."""

    unit_id: int
    name: str
    valid: Span
    source: str


class BlockSpan(msgspec.Struct, frozen=True):
    """In which block a framework ranks the unit (* = every framework)."""

    framework: str
    block: str
    valid: Span


class UnitEntry(msgspec.Struct, frozen=True):
    """A unit as it stands on one day."""

    unit_id: int
    name: str
    unit_type: str
    kind: str
    block: str | None
    parent_id: int | None
    codes: dict[str, str]
    realm: str
    """production: a real unit, usable in every realm; synthetic or sandbox: invented."""
    valid: Span
    provenance: str


class UnitPage(Answer, kw_only=True):
    """Units on a day."""

    day: dt.date
    units: list[UnitEntry]
    next_cursor: int | None


class UnitAnswer(Answer, kw_only=True):
    """One unit on a day, with every dated name, code, parent and block."""

    day: dt.date
    unit: UnitEntry
    ancestors: list[UnitLine]
    names: list[NameSpan]
    codes: list[CodeSpan]
    parents: list[ParentSpan]
    blocks: list[BlockSpan]
    source: str


class LookUp(Answer, kw_only=True):
    """What a code means on a day."""

    day: dt.date
    scheme: str
    code: str
    status: str
    """found: the code is in use that day; followed: it was closed before and its unit went wholly into this one."""
    unit: UnitEntry


class Link(msgspec.Struct, frozen=True):
    """One step of lineage."""

    predecessor: UnitLine
    successor: UnitLine
    extent: str
    """full: wholly, responses are pooled as constructed; partial: in part, listed and never carried."""
    effective: dt.date
    legal_basis: str
    source: str


class LineageAnswer(Answer, kw_only=True):
    """Who a unit came out of and who it went into."""

    unit: UnitLine
    predecessors: list[Link]
    successors: list[Link]
    full_predecessor_ids: list[int]
    """Directly or through others: their responses are pooled."""
    partial_predecessor_ids: list[int]
