"""One dossier record of any exporter -> what is kept of it, or why it is refused. Pure, and lenient.

Only a record without a usable `MaHoSo` is refused here; whatever else is missing or odd is a finding of the answer.
Not given, empty and "no" stay three things.
"""

from __future__ import annotations

import datetime as dt
from operator import attrgetter
from typing import Any

import msgspec

from parindex import privacy
from parindex.dossiers.records import Status
from parindex.errors import Finding
from survey_ingest.dossiers import lists
from survey_ingest.dossiers.coded import meaning_of
from survey_ingest.dossiers.codes import Codes, agency_in
from survey_ingest.dossiers.fields import DATABASES, FEES, PAPERS, RESULTS, SUPPLEMENTS, SentRecord
from survey_ingest.dossiers.findings import finding
from survey_ingest.dossiers.moments import moments
from survey_ingest.dossiers.sent_record import elements_of, sent_record
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
    """The record, or why it is refused. `raw` as for `sent_record`; `now` tells what lies in the future. Raises Unreadable."""
    given = sent_record(raw)
    if given is None:
        return RefusedRecord(position, [finding("record_unreadable")])
    sent, findings, dropped = given
    code, agency, fault = read_code(sent.dossier_code)
    if fault:
        return RefusedRecord(position, [finding(fault, "MaHoSo")], "", dropped)
    if not agency:
        findings.append(finding("dossier_off_pattern", "MaHoSo"))
    coded = meaning_of((codes, sent.procedure, sent.sector, sent.status, sent.channel, sent.applicant, sent.payment))
    if coded.findings:
        findings += coded.findings
    (submitted, accepted, due, finished, returned, refused), unreadable = moments(_sent_moments(sent))
    if unreadable:
        findings += [finding("moment_unreadable", _MOMENTS[place]) for place in unreadable]
    begun, ended = _supplements(sent, findings, dropped)
    fee_lines, fee_due = _fees(sent, findings, dropped)
    results = elements_of(sent.results, RESULTS, findings, dropped)
    digitised, reused, stored = _papers(sent, findings, dropped)
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
        begun,
        ended,
        fee_lines,
        fee_due,
        coded.payment,
        None if results is None else len(results),
        None if results is None else lists.electronic(results),
        digitised,
        reused,
        stored,
        _population(sent, findings, dropped),
    )
    _note_anomalies(said, now, findings)
    agency_name = sent.agency_name
    name = agency_name[:400] if isinstance(agency_name, str) else ""
    return Record(position, said, agency, _agency_code(sent), name, findings, dropped)


_MOMENTS = ("NgayNopHoSo", "NgayTiepNhan", "NgayHenTra", "NgayKetThucXuLy", "NgayTra", "NgayTuChoi")
_sent_moments = attrgetter("submitted_at", "accepted_at", "due_at", "finished_at", "returned_at", "refused_at")
_agency_codes = attrgetter(*(name for name in SentRecord.__struct_fields__ if name.startswith("agency_code_")))


def _fees(sent: SentRecord, findings: list[Finding], dropped: list[str]) -> tuple[int | None, bool | None]:
    """Lines of the fee list, and whether some line costs more than 0."""
    if (fees := elements_of(sent.fees, FEES, findings, dropped)) is None:
        return None, None
    due, readable = lists.fee_due(fees)
    if not readable:
        findings.append(finding("fee_unreadable", FEES))
    return len(fees), due


def _supplements(
    sent: SentRecord, findings: list[Finding], dropped: list[str]
) -> tuple[list[dt.datetime], list[dt.datetime | None]]:
    """When supplements were asked for and given."""
    if not (asked := elements_of(sent.supplements, SUPPLEMENTS, findings, dropped)):
        return [], []
    begun, ended, odd = lists.supplements(asked)
    findings += [finding(code, SUPPLEMENTS) for code in sorted(odd)]
    return begun, ended


def _papers(
    sent: SentRecord, findings: list[Finding], dropped: list[str]
) -> tuple[bool | None, bool | None, bool | None]:
    """Whether some submitted paper was digitised, reused, taken from personal storage."""
    digitised = None if sent.digitised is None else _flag(sent.digitised, "HoSoCoThanhPhanSoHoa", findings)
    if not (submitted := elements_of(sent.papers, PAPERS, findings, dropped)):
        return digitised, None, None
    of_papers, reused, stored = lists.flags_of(submitted)
    return lists.either(digitised, of_papers), reused, stored


def _population(sent: SentRecord, findings: list[Finding], dropped: list[str]) -> bool | None:
    """Whether the population register was asked."""
    verified = None if sent.verified is None else _flag(sent.verified, "TaiKhoanDuocXacThucVoiVNeID", findings)
    if sent.databases is None or (databases := elements_of(sent.databases, DATABASES, findings, dropped)) is None:
        return verified
    return lists.either(verified, lists.databases(databases))


def _flag(value: Any, name: str, findings: list[Finding]) -> bool | None:
    try:
        return lists.flag(value)
    except ValueError:
        findings.append(finding("flag_unreadable", name))
        return None


def _agency_code(sent: SentRecord) -> str:
    """The agency's code as sent."""
    for value in _agency_codes(sent):
        if value is not None and isinstance(value, str) and (code := value.strip()):
            return code[:64]
    return ""


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
