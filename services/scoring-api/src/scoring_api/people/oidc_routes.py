"""Routes of a sign-in at the OIDC issuer: there, and back. For browsers."""

from __future__ import annotations

import html
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from parindex.web.problems import problem_openapi
from scoring_api.dependencies import database_of
from scoring_api.people.cookie import FLOW_COOKIE, clear_flow, set_flow, set_sign_in
from scoring_api.people.door import door_of
from scoring_api.people.id_token import refused
from scoring_api.people.sign_in_by_oidc import FLOW_SECONDS, begin_oidc, finish_oidc
from scoring_api.people.small_bodies import SmallBodyRoute

router = APIRouter(prefix="/v1/sign-in/oidc", tags=["people"], route_class=SmallBodyRoute)
_LOCAL_PATH = r"^/([A-Za-z0-9._~-][A-Za-z0-9._~/?=&%-]*)?$"
"""A page of ours: never `//elsewhere` or `/\\elsewhere`."""
_WAY_THERE: dict[int | str, dict[str, Any]] = {
    302: {"description": "To the issuer", "headers": {"Location": {"schema": {"type": "string"}}}}
}
_PAGE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Signed in: the page goes on by itself",
        "content": {"text/html": {"schema": {"type": "string"}}},
    }
}
_TENANT = Annotated[int | None, Query(ge=0, le=2_147_483_647, description="The authority, where one has several.")]
_TEXT = Annotated[str | None, Query(max_length=4096)]


@router.get(
    "",
    summary="Đăng nhập qua nhà cung cấp danh tính / Sign in at the OIDC issuer",
    operation_id="sign_in_oidc",
    response_class=RedirectResponse,
    status_code=302,
    responses=_WAY_THERE | problem_openapi(422, 429, 503),
)
async def there(
    request: Request,
    tenant: _TENANT = None,
    next_path: Annotated[str, Query(alias="next", max_length=500, pattern=_LOCAL_PATH)] = "/",
) -> Response:
    """Sends the browser to the issuer with state, nonce and PKCE; `next` is the page of ours to come back to."""
    door = door_of(request)
    begun = await begin_oidc(door, tenant_id=tenant, next_path=next_path)
    answer = RedirectResponse(begun.url, 302)
    set_flow(answer, begun.sealed, FLOW_SECONDS, secure=door.secure)
    return answer


@router.get(
    "/return",
    summary="Trở lại từ nhà cung cấp danh tính / Back from the OIDC issuer",
    operation_id="sign_in_oidc_return",
    response_class=HTMLResponse,
    responses=_PAGE | problem_openapi(401, 422, 429, 503),
)
async def back(
    request: Request,
    state: _TEXT = None,
    code: _TEXT = None,
    error: _TEXT = None,
    iss: _TEXT = None,
) -> Response:
    """Sets the sign-in's cookie. A page, not a redirect: after one the browser would not send a SameSite=Strict cookie."""
    door = door_of(request)
    request.state.error_headers = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    if error is not None:
        raise refused("the issuer refused it, or it was called off there.")
    if not state or not code:
        raise refused("the issuer sent neither a code nor an error.")
    started, next_path = await finish_oidc(
        database_of(request),
        door,
        sealed=request.cookies.get(FLOW_COOKIE),
        state=state,
        code=code,
        issuer_named=iss,
    )
    answer = HTMLResponse(_page(next_path))
    answer.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    answer.headers["Referrer-Policy"] = "no-referrer"
    set_sign_in(answer, started.token, started.expires_at, secure=door.secure)
    clear_flow(answer, secure=door.secure)
    return answer


def _page(next_path: str) -> str:
    where = html.escape(next_path, quote=True)
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Đã đăng nhập</title>'
        f'<meta http-equiv="refresh" content="0;url={where}"></head>'
        f'<body><p>Đã đăng nhập. <a href="{where}">Tiếp tục</a></p></body></html>'
    )
