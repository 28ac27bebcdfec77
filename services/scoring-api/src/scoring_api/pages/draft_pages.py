"""The officer's pages of a criteria set being written: sent as a workbook or YAML, checked, put in force by a second person."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.engine.period import local_day
from parindex.errors import Finding, Invalid, NotFound, ParindexError
from parindex.frameworks.criteria_file import read_framework_json
from parindex.register.framework_draft_rows import Author, Draft, read_draft
from parindex.register.framework_drafts import check_draft, create_draft, replace_draft, withdraw_draft
from parindex.register.framework_received import Form as FileForm
from parindex.register.framework_received import Received, receive
from parindex.register.put_in_force import put_in_force
from parindex.web.problems import STATUS
from parindex.workbooks.finding_words import in_vietnamese
from scoring_api.dependencies import database_of
from scoring_api.pages.forms import Form, read_form
from scoring_api.pages.framework_pages import DRAFT_STATES, tree_of
from scoring_api.pages.notices import framework_notices
from scoring_api.pages.page_route import PageRoute
from scoring_api.pages.rendering import go, page
from scoring_api.people.person import Person
from scoring_api.people.session import SignedIn
from scoring_api.people.wire import PathId
from scoring_api.rounds.clock import Now

router = APIRouter(prefix="/pages/framework-drafts", include_in_schema=False, route_class=PageRoute)
_MOST = 8 * 1024 * 1024
_FORMS: dict[str, FileForm] = {"xlsx": "workbook", "yaml": "yaml", "yml": "yaml", "json": "json"}


def _author(person: Person) -> Author:
    person.need("officer")
    return Author(person.tenant_id, person.person_id)


@router.get("/new")
async def show_new(person: SignedIn) -> Response:
    """Where a file is sent."""
    _author(person)
    return page("draft_new.html", person)


@router.post("/new")
async def create(request: Request, person: SignedIn) -> Response:
    """A new draft from the file; what is wrong in it is named by cell or line."""
    author = _author(person)
    form = await read_form(request, _MOST)
    try:
        received, why = await _received(form), form.words("why")
        form.refuse_faults()
        async with database_of(request).transaction() as connection:
            draft = await create_draft(connection, author, received, why)
    except ParindexError as fault:
        return page("draft_new.html", person, status=STATUS[fault.kind], fault=_in_words(fault))
    return go(f"/pages/framework-drafts/{draft.framework_draft_id}", "drafted")


async def _received(form: Form) -> Received:
    sent = form.file("file")
    kind = None if sent is None else _FORMS.get(sent.name.rpartition(".")[2].lower())
    if sent is None or kind is None:
        form.note("file", "Chọn một tệp .xlsx (xuất từ hệ thống), .yaml hoặc .json.")
        form.refuse_faults()
    assert sent is not None
    assert kind is not None
    return await asyncio.to_thread(receive, sent.content, kind, "tệp đã gửi")


def _in_words(fault: ParindexError) -> ParindexError:
    """The fault with its findings in Vietnamese, each at its cell, line or node."""
    found = [
        one if one.code == "field" else Finding(one.code, one.field, _placed(one), one.hint) for one in fault.findings
    ]
    return type(fault)(fault.message, code=fault.code, hint=fault.hint, findings=found)


def _placed(found: Finding) -> str:
    return f"{found.field}: {in_vietnamese(found)}" if found.field else in_vietnamese(found)


@router.get("/{draft_id}")
async def show_draft(request: Request, person: SignedIn, draft_id: PathId) -> Response:
    """A draft with what was found in it."""
    return await _draft(request, person, draft_id, done=request.query_params.get("done", ""))


async def _draft(
    request: Request, person: Person, draft_id: int, *, done: str = "", fault: ParindexError | None = None
) -> Response:
    async with database_of(request).connection() as connection:
        draft = await read_draft(connection, _author(person), draft_id)
    try:
        file = await asyncio.to_thread(read_framework_json, draft.document, f"{draft.code}@{draft.version}")
    except Invalid:
        file = None
    return page(
        "draft.html",
        person,
        status=200 if fault is None else STATUS[fault.kind],
        done=done,
        fault=None if fault is None else _in_words(fault),
        draft=draft,
        state=DRAFT_STATES[draft.state],
        own=draft.person_id == person.person_id,
        findings=[_placed(one) for one in draft.findings],
        notices=[] if file is None else framework_notices(file.status, file.document["status_note_vi"]),
        tree=None if file is None else tree_of(file.framework),
    )


@router.post("/{draft_id}/{act}")
async def change(request: Request, person: SignedIn, draft_id: PathId, act: str, now: Now) -> Response:
    """One of the forms of the page."""
    author = _author(person)
    form = await read_form(request, _MOST)
    today = local_day(now)
    try:
        why = form.words("why", needed="" if act in ("check", "replace") else "Ghi lý do, căn cứ.")
        received = await _received(form) if act == "replace" else None
        revision = form.whole("revision", needed=False)
        form.refuse_faults()
        async with database_of(request).transaction() as connection:
            draft: Draft
            if received is not None:
                draft = await replace_draft(connection, author, draft_id, received, why, revision)
            elif act == "check":
                draft = await check_draft(connection, author, draft_id, today)
            elif act == "put-in-force":
                draft = await put_in_force(
                    connection, author, draft_id, expected_sha256=form.text("sha256"), why=why,
                    retroactive_reason=form.words("retroactive_reason"), today=today,
                )  # fmt: skip
            elif act == "withdraw":
                draft = await withdraw_draft(connection, author, draft_id, why)
            else:
                raise NotFound("Không có trang này. / There is no such page.", code="path_not_found")
    except ParindexError as fault:
        return await _draft(request, person, draft_id, fault=fault)
    done = {"replace": "revised", "put-in-force": "in-force", "withdraw": "draft-withdrawn"}.get(act)
    checked = "checked" if draft.state == "checked" else ""
    return go(f"/pages/framework-drafts/{draft_id}", done or checked)
