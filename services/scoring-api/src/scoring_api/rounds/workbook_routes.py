"""Routes of a unit's workbook: download, and the filled-in file sent back (as the body itself, or from a form)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from parindex.web.problems import problem_openapi
from scoring_api.dependencies import database_of
from scoring_api.evidence.receive import receive_upload
from scoring_api.people.session import SignedIn
from scoring_api.rounds import bodies
from scoring_api.rounds.answers import WorkbookImported
from scoring_api.rounds.body_limit import MOST_BYTES, LimitedBodyRoute
from scoring_api.rounds.clock import Now
from scoring_api.rounds.spoken import clean_reason
from scoring_api.rounds.unit_workbook import export_workbook, import_workbook
from scoring_api.rounds.wire import answered, documented, downloaded

router = APIRouter(tags=["rounds"], route_class=LimitedBodyRoute)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BINARY = {"type": "string", "format": "binary"}
_PATH = "/v1/rounds/{round_id}/units/{unit_id}/workbook"
_BODY = {
    "required": True,
    "content": {
        XLSX: {"schema": _BINARY},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": _BINARY, "late_reason": {"type": "string"}},
            }
        },
    },
}


@router.get(
    _PATH,
    summary="Tải bảng kê khai của đơn vị (Excel) / A unit's workbook",
    description="By the unit itself: one row for each component, filled with what was declared so far.",
    response_class=Response,
    responses={
        200: {"description": "The workbook", "content": {XLSX: {"schema": _BINARY}}},
        **problem_openapi(401, 403, 404, 422, 503),
    },
)
async def get_workbook(
    request: Request, person: SignedIn, round_id: bodies.RoundPath, unit_id: bodies.UnitPath
) -> Response:
    """The workbook to fill in."""
    body = await export_workbook(database_of(request), person, round_id, unit_id)
    return downloaded(body, f"ke-khai-{round_id}-{unit_id}.xlsx", XLSX)


@router.post(
    _PATH,
    summary="Nộp bảng kê khai đã điền (Excel) / The filled-in workbook",
    description="By the unit itself, in its step: declares what differs from what was declared. Findings per cell; nothing is half-imported.",
    openapi_extra={"requestBody": _BODY},
    **documented(WorkbookImported, 200, 400, 409, 413),
)
async def post_workbook(
    request: Request,
    person: SignedIn,
    round_id: bodies.RoundPath,
    unit_id: bodies.UnitPath,
    now: Now,
    late_reason: Annotated[str, Query(max_length=4000, description="Why it comes after the deadline.")] = "",
) -> Response:
    """Imports a workbook."""
    data, reason = await _received(request)
    done = await import_workbook(
        database_of(request), person, round_id, unit_id, data, late_reason=clean_reason(reason or late_reason), now=now
    )
    return answered(WorkbookImported(round_id, done.last_event_no, done.changed, done.unchanged))


async def _received(request: Request) -> tuple[bytes, str]:
    """The file's bytes, and the reason that a form may carry."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return await request.body(), ""
    upload, fields = await receive_upload(request, MOST_BYTES // 1024 // 1024)
    return upload.content, fields.get("late_reason", "")
