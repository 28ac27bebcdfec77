"""Wire forms of what is said about editions. The edition itself is the document that was signed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from scoring_api.answers import NOTICES, Answer, Words
from scoring_api.editions.rows import EditionHead


class EditionLine(msgspec.Struct, frozen=True):
    """One edition: which table it is, when it was published, what it corrects and what corrects it."""

    tenant_id: int
    edition_no: int
    href: str
    """Its exact bytes."""
    title_vi: str
    decision: str | None
    authority: str | None
    realm: str
    index: str
    scope_unit_id: int
    block: str
    period: str
    published_at: dt.datetime
    sha256: str
    supersedes: int | None
    superseded_by: int | None
    """Number of the edition that took its place; null: it stands."""


class EditionList(Answer, kw_only=True):
    """Editions, newest first."""

    editions: list[EditionLine]
    next_cursor: str | None


class OpenDisputes(msgspec.Struct, frozen=True):
    """Disputes of a table. Case numbers only: arguments and evidence stay with the parties."""

    open: int
    """Filed and without an outcome."""
    awaiting_correction: int
    """Upheld; the edition that corrects is not published yet."""
    case_numbers: list[str]
    of_earlier: list[str]
    """Cases that are not over of what this edition took the place of: superseded editions, earlier drafts of its source."""


class EditionStanding(msgspec.Struct, frozen=True):
    """What may change about an edition that never changes."""

    realm: str
    edition: EditionLine
    notice: Words | None
    publication_id: int
    previous_sha256: str | None
    key_id: str
    erratum: str | None
    """What it corrects and why."""
    superseded_at: dt.datetime | None
    superseding_erratum: str | None
    """Why it was superseded."""
    standing_edition_no: int
    """The end of the line of corrections; its own number while nothing supersedes it."""
    disputes: OpenDisputes


class PublicKey(msgspec.Struct, frozen=True):
    """The public half of a key that signed editions."""

    key_id: str
    """First 16 bytes of the SHA-256 of the 32 public bytes, hex."""
    algorithm: str
    public_key: str
    """32 bytes, base64."""
    introduced_at: dt.datetime


class PublicKeys(msgspec.Struct, frozen=True):
    """All keys, oldest first."""

    keys: list[PublicKey]


class ChainHead(msgspec.Struct, frozen=True):
    """The newest edition of an authority's chain. Note it: `parindex verify FILE --head HEAD` then finds a rewritten chain."""

    tenant_id: int
    authority: str | None
    head: str
    """NUMBER:SHA256."""
    edition_no: int
    sha256: str
    published_at: dt.datetime
    key_id: str


class WithheldInputs(msgspec.Struct, frozen=True):
    """What is left out of the inputs, and why."""

    what: str
    reason_vi: str
    reason_en: str


class EditionInputsAnswer(msgspec.Struct, frozen=True):
    """What an edition was computed from, as far as the public may see it."""

    tenant_id: int
    edition_no: int
    inputs_sha256: str
    """Of the complete inputs: what the edition's body names."""
    complete: bool
    """Nothing is left out: the canonical bytes of `inputs` have that digest and re-derive the edition."""
    withheld: list[WithheldInputs]
    inputs: msgspec.Raw


class ComparedUnits(Answer, kw_only=True):
    """Rows of up to ten units of one edition, in the order asked."""

    edition: EditionLine
    columns: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    """As they stand in the edition's body."""
    absent: list[int]
    """Units asked for that the table does not list."""
    means: list[dict[str, Any]]
    counts: dict[str, int]


class BoundaryChange(msgspec.Struct, frozen=True):
    """A unit that went into this one, or that this one went into, on a day."""

    effective: dt.date
    predecessor_id: int
    predecessor: str
    successor_id: int
    successor: str
    extent: str
    """`full`, or `partial`: a part of unknown share."""
    words: Words
    legal_basis: str


class SeriesPoint(msgspec.Struct, frozen=True):
    """One edition. `row` is null where the unit has no row of its own: then its predecessors stand for it, never summed."""

    edition: EditionLine
    period: dict[str, Any]
    observed_at: str | None
    row: dict[str, Any] | None
    ranked: int
    """Units that have a place in the edition."""
    change: dict[str, Any] | None
    """Against the edition before in this line, in numbers and words; null for the first."""
    breaks: list[dict[str, str]]
    """Why it cannot be compared with the edition before it; empty where it can."""
    predecessors: list[dict[str, Any]]
    """Rows of units that later went into this one."""


class SeriesLine(msgspec.Struct, frozen=True):
    """Editions of one table in one kind of period, oldest first. `missing`: periods between them without an edition."""

    tenant_id: int
    scope_unit_id: int
    block: str
    kind: str
    to_date: bool
    points: list[SeriesPoint]
    missing: list[str]


class EditionSeries(Answer, kw_only=True):
    """One unit over the standing editions of an index."""

    unit_id: int
    name: str
    index: str
    lines: list[SeriesLine]
    boundary_changes: list[BoundaryChange]


def edition_line(head: EditionHead) -> EditionLine:
    """The line of an edition."""
    return EditionLine(
        head.tenant_id,
        head.edition_no,
        head.href,
        head.title_vi,
        head.decision,
        head.authority,
        head.realm,
        head.index_code,
        head.scope_unit_id,
        head.block,
        head.period,
        head.published_at,
        head.sha256,
        head.supersedes,
        head.superseded_by,
    )


def notice_of(head: EditionHead) -> Words | None:
    """What must be known before the figures are used; None in production."""
    return NOTICES.get(head.realm)


ANSWERS = (EditionStanding, PublicKeys, ChainHead, EditionInputsAnswer)
"""Answer types that no public route of the realm-bound kind names, for the OpenAPI document."""
