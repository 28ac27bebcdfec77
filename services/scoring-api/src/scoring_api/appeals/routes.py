"""Routes of appeals. Who may do what is decided by the use cases."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from parindex.web.problems import problem_openapi
from scoring_api.appeals import bodies
from scoring_api.appeals.answers import (
    AppealDecided,
    AppealDocument,
    AppealList,
    DisputableTables,
    PublicAppeals,
)
from scoring_api.appeals.correct import name_correction
from scoring_api.appeals.decide import answer, decide, withdraw
from scoring_api.appeals.decide_anew import decide_anew
from scoring_api.appeals.evidence import AppealFile, attach_to_appeal, open_appeal_file
from scoring_api.appeals.file import Dispute, file
from scoring_api.appeals.grant_late import grant_late
from scoring_api.appeals.show import disputable_tables, list_appeals, public_appeals, show_appeal
from scoring_api.dependencies import database_of, settings_of
from scoring_api.evidence.receive import receive_upload
from scoring_api.evidence.routes import EVIDENCE_FORM, FILE_CONTENT, saved_file
from scoring_api.people.person import Person
from scoring_api.people.session import SignedIn
from scoring_api.publications.answers import PublicationDocument
from scoring_api.publications.bodies import PublicationPath
from scoring_api.publications.show import show_publication
from scoring_api.rounds.body_limit import LimitedBodyRoute
from scoring_api.rounds.clock import Now
from scoring_api.rounds.spoken import Entry
from scoring_api.rounds.wire import answered, documented

router = APIRouter(tags=["appeals"], route_class=LimitedBodyRoute)
_files = APIRouter(tags=["appeals"])
"""Files are larger than other bodies; whoever receives them holds the limit."""
_CHANGES = documented(AppealDocument, 200, 400, 409, 413)
_Number = Annotated[int, Path(ge=0, le=2_147_483_647)]


@router.get(
    "/v1/editions/{tenant_id}/{edition_no}/appeals",
    summary="Các khiếu nại của một ấn bản / Appeals of an edition",
    description="Public: case numbers; after the outcome also unit, component, outcome and reason, and which edition corrects. "
    "Arguments and evidence stay with the parties.",
    **documented(PublicAppeals),
)
async def get_public_appeals(request: Request, tenant_id: _Number, edition_no: _Number) -> Response:
    """Cases of one edition."""
    return answered(await public_appeals(database_of(request), tenant_id, edition_no))


@router.get(
    "/v1/appeals/tables",
    summary="Các bảng đơn vị được khiếu nại / Tables that the unit may dispute",
    description="Drafts and editions that list the reader's unit, with its own row, its cells and the end of the declared window.",
    **documented(DisputableTables),
)
async def get_tables(request: Request, person: SignedIn, now: Now) -> Response:
    """Tables of the reader's units."""
    return answered(await disputable_tables(database_of(request), person, now))


