"""The canonical dialect over HTTP. Each route reads, calls one use case in one transaction, and answers after the commit."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Request
from starlette.responses import Response

from parindex.errors import Unreadable
from parindex.web.auth import Caller
from parindex.web.problems import problem_openapi
from survey_ingest import wire
from survey_ingest.batches import checked_key, stored_batch, submit_batch
from survey_ingest.body import MOST_BATCH_BYTES, MOST_SINGLE_BYTES, batch_items, decode, read_body
from survey_ingest.check import check_item
from survey_ingest.expose import read_exposures, record_exposures
from survey_ingest.interpret import Catalogues, Meaning, Unfit, Unknown, interpret
from survey_ingest.item import Refused
from survey_ingest.routing import Sender, answer, answers, json_body, ok, resources_of, within_rate
from survey_ingest.run import Request as Submission
from survey_ingest.stored import stored_response
from survey_ingest.verdicts import BatchResults, Result, StoredResponse
from survey_ingest.withdraw import withdraw

router = APIRouter()
SINGLE_STATUS = {"accepted": 201, "duplicate": 200, "repeat": 200, "quarantined": 202, "conflict": 409, "refused": 422}


ResponseId = Annotated[
    str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$", description="The sending system's own id.")
]


def said(raw: Any, caller: Caller, catalogues: Catalogues, position: int) -> Meaning | Unknown | Unfit | Refused:
    """A decoded item, checked and interpreted; an item that could not be read by itself stays refused."""
    item = raw if isinstance(raw, Refused) else check_item(raw, personal_data=caller.personal_data, position=position)
    return item if isinstance(item, Refused) else interpret(item, caller, catalogues)


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


@router.post(
    "/v1/responses",
    tags=["responses"],
    summary="Gửi một phiếu / Post one response",
    response_class=Response,
    responses=answers(ok(Result, 200, 201, 202, 403, 409, 422), problem_openapi(400, 401, 403, 413, 422, 429, 503)),
    openapi_extra=json_body(wire.ResponseItem, example=EXAMPLE),
)
async def post_response(request: Request, caller: Sender) -> Response:
    """201 accepted, 200 duplicate or repeat, 202 quarantined, 409 conflict, 422 or 403 refused. The id is its own idempotency key."""
    resources = resources_of(request)
    limits = within_rate(request, caller, 1)
    value = decode(await read_body(request, MOST_SINGLE_BYTES))
    item = said(value, caller, resources.catalogues.current, 0)
    if isinstance(item, Refused) and item.unreadable:
        raise Unreadable(
            "The body is not a JSON object.",
            code="json_unreadable",
            hint="Send one response as a JSON object; several go to /v1/responses/batch.",
        )
    result = await resources.coalescer.submit(Submission(caller, [item]))
    resources.count(caller.realm, [result])
    status = 403 if isinstance(item, Refused) and item.forbidden else SINGLE_STATUS[result.verdict]
    return answer(result, status, limits)


@router.post(
    "/v1/responses/batch",
    tags=["responses"],
    summary="Gửi một lô phiếu / Post a batch",
    response_class=Response,
    responses=answers(ok(BatchResults, 200, 207, 422), problem_openapi(400, 401, 403, 409, 413, 422, 429, 503)),
    openapi_extra=json_body(wire.ResponseItem, many=True, ndjson=True, example=[EXAMPLE]),
)
async def post_batch(
    request: Request,
    caller: Sender,
    idempotency_key: Annotated[
        str | None, Header(description="Names the batch for 30 days: same body, same answer again.")
    ] = None,
) -> Response:
    """1 to 500 items as a JSON array or NDJSON, gzip allowed: one verdict per item in the order sent."""
    resources = resources_of(request)
    key = None if idempotency_key is None else checked_key(", ".join(request.headers.getlist("idempotency-key")))
    body = await read_body(request, MOST_BATCH_BYTES)
    raws = batch_items(body, request.headers.get("content-type", ""))
    limits = within_rate(request, caller, len(raws))
    catalogues = resources.catalogues.current
    submission = Submission(caller, [said(raw, caller, catalogues, position) for position, raw in enumerate(raws)])
    reply, results = await resources.committer.committed(
        lambda connection: submit_batch(connection, submission, key, body)
    )
    resources.count(caller.realm, results)
    headers = {**limits, "Idempotency-Replayed": "true"} if reply.replayed else limits
    return Response(reply.body, reply.status, headers, "application/json")


@router.get(
    "/v1/batches/{key:path}",
    tags=["responses"],
    summary="Xem lại kết quả lô / Answer of a batch again",
    response_class=Response,
    responses=answers(ok(BatchResults, 200, 207, 422), problem_openapi(401, 403, 404, 422, 503)),
)
async def get_batch(
    request: Request, caller: Sender, key: Annotated[str, Path(min_length=1, max_length=128, pattern=r"^[!-~]+$")]
) -> Response:
    """The stored answer of a batch that was sent with this Idempotency-Key in the last 30 days, with its own status."""
    async with resources_of(request).database.connection() as connection:
        reply = await stored_batch(connection, caller, checked_key(key))
    return Response(reply.body, reply.status, media_type="application/json")


@router.get(
    "/v1/responses/{response_id}",
    tags=["responses"],
    summary="Trạng thái một phiếu / State of one response",
    response_class=Response,
    responses={**ok(StoredResponse, 200), **problem_openapi(401, 403, 404, 422, 503)},
)
async def get_response(request: Request, caller: Sender, response_id: ResponseId) -> Response:
    """State and history of a response of the asking system."""
    async with resources_of(request).database.connection() as connection:
        return answer(await stored_response(connection, caller, response_id))


@router.post(
    "/v1/responses/{response_id}/withdrawal",
    tags=["responses"],
    summary="Thu hồi một phiếu / Withdraw a response",
    response_class=Response,
    responses={**ok(StoredResponse, 200), **problem_openapi(400, 401, 403, 404, 413, 422, 503)},
    openapi_extra=json_body(wire.Withdrawal, example={"reason": "entered_in_error"}),
)
async def post_withdrawal(request: Request, caller: Sender, response_id: ResponseId) -> Response:
    """Keeps a tombstone with its reason. Asking again changes nothing; the first withdrawal stands."""
    resources = resources_of(request)
    value = decode(await read_body(request, 16 * 1024))
    reason = value.get("reason") if isinstance(value, dict) else None

    async def work(connection: Any) -> StoredResponse:
        await withdraw(connection, caller, response_id, reason if isinstance(reason, str) else "")
        return await stored_response(connection, caller, response_id)

    stored = await resources.committer.committed(work)
    resources.ring()
    return answer(stored)


@router.post(
    "/v1/exposures",
    tags=["responses"],
    summary="Số người được mời / People offered and asked",
    response_class=Response,
    responses={**ok(wire.ExposureResults, 200), **FAULTS},
    openapi_extra=json_body(wire.ExposureItem, many=True),
)
async def post_exposures(request: Request, caller: Sender) -> Response:
    """Counts per unit, channel and local day, so that a response rate exists. The newest revision holds."""
    resources = resources_of(request)
    value = decode(await read_body(request, MOST_SINGLE_BYTES))
    limits = within_rate(request, caller, 1)
    read = read_exposures(value, caller, resources.catalogues.current.units)
    results = await resources.committer.committed(lambda connection: record_exposures(connection, caller, read))
    return answer(wire.ExposureResults(results), headers=limits)
