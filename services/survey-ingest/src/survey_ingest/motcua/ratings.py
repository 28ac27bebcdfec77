"""`DongBoDanhGia`: our sheets in the envelope of the session dialect, answered in the words that its clients look for."""

from __future__ import annotations

from typing import Any

from survey_ingest.motcua.call import Call, Reply
from survey_ingest.motcua.envelope import batch_answer
from survey_ingest.motcua.sheets import counted_items, submit_many
from survey_ingest.verdicts import Result


async def synchronise_ratings(call: Call) -> Reply:
    """Stores the sheets of `data`; a sheet without `MaDonVi` takes `madonvi`. May be sent again: nothing counts twice."""
    raws = [_with_unit(raw, call.text("madonvi")) for raw in counted_items(call.records())]
    call.take(len(raws))
    _, results = await submit_many(call.resources, call.caller, raws, None, b"")
    return _reply(results, updating=call.updating)


def _with_unit(raw: Any, unit_code: str) -> Any:
    return {**raw, "MaDonVi": unit_code} if isinstance(raw, dict) and unit_code and not raw.get("MaDonVi") else raw


def _reply(results: list[Result], *, updating: bool) -> Reply:
    """Only what is durable says "thành công".

    "đã tồn tại" stands where everything was there already: a client then calls again with `isUpdating`, and all is well.
    """
    answer = batch_answer(results)
    if answer.failed:
        first = next(line for line in answer.result if line.error_code)
        code = first.error_code if answer.failed == answer.total else 1
        words = first.message if answer.total == 1 else f"Nhận {answer.durable}/{answer.total} phiếu: {first.message}"
        return Reply(code, words, answer.result)
    if all(result.verdict == "duplicate" for result in results) and not updating:
        return Reply(0, "Phiếu đã tồn tại với nội dung giống hệt, coi như đồng bộ thành công", answer.result)
    return Reply(0, f"{'Cập nhật' if updating else 'Đồng bộ'} thành công {answer.total} phiếu", answer.result)