@router.get(
    "/v1/appeals",
    summary="Các khiếu nại / Appeals",
    description="For officer, council and auditor all of the authority, for a unit its own; newest first.",
    **documented(AppealList),
)
async def get_appeals(
    request: Request,
    person: SignedIn,
    before: Annotated[int | None, Query(ge=1, le=2_147_483_647)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """A page of appeals."""
    return answered(await list_appeals(database_of(request), person, before=before, limit=limit))


@router.post(
    "/v1/appeals",
    status_code=201,
    summary="Gửi khiếu nại / File an appeal",
    description="By the unit itself, about one cell of its row in a draft or an edition that stands, within the declared window; "
    "afterwards with a right that an officer granted and a reason. Case numbers have no gaps. Every fault at once.",
    **documented(AppealDocument, 201, 400, 409, 413),
)
async def post_appeal(request: Request, person: SignedIn, body: bodies.AppealBody, now: Now) -> Response:
    """Files an appeal."""
    dispute = Dispute(
        publication_id=body.publication_id,
        unit_id=body.unit_id,
        component=body.component,
        argument=body.argument,
        evidence_ids=body.evidence_ids,
        late_reason=body.late_reason,
    )
    return await _shown(request, person, await file(database_of(request), person, dispute, now), 201)


@router.get(
    "/v1/appeals/{appeal_id}",
    summary="Một vụ khiếu nại / One appeal",
    description="For the unit that disputes, officer, council and auditor: argument, evidence, answers, outcome.",
    **documented(AppealDocument),
)
async def get_appeal(request: Request, person: SignedIn, appeal_id: bodies.AppealPath) -> Response:
    """The whole case."""
    return await _shown(request, person, appeal_id)


@router.post(
    "/v1/appeals/{appeal_id}/answer",
    summary="Trả lời khiếu nại / Answer an appeal",
    description="By officer or council, never by whoever scored what is disputed or spoke for the unit.",
    **_CHANGES,
)
async def post_answer(
    request: Request, person: SignedIn, appeal_id: bodies.AppealPath, body: bodies.AnswerBody, now: Now
) -> Response:
    """Answers."""
    await answer(database_of(request), person, appeal_id, text=body.text, now=now)
    return await _shown(request, person, appeal_id)


@router.post(
    "/v1/appeals/{appeal_id}/outcome",
    summary="Kết luận khiếu nại / Decide an appeal",
    description="Upheld or dismissed, with the reason, which becomes public; by the same people as an answer.",
    **_CHANGES,
)
async def post_outcome(
    request: Request, person: SignedIn, appeal_id: bodies.AppealPath, body: bodies.OutcomeBody, now: Now
) -> Response:
    """Decides."""
    await decide(database_of(request), person, appeal_id, outcome=body.outcome, why=body.why, now=now)
    return await _shown(request, person, appeal_id)


@router.post(
    "/v1/appeals/{appeal_id}/withdrawal",
    summary="Rút khiếu nại / Withdraw an appeal",
    description="By the unit, before the outcome.",
    **_CHANGES,
)
async def post_withdrawal(
    request: Request, person: SignedIn, appeal_id: bodies.AppealPath, body: bodies.AppealReason, now: Now
) -> Response:
    """Withdraws."""
    await withdraw(database_of(request), person, appeal_id, why=body.why, now=now)
    return await _shown(request, person, appeal_id)


@router.post(
    "/v1/appeals/{appeal_id}/decision",
    summary="Hội đồng quyết định lại theo khiếu nại được chấp nhận / The council decides anew",
    description="In the closed round, on a component that was disputed and upheld; by another person than the one who upheld it. "
    "The edition stays as it is until an erratum supersedes it.",
    **documented(AppealDecided, 200, 400, 409, 413),
)
async def post_decision(
    request: Request, person: SignedIn, appeal_id: bodies.AppealPath, body: bodies.NewDecisionBody, now: Now
) -> Response:
    """Decides a component anew."""
    entry = Entry(input=body.input, note=body.note)
    said = await decide_anew(database_of(request), person, appeal_id, body.component, entry, now)
    points = None if said.spoken.points is None else f"{said.spoken.points:f}"
    return answered(AppealDecided(said.event_no, body.component, points))


@router.post(
    "/v1/appeals/{appeal_id}/correction",
    summary="Ghi ấn bản đính chính / Name the edition that corrects",
    description="By officer or council: the edition that supersedes the disputed one, published after the outcome.",
    **_CHANGES,
)
async def post_correction(
    request: Request, person: SignedIn, appeal_id: bodies.AppealPath, body: bodies.CorrectionBody, now: Now
) -> Response:
    """Names the correction."""
    await name_correction(database_of(request), person, appeal_id, edition_no=body.edition_no, now=now)
    return await _shown(request, person, appeal_id)


@router.post(
    "/v1/publications/{publication_id}/late-appeals",
    summary="Cho phép khiếu nại muộn / Grant a late appeal",
    description="By an officer, for one unit, until an instant, with a reason; the unit gives a reason of its own.",
    **documented(PublicationDocument, 200, 400, 413),
)
async def post_late_appeal(
    request: Request, person: SignedIn, publication_id: PublicationPath, body: bodies.LateAppealBody, now: Now
) -> Response:
    """Grants a late right."""
    await grant_late(
        database_of(request), person, publication_id, unit_id=body.unit_id, until=body.until, why=body.why, now=now
    )
    return answered(await show_publication(database_of(request), person, publication_id))


async def _shown(request: Request, person: Person, appeal_id: int, status: int = 200) -> Response:
    return answered(await show_appeal(database_of(request), person, appeal_id), status)


@_files.post(
    "/v1/appeals/{appeal_id}/evidence",
    status_code=201,
    summary="Gửi tài liệu kèm khiếu nại / Attach a file to an appeal",
    description="By the unit, before the outcome; the kinds of files and limits of evidence hold. The same file again returns what is there.",
    openapi_extra={"requestBody": EVIDENCE_FORM},
    **documented(AppealFile, 201, 400, 409, 413),
)
async def post_file(request: Request, person: SignedIn, appeal_id: bodies.AppealPath, now: Now) -> Response:
    """Attaches one file."""
    settings = settings_of(request)
    upload, _ = await receive_upload(request, settings.evidence_max_mb)
    return answered(await attach_to_appeal(database_of(request), settings, person, appeal_id, upload, now), 201)


@_files.get(
    "/v1/appeals/{appeal_id}/evidence/{file_id}",
    summary="Tải tài liệu kèm khiếu nại / Download a file of an appeal",
    description="For the parties and the auditor; always a download, every attempt is on record.",
    response_class=Response,
    responses={
        200: {"description": "The file's bytes", "content": FILE_CONTENT},
        **problem_openapi(401, 403, 404, 422, 503),
    },
)
async def get_file(
    request: Request, person: SignedIn, appeal_id: bodies.AppealPath, file_id: uuid.UUID, now: Now
) -> Response:
    """Serves one file."""
    line, content = await open_appeal_file(database_of(request), settings_of(request), person, appeal_id, file_id, now)
    return saved_file(content, line.file_name, line.media_type, line.sha256)


router.include_router(_files)
