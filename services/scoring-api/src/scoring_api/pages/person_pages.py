"""The officer's pages of persons and roles: list, add and invite, give and take roles, disable."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.errors import NotFound, ParindexError
from parindex.web.problems import STATUS
from scoring_api.dependencies import database_of, resources_of
from scoring_api.pages.forms import Form, read_form
from scoring_api.pages.page_route import PageRoute
from scoring_api.pages.rendering import go, page
from scoring_api.people import wire
from scoring_api.people.acting import Acting
from scoring_api.people.door import door_of
from scoring_api.people.invite import Invitation, invite
from scoring_api.people.person import ROLE_WORDS_VI, Person, Role, RoleName
from scoring_api.people.persons import add_person, disable_person, list_persons
from scoring_api.people.roles import grant_role, revoke_role
from scoring_api.people.session import SignedIn

router = APIRouter(prefix="/pages/persons", include_in_schema=False, route_class=PageRoute)
_MOST_UNITS = 600


@router.get("")
async def show_persons(request: Request, person: SignedIn) -> Response:
    """Everybody of the authority."""
    return await _persons(request, person, done=request.query_params.get("done", ""))


async def _persons(
    request: Request,
    person: Person,
    *,
    done: str = "",
    fault: ParindexError | None = None,
    form: Form | None = None,
    at: str = "",
    invitation: Invitation | None = None,
) -> Response:
    person.need("officer", "auditor")
    async with resources_of(request).snapshots.open("synthetic") as snapshot:
        found = await list_persons(snapshot.connection, person)
        names = wire.unit_names(snapshot, found)
        authority = await snapshot.connection.fetchval(
            "SELECT unit_id FROM tenant WHERE tenant_id = $1", person.tenant_id
        )
        units, today = snapshot.units, snapshot.today
        own = [
            (str(one), units.name(one, today)) for one in units.children(authority, today, "synthetic")[:_MOST_UNITS]
        ]
    return page(
        "persons.html",
        person,
        status=200 if fault is None else STATUS[fault.kind],
        done=done,
        fault=fault,
        at=at,
        given=form.given() if form else {},
        persons=[wire.PersonAnswer.of(one, names) for one in found],
        officer=person.has("officer"),
        roles=list(ROLE_WORDS_VI.items()),
        units=own,
        invited=None if invitation is None else wire.InvitedAnswer.of(invitation, door_of(request).public_url),
    )


@router.post("/new")
async def add(request: Request, person: SignedIn) -> Response:
    """Adds and invites; the link is shown this once, in the answer itself."""
    form = await read_form(request)
    acting = Acting.officer(person)
    try:
        why = form.words("why", needed="Ghi lý do, ví dụ số quyết định phân công.")
        roles = [role] if form.text("role") and (role := _role(form)) else []
        if not form.text("name"):
            form.note("name", "Ghi họ tên.")
        form.refuse_faults()
        catalogue = await _units(request)
        async with database_of(request).transaction() as connection:
            invitation = await add_person(
                connection, catalogue, acting,
                name=form.text("name"), work_address=form.text("work_address")[:300], roles=roles, why=why,
            )  # fmt: skip
    except ParindexError as fault:
        return await _persons(request, person, fault=fault, form=form, at="new")
    return await _persons(request, person, invitation=invitation)


@router.post("/{person_id}/{act}")
async def change(request: Request, person: SignedIn, person_id: wire.PathId, act: str) -> Response:
    """One of the forms beside a person."""
    form = await read_form(request)
    acting = Acting.officer(person)
    done = {"roles": "granted", "revocation": "revoked", "disable": "disabled", "invitation": ""}.get(act)
    if done is None:
        raise NotFound("Không có trang này. / There is no such page.", code="path_not_found")
    invitation = None
    try:
        why = form.words("why", needed="Ghi lý do.")
        role = _role(form) if act == "roles" else None
        role_id = form.whole("role_id") if act == "revocation" else None
        form.refuse_faults()
        catalogue = await _units(request)
        async with database_of(request).transaction() as connection:
            if role is not None:
                await grant_role(connection, catalogue, acting, person_id, role, why)
            elif role_id is not None:
                await revoke_role(connection, acting, person_id, role_id, why)
            elif act == "disable":
                await disable_person(connection, acting, person_id, why)
            else:
                invitation = await invite(connection, acting, person_id, why)
    except ParindexError as fault:
        return await _persons(request, person, fault=fault, form=form, at=str(person_id))
    if invitation is not None:
        return await _persons(request, person, invitation=invitation)
    return go(f"/pages/persons#person-{person_id}", done)


async def _units(request: Request) -> Any:
    async with resources_of(request).snapshots.open("production") as snapshot:
        return snapshot.units


def _role(form: Form) -> Role | None:
    names: dict[str, RoleName] = {name: name for name in ROLE_WORDS_VI}
    name = names.get(form.text("role"))
    if name is None:
        form.note("role", "Chọn vai trò.")
        return None
    of_unit = name in ("unit", "appraiser")
    unit_id = form.whole("unit", needed=False) if of_unit else None
    if of_unit and unit_id is None and not form.findings:
        form.note("unit", "Vai trò này cần một đơn vị.")
    return Role(name, unit_id)
