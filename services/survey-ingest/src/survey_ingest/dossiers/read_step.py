"""One progress step (`CapNhatTienDoHoSoMC`) -> what is kept of it: when, and to which status. Pure.

Who did it, in which office and what was written is dropped. A step has no agency: it belongs to its dossier.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from parindex.errors import Finding
from survey_ingest.dossiers.coded import read_status
from survey_ingest.dossiers.codes import Codes
from survey_ingest.dossiers.fields import STEP_FIELDS
from survey_ingest.dossiers.findings import finding
from survey_ingest.dossiers.given import Given
from survey_ingest.dossiers.moments import UnreadableMoment, moment
from survey_ingest.dossiers.read_record import RefusedRecord, read_code
from survey_ingest.times import AHEAD


@dataclass(slots=True)
class StepRecord:
    """What is kept of a progress step: columns of `dossier_step` as far as the record alone says them."""

    position: int
    dossier_code: str
    at: dt.datetime | None = None
    status: int | None = None
    status_raw: str = ""
    started_at: dt.datetime | None = None
    due_at: dt.datetime | None = None
    findings: list[Finding] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    """Names of personal fields that were sent and not kept."""


_MOMENTS = (
    ("at", "ThoiDiemXuLy"),
    ("started_at", "NgayBatDau"),
    ("due_at", "NgayKetThucTheoQuyDinh"),
)


def read_step(raw: Any, codes: Codes, now: dt.datetime, position: int = 0) -> StepRecord | RefusedRecord:
    """The step, or why it is refused. `now` (UTC) tells what lies in the future."""
    if not isinstance(raw, dict):
        return RefusedRecord(position, [finding("record_unreadable")])
    given = Given(raw, STEP_FIELDS)
    code, _, fault = read_code(given.values.get("MaHoSo"))
    if fault:
        return RefusedRecord(position, [finding(fault, "MaHoSo")], "", given.dropped)
    step = StepRecord(position, code, findings=given.findings, dropped=given.dropped)
    step.status, step.status_raw, odd = read_status(given.values.get("TrangThai"), codes)
    if odd:
        step.findings.append(finding(odd, "TrangThai"))
    for name, sent in _MOMENTS:
        try:
            setattr(step, name, moment(given.values.get(sent)))
        except UnreadableMoment:
            step.findings.append(finding("moment_unreadable", sent))
    if step.at is None:
        step.findings.append(finding("step_time_missing", "ThoiDiemXuLy"))
    elif step.at > now + AHEAD:
        step.findings.append(finding("step_in_future", "ThoiDiemXuLy"))
    return step
