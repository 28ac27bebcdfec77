"""The canonical dialect over HTTP. Each route reads, calls one use case in one transaction, and answers after the commit."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Header, Path, Query, Request
from starlette.responses import Response

from parindex.engine.period import VIETNAM
from parindex.errors import Unauthenticated, Unreadable
from parindex.web.auth import Caller
from parindex.web.openapi import ref
from parindex.web.problems import problem_openapi
from survey_ingest import wire
from survey_ingest.balance import balance_of, read_days
from survey_ingest.batches import checked_key, stored_batch, submit_batch
from survey_ingest.body import MOST_BATCH_BYTES, MOST_SINGLE_BYTES, batch_items, decode, read_body
from survey_ingest.check import check_item
from survey_ingest.expose import read_exposures, record_exposures
from survey_ingest.interpret import Catalogues, Meaning, Unfit, Unknown, interpret
from survey_ingest.item import Refused
from survey_ingest.listing import CatalogueName, code_entries, instrument_entries, page_of, procedure_entries, unit_entries
from survey_ingest.resources import Resources
from survey_ingest.stored import stored_response
from survey_ingest.submit import Request as Submission
from survey_ingest.tokens import issue_token, read_grant
from survey_ingest.verdicts import BatchResults, Result, StoredResponse
from survey_ingest.withdraw import withdraw

router = APIRouter()
_encode = msgspec.json.Encoder().encode
SINGLE_STATUS = {"accepted": 201, "duplicate": 200, "repeat": 200, "quarantined": 202, "conflict": 409, "refused": 422}


def resources_of(request: Request) -> Resources:
    """The process's resources."""
    resources: Resources = request.app.state.resources
    return resources


async def sender(request: Request) -> Caller:
    """The sending system behind the bearer token. Raises Unauthenticated or Forbidden."""
    caller = await resources_of(request).authenticator.caller(request.headers.get("authorization"))
    caller.need("ingest")
    if caller.system_id is None:
        raise Unauthenticated("This credential belongs to a person, not to a sending system.", code="not_a_system", hint="Use the credential of a sending system.")
    return caller


