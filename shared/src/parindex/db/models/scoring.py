"""Tables that scoring-api writes: criteria frameworks, persons and their sign-ins, assessment rounds, evidence.

Framework versions are reference data (no tenant). Everything else starts its primary key with `tenant_id`, the
authority whose persons and rounds they are.
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Identity, Index, LargeBinary, Numeric, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from parindex.db.base import REALM_CHECK, Base, BigInt

PHASES = ("declaration", "appraisal_1", "answer", "appraisal_2", "council", "closed")
ROLES = ("officer", "unit", "appraiser", "council", "auditor")


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


class FrameworkDraft(Base):
    """A framework version being written. Changes until it is put in force or withdrawn; what happened is in the events."""

    __tablename__ = "framework_draft"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The authority that writes it; 0 = the nation."""
    framework_draft_id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    code: Mapped[str]
    version: Mapped[str]
    state: Mapped[str]
    origin: Mapped[str]
    """`yaml`, `json` or `workbook`: the form it last came in."""
    document: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    """Of the document; a check holds for exactly these bytes."""
    findings: Mapped[list[Any]]
    """What the last check found (warnings of a checked draft)."""
    revision: Mapped[int]
    """1, 2, ...: every replacement of the document."""
    person_id: Mapped[int | None]
    """Who wrote the present document; None for the command line of the operator."""
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (
        CheckConstraint(_one_of("state", ("draft", "checked", "in_force", "withdrawn")), name="state"),
        CheckConstraint(_one_of("origin", ("yaml", "json", "workbook")), name="origin"),
    )


class FrameworkVersion(Base):
    """A framework version in force, frozen: scoring-api may insert and read, nobody may change."""

    __tablename__ = "framework_version"
    framework_version_id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    code: Mapped[str]
    version: Mapped[str]
    tenant_id: Mapped[int]
    """The authority that put it in force; 0 = the nation, and everything shipped."""
    status: Mapped[str]
    """official, template or example: a template never carries a production round."""
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]
    """As declared: the day after the last, or None = until replaced."""
    document: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    person_id: Mapped[int | None]
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (
        UniqueConstraint("code", "version"),
        UniqueConstraint("code", "valid_from"),
        CheckConstraint(_one_of("status", ("official", "template", "example")), name="status"),
        CheckConstraint("valid_to > valid_from", name="validity"),
    )


class FrameworkEvent(Base):
    """What happened to a framework version or its draft, appended: drafted, revised, checked, put_in_force, withdrawn."""

    __tablename__ = "framework_event"
    framework_event_id: Mapped[int] = mapped_column(BigInt, Identity(), primary_key=True)
    code: Mapped[str]
    version: Mapped[str]
    tenant_id: Mapped[int]
    kind: Mapped[str]
    sha256: Mapped[str]
    person_id: Mapped[int | None]
    """None: shipped with the software, or the operator's command line."""
    why: Mapped[str]
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (
        CheckConstraint(_one_of("kind", ("drafted", "revised", "checked", "put_in_force", "withdrawn")), name="kind"),
        Index(None, "code", "version"),
    )


class Person(Base):
    """An official who may sign in: name and work address (e-mail), nothing else."""

    __tablename__ = "person"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    """Two-person rules compare this, never credentials."""
    name: Mapped[str]
    work_address: Mapped[str]
    """Lower case, NFC."""
    disabled_at: Mapped[dt.datetime | None]
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (UniqueConstraint("tenant_id", "work_address"),)


