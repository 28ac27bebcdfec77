"""Tables that ranking-worker writes: the registers of units and procedures, imported figures, counts, results, league tables.

Units, their names, codes, parents, blocks and lineage and the procedures are reference tables (no tenant). Everything
else starts its primary key with `tenant_id`; tables of a scope belong to the scope's own authority (0 = the nation).
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
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from parindex.db.base import REALM_CHECK, Base, BigInt


class Unit(Base):
    """An administrative unit under our own stable id. Codes, names and parents have dates and stand in tables of their own."""

    __tablename__ = "unit"
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0 = the nation; shipped units have frozen ids; imported ones start at 1,000,000."""
    kind: Mapped[str]
    realm: Mapped[str]
    """`production`: a real unit, usable in every realm. `synthetic` or `sandbox`: invented, usable in that realm only."""
    valid: Mapped[Range[dt.date]] = mapped_column(DATERANGE)
    """First day to the day after the last; unbounded below where the founding day is not in the register."""
    provenance: Mapped[str]
    source: Mapped[str]
    revision: Mapped[int] = mapped_column(BigInt)
    """Number of the register load that last changed the unit or any of its dated rows; assigned in commit order."""
    __table_args__ = (
        CheckConstraint("kind IN ('nation', 'province', 'district', 'commune', 'department', 'office')", name="kind"),
        CheckConstraint(REALM_CHECK, name="realm"),
        Index(None, "revision", "unit_id"),
    )


class UnitName(Base):
    """What a unit was called when. Tone placement (hòa/hoà) is spelling, not a name change."""

    __tablename__ = "unit_name"
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    valid: Mapped[Range[dt.date]] = mapped_column(DATERANGE, primary_key=True)
    name: Mapped[str]
    """Full name, NFC, for example `Thành phố Huế` or `Sở Nội vụ`."""
    unit_type: Mapped[str]
    """Vietnamese type word: Tỉnh, Thành phố, Quận, Huyện, Xã, Phường, Thị trấn, Đặc khu, Sở, Ban, ..."""
    search_name: Mapped[str]
    """Lower case without diacritics, đ -> d."""
    source: Mapped[str]
    __table_args__ = (
        ExcludeConstraint(("unit_id", "="), ("valid", "&&"), name="ex_unit_name_one_at_a_time", using="gist"),
    )


class UnitCode(Base):
    """A code means (scheme, code, date): GSO 15 was Yên Bái and is Lào Cai."""

    __tablename__ = "unit_code"
    scheme: Mapped[str] = mapped_column(primary_key=True)
    """gso (2 digits province, 3 district, 5 commune), h_code (new form, `H44.07`), dvcqg_id (portal id)."""
    code: Mapped[str] = mapped_column(primary_key=True)
    valid: Mapped[Range[dt.date]] = mapped_column(DATERANGE, primary_key=True)
    unit_id: Mapped[int]
    evidence: Mapped[str]
    source: Mapped[str]
    __table_args__ = (
        ExcludeConstraint(
            ("scheme", "="), ("code", "="), ("valid", "&&"), name="ex_unit_code_one_meaning_at_a_time", using="gist"
        ),
        Index(None, "unit_id"),
    )


class UnitParent(Base):
    """Under whom a unit stood when."""

    __tablename__ = "unit_parent"
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    valid: Mapped[Range[dt.date]] = mapped_column(DATERANGE, primary_key=True)
    parent_id: Mapped[int]
    source: Mapped[str]
    __table_args__ = (
        ExcludeConstraint(("unit_id", "="), ("valid", "&&"), name="ex_unit_parent_one_at_a_time", using="gist"),
        Index(None, "parent_id"),
    )


class UnitBlock(Base):
    """Membership of a block (khối) that is ranked apart; dated, and per framework (`*` = every framework)."""

    __tablename__ = "unit_block"
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    framework: Mapped[str] = mapped_column(primary_key=True)
    valid: Mapped[Range[dt.date]] = mapped_column(DATERANGE, primary_key=True)
    block: Mapped[str]
    """province, department, district, commune."""
    __table_args__ = (
        ExcludeConstraint(
            ("unit_id", "="), ("framework", "="), ("valid", "&&"), name="ex_unit_block_one_at_a_time", using="gist"
        ),
    )


