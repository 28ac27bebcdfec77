"""Tables of the connection with the National Public Service Portal: what was pulled, what goes out, who must look.

Only ranking-worker writes them. Times are UTC; bodies that leave hold no personal data (`ranking_worker.portal.guard`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, Numeric, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from parindex.db.base import REALM_CHECK, Base, BigInt


class PortalSnapshot(Base):
    """An answer of the portal as it came: immutable, with its digest and the moment it was observed."""

    __tablename__ = "portal_snapshot"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    snapshot_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    profile: Mapped[str]
    operation: Mapped[str]
    """What was asked: `agencies`, `sectors`, `procedures`, `procedure`, `766/<endpoint>`."""
    request: Mapped[dict[str, Any]]
    """Without credentials."""
    status: Mapped[int] = mapped_column(SmallInteger)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """gzip of the bytes received."""
    sha256: Mapped[str]
    """Of the bytes received."""
    observed_at: Mapped[dt.datetime]
    good: Mapped[bool]
    """It was what was expected and was normalised; else `findings` say why not, and the last good one goes on holding."""
    findings: Mapped[list[Any]]
    __table_args__ = (Index(None, "tenant_id", "profile", "operation", "observed_at"),)


class PortalMetric(Base):
    """One metric of one agency in one period as the portal showed it at one moment; null stays null."""

    __tablename__ = "portal_metric"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    snapshot_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    department_id: Mapped[str] = mapped_column(primary_key=True)
    metric: Mapped[str] = mapped_column(primary_key=True)
    """The portal's code (`DOSSIER_SYNC`), `PROGRESS_ON_TIME` and the like for tree rows, or `TOTAL.<endpoint>`."""
    realm: Mapped[str]
    unit_id: Mapped[int | None]
    """None: the register does not know the agency."""
    printed_code: Mapped[str | None]
    printed_name: Mapped[str]
    period: Mapped[str]
    observed_at: Mapped[dt.datetime]
    numerator: Mapped[Decimal | None] = mapped_column(Numeric)
    denominator: Mapped[Decimal | None] = mapped_column(Numeric)
    ratio: Mapped[Decimal | None] = mapped_column(Numeric)
    score: Mapped[Decimal | None] = mapped_column(Numeric)
    max_score: Mapped[Decimal | None] = mapped_column(Numeric)
    quality: Mapped[str | None]
    """dataQualityStatus."""
    further: Mapped[dict[str, Any]]
    """Fields of the row that we do not know, kept."""
    __table_args__ = (
        CheckConstraint(REALM_CHECK, name="realm"),
        Index(None, "unit_id", "period", "metric", "observed_at"),
    )


class PortalCatalogueChange(Base):
    """An entry of a catalogue that was opened, changed or closed between two good pulls, and what became of it."""

    __tablename__ = "portal_catalogue_change"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    change_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    catalogue: Mapped[str]
    code: Mapped[str]
    kind: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    snapshot_id: Mapped[uuid.UUID]
    applied: Mapped[str]
    """`register`: done at once; `person`: somebody must decide (a closed code without a successor); `none`: nothing to do."""
    revision: Mapped[int | None] = mapped_column(BigInt)
    """Register load that carried it."""
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (
        CheckConstraint("catalogue IN ('agency', 'sector', 'procedure')", name="catalogue"),
        CheckConstraint("kind IN ('opened', 'changed', 'closed')", name="kind"),
        CheckConstraint("applied IN ('register', 'person', 'none')", name="applied"),
    )


class PortalEntry(Base):
    """Cache: the catalogues as of the last good pull, entry by entry; what the next pull is compared with."""

    __tablename__ = "portal_entry"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    catalogue: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    document: Mapped[dict[str, Any]]
    snapshot_id: Mapped[uuid.UUID]


class PortalState(Base):
    """Where a profile stands: circuit breaker, next pulls, last call (for the gap between calls). One row a profile and subject."""

    __tablename__ = "portal_state"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    profile: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    """`breaker`, `throttle`, or the name of a pull."""
    document: Mapped[dict[str, Any]]
    updated_at: Mapped[dt.datetime]


