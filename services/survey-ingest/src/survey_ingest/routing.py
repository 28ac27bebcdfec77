"""What the routes share: the caller, answers of wire types, OpenAPI entries."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request
from starlette.responses import Response

from parindex.errors import Unauthenticated
from parindex.web.auth import Caller
from parindex.web.openapi import ref
from survey_ingest.resources import Resources

_encode = msgspec.json.Encoder().encode


def resources_of(request: Request) -> Resources:
    """The process's resources."""
    resources: Resources = request.app.state.resources
    return resources


async def sender(request: Request) -> Caller:
    """The sending system behind the request's bearer token. Raises Unauthenticated or Forbidden."""
    return await sending_system(resources_of(request), request.headers.get("authorization"))


async def sending_system(resources: Resources, authorization: str | None) -> Caller:
    """The sending system behind a bearer token. Raises Unauthenticated or Forbidden."""
    caller = await resources.authenticator.caller(authorization)
    caller.need("ingest")
    if caller.system_id is None:
        raise Unauthenticated(
            "This credential belongs to a person, not to a sending system.",
            code="not_a_system",
            hint="Use the credential of a sending system.",
        )
    return caller


def within_rate(request: Request, caller: Caller, items: int) -> dict[str, str]:
    """Takes a request with that many items from the sender's rate; the RateLimit fields of its answer, also of an error's."""
    limiter = resources_of(request).limiter
    try:
        limiter.take(caller, items)
    finally:
        request.state.error_headers = limiter.fields(caller)
    return dict(request.state.error_headers)


Sender = Annotated[Caller, Depends(sender)]


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer of a wire type."""
    return Response(_encode(value), status, headers, "application/json")


def json_body(kind: type, *, many: bool = False, ndjson: bool = False, example: Any = None) -> dict[str, Any]:
    """OpenAPI entry of a JSON request body."""
    schema: dict[str, Any] = (
        {"type": "array", "items": ref(kind), "minItems": 1, "maxItems": 500} if many else ref(kind)
    )
    content: dict[str, Any] = {"application/json": {"schema": schema, **({"example": example} if example else {})}}
    if ndjson:
        content["application/x-ndjson"] = {"schema": {"type": "string"}}
    return {"requestBody": {"required": True, "content": content}}


def answers(*entries: dict[int | str, dict[str, Any]]) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries of several kinds of answers; a status may have several, told apart by their media type."""
    merged: dict[int | str, dict[str, Any]] = {}
    for entry in entries:
        for status, one in entry.items():
            known = merged.setdefault(status, one)
            if known is not one:
                merged[status] = {**one, **known, "content": {**known["content"], **one["content"]}}
    return merged


def ok(kind: type, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries of answers of a wire type."""
    return {
        status: {"description": kind.__doc__ or "", "content": {"application/json": {"schema": ref(kind)}}}
        for status in statuses
    }
