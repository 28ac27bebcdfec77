"""Responses in the một-cửa dialect over HTTP: the canonical use cases behind Vietnamese names and envelopes."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Path, Request
from starlette.responses import Response

from parindex.errors import Finding, Invalid
from parindex.web.openapi import ref
from survey_ingest.batches import BatchReply, checked_key, stored_batch
from survey_ingest.body import MOST_BATCH_BYTES, read_body
from survey_ingest.motcua import wire, wire_sheet
from survey_ingest.motcua.access import DialectSender
from survey_ingest.motcua.answers import EnvelopeRoute, respond
from survey_ingest.motcua.batch_body import batch_key, read_batch, read_sheet, read_value
from survey_ingest.motcua.envelope import batch_answer, sheet_answer, stored_answer
from survey_ingest.motcua.openapi import envelope_openapi, json_openapi
from survey_ingest.motcua.sheets import submit_many, submit_one
from survey_ingest.motcua.translate import withdrawal_reason
from survey_ingest.routes import SINGLE_STATUS
from survey_ingest.routing import resources_of, within_rate
from survey_ingest.stored import stored_response
from survey_ingest.verdicts import BatchResults, Result, StoredResponse
from survey_ingest.withdraw import REASONS, withdraw

router = APIRouter(route_class=EnvelopeRoute, tags=["một cửa: phiếu đánh giá"])
SheetId = Annotated[
    str, Path(alias="MaPhieu", min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$", description="Mã phiếu.")
]
EXAMPLE = {
    "MaPhieu": "6f0c7f0e-0001",
    "MaDonVi": "H99.101",
    "MaBoCauHoi": "KIOSK3",
    "PhienBan": "1",
    "ThoiDiemDanhGia": "20261120081530",
    "GiaiDoan": "3",
    "KenhThuThap": "1",
    "CheDo": "1",
    "MucDoHaiLong": "Rất hài lòng",
    "MaHoSo": "H99.101-261120-0001",
}
_GATES = (400, 401, 403, 413, 422, 429, 503)


@router.post(
    "/api/v1/phieu-danh-gia",
    summary="Gửi một phiếu / Post one sheet",
    response_class=Response,
    responses=envelope_openapi(dict.fromkeys((200, 201, 202, 403, 409, 422), wire.SheetAnswer), *_GATES, xml=True),
    openapi_extra=json_openapi(ref(wire_sheet.Sheet), example=EXAMPLE, also=["application/xml"]),
)
async def post_sheet(request: Request, caller: DialectSender) -> Response:
    """201 đã nhận, 200 trùng hoặc đánh giá lại, 202 chờ đối chiếu, 409 xung đột, 422 hoặc 403 từ chối. MaPhieu là khóa: gửi lại an toàn."""
    limits = within_rate(request, caller, 1)
    result, outside = await submit_one(resources_of(request), caller, await read_sheet(request))
    return respond(request, sheet_answer(result), 403 if outside else SINGLE_STATUS[result.verdict], limits)


@router.post(
    "/api/v1/phieu-danh-gia/lo",
    summary="Gửi một lô phiếu / Post a batch",
    response_class=Response,
    responses=envelope_openapi(dict.fromkeys((200, 207, 422), wire.BatchAnswer), *_GATES, 409, xml=True),
    openapi_extra=json_openapi(
        {
            "anyOf": [
                {"type": "array", "items": ref(wire_sheet.Sheet), "minItems": 1, "maxItems": 500},
                ref(wire_sheet.NamedBatch),
            ]
        },
        example={"MaLo": "lo-20261120-01", "DanhSach": [EXAMPLE]},
        also=["application/x-ndjson", "application/xml"],
    ),
)
async def post_sheets(
    request: Request,
    caller: DialectSender,
    idempotency_key: Annotated[
        str | None,
        Header(description="Mã lô, giữ 30 ngày: cùng nội dung thì cùng câu trả lời. Hoặc MaLo trong nội dung."),
    ] = None,
) -> Response:
    """1 đến 500 phiếu, tối đa 5 MB, nén gzip được; kết quả từng phiếu theo thứ tự gửi. 200 mọi phiếu được lưu, 207 một phần, 422 không phiếu nào."""
    del idempotency_key  # all lines of the header count
    body = await read_body(request, MOST_BATCH_BYTES)
    named, raws = await read_batch(body, request)
    key = batch_key(request.headers.getlist("idempotency-key"), named)
    limits = within_rate(request, caller, len(raws))
    reply, results = await submit_many(resources_of(request), caller, raws, key, body)
    headers = {**limits, "Idempotency-Replayed": "true"} if reply.replayed else limits
    return _batch(request, reply, results, headers)


def _batch(request: Request, reply: BatchReply, results: list[Result], headers: dict[str, str]) -> Response:
    """The envelope of a batch; what is stored is the canonical answer, so either dialect may ask for it again."""
    told = msgspec.json.decode(reply.body, type=BatchResults).results if reply.replayed else results
    return respond(request, batch_answer(told), reply.status, headers)


@router.get(
    "/api/v1/lo/{MaLo:path}",
    summary="Xem lại kết quả lô / Answer of a batch again",
    response_class=Response,
    responses=envelope_openapi(dict.fromkeys((200, 207, 422), wire.BatchAnswer), 401, 403, 404, 422, 503, xml=True),
)
async def get_batch(
    request: Request,
    caller: DialectSender,
    key: Annotated[str, Path(alias="MaLo", min_length=1, max_length=128, pattern=r"^[!-~]+$", description="Mã lô.")],
) -> Response:
    """Câu trả lời đã lưu của lô gửi trong 30 ngày qua với mã này, đúng mã trạng thái khi đó."""
    async with resources_of(request).database.connection() as connection:
        reply = await stored_batch(connection, caller, checked_key(key))
    return _batch(request, reply, [], {})


@router.get(
    "/api/v1/phieu-danh-gia/{MaPhieu}",  # noqa: FAST003 (SheetId bears the name)
    summary="Trạng thái một phiếu / State of one sheet",
    response_class=Response,
    responses=envelope_openapi({200: wire.StoredAnswer}, 401, 403, 404, 422, 503, xml=True),
)
async def get_sheet(request: Request, caller: DialectSender, response_id: SheetId) -> Response:
    """Trạng thái và lịch sử của một phiếu do chính hệ thống này gửi."""
    async with resources_of(request).database.connection() as connection:
        return respond(request, stored_answer(await stored_response(connection, caller, response_id)))


@router.post(
    "/api/v1/phieu-danh-gia/{MaPhieu}/thu-hoi",  # noqa: FAST003 (SheetId bears the name)
    summary="Thu hồi một phiếu / Withdraw a sheet",
    response_class=Response,
    responses=envelope_openapi({200: wire.StoredAnswer}, 400, 401, 403, 404, 413, 422, 503, xml=True),
    openapi_extra=json_openapi(ref(wire_sheet.SheetWithdrawal), example={"LyDo": "2"}, also=["application/xml"]),
)
async def post_withdrawal(request: Request, caller: DialectSender, response_id: SheetId) -> Response:
    """Giữ lại dấu vết kèm lý do. Thu hồi lần nữa không đổi gì; lý do đầu tiên được giữ."""
    resources = resources_of(request)
    value = await read_value(request, 16 * 1024)
    reason = withdrawal_reason(value.get("LyDo") if isinstance(value, dict) else None)
    if reason not in REASONS:
        raise Invalid(
            "The reason is not known.", code="reason_unknown", findings=[Finding("reason_unknown", "LyDo", "")]
        )

    async def work(connection: Any) -> StoredResponse:
        await withdraw(connection, caller, response_id, reason)
        return await stored_response(connection, caller, response_id)

    stored = await resources.committer.committed(work)
    resources.ring()
    return respond(request, stored_answer(stored))
