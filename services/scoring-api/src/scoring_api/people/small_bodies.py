"""Routes of the people side: no body is ever large, and no answer is ever kept by a cache."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from fastapi import Request
from starlette.responses import Response

from scoring_api.rounds.body_limit import LimitedBodyRoute

MOST_BYTES = 16_384


class SmallBodyRoute(LimitedBodyRoute):
    """Refuses a body over `MOST_BYTES` while it comes in, before anybody is known; answers are `no-store`."""

    most_bytes: ClassVar[int] = MOST_BYTES
    too_large_hint: ClassVar[str] = "Send the few fields that /docs names."

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, whose answer says that nobody may keep it."""
        handle = super().get_route_handler()

        async def unkept(request: Request) -> Response:
            response = await handle(request)
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        return unkept
