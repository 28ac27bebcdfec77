"""Token, code lists and server time in the một-cửa dialect."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Path, Query, Request
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from parindex.engine.period import VIETNAM
from parindex.errors import NotFound
from survey_ingest.body import read_body
from survey_ingest.motcua import wire
from survey_ingest.motcua.access import DialectSender, gate_of, their_scopes
from survey_ingest.motcua.answers import EnvelopeRoute, failed, respond
from survey_ingest.motcua.lists import ListName, page_of_list, revision_since, today
from survey_ingest.motcua.openapi import envelope_openapi, json_openapi
from survey_ingest.routing import resources_of
from survey_ingest.tokens import read_grant
from survey_ingest.wire import Token

router = APIRouter(route_class=EnvelopeRoute, tags=["một cửa: danh mục"])


class TokenRoute(EnvelopeRoute):
    """A route whose refusals also say what RFC 6749, section 5.2, wants said."""

    def refused(self, request: Request, error: Exception) -> Response:
        """The answer to an error."""
        status, envelope, headers = failed(request, error)
        known = ("invalid_client", "unsupported_grant_type", "invalid_scope")
        word = envelope.code if envelope.code in known else "invalid_request" if status < 500 else "server_error"
        answer = wire.TokenFailure(
            envelope.error_code,
            envelope.message,
            envelope.code,
            envelope.request_id,
            envelope.faults,
            error=word,
            error_description=envelope.message,
        )
        return Response(msgspec.json.encode(answer), status, headers, "application/json")


token_router = APIRouter(route_class=TokenRoute, tags=["một cửa: truy cập"])
_GRANT = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("grant_type", "client_id", "client_secret", "scope")},
}


@token_router.post(
    "/token",
    summary="Lấy mã truy cập / Get a bearer token",
    response_class=Response,
    responses=envelope_openapi({200: Token}, 400, 401, 413, 503, failure=wire.TokenFailure),
    openapi_extra=json_openapi(_GRANT, example={"client_id": "c990000-0123456789abcdef", "client_secret": "..."}),
)
async def token(request: Request) -> Response:
    """OAuth2 client credentials như WSO2 (đầu Basic và biểu mẫu, hoặc client_id, client_secret trong biểu mẫu) hay iGate (JSON)."""
    body = await read_body(request, 16 * 1024)
    client, secret, wanted = read_grant(
        body, request.headers.get("content-type", ""), request.headers.get("authorization")
    )
    granted = their_scopes(await gate_of(request).granted(client, secret, wanted))
    return Response(msgspec.json.encode(granted), 200, {"Cache-Control": "no-store"}, "application/json")


@router.get(
    "/api/v1/danh-muc/{DanhMuc}",
    summary="Danh mục mã / Code lists",
    response_class=Response,
    responses={
        **envelope_openapi({200: wire.ListPage}, 401, 403, 404, 422, 503, xml=True),
        304: {"description": "Không thay đổi"},
    },
)
async def get_list(
    request: Request,
    caller: DialectSender,
    name: Annotated[ListName, Path(alias="DanhMuc")],
    since: Annotated[
        str | None,
        Query(alias="CapNhatTu", max_length=40, description="PhienBanDanhMuc của lần trước, hoặc ngày giờ."),
    ] = None,
    cursor: Annotated[
        str | None, Query(alias="ConTro", max_length=200, description="ConTroTiep của trang trước.")
    ] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Đơn vị, thủ tục, lĩnh vực, bộ câu hỏi, mã cố định, mã lỗi; mỗi trang 1.000 dòng, có ETag."""
    resources = resources_of(request)
    keeper = resources.catalogues
    seed = f"{name}/{keeper.revision}/{caller.realm}/{since or ''}/{cursor or ''}/{today()}/{request.headers.get('accept', '')}"
    etag = f'"{hashlib.sha256(seed.encode()).hexdigest()[:32]}"'
    if if_none_match is not None and (etag in if_none_match or if_none_match.strip() == "*"):
        return Response(status_code=304, headers={"ETag": etag})
    async with resources.database.connection() as connection:
        after = await revision_since(since, connection)
        page = await page_of_list(name, keeper, caller.realm, connection, after, cursor)
    answer = wire.ListPage(0, "Lấy danh mục thành công", name, page.revision, page.next_cursor, page.entries)
    return respond(request, answer, headers={"ETag": etag})


@router.get(
    "/api/v1/thoi-gian",
    summary="Giờ máy chủ / Server time",
    response_class=Response,
    responses=envelope_openapi({200: wire.ClockAnswer}, xml=True),
)
async def get_time(request: Request) -> Response:
    """Giờ máy chủ, để kiosk đối chiếu. Công khai."""
    now = dt.datetime.now(dt.UTC)
    clock = wire.Clock(now.isoformat(), now.astimezone(VIETNAM).isoformat(), f"{now.astimezone(VIETNAM):%Y%m%d%H%M%S}")
    return respond(request, wire.ClockAnswer(0, "Thành công", clock), headers={"Cache-Control": "no-store"})


class _Rest(PathConvertor):
    """The rest of a path, also with a line break in it: that of Starlette ends there."""

    regex = "(?s:.*)"


register_url_convertor("rest", _Rest())
unmatched = APIRouter(route_class=EnvelopeRoute)


async def nothing_here(request: Request) -> Any:
    """Whatever no route of the dialect takes; included after all of them."""
    if any(route.matches(request.scope)[0] is Match.PARTIAL for route in request.app.routes):
        raise HTTPException(405)
    raise NotFound("There is nothing at this path.", code="path_not_found")


for _beginning in ("/api/v1", "/api/SynsTTHCC", "/mapi", "/XrdAdapter", "/VXPAdapter", "/token"):
    unmatched.add_api_route(
        f"{_beginning}{{path:rest}}",
        nothing_here,
        methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        include_in_schema=False,
    )