class Outbox(Base):
    """Something that must reach the portal, in exactly one state. Key: kind, subject and version of its content."""

    __tablename__ = "outbox"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(primary_key=True)
    """votes (monthly aggregates of an organisation), rating (one response)."""
    subject: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    realm: Mapped[str]
    profile: Mapped[str]
    body: Mapped[dict[str, Any]]
    """Neutral content; the profile's mapper renders it when it is sent."""
    body_sha256: Mapped[str]
    state: Mapped[str]
    """waiting (CHO), sending (DANG_GUI), received (DA_NHAN), known (DA_CO), retry (LOI_TAM), rejected (LOI_DU_LIEU), paused (TAM_DUNG),
    asking (outcome unknown: TRA_CUU before anything is sent again), dead (24 hours of retries), superseded (a newer version goes)."""
    attempts: Mapped[int]
    next_at: Mapped[dt.datetime | None]
    first_at: Mapped[dt.datetime | None]
    last_error: Mapped[str | None]
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]
    __table_args__ = (
        CheckConstraint(REALM_CHECK, name="realm"),
        CheckConstraint("kind IN ('votes', 'rating')", name="kind"),
        CheckConstraint(
            "state IN ('waiting', 'sending', 'received', 'known', 'retry', 'rejected', 'paused', 'asking', 'dead', 'superseded')",
            name="state",
        ),
        Index(None, "state", "next_at"),
    )


class OutboxAttempt(Base):
    """One call for one item of the outbox: digests, what came back in a word, the answer with secrets masked for 30 days."""

    __tablename__ = "outbox_attempt"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    attempt_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    version: Mapped[int]
    purpose: Mapped[str]
    """send, or ask (did the last one arrive?)."""
    request_sha256: Mapped[str]
    answer_sha256: Mapped[str | None]
    status: Mapped[int | None] = mapped_column(SmallInteger)
    outcome: Mapped[str]
    """received, known, absent, rejected, retry, unknown, session, refused_by_guard."""
    detail: Mapped[str]
    at: Mapped[dt.datetime]
    seconds: Mapped[Decimal] = mapped_column(Numeric)
    __table_args__ = (
        CheckConstraint("purpose IN ('send', 'ask')", name="purpose"),
        Index(None, "tenant_id", "kind", "subject", "version", "at"),
        Index(None, "at"),
    )


class OutboxAnswer(Base):
    """The raw answer of an attempt, secrets masked; deleted after 30 days."""

    __tablename__ = "outbox_answer"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    attempt_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[dt.datetime]
    __table_args__ = (Index(None, "at"),)


class PortalAttention(Base):
    """Something a person must look at: appended; closed by a later row of the same subject with `closes`."""

    __tablename__ = "portal_attention"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    attention_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    profile: Mapped[str]
    subject: Mapped[str]
    code: Mapped[str]
    """dead_letter, rejected, schema_surprise, truncated, breaker_open, code_closed_without_successor, books_differ, guard, ..."""
    sentence_vi: Mapped[str]
    sentence_en: Mapped[str]
    what_to_do_vi: Mapped[str]
    detail: Mapped[dict[str, Any]]
    closes: Mapped[bool]
    """True: what was open under the subject is settled."""
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (Index(None, "tenant_id", "subject", "recorded_at"),)


class PortalReconciliation(Base):
    """A day's books: what we count as delivered for an agency and day, and what the portal says it has."""

    __tablename__ = "portal_reconciliation"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    profile: Mapped[str] = mapped_column(primary_key=True)
    local_day: Mapped[dt.date] = mapped_column(primary_key=True)
    agency: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ours: Mapped[int]
    theirs: Mapped[int | None]
    """None: the portal cannot be asked."""
    detail: Mapped[dict[str, Any]]
    recorded_at: Mapped[dt.datetime]
