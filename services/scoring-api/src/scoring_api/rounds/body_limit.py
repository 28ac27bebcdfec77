"""Routes whose bodies end somewhere: refused while they come in, before anybody is known."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.types import Message

from parindex.errors import TooLarge

MOST_BYTES = 8 * 1024 * 1024


class LimitedBodyRoute(APIRoute):
    """Refuses a body over `MOST_BYTES`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler after the body was read and found within the limit."""
        handle = super().get_route_handler()

        async def limited(request: Request) -> Response:
            body = bytearray()
            async for part in request.stream():
                body += part
                if len(body) > MOST_BYTES:
                    raise TooLarge(
                        f"Nội dung gửi lên quá {MOST_BYTES // 1024 // 1024} MB. / The body is over {MOST_BYTES} bytes.",
                        code="body_too_large",
                        hint="Send it in several parts.",
                    )
            given: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

            async def receive() -> Message:
                return given.pop() if given else await request.receive()

            return await handle(Request(request.scope, receive))

        return limited