class PersonSecret(Base):
    """What a local sign-in is checked against. Unreadable for every other service."""

    __tablename__ = "person_secret"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    password_hash: Mapped[str | None]
    """Argon2id, encoded; None until the invitation is used."""
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The TOTP secret, sealed with the service's key."""
    totp_last_step: Mapped[int] = mapped_column(BigInt, server_default="0")
    """Last accepted time step: a code works once."""
    invitation_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    """A single-use invitation to set the password and TOTP, and until when."""
    invitation_until: Mapped[dt.datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    locked_until: Mapped[dt.datetime | None]
    changed_at: Mapped[dt.datetime]


class PersonIdentity(Base):
    """A person's name at an OIDC issuer."""

    __tablename__ = "person_identity"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    recorded_at: Mapped[dt.datetime]


class PersonRole(Base):
    """A role of a person, with who gave it and why; changes only by its revocation."""

    __tablename__ = "person_role"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person_role_id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int]
    role: Mapped[str]
    unit_id: Mapped[int | None]
    """`unit`: the unit spoken for. `appraiser`: the department, which a round puts in charge of fields. Else None."""
    granted_by: Mapped[int | None]
    why: Mapped[str]
    granted_at: Mapped[dt.datetime]
    revoked_by: Mapped[int | None]
    revoked_at: Mapped[dt.datetime | None]
    __table_args__ = (
        CheckConstraint(_one_of("role", ROLES), name="role"),
        CheckConstraint("(role IN ('unit', 'appraiser')) = (unit_id IS NOT NULL)", name="unit"),
        Index(None, "tenant_id", "person_id"),
    )


class SignIn(Base):
    """A short sign-in: the hash of its token, for how long, and when it was ended."""

    __tablename__ = "sign_in"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    person_id: Mapped[int]
    method: Mapped[str]
    started_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    __table_args__ = (CheckConstraint(_one_of("method", ("local", "oidc")), name="method"),)


class SignInEvent(Base):
    """What happened at the door, appended: succeeded, failed, locked, ended, invited, secret_set, role_granted, ..."""

    __tablename__ = "sign_in_event"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sign_in_event_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    """Whom it concerns. An attempt under an unknown address is only counted in metrics."""
    kind: Mapped[str]
    by_person_id: Mapped[int | None]
    detail: Mapped[dict[str, Any]]
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (Index(None, "tenant_id", "person_id", "recorded_at"),)


class AssessmentRound(Base):
    """A round (đợt đánh giá): one framework version, one block, one period, its units. Opened once, never changed."""

    __tablename__ = "assessment_round"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    round_id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    realm: Mapped[str]
    framework_version_id: Mapped[int]
    block: Mapped[str]
    period: Mapped[str]
    """Period code: 2025, 2025-H1, 2025-Q4, 2025-10."""
    scope_unit_id: Mapped[int]
    """Whose subtree is assessed: a province for its departments, 0 for provinces."""
    title_vi: Mapped[str]
    person_id: Mapped[int]
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (CheckConstraint(REALM_CHECK, name="realm"),)


class RoundUnit(Base):
    """A unit assessed in a round."""

    __tablename__ = "round_unit"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    round_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class RoundField(Base):
    """The department in charge of appraising a field (top-level node) in a round."""

    __tablename__ = "round_field"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    round_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    field_code: Mapped[str] = mapped_column(primary_key=True)
    unit_id: Mapped[int]


class RoundEvent(Base):
    """Everything that happened in a round, appended, numbered per round in commit order: who, when, why, what."""

    __tablename__ = "round_event"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    round_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    phase: Mapped[str]
    """Phase in which it happened."""
    person_id: Mapped[int]
    role: Mapped[str]
    """In which role the person acted."""
    unit_id: Mapped[int | None]
    component: Mapped[str | None]
    input: Mapped[dict[str, Any] | None]
    """Input of the component as declared, accepted, decided or joined."""
    points: Mapped[Decimal | None] = mapped_column(Numeric)
    """What the rule gives for that input; None where it gives no points."""
    note: Mapped[str]
    """Explanation, opinion or reason."""
    late_reason: Mapped[str | None]
    """Why it came after the deadline; only with a granted right."""
    detail: Mapped[dict[str, Any]]
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (
        CheckConstraint(_one_of("phase", PHASES), name="phase"),
        CheckConstraint(_one_of("role", ROLES), name="role"),
        CheckConstraint(
            _one_of(
                "kind",
                (
                    "opened", "deadline_set", "phase_opened", "late_granted", "declared", "submitted", "appraised_1",
                    "answered", "appraised_2", "joined", "decided", "evidence_added", "evidence_erased",
                    "close_proposed", "close_withdrawn", "closed",
                ),
            ),
            name="kind",
        ),
        Index(None, "tenant_id", "round_id", "unit_id", "component"),
    )  # fmt: skip


