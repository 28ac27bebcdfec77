"""The coded fields of a record: what they mean together for one sending system. Pure."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from parindex import privacy
from parindex.dossiers.records import Payment
from parindex.errors import Finding
from survey_ingest.dossiers.codes import Codes, code_text
from survey_ingest.dossiers.findings import finding
from survey_ingest.interpret import procedure_base

_PROCEDURE = re.compile(r"[0-9A-Za-z._-]{1,64}", re.ASCII)
_FIELD = re.compile(r"[0-9A-Za-z._-]{1,40}", re.ASCII)
_STATUS = re.compile(r"[0-9A-Za-z._-]{1,20}", re.ASCII)
_NOT_GIVEN = (None, "")
_PAYMENTS = {str(int(payment)): int(payment) for payment in Payment}


class Meaning(NamedTuple):
    """What the coded fields of a record mean together."""

    procedure_code: str | None
    procedure_base: str
    field_code: str | None
    status: int | None
    status_raw: str
    """The status as sent."""
    channel: int | None
    applicant: str
    payment: int | None
    findings: tuple[Finding, ...]


Sent = tuple[Codes, Any, Any, Any, Any, Any, Any]
"""Codes of the sending system; procedure, sector, status, channel, applicant and payment of a record as sent."""


class _Remembered(dict[Sent, Meaning]):
    """What coded fields mean: most records say what others said before."""

    _MOST, _LONGEST = 16_384, 64

    def __missing__(self, sent: Sent) -> Meaning:
        meaning = _meaning(*sent)
        # Texts only: to a mapping 1, 1.0 and true are one key. Short ones only: it must not be filled on purpose.
        if all(value is None or (isinstance(value, str) and len(value) <= self._LONGEST) for value in sent[1:]):
            if len(self) >= self._MOST:
                self.clear()
            self[sent] = meaning
        return meaning


_remembered = _Remembered()


def meaning_of(sent: Sent) -> Meaning:
    """What the coded fields of a record mean together."""
    try:
        return _remembered[sent]
    except TypeError:  # a list or an object where a code should be
        return _meaning(*sent)


def _meaning(
    codes: Codes, procedure: Any, sector: Any, state: Any, channel: Any, applicant: Any, payment: Any
) -> Meaning:
    findings: list[Finding] = []
    procedure_code = _reference(procedure, "MaTTHC", _PROCEDURE, findings)
    if procedure_code is None and not findings:
        findings.append(finding("procedure_missing", "MaTTHC"))
    field_code = _reference(sector, "MaLinhVuc", _FIELD, findings)
    status, status_raw, fault = read_status(state, codes)
    if fault or (state is None or state == ""):
        findings.append(finding(fault or "status_missing", "TrangThaiHoSo"))
    channel_code, applicant_code, payment_code = code_text(channel), code_text(applicant), code_text(payment)
    if channel_code not in codes.channels and channel not in _NOT_GIVEN:
        findings.append(finding("channel_unknown", "KenhThucHien"))
    if applicant_code not in codes.applicants and applicant not in _NOT_GIVEN:
        findings.append(finding("applicant_unknown", "LoaiDoiTuong"))
    if payment_code not in _PAYMENTS and payment not in _NOT_GIVEN:
        findings.append(finding("payment_unknown", "DuocThanhToanTrucTuyen"))
    return Meaning(
        procedure_code,
        procedure_base(procedure_code) if procedure_code is not None else "",
        field_code,
        status,
        status_raw,
        codes.channels.get(channel_code),
        codes.applicants.get(applicant_code, ""),
        _PAYMENTS.get(payment_code),
        tuple(findings),
    )


def read_status(value: Any, codes: Codes) -> tuple[int | None, str, str]:
    """The portal's status, the code as sent (never free text), and the code of a finding or ''."""
    raw = code_text(value)
    if not raw:
        return None, "", "" if value in _NOT_GIVEN else "status_unknown"
    status = codes.status(raw)
    coded = bool(_STATUS.fullmatch(raw)) and not privacy.looks_like_a_person(raw)
    if status is not None:
        return status, raw if coded else str(status), ""
    return None, raw if coded else "", "" if raw in codes.statuses else "status_unknown"


def _reference(value: Any, name: str, form: re.Pattern[str], findings: list[Finding]) -> str | None:
    if value in _NOT_GIVEN:
        return None
    text = value.strip() if isinstance(value, str) else ""
    if not form.fullmatch(text) or privacy.looks_like_a_person(text):
        findings.append(finding("code_unreadable", name))
        return None
    return text
