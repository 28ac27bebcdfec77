"""One dossier record of any exporter -> what is kept of it, or why it is refused. Pure, and lenient.

Only a record without a usable `MaHoSo` is refused here; whatever else is missing or odd is a finding of the answer.
Not given, empty and "no" stay three things.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from parindex import privacy
from parindex.dossiers.records import Status
from parindex.errors import Finding
from survey_ingest.dossiers import lists
from survey_ingest.dossiers.coded import meaning_of
from survey_ingest.dossiers.codes import Codes, agency_in
from survey_ingest.dossiers.fields import (
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


class Said(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a record says: columns of `dossier_version`. A digest is of its JSON, so the order of fields never changes."""

    dossier_code: str
    procedure_code: str | None
    procedure_base: str
    field_code: str | None
    channel: int | None
    status: int | None
    status_raw: str
    applicant: str
    submitted_at: dt.datetime | None
    accepted_at: dt.datetime | None
    due_at: dt.datetime | None
    finished_at: dt.datetime | None
    returned_at: dt.datetime | None
    refused_at: dt.datetime | None
    supplement_from: list[dt.datetime]
    supplement_to: list[dt.datetime | None]
    fee_lines: int | None
    fee_due: bool | None
    payment: int | None
    results: int | None
    results_electronic: int | None
    digitised: bool | None
    reused: bool | None
    personal_storage: bool | None
    population: bool | None


class Record(msgspec.Struct, gc=False):
    """A readable record."""

    position: int
    said: Said
    agency: str
    """The agency part of the dossier's code; '' for a code off the national pattern."""
    agency_code: str
    """As sent, not stored: the unit is recognised by it."""
    agency_name: str
    findings: list[Finding]
    dropped: list[str]
    """Names of personal fields that were sent and not kept."""


class RefusedRecord(msgspec.Struct, gc=False):
    """Why a record or step is refused. `dossier_code` only where it may be repeated and stored."""

    position: int
    findings: list[Finding]
    dossier_code: str = ""
    dropped: list[str] = []


def read_code(value: Any) -> tuple[str, str, str]:
    """`MaHoSo` as kept (NFC), the agency part of a code of the national pattern or '', and the code of the finding that refuses it or ''."""
    if type(value) is str and (agency := agency_in(value)):
        return value, agency, ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**40 else ""
    if value is None or (isinstance(value, str) and not value.strip()):
        return "", "", "dossier_code_missing"
    if not isinstance(value, str) or len(value) > 400:
        return "", "", "dossier_code_form"
    text = lists.normal(value)
    if len(text) > LONGEST_CODE or not text.isprintable():
        return "", "", "dossier_code_form"
    agency = agency_in(text)
    if not agency and _looks_personal(text):
        return "", "", "dossier_code_personal"
    return text, agency, ""


def _looks_personal(text: str) -> bool:
    return privacy.is_somebodys(text) or (" " in text and not any(mark.isdigit() for mark in text))


def read_record(raw: Any, codes: Codes, now: dt.datetime, position: int = 0) -> Record | RefusedRecord:
    """The record, or why it is refused. `now` tells what lies in the future."""
    if not isinstance(raw, dict):
        return RefusedRecord(position, [finding("record_unreadable")])
    given = Given(raw, RECORD_FIELDS)
    get, findings = given.values.get, given.findings
    code, agency, fault = read_code(get("MaHoSo"))
    if fault:
        return RefusedRecord(position, [finding(fault, "MaHoSo")], "", given.dropped)
    if not agency:
        findings.append(finding("dossier_off_pattern", "MaHoSo"))
    coded = meaning_of(
        (
            codes,
            get("MaTTHC"),
            get("MaLinhVuc"),
            get("TrangThaiHoSo"),
            get("KenhThucHien"),
            get("LoaiDoiTuong"),
            get("DuocThanhToanTrucTuyen"),
        )
    )
    findings += coded.findings
    submitted, accepted, due, finished, returned, refused = _moments(given)
    said = Said(
        code,
        coded.procedure_code,
        coded.procedure_base,
        coded.field_code,
        coded.channel,
        coded.status,
        coded.status_raw,
        coded.applicant,
        submitted,
        accepted,
        due,
        finished,
        returned,
        refused,
        *_supplements(given),
        *_fees(given),
        coded.payment,
        *_results(given),
        *_papers(given),
        _population(given),
    )
    _note_anomalies(said, now, findings)
    return Record(position, said, agency, *_agency(given), findings, given.dropped)