class UnitLineage(Base):
    """`predecessor` went into `successor` on a day: wholly (full) or in part (partial, share unknown)."""

    __tablename__ = "unit_lineage"
    predecessor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    successor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    extent: Mapped[str]
    effective: Mapped[dt.date]
    legal_basis: Mapped[str]
    source: Mapped[str]
    __table_args__ = (CheckConstraint("extent IN ('full', 'partial')", name="extent"), Index(None, "successor_id"))


class Procedure(Base):
    """An administrative procedure (TTHC) of the catalogue, by its national base code such as `1.000894`."""

    __tablename__ = "procedure"
    base_code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    field_code: Mapped[str]
    valid: Mapped[Range[dt.date]] = mapped_column(DATERANGE)
    source: Mapped[str]
    revision: Mapped[int] = mapped_column(BigInt)


class RegisterLoad(Base):
    """One load that changed a register: what changed, from which file. `revision` is the public catalogue cursor."""

    __tablename__ = "register_load"
    revision: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    register: Mapped[str]
    sha256: Mapped[str]
    summary: Mapped[dict[str, Any]]
    recorded_at: Mapped[dt.datetime]


class ImportedTable(Base):
    """A league table as a publisher printed it, as observed at one moment; never overwritten."""

    __tablename__ = "imported_table"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    imported_table_id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    realm: Mapped[str]
    framework: Mapped[str]
    scope_unit_id: Mapped[int]
    block: Mapped[str]
    period: Mapped[str]
    """Period code: 2025-10, 2025-Q4, 2025-H2, 2025."""
    to_date: Mapped[bool]
    """The period was open when observed (year to date, month to date)."""
    observed_at: Mapped[dt.datetime]
    source: Mapped[str]
    sha256: Mapped[str]
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (
        UniqueConstraint("tenant_id", "realm", "framework", "scope_unit_id", "block", "period", "observed_at"),
    )


class ImportedRow(Base):
    """One unit's printed figures in an imported table: points as published, digit for digit."""

    __tablename__ = "imported_row"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    imported_table_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    printed_code: Mapped[str]
    printed_name: Mapped[str]
    printed_rank: Mapped[int | None]
    total: Mapped[Decimal | None] = mapped_column(Numeric)
    parts: Mapped[dict[str, Any]]
    """Group code -> points as a string with its published digits, or null."""


class PublishedFigure(Base):
    """One figure as a publisher printed it, or as it follows from printed ones, with its source; never overwritten.

    For indices of which no whole table was published as text. Publishers that contradict each other are rows of their own.
    """

    __tablename__ = "published_figure"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    published_figure_id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    realm: Mapped[str]
    framework: Mapped[str]
    """Code of a framework, or `par-internal`: what a province publishes about its own units."""
    block: Mapped[str]
    period: Mapped[str]
    scope_unit_id: Mapped[int]
    unit_id: Mapped[int | None]
    """None where the register has no such unit (ministries, most departments): then only the printed name."""
    printed_name: Mapped[str]
    measure: Mapped[str]
    """`index` (percent), `points`, a field or view of the framework, `mean`, or a count."""
    value: Mapped[Decimal | None] = mapped_column(Numeric)
    maximum: Mapped[Decimal | None] = mapped_column(Numeric)
    printed_rank: Mapped[str | None]
    """As printed: `34`, `21/63`, `last`."""
    printed_grade: Mapped[str | None]
    evidence: Mapped[str]
    note: Mapped[str]
    source_match: Mapped[str]
    """`exact`: the page is recorded for this very figure; `probable`: it is the likely one of that year's pages."""
    source: Mapped[str]
    observed_at: Mapped[dt.datetime]
    """When the page was dated, else when it was read."""
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (
        CheckConstraint(REALM_CHECK, name="realm"),
        CheckConstraint("evidence IN ('published', 'derived', 'rank_only', 'missing')", name="evidence"),
        CheckConstraint("(value IS NULL) = (evidence IN ('rank_only', 'missing'))", name="value"),
        CheckConstraint("source_match IN ('exact', 'probable')", name="source_match"),
        UniqueConstraint(
            "tenant_id",
            "realm",
            "framework",
            "period",
            "block",
            "scope_unit_id",
            "printed_name",
            "measure",
            "source",
            "observed_at",
            name="uq_published_figure_observation",
        ),
    )


