"""Tables that survey-ingest writes: senders and credentials, responses and their changes, quarantine, the delta queue.

Every table that grows with use starts its primary key with `tenant_id` (the authority that owns the row; 0 = the
nation), so that the schema can be distributed by tenant without a rewrite.
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from parindex.db.base import REALM_CHECK, Base, BigInt


class Tenant(Base):
    """An authority that owns rows, fixed for life: a province as it stood when it joined, or 0, the nation."""

    __tablename__ = "tenant"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    unit_id: Mapped[int]
    name: Mapped[str]
    joined_on: Mapped[dt.date]


class Principal(Base):
    """Whoever acts: a person (name and work address only) or a system. Events record principal and credential."""

    __tablename__ = "principal"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    principal_id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    work_address: Mapped[str | None]
    created_at: Mapped[dt.datetime]
    __table_args__ = (CheckConstraint("kind IN ('person', 'system')", name="kind"),)


class SendingSystem(Base):
    """One-stop software of one tenant in one realm; the namespace of its `response_id`s."""

    __tablename__ = "sending_system"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    system_id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    principal_id: Mapped[int]
    name: Mapped[str]
    realm: Mapped[str]
    scope_unit_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    """Roots of the subtrees of units that the system may speak for."""
    personal_data: Mapped[str] = mapped_column(server_default="refuse")
    """What happens to an item with a personal-data field: `refuse` it, or `strip` the field with a warning."""
    respondent_kinds: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """The vendor's own codes for respondent_kind -> ours."""
    dossier_codes: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """The vendor's own codes in dossiers -> the portal's: {"TrangThaiHoSo": {"12": "4"}, "LoaiDoiTuong": ..., "KenhThucHien": ...}."""
    items_per_minute: Mapped[int] = mapped_column(server_default="600000")
    requests_per_minute: Mapped[int] = mapped_column(server_default="60000")
    created_at: Mapped[dt.datetime]
    __table_args__ = (
        CheckConstraint(REALM_CHECK, name="realm"),
        CheckConstraint("personal_data IN ('refuse', 'strip')", name="personal_data"),
        UniqueConstraint("tenant_id", "realm", "name"),
    )


class Credential(Base):
    """A client id and the hash of its secret. Rows change only by `revoked_at` and `expires_at`."""

    __tablename__ = "credential"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    credential_id: Mapped[str] = mapped_column(primary_key=True)
    """Public client id, `c<tenant>-<random>`: the tenant is readable so that a look-up knows its shard."""
    principal_id: Mapped[int]
    system_id: Mapped[int | None]
    """None for a person (an auditor)."""
    realm: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Of `ingest`, `backfill`, `audit`."""
    scope_unit_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    """Auditor: the subtrees that may be read. Sender: same as the system's."""
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]
    __table_args__ = (CheckConstraint(REALM_CHECK, name="realm"),)


class CredentialEvent(Base):
    """What happened to a credential, appended: created, rotated, revoked; by whom and why."""

    __tablename__ = "credential_event"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    credential_id: Mapped[str]
    principal_id: Mapped[int]
    kind: Mapped[str]
    detail: Mapped[dict[str, Any]]
    recorded_at: Mapped[dt.datetime]


class AccessToken(Base):
    """A short-lived opaque bearer token, stored as SHA-256. Text form: `t<tenant>.<random>`."""

    __tablename__ = "access_token"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    credential_id: Mapped[str]
    issued_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]


class InstrumentVersion(Base):
    """A published questionnaire version (reference table). `document` never changes once published."""

    __tablename__ = "instrument_version"
    instrument_version_id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    instrument: Mapped[str]
    version: Mapped[str]
    valid: Mapped[Range[dt.date]] = mapped_column(DATERANGE)
    design: Mapped[str]
    """`self_selected` (kiosk, QR) or `probability` (SIPAS waves); the two never mix."""
    document: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    revision: Mapped[int] = mapped_column(BigInt)
    published_at: Mapped[dt.datetime]
    __table_args__ = (
        UniqueConstraint("instrument", "version"),
        CheckConstraint("design IN ('self_selected', 'probability')", name="design"),
    )


class Receipt(Base):
    """One request that got verdicts: its item count and six verdict counts. The balance is the sum of these rows."""

    __tablename__ = "receipt"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    receipt_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    system_id: Mapped[int]
    realm: Mapped[str]
    credential_id: Mapped[str]
    received_at: Mapped[dt.datetime]
    local_day: Mapped[dt.date]
    """Day of `received_at` in Asia/Ho_Chi_Minh."""
    items: Mapped[int]
    accepted: Mapped[int]
    duplicate: Mapped[int]
    repeat: Mapped[int]
    quarantined: Mapped[int]
    conflict: Mapped[int]
    refused: Mapped[int]
    __table_args__ = (
        CheckConstraint(
            "items = accepted + duplicate + repeat + quarantined + conflict + refused", name="verdicts_sum"
        ),
        Index(None, "tenant_id", "system_id", "local_day"),
    )


