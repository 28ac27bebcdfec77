"""Routes that move a round as a whole: opening, deadlines, steps, late rights, joins, closing."""

from __future__ import annotations

import asyncio
import json

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from parindex.engine.period import Period
from parindex.errors import Finding, Invalid, Unreadable
from scoring_api.dependencies import database_of, resources_of
from scoring_api.people.session import SignedIn
from scoring_api.rounds import bodies
from scoring_api.rounds.answers import AbsentLine, JoinAnswer, Moved, RoundDocument, moved
from scoring_api.rounds.body_limit import LimitedBodyRoute
from scoring_api.rounds.clock import Now
from scoring_api.rounds.close import confirm_closing, propose_closing, withdraw_closing
from scoring_api.rounds.figures import Figure
from scoring_api.rounds.grant_late import grant_late
from scoring_api.rounds.join import Joined, join_dossiers, join_figures, join_imported, join_portal, join_surveys
from scoring_api.rounds.move_phase import move_phase
from scoring_api.rounds.open_round import Opening, open_round
from scoring_api.rounds.set_deadline import set_deadline
from scoring_api.rounds.spoken import clean_note
from scoring_api.rounds.whole_state import whole_state
from scoring_api.rounds.wire import answered, documented

router = APIRouter(tags=["rounds"], route_class=LimitedBodyRoute)
_JOIN_BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": bodies.JoinBody.model_json_schema(ref_template="#/components/schemas/{model}")},
        "text/csv": {
            "schema": {
                "type": "string",
                "description": "unit,component,value|percent|numerator,denominator|...; the source in the query",
            }
        },
    },
}


@router.post(
    "/v1/rounds",
    status_code=201,
    summary="Mở đợt đánh giá / Open a round",
    description="By the officer: framework version, block, period, units, departments in charge, deadlines. All frozen; every fault at once.",
    **documented(RoundDocument, 201, 400, 409, 413),
)
async def post_round(request: Request, person: SignedIn, body: bodies.OpeningBody, now: Now) -> Response:
    """Opens a round."""
    person.need("officer")
    opening = Opening(
        title_vi=body.title_vi,
        realm=body.realm,
        framework=body.framework,
        version=body.version,
        block=body.block,
        period=Period.parse(body.period).code,
        scope_unit_id=body.scope_unit_id,
        units=body.units,
        departments=body.departments,
        deadlines={str(phase): until for phase, until in body.deadlines.items()},
        note=body.note,
    )
    async with resources_of(request).snapshots.open(body.realm) as snapshot:
        units = snapshot.units
    round_id = await open_round(database_of(request), person, opening, units, now)
    return answered(await whole_state(database_of(request), person, round_id), 201)


@router.post(
    "/v1/rounds/{round_id}/deadlines",
    summary="Gia hạn, đổi hạn một bước / Move a deadline",
    description="By the officer, with the reason; for the present step and later ones.",
    **documented(Moved, 200, 400, 409, 413),
)
async def post_deadline(
    request: Request, person: SignedIn, round_id: bodies.RoundPath, body: bodies.DeadlineBody, now: Now
) -> Response:
    """Moves a deadline."""
    state = await set_deadline(
        database_of(request), person, round_id, phase=body.phase, until=body.until, note=body.note, now=now
    )
    return answered(moved(round_id, state))


@router.post(
    "/v1/rounds/{round_id}/phase",
    summary="Chuyển bước / Open the next step",
    description="By the officer; before the deadline only when nothing is awaited any more.",
    **documented(Moved, 200, 400, 409, 413),
)
async def post_phase(
    request: Request, person: SignedIn, round_id: bodies.RoundPath, body: bodies.PhaseBody, now: Now
) -> Response:
    """Opens the next step."""
    state = await move_phase(database_of(request), person, round_id, to=body.to, note=body.note, now=now)
    return answered(moved(round_id, state))


@router.post(
    "/v1/rounds/{round_id}/late-rights",
    summary="Cho phép nộp muộn / Grant a late right",
    description="By the officer, with the reason: one unit, department or the council may write a step until an instant.",
    **documented(Moved, 200, 400, 409, 413),
)
async def post_late_right(
    request: Request, person: SignedIn, round_id: bodies.RoundPath, body: bodies.LateRightBody, now: Now
) -> Response:
    """Grants a late right."""
    state = await grant_late(
        database_of(request), person, round_id,
        phase=body.phase, unit_id=body.unit_id, until=body.until, note=body.note, now=now,
    )  # fmt: skip
    return answered(moved(round_id, state))