class Rollup(Base):
    """Cache: counts per unit, day, answer and circumstances. rollup + unmerged deltas = a recount of the counted responses."""

    __tablename__ = "rollup"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    realm: Mapped[str] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    instrument_version_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    local_day: Mapped[dt.date] = mapped_column(primary_key=True)
    item: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    """Answer column of the instrument version, 1-based; 0 counts the responses themselves (code 0)."""
    code: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    """Answer value >= 0, -1 dont_know, -2 not_applicable, -3 not_answered, -4 automatic."""
    service_channel: Mapped[str] = mapped_column(primary_key=True)
    collected_via: Mapped[str] = mapped_column(primary_key=True)
    mode: Mapped[str] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    respondent_kind: Mapped[str] = mapped_column(primary_key=True)
    field_base: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(BigInt)
    w: Mapped[Decimal] = mapped_column(Numeric)
    w2: Mapped[Decimal] = mapped_column(Numeric)


class PurgedCount(Base):
    """What deleted responses counted for: with the responses that are kept, a recount of everything that was ever counted."""

    __tablename__ = "purged_count"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    realm: Mapped[str] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    instrument_version_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    local_day: Mapped[dt.date] = mapped_column(primary_key=True)
    item: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    code: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    service_channel: Mapped[str] = mapped_column(primary_key=True)
    collected_via: Mapped[str] = mapped_column(primary_key=True)
    mode: Mapped[str] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    respondent_kind: Mapped[str] = mapped_column(primary_key=True)
    field_base: Mapped[str] = mapped_column(primary_key=True)
    procedure_base: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(BigInt)
    w: Mapped[Decimal] = mapped_column(Numeric)
    w2: Mapped[Decimal] = mapped_column(Numeric)


class ResponsePurge(Base):
    """Record: one batch of responses was deleted because their retention was over."""

    __tablename__ = "response_purge"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    purge_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    """One run of the operator's command."""
    batch_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    realm: Mapped[str]
    received_before: Mapped[dt.datetime]
    responses: Mapped[int]
    recorded_at: Mapped[dt.datetime]


class RollupProcedure(Base):
    """Cache: the coarser rollup by procedure and month."""

    __tablename__ = "rollup_procedure"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    realm: Mapped[str] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    instrument_version_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    procedure_base: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    item: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    code: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(BigInt)
    w: Mapped[Decimal] = mapped_column(Numeric)
    w2: Mapped[Decimal] = mapped_column(Numeric)


class Tally(Base):
    """Cache: monthly counts of a unit's whole subtree, itself and everyone under it on the day.

    A table costs the same whatever lies behind it. Written in the same transaction as `rollup`.
    """

    __tablename__ = "tally"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    realm: Mapped[str] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    instrument_version_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    item: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    code: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(BigInt)
    w: Mapped[Decimal] = mapped_column(Numeric)
    w2: Mapped[Decimal] = mapped_column(Numeric)
    __table_args__ = (Index(None, "unit_id", "realm", "instrument_version_id", "month"),)


class Due(Base):
    """Queue: units and months whose results are older than their counts. Written with the merge, deleted by the recompute."""

    __tablename__ = "due"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    due_id: Mapped[int] = mapped_column(BigInt, Identity(), primary_key=True)
    realm: Mapped[str]
    instrument_version_id: Mapped[int]
    unit_id: Mapped[int]
    month: Mapped[dt.date]


