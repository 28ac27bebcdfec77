"""Routes by which each side speaks on a component: declaration, appraisal, answer, decision; and a unit hands in a step."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from scoring_api.dependencies import database_of
from scoring_api.people.session import SignedIn
from scoring_api.rounds import bodies
from scoring_api.rounds.answer import answer
from scoring_api.rounds.answers import Moved, Stored, moved
from scoring_api.rounds.appraise import appraise
from scoring_api.rounds.body_limit import LimitedBodyRoute
from scoring_api.rounds.clock import Now
from scoring_api.rounds.decide import decide
from scoring_api.rounds.declare import declare
from scoring_api.rounds.spoken import Said
from scoring_api.rounds.submit_step import submit_step
from scoring_api.rounds.wire import answered, documented

router = APIRouter(tags=["rounds"], route_class=LimitedBodyRoute)
_COMPONENT = "/v1/rounds/{round_id}/units/{unit_id}/components/{code}"


def _stored(round_id: int, said: Said) -> Response:
    points = None if said.spoken.points is None else f"{said.spoken.points:f}"
    return answered(Stored(round_id, said.event_no, said.side, said.spoken.input, points, said.late))


@router.put(
    f"{_COMPONENT}/declaration",
    summary="Đơn vị kê khai, tự đánh giá / A unit declares",
    description="By the unit itself, in its step; the rule gives the points. `input` null declares nothing (any more).",
    **documented(Stored, 200, 400, 409, 413),
)
async def put_declaration(
    request: Request, person: SignedIn, round_id: bodies.RoundPath, unit_id: bodies.UnitPath, code: bodies.CodePath,
    body: bodies.EntryBody, now: Now,
) -> Response:  # fmt: skip
    """Declares one component."""
    return _stored(round_id, await declare(database_of(request), person, round_id, unit_id, code, body.entry(), now))


@router.put(
    f"{_COMPONENT}/answer",
    summary="Đơn vị giải trình / A unit answers an appraisal",
    description="By the unit itself, in its step: an explanation, with other figures where it has them.",
    **documented(Stored, 200, 400, 409, 413),
)
async def put_answer(
    request: Request, person: SignedIn, round_id: bodies.RoundPath, unit_id: bodies.UnitPath, code: bodies.CodePath,
    body: bodies.EntryBody, now: Now,
) -> Response:  # fmt: skip
    """Answers on one component."""
    return _stored(round_id, await answer(database_of(request), person, round_id, unit_id, code, body.entry(), now))


@router.put(
    f"{_COMPONENT}/appraisal",
    summary="Thẩm định / Appraise",
    description="By the department in charge of the field, round 1 or 2 by the step of the round; an opinion where it differs.",
    **documented(Stored, 200, 400, 409, 413),
)
async def put_appraisal(
    request: Request, person: SignedIn, round_id: bodies.RoundPath, unit_id: bodies.UnitPath, code: bodies.CodePath,
    body: bodies.EntryBody, now: Now,
) -> Response:  # fmt: skip
    """Appraises one component."""
    return _stored(round_id, await appraise(database_of(request), person, round_id, unit_id, code, body.entry(), now))


@router.put(
    f"{_COMPONENT}/decision",
    summary="Hội đồng quyết định / The council decides",
    description="By the council, in its step; final for the component, with a reason where it changes something.",
    **documented(Stored, 200, 400, 409, 413),
)
async def put_decision(
    request: Request, person: SignedIn, round_id: bodies.RoundPath, unit_id: bodies.UnitPath, code: bodies.CodePath,
    body: bodies.EntryBody, now: Now,
) -> Response:  # fmt: skip
    """Decides one component."""
    return _stored(round_id, await decide(database_of(request), person, round_id, unit_id, code, body.entry(), now))


@router.post(
    "/v1/rounds/{round_id}/units/{unit_id}/submission",
    summary="Đơn vị nộp / A unit hands in a step",
    description="By the unit itself: its declaration or its answers. What is still open is listed; a later change must be handed in again.",
    **documented(Moved, 200, 400, 409, 413),
)
async def post_submission(
    request: Request, person: SignedIn, round_id: bodies.RoundPath, unit_id: bodies.UnitPath,
    body: bodies.SubmissionBody, now: Now,
) -> Response:  # fmt: skip
    """Hands a step in."""
    state = await submit_step(
        database_of(request), person, round_id, unit_id,
        step=body.step, accept_incomplete=body.accept_incomplete, note=body.note, late_reason=body.late_reason or None, now=now,
    )  # fmt: skip
    return answered(moved(round_id, state))
