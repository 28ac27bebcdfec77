"""What the routes of frameworks answer with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec

from parindex.errors import Finding
from parindex.frameworks.criteria_catalogue import CriteriaCatalogue
from parindex.frameworks.criteria_file import FrameworkFile
from parindex.register.framework_draft_rows import Draft
from parindex.web.problems import FindingModel, finding_model


class FrameworkLine(msgspec.Struct, frozen=True):
    """A version of a criteria framework: what it is, how official, and when it holds."""

    code: str
    version: str
    title_vi: str
    title_en: str
    publisher_vi: str
    status: str
    """official, template or example; everything but official says so beside every figure."""
    status_note_vi: str
    status_note_en: str
    valid_from: dt.date
    valid_to: dt.date | None
    """The day after the last, as declared or because another version replaces it; null while it holds."""
    replaces: str | None
    periods: list[str]
    blocks: list[str]
    components: int
    max: str
    sha256: str


class FrameworksAnswer(msgspec.Struct, frozen=True):
    """Framework versions, by code and time."""

    frameworks: list[FrameworkLine]


class GapLine(msgspec.Struct, frozen=True):
    """Days without a version, and why."""

    start: dt.date = msgspec.field(name="from")
    until: dt.date | None = msgspec.field(name="to")
    why: str


class FrameworkVersionsAnswer(msgspec.Struct, frozen=True):
    """All versions of one framework, which of them holds on the day asked for, and the days that none covers."""

    code: str
    on: dt.date
    in_force: str | None
    versions: list[FrameworkLine]
    gaps: list[GapLine]


class FrameworkAnswer(msgspec.Struct, frozen=True):
    """One version whole: every node with its provenance and the sources it cites."""

    framework: FrameworkLine
    document: dict[str, Any]
    warnings: list[FindingModel]


class Validation(msgspec.Struct, frozen=True):
    """Everything found in a framework that was sent; nothing is stored."""

    valid: bool
    name: str | None
    """code@version, where the document could be read."""
    sha256: str | None
    findings: list[FindingModel]
    warnings: list[FindingModel]
    in_time: list[FindingModel]
    """What stands against it beside the versions in force: overlaps, days without a version."""


class ChangeLine(msgspec.Struct, frozen=True):
    """One difference of two versions. `scores`: it can change points, index, grade or rank of a unit."""

    kind: str
    node: str
    message_vi: str
    message_en: str
    before: Any
    after: Any
    scores: bool


class DiffAnswer(msgspec.Struct, frozen=True):
    """What moved between two versions."""

    old: str = msgspec.field(name="from")
    new: str = msgspec.field(name="to")
    changes: list[ChangeLine]


class DraftLine(msgspec.Struct, frozen=True):
    """A framework version being written. `person_id`: who wrote the present document."""

    framework_draft_id: int
    code: str
    version: str
    state: str
    origin: str
    sha256: str
    revision: int
    person_id: int | None
    recorded_at: dt.datetime
    findings: list[FindingModel]


class DraftsAnswer(msgspec.Struct, frozen=True):
    """Drafts of the authority, newest first."""

    drafts: list[DraftLine]


class DraftAnswer(msgspec.Struct, frozen=True):
    """A draft with its document."""

    draft: DraftLine
    document: dict[str, Any]


class Computation(msgspec.Struct, frozen=True):
    """Score documents of the units with their ranks, best first; what is missing is listed, nothing is guessed."""

    framework: str
    version: str
    framework_sha256: str
    template: bool
    ranked_on: str
    tie_rule: str
    tie_rule_words: dict[str, str]
    fields: list[dict[str, Any]]
    mean: str | None
    ranked: int
    not_ranked: int
    block: str
    status: str
    status_note_vi: str
    status_note_en: str
    units: list[dict[str, Any]]


class CompositeComputation(msgspec.Struct, frozen=True):
    """A composite index of the units with its explained tree."""

    composite: str
    title_vi: str
    title_en: str
    composite_sha256: str
    input_sha256: str
    digits: int
    tie_rule: str
    tie_rule_words: dict[str, str]
    normalisations: list[dict[str, Any]]
    units: list[dict[str, Any]]


ANSWERS: tuple[type, ...] = (
    FrameworksAnswer,
    FrameworkVersionsAnswer,
    FrameworkAnswer,
    Validation,
    DiffAnswer,
    DraftsAnswer,
    DraftAnswer,
    Computation,
    CompositeComputation,
)


def framework_line(file: FrameworkFile, catalogue: CriteriaCatalogue) -> FrameworkLine:
    """The line of a version in force."""
    document, framework = file.document, file.framework
    return FrameworkLine(
        framework.code,
        framework.version,
        document["title_vi"],
        document["title_en"],
        document["publisher_vi"],
        file.status,
        document["status_note_vi"],
        document["status_note_en"],
        file.valid_from,
        catalogue.end(file),
        file.replaces,
        list(file.periods),
        list(framework.blocks),
        len(framework.leaves()),
        document["max"],
        framework.sha256,
    )


def draft_line(draft: Draft) -> DraftLine:
    """The line of a draft."""
    return DraftLine(
        draft.framework_draft_id,
        draft.code,
        draft.version,
        draft.state,
        draft.origin,
        draft.sha256,
        draft.revision,
        draft.person_id,
        draft.recorded_at,
        finding_lines(draft.findings),
    )


def finding_lines(findings: Iterable[Finding]) -> list[FindingModel]:
    """Findings as they are answered."""
    return [finding_model(one) for one in findings]
