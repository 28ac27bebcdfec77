"""Routes about the portal: what it showed, publicly; what waits for a person, for officers and auditors."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from scoring_api.dependencies import database_of
from scoring_api.parameters import Parameter, Parameters, one_of
from scoring_api.people.session import SignedIn
from scoring_api.portal import observations
from scoring_api.portal.standing import STATE_WORDS, PortalAttention, PortalOutbox, read_attention, read_outbox
from scoring_api.rounds.wire import answered, documented

ROUTES = observations.ROUTES
ANSWERS: tuple[type, ...] = (PortalAttention, PortalOutbox)
router = APIRouter(prefix="/v1/portal", tags=["dossiers"])
_OUTBOX = Parameters(Parameter("state", *one_of(*STATE_WORDS), "Trạng thái", "State; all by default", "dead"))


@router.get(
    "/attention",
    summary="Việc cần người xem ở Cổng / What at the portal waits for a person",
    description="Sentences in Vietnamese: what happened, since when, what to do. Of the reader's own authority; for officers and auditors.",
    operation_id="portal_attention",
    **documented(PortalAttention),
)
async def get_attention(request: Request, person: SignedIn) -> Response:
    """Everything open."""
    async with database_of(request).connection() as connection:
        return answered(await read_attention(connection, person))


@router.get(
    "/outbox",
    summary="Hàng đợi gửi lên Cổng / The outbox to the portal",
    description="Counts by state and the items last touched, without their bodies. For officers and auditors.",
    operation_id="portal_outbox",
    openapi_extra={"parameters": _OUTBOX.openapi()},
    **documented(PortalOutbox),
)
async def get_outbox(request: Request, person: SignedIn) -> Response:
    """The outbox of the authority."""
    given = _OUTBOX.read(request.scope["query_string"], {})
    async with database_of(request).connection() as connection:
        return answered(await read_outbox(connection, person, given["state"]))
