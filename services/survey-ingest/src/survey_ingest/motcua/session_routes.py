"""The session dialect of older exporters: log in, then one endpoint for every service, named in the body.

They expect HTTP 200 whatever happened and read `error_code` and words, so that is what they get; only back-pressure, rate
and size limits and faults of ours keep their status, because nothing was done.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.errors import Finding, Invalid, NotFound, Unreadable
from survey_ingest.body import MOST_BATCH_BYTES, decode, read_body
from survey_ingest.motcua import wire
from survey_ingest.motcua.access import gate_of
from survey_ingest.motcua.answers import EnvelopeRoute, failed, respond
from survey_ingest.motcua.call import Call, Reply
from survey_ingest.motcua.openapi import envelope_openapi, json_openapi
from survey_ingest.motcua.services import SERVICES
from survey_ingest.routing import resources_of

_KEPT = frozenset({413, 429, 500, 503})
_ADAPTERS = ("/XrdAdapter/RestService/forward", "/VXPAdapter/RestService/forward", "")


class SessionRoute(EnvelopeRoute):
    """A route that answers refusals with HTTP 200 and an `error_code`."""

    def refused(self, request: Request, error: Exception) -> Response:
        """The answer to an error."""
        status, envelope, headers = failed(request, error)
        return respond(request, envelope, status if status in _KEPT else 200, headers)


router = APIRouter(route_class=SessionRoute, tags=["một cửa: theo phiên"])


async def _body(request: Request, most: int) -> dict[str, Any]:
    value = decode(await read_body(request, most))
    if not isinstance(value, dict):
        raise Unreadable("The body is not a JSON object.", code="json_unreadable")
    return value


async def log_in(request: Request) -> Response:
    """Đổi tài khoản lấy phiên. `username`, `password` là client_id và client_secret; `session` là mã truy cập có hạn."""
    body = await _body(request, 16 * 1024)
    name, word = body.get("username"), body.get("password")
    missing = [Finding("missing", field, "") for field, value in (("username", name), ("password", word)) if not value]
    if missing or not isinstance(name, str) or not isinstance(word, str):
        raise Invalid("username and password are required.", code="missing", findings=missing)
    token = await gate_of(request).granted(name, word, [])
    answer = wire.Session(0, "Đăng nhập thành công", token.access_token, token.expires_in)
    return respond(request, answer, headers={"Cache-Control": "no-store"})


async def call_service(request: Request) -> Response:
    """Gọi một dịch vụ theo tên trong `service`. `message` có chữ 'thành công' khi và chỉ khi mọi bản ghi đã được lưu."""
    body = await _body(request, MOST_BATCH_BYTES)
    caller = await gate_of(request).of_session(body.pop("session", None))
    name = body.get("service")
    handler = SERVICES.get(name) if isinstance(name, str) else None
    if handler is None:
        raise NotFound(f"There is no such service. Known: {', '.join(sorted(SERVICES))}.", code="service_unknown")
    reply = await handler(Call(request, resources_of(request), caller, body))
    return respond(request, reply, headers=dict(getattr(request.state, "error_headers", None) or {}))


for _adapter in _ADAPTERS:
    shown = not _adapter
    router.add_api_route(
        f"{_adapter}/mapi/login",
        log_in,
        methods=["POST"],
        summary="Đăng nhập lấy phiên / Log in",
        response_class=Response,
        responses=envelope_openapi({200: wire.Session}, 200, 413, 429, 503),
        openapi_extra=json_openapi(
            {"type": "object", "properties": {"username": {"type": "string"}, "password": {"type": "string"}}}
        ),
        include_in_schema=shown,
    )
    router.add_api_route(
        f"{_adapter}/mapi/g" if shown else f"{_adapter}/{{path:path}}",
        call_service,
        methods=["POST"],
        summary="Gọi dịch vụ theo tên / Call a service",
        response_class=Response,
        responses=envelope_openapi({200: Reply}, 200, 413, 429, 503),
        openapi_extra=json_openapi(
            {
                "type": "object",
                "required": ["session", "service"],
                "properties": {
                    "session": {"type": "string"},
                    "madonvi": {"type": "string"},
                    "service": {"type": "string", "enum": sorted(SERVICES)},
                    "isUpdating": {"type": "string", "examples": ["False"]},
                    "data": {"type": "array", "items": {"type": "object"}},
                },
            }
        ),
        include_in_schema=shown,
    )
