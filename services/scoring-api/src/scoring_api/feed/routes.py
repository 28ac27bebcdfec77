"""GET /v1/changes: the change feed by cursor, for whoever prefers asking to being told by a webhook."""

from __future__ import annotations

import asyncio
from typing import cast

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.web.openapi import ref
from parindex.web.problems import problem_openapi
from scoring_api.dependencies import database_of
from scoring_api.feed.page import KINDS, ChangeFeed, read_page
from scoring_api.feed.watch import FeedWatch
from scoring_api.parameters import Parameter, Parameters, Read, whole
from scoring_api.rendered import Rendered
from scoring_api.route import CACHE_CONTROL, REALM

LARGEST_PAGE = 1000
LONGEST_WAIT = 25
"""Seconds; below the half minute after which many proxies give up."""
KEEP = "public, max-age=31536000, immutable"
"""A full page is the same for ever."""


def _read_kinds(text: str) -> tuple[str, ...]:
    given = text.split(",")
    if not set(given) <= set(KINDS):
        raise ValueError(f"one or more of {', '.join(KINDS)}, separated by commas")
    return tuple(kind for kind in KINDS if kind in given)


_KINDS: Read = _read_kinds
PARAMETERS = Parameters(
    Parameter(
        "after",
        *whole(0, 10**12 - 1),
        "Con trỏ: chỉ lấy thay đổi sau số này",
        "Cursor: only changes after this number",
        "0",
        default=0,
    ),
    Parameter(
        "limit",
        *whole(1, LARGEST_PAGE),
        "Số thay đổi nhiều nhất của một trang",
        "Most changes on a page",
        "100",
        default=100,
    ),
    Parameter(
        "kinds",
        _KINDS,
        {"type": "string", "pattern": f"^({'|'.join(KINDS)})(,({'|'.join(KINDS)}))*$"},
        "Loại thay đổi, cách nhau bằng dấu phẩy; mặc định là tất cả",
        "Kinds of change, separated by commas; all by default",
        "edition_published",
        default=KINDS,
    ),
    Parameter(
        "wait",
        *whole(0, LONGEST_WAIT),
        "Nếu chưa có gì mới: chờ nhiều nhất bấy nhiêu giây",
        "Where nothing is new: wait so many seconds at most",
        "20",
        default=0,
    ),
    REALM,
)
router = APIRouter(tags=["changes"])


def watch_of(request: Request) -> FeedWatch:
    """The watch of the running application."""
    return cast("FeedWatch", request.app.state.feed)


@router.get(
    "/v1/changes",
    summary="Thay đổi của các bảng xếp hạng / Changes of league tables",
    description="Provisional tables that moved and editions that were published, numbered in commit order: a reader who goes "
    "from `next` to `next` misses none. A full page never changes and may be kept for ever. Webhooks tell the same.",
    operation_id="changes",
    response_class=Response,
    responses={
        200: {
            "description": "Changes after the cursor",
            "content": {"application/json": {"schema": ref(ChangeFeed)}},
            "headers": {"ETag": {"schema": {"type": "string"}}, "Cache-Control": {"schema": {"type": "string"}}},
        },
        304: {"description": "Not modified: the caller's If-None-Match names these bytes."},
        **problem_openapi(409, 422, 503),
    },
    openapi_extra={"parameters": PARAMETERS.openapi()},
)
async def changes(request: Request) -> Response:
    """A page; an empty one only when the time to wait is over."""
    given = PARAMETERS.read(request.scope["query_string"], {})
    loop = asyncio.get_running_loop()
    until = loop.time() + given["wait"]
    after: int = given["after"]
    while True:
        async with database_of(request).connection() as connection:
            page = await read_page(
                connection, after=after, limit=given["limit"], kinds=given["kinds"], realm=given["realm"]
            )
        if page.changes or not await watch_of(request).beyond(page.next, until - loop.time()):
            break
        after = page.next
    rendered = Rendered.of(
        msgspec.json.encode(page), "application/json", cache_control=KEEP if page.full else CACHE_CONTROL, fresh_until=0
    )
    known = request.headers.get("if-none-match")
    return rendered.response(known.encode("latin-1") if known is not None else None)
