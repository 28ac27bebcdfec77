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


class LimitedBodyRoute(APIRoute):
    """Refuses a body over `most_bytes`."""

    most_bytes: ClassVar[int] = MOST_BYTES
    too_large_hint: ClassVar[str] = "Send it in several parts."

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler after the body was read and found within the limit."""
        handle = super().get_route_handler()

        async def limited(request: Request) -> Response:
            body = bytearray()
            async for part in request.stream():
                body += part
                if len(body) > self.most_bytes:
                    raise TooLarge(
                        f"Nội dung gửi lên quá {self.most_bytes // 1024} KB. / The body is over {self.most_bytes} bytes.",
                        code="body_too_large",
                        hint=self.too_large_hint,
                    )
            given: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

            async def receive() -> Message:
                return given.pop() if given else await request.receive()

            return await handle(Request(request.scope, receive))

        return limited
