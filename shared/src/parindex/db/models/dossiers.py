"""Tables of dossiers (hồ sơ) and petitions: what survey-ingest received, and what ranking-worker counted from it.

A dossier is known to its tenant and realm by `dossier_key`: its code, or, for a code off the national pattern, code and
sending system (`<code>@<system id>`), because such codes are unique in their own software only. No table holds a name,
an identity number, a document's title or a link: survey-ingest strips them before anything is stored.
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, DateTime, Identity, Index, LargeBinary, Numeric, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from parindex.db.base import REALM_CHECK, Base, BigInt


class DossierReceipt(Base):
    """One request that brought dossiers, progress or petition counts: how many records, and what became of them."""

    __tablename__ = "dossier_receipt"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    receipt_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    system_id: Mapped[int]
    realm: Mapped[str]
    credential_id: Mapped[str]
    kind: Mapped[str]
    received_at: Mapped[dt.datetime]
    local_day: Mapped[dt.date]
    records: Mapped[int]
    stored: Mapped[int]
    duplicate: Mapped[int]
    refused: Mapped[int]
    __table_args__ = (
        CheckConstraint(REALM_CHECK, name="realm"),
        CheckConstraint("kind IN ('dossier', 'progress', 'petition')", name="kind"),
        CheckConstraint("records = stored + duplicate + refused", name="records_sum"),
        Index(None, "tenant_id", "system_id", "local_day"),
    )


class DossierVersion(Base):
    """A dossier as it was received at one moment, without personal data: appended, never changed. The newest is the dossier."""

    __tablename__ = "dossier_version"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    realm: Mapped[str] = mapped_column(primary_key=True)
    dossier_key: Mapped[str] = mapped_column(primary_key=True)
    version_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, ... in the order received."""
    system_id: Mapped[int]
    receipt_id: Mapped[uuid.UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    recorded_at: Mapped[dt.datetime]
    dossier_code: Mapped[str]
    unit_id: Mapped[int]
    unit_from: Mapped[str]
    """How the unit was recognised: agency_code, dossier_code, agency_name, envelope, scope (only the system's own root)."""
    procedure_code: Mapped[str | None]
    procedure_base: Mapped[str]
    field_code: Mapped[str | None]
    channel: Mapped[int | None] = mapped_column(SmallInteger)
    """KenhThucHien: 1 direct, 2 online, 3 post; None: not given, which the portal counts as direct."""
    status: Mapped[int | None] = mapped_column(SmallInteger)
    """TrangThaiHoSo 1..10 after the system's mapping; None: a code without a mapping (`status_raw`)."""
    status_raw: Mapped[str]
    applicant: Mapped[str]
    """citizen, business, state_agency, other; '' not given."""
    submitted_at: Mapped[dt.datetime | None]
    accepted_at: Mapped[dt.datetime | None]
    """NgayTiepNhan: decides the period."""
    due_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    """NgayKetThucXuLy as sent."""
    returned_at: Mapped[dt.datetime | None]
    refused_at: Mapped[dt.datetime | None]
    supplement_from: Mapped[list[dt.datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
    """Supplement requests named in the record (DanhSachHoSoBoSung), oldest first."""
    supplement_to: Mapped[list[dt.datetime | None]] = mapped_column(ARRAY(DateTime(timezone=True)))
    """When each was supplemented; None: not yet. Parallel to `supplement_from`."""
    fee_lines: Mapped[int | None] = mapped_column(SmallInteger)
    """Lines of the fee list; None: no list was sent."""
    fee_due: Mapped[bool | None]
    """Some line costs more than 0: the dossier has a financial obligation; None: no list was sent."""
    payment: Mapped[int | None] = mapped_column(SmallInteger)
    """DuocThanhToanTrucTuyen: 0 none, 1 on the portal, 2 on the province's own gateway, 3 not paid; None: not given."""
    results: Mapped[int | None] = mapped_column(SmallInteger)
    """Result papers named; None: no list was sent."""
    results_electronic: Mapped[int | None] = mapped_column(SmallInteger)
    """Of them with a code and a link."""
    digitised: Mapped[bool | None]
    """HoSoCoThanhPhanSoHoa, or a submitted paper with DuocSoHoa."""
    reused: Mapped[bool | None]
    """A submitted paper with DuocTaiSuDung."""
    personal_storage: Mapped[bool | None]
    """A submitted paper with DuocLayTuKhoDMQG."""
    population: Mapped[bool | None]
    """TaiKhoanDuocXacThucVoiVNeID, or a connected database named in DSKetNoiCSDL."""
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """Of the content: the same as the newest version's again is a duplicate."""
    __table_args__ = (CheckConstraint(REALM_CHECK, name="realm"), Index(None, "tenant_id", "system_id", "recorded_at"))


class DossierStep(Base):
    """A progress step as received (CapNhatTienDoHoSoMC), without who did it and what was written: appended, each once."""

    __tablename__ = "dossier_step"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    realm: Mapped[str] = mapped_column(primary_key=True)
    dossier_key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    system_id: Mapped[int]
    receipt_id: Mapped[uuid.UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    recorded_at: Mapped[dt.datetime]
    at: Mapped[dt.datetime | None]
    """ThoiDiemXuLy."""
    status: Mapped[int | None] = mapped_column(SmallInteger)
    status_raw: Mapped[str]
    started_at: Mapped[dt.datetime | None]
    due_at: Mapped[dt.datetime | None]
    __table_args__ = (CheckConstraint(REALM_CHECK, name="realm"),)


class DossierTouched(Base):
    """Queue: dossiers with something new that the worker has not counted. INSERT for ingest, DELETE for the worker."""

    __tablename__ = "dossier_touched"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    touched_id: Mapped[int] = mapped_column(BigInt, Identity(), primary_key=True)
    realm: Mapped[str]
    dossier_keys: Mapped[list[str]] = mapped_column(ARRAY(Text))
    recorded_at: Mapped[dt.datetime]


class PetitionCount(Base):
    """Petitions (PAKN) of a unit and month as counts, no content. The highest revision holds."""

    __tablename__ = "petition_count"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    system_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[dt.date] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    realm: Mapped[str]
    received: Mapped[int]
    about_rules: Mapped[int]
    """Of them about regulations and procedures (5.1 a)."""
    about_staff: Mapped[int]
    """Of them about the conduct of officials (5.1 b)."""
    due: Mapped[int]
    """Those whose clock ended or that were handled: the denominator of 5.2 and 5.3."""
    on_time: Mapped[int]
    satisfied: Mapped[int]
    """Not (more dislikes than likes, complained about again, or overdue)."""
    dossiers_complained: Mapped[int]
    """Dossiers with a petition or a dislike: what 5.4 takes off beside the overdue ones."""
    credential_id: Mapped[str]
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (
        CheckConstraint(REALM_CHECK, name="realm"),
        CheckConstraint(
            "received >= 0 AND about_rules BETWEEN 0 AND received AND about_staff BETWEEN 0 AND received"
            " AND due BETWEEN 0 AND received AND on_time BETWEEN 0 AND due AND satisfied BETWEEN 0 AND due"
            " AND dossiers_complained >= 0",
            name="counts",
        ),
        Index(None, "tenant_id", "unit_id", "month"),
    )


class DossierCounted(Base):
    """Cache: what a dossier adds to `dossier_rollup` at the moment, so that the next version can take it out again."""

    __tablename__ = "dossier_counted"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    realm: Mapped[str] = mapped_column(primary_key=True)
    dossier_key: Mapped[str] = mapped_column(primary_key=True)
    version_no: Mapped[int]
    rules: Mapped[str]
    """Rules and version that settled it, for example `portal-766@2026-1`."""
    unit_id: Mapped[int]
    accepted_day: Mapped[dt.date | None]
    """Local day of NgayTiepNhan; None: not accepted, counts nowhere."""
    procedure_base: Mapped[str]
    late_from: Mapped[dt.date | None]
    """Unsettled: the local day at whose end it is late; None: settled (or without any time limit)."""
    measures: Mapped[int]
    """Bit set of `parindex.dossiers.measures`."""
    working_minutes: Mapped[int | None]
    """Working time from acceptance to its end without supplement time; None: not ended."""
    findings: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Codes of what is odd in its history (backwards_move, due_date_reset, ...)."""
    __table_args__ = (Index(None, "tenant_id", "unit_id", "accepted_day"),)


class DossierRollup(Base):
    """Cache: dossiers by unit, day of acceptance, procedure and (unsettled ones) the day they become late."""

    __tablename__ = "dossier_rollup"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    realm: Mapped[str] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    accepted_day: Mapped[dt.date] = mapped_column(primary_key=True)
    procedure_base: Mapped[str] = mapped_column(primary_key=True)
    late_from: Mapped[dt.date] = mapped_column(primary_key=True)
    """`infinity`: settled, or without any time limit."""
    n: Mapped[int]
    ended: Mapped[int]
    on_time: Mapped[int]
    late: Mapped[int]
    filed_online: Mapped[int]
    """Came in through the online channel, whatever their results are."""
    online: Mapped[int]
    """Of them those that count as online: with an electronic result where one is due."""
    postal: Mapped[int]
    fee_due: Mapped[int]
    paid_online: Mapped[int]
    paid_on_portal: Mapped[int]
    result_due: Mapped[int]
    result_electronic: Mapped[int]
    digitised: Mapped[int]
    reused: Mapped[int]
    personal_storage: Mapped[int]
    population: Mapped[int]
    of_citizens: Mapped[int]
    timed: Mapped[int]
    """Those handled to the end whose working time is in `working_minutes`."""
    working_minutes: Mapped[int] = mapped_column(BigInt)


class DossierFigures(Base):
    """The frozen counts of a unit's subtree in a closed period, written once; open and restated ones are read from the rollup."""

    __tablename__ = "dossier_figures"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    realm: Mapped[str] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    period: Mapped[str] = mapped_column(primary_key=True)
    closes_at: Mapped[dt.datetime]
    recorded_at: Mapped[dt.datetime]
    document: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    __table_args__ = (CheckConstraint(REALM_CHECK, name="realm"), Index(None, "unit_id", "realm", "period"))


class DossierRestatement(Base):
    """A version that arrived after a period was closed changed how a dossier counts in it: appended, shown to the officer."""

    __tablename__ = "dossier_restatement"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    restatement_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    realm: Mapped[str]
    dossier_key: Mapped[str]
    unit_id: Mapped[int]
    period: Mapped[str]
    cause: Mapped[str]
    """due_date_reset, end_date_reset, backwards_move, late_version, unit_moved, ..."""
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    recorded_at: Mapped[dt.datetime]
    __table_args__ = (CheckConstraint(REALM_CHECK, name="realm"), Index(None, "tenant_id", "period", "unit_id"))


class WorkCalendarDay(Base):
    """A day on which work differs from the week's habit: a holiday, or a Saturday worked instead. Reference data."""

    __tablename__ = "work_calendar_day"
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    works: Mapped[bool]
    title_vi: Mapped[str]
    provenance: Mapped[str]
    source: Mapped[str]
    revision: Mapped[int] = mapped_column(BigInt)


class ProcedureDetail(Base):
    """What the catalogue says of a procedure beyond its name; the newest revision holds. Reference data."""

    __tablename__ = "procedure_detail"
    base_code: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    service_level: Mapped[str]
    """full, partial, information, '' unknown."""
    limit_days: Mapped[Decimal | None] = mapped_column(Numeric)
    """Longest handling time; None: unknown."""
    limit_unit: Mapped[str]
    """working_day, calendar_day, hour; '' unknown."""
    has_fee: Mapped[bool | None]
    payment_integrated: Mapped[bool | None]
    result_due: Mapped[bool | None]
    """A paper or certificate is handed out."""
    for_citizens: Mapped[bool | None]
    units: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    """Codes of agencies that offer it; None: everyone at its level."""
    source: Mapped[str]
    observed_at: Mapped[dt.datetime]
    __table_args__ = (
        CheckConstraint("service_level IN ('full', 'partial', 'information', '')", name="service_level"),
        CheckConstraint("limit_unit IN ('working_day', 'calendar_day', 'hour', '')", name="limit_unit"),
    )