@router.post(
    "/v1/rounds/{round_id}/joins",
    summary="Ghép số liệu khảo sát, chỉ số ngoài, hồ sơ, Cổng, thống kê / Join figures",
    description="By the officer. JSON as described, or text/csv with `source` (and `note`) in the query. Units without a figure are listed. "
    "Joining again appends; the last figure holds.",
    openapi_extra={
        "requestBody": _JOIN_BODY,
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": {"type": "string", "maxLength": 500}}
            for name in ("source", "note")
        ],
    },
    **documented(JoinAnswer, 200, 400, 409, 413),
)
async def post_join(request: Request, person: SignedIn, round_id: bodies.RoundPath, now: Now) -> Response:
    """Joins figures."""
    person.need("officer")
    database = database_of(request)
    if request.headers.get("content-type", "").split(";")[0].strip().lower() == "text/csv":
        source, note = (_query_text(request, name) for name in ("source", "note"))
        joined = await join_figures(
            database, person, round_id, figures=await request.body(), source=source, note=note, now=now
        )
        return _joined(round_id, joined)
    body = await asyncio.to_thread(_join_body, await request.body())
    if body.kind == "survey":
        joined = await join_surveys(
            database, person, round_id,
            components=body.components, instrument=body.instrument, note=body.note, now=now,
        )  # fmt: skip
    elif body.kind == "external":
        joined = await join_imported(database, person, round_id, components=body.components, note=body.note, now=now)
    elif body.kind == "dossiers":
        joined = await join_dossiers(database, person, round_id, note=body.note, now=now)
    elif body.kind == "portal":
        joined = await join_portal(database, person, round_id, note=body.note, now=now)
    else:
        figures = [
            Figure(one.unit_id, one.component, one.input, f"figures[{place}]") for place, one in enumerate(body.figures)
        ]
        joined = await join_figures(
            database, person, round_id, figures=figures, source=body.source, note=body.note, now=now
        )
    return _joined(round_id, joined)


def _join_body(raw: bytes) -> bodies.JoinBody:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise Unreadable(
            "Nội dung không phải JSON. / The body is not JSON.", code="json_unreadable", hint="Or send text/csv."
        ) from None
    try:
        return bodies.JoinBody.model_validate(document)
    except ValidationError as error:
        findings = [
            Finding(one["type"], ".".join(map(str, ("body", *one["loc"]))), one["msg"]) for one in error.errors()
        ]
        raise Invalid(
            "The request does not fit the interface; each fault is named in findings.",
            code="request_invalid",
            hint="See /docs.",
            findings=findings[:200],
        ) from None


def _query_text(request: Request, name: str) -> str:
    try:
        return clean_note(request.query_params.get(name, ""))
    except ValueError as error:
        raise Invalid(f"{name}: expected {error}.", code="parameter_invalid", hint="See /docs.") from None


def _joined(round_id: int, joined: Joined) -> Response:
    absent = [AbsentLine(one.unit_id, one.component, one.reason_vi, one.reason_en) for one in joined.absent]
    return answered(JoinAnswer(round_id, joined.last_event_no, joined.joined, absent))


@router.post(
    "/v1/rounds/{round_id}/closing",
    summary="Đề nghị kết thúc đợt đánh giá / Propose to close",
    description="By a council member, in the council's step. What is missing is listed; closing all the same needs a reason.",
    **documented(Moved, 200, 400, 409, 413),
)
async def post_closing(
    request: Request, person: SignedIn, round_id: bodies.RoundPath, body: bodies.ClosingBody, now: Now
) -> Response:
    """Proposes to close."""
    state = await propose_closing(
        database_of(request), person, round_id, accept_incomplete=body.accept_incomplete, note=body.note, now=now
    )
    return answered(moved(round_id, state))


@router.post(
    "/v1/rounds/{round_id}/closing/confirmation",
    summary="Xác nhận kết thúc / Confirm the closing",
    description="By another council member; one of the two has scored nothing in the round.",
    **documented(Moved, 200, 400, 409, 413),
)
async def post_confirmation(
    request: Request, person: SignedIn, round_id: bodies.RoundPath, body: bodies.NoteBody, now: Now
) -> Response:
    """Closes the round."""
    state = await confirm_closing(database_of(request), person, round_id, note=body.note, now=now)
    return answered(moved(round_id, state))


@router.post(
    "/v1/rounds/{round_id}/closing/withdrawal",
    summary="Rút đề nghị kết thúc / Withdraw the proposal",
    description="By any council member, with a reason.",
    **documented(Moved, 200, 400, 409, 413),
)
async def post_withdrawal(
    request: Request, person: SignedIn, round_id: bodies.RoundPath, body: bodies.NoteBody, now: Now
) -> Response:
    """Takes the proposal back."""
    state = await withdraw_closing(database_of(request), person, round_id, note=body.note, now=now)
    return answered(moved(round_id, state))
