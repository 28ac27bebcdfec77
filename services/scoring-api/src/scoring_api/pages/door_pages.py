"""Pages of the door: sign in, take an invitation, sign out, change the password; and the style sheet."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parindex.errors import Invalid, ParindexError, Unauthenticated
from parindex.web.problems import STATUS
from scoring_api.dependencies import database_of, resources_of
from scoring_api.pages.forms import Form, read_form
from scoring_api.pages.page_route import PageRoute
from scoring_api.pages.rendering import go, page
from scoring_api.people import persons, wire
from scoring_api.people.cookie import clear_sign_in, refuse_foreign_page, set_sign_in
from scoring_api.people.door import door_of
from scoring_api.people.invite import accept_invitation, confirm_invitation
from scoring_api.people.session import SignedIn, token_of
from scoring_api.people.sign_in import change_password, sign_in_locally, sign_out
from scoring_api.people.started import Started

router = APIRouter(include_in_schema=False, route_class=PageRoute)
_OWN_PATH = re.compile(r"/pages/[A-Za-z0-9._~/?=&%-]{0,400}")
_LONGEST = 300


@router.get("/")
async def root() -> Response:
    """People come to the pages; programs know /v1 and /docs."""
    return RedirectResponse("/pages/", 307)


@router.get("/pages/static/parindex.css")
async def style_sheet(request: Request) -> Response:
    """The one style sheet."""
    body, tag = _style_sheet()
    headers = {"ETag": tag, "Cache-Control": "public, no-cache", "X-Content-Type-Options": "nosniff"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="text/css")


@lru_cache(maxsize=1)
def _style_sheet() -> tuple[bytes, str]:
    body = files("scoring_api.pages").joinpath("static/parindex.css").read_bytes()
    return body, f'"{sha256(body).hexdigest()[:32]}"'


def _sign_in_page(
    request: Request,
    *,
    next_path: str = "",
    form: Form | None = None,
    fault: ParindexError | None = None,
    done: str = "",
) -> Response:
    return page(
        "sign_in.html",
        status=200 if fault is None else STATUS[fault.kind],
        done=done,
        fault=fault,
        next_path=_own(next_path),
        address=form.text("work_address") if form else "",
        tenant=form.text("tenant") if form else "",
        oidc=door_of(request).oidc is not None,
    )


def _own(path: str) -> str:
    return path if _OWN_PATH.fullmatch(path) and "//" not in path else "/pages/"


@router.get("/pages/sign-in")
async def show_sign_in(request: Request) -> Response:
    """The door."""
    asked = request.query_params
    return _sign_in_page(request, next_path=asked.get("next", ""), done=asked.get("done", ""))


@router.post("/pages/sign-in")
async def do_sign_in(request: Request) -> Response:
    """Signs in and goes where the person wanted to go."""
    door = door_of(request)
    form = await read_form(request)
    refuse_foreign_page(request, door.public_url)
    try:
        tenant = form.whole("tenant", needed=False)
        form.refuse_faults()
        started = await sign_in_locally(
            database_of(request),
            door,
            work_address=form.text("work_address")[:_LONGEST],
            password=_secret(form, "password"),
            code=form.text("code").replace(" ", "")[:10],
            tenant_id=None if tenant is None or tenant > 2**31 - 1 else tenant,
        )
    except ParindexError as fault:
        return _sign_in_page(request, next_path=form.text("next"), form=form, fault=fault)
    return _let_in(request, started, _own(form.text("next")))


def _secret(form: Form, name: str) -> str:
    """A password exactly as typed."""
    given = form.given().get(name, [""])
    return (given or [""])[0][:_LONGEST]


def _let_in(request: Request, started: Started, path: str) -> Response:
    answer = go(path)
    set_sign_in(answer, started.token, started.expires_at, secure=door_of(request).secure)
    return answer


@router.post("/pages/sign-out")
async def do_sign_out(request: Request, _person: SignedIn) -> Response:
    """Ends the sign-in."""
    await sign_out(database_of(request), token_of(request))
    answer = go("/pages/sign-in", "signed-out")
    clear_sign_in(answer, secure=door_of(request).secure)
    return answer


@router.get("/pages/invitation")
async def show_invitation(request: Request) -> Response:
    """The first step: a password."""
    return page("invitation.html", invitation=request.query_params.get("invitation", "")[:_LONGEST], setup=None)


@router.post("/pages/invitation")
async def take_invitation(request: Request) -> Response:
    """With a password: shows the QR code. With the first code: signs in."""
    door = door_of(request)
    form = await read_form(request)
    refuse_foreign_page(request, door.public_url)
    invitation = form.text("invitation")[:_LONGEST]
    try:
        if code := form.text("code").replace(" ", ""):
            started = await confirm_invitation(database_of(request), door, invitation=invitation, code=code[:10])
            return _let_in(request, started, "/pages/")
        if _secret(form, "password") != _secret(form, "again"):
            form.note("again", "Hai lần nhập mật khẩu không giống nhau.")
        form.refuse_faults()
        setup = await accept_invitation(
            database_of(request), door, invitation=invitation, password=_secret(form, "password")
        )
    except ParindexError as fault:
        # The QR code is shown once; after a wrong code the app already has it, and only the code is asked again.
        wants_code = bool(form.text("code"))
        return page(
            "invitation.html",
            status=STATUS[fault.kind],
            fault=fault,
            invitation=invitation,
            setup={} if wants_code and fault.code == "code_wrong" else None,
        )
    return page("invitation.html", invitation=invitation, setup=setup)


@router.get("/pages/me")
async def show_me(request: Request, person: SignedIn) -> Response:
    """Who is signed in, with which roles."""
    return await _me(request, person)


async def _me(request: Request, person: SignedIn, fault: ParindexError | None = None) -> Response:
    async with resources_of(request).snapshots.open("production") as snapshot:
        found = await persons.line(snapshot.connection, person.tenant_id, person.person_id)
        me = wire.PersonAnswer.of(found, wire.unit_names(snapshot, [found]))
    return page("me.html", person, me=me, fault=fault, status=200 if fault is None else STATUS[fault.kind])


@router.post("/pages/me/password")
async def new_password(request: Request, person: SignedIn) -> Response:
    """A new password; ends every sign-in of the person."""
    form = await read_form(request)
    try:
        if _secret(form, "new_password") != _secret(form, "again"):
            raise Invalid("Hai lần nhập mật khẩu mới không giống nhau.", code="passwords_differ")
        await change_password(
            database_of(request),
            door_of(request),
            person,
            password=_secret(form, "password"),
            new_password=_secret(form, "new_password"),
            code=form.text("code").replace(" ", "")[:10],
        )
    except Unauthenticated as fault:
        return await _me(request, person, Invalid(fault.message, code=fault.code, hint=fault.hint))
    except ParindexError as fault:
        return await _me(request, person, fault)
    answer = go("/pages/sign-in", "password")
    clear_sign_in(answer, secure=door_of(request).secure)
    return answer
