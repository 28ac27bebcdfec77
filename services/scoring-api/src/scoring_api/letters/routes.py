"""Routes that explain one figure: as JSON, as a printable page, as plain text."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from parindex.web.openapi import ref
from parindex.web.problems import problem_openapi
from scoring_api.dependencies import database_of
from scoring_api.letters.cell import CellExplanation
from scoring_api.letters.edition_cell import explain_edition_cell
from scoring_api.letters.letter import as_html, as_text, letter_of
from scoring_api.letters.round_cell import explain_round_cell
from scoring_api.people.session import SignedIn
from scoring_api.rounds import bodies

router = APIRouter(tags=["explanations"])
Form = Annotated[Literal["json", "html", "text"], Query(alias="format", description="json, or the letter: html, text")]
_Number = Annotated[int, Path(ge=0, le=2_147_483_647)]
_PRIVATE, _PUBLIC = "private, no-store", "public, max-age=86400"
_SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def _documented(*problems: int) -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    content = {"application/json": {"schema": ref(CellExplanation)}, "text/html": text, "text/plain": text}
    description = (CellExplanation.__doc__ or "").split("\n", 1)[0]
    return {
        "response_class": Response,
        "responses": {200: {"description": description, "content": content}, **problem_openapi(*problems, 422, 503)},
    }


def _answer(cell: CellExplanation, form: str, cache_control: str) -> Response:
    headers = {**_SAFE, "Cache-Control": cache_control}
    if form == "json":
        return Response(msgspec.json.encode(cell), headers=headers, media_type="application/json")
    letter = letter_of(cell)
    if form == "html":
        return Response(as_html(letter), headers=headers, media_type="text/html")
    return Response(as_text(letter), headers=headers, media_type="text/plain")


@router.get(
    "/v1/rounds/{round_id}/units/{unit_id}/explanations/{code}",
    summary="Giải thích điểm một tiêu chí, kèm văn bản trả lời / One component explained, with a letter",
    operation_id="round_explanation",
    description="Rule in words and values, inputs, counts, evidence, who entered what when. For the unit itself, the appraiser of the field, "
    "council, auditor and officer.",
    **_documented(401, 403, 404),
)
async def explain_round(
    request: Request,
    person: SignedIn,
    round_id: bodies.RoundPath,
    unit_id: bodies.UnitPath,
    code: bodies.CodePath,
    form: Form = "json",
) -> Response:
    """One component of one unit."""
    cell = await explain_round_cell(database_of(request), person, round_id, unit_id, code)
    return await asyncio.to_thread(_answer, cell, form, _PRIVATE)


@router.get(
    "/v1/editions/{tenant_id}/{edition_no}/explanations/{unit_id}/{code}",
    summary="Giải thích một con số của ấn bản, kèm văn bản trả lời / One figure of an edition explained, with a letter",
    operation_id="edition_explanation",
    description="A component, field, factor or part, or `total`. Public: it ends at inputs and counts, small counts are withheld; "
    "`thread` is where officials see evidence and entries.",
    **_documented(404),
)
async def explain_edition(
    request: Request,
    tenant_id: _Number,
    edition_no: _Number,
    unit_id: bodies.UnitPath,
    code: bodies.CodePath,
    form: Form = "json",
) -> Response:
    """One figure of one unit."""
    cell = await explain_edition_cell(database_of(request), tenant_id, edition_no, unit_id, code)
    return await asyncio.to_thread(_answer, cell, form, _PUBLIC)
