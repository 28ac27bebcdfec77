"""One explained figure: rule in words and values, inputs, counts or evidence, and who entered what when."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from scoring_api.answers import Words


class Basis(msgspec.Struct, frozen=True):
    """What a figure rests on: a decision or source, with its address where there is one."""

    key: str
    title: str
    href: str | None


class FrameworkOf(msgspec.Struct, frozen=True):
    """The criteria set, questionnaire or published index behind the figure, and how official it is."""

    name: str
    title_vi: str
    publisher_vi: str
    decision: str | None
    status: str
    status_note_vi: str
    sha256: str | None


class TableOf(msgspec.Struct, frozen=True):
    """The round or edition that the figure stands in."""

    kind: str
    title_vi: str
    period: str
    standing: str
    """provisional, final or published."""
    authority: str
    """Name of the authority whose table it is."""
    about: dict[str, int | str]
    """Which round (and its last event) or edition (and its digest)."""


class CellSubject(msgspec.Struct, frozen=True):
    """The component, field, factor or total that is explained."""

    code: str
    number: str
    title_vi: str
    title_en: str
    field_vi: str
    rule: str | None
    rule_vi: str
    source: str | None
    maximum: str | None
    provenance: str | None
    evidence_required: str
    note_vi: str
    bases: list[Basis]


class CellResult(msgspec.Struct, frozen=True):
    """What came out. A figure that is missing, withheld or does not apply is null, never 0."""

    state: str
    points: str | None
    maximum: str | None
    percent: str | None
    rank: int | None
    reason_vi: str
    reason_en: str
    side: str | None
    """Whose word counts in a round: decided, appraised_2, appraised_1 or joined."""


class InputLine(msgspec.Struct, frozen=True):
    """One input in words: what it is, its value as Vietnamese write it."""

    label_vi: str
    value_vi: str


class EvidenceBrief(msgspec.Struct, frozen=True):
    """A file behind the figure: never its name (which may name people), only what proves which file it was."""

    evidence_id: str
    media_type: str
    size: int
    sha256: str
    attached_at: dt.datetime
    person: str
    erased_at: dt.datetime | None


class EntryLine(msgspec.Struct, frozen=True):
    """Who entered what when: officials by name and role."""

    event_no: int
    kind: str
    kind_vi: str
    person: str
    role_vi: str
    at: dt.datetime
    inputs: list[InputLine]
    points: str | None
    note: str
    late_reason: str | None


class CellExplanation(msgspec.Struct, frozen=True):
    """One figure from the rule in words down to counts, evidence and entries, as far as the reader may see it."""

    realm: str
    notice: Words | None
    table: TableOf
    framework: FrameworkOf
    unit_id: int
    unit: str
    codes: dict[str, str]
    subject: CellSubject
    result: CellResult
    inputs: list[InputLine]
    input: dict[str, Any] | None
    counts: dict[str, Any] | None
    """Of surveys: what was divided, how many responded, which questionnaire."""
    evidence: list[EvidenceBrief]
    entries: list[EntryLine]
    withheld: Words | None
    """Why figures or counts are not shown."""
    thread: str | None
    """Where officials of the authority see evidence and entries; null where they are above, or where there are none."""


ANSWERS: tuple[type, ...] = (CellExplanation,)
"""Answer types, for the OpenAPI document."""