Sender = Annotated[Caller, Depends(sender)]
ResponseId = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$", description="The sending system's own id.")]


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer of a wire type."""
    return Response(_encode(value), status, headers, "application/json")


def said(raw: Any, caller: Caller, catalogues: Catalogues, position: int) -> Meaning | Unknown | Unfit | Refused:
    """A decoded item, checked and interpreted; an item that could not be read by itself stays refused."""
    item = raw if isinstance(raw, Refused) else check_item(raw, personal_data=caller.personal_data, position=position)
    return item if isinstance(item, Refused) else interpret(item, caller, catalogues)


def _json_body(kind: type, *, many: bool = False, ndjson: bool = False, example: Any = None) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "array", "items": ref(kind), "minItems": 1, "maxItems": 500} if many else ref(kind)
    content: dict[str, Any] = {"application/json": {"schema": schema, **({"example": example} if example else {})}}
    if ndjson:
        content["application/x-ndjson"] = {"schema": {"type": "string"}}
    return {"requestBody": {"required": True, "content": content}}


def _ok(kind: type, *statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"description": kind.__doc__ or "", "content": {"application/json": {"schema": ref(kind)}}} for status in statuses}


EXAMPLE = {
    "response_id": "6f0c7f0e-0001",
    "unit_code": "H99.101",
    "instrument": "KIOSK3",
    "instrument_version": "1",
    "answered_at": "2026-11-20T08:15:30+07:00",
    "stage": "result",
    "collected_via": "kiosk",
    "mode": "self",
    "overall": 5,
    "dossier_code": "H99.101-261120-0001",
}
FAULTS = problem_openapi(400, 401, 403, 413, 422, 429, 503)


@router.post("/v1/token", tags=["access"], summary="Lấy mã truy cập / Get a bearer token", response_class=Response, responses={**_ok(wire.Token, 200), **problem_openapi(400, 401, 413, 422, 503)}, openapi_extra={"requestBody": {"required": True, "content": {kind: {"schema": {"type": "object", "properties": {name: {"type": "string"} for name in ("grant_type", "client_id", "client_secret", "scope")}}} for kind in ("application/x-www-form-urlencoded", "application/json")}}})
async def token(request: Request) -> Response:
    """OAuth2 client credentials: form, JSON, or Basic header. The token is opaque and short-lived."""
    resources = resources_of(request)
    body = await read_body(request, 16 * 1024)
    client, secret, wanted = read_grant(body, request.headers.get("content-type", ""), request.headers.get("authorization"))
    now = dt.datetime.now(dt.UTC)
    issued = await resources.committer.committed(lambda connection: issue_token(connection, client, secret, wanted, seconds=resources.settings.token_seconds, now=now))
    return answer(issued, headers={"Cache-Control": "no-store"})


@router.post("/v1/responses", tags=["responses"], summary="Gửi một phiếu / Post one response", response_class=Response, responses={**_ok(Result, 200, 201, 202, 409, 422, 403), **problem_openapi(400, 401, 413, 429, 503)}, openapi_extra=_json_body(wire.ResponseItem, example=EXAMPLE))
async def post_response(request: Request, caller: Sender) -> Response:
    """201 accepted, 200 duplicate or repeat, 202 quarantined, 409 conflict, 422 or 403 refused. The id is its own idempotency key."""
    resources = resources_of(request)
    limits = resources.limiter.take(caller, 1)
    value = decode(await read_body(request, MOST_SINGLE_BYTES))
    item = said(value, caller, resources.catalogues.current, 0)
    if isinstance(item, Refused) and item.unreadable:
        raise Unreadable("The body is not a JSON object.", code="json_unreadable", hint="Send one response as a JSON object; several go to /v1/responses/batch.")
    result = await resources.coalescer.submit(Submission(caller, [item]))
    resources.count(caller.realm, [result])
    status = 403 if isinstance(item, Refused) and item.forbidden else SINGLE_STATUS[result.verdict]
    return answer(result, status, limits)


@router.post("/v1/responses/batch", tags=["responses"], summary="Gửi một lô phiếu / Post a batch", response_class=Response, responses={**_ok(BatchResults, 200, 207), 422: {"description": "No item is durable (results), or the batch itself is not acceptable (problem)", "content": {"application/json": {"schema": ref(BatchResults)}, "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}, **problem_openapi(400, 401, 403, 409, 413, 429, 503)}, openapi_extra=_json_body(wire.ResponseItem, many=True, ndjson=True, example=[EXAMPLE]))
async def post_batch(request: Request, caller: Sender, idempotency_key: Annotated[str | None, Header(description="Names the batch for 30 days: same body, same answer again.")] = None) -> Response:
    """1 to 500 items as a JSON array or NDJSON, gzip allowed: one verdict per item in the order sent."""
    resources = resources_of(request)
    key = None if idempotency_key is None else checked_key(idempotency_key)
    body = await read_body(request, MOST_BATCH_BYTES)
    raws = batch_items(body, request.headers.get("content-type", ""))
    limits = resources.limiter.take(caller, len(raws))
    catalogues = resources.catalogues.current
    submission = Submission(caller, [said(raw, caller, catalogues, position) for position, raw in enumerate(raws)])
    reply, results = await resources.committer.committed(lambda connection: submit_batch(connection, submission, key, body))
    resources.count(caller.realm, results)
    headers = {**limits, "Idempotency-Replayed": "true"} if reply.replayed else limits
    return Response(reply.body, reply.status, headers, "application/json")


@router.get("/v1/batches/{key}", tags=["responses"], summary="Xem lại kết quả lô / Answer of a batch again", response_class=Response, responses={**_ok(BatchResults, 200, 207, 422), **problem_openapi(401, 403, 404, 503)})
async def get_batch(request: Request, caller: Sender, key: Annotated[str, Path(min_length=1, max_length=128)]) -> Response:
    """The stored answer of a batch that was sent with this Idempotency-Key in the last 30 days."""
    async with resources_of(request).database.connection() as connection:
        reply = await stored_batch(connection, caller, checked_key(key))
    return Response(reply.body, reply.status, media_type="application/json")


@router.get("/v1/responses/{response_id}", tags=["responses"], summary="Trạng thái một phiếu / State of one response", response_class=Response, responses={**_ok(StoredResponse, 200), **problem_openapi(401, 403, 404, 422, 503)})
async def get_response(request: Request, caller: Sender, response_id: ResponseId) -> Response:
    """State and history of a response of the asking system."""
    async with resources_of(request).database.connection() as connection:
        return answer(await stored_response(connection, caller, response_id))


@router.post("/v1/responses/{response_id}/withdrawal", tags=["responses"], summary="Thu hồi một phiếu / Withdraw a response", response_class=Response, responses={**_ok(StoredResponse, 200), **problem_openapi(400, 401, 403, 404, 413, 422, 503)}, openapi_extra=_json_body(wire.Withdrawal, example={"reason": "entered_in_error"}))
async def post_withdrawal(request: Request, caller: Sender, response_id: ResponseId) -> Response:
    """Keeps a tombstone with its reason. Asking again changes nothing; the first withdrawal stands."""
    resources = resources_of(request)
    value = decode(await read_body(request, 16 * 1024))
    reason = value.get("reason") if isinstance(value, dict) else None

    async def work(connection: Any) -> StoredResponse:
        await withdraw(connection, caller, response_id, reason if isinstance(reason, str) else "")
        return await stored_response(connection, caller, response_id)

    stored = await resources.committer.committed(work)
    resources.doorbell.ring_soon()
    return answer(stored)


@router.post("/v1/exposures", tags=["responses"], summary="Số người được mời / People offered and asked", response_class=Response, responses={**_ok(wire.ExposureResults, 200), **FAULTS}, openapi_extra=_json_body(wire.ExposureItem, many=True))
async def post_exposures(request: Request, caller: Sender) -> Response:
    """Counts per unit, channel and local day, so that a response rate exists. The newest revision holds."""
    resources = resources_of(request)
    value = decode(await read_body(request, MOST_SINGLE_BYTES))
    limits = resources.limiter.take(caller, 1)
    read = read_exposures(value, caller, resources.catalogues.current.units)
    results = await resources.committer.committed(lambda connection: record_exposures(connection, caller, read))
    return answer(wire.ExposureResults(results), headers=limits)


@router.get("/v1/balance", tags=["reconciliation"], summary="Đối soát / Reconciliation balance", response_class=Response, responses={**_ok(wire.Balance, 200), **problem_openapi(401, 403, 422, 503)})
async def get_balance(request: Request, caller: Sender, first: Annotated[str, Query(alias="from", examples=["2026-11-01"])], last: Annotated[str, Query(alias="to", examples=["2026-11-30"])]) -> Response:
    """Received items by verdict and local day of receipt, both ends included."""
    days = read_days(first, last)
    async with resources_of(request).database.connection() as connection:
        return answer(await balance_of(connection, caller, *days))


@router.get("/v1/catalogues/{name}", tags=["catalogues"], summary="Danh mục mã / Code lists", response_class=Response, responses={**_ok(wire.CataloguePage, 200), 304: {"description": "Not modified"}, **problem_openapi(401, 403, 422, 503)})
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
    etag = '"' + hashlib.sha256(f"{name}/{keeper.revision}/{caller.realm}/{since}/{cursor or ''}/{dt.datetime.now(VIETNAM).date()}".encode()).hexdigest()[:32] + '"'
    if if_none_match is not None and etag in if_none_match:
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


@router.get("/v1/time", tags=["catalogues"], summary="Giờ máy chủ / Server time", response_class=Response, responses=_ok(wire.ServerTime, 200))
async def get_time() -> Response:
    """The server's clock, for kiosks to compare theirs with. Public."""
    now = dt.datetime.now(dt.UTC)
    local = now.astimezone(VIETNAM)
    return answer(wire.ServerTime(now.isoformat(), local.isoformat(), local.strftime("%Y%m%d%H%M%S")), headers={"Cache-Control": "no-store"})


