"""One dossier record of any exporter -> what is kept of it, or why it is refused. Pure, and lenient.

Only a record without a usable `MaHoSo` is refused here; whatever else is missing or odd is a finding of the answer.
Not given, empty and "no" stay three things.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from parindex import privacy
from parindex.dossiers.records import Status
from parindex.errors import Finding
from survey_ingest.dossiers import lists
from survey_ingest.dossiers.coded import Meaning, coded_meaning
from survey_ingest.dossiers.codes import Codes, agency_in
from survey_ingest.dossiers.fields import (
    AGENCY_FIELDS,
    DATABASES,
    FEES,
    PAPERS,
    RECORD_FIELDS,
    RESULTS,
    SUPPLEMENTS,
    Given,
)
from survey_ingest.dossiers.findings import finding
from survey_ingest.dossiers.moments import UnreadableMoment, moment
from survey_ingest.times import AHEAD

LONGEST_CODE = 50
ACCEPTED = frozenset({2, 4, 5, 6, 7, 8, 9, 10})
"""Statuses of a dossier that was accepted once."""
FINISHED = frozenset({Status.DONE, Status.RETURNED})


@dataclass(slots=True)
class Record:
    """What is kept of a dossier record: columns of `dossier_version` as far as the record alone says them."""

    position: int
    dossier_code: str
    procedure_code: str | None = None
    procedure_base: str = ""
    field_code: str | None = None
    channel: int | None = None
    status: int | None = None
    status_raw: str = ""
    applicant: str = ""
    submitted_at: dt.datetime | None = None
    accepted_at: dt.datetime | None = None
    due_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    returned_at: dt.datetime | None = None
    refused_at: dt.datetime | None = None
    supplement_from: list[dt.datetime] = field(default_factory=list)
    supplement_to: list[dt.datetime | None] = field(default_factory=list)
    fee_lines: int | None = None
    fee_due: bool | None = None
    payment: int | None = None
    results: int | None = None
    results_electronic: int | None = None
    digitised: bool | None = None
    reused: bool | None = None
    personal_storage: bool | None = None
    population: bool | None = None
    agency_code: str = ""
    """As sent, not stored: the unit is recognised by it."""
    agency_name: str = ""
    findings: list[Finding] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    """Names of personal fields that were sent and not kept."""


@dataclass(slots=True)
class RefusedRecord:
    """Why a record or step is refused. `dossier_code` only where it may be repeated and stored."""

    position: int
    findings: list[Finding]
    dossier_code: str = ""
    dropped: list[str] = field(default_factory=list)


def read_code(value: Any) -> tuple[str, str]:
    """`MaHoSo` as kept (NFC), and the code of the finding that refuses it or ''."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**40 else ""
    if value is None or (isinstance(value, str) and not value.strip()):
        return "", "dossier_code_missing"
    if not isinstance(value, str) or len(value) > 400:
        return "", "dossier_code_form"
    text = lists.normal(value)
    if len(text) > LONGEST_CODE or not text.isprintable():
        return "", "dossier_code_form"
    return (text, "") if agency_in(text) or not _looks_personal(text) else ("", "dossier_code_personal")


def _looks_personal(text: str) -> bool:
    return privacy.is_somebodys(text) or (" " in text and not any(mark.isdigit() for mark in text))


def read_record(raw: Any, codes: Codes, now: dt.datetime, position: int = 0) -> Record | RefusedRecord:
    """The record, or why it is refused. `now` (UTC) tells what lies in the future."""
    if not isinstance(raw, dict):
        return RefusedRecord(position, [finding("record_unreadable")])
    given = Given(raw, RECORD_FIELDS)
    code, fault = read_code(given.values.get("MaHoSo"))
    if fault:
        return RefusedRecord(position, [finding(fault, "MaHoSo")], "", given.dropped)
    record = Record(position, code, findings=given.findings, dropped=given.dropped)
    if not agency_in(code):
        record.findings.append(finding("dossier_off_pattern", "MaHoSo"))
    _read_codes(record, given.values, codes)
    _read_moments(record, given.values)
    _read_lists(record, given)
    _read_agency(record, given.values)
    _note_anomalies(record, now)
    return record


_LONGEST_REMEMBERED = 64


