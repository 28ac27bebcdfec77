"""Errors -> HTTP: the one place that knows status codes. Answers are problem details (RFC 9457)."""

from __future__ import annotations

import http
from typing import Any

import msgspec
from starlette.responses import Response

from parindex.errors import Finding, Kind, ParindexError

STATUS: dict[Kind, int] = {
    "unreadable": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "too_large": 413,
    "invalid": 422,
    "too_many": 429,
    "unavailable": 503,
}
DEFAULT_RETRY_AFTER = 2
"""Seconds; sent with 429 and 503 where the error names none."""


class FindingModel(msgspec.Struct, frozen=True):
    """One named fault: code, where, what was expected, what to do, whether a retry can help."""

    code: str
    field: str
    message: str
    hint: str
    retry: bool


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Problem details (RFC 9457) with our extension members."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    hint: str = ""
    request_id: str = ""
    findings: tuple[FindingModel, ...] = ()


def finding_model(finding: Finding) -> FindingModel:
    """The wire form of a finding."""
    return FindingModel(finding.code, finding.field, finding.message, finding.hint, finding.retry)


def problem_response(
    status: int,
    *,
    code: str,
    detail: str,
    hint: str = "",
    findings: list[Finding] | None = None,
    retry_after: int | None = None,
    request_id: str = "",
    headers: dict[str, str] | None = None,
) -> Response:
    """A problem+json answer; 429 and 503 always carry Retry-After (seconds), 401 a challenge."""
    problem = Problem(
        type=f"urn:parindex:problem:{code}",
        title=http.HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=detail,
        hint=hint,
        request_id=request_id,
        findings=tuple(finding_model(finding) for finding in findings or ()),
    )
    all_headers = dict(headers or {})
    if status in (429, 503):
        all_headers.setdefault("Retry-After", str(retry_after or DEFAULT_RETRY_AFTER))
    elif retry_after is not None:
        all_headers.setdefault("Retry-After", str(retry_after))
    if status == 401:
        all_headers.setdefault("WWW-Authenticate", 'Bearer realm="parindex"')
    return Response(
        msgspec.json.encode(problem), status_code=status, media_type="application/problem+json", headers=all_headers
    )


def error_response(error: ParindexError, request_id: str = "", headers: dict[str, str] | None = None) -> Response:
    """The answer to an error raised on purpose."""
    return problem_response(
        STATUS[error.kind],
        code=error.code,
        detail=error.message,
        hint=error.hint,
        findings=error.findings,
        retry_after=error.retry_after,
        request_id=request_id,
        headers=headers,
    )


def problem_openapi(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` entries for the given error statuses."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    retry = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
    return {
        status: {
            "description": http.HTTPStatus(status).phrase,
            "content": content,
            **({"headers": retry} if status in (409, 429, 503) else {}),
        }
        for status in statuses
    }
