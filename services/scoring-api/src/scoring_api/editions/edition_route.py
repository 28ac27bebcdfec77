"""From a reader to a public GET route of one edition: strict parameters, kept bytes, ETag and 304, OpenAPI.

What never changes is kept for as long as there is room for it and answered without a query; the realm stands in the edition
itself, so none is asked for.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from parindex.web.openapi import ref
from parindex.web.problems import problem_openapi
from scoring_api.parameters import Parameter, Parameters, whole
from scoring_api.rendered import RENEW_SECONDS, Key, Rendered, RenderedRoute, Renderings

if TYPE_CHECKING:
    from scoring_api.app import Resources

Given = dict[str, Any]
IMMUTABLE = "public, max-age=31536000, immutable"
"""A published edition is never changed: ask once."""
RENEWED = "public, no-cache"
FOREVER = float("inf")
_INT4 = 2_147_483_647
TENANT = Parameter(
    "tenant_id",
    *whole(0, _INT4),
    "Cơ quan công bố (0 = quốc gia)",
    "Authority that published it (0 = the nation)",
    "0",
    place="path",
)
EDITION = Parameter("edition_no", *whole(1, _INT4), "Số ấn bản của cơ quan", "Number of the edition", "1", place="path")
UNDER = "/v1/editions/{tenant_id:int}/{edition_no:int}"


@dataclass(frozen=True, slots=True)
class Shown:
    """Bytes to answer with. `etag` (without quotes): where the bytes have a published digest."""

    body: bytes
    etag: str | None = None
    more: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class EditionRoute:
    """A path, who reads the answer, and for how long its bytes are good."""

    path: str
    title_vi: str
    title_en: str
    description: str
    parameters: tuple[Parameter, ...]
    read: Callable[[Resources, Given], Awaitable[Shown]]
    answer: type | None
    """None: the document described in docs/design.md."""
    cache_control: str = RENEWED
    fresh_seconds: float = RENEW_SECONDS
    reading: Parameters = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reading", Parameters(*self.parameters))


def add_edition_route(
    app: FastAPI, route: EditionRoute, renderings: Renderings, resources: Callable[[], Resources]
) -> None:
    """Makes the route answer. `resources` is asked per renewal, because the pool opens with the application."""
    fresh, renew = renderings.fresh, renderings.renew

    async def endpoint(request: Request) -> Response:
        scope = request.scope
        if_none_match = None
        for name, value in scope["headers"]:
            if name == b"if-none-match":
                if_none_match = value
        key: Key = (scope["path"], scope["query_string"], False)
        rendered = fresh(key)
        if rendered is None:
            path = {name: str(value) for name, value in request.path_params.items()}
            rendered = await renew(key, lambda: _render(route, key, path, resources()))
        return rendered.response(if_none_match)

    schema: dict[str, Any] = {"type": "object"} if route.answer is None else ref(route.answer)
    app.router.add_api_route(
        route.path,
        endpoint,
        route_class_override=RenderedRoute,
        methods=["GET"],
        tags=["editions"],
        summary=f"{route.title_vi} / {route.title_en}",
        description=route.description,
        operation_id=operation(route.path),
        response_class=Response,
        responses={
            200: {
                "description": route.title_en,
                "content": {"application/json": {"schema": schema}},
                "headers": HEADERS,
            },
            304: {"description": "Not modified: the caller's If-None-Match names these bytes.", "headers": HEADERS},
            **problem_openapi(404, 422, 503),
        },
        openapi_extra={"parameters": route.reading.openapi()} if route.parameters else {},
    )


def operation(path: str) -> str:
    """Operation id of a path."""
    words = path.removeprefix("/v1/").replace(":int", "")
    return "".join("_" if mark in "/-" else mark for mark in words if mark not in "{}")


HEADERS = {
    "ETag": {"schema": {"type": "string"}, "description": "Strong; of an edition's bytes their published SHA-256."},
    "Cache-Control": {"schema": {"type": "string"}},
}


async def _render(route: EditionRoute, key: Key, path: dict[str, str], resources: Resources) -> Rendered:
    given = route.reading.read(key[1], path)
    fresh_until = time.monotonic() + route.fresh_seconds
    shown = await route.read(resources, given)
    return Rendered.of(
        shown.body,
        "application/json",
        cache_control=route.cache_control,
        fresh_until=fresh_until,
        more=list(shown.more),
        etag=shown.etag,
    )
