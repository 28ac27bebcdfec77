"""Routes of officers' drafts: written, checked, put in force by a second person, or withdrawn."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import AfterValidator, Field
from starlette.responses import Response

from parindex.engine.period import local_day
from parindex.frameworks.criteria_file import read_framework_json
from parindex.register.framework_draft_rows import Author, Draft, list_drafts, read_draft
from parindex.register.framework_drafts import check_draft, create_draft, replace_draft, withdraw_draft
from parindex.register.put_in_force import put_in_force
from parindex.web.problems import problem_openapi
from parindex.workbooks.framework_workbook import write_framework_workbook
from parindex.workbooks.opening import MEDIA_TYPE as XLSX
from scoring_api.dependencies import database_of
from scoring_api.frameworks import wire
from scoring_api.frameworks.received_body import REQUEST_BODY, received_body
from scoring_api.people.person import Person
from scoring_api.people.session import SignedIn
from scoring_api.rounds.bodies import Body
from scoring_api.rounds.body_limit import LimitedBodyRoute
from scoring_api.rounds.clock import Now
from scoring_api.rounds.spoken import clean_note
from scoring_api.rounds.wire import answered, documented, downloaded

router = APIRouter(prefix="/v1/framework-drafts", tags=["frameworks"], route_class=LimitedBodyRoute)
DraftPath = Annotated[int, Path(ge=1, le=2_147_483_647, description="Bản thảo / draft", examples=[1])]
_Words = Annotated[str, Field(max_length=1000), AfterValidator(clean_note)]
_Reason = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(clean_note)]
Why = Annotated[_Words, Query(description="Vì sao / why, kept with the event")]


class InForceBody(Body):
    """`sha256`: of the draft as it was checked and read by the second person."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    why: _Reason
    retroactive_reason: _Words = ""


class WithdrawalBody(Body):
    """Why a draft will not become law."""

    why: _Reason


def _officer(person: Person) -> Author:
    """The officer as author, in his own authority only. Raises Forbidden for anybody else."""
    person.need("officer")
    return Author(person.tenant_id, person.person_id)


def _answer(draft: Draft, status: int = 200) -> Response:
    return answered(wire.DraftAnswer(wire.draft_line(draft), draft.document), status)


@router.get("", summary="Các bản thảo của cơ quan / Drafts of the authority", **documented(wire.DraftsAnswer))
async def drafts(request: Request, person: SignedIn) -> Response:
    """Newest first, without their documents."""
    author = _officer(person)
    async with database_of(request).connection() as connection:
        found = await list_drafts(connection, author)
    return answered(wire.DraftsAnswer([wire.draft_line(one) for one in found]))


@router.post(
    "",
    status_code=201,
    summary="Bản thảo mới / A new draft",
    openapi_extra=REQUEST_BODY,
    **documented(wire.DraftAnswer, 201, 400, 413),
)
async def create(request: Request, person: SignedIn, why: Why = "") -> Response:
    """From JSON, YAML or Excel. JSON may still have faults, which are kept with it; YAML and Excel are refused with them."""
    author = _officer(person)
    received = await received_body(request)
    async with database_of(request).transaction() as connection:
        draft = await create_draft(connection, author, received, why)
    return _answer(draft, 201)


@router.get("/{draft_id}", summary="Một bản thảo / One draft", **documented(wire.DraftAnswer))
async def show(request: Request, person: SignedIn, draft_id: DraftPath) -> Response:
    """With its document and what was found."""
    author = _officer(person)
    async with database_of(request).connection() as connection:
        return _answer(await read_draft(connection, author, draft_id))


@router.get(
    "/{draft_id}/workbook",
    summary="Bản thảo dạng Excel / A draft as a workbook",
    response_class=Response,
    responses={
        200: {"description": "The workbook", "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}},
        **problem_openapi(401, 403, 404, 422, 503),
    },
)
async def workbook(request: Request, person: SignedIn, draft_id: DraftPath) -> Response:
    """To be edited and sent back with PUT. A draft with faults has no workbook: its findings are answered instead."""
    author = _officer(person)
    async with database_of(request).connection() as connection:
        draft = await read_draft(connection, author, draft_id)
    body = await asyncio.to_thread(_workbook, draft)
    return downloaded(body, f"ban-thao-{draft_id}.xlsx", XLSX)


@router.put(
    "/{draft_id}",
    summary="Sửa bản thảo / Replace a draft's document",
    openapi_extra=REQUEST_BODY,
    **documented(wire.DraftAnswer, 200, 400, 409, 413),
)
async def replace(
    request: Request,
    person: SignedIn,
    draft_id: DraftPath,
    why: Why = "",
    revision: Annotated[int | None, Query(ge=1, le=2_147_483_647, description="The revision that was edited")] = None,
) -> Response:
    """Has to be checked again. With `revision`, a draft that somebody else replaced meanwhile is refused."""
    author = _officer(person)
    received = await received_body(request)
    async with database_of(request).transaction() as connection:
        draft = await replace_draft(connection, author, draft_id, received, why, revision)
    return _answer(draft)


@router.post("/{draft_id}/check", summary="Kiểm tra bản thảo / Check a draft", **documented(wire.DraftAnswer, 200, 409))
async def check(request: Request, person: SignedIn, draft_id: DraftPath, now: Now) -> Response:
    """By itself and beside what is in force. `state` says `checked`, or `findings` say why not."""
    author = _officer(person)
    async with database_of(request).transaction() as connection:
        draft = await check_draft(connection, author, draft_id, _today(now))
    return _answer(draft)


@router.post(
    "/{draft_id}/put-in-force",
    summary="Ban hành / Put a checked draft in force",
    **documented(wire.DraftAnswer, 200, 400, 409, 413),
)
async def enact(request: Request, person: SignedIn, draft_id: DraftPath, body: InForceBody, now: Now) -> Response:
    """By another officer than the author of the present text; from then on nobody can change it."""
    author = _officer(person)
    async with database_of(request).transaction() as connection:
        draft = await put_in_force(
            connection,
            author,
            draft_id,
            expected_sha256=body.sha256,
            why=body.why,
            retroactive_reason=body.retroactive_reason,
            today=_today(now),
        )
    return _answer(draft)


@router.post(
    "/{draft_id}/withdraw",
    summary="Rút bản thảo / Withdraw a draft",
    **documented(wire.DraftAnswer, 200, 400, 409, 413),
)
async def withdraw(request: Request, person: SignedIn, draft_id: DraftPath, body: WithdrawalBody) -> Response:
    """Never what is in force."""
    author = _officer(person)
    async with database_of(request).transaction() as connection:
        draft = await withdraw_draft(connection, author, draft_id, body.why)
    return _answer(draft)


def _workbook(draft: Draft) -> bytes:
    return write_framework_workbook(read_framework_json(draft.document, f"{draft.code}@{draft.version}").framework)


def _today(now: dt.datetime) -> dt.date:
    return local_day(now)
