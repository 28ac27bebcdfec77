"""Dossiers, progress and petition counts over HTTP: the bodies of existing exporters on paths of the một-cửa dialect."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from parindex.errors import Finding, Invalid
from parindex.web.auth import Caller
from parindex.web.openapi import ref
from survey_ingest.balance import read_days
from survey_ingest.body import MOST_BATCH_BYTES, read_body, records_value
from survey_ingest.dossiers import wire
from survey_ingest.dossiers.answers import records_answer, status_of
from survey_ingest.dossiers.look_up import held_dossier, receipts_of
from survey_ingest.dossiers.petitions import read_petitions, record_petitions
from survey_ingest.dossiers.read_request import Sent, read_sent
from survey_ingest.dossiers.receive import receive_dossiers, receive_steps
from survey_ingest.motcua.access import DialectSender
from survey_ingest.motcua.answers import EnvelopeRoute, failed, is_xml, respond
from survey_ingest.motcua.openapi import envelope_openapi, json_openapi
from survey_ingest.motcua.session_routes import SessionRoute
from survey_ingest.motcua.xml_body import read_xml
from survey_ingest.routing import resources_of, within_rate

router = APIRouter(route_class=EnvelopeRoute, tags=["một cửa: hồ sơ"])
_GATES = (400, 401, 403, 413, 422, 429, 503)
_RECORD = {
    "MaHoSo": "H99.101-261120-0042",
    "MaTTHC": "1.000894.000.00.00.H99",
    "KenhThucHien": "1",
    "LoaiDoiTuong": "1",
    "NgayTiepNhan": "20261120081530",
    "NgayHenTra": "20261124170000",
    "TrangThaiHoSo": "4",
    "DanhSachLePhi": [],
}
_STEP = {"MaHoSo": "H99.101-261120-0042", "ThoiDiemXuLy": "20261121090000", "TrangThai": "4"}
_RECORDS: dict[str, Any] = {
    "anyOf": [
        {"type": "object", "description": "Một bản ghi, hoặc {madonvi, isUpdating, data: [...]}."},
        {"type": "array", "items": {"type": "object"}, "minItems": 1, "maxItems": 500},
    ]
}


async def _value(request: Request) -> Any:
    body = await read_body(request, MOST_BATCH_BYTES)
    if is_xml(request):
        return (await asyncio.to_thread(read_xml, body))[1]
    return records_value(body)


async def _sent(request: Request, caller: Caller, **address: Any) -> Sent:
    """The records of a request, taken from the sender's rate."""
    sent = read_sent(await _value(request), **address)
    within_rate(request, caller, len(sent.records))
    return sent


def _limits(request: Request) -> dict[str, str]:
    return dict(getattr(request.state, "error_headers", None) or {})


@router.post(
    "/api/v1/ho-so",
    summary="Gửi hồ sơ / Post dossiers",
    response_class=Response,
    responses=envelope_openapi(dict.fromkeys((200, 201, 207, 403, 409, 422), wire.RecordsAnswer), *_GATES, xml=True),
    openapi_extra=json_openapi(_RECORDS, example=_RECORD, also=["application/xml"]),
)
async def post_dossiers(request: Request, caller: DialectSender) -> Response:
    """Nhận nội dung DongBoHoSoMC như phần mềm đang gửi. Chỉ giữ trường cần tính, trường cá nhân bị bỏ và nêu tên. Gửi lại y hệt: không lưu thêm."""
    sent = await _sent(request, caller)
    outcomes = await receive_dossiers(resources_of(request), caller, sent)
    return respond(request, records_answer(outcomes), status_of(outcomes, alone=sent.alone), _limits(request))


@router.post(
    "/api/v1/ho-so/tien-trinh",
    summary="Gửi tiến trình / Post progress steps",
    response_class=Response,
    responses=envelope_openapi(dict.fromkeys((200, 201, 207, 403, 422), wire.RecordsAnswer), *_GATES, xml=True),
    openapi_extra=json_openapi(_RECORDS, example=[_STEP], also=["application/xml"]),
)
async def post_progress(request: Request, caller: DialectSender) -> Response:
    """Nhận nội dung CapNhatTienDoHoSoMC. Mỗi bước lưu một lần; bước của hồ sơ chưa gửi được giữ đến khi hồ sơ tới."""
    sent = await _sent(request, caller)
    outcomes = await receive_steps(resources_of(request), caller, sent)
    answer = records_answer(outcomes, "tiến trình hồ sơ")
    return respond(request, answer, status_of(outcomes, alone=sent.alone), _limits(request))


