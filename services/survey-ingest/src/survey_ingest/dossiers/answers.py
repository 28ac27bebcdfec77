"""Outcomes -> answers in the words that exporters look for: "thành công", "đã tồn tại", "<MaHoSo>| reason". Pure.

`error_code` is an integer everywhere, as OpenCPS sends and reads it; clients that compare texts read an integer as one.
"""

from __future__ import annotations

from collections.abc import Sequence

from survey_ingest.dossiers.findings import error_code
from survey_ingest.dossiers.receipts import Outcome
from survey_ingest.dossiers.wire import RecordLine, RecordsAnswer
from survey_ingest.motcua.wire import Caution

_MOST_NAMED = 5
_STATUS = {"stored": 201, "duplicate": 200, "exists": 409, "refused": 422}
DURABLE = ("stored", "duplicate")


def _line(outcome: Outcome, what: str) -> RecordLine:
    code, field = 0, ""
    name = outcome.dossier_code
    if outcome.verdict == "stored":
        done = "Cập nhật" if (outcome.version_no or 1) > 1 else "Đồng bộ"
        message = f"{done} {what} {name} thành công"
    elif outcome.verdict == "duplicate":
        message = f"Đồng bộ thành công: {what} {name} không có gì thay đổi"
    elif outcome.verdict == "exists":
        code, message = error_code(outcome.findings[0].code), f"Hồ sơ {name} {outcome.findings[0].message}"
    else:
        first = outcome.findings[0]
        who = name or f"Bản ghi thứ {outcome.position + 1}"
        code, field, message = error_code(first.code), first.field, f"{who}| {first.message}"
    said = outcome.findings if outcome.verdict in DURABLE else outcome.findings[1:]
    return RecordLine(
        outcome.position,
        name or None,
        code,
        message,
        field,
        outcome.version_no,
        outcome.verdict == "duplicate",
        [Caution(finding.code, finding.field, finding.message) for finding in said],
        outcome.dropped,
    )


def records_answer(outcomes: Sequence[Outcome], what: str = "hồ sơ") -> RecordsAnswer:
    """The answer to a request; `what` names the records: hồ sơ, tiến trình hồ sơ."""
    lines = tuple(_line(outcome, what) for outcome in outcomes)
    durable = sum(outcome.verdict in DURABLE for outcome in outcomes)
    failed = [line for line in lines if line.error_code]
    if not failed:
        code = 0
        message = lines[0].message if len(lines) == 1 else f"Đồng bộ thành công {len(lines)} {what}"
    else:
        codes = {line.error_code for line in failed}
        # Only "exists" among the failures: an exporter then updates, however many of the others were stored.
        code = failed[0].error_code if len(codes) == 1 and (not durable or codes == {-3}) else 1
        told = "; ".join(line.message for line in failed[:_MOST_NAMED])
        more = f"; và {len(failed) - _MOST_NAMED} bản ghi khác" if len(failed) > _MOST_NAMED else ""
        message = told if len(lines) == 1 else f"Nhận {durable}/{len(lines)} {what}: {told}{more}"
    duplicates = sum(line.duplicate for line in lines)
    return RecordsAnswer(code, message, len(lines), durable, duplicates, len(failed), lines)


def status_of(outcomes: Sequence[Outcome], *, alone: bool) -> int:
    """The HTTP status: of a bare record its own; of several 200 all stored, 207 some, 422 none."""
    if alone:
        outside = any(finding.code == "unit_out_of_scope" for finding in outcomes[0].findings)
        return 403 if outcomes[0].verdict == "refused" and outside else _STATUS[outcomes[0].verdict]
    durable = sum(outcome.verdict in DURABLE for outcome in outcomes)
    return 200 if durable == len(outcomes) else 207 if durable else 422
