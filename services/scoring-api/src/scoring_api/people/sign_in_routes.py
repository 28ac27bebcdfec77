"""Routes of the door: sign in, sign out, who am I, a new password, an invitation."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.errors import Invalid
from parindex.web.problems import problem_openapi
from scoring_api.dependencies import database_of, resources_of
from scoring_api.people import wire
from scoring_api.people.cookie import clear_sign_in, refuse_foreign_page, set_sign_in
from scoring_api.people.door import Door, door_of
from scoring_api.people.invite import accept_invitation, confirm_invitation
from scoring_api.people.persons import line
from scoring_api.people.session import SignedIn, token_of
from scoring_api.people.sign_in import change_password, sign_in_locally, sign_out
from scoring_api.people.small_bodies import SmallBodyRoute
from scoring_api.people.started import Started

router = APIRouter(prefix="/v1", tags=["people"], route_class=SmallBodyRoute)
_NOTHING: dict[int | str, dict[str, Any]] = {204: {"description": "Done"}}


@router.post(
    "/sign-in",
    summary="Đăng nhập bằng mật khẩu và mã xác thực / Sign in with password and code",
    operation_id="sign_in",
    responses=problem_openapi(400, 401, 403, 413, 422, 429, 503),
)
async def sign_in(request: Request, response: Response, body: wire.SignInBody) -> wire.SignInAnswer:
    """One answer to every failure, whatever was wrong. A code works once."""
    door = door_of(request)
    if body.cookie:
        refuse_foreign_page(request, door.public_url)
    started = await sign_in_locally(
        database_of(request),
        door,
        work_address=body.work_address,
        password=body.password,
        code=body.code,
        tenant_id=body.tenant,
    )
    return _answer(response, door, started, cookie=body.cookie)


@router.post(
    "/sign-out",
    status_code=204,
    summary="Đăng xuất / Sign out",
    operation_id="sign_out",
    responses=_NOTHING | problem_openapi(401, 403, 503),
)
async def leave(request: Request, _person: SignedIn) -> Response:
    """Ends the sign-in that the request was made with."""
    await sign_out(database_of(request), token_of(request))
    return _gone(door_of(request))


@router.get(
    "/me",
    summary="Tôi là ai / Who is signed in",
    operation_id="me",
    responses=problem_openapi(401, 503),
)
async def me(request: Request, person: SignedIn) -> wire.Me:
    """The signed-in person with the roles of this moment."""
    async with resources_of(request).snapshots.open("production") as snapshot:
        found = await line(snapshot.connection, person.tenant_id, person.person_id)
        authority = await snapshot.connection.fetchval("SELECT name FROM tenant WHERE tenant_id = $1", person.tenant_id)
        answer = wire.PersonAnswer.of(found, wire.unit_names(snapshot, [found]))
    return wire.Me(**answer.model_dump(), tenant_id=person.tenant_id, authority=authority or "")


@router.post(
    "/me/password",
    status_code=204,
    summary="Đổi mật khẩu / A new password",
    operation_id="change_password",
    responses=_NOTHING | problem_openapi(400, 401, 403, 413, 422, 429, 503),
)
async def new_password(request: Request, person: SignedIn, body: wire.PasswordBody) -> Response:
    """Ends all of the person's sign-ins, this one too: sign in again with the new password."""
    door = door_of(request)
    await change_password(
        database_of(request),
        door,
        person,
        password=body.password,
        new_password=body.new_password,
        code=body.code,
    )
    return _gone(door)


@router.post(
    "/invitations",
    summary="Nhận lời mời: đặt mật khẩu, rồi xác nhận mã / Accept an invitation: password, then code",
    operation_id="accept_invitation",
    responses=problem_openapi(400, 401, 403, 409, 413, 422, 429, 503),
)
async def accept(request: Request, response: Response, body: wire.InvitationBody) -> wire.InvitationAnswer:
    """With `password`: what to set the authenticator up with. Then with `code`: uses the invitation up and signs in."""
    door = door_of(request)
    if (body.password is None) == (body.code is None):
        raise Invalid(
            "Gửi mật khẩu trước, rồi gửi mã: mỗi lần một thứ. / Send the password first, then the code: one at a time.",
            code="invitation_step",
            hint='{"invitation": "...", "password": "..."} and then {"invitation": "...", "code": "123456"}',
        )
    if body.cookie:
        refuse_foreign_page(request, door.public_url)
    if body.password is not None:
        setup = await accept_invitation(database_of(request), door, invitation=body.invitation, password=body.password)
        return wire.InvitationAnswer(
            step="code",
            name=setup.name,
            work_address=setup.work_address,
            otpauth_uri=setup.otpauth_uri,
            qr_data_uri=setup.qr_data_uri,
        )
    started = await confirm_invitation(database_of(request), door, invitation=body.invitation, code=body.code or "")
    return wire.InvitationAnswer(step="done", sign_in=_answer(response, door, started, cookie=body.cookie))


def _answer(response: Response, door: Door, started: Started, *, cookie: bool) -> wire.SignInAnswer:
    if cookie:
        set_sign_in(response, started.token, started.expires_at, secure=door.secure)
    return wire.SignInAnswer.of(started, cookie=cookie)


def _gone(door: Door) -> Response:
    answer = Response(status_code=204)
    clear_sign_in(answer, secure=door.secure)
    return answer
