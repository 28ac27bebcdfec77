"""Routes by which officers keep the persons and roles of their authority."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.units.catalogue import UnitCatalogue
from parindex.web.problems import problem_openapi
from scoring_api.dependencies import database_of, resources_of
from scoring_api.people import wire
from scoring_api.people.acting import Acting
from scoring_api.people.door import door_of
from scoring_api.people.invite import invite
from scoring_api.people.persons import add_person, disable_person, list_persons
from scoring_api.people.roles import grant_role, revoke_role
from scoring_api.people.session import SignedIn
from scoring_api.people.small_bodies import SmallBodyRoute

router = APIRouter(prefix="/v1/persons", tags=["people"], route_class=SmallBodyRoute)
_NOTHING: dict[int | str, dict[str, Any]] = {204: {"description": "Done"}}
_CHANGE = problem_openapi(400, 401, 403, 404, 409, 413, 422, 503)


async def units_of(request: Request) -> UnitCatalogue:
    """The register of units as it stands."""
    async with resources_of(request).snapshots.open("production") as snapshot:
        return snapshot.units


@router.get(
    "",
    summary="Người dùng của cơ quan / Persons of the authority",
    operation_id="persons",
    responses=problem_openapi(401, 403, 503),
)
async def persons(request: Request, person: SignedIn) -> wire.PersonsAnswer:
    """Officers and auditors of the authority only."""
    async with resources_of(request).snapshots.open("production") as snapshot:
        found = await list_persons(snapshot.connection, person)
        names = wire.unit_names(snapshot, found)
    return wire.PersonsAnswer(persons=[wire.PersonAnswer.of(one, names) for one in found])


@router.post(
    "",
    status_code=201,
    summary="Thêm người dùng và gửi lời mời / Add a person and invite them",
    operation_id="add_person",
    responses=_CHANGE,
)
async def add(request: Request, person: SignedIn, body: wire.PersonBody) -> wire.InvitedAnswer:
    """The link is shown this once and holds for 48 hours. A person who signs in by OIDC needs none."""
    acting = Acting.officer(person)
    units = await units_of(request)
    async with database_of(request).transaction() as connection:
        invitation = await add_person(
            connection,
            units,
            acting,
            name=body.name,
            work_address=body.work_address,
            roles=[role.given() for role in body.roles],
            why=body.why,
        )
    return wire.InvitedAnswer.of(invitation, door_of(request).public_url)


@router.post(
    "/{person_id}/invitation",
    summary="Mời lại: đặt lại mật khẩu và mã / Invite again: resets password and authenticator",
    operation_id="invite_person",
    responses=_CHANGE,
)
async def invite_again(
    request: Request, person: SignedIn, person_id: wire.PathId, body: wire.WhyBody
) -> wire.InvitedAnswer:
    """Ends all sign-ins of the person and unlinks OIDC; admits a disabled person again, without roles."""
    acting = Acting.officer(person)
    async with database_of(request).transaction() as connection:
        invitation = await invite(connection, acting, person_id, body.why)
    return wire.InvitedAnswer.of(invitation, door_of(request).public_url)


@router.post(
    "/{person_id}/roles",
    status_code=201,
    summary="Giao vai trò / Give a role",
    operation_id="grant_role",
    responses=_CHANGE,
)
async def grant(request: Request, person: SignedIn, person_id: wire.PathId, body: wire.GrantBody) -> wire.RoleAnswer:
    """Holds from the person's next request. Giving it twice changes nothing."""
    acting = Acting.officer(person)
    units = await units_of(request)
    async with database_of(request).transaction() as connection:
        role_id = await grant_role(connection, units, acting, person_id, body.given(), body.why)
    return wire.RoleAnswer(person_id=person_id, role_id=role_id)


@router.delete(
    "/{person_id}/roles/{role_id}",
    status_code=204,
    summary="Thu hồi vai trò / Take a role",
    operation_id="revoke_role",
    responses=_NOTHING | _CHANGE,
)
async def revoke(
    request: Request, person: SignedIn, person_id: wire.PathId, role_id: wire.PathId, why: wire.WhyAsked
) -> Response:
    """Ends with the person's next request. The last officer stays."""
    acting = Acting.officer(person)
    async with database_of(request).transaction() as connection:
        await revoke_role(connection, acting, person_id, role_id, why)
    return Response(status_code=204)


@router.post(
    "/{person_id}/disable",
    status_code=204,
    summary="Ngừng truy cập / Disable a person",
    operation_id="disable_person",
    responses=_NOTHING | _CHANGE,
)
async def disable(request: Request, person: SignedIn, person_id: wire.PathId, body: wire.WhyBody) -> Response:
    """Ends sign-ins, invitation, OIDC identity and roles at once. The last officer stays."""
    acting = Acting.officer(person)
    async with database_of(request).transaction() as connection:
        await disable_person(connection, acting, person_id, body.why)
    return Response(status_code=204)
