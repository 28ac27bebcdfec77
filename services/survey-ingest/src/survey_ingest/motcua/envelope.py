"""Canonical results and errors -> the envelope `error_code` / `message` / `result`. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from parindex.engine.period import VIETNAM
from parindex.errors import Finding
from parindex.web.problems import FindingModel
from survey_ingest.motcua import wire
from survey_ingest.motcua.codes import WARNING_CODES
from survey_ingest.motcua.names import EVENTS, STATES, VERDICTS, vietnamese_path
from survey_ingest.motcua.sentences import error_code, in_vietnamese
from survey_ingest.verdicts import DURABLE, Result, StoredResponse

SUCCESS = "Tiếp nhận thành công"
_SAYS = {
    "accepted": SUCCESS,
    "duplicate": f"{SUCCESS} (phiếu này đã nhận trước đó)",
    "repeat": f"{SUCCESS}; hồ sơ đã có đánh giá ở giai đoạn này nên phiếu được giữ lại, không tính thêm",
    "quarantined": f"{SUCCESS}; phiếu được giữ, chờ đối chiếu danh mục",
}


def fault_of(finding: Finding | FindingModel) -> wire.SheetFault:
    """A finding as a line of `DanhSachLoi`."""
    return wire.SheetFault(
        error_code(finding.code),
        finding.code,
        vietnamese_path(finding.field),
        in_vietnamese(finding.code, finding.field, finding.message),
        finding.retry,
    )


def _warnings(result: Result) -> tuple[wire.Caution, ...]:
    """Warnings of a stored item: those of the checks, and why it is not counted."""
    said: list[FindingModel] = list(result.warnings)
    if result.verdict == "quarantined":
        said += result.findings
    lines = [
        wire.Caution(
            WARNING_CODES.get(one.code, "W00"),
            vietnamese_path(one.field),
            in_vietnamese(one.code, one.field, one.message),
        )
        for one in said
    ]
    extra = "repeat" if result.verdict == "repeat" else "withdrawn" if result.state == "withdrawn" else None
    if extra is not None:
        lines.append(wire.Caution(WARNING_CODES[extra], "MaPhieu", in_vietnamese(extra, "", "")))
    return tuple(lines)


def sheet_result(result: Result) -> wire.SheetResult:
    """The `result` of one item."""
    return wire.SheetResult(
        result.response_id,
        result.receipt,
        VERDICTS[result.verdict][0],
        result.verdict in ("duplicate", "repeat"),
        None if result.state is None else STATES[result.state][0],
        result.counted,
        result.counts,
        _warnings(result),
        () if result.verdict in DURABLE else tuple(fault_of(finding) for finding in result.findings),
    )


def code_and_message(result: Result, faults: Sequence[wire.SheetFault]) -> tuple[int, str]:
    """`error_code` and `message` of one item: those of its first fault, or of its success."""
    if result.verdict in DURABLE:
        return 0, _SAYS[result.verdict]
    if not faults:
        return error_code("internal_error"), in_vietnamese("internal_error", "", "")
    return faults[0].error_code, faults[0].message


def sheet_answer(result: Result) -> wire.SheetAnswer:
    """The envelope of a single post."""
    one = sheet_result(result)
    return wire.SheetAnswer(*code_and_message(result, one.faults), one)


def batch_answer(results: Iterable[Result]) -> wire.BatchAnswer:
    """The envelope of a batch, in the order sent."""
    lines = []
    durable = duplicates = 0
    for position, result in enumerate(results):
        one = sheet_result(result)
        code, message = code_and_message(result, one.faults)
        durable += result.verdict in DURABLE
        duplicates += one.duplicate
        lines.append(
            wire.BatchLine(
                position,
                one.response_id,
                code,
                message,
                one.faults[0].field if one.faults else "",
                one.receipt,
                one.verdict,
                one.duplicate,
                one.state,
                one.counted,
                one.counts,
                one.warnings,
                one.faults,
            )
        )
    failed = len(lines) - durable
    message = f"{SUCCESS} {durable} phiếu" if not failed else f"Nhận {durable}/{len(lines)} phiếu, xem từng kết quả"
    return wire.BatchAnswer(1 if failed else 0, message, len(lines), durable, duplicates, failed, tuple(lines))


def local(moment: str) -> str:
    """An ISO instant in Vietnam's time."""
    return dt.datetime.fromisoformat(moment).astimezone(VIETNAM).isoformat()


def stored_answer(stored: StoredResponse) -> wire.StoredAnswer:
    """The envelope of the state of one response."""
    history = tuple(
        wire.HistoryEvent(EVENTS.get(line.event, line.event), local(line.recorded_at), line.reason, line.other)
        for line in stored.history
    )
    state, words = STATES[stored.state]
    sheet = wire.StoredSheet(
        stored.response_id,
        stored.receipt,
        state,
        stored.counted,
        stored.counts,
        stored.realm,
        local(stored.received_at),
        history,
        tuple(fault_of(finding) for finding in stored.findings),
    )
    return wire.StoredAnswer(0, words, sheet)
