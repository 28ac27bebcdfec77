"""Routes of targets and what-if: public for what is posted or published, signed in for rounds. Nothing is stored."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.instruments.json_text import decode_json
from parindex.register.frameworks import load_frameworks_from_database
from parindex.web.openapi import ref
from parindex.web.problems import problem_openapi
from scoring_api.dependencies import database_of
from scoring_api.improve.answers import SatisfactionTarget, TargetAnswer, WhatIfAnswer
from scoring_api.improve.bases import Base, posted_base, refused
from scoring_api.improve.edition_base import edition_base
from scoring_api.improve.reach_target import (
    TARGET_KEYS,
    WHAT_IF_KEYS,
    answer_satisfaction,
    answer_target,
    answer_what_if,
    need_form,
)
from scoring_api.improve.round_base import round_base
from scoring_api.people.session import signed_in
from scoring_api.rounds.body_limit import LimitedBodyRoute

router = APIRouter(prefix="/v1", tags=["targets"], route_class=LimitedBodyRoute)
_HEADERS = {"Cache-Control": "private, no-store"}


def _documented(kind: type, *problems: int) -> dict[str, Any]:
    answer = {
        "description": (kind.__doc__ or "").split("\n", 1)[0],
        "content": {"application/json": {"schema": ref(kind)}},
    }
    body = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
    return {
        "response_class": Response,
        "responses": {200: answer, **problem_openapi(*problems, 503)},
        "openapi_extra": {"requestBody": body},
    }


async def _base(request: Request, body: dict[str, Any]) -> Base:
    base = body["base"]
    if not isinstance(base, dict):
        raise refused("base is no object.", "base")
    database = database_of(request)
    if "round" in base:
        return await round_base(database, await signed_in(request), base, body["unit"])
    if "edition" in base:
        return await edition_base(database, base, body["unit"])
    async with database.connection() as connection:
        catalogue = await load_frameworks_from_database(connection)
    return await asyncio.to_thread(posted_base, base, body["unit"], catalogue)


def _answer(value: Any) -> Response:
    return Response(msgspec.json.encode(value), headers=_HEADERS, media_type="application/json")


@router.post(
    "/targets",
    summary="Còn thiếu gì để đạt mục tiêu / What is missing for a target",
    operation_id="target",
    description="`base`: posted units of a framework, a round (signed in, as far as the roles reach) or a published edition; `unit`; "
    '`target`: {"place": 15}, {"figure": "80"} or {"grade": "Tốt"}; `hold`: components to leave as they are; `changes`: inputs to start from instead. '
    "The plan has the fewest components, then the least gain; other units are held still. Nothing is stored.",
    **_documented(TargetAnswer, 400, 401, 403, 404, 409, 413, 422),
)
async def target(request: Request) -> Response:
    """What is missing, where there is room, and the smallest set of gains."""
    body = need_form(decode_json(await request.body(), "the target"), TARGET_KEYS, frozenset({"hold", "changes"}))
    return _answer(await asyncio.to_thread(answer_target, await _base(request, body), body))


@router.post(
    "/targets/satisfaction",
    summary="Còn thiếu bao nhiêu câu trả lời hài lòng / What a satisfaction figure lacks",
    operation_id="satisfaction_target",
    description='`factors`: code -> {"favourable", "answers"}; `figure`: percent, for example "80". Nothing is stored.',
    **_documented(SatisfactionTarget, 400, 413, 422),
)
async def satisfaction_target(request: Request) -> Response:
    """How many more favourable answers, in the fewest factors, and spread evenly."""
    body = decode_json(await request.body(), "the target")
    return _answer(await asyncio.to_thread(answer_satisfaction, body))


@router.post(
    "/what-if",
    summary="Nếu số liệu khác đi thì sao / What other inputs would change",
    operation_id="what_if",
    description="`base` and `unit` as for targets; `changes`: component -> input, or null to take it away. Score, place, "
    "and whose places move (named where the reader may know them). Nothing is stored.",
    **_documented(WhatIfAnswer, 400, 401, 403, 404, 409, 413, 422),
)
async def try_what_if(request: Request) -> Response:
    """Before and after."""
    body = need_form(decode_json(await request.body(), "the what-if"), WHAT_IF_KEYS)
    return _answer(await asyncio.to_thread(answer_what_if, await _base(request, body), body))