_MOMENTS = ("NgayNopHoSo", "NgayTiepNhan", "NgayHenTra", "NgayKetThucXuLy", "NgayTra", "NgayTuChoi")


def _moments(given: Given) -> list[dt.datetime | None]:
    """When it was submitted, accepted, due, finished, returned and refused."""
    found: list[dt.datetime | None] = []
    get = given.values.get
    for name in _MOMENTS:
        value = get(name)
        if value is None or value == "":
            found.append(None)
            continue
        try:
            found.append(moment(value))
        except UnreadableMoment:
            found.append(None)
            given.findings.append(finding("moment_unreadable", name))
    return found


def _fees(given: Given) -> tuple[int | None, bool | None]:
    """Lines of the fee list, and whether some line costs more than 0."""
    if (fees := _elements(given, FEES)) is None:
        return None, None
    due, readable = lists.fee_due(fees)
    if not readable:
        given.findings.append(finding("fee_unreadable", FEES))
    return len(fees), due


def _supplements(given: Given) -> tuple[list[dt.datetime], list[dt.datetime | None]]:
    """When supplements were asked for and given."""
    if not (asked := _elements(given, SUPPLEMENTS)):
        return [], []
    begun, ended, odd = lists.supplements(asked)
    given.findings += [finding(code, SUPPLEMENTS) for code in sorted(odd)]
    return begun, ended


def _results(given: Given) -> tuple[int | None, int | None]:
    """Result papers named, and those of them that are electronic."""
    papers = _elements(given, RESULTS)
    return (None, None) if papers is None else lists.results(papers)


def _papers(given: Given) -> tuple[bool | None, bool | None, bool | None]:
    """Whether some submitted paper was digitised, reused, taken from personal storage."""
    digitised = _flag(given, "HoSoCoThanhPhanSoHoa")
    if not (submitted := _elements(given, PAPERS)):
        return digitised, None, None
    of_papers, reused, stored = lists.flags_of(submitted)
    return lists.either(digitised, of_papers), reused, stored


def _population(given: Given) -> bool | None:
    """Whether the population register was asked."""
    verified = _flag(given, "TaiKhoanDuocXacThucVoiVNeID")
    databases = _elements(given, DATABASES)
    return verified if databases is None else lists.either(verified, lists.databases(databases))


def _elements(given: Given, name: str) -> list[Any] | None:
    found = given.values.get(name)
    if found is None or found == []:
        return found
    if type(found) is not list or len(found) > lists.MOST_ELEMENTS:
        try:
            found = lists.elements(found)
        except lists.UnreadableList:
            given.findings.append(finding("list_unreadable", name))
            return None
    if found:
        given.name_inner(name, found)
    return found


def _flag(given: Given, name: str) -> bool | None:
    value = given.values.get(name)
    if value is None:
        return None
    try:
        return lists.flag(value)
    except ValueError:
        given.findings.append(finding("flag_unreadable", name))
        return None


def _agency(given: Given) -> tuple[str, str]:
    """The agency's code and name as sent."""
    name = given.values.get("DonViXuLy")
    name = name[:400] if isinstance(name, str) else ""
    for field in given.agency_fields:
        if isinstance(value := given.values[field], str) and (code := value.strip()):
            return code[:64], name
    return "", name


def _note_anomalies(said: Said, now: dt.datetime, findings: list[Finding]) -> None:
    """What vendors' own quality pages look for: none of it refuses a record."""
    accepted, finished, returned, latest = said.accepted_at, said.finished_at, said.returned_at, now + AHEAD
    if accepted is None:
        if said.status in ACCEPTED:
            findings.append(finding("accepted_missing", "NgayTiepNhan"))
    elif accepted > latest:
        findings.append(finding("accepted_in_future", "NgayTiepNhan"))
    if (due := said.due_at) is not None:
        if accepted is not None and due < accepted:
            findings.append(finding("due_before_acceptance", "NgayHenTra"))
        if not (due.hour or due.minute or due.second):
            findings.append(finding("due_without_time", "NgayHenTra"))
    if finished is not None:
        _note_end("NgayKetThucXuLy", finished, accepted, latest, findings)
    elif said.status in FINISHED:
        findings.append(finding("finished_without_end", "NgayKetThucXuLy"))
    if returned is not None:
        _note_end("NgayTra", returned, accepted, latest, findings)


def _note_end(
    name: str, ended: dt.datetime, accepted: dt.datetime | None, latest: dt.datetime, findings: list[Finding]
) -> None:
    if ended > latest:
        findings.append(finding("end_in_future", name))
    if accepted is not None and ended < accepted:
        findings.append(finding("end_before_acceptance", name))
