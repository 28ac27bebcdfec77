"""Routes of the people side: no body is ever large, and no answer is ever kept by a cache."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.types import Message

from parindex.errors import TooLarge

MOST_BYTES = 16_384


class SmallBodyRoute(APIRoute):
    """Refuses a body over `MOST_BYTES` while it comes in, before anybody is known; answers are `no-store`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler after the body was read and found small."""
        handle = super().get_route_handler()

        async def small(request: Request) -> Response:
            body = bytearray()
            async for part in request.stream():
                body += part
                if len(body) > MOST_BYTES:
                    raise TooLarge(
                        f"Nội dung gửi lên quá lớn. / The body is over {MOST_BYTES} bytes.",
                        code="body_too_large",
                        hint="Send the few fields that /docs names.",
                    )
            given: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

            async def receive() -> Message:
                return given.pop() if given else await request.receive()

            response = await handle(Request(request.scope, receive))
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        return small
