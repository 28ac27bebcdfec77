"""The application factory of the HTTP services: request ids, logs, metrics, health, problem details.

The middleware is plain ASGI and does next to nothing: it lies on the hot path of every request.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from parindex.db.away import DATABASE_DOWN, database_is_away
from parindex.errors import Finding, ParindexError
from parindex.settings import Settings
from parindex.web.docs_page import add_docs_page
from parindex.web.logs import get_logger
from parindex.web.problems import error_response, problem_response

Ready = Callable[[], Awaitable[dict[str, str]]]
"""Returns the state of each dependency; raises when the service cannot do its job."""


def _is_plain_token(value: bytes) -> bool:
    """Letters, digits and hyphens; digits alone may be somebody's number, and the id goes into every log line."""
    bare = value.replace(b"-", b"")
    return bare.isalnum() and not bare.isdigit()


class RequestFrame:
    """Gives each request an id (the caller's `X-Request-Id` if it is a plain token), counts and logs it."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self.app = app
        self.requests = Counter(
            "parindex_http_requests_total", "Requests by route and status", ["route", "status"], registry=registry
        )
        self.seconds = Histogram(
            "parindex_http_request_seconds",
            "Time to answer, by route",
            ["route"],
            registry=registry,
            buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 2, 10),
        )
        self.log = get_logger()
        self._children: dict[tuple[str, int], Any] = {}
        self._timers: dict[str, Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on inside its frame."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = ""
        for name, value in scope["headers"]:
            if name == b"x-request-id" and len(value) <= 64 and _is_plain_token(value):
                request_id = value.decode("ascii")
        request_id = request_id or uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status = 500
        encoded = request_id.encode()
        method = scope["method"]
        if method == "HEAD":
            # RFC 9110, section 9.1: whatever answers GET answers HEAD; the server sends no body of it.
            scope = {**scope, "method": "GET"}

        async def framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", encoded))
            elif method == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        started = time.perf_counter()
        with bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, framed)
            finally:
                route = scope.get("route")
                path = getattr(route, "path", "unmatched")
                elapsed = time.perf_counter() - started
                self._count(path, status, elapsed)
                if not path.startswith(("/health", "/metrics")):
                    self.log.info("request", method=method, route=path, status=status, ms=round(elapsed * 1000, 2))

    def _count(self, path: str, status: int, elapsed: float) -> None:
        key = (path, status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self.requests.labels(path, str(status))
        timer = self._timers.get(path)
        if timer is None:
            timer = self._timers[path] = self.seconds.labels(path)
        child.inc()
        timer.observe(elapsed)


def create_base_app(
    *,
    title: str,
    description: str,
    settings: Settings,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]],
    ready: Ready,
    registry: CollectorRegistry,
    version: str = "0.1.0",
) -> FastAPI:
    """A FastAPI application with everything around the routes: frame, CORS, problem details, /docs, /health/live, /health/ready, /metrics."""
    app = FastAPI(
        title=title, description=description, version=version, lifespan=lifespan, docs_url=None, redoc_url=None
    )

    @app.get("/health/live", tags=["operation"], summary="Tiến trình đang chạy / The process runs")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get(
        "/health/ready",
        tags=["operation"],
        summary="Sẵn sàng phục vụ / Ready to do its job",
        responses={503: {"description": "Not ready", "content": {"application/problem+json": {}}}},
    )
    async def readiness() -> dict[str, Any]:
        return {"status": "ready", "dependencies": await ready()}

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")

    add_docs_page(app)
    _handle_errors(app)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=[origin.strip() for origin in settings.cors_origins.split(",")],
        allow_methods=["GET", "POST", "OPTIONS"],
        allow_headers=["*"],
        expose_headers=["ETag", "X-Request-Id", "Retry-After", "RateLimit", "RateLimit-Policy"],
    )
    app.add_middleware(RequestFrame, registry=registry)
    return app


def _handle_errors(app: FastAPI) -> None:
    log = get_logger()

    def request_id(request: Request) -> str:
        return str(getattr(request.state, "request_id", ""))

    async def on_purpose(request: Request, error: Exception) -> Response:
        assert isinstance(error, ParindexError)
        return error_response(error, request_id(request), getattr(request.state, "error_headers", None))

    async def not_valid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        findings = [
            Finding(str(fault["type"]), ".".join(str(part) for part in fault["loc"]), str(fault["msg"]))
            for fault in error.errors()
        ]
        return problem_response(
            422,
            code="request_invalid",
            detail="The request does not fit the interface; each fault is named in findings.",
            hint="See /docs.",
            findings=findings,
            request_id=request_id(request),
        )

    async def plain_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        details = {
            404: ("path_not_found", "There is nothing at this path."),
            405: ("method_not_allowed", "This path does not answer to that method."),
        }
        code, detail = details.get(error.status_code, ("http_error", str(error.detail)))
        return problem_response(
            error.status_code,
            code=code,
            detail=detail,
            hint="See /docs.",
            request_id=request_id(request),
            headers=dict(error.headers or {}),
        )

    async def database_down(request: Request, error: Exception) -> Response:
        if not database_is_away(error):
            return await unexpected(request, error)
        log.warning("database_unavailable", error=type(error).__name__)
        return problem_response(
            503,
            code="database_unavailable",
            detail="The database does not answer at the moment. Whether it still stored this request is not known.",
            hint="Send the same again after Retry-After seconds: nothing is stored twice.",
            request_id=request_id(request),
        )

    async def unexpected(request: Request, error: Exception) -> Response:
        log.error("unexpected_error", error=type(error).__name__, exc_info=error)
        return problem_response(
            500,
            code="internal_error",
            detail="An error of ours; it was logged under the request id.",
            hint="Send the same again later; if it stays, report the request id.",
            request_id=request_id(request),
        )

    app.add_exception_handler(ParindexError, on_purpose)
    app.add_exception_handler(RequestValidationError, not_valid)
    app.add_exception_handler(HTTPException, plain_http)
    for kind in DATABASE_DOWN:
        app.add_exception_handler(kind, database_down)
    app.add_exception_handler(Exception, unexpected)