class Response(Base):
    """One citizen's answered questionnaire: a fact, appended once, never changed, without personal data.

    A response counts once for each row here plus the sum of `response_change.delta` of its id (0 or 1 at any moment).
    """

    __tablename__ = "response"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    system_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    response_id: Mapped[str] = mapped_column(primary_key=True)
    realm: Mapped[str]
    receipt_id: Mapped[uuid.UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    """Place in the request that brought it, 0-based: the order sent."""
    received_at: Mapped[dt.datetime]
    recorded_at: Mapped[dt.datetime]
    """When it became a counted fact: `received_at`, or the release from quarantine."""
    answered_at: Mapped[dt.datetime]
    local_day: Mapped[dt.date]
    """Day of `answered_at` in Asia/Ho_Chi_Minh: decides the period."""
    unit_id: Mapped[int]
    instrument_version_id: Mapped[int]
    stage: Mapped[str]
    collected_via: Mapped[str]
    mode: Mapped[str]
    service_channel: Mapped[str]
    """direct / online / postal, or '' when not given."""
    respondent_kind: Mapped[str]
    answers: Mapped[list[int | None]] = mapped_column(ARRAY(SmallInteger))
    """One element per answer column of the instrument version: value >= 0; NULL not answered; -1 dont_know;
    -2 not_applicable; <= -100: filled by software, -100 - value, never counted."""
    weight: Mapped[Decimal | None] = mapped_column(Numeric)
    sample: Mapped[dict[str, Any] | None]
    """Round, stratum, cluster of a probability sample."""
    dossier_code: Mapped[str | None]
    slot_key: Mapped[str | None]
    """Which rating this is: see `slot`. None without a dossier."""
    procedure_code: Mapped[str | None]
    procedure_base: Mapped[str]
    field_code: Mapped[str | None]
    field_base: Mapped[str]
    replaces: Mapped[str | None]
    sent_at: Mapped[dt.datetime | None]
    device: Mapped[dict[str, Any] | None]
    """device_id, device_seq, counter_id, staff_ref, privacy_notice as sent, and overall_as_given of 3-level kiosks."""
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    digest_version: Mapped[int] = mapped_column(SmallInteger)
    __table_args__ = (
        CheckConstraint(REALM_CHECK, name="realm"),
        Index(None, "tenant_id", "unit_id", "local_day"),
    )


class ResponseText(Base):
    """Masked free text and comments, apart from the answers; partitioned by month of receipt, dropped after 24 months."""

    __tablename__ = "response_text"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    system_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    response_id: Mapped[str] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)
    """Item code, or '' for the comment."""
    received_at: Mapped[dt.datetime] = mapped_column(primary_key=True)
    realm: Mapped[str]
    body: Mapped[str]
    __table_args__ = ({"postgresql_partition_by": "RANGE (received_at)"},)


class ResponseChange(Base):
    """What later changed whether a response counts, appended: repeat (-1, at receipt), withdrawn, replaced (-1 or 0), promoted (+1)."""

    __tablename__ = "response_change"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    change_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    system_id: Mapped[int]
    response_id: Mapped[str]
    realm: Mapped[str]
    kind: Mapped[str]
    delta: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str | None]
    """withdrawn: test, entered_in_error, citizen_request."""
    slot_key: Mapped[str | None]
    other_system_id: Mapped[int | None]
    other_response_id: Mapped[str | None]
    """The other response of the story: the one that counted instead, that replaced this, or whose withdrawal promoted this."""
    received_at: Mapped[dt.datetime]
    """Receipt of the response itself: the order in which repeats move up."""
    position: Mapped[int] = mapped_column(SmallInteger)
    recorded_at: Mapped[dt.datetime]
    credential_id: Mapped[str]
    principal_id: Mapped[int]
    __table_args__ = (
        CheckConstraint("kind IN ('repeat', 'withdrawn', 'replaced', 'promoted')", name="kind"),
        CheckConstraint("delta IN (-1, 0, 1)", name="delta"),
        Index(None, "tenant_id", "system_id", "response_id"),
        Index(
            "uq_response_change_one_end",
            "tenant_id",
            "system_id",
            "response_id",
            unique=True,
            postgresql_where=text("kind IN ('withdrawn', 'replaced')"),
        ),
        Index(
            "ix_response_change_waiting",
            "tenant_id",
            "realm",
            "slot_key",
            "received_at",
            "position",
            postgresql_where=text("kind = 'repeat'"),
        ),
    )


class Slot(Base):
    """Who counts in a rating slot (tenant, realm, dossier, instrument, stage). A pointer, derivable from the facts.

    `slot_key` is `<instrument>/<stage>/<unit id or 0>/<dossier code>`; the unit enters only for an off-pattern dossier code.
    """

    __tablename__ = "slot"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    realm: Mapped[str] = mapped_column(primary_key=True)
    slot_key: Mapped[str] = mapped_column(primary_key=True)
    system_id: Mapped[int]
    response_id: Mapped[str]
    tombstone: Mapped[bool] = mapped_column(server_default=text("false"))
    """The holder was withdrawn at the citizen's request: nothing else counts here."""