def _read_codes(record: Record, values: dict[str, Any], codes: Codes) -> None:
    get = values.get
    sent = (
        get("MaTTHC"),
        get("MaLinhVuc"),
        get("TrangThaiHoSo"),
        get("KenhThucHien"),
        get("LoaiDoiTuong"),
        get("DuocThanhToanTrucTuyen"),
    )
    meaning: Callable[..., Meaning] = coded_meaning
    for value in sent:
        if type(value) is str and len(value) > _LONGEST_REMEMBERED:
            meaning = coded_meaning.__wrapped__
    try:
        meant = meaning(codes, *sent)
    except TypeError:  # a list or an object where a code should be
        meant = coded_meaning.__wrapped__(codes, *sent)
    (
        record.procedure_code,
        record.procedure_base,
        record.field_code,
        record.status,
        record.status_raw,
        record.channel,
        record.applicant,
        record.payment,
        findings,
    ) = meant
    record.findings += findings


_MOMENTS = (
    ("submitted_at", "NgayNopHoSo"),
    ("accepted_at", "NgayTiepNhan"),
    ("due_at", "NgayHenTra"),
    ("finished_at", "NgayKetThucXuLy"),
    ("returned_at", "NgayTra"),
    ("refused_at", "NgayTuChoi"),
)


def _read_moments(record: Record, values: dict[str, Any]) -> None:
    for name, sent in _MOMENTS:
        value = values.get(sent)
        if value is None or value == "":
            continue
        try:
            setattr(record, name, moment(value))
        except UnreadableMoment:
            record.findings.append(finding("moment_unreadable", sent))


def _read_lists(record: Record, given: Given) -> None:
    values, note = given.values, record.findings.append
    if (fees := _elements(record, given, FEES)) is not None:
        record.fee_lines = len(fees)
        record.fee_due, readable = lists.fee_due(fees)
        if not readable:
            note(finding("fee_unreadable", FEES))
    if asked := _elements(record, given, SUPPLEMENTS):
        record.supplement_from, record.supplement_to, odd = lists.supplements(asked)
        record.findings += [finding(code, SUPPLEMENTS) for code in sorted(odd)]
    if (papers := _elements(record, given, RESULTS)) is not None:
        record.results, record.results_electronic = lists.results(papers)
    if values.get("HoSoCoThanhPhanSoHoa") is not None:
        record.digitised = _flag(record, values, "HoSoCoThanhPhanSoHoa")
    if submitted := _elements(record, given, PAPERS):
        digitised, record.reused, record.personal_storage = lists.flags_of(submitted)
        record.digitised = lists.either(record.digitised, digitised)
    if values.get("TaiKhoanDuocXacThucVoiVNeID") is not None:
        record.population = _flag(record, values, "TaiKhoanDuocXacThucVoiVNeID")
    if (databases := _elements(record, given, DATABASES)) is not None:
        record.population = lists.either(record.population, lists.databases(databases))


def _elements(record: Record, given: Given, name: str) -> list[Any] | None:
    found = given.values.get(name)
    if not found and (found is None or found == []):
        return found
    try:
        found = lists.elements(found)
    except lists.UnreadableList:
        record.findings.append(finding("list_unreadable", name))
        return None
    if found:
        given.name_inner(name, found)
    return found


def _flag(record: Record, values: dict[str, Any], name: str) -> bool | None:
    try:
        return lists.flag(values.get(name))
    except ValueError:
        record.findings.append(finding("flag_unreadable", name))
        return None


def _read_agency(record: Record, values: dict[str, Any]) -> None:
    for name in AGENCY_FIELDS:
        if name in values and isinstance(value := values[name], str) and value.strip():
            record.agency_code = value.strip()[:64]
            break
    if isinstance(agency := values.get("DonViXuLy"), str):
        record.agency_name = agency[:400]


def _note_anomalies(record: Record, now: dt.datetime) -> None:
    """What vendors' own quality pages look for: none of it refuses a record."""
    note = record.findings.append
    accepted, finished, latest = record.accepted_at, record.finished_at, now + AHEAD
    if accepted is None and record.status in ACCEPTED:
        note(finding("accepted_missing", "NgayTiepNhan"))
    if accepted is not None and accepted > latest:
        note(finding("accepted_in_future", "NgayTiepNhan"))
    if (due := record.due_at) is not None:
        if accepted is not None and due < accepted:
            note(finding("due_before_acceptance", "NgayHenTra"))
        if not (due.hour or due.minute or due.second):
            note(finding("due_without_time", "NgayHenTra"))
    for name, ended in (("NgayKetThucXuLy", finished), ("NgayTra", record.returned_at)):
        if ended is not None and ended > latest:
            note(finding("end_in_future", name))
        if ended is not None and accepted is not None and ended < accepted:
            note(finding("end_before_acceptance", name))
    if finished is None and record.status in FINISHED:
        note(finding("finished_without_end", "NgayKetThucXuLy"))
