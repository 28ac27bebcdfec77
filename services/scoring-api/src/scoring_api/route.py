"""From a reader to a public GET route: strict parameters, reused bytes, ETag and 304, CSV, OpenAPI. Knows no figures."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from starlette.responses import Response

from parindex.web.openapi import ref
from parindex.web.problems import problem_openapi
from scoring_api import csv_form
from scoring_api.answers import Answer
from scoring_api.parameters import Parameter, Parameters, one_of
from scoring_api.rendered import RENEW_SECONDS, Key, Rendered, RenderedRoute, Renderings
from scoring_api.snapshot import Snapshot, Snapshots

Given = dict[str, Any]
REALM = Parameter(
    "realm",
    *one_of("production", "sandbox", "synthetic"),
    "Phạm vi dữ liệu; khác production thì phải nêu",
    "Realm; any but production must be named",
    "synthetic",
    default="production",
)
FORMAT = Parameter(
    "format", *one_of("json", "csv"), "Dạng trả về; ưu tiên hơn Accept", "Form of the answer; wins over Accept", "csv"
)
CACHE_CONTROL = "public, no-cache"
"""Everyone may keep the bytes, and asks with If-None-Match before using them again."""


@dataclass(frozen=True, slots=True)
class PublicRoute:
    """A path, what may be asked, and who reads the answer."""

    path: str
    title_vi: str
    title_en: str
    description: str
    tag: str
    parameters: tuple[Parameter, ...]
    read: Callable[[Snapshot, Given], Awaitable[Answer]]
    answer: type[Answer]
    sheet: Callable[[Any], csv_form.Sheet] | None = None
    reading: Parameters = field(init=False)
    """All parameters, with the realm and the form."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reading", Parameters(*self.parameters, REALM, *([FORMAT] if self.sheet else [])))


def add_public_route(
    app: FastAPI,
    route: PublicRoute,
    renderings: Renderings,
    snapshots: Callable[[], Snapshots],
    *,
    instead: Callable[[Request], Awaitable[Response | None]] | None = None,
    responses: dict[int | str, dict[str, Any]] | None = None,
    security: list[dict[str, list[str]]] | None = None,
) -> None:
    """Makes the route answer. `snapshots` is asked per renewal, because the pool opens with the application.

    `instead` may answer first, for a caller who is not the public; `responses` and `security` document what it adds.
    """
    fresh, renew = renderings.fresh, renderings.renew

    async def endpoint(request: Request) -> Response:
        if instead is not None and (answer := await instead(request)) is not None:
            return answer
        scope = request.scope
        if_none_match, csv_accepted = None, False
        for name, value in scope["headers"]:
            if name == b"if-none-match":
                if_none_match = value
            elif name == b"accept":
                csv_accepted = b"text/csv" in value and csv_form.preferred(value)
        key: Key = (scope["path"], scope["query_string"], csv_accepted)
        rendered = fresh(key)
        if rendered is None:
            rendered = await renew(key, lambda: _render(route, key, dict(request.path_params), snapshots()))
        return rendered.response(if_none_match)

    app.router.add_api_route(
        route.path,
        endpoint,
        route_class_override=RenderedRoute,
        methods=["GET"],
        tags=[route.tag],
        summary=f"{route.title_vi} / {route.title_en}",
        description=route.description,
        operation_id=route.path.removeprefix("/v1/")
        .replace("/", "_")
        .replace("-", "_")
        .replace("{", "")
        .replace("}", ""),
        response_class=Response,
        responses={**_responses(route), **(responses or {})},
        openapi_extra={"parameters": route.reading.openapi(), **({"security": security} if security else {})},
    )


async def _render(route: PublicRoute, key: Key, path: dict[str, str], snapshots: Snapshots) -> Rendered:
    given = route.reading.read(key[1], path)
    fresh_until = time.monotonic() + RENEW_SECONDS
    async with snapshots.open(given["realm"]) as snapshot:
        answer = await route.read(snapshot, given)
    as_csv = route.sheet is not None and (given["format"] == "csv" or (given["format"] is None and key[2]))
    if as_csv and route.sheet:
        name = route.path.removeprefix("/v1/").split("/{")[0].replace("/", "-")
        disposition = (b"content-disposition", f'attachment; filename="{name}.csv"'.encode())
        return Rendered.of(
            csv_form.encode(route.sheet(answer)),
            csv_form.MEDIA_TYPE,
            cache_control=CACHE_CONTROL,
            fresh_until=fresh_until,
            more=[disposition],
        )
    return Rendered.of(
        msgspec.json.encode(answer), "application/json", cache_control=CACHE_CONTROL, fresh_until=fresh_until
    )


_HEADERS = {
    "ETag": {"schema": {"type": "string"}, "description": "Strong: equal exactly when the bytes are."},
    "Cache-Control": {"schema": {"type": "string"}},
}


def _responses(route: PublicRoute) -> dict[int | str, dict[str, Any]]:
    content: dict[str, Any] = {"application/json": {"schema": ref(route.answer)}}
    if route.sheet:
        content["text/csv"] = {"schema": {"type": "string"}}
    return {
        200: {"description": route.title_en, "content": content, "headers": _HEADERS},
        304: {"description": "Not modified: the caller's If-None-Match names these bytes.", "headers": _HEADERS},
        **problem_openapi(404, 422, 503),
    }