class RoundState(Base):
    """Cache: where a round stands. Locked by whoever appends an event, so that numbers follow commits."""

    __tablename__ = "round_state"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    round_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    phase: Mapped[str]
    last_event_no: Mapped[int]
    deadlines: Mapped[dict[str, Any]]
    """Phase -> ISO instant."""
    close_proposed_by: Mapped[int | None]
    late_rights: Mapped[dict[str, Any]]
    """Phase -> unit id as text (`*`: the council) -> ISO instant until which it may still write."""
    submissions: Mapped[dict[str, Any]]
    """Unit id as text -> step -> {event_no, person_id, at}."""
    updated_at: Mapped[dt.datetime]
    __table_args__ = (CheckConstraint(_one_of("phase", PHASES), name="phase"),)


class RoundCell(Base):
    """Cache: the latest word of each side on one component of one unit. Equal to a fold over the events."""

    __tablename__ = "round_cell"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    round_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    component: Mapped[str] = mapped_column(primary_key=True)
    sides: Mapped[dict[str, Any]]
    """declared, appraised_1, answered, appraised_2, joined, decided -> {input, points, note, event_no, person_id, at}."""
    evidence: Mapped[int]
    """Files attached and not erased."""
    event_no: Mapped[int]
    """Last event that touched the cell."""


class Evidence(Base):
    """A file attached to a component by its unit; its bytes lie outside the database, encrypted, once per content."""

    __tablename__ = "evidence"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    evidence_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    round_id: Mapped[int]
    unit_id: Mapped[int]
    component: Mapped[str]
    file_name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInt)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    """Of the plain content; refers to `evidence_content` of the same tenant."""
    person_id: Mapped[int]
    recorded_at: Mapped[dt.datetime]
    retain_until: Mapped[dt.date]
    __table_args__ = (Index(None, "tenant_id", "round_id", "unit_id", "component"),)


class EvidenceContent(Base):
    """Where a content lies and the sealed key that opens it; erased by destroying the key."""

    __tablename__ = "evidence_content"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sha256: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    storage_key: Mapped[str]
    sealed_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The content's own key, sealed with the service's key; None once erased."""
    size: Mapped[int] = mapped_column(BigInt)
    recorded_at: Mapped[dt.datetime]


class EvidenceErasure(Base):
    """Tombstone: an attached file was erased; by whom, when, why. The digest stays."""

    __tablename__ = "evidence_erasure"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    evidence_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[int | None]
    """None: the retention date passed and the operator's command erased it."""
    why: Mapped[str]
    recorded_at: Mapped[dt.datetime]


class EvidenceAccess(Base):
    """Who opened which file when."""

    __tablename__ = "evidence_access"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    evidence_access_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    evidence_id: Mapped[uuid.UUID]
    person_id: Mapped[int]
    outcome: Mapped[str]
    """`served`, `refused` or `erased`."""
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (Index(None, "tenant_id", "evidence_id"),)


class Publication(Base):
    """A wish to publish one league table: what it is made of, under which title and decision. Never changed."""

    __tablename__ = "publication"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    publication_id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    source: Mapped[dict[str, Any]]
    """{kind: round, round_id} | {kind: satisfaction, realm, instrument, version, scope_unit_id, block, period, method} | {kind: imported, imported_table_id} | {kind: figures, framework, period, scope_unit_id, block}."""
    title_vi: Mapped[str]
    decision: Mapped[str | None]
    """Number and date of the decision that publishes it."""
    supersedes: Mapped[int | None]
    """Edition number that it corrects."""
    erratum: Mapped[str | None]
    """What changed and why, in Vietnamese; only with `supersedes`."""
    person_id: Mapped[int | None]
    """None: the published history, loaded by the operator's command."""
    recorded_at: Mapped[dt.datetime]


