"""Routes of publications: drafted, reviewed, approved, withdrawn; each answers with the whole publication."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from scoring_api.dependencies import database_of, resources_of
from scoring_api.people.person import Person
from scoring_api.people.session import SignedIn
from scoring_api.publications import bodies
from scoring_api.publications.answers import PublicationDocument, PublicationList
from scoring_api.publications.approve import approve
from scoring_api.publications.create import Wish, create
from scoring_api.publications.review import review
from scoring_api.publications.rows import LARGEST_PAGE
from scoring_api.publications.show import list_publications, show_publication
from scoring_api.publications.withdraw import withdraw
from scoring_api.rounds.body_limit import LimitedBodyRoute
from scoring_api.rounds.clock import Now
from scoring_api.rounds.wire import answered, documented

router = APIRouter(prefix="/v1/publications", tags=["publications"], route_class=LimitedBodyRoute)
_CHANGES = documented(PublicationDocument, 200, 400, 409, 413)


@router.get(
    "",
    summary="Các bản công bố của cơ quan / Publications of the authority",
    description="For officer, council and auditor; newest first, those before a number where one is given.",
    **documented(PublicationList),
)
async def get_publications(
    request: Request,
    person: SignedIn,
    before: Annotated[int | None, Query(ge=1, le=2_147_483_647)] = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 50,
) -> Response:
    """A page of publications."""
    return answered(await list_publications(database_of(request), person, before=before, limit=limit))


@router.post(
    "",
    status_code=201,
    summary="Lập dự thảo công bố / Draft a publication",
    description="By officer or council: from a round, a satisfaction table or a printed table of the authority, with title and decision; "
    "`supersedes` with `erratum` corrects an edition. The worker builds the table and again whenever its source moves. Every fault at once.",
    **documented(PublicationDocument, 201, 400, 409, 413),
)
async def post_publication(request: Request, person: SignedIn, body: bodies.PublicationBody, now: Now) -> Response:
    """Drafts a publication."""
    wish = Wish(
        source=body.source_document(),
        title_vi=body.title_vi,
        decision=body.decision,
        supersedes=body.supersedes,
        erratum=body.erratum,
    )
    async with resources_of(request).snapshots.open("production") as snapshot:
        registers = snapshot.registers
    publication_id = await create(database_of(request), person, wish, registers, now)
    return await _shown(request, person, publication_id, 201)


@router.get(
    "/{publication_id}",
    summary="Một bản công bố và dự thảo mới nhất / One publication and its newest draft",
    description="Events, the newest draft with its findings and digest, what still stands against it, and whose place an erratum would move.",
    **documented(PublicationDocument),
)
async def get_publication(request: Request, person: SignedIn, publication_id: bodies.PublicationPath) -> Response:
    """The whole publication."""
    return await _shown(request, person, publication_id)


@router.post(
    "/{publication_id}/review",
    summary="Rà soát dự thảo / Review the draft",
    description="By another person than the drafter, naming the digest of the draft that was read; a rejection needs a reason.",
    **_CHANGES,
)
async def post_review(
    request: Request, person: SignedIn, publication_id: bodies.PublicationPath, body: bodies.ReviewBody, now: Now
) -> Response:
    """Reviews the newest draft."""
    await review(
        database_of(request), person, publication_id,
        body_sha256=body.body_sha256, agrees=body.agrees, why=body.why, now=now,
    )  # fmt: skip
    return await _shown(request, person, publication_id)


@router.post(
    "/{publication_id}/approval",
    summary="Phê duyệt công bố / Approve the publication",
    description="Not by the drafter; the digest must be that of the newest draft, and a review of it must agree. "
    "Open disputes of the draft must be acknowledged by number with a reason; both are printed in the edition. The worker then signs.",
    **_CHANGES,
)
async def post_approval(
    request: Request, person: SignedIn, publication_id: bodies.PublicationPath, body: bodies.ApprovalBody, now: Now
) -> Response:
    """Approves the newest draft."""
    await approve(
        database_of(request), person, publication_id,
        body_sha256=body.body_sha256, why=body.why, acknowledged=body.acknowledged, now=now,
    )  # fmt: skip
    return await _shown(request, person, publication_id)


@router.post(
    "/{publication_id}/withdrawal",
    summary="Rút lại bản công bố / Withdraw the publication",
    description="Before it is signed, with a reason; a published edition is corrected by one that supersedes it.",
    **_CHANGES,
)
async def post_withdrawal(
    request: Request, person: SignedIn, publication_id: bodies.PublicationPath, body: bodies.ReasonBody, now: Now
) -> Response:
    """Withdraws the publication."""
    await withdraw(database_of(request), person, publication_id, why=body.why, now=now)
    return await _shown(request, person, publication_id)


async def _shown(request: Request, person: Person, publication_id: int, status: int = 200) -> Response:
    found = await show_publication(database_of(request), person, publication_id)
    return await asyncio.to_thread(answered, found, status)
