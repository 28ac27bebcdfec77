"""Public pages of editions: which there are, and one with its ranks, its changes in words, its signature and what superseded it."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.errors import NotFound
from scoring_api.answers import NOTICES
from scoring_api.dependencies import resources_of
from scoring_api.editions.change import change_of
from scoring_api.editions.rows import HEAD, EditionHead, edition_head, unaltered
from scoring_api.editions.standing import standing
from scoring_api.pages.notices import framework_notices
from scoring_api.pages.page_route import PageRoute
from scoring_api.pages.rendering import page

router = APIRouter(prefix="/pages/editions", include_in_schema=False, route_class=PageRoute)
_NEWEST = f"{HEAD} WHERE e.realm = 'production' ORDER BY e.published_at DESC, e.tenant_id, e.edition_no DESC LIMIT 500"


@router.get("")
async def show_editions(request: Request) -> Response:
    """The newest 500 editions."""
    async with resources_of(request).database.connection() as connection:
        rows = await connection.fetch(_NEWEST)
    return page("editions.html", editions=[EditionHead(**row) for row in rows])


@router.get("/{tenant_id:int}/{edition_no:int}")
async def show_edition(request: Request, tenant_id: int, edition_no: int) -> Response:
    """One edition."""
    resources = resources_of(request)
    if max(tenant_id, edition_no) > 2_147_483_647:
        raise NotFound("Không có ấn bản này. / There is no such edition.", code="edition_unknown")
    async with resources.database.connection() as connection, connection.transaction(isolation="repeatable_read"):
        head = await edition_head(connection, tenant_id, edition_no)
        stands = await standing(connection, head)
        text = await connection.fetchval(
            "SELECT document FROM edition WHERE tenant_id = $1 AND edition_no = $2", tenant_id, edition_no
        )
    document = json.loads(unaltered(tenant_id, edition_no, text, head.sha256))
    body = document["body"]
    change = await _change(request, head)
    index = body["index"]
    notices = [NOTICES[head.realm].vi] if head.realm in NOTICES else []
    if index["status"] in ("template", "example"):
        notices += framework_notices(index["status"], index["status_note_vi"])
    return page(
        "edition.html",
        edition=head,
        standing=stands,
        body=body,
        signed_over=document["publication"].get("open_disputes"),
        change=change,
        words={} if change is None else {row["unit_id"]: row["words"] for row in change["rows"]},
        notices=notices,
    )


async def _change(request: Request, head: EditionHead) -> dict[str, Any] | None:
    """Against the edition before it; None where there is none."""
    try:
        return await change_of(resources_of(request), head)
    except NotFound:
        return None