class UnitResult(Base):
    """Cache: satisfaction of one unit's subtree in one period, with its counts; `frozen` rows are facts, written once."""

    __tablename__ = "unit_result"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    realm: Mapped[str] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    instrument_version_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    period: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    """`current` (open, or restated once the period is closed) or `frozen`."""
    as_of: Mapped[dt.datetime]
    document: Mapped[dict[str, Any]]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    __table_args__ = (
        CheckConstraint("state IN ('current', 'frozen')", name="state"),
        CheckConstraint(REALM_CHECK, name="realm"),
        Index(None, "unit_id", "realm", "instrument_version_id", "period"),
    )


class LeagueTable(Base):
    """Cache: one whole league table of a block, period and questionnaire, replaced in one write; `frozen` rows are written once."""

    __tablename__ = "league_table"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    realm: Mapped[str] = mapped_column(primary_key=True)
    scope_unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    block: Mapped[str] = mapped_column(primary_key=True)
    instrument_version_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    period: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[dt.datetime]
    policy: Mapped[str]
    """Ranking policy and version that was applied, for example `satisfaction@2026-1`."""
    document: Mapped[dict[str, Any]]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    __table_args__ = (
        CheckConstraint("state IN ('current', 'frozen')", name="state"),
        CheckConstraint(REALM_CHECK, name="realm"),
    )


class PeriodClosing(Base):
    """A period was closed for a realm: its frozen results rest on the facts recorded before `closes_at`."""

    __tablename__ = "period_closing"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    realm: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    closes_at: Mapped[dt.datetime]
    recorded_at: Mapped[dt.datetime]
    results: Mapped[int]


class WorkerState(Base):
    """One row per realm: when the last merge ended; what readers print as `as_of`."""

    __tablename__ = "worker_state"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    realm: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[dt.datetime]
    merges: Mapped[int] = mapped_column(BigInt)


class Reconciliation(Base):
    """A recount of everything from the responses, compared with the rollups; a mismatch raises an alarm."""

    __tablename__ = "reconciliation"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reconciliation_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    realm: Mapped[str]
    cells: Mapped[int] = mapped_column(Integer)
    responses: Mapped[int] = mapped_column(BigInt)
    mismatches: Mapped[int] = mapped_column(Integer)
    detail: Mapped[list[Any]]
    recorded_at: Mapped[dt.datetime]


class IndexResult(Base):
    """A unit's explained score in a round for exactly one set of inputs; the same inputs are never computed twice."""

    __tablename__ = "index_result"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    round_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    input_sha256: Mapped[str] = mapped_column(primary_key=True)
    """Of the final inputs; with the framework's digest and the engine version it decides every figure."""
    engine_version: Mapped[str] = mapped_column(primary_key=True)
    framework_sha256: Mapped[str]
    document: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    recorded_at: Mapped[dt.datetime]


class IndexRun(Base):
    """A computation of a whole round: its table, and what it was computed from. Provisional until the round is closed."""

    __tablename__ = "index_run"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    round_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Last event of the round that it saw."""
    engine_version: Mapped[str] = mapped_column(primary_key=True)
    realm: Mapped[str]
    state: Mapped[str]
    framework_version_id: Mapped[int]
    framework_sha256: Mapped[str]
    input_sha256: Mapped[str]
    """Over the units' input digests."""
    as_of: Mapped[dt.datetime]
    document: Mapped[dict[str, Any]]
    """The table: one row a unit with points, maximum, index, grade, ranks, field figures, what is missing."""
    sha256: Mapped[str]
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (
        CheckConstraint("state IN ('provisional', 'final')", name="state"),
        CheckConstraint(REALM_CHECK, name="realm"),
    )


class EditionDraft(Base):
    """The table that a publication asks for, built and waiting for its reviewer; a new number whenever its source moved."""

    __tablename__ = "edition_draft"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    publication_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    draft_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[str | None]
    """Canonical JSON (RFC 8785) of the body, as it will stand in the edition; None: it cannot be built, `findings` say why."""
    body_sha256: Mapped[str | None]
    """What the reviewer agrees to."""
    inputs: Mapped[str | None]
    """Canonical JSON of everything the body was computed from: it re-derives after raw rows are gone."""
    inputs_sha256: Mapped[str | None]
    findings: Mapped[list[Any]]
    """Why it cannot be built, or what a reviewer should know."""
    built_at: Mapped[dt.datetime]


