"""Wire forms of publications, and how rows become them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

from parindex.errors import Finding
from scoring_api.appeals.answers import TableLateRight
from scoring_api.publications.moved import MovedUnit
from scoring_api.publications.rows import Publication, Step
from scoring_api.publications.state import EVENT_WORDS_VI, STATE_WORDS_VI, against

OPERATOR_VI = "Lệnh của người vận hành"


class PublicationStep(msgspec.Struct, frozen=True):
    """One event: who did what with which draft, when and why."""

    event_no: int
    kind: str
    kind_vi: str
    person_id: int | None
    """null: the operator's command."""
    person: str
    body_sha256: str | None
    why: str
    at: dt.datetime
    acknowledged: list[str]
    """Of an approval: the open cases in spite of which it was given."""


class PublicationLine(msgspec.Struct, frozen=True):
    """A publication and where it stands."""

    publication_id: int
    source: dict[str, Any]
    title_vi: str
    decision: str | None
    supersedes: int | None
    erratum: str | None
    state: str
    """drafted, reviewed, approved, published, superseded or withdrawn."""
    state_vi: str
    person_id: int | None
    person: str
    recorded_at: dt.datetime
    draft_no: int | None
    body_sha256: str | None
    """Of the newest draft: what a review and the approval have to name. null: not built."""
    edition_no: int | None
    superseded_by: int | None


class PublicationList(msgspec.Struct, frozen=True):
    """Publications of the authority, newest first; `next_before` is null on the last page."""

    publications: list[PublicationLine]
    next_before: int | None


class PublicationFinding(msgspec.Struct, frozen=True):
    """One thing against the publication, or worth knowing about its draft."""

    code: str
    field: str
    message: str
    hint: str
    prevents: bool
    """It stands in the way of the edition; otherwise a reviewer should know it."""


class EditionDraftTable(msgspec.Struct, frozen=True):
    """The newest draft. `body` is exactly what `body_sha256` was taken of; null: it cannot be built, the findings say why."""

    draft_no: int
    built_at: dt.datetime
    body_sha256: str | None
    findings: list[PublicationFinding]
    body: msgspec.Raw


class PublicationDispute(msgspec.Struct, frozen=True):
    """An open case on the table: who disputes which cell. For officials of the authority, not for the public."""

    case_no: str
    appeal_id: int
    unit_id: int
    component: str | None
    """null: total and place."""
    state: str
    state_vi: str
    filed_at: dt.datetime


class PublicationDocument(msgspec.Struct, frozen=True):
    """A publication with everything said on it, its newest draft, and what an erratum would move."""

    publication: PublicationLine
    steps: list[PublicationStep]
    against: list[PublicationFinding]
    """What still stands between it and its edition."""
    draft: EditionDraftTable | None
    """null while the worker has not looked at it yet."""
    moved: list[MovedUnit] | None
    """Against the edition that it corrects: whose figure or place differs. null: it corrects none, or has no draft."""
    disputes: list[PublicationDispute]
    """Open cases on its draft or edition. Of a draft, an approval must acknowledge each by number."""
    late_rights: list[TableLateRight]
    """Rights of units to dispute the table after its window, oldest first."""


def line(publication: Publication, names: Mapping[int, str]) -> PublicationLine:
    """The line of a publication."""
    return PublicationLine(
        publication.publication_id,
        dict(publication.source),
        publication.title_vi,
        publication.decision,
        publication.supersedes,
        publication.erratum,
        publication.state,
        STATE_WORDS_VI[publication.state],
        publication.person_id,
        _person(publication.person_id, names),
        publication.recorded_at,
        None if publication.draft is None else publication.draft.draft_no,
        publication.draft_sha256,
        publication.edition_no,
        publication.superseded_by,
    )


def document(
    publication: Publication,
    names: Mapping[int, str],
    body: str | None,
    standing: list[Finding],
    moved: list[MovedUnit] | None,
    disputes: list[PublicationDispute],
    late_rights: list[TableLateRight],
) -> PublicationDocument:
    """The whole answer. `standing`: what the editions there are hold against the draft."""
    found = against(
        publication.person_id, publication.events, publication.draft_sha256, publication.open_cases, publication.state
    )
    if publication.state in ("drafted", "reviewed", "approved"):
        found = [*found, *standing]
    draft = None
    if publication.draft is not None:
        draft = EditionDraftTable(
            publication.draft.draft_no,
            publication.draft.built_at,
            publication.draft.body_sha256,
            [_drafts_own(one) for one in publication.draft.findings],
            msgspec.Raw(b"null" if body is None else body.encode()),
        )
    return PublicationDocument(
        line(publication, names),
        [_step(step, names) for step in publication.steps],
        [PublicationFinding(one.code, one.field, one.message, one.hint, prevents=True) for one in found],
        draft,
        moved,
        disputes,
        late_rights,
    )


def _step(step: Step, names: Mapping[int, str]) -> PublicationStep:
    return PublicationStep(
        step.event_no,
        step.kind,
        EVENT_WORDS_VI[step.kind],
        step.person_id,
        _person(step.person_id, names),
        step.body_sha256,
        step.why,
        step.at,
        list(step.acknowledged),
    )


def _drafts_own(finding: Mapping[str, Any]) -> PublicationFinding:
    return PublicationFinding(
        finding["code"], finding["field"], finding["message"], finding["hint"], bool(finding.get("prevents", False))
    )


def _person(person_id: int | None, names: Mapping[int, str]) -> str:
    return OPERATOR_VI if person_id is None else names.get(person_id, "")


ANSWERS = (PublicationList, PublicationDocument)
"""Answer types, for the OpenAPI document."""