class PublicationEvent(Base):
    """What happened to a publication, appended: drafted, reviewed, rejected, approved, withdrawn; two persons."""

    __tablename__ = "publication_event"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    publication_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    person_id: Mapped[int | None]
    body_sha256: Mapped[str | None]
    """The draft that was reviewed or approved."""
    why: Mapped[str]
    recorded_at: Mapped[dt.datetime]
    acknowledged: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    """Of an approval: numbers of the open cases in spite of which it was given; `why` is the reason, and printed."""
    __table_args__ = (
        CheckConstraint(_one_of("kind", ("drafted", "reviewed", "rejected", "approved", "withdrawn")), name="kind"),
    )


class Appeal(Base):
    """A unit disputes a cell of a draft or of a published edition."""

    __tablename__ = "appeal"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    appeal_id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    case_no: Mapped[str]
    """Printed case number, for example KN-2026-0007."""
    publication_id: Mapped[int]
    edition_no: Mapped[int | None]
    """None: the draft."""
    unit_id: Mapped[int]
    component: Mapped[str | None]
    """Node of the criteria tree or part of the table; None: the total or rank."""
    argument: Mapped[str]
    evidence_ids: Mapped[list[Any]]
    """Files of the unit in the round that the argument refers to; what comes with the appeal is `appeal_evidence`."""
    person_id: Mapped[int]
    recorded_at: Mapped[dt.datetime]
    draft_no: Mapped[int | None]
    """The draft that is disputed; None: the edition."""
    late_reason: Mapped[str | None]
    """Why it came after the window; only with a granted right."""
    __table_args__ = (UniqueConstraint("tenant_id", "case_no"), Index(None, "tenant_id", "publication_id"))


class AppealEvent(Base):
    """What happened to an appeal, appended: filed, answered, upheld, dismissed, withdrawn, corrected."""

    __tablename__ = "appeal_event"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    appeal_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    person_id: Mapped[int]
    text: Mapped[str]
    edition_no: Mapped[int | None]
    """The errata edition that followed."""
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (
        CheckConstraint(
            _one_of("kind", ("filed", "answered", "upheld", "dismissed", "withdrawn", "corrected")), name="kind"
        ),
    )


class AppealLateRight(Base):
    """An officer lets one unit dispute one table after the window; the newest right holds. Appended."""

    __tablename__ = "appeal_late_right"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    publication_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    right_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    until: Mapped[dt.datetime]
    why: Mapped[str]
    person_id: Mapped[int]
    recorded_at: Mapped[dt.datetime]


class AppealEvidence(Base):
    """A file that came with an appeal; its bytes lie where all evidence lies, encrypted, once per content."""

    __tablename__ = "appeal_evidence"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    evidence_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    appeal_id: Mapped[int]
    file_name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInt)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    """Of the plain content; refers to `evidence_content` of the same tenant."""
    person_id: Mapped[int]
    recorded_at: Mapped[dt.datetime]
    retain_until: Mapped[dt.date]
    __table_args__ = (Index(None, "tenant_id", "appeal_id"),)


class WebhookEndpoint(Base):
    """Where somebody wants changes sent; secrets sealed, two at most while one rotates out."""

    __tablename__ = "webhook_endpoint"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    endpoint_id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    url: Mapped[str]
    kinds: Mapped[list[Any]]
    realm: Mapped[str]
    from_change_no: Mapped[int] = mapped_column(BigInt)
    """Deliveries begin after this change."""
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    old_secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_secret_until: Mapped[dt.datetime | None]
    person_id: Mapped[int]
    recorded_at: Mapped[dt.datetime]
    disabled_at: Mapped[dt.datetime | None]
    __table_args__ = (CheckConstraint(REALM_CHECK, name="realm"),)


class WebhookReplay(Base):
    """A request to deliver again: every change from a number on, only the dead ones, or a message that tests the endpoint.

    But for a test it also restarts an endpoint that had answered 410.
    """

    __tablename__ = "webhook_replay"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    endpoint_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    replay_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    from_change_no: Mapped[int] = mapped_column(BigInt)
    """First change that is meant; 0 for a test."""
    person_id: Mapped[int]
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (CheckConstraint(_one_of("kind", ("from", "dead", "test")), name="kind"),)
