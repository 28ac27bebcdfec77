"""Routes of evidence: attach, list, open, erase. Who may do what is decided by the use cases."""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from parindex.web.openapi import ref
from parindex.web.problems import problem_openapi
from scoring_api.dependencies import database_of, settings_of
from scoring_api.evidence.attach import attach
from scoring_api.evidence.erase import erase
from scoring_api.evidence.file_types import FILE_TYPES
from scoring_api.evidence.receive import receive_upload
from scoring_api.evidence.rows import EvidenceLine, EvidenceList
from scoring_api.evidence.serve import OpenedFile, list_evidence, open_evidence
from scoring_api.people.session import SignedIn
from scoring_api.people.small_bodies import SmallBodyRoute

router = APIRouter(tags=["evidence"])
_orders = APIRouter(tags=["evidence"], route_class=SmallBodyRoute)
ANSWERS = (EvidenceLine, EvidenceList)
"""Answer types, for the OpenAPI document."""

_Id = Annotated[int, Path(ge=1, le=2_147_483_647)]
_Unit = Annotated[int, Path(ge=0, le=2_147_483_647)]
_Code = Annotated[str, Path(max_length=120)]
_BYTES = {"schema": {"type": "string", "format": "binary"}}
FILE_CONTENT = {kind.media_type: _BYTES for kind in FILE_TYPES.values()}
EVIDENCE_FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {"type": "string", "format": "binary", "description": "One file with its own name."},
                    "late_reason": {"type": "string", "description": "Why it comes after the deadline."},
                },
            }
        }
    },
}


class ErasureOrder(BaseModel):
    """Why a file is erased."""

    model_config = ConfigDict(extra="forbid")
    why: str = Field(min_length=1, max_length=4000, description="Lý do xóa / Why it is erased; stays on record.")


def _json(value: Any, status: int = 200) -> Response:
    headers = {"Cache-Control": "private, no-store"}
    return Response(msgspec.json.encode(value), status, headers, media_type="application/json")


def _documented(kind: type, status: int = 200) -> dict[int | str, dict[str, Any]]:
    return {status: {"description": kind.__doc__ or "", "content": {"application/json": {"schema": ref(kind)}}}}


@router.post(
    "/v1/rounds/{round_id}/units/{unit_id}/components/{code}/evidence",
    status_code=201,
    summary="Đính kèm tài liệu kiểm chứng / Attach evidence",
    description="By the unit itself, while it declares or answers. PDF, PNG, JPEG, TIFF, DOCX, XLSX, PPTX, ODT, ODS, TXT or CSV, "
    "checked against its content; macros, passwords and archives that unpack beyond the limits are refused. "
    "The same file again returns what is there.",
    response_class=Response,
    responses={**_documented(EvidenceLine, 201), **problem_openapi(400, 401, 403, 404, 409, 413, 422, 503)},
    openapi_extra={"requestBody": EVIDENCE_FORM},
)
async def post_evidence(request: Request, person: SignedIn, round_id: _Id, unit_id: _Unit, code: _Code) -> Response:
    """Attaches one file."""
    settings = settings_of(request)
    upload, fields = await receive_upload(request, settings.evidence_max_mb)
    line = await attach(
        database_of(request),
        settings,
        person,
        round_id=round_id,
        unit_id=unit_id,
        component=code,
        upload=upload,
        now=dt.datetime.now(dt.UTC),
        late_reason=fields.get("late_reason") or None,
    )
    return _json(line, 201)


@router.get(
    "/v1/rounds/{round_id}/units/{unit_id}/evidence",
    summary="Danh mục tài liệu kiểm chứng của đơn vị / Evidence of a unit",
    description="For the unit, appraisers (of their fields), council, auditor and officer. Erased files are listed with their tombstone.",
    response_class=Response,
    responses={**_documented(EvidenceList), **problem_openapi(401, 403, 404, 422, 503)},
)
async def get_unit_evidence(
    request: Request,
    person: SignedIn,
    round_id: _Id,
    unit_id: _Unit,
    component: Annotated[str | None, Query(max_length=120, description="Code of one component")] = None,
) -> Response:
    """Lists what is attached."""
    lines = await list_evidence(database_of(request), person, round_id, unit_id, component)
    return _json(EvidenceList(round_id, unit_id, lines))


@router.get(
    "/v1/evidence/{evidence_id}",
    summary="Tải tài liệu kiểm chứng / Download evidence",
    description="Always a download, never shown in the page; every attempt is on record.",
    response_class=Response,
    responses={
        200: {
            "description": "The file's bytes",
            "content": FILE_CONTENT,
        },
        **problem_openapi(401, 403, 404, 422, 503),
    },
)
async def get_evidence(request: Request, person: SignedIn, evidence_id: uuid.UUID) -> Response:
    """Serves one file."""
    opened = await open_evidence(
        database_of(request), settings_of(request), person, evidence_id, dt.datetime.now(dt.UTC)
    )
    return download(opened)


@_orders.post(
    "/v1/evidence/{evidence_id}/erasure",
    summary="Xóa tài liệu kiểm chứng / Erase evidence",
    description="By an officer, with a reason. The key is destroyed once no attached file needs the content; name and digest stay as a tombstone.",
    response_class=Response,
    responses={**_documented(EvidenceLine), **problem_openapi(400, 401, 403, 404, 413, 422, 503)},
)
async def post_erasure(request: Request, person: SignedIn, evidence_id: uuid.UUID, order: ErasureOrder) -> Response:
    """Erases one file."""
    line = await erase(
        database_of(request), settings_of(request), person, evidence_id, order.why, dt.datetime.now(dt.UTC)
    )
    return _json(line)


router.include_router(_orders)


def download(opened: OpenedFile) -> Response:
    """The file as an answer that a browser saves and never runs, frames, guesses about or keeps."""
    line = opened.line
    return saved_file(opened.content, line.file_name, line.media_type, line.sha256)


def saved_file(content: bytes, file_name: str, media_type: str, sha256: str) -> Response:
    """Any checked file as such an answer. `sha256` (hex) is of the content."""
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\%' else "_" for letter in file_name
    )
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:",
    }
    # A charset would be a guess about text; the type alone with nosniff is what was checked.
    return Response(content, headers={**headers, "Content-Type": media_type})
