"""Routes whose bodies end somewhere: refused while they come in, before anybody is known."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.types import Message

from parindex.errors import TooLarge

MOST_BYTES = 8 * 1024 * 1024
"""Of a file, or of what a use case reads in a thread."""
MOST_FIELDS_BYTES = 256 * 1024
"""Of the fields of a body model: read in the loop that answers everybody, before anybody is known."""


class LimitedBodyRoute(APIRoute):
    """Refuses a body over `most_bytes`, and over `MOST_FIELDS_BYTES` where the route declares its fields."""

    most_bytes: ClassVar[int] = MOST_BYTES
    too_large_hint: ClassVar[str] = "Send it in several parts."

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler after the body was read and found within the limit."""
        handle = super().get_route_handler()
        most = self.most_bytes if self.body_field is None else min(self.most_bytes, MOST_FIELDS_BYTES)

        async def limited(request: Request) -> Response:
            body = bytearray()
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise TooLarge(
                        f"Nội dung gửi lên quá {most // 1024} KB. / The body is over {most} bytes.",
                        code="body_too_large",
                        hint=self.too_large_hint,
                    )
            given: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

            async def receive() -> Message:
                return given.pop() if given else await request.receive()

            return await handle(Request(request.scope, receive))

        return limited
