"""Answers of the dialect: an envelope as JSON, or as XML where XML was sent; and every error in the envelope, too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from parindex.db.away import database_is_away
from parindex.errors import Finding, ParindexError
from parindex.web.logs import get_logger
from parindex.web.problems import DEFAULT_RETRY_AFTER, STATUS
from survey_ingest.motcua import wire
from survey_ingest.motcua.envelope import fault_of
from survey_ingest.motcua.sentences import error_code, in_vietnamese
from survey_ingest.motcua.xml_body import write_xml

_encode = msgspec.json.Encoder().encode
_log = get_logger()
_PARAMETERS = {"cursor": "ConTro"}
"""Parameters that canonical errors name -> the dialect's."""


def is_xml(request: Request) -> bool:
    """Whether the body is XML; without a body, whether only XML is asked for."""
    kind = request.headers.get("content-type") or request.headers.get("accept", "").partition(",")[0]
    return "xml" in kind.partition(";")[0].lower()


def respond(request: Request, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """The envelope in the form that the request speaks."""
    if is_xml(request):
        return Response(write_xml("TraLoi", msgspec.to_builtins(value)), status, headers, "application/xml")
    return Response(_encode(value), status, headers, "application/json")


def failure(request: Request, status: int, code: str, english: str, findings: list[Finding]) -> wire.Failure:
    """The envelope of a request that was not carried out."""
    where = findings[0].field if len(findings) == 1 else ""
    findings = [replace(finding, field=_PARAMETERS.get(finding.field, finding.field)) for finding in findings]
    faults = tuple(fault_of(finding) for finding in findings)
    number = faults[0].error_code if len(faults) == 1 else error_code(code, status)
    message = faults[0].message if len(faults) == 1 else in_vietnamese(code, where, english)
    return wire.Failure(number, message, code, str(getattr(request.state, "request_id", "")), faults)


def failed(request: Request, error: Exception) -> tuple[int, wire.Failure, dict[str, str]]:
    """Status, envelope and headers of an error; what nobody foresaw is logged and answered -99."""
    headers: dict[str, str] = dict(getattr(request.state, "error_headers", None) or {})
    if isinstance(error, ParindexError):
        status = STATUS[error.kind]
        envelope = failure(request, status, error.code, error.message, error.findings)
        if status in (429, 503) or error.retry_after is not None:
            headers["Retry-After"] = str(error.retry_after or DEFAULT_RETRY_AFTER)
        if status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="parindex"'
        return status, envelope, headers
    if isinstance(error, RequestValidationError):
        findings = [
            Finding("parameter_invalid", ".".join(map(str, fault["loc"][1:])), str(fault["msg"]))
            for fault in error.errors()
        ]
        return 422, failure(request, 422, "request_invalid", "", findings), headers
    if isinstance(error, HTTPException):
        code = {404: "path_not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
        return error.status_code, failure(request, error.status_code, code, "", []), dict(error.headers or {})
    if database_is_away(error):
        _log.warning("database_unavailable", error=type(error).__name__)
        headers["Retry-After"] = str(DEFAULT_RETRY_AFTER)
        return 503, failure(request, 503, "database_unavailable", "", []), headers
    _log.error("unexpected_error", error=type(error).__name__, exc_info=error)
    return 500, failure(request, 500, "internal_error", "", []), headers


class EnvelopeRoute(APIRoute):
    """A route whose every answer is an envelope, whatever stopped the request: gates, limits, faults of ours."""

    def get_route_handler(self) -> Any:
        """The route's handler, with its errors answered."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await inner(request)
            except Exception as error:  # noqa: BLE001 (each kind is told apart where it is answered)
                return self.refused(request, error)

        return handler

    def refused(self, request: Request, error: Exception) -> Response:
        """The answer to an error."""
        status, envelope, headers = failed(request, error)
        return respond(request, envelope, status, headers)
