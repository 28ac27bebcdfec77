"""Rendered answers, renewed at most every 250 ms: their bytes and strong ETag are reused by everyone who asks the same.

Finding one costs a dictionary look-up: no query, no validation, no encoding.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

RENEW_SECONDS = 0.25
MOST_BYTES = 64 * 1024 * 1024
_OVERHEAD = 1024

Key = tuple[str, bytes, bool]
"""Path, raw query string, CSV wanted by Accept."""


class RenderedRoute(APIRoute):
    """A route whose endpoint takes the request and gives the response: nothing is injected, validated or encoded for it."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """The endpoint itself."""
        return self.endpoint


class PreparedResponse(Response):
    """A response whose headers are encoded already."""

    def __init__(self, status: int, body: bytes, raw_headers: list[tuple[bytes, bytes]]) -> None:
        self.status_code = status
        self.body = body
        self.background = None
        self.raw_headers = raw_headers.copy()


@dataclass(frozen=True, slots=True)
class Rendered:
    """Bytes of one answer with their headers; `fresh_until` is on the monotonic clock."""

    body: bytes
    etag: bytes
    headers: list[tuple[bytes, bytes]]
    headers_304: list[tuple[bytes, bytes]]
    fresh_until: float

    @classmethod
    def of(
        cls,
        body: bytes,
        media_type: str,
        *,
        cache_control: str,
        fresh_until: float,
        more: list[tuple[bytes, bytes]] | None = None,
        etag: str | None = None,
    ) -> Rendered:
        """The answer of these bytes; the ETag is strong: equal exactly when the bytes are.

        `etag`: a digest that the bytes are published under already; otherwise one is taken.
        """
        tag = b'"' + (etag or hashlib.sha256(body).hexdigest()[:32]).encode() + b'"'
        always = [(b"etag", tag), (b"cache-control", cache_control.encode()), (b"vary", b"Accept"), *(more or [])]
        return cls(
            body,
            tag,
            [(b"content-length", str(len(body)).encode()), (b"content-type", media_type.encode()), *always],
            always,
            fresh_until,
        )

    def response(self, if_none_match: bytes | None) -> Response:
        """200 with the bytes, or 304 when the caller has them."""
        if if_none_match is not None and self.known_as(if_none_match):
            return PreparedResponse(304, b"", self.headers_304)
        return PreparedResponse(200, self.body, self.headers)

    def known_as(self, if_none_match: bytes) -> bool:
        """Whether an If-None-Match field names this answer (weak comparison, as RFC 9110 says for it)."""
        return any(tag.strip().removeprefix(b"W/") in (self.etag, b"*") for tag in if_none_match.split(b","))


class Renderings:
    """Rendered answers by what was asked; least recently used ones leave when the bytes exceed the bound."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._kept: OrderedDict[Key, Rendered] = OrderedDict()
        self._making: dict[Key, asyncio.Task[Rendered]] = {}
        self._bytes = 0
        self._most_bytes = most_bytes

    def fresh(self, key: Key) -> Rendered | None:
        """The rendered answer, if it is younger than 250 ms."""
        found = self._kept.get(key)
        return found if found is not None and found.fresh_until > time.monotonic() else None

    async def renew(self, key: Key, make: Callable[[], Awaitable[Rendered]]) -> Rendered:
        """Makes the answer once for all who wait for it. Errors reach every waiter and are not kept."""
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.create_task(self._make(key, make))
            task.add_done_callback(lambda done: self._made(key, done))
        return await asyncio.shield(task)

    async def _make(self, key: Key, make: Callable[[], Awaitable[Rendered]]) -> Rendered:
        rendered = await make()
        self._keep(key, rendered)
        return rendered

    def _made(self, key: Key, task: asyncio.Task[Rendered]) -> None:
        self._making.pop(key, None)
        if not task.cancelled():
            task.exception()  # marks it as seen when the one who asked went away

    def _keep(self, key: Key, rendered: Rendered) -> None:
        before = self._kept.pop(key, None)
        if before is not None:
            self._bytes -= len(before.body) + _OVERHEAD
        self._kept[key] = rendered
        self._bytes += len(rendered.body) + _OVERHEAD
        while self._bytes > self._most_bytes and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest.body) + _OVERHEAD

    async def close(self) -> None:
        """Lets unfinished renderings end."""
        await asyncio.gather(*self._making.values(), return_exceptions=True)
