"""Reconciliation in the một-cửa dialect."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.web.openapi import ref
from survey_ingest.body import MOST_BATCH_BYTES
from survey_ingest.motcua import wire_settlement
from survey_ingest.motcua.access import DialectSender
from survey_ingest.motcua.answers import EnvelopeRoute, is_xml, respond
from survey_ingest.motcua.batch_body import read_object
from survey_ingest.motcua.openapi import envelope_openapi, json_openapi
from survey_ingest.motcua.settlement import read_claim, settle
from survey_ingest.motcua.xml_body import listed
from survey_ingest.routing import resources_of, within_rate

router = APIRouter(route_class=EnvelopeRoute, tags=["một cửa: đối soát"])
_EXAMPLE = {
    "TuNgay": "2026-11-01",
    "DenNgay": "2026-11-20",
    "DanhSach": [{"MaDonVi": "H99.101", "Ngay": "2026-11-20", "SoPhieu": "12"}],
}


@router.post(
    "/api/v1/doi-soat",
    summary="Đối soát / Reconciliation",
    response_class=Response,
    responses=envelope_openapi({200: wire_settlement.SettlementAnswer}, 400, 401, 403, 413, 422, 429, 503, xml=True),
    openapi_extra=json_openapi(ref(wire_settlement.SettlementRequest), example=_EXAMPLE, also=["application/xml"]),
)
async def post_settlement(request: Request, caller: DialectSender) -> Response:
    """So số phiếu bạn ghi nhận theo đơn vị và ngày với số phiếu hệ thống giữ; chênh lệch bằng lời. Chỉ đọc, hỏi lại tùy ý."""
    resources = resources_of(request)
    limits = within_rate(request, caller, 1)
    body = await read_object(request, MOST_BATCH_BYTES)
    if is_xml(request) and isinstance(body.get("DanhSach"), dict):
        rows = body["DanhSach"]
        body = {**body, "DanhSach": [rows] if "MaDonVi" in rows else listed(rows)}
    catalogues = resources.catalogues.current
    # Twenty thousand rows take a second; others are answered meanwhile.
    claim = await asyncio.to_thread(read_claim, body, catalogues, caller.realm)
    async with resources.database.connection() as connection:
        settled = await settle(connection, caller, claim, catalogues)
    count = len(settled.differences)
    message = "Đối soát thành công: khớp" if settled.agrees else f"Đối soát thành công: có {count} chênh lệch"
    return respond(request, wire_settlement.SettlementAnswer(0, message, settled), headers=limits)
