"""Routes of pages: whatever goes wrong ends in a page that says it, and whoever is not signed in is led to the door."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import Response

from parindex.db.away import DATABASE_DOWN, database_is_away
from parindex.errors import NotFound, ParindexError, Unauthenticated, Unavailable
from parindex.web.problems import STATUS
from scoring_api.pages.rendering import fault_page, go

SIGN_IN = "/pages/sign-in"


class PageRoute(APIRoute):
    """Turns errors raised on purpose into pages; unforeseen ones stay the frame's business."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler inside that frame."""
        handle = super().get_route_handler()

        async def paged(request: Request) -> Response:
            try:
                return await handle(request)
            except Unauthenticated:
                return go(door(request))
            except ParindexError as error:
                return fault_page(error, STATUS[error.kind])
            except RequestValidationError:
                return fault_page(NotFound("Không có trang này. / There is no such page.", code="path_not_found"), 404)
            except DATABASE_DOWN as error:
                if not database_is_away(error):
                    raise
                away = Unavailable("The database does not answer.", code="database_unavailable")
                return fault_page(away, 503)

        return paged


def door(request: Request) -> str:
    """The sign-in page, which leads back to what was asked for (a form cannot be sent again: then to its page)."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query and request.method == "GET" else "")
    return f"{SIGN_IN}?next={quote(asked, safe='/')}" if request.method == "GET" and asked != "/pages/" else SIGN_IN
