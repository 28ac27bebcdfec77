"""Routes beside the responses: token, balance, code lists, server time."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from parindex.engine.period import VIETNAM
from parindex.web.problems import problem_openapi
from survey_ingest import wire
from survey_ingest.balance import balance_of, read_days
from survey_ingest.body import read_body
from survey_ingest.listing import (
    CatalogueName,
    code_entries,
    instrument_entries,
    page_of,
    procedure_entries,
    unit_entries,
)
from survey_ingest.routing import Sender, answer, ok, resources_of
from survey_ingest.tokens import issue_token, read_grant

router = APIRouter()


@router.post(
    "/v1/token",
    tags=["access"],
    summary="Lấy mã truy cập / Get a bearer token",
    response_class=Response,
    responses={**ok(wire.Token, 200), **problem_openapi(400, 401, 413, 503)},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind: {
                    "schema": {
                        "type": "object",
                        "properties": {
                            name: {"type": "string"} for name in ("grant_type", "client_id", "client_secret", "scope")
                        },
                    }
                }
                for kind in ("application/x-www-form-urlencoded", "application/json")
            },
        }
    },
)
async def token(request: Request) -> Response:
    """OAuth2 client credentials: form, JSON, or Basic header. The token is opaque and short-lived."""
    resources = resources_of(request)
    body = await read_body(request, 16 * 1024)
    client, secret, wanted = read_grant(
        body, request.headers.get("content-type", ""), request.headers.get("authorization")
    )
    now = dt.datetime.now(dt.UTC)
    issued = await resources.committer.committed(
        lambda connection: issue_token(
            connection, client, secret, wanted, seconds=resources.settings.token_seconds, now=now
        )
    )
    return answer(issued, headers={"Cache-Control": "no-store"})


@router.get(
    "/v1/balance",
    tags=["reconciliation"],
    summary="Đối soát / Reconciliation balance",
    response_class=Response,
    responses={**ok(wire.Balance, 200), **problem_openapi(401, 403, 422, 503)},
)
async def get_balance(
    request: Request,
    caller: Sender,
    first: Annotated[str, Query(alias="from", examples=["2026-11-01"])],
    last: Annotated[str, Query(alias="to", examples=["2026-11-30"])],
) -> Response:
    """Received items by verdict and local day of receipt, both ends included."""
    days = read_days(first, last)
    async with resources_of(request).database.connection() as connection:
        return answer(await balance_of(connection, caller, *days))


@router.get(
    "/v1/catalogues/{name}",
    tags=["catalogues"],
    summary="Danh mục mã / Code lists",
    response_class=Response,
    responses={
        **ok(wire.CataloguePage, 200),
        304: {"description": "Not modified"},
        **problem_openapi(401, 403, 422, 503),
    },
)
async def get_catalogue(
    request: Request,
    caller: Sender,
    name: CatalogueName,
    since: Annotated[int, Query(ge=0, le=2**53, description="Only entries changed after this revision.")] = 0,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Units, procedures, questionnaires, fixed codes; 1,000 entries a page."""
    resources = resources_of(request)
    keeper = resources.catalogues
    etag = (
        '"'
        + hashlib.sha256(
            f"{name}/{keeper.revision}/{caller.realm}/{since}/{cursor or ''}/{dt.datetime.now(VIETNAM).date()}".encode()
        ).hexdigest()[:32]
        + '"'
    )
    if if_none_match is not None and (etag in if_none_match or if_none_match.strip() == "*"):
        return Response(status_code=304, headers={"ETag": etag})
    match name:
        case "units":
            entries = unit_entries(keeper.current, caller.realm, dt.datetime.now(VIETNAM).date())
        case "instruments":
            entries = instrument_entries(keeper.current)
        case "codes":
            entries = code_entries()
        case "procedures":
            async with resources.database.connection() as connection:
                entries = await procedure_entries(connection)
    return answer(page_of(name, entries, keeper.revision, since, cursor), headers={"ETag": etag})


@router.get(
    "/v1/time",
    tags=["catalogues"],
    summary="Giờ máy chủ / Server time",
    response_class=Response,
    responses=ok(wire.ServerTime, 200),
)
async def get_time() -> Response:
    """The server's clock, for kiosks to compare theirs with. Public."""
    now = dt.datetime.now(dt.UTC)
    local = now.astimezone(VIETNAM)
    return answer(
        wire.ServerTime(now.isoformat(), local.isoformat(), local.strftime("%Y%m%d%H%M%S")),
        headers={"Cache-Control": "no-store"},
    )