class ResponseDelta(Base):
    """Queue: counts that a committed change adds to the rollups. INSERT for ingest, DELETE for the worker, nothing else.

    One row per transaction and group of equal keys. The arrays run in parallel: procedure base code ('' for none), answer column (0 = the response
    itself), answer code (value, -1 dont_know, -2 not_applicable, -3 not_answered, -4 automatic), n, w = sum of weights,
    w2 = sum of squared weights.
    """

    __tablename__ = "response_delta"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    delta_id: Mapped[int] = mapped_column(BigInt, Identity(), primary_key=True)
    realm: Mapped[str]
    unit_id: Mapped[int]
    instrument_version_id: Mapped[int]
    local_day: Mapped[dt.date]
    service_channel: Mapped[str]
    collected_via: Mapped[str]
    mode: Mapped[str]
    stage: Mapped[str]
    respondent_kind: Mapped[str]
    field_base: Mapped[str]
    recorded_at: Mapped[dt.datetime]
    procedures: Mapped[list[str]] = mapped_column(ARRAY(Text))
    items: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    codes: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    n: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    w: Mapped[list[Decimal]] = mapped_column(ARRAY(Numeric))
    w2: Mapped[list[Decimal]] = mapped_column(ARRAY(Numeric))


class Refusal(Base):
    """A refused item: system, time, item id (if it passed the privacy check), field names and finding codes; no content."""

    __tablename__ = "refusal"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    receipt_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    system_id: Mapped[int]
    received_at: Mapped[dt.datetime]
    response_id: Mapped[str | None]
    fields: Mapped[list[str]] = mapped_column(ARRAY(Text))
    codes: Mapped[list[str]] = mapped_column(ARRAY(Text))


class Quarantine(Base):
    """An item kept until the catalogue knows its unit or questionnaire: as re-encoded after stripping and masking."""

    __tablename__ = "quarantine"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    system_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    response_id: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, ... : other content under the same id supersedes the one before."""
    realm: Mapped[str]
    credential_id: Mapped[str]
    receipt_id: Mapped[uuid.UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    received_at: Mapped[dt.datetime]
    reason: Mapped[str]
    """unit_unknown, unit_ambiguous, instrument_unknown or instrument_version_unknown."""
    detail: Mapped[dict[str, Any]]
    body: Mapped[dict[str, Any]]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    digest_version: Mapped[int] = mapped_column(SmallInteger)


class QuarantineOutcome(Base):
    """How a quarantined item ended, appended: released, repeat, superseded, rejected_later or withdrawn. No row: still open."""

    __tablename__ = "quarantine_outcome"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    system_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    response_id: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    outcome: Mapped[str]
    findings: Mapped[list[Any]]
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (
        CheckConstraint(
            "outcome IN ('released', 'repeat', 'superseded', 'rejected_later', 'withdrawn')", name="outcome"
        ),
    )


class BatchAnswer(Base):
    """The stored answer of a named batch (`Idempotency-Key`), kept 30 days and given again for the same body."""

    __tablename__ = "batch_answer"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    system_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    idempotency_key: Mapped[str] = mapped_column(primary_key=True)
    body_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    receipt_id: Mapped[uuid.UUID]
    status: Mapped[int] = mapped_column(SmallInteger)
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[dt.datetime]
    __table_args__ = (Index(None, "created_at"),)


class Exposure(Base):
    """People offered and asked, per unit, channel and local day, so that a response rate exists. The highest revision holds."""

    __tablename__ = "exposure"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    system_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    collected_via: Mapped[str] = mapped_column(primary_key=True)
    local_day: Mapped[dt.date] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    realm: Mapped[str]
    offered: Mapped[int]
    asked: Mapped[int]
    credential_id: Mapped[str]
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (
        CheckConstraint("offered >= 0 AND asked >= 0 AND asked <= offered", name="asked_of_offered"),
        Index(None, "tenant_id", "unit_id", "local_day"),
    )


class DeviceState(Base):
    """The last sequence number and answer time seen of a device: a cache that finds gaps and clock jumps."""

    __tablename__ = "device_state"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    system_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    device_id: Mapped[str] = mapped_column(primary_key=True)
    last_seq: Mapped[int] = mapped_column(BigInt)
    last_answered_at: Mapped[dt.datetime]


class QualityFinding(Base):
    """A data-quality finding about what was received (gap in a device's numbers, clock jump), appended."""

    __tablename__ = "quality_finding"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    finding_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    system_id: Mapped[int]
    realm: Mapped[str]
    code: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]
    recorded_at: Mapped[dt.datetime]