class Edition(Base):
    """A published league table: canonical, chained, signed. Nobody may change or delete it."""

    __tablename__ = "edition"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    edition_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, ...: its place in the authority's chain."""
    publication_id: Mapped[int]
    realm: Mapped[str]
    index_code: Mapped[str]
    """Framework, questionnaire (`satisfaction.KIOSK3`) or published index (`papi`)."""
    scope_unit_id: Mapped[int]
    block: Mapped[str]
    period: Mapped[str]
    supersedes: Mapped[int | None]
    """Edition number that this one corrects (errata)."""
    document: Mapped[str]
    """Canonical JSON: body, chain, publication. Its bytes are what is hashed and signed."""
    sha256: Mapped[str]
    previous_sha256: Mapped[str | None]
    key_id: Mapped[str]
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    published_at: Mapped[dt.datetime]
    unit_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=text("'{}'::int[]"))
    """The units of its rows: which tables list a unit is asked of an index, not of the documents."""
    __table_args__ = (
        CheckConstraint(REALM_CHECK, name="realm"),
        UniqueConstraint("tenant_id", "publication_id"),
        UniqueConstraint("tenant_id", "previous_sha256"),
        UniqueConstraint("tenant_id", "supersedes"),
        Index(None, "index_code", "scope_unit_id", "block", "period", "realm"),
        Index(None, "unit_ids", postgresql_using="gin"),
    )


class EditionInputs(Base):
    """What an edition was computed from; written with it, never changed."""

    __tablename__ = "edition_inputs"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    edition_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[str]
    sha256: Mapped[str]


class SigningKey(Base):
    """Public halves of the keys that signed editions; the private ones lie outside database and repository."""

    __tablename__ = "signing_key"
    key_id: Mapped[str] = mapped_column(primary_key=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    """Ed25519, 32 bytes."""
    introduced_at: Mapped[dt.datetime]


class ChangeEntry(Base):
    """The public change feed: numbered by one writer in commit order, so that a cursor misses nothing."""

    __tablename__ = "change_entry"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Always 0: the feed is one for the nation."""
    change_no: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    kind: Mapped[str]
    realm: Mapped[str]
    subject: Mapped[dict[str, Any]]
    """What changed, with the address to read it at."""
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (
        CheckConstraint("kind IN ('provisional_table_changed', 'edition_published')", name="kind"),
        CheckConstraint(REALM_CHECK, name="realm"),
    )


class MovedTable(Base):
    """Queue: provisional tables that were replaced and not announced yet. Written with the table, deleted by the feed's writer."""

    __tablename__ = "moved_table"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    moved_id: Mapped[int] = mapped_column(BigInt, Identity(), primary_key=True)
    realm: Mapped[str]
    subject: Mapped[dict[str, Any]]
    """Which table; the change entry's subject is made of it."""


class WebhookDelivery(Base):
    """One change on its way to one endpoint: attempts, next try, and how it ended. `change_no` 0: a test message."""

    __tablename__ = "webhook_delivery"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    endpoint_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    change_no: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    replay_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0: the first delivery; else the replay that asked for it."""
    state: Mapped[str]
    attempts: Mapped[int]
    next_at: Mapped[dt.datetime | None]
    last_status: Mapped[int | None]
    last_error: Mapped[str | None]
    updated_at: Mapped[dt.datetime]
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'delivered', 'dead', 'stopped')", name="state"),
        Index(None, "state", "next_at"),
    )


class WebhookCursor(Base):
    """How far the change feed was turned into deliveries for an endpoint; `stopped_at`: the receiver answered 410."""

    __tablename__ = "webhook_cursor"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    endpoint_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    change_no: Mapped[int] = mapped_column(BigInt)
    replay_no: Mapped[int]
    """Last replay that was turned into deliveries."""
    stopped_at: Mapped[dt.datetime | None]
