"""Which editions there are, and the stable address of the newest one of a table."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from parindex.errors import Invalid
from parindex.web.problems import problem_openapi
from scoring_api import asked
from scoring_api.answers import register_standing
from scoring_api.editions.answers import EditionList, edition_line
from scoring_api.editions.edition_route import RENEWED
from scoring_api.editions.rows import HEAD, EditionHead, latest_edition, lists_one_of
from scoring_api.parameters import Parameter, Parameters, text, whole, word
from scoring_api.places import named_unit, reading_day
from scoring_api.route import REALM, Given, PublicRoute
from scoring_api.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from scoring_api.app import Resources

INDEX = Parameter(
    "index",
    *word(),
    "Bộ chỉ số: qd766, papi, satisfaction.KIOSK3, ...",
    "Index: qd766, papi, satisfaction.KIOSK3, ...",
    "qd766",
    required=True,
)
EDITION_BLOCK = replace(asked.BLOCK, read=word()[0], schema=word()[1], example="province")
"""Frameworks name their own blocks, so any word is read."""
TENANT = Parameter("tenant", *whole(0, 2_147_483_647), "Chỉ của cơ quan này", "Only editions of this authority", "0")
_PLACE = re.compile(r"([0-9]{1,9})~([0-9]{1,9})")
_LIST = f"""
{HEAD} WHERE e.realm = $1 AND ($2::text IS NULL OR e.index_code = $2) AND ($3::int IS NULL OR e.scope_unit_id = $3)
  AND ($4::text IS NULL OR e.block = $4) AND ($5::text IS NULL OR e.period = $5) AND ($6::int IS NULL OR e.tenant_id = $6)
  AND {lists_one_of("$7")}
  AND ($8::int IS NULL OR (e.published_at, e.tenant_id, e.edition_no) <
       (SELECT published_at, tenant_id, edition_no FROM edition WHERE tenant_id = $8 AND edition_no = $9))
ORDER BY e.published_at DESC, e.tenant_id DESC, e.edition_no DESC LIMIT $10
"""


async def _list(snapshot: Snapshot, given: Given) -> EditionList:
    scope = named_unit(snapshot, given["scope"], snapshot.today) if given["scope"] else None
    unit = [named_unit(snapshot, given["unit"], snapshot.today)] if given["unit"] else []
    after: tuple[Any, Any] = _place(given["cursor"]) if given["cursor"] else (None, None)
    rows = await snapshot.connection.fetch(
        _LIST,
        snapshot.realm,
        given["index"],
        scope,
        given["block"],
        given["period"].code if given["period"] else None,
        given["tenant"],
        unit,
        *after,
        given["limit"] + 1,
    )
    page = [EditionHead(**row) for row in rows[: given["limit"]]]
    return EditionList(
        **{**register_standing(snapshot), "not_counted": None},
        editions=[edition_line(head) for head in page],
        next_cursor=f"{page[-1].tenant_id}~{page[-1].edition_no}" if len(rows) > given["limit"] else None,
    )


def _place(cursor: str) -> tuple[int, int]:
    found = _PLACE.fullmatch(cursor)
    if found is None:
        raise Invalid(
            f"cursor={cursor[:40]!r} is not one that this route gave.",
            code="cursor_unknown",
            hint="Use next_cursor of the page before.",
        )
    return int(found[1]), int(found[2])


ROUTES = (
    PublicRoute(
        "/v1/editions",
        "Các ấn bản đã công bố",
        "Published editions",
        "Newest first, superseded ones included and marked: every edition stays readable under its number.",
        "editions",
        (
            asked.optional(INDEX),
            asked.optional(asked.SCOPE),
            asked.optional(EDITION_BLOCK),
            asked.optional(asked.PERIOD),
            TENANT,
            replace(asked.optional(asked.UNIT), vi="Chỉ bảng có đơn vị này", en="Only tables that list this unit"),
            asked.LIMIT,
            Parameter("cursor", *text(40), "Con trỏ trang (next_cursor)", "next_cursor of the page before", "0~12"),
        ),
        _list,
        EditionList,
    ),
)
_LATEST = Parameters(INDEX, asked.SCOPE, EDITION_BLOCK, asked.optional(asked.PERIOD), TENANT, REALM)


def add_latest(app: FastAPI, resources: Callable[[], Resources]) -> None:
    """The stable address of a table: leads to its newest standing edition. A redirect, so that the edition itself stays cached."""

    async def endpoint(request: Request) -> Response:
        given = _LATEST.read(request.scope["query_string"], {})
        async with resources().snapshots.open(given["realm"]) as snapshot:
            day = reading_day(snapshot, given["period"]) if given["period"] else snapshot.today
            found = await latest_edition(
                snapshot.connection,
                given["realm"],
                given["index"],
                named_unit(snapshot, given["scope"], day),
                given["block"],
                period=given["period"].code if given["period"] else None,
                tenant=given["tenant"],
            )
        return Response(status_code=307, headers={"Location": found.href, "Cache-Control": RENEWED})

    app.add_api_route(
        "/v1/editions/latest",
        endpoint,
        methods=["GET"],
        tags=["editions"],
        summary="Ấn bản mới nhất còn hiệu lực của một bảng / Newest standing edition of a table",
        description="Redirects to the edition of the latest period (or of the period named) that nothing supersedes; of periods that end on the same day the longer one.",
        operation_id="editions_latest",
        status_code=307,
        response_class=Response,
        responses={
            307: {
                "description": "Where the edition is",
                "headers": {
                    "Location": {"schema": {"type": "string"}},
                    "Cache-Control": {"schema": {"type": "string"}},
                },
            },
            **problem_openapi(404, 422, 503),
        },
        openapi_extra={"parameters": _LATEST.openapi()},
    )