@router.get(
    "/api/v1/ho-so/{MaHoSo:path}",
    summary="Xem một hồ sơ / One dossier",
    response_class=Response,
    responses=envelope_openapi({200: wire.HeldAnswer}, 401, 403, 404, 422, 503, xml=True),
)
async def get_dossier(
    request: Request, caller: DialectSender, code: Annotated[str, Path(alias="MaHoSo", min_length=1, max_length=400)]
) -> Response:
    """Mọi phiên bản đã nhận, tiến trình và các điểm bất thường của một hồ sơ trong phạm vi của tài khoản."""
    resources = resources_of(request)
    async with resources.database.connection() as connection:
        held = await held_dossier(connection, caller, code, resources.catalogues.current.units)
    return respond(request, wire.HeldAnswer(0, "Tra cứu thành công", held))


@router.get(
    "/api/v1/doi-soat/ho-so",
    summary="Đối soát hồ sơ / Dossier receipts by day",
    response_class=Response,
    responses=envelope_openapi({200: wire.ReceiptsAnswer}, 401, 403, 422, 503, xml=True),
)
async def get_receipts(
    request: Request,
    caller: DialectSender,
    first: Annotated[str, Query(alias="TuNgay", max_length=20, examples=["2026-11-01"])],
    last: Annotated[str, Query(alias="DenNgay", max_length=20, examples=["2026-11-30"])],
) -> Response:
    """Số bản ghi hồ sơ, tiến trình, phản ánh đã nhận của chính hệ thống hỏi, theo ngày nhận."""
    try:
        days = read_days(first, last)
    except Invalid as error:
        names = {"from": "TuNgay", "to": "DenNgay"}
        error.findings = [Finding(one.code, names.get(one.field, one.field), one.message) for one in error.findings]
        raise
    async with resources_of(request).database.connection() as connection:
        receipts = await receipts_of(connection, caller, *days)
    return respond(request, wire.ReceiptsAnswer(0, "Đối soát thành công", receipts))


@router.post(
    "/api/v1/pakn",
    summary="Gửi số phản ánh, kiến nghị / Post petition counts",
    response_class=Response,
    responses=envelope_openapi({200: wire.PetitionsAnswer}, *_GATES, xml=True),
    openapi_extra=json_openapi(
        {"anyOf": [ref(wire.PetitionItem), {"type": "array", "items": ref(wire.PetitionItem), "maxItems": 500}]},
        also=["application/xml"],
    ),
)
async def post_petitions(request: Request, caller: DialectSender) -> Response:
    """Chỉ là số đếm theo đơn vị và tháng. Lần gửi mới nhất có hiệu lực, các lần trước được giữ; gửi y hệt không lưu thêm."""
    resources = resources_of(request)
    sent = await _sent(request, caller)
    read = read_petitions(sent.records, caller, resources.catalogues.current.units)
    lines = await resources.committer.committed(lambda connection: record_petitions(connection, caller, read))
    resources.ring()
    answer = wire.PetitionsAnswer(0, f"Nhận thành công {len(lines)} số đếm", tuple(lines))
    return respond(request, answer, headers=_limits(request))


class BareListRoute(SessionRoute):
    """A path of exporters that send a bare list and read `response_code`; always HTTP 200, as they expect."""

    def refused(self, request: Request, error: Exception) -> Response:
        """The answer to an error, with `response_code`."""
        answer = super().refused(request, error)
        if answer.status_code != 200 or is_xml(request):
            return answer
        envelope = msgspec.to_builtins(failed(request, error)[1])
        return respond(request, {"response_code": "-1", **envelope})


bare_list_router = APIRouter(route_class=BareListRoute, tags=["một cửa: hồ sơ"])


@bare_list_router.post(
    "/api/SynsTTHCC/DongBoHoSoMC",
    summary="Gửi mảng hồ sơ trần / Post a bare list of dossiers",
    response_class=Response,
    responses=envelope_openapi({200: wire.BareListAnswer}, 200, 413, 429, 503),
    openapi_extra=json_openapi({"type": "array", "items": {"type": "object"}}, example=[_RECORD]),
)
async def post_bare_list(
    request: Request,
    caller: DialectSender,
    agency: Annotated[str, Query(alias="MaDinhDanhDV", max_length=64)] = "",
    updating: Annotated[str, Query(alias="isUpdating", max_length=10)] = "",
) -> Response:
    """Như DongBoHoSoMC, đơn vị và isUpdating nằm trên địa chỉ. `response_code` "0" khi và chỉ khi mọi hồ sơ đã được lưu."""
    sent = await _sent(request, caller, agency=agency.strip(), updating=updating)
    outcomes = await receive_dossiers(resources_of(request), caller, sent)
    answer = records_answer(outcomes)
    code = "0" if answer.error_code == 0 else "-1"
    bare = wire.BareListAnswer(**msgspec.structs.asdict(answer), response_code=code)
    return respond(request, bare, headers=_limits(request))


COMPONENTS: tuple[type, ...] = (
    wire.RecordsAnswer,
    wire.BareListAnswer,
    wire.HeldAnswer,
    wire.ReceiptsAnswer,
    wire.PetitionItem,
    wire.PetitionsAnswer,
)
"""Wire types for the document."""
ROUTERS = (router, bare_list_router)
