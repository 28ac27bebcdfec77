"""Routes by which officers keep the webhook endpoints of their authority."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from parindex.web.problems import problem_openapi
from scoring_api.dependencies import database_of, settings_of
from scoring_api.people.door import door_of
from scoring_api.people.session import SignedIn
from scoring_api.people.small_bodies import SmallBodyRoute
from scoring_api.people.wire import PathId
from scoring_api.webhooks import wire
from scoring_api.webhooks.ask_again import ask_again
from scoring_api.webhooks.endpoints import disable_endpoint, make_endpoint, rotate_secret
from scoring_api.webhooks.standing import list_deliveries, list_endpoints

router = APIRouter(prefix="/v1/webhooks", tags=["changes"], route_class=SmallBodyRoute)
_READ = problem_openapi(401, 403, 404, 422, 503)
_CHANGE = problem_openapi(400, 401, 403, 404, 409, 413, 422, 503)


@router.get(
    "",
    summary="Các địa chỉ nhận webhook / Webhook endpoints",
    operation_id="webhooks",
    responses=problem_openapi(401, 403, 503),
)
async def endpoints(request: Request, person: SignedIn) -> wire.Endpoints:
    """Officers and auditors of the authority only."""
    async with database_of(request).connection() as connection:
        return await list_endpoints(connection, person)


@router.post(
    "",
    status_code=201,
    summary="Đăng ký địa chỉ nhận / Make an endpoint",
    operation_id="make_webhook",
    responses=_CHANGE,
)
async def make(request: Request, person: SignedIn, body: wire.EndpointBody) -> wire.SecretAnswer:
    """The secret is shown this once. Messages follow Standard Webhooks; the README says how to verify them."""
    async with database_of(request).transaction() as connection:
        made = await make_endpoint(
            connection,
            door_of(request).seal,
            person,
            url=body.url,
            kinds=sorted(set(body.kinds)),
            realm=body.realm,
            after=body.after,
            private=settings_of(request).webhook_private,
        )
    return wire.SecretAnswer.of(made)


@router.post(
    "/{endpoint_id}/rotation",
    summary="Đổi khóa bí mật / Give a new secret",
    operation_id="rotate_webhook_secret",
    responses=_CHANGE,
)
async def rotate(request: Request, person: SignedIn, endpoint_id: PathId) -> wire.SecretAnswer:
    """For 24 hours messages carry signatures of both secrets: change the receiver within them."""
    async with database_of(request).transaction() as connection:
        return wire.SecretAnswer.of(await rotate_secret(connection, door_of(request).seal, person, endpoint_id))


@router.post(
    "/{endpoint_id}/disable",
    status_code=204,
    summary="Ngừng địa chỉ nhận / Disable an endpoint",
    operation_id="disable_webhook",
    responses={204: {"description": "Done"}, **_CHANGE},
)
async def disable(request: Request, person: SignedIn, endpoint_id: PathId) -> Response:
    """Nothing more is sent there, for good."""
    async with database_of(request).transaction() as connection:
        await disable_endpoint(connection, person, endpoint_id)
    return Response(status_code=204)


@router.post(
    "/{endpoint_id}/test",
    status_code=202,
    summary="Gửi thử / Send a test message",
    operation_id="test_webhook",
    responses=_CHANGE,
)
async def test(request: Request, person: SignedIn, endpoint_id: PathId) -> wire.ReplayAnswer:
    """One attempt, within seconds; see the deliveries for what came of it."""
    async with database_of(request).transaction() as connection:
        replay_no = await ask_again(connection, person, endpoint_id, "test")
    return wire.ReplayAnswer(endpoint_id=endpoint_id, replay_no=replay_no)


@router.post(
    "/{endpoint_id}/replays",
    status_code=202,
    summary="Gửi lại / Send again",
    operation_id="replay_webhook",
    responses=_CHANGE,
)
async def replay(request: Request, person: SignedIn, endpoint_id: PathId, body: wire.ReplayBody) -> wire.ReplayAnswer:
    """Under the ids of the first sending. Also restarts an endpoint whose receiver had answered 410."""
    number = body.from_change_no
    async with database_of(request).transaction() as connection:
        replay_no = await ask_again(connection, person, endpoint_id, "dead" if number is None else "from", number or 0)
    return wire.ReplayAnswer(endpoint_id=endpoint_id, replay_no=replay_no)


@router.get(
    "/{endpoint_id}/deliveries",
    summary="Tình trạng gửi / Deliveries",
    operation_id="webhook_deliveries",
    responses=_READ,
)
async def deliveries(
    request: Request,
    person: SignedIn,
    endpoint_id: PathId,
    state: Annotated[wire.DeliveryState | None, Query(description="dead: those that were given up.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> wire.Deliveries:
    """Officers and auditors of the authority only."""
    async with database_of(request).connection() as connection:
        return await list_deliveries(connection, person, endpoint_id, state, limit)
