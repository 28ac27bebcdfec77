"""Pages of appeals: the cases, a unit's new appeal, one case with the forms of evidence, answer, outcome, withdrawal, correction."""

from __future__ import annotations

import uuid
from typing import Any, Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.errors import ParindexError
from parindex.web.problems import STATUS
from scoring_api.appeals.access import sees_all
from scoring_api.appeals.bodies import AppealPath
from scoring_api.appeals.correct import name_correction
from scoring_api.appeals.decide import answer, decide, withdraw
from scoring_api.appeals.decide_anew import to_decide
from scoring_api.appeals.disputed import TOTAL_VI
from scoring_api.appeals.evidence import attach_to_appeal, open_appeal_file
from scoring_api.appeals.file import Dispute, file
from scoring_api.appeals.show import disputable_tables, list_appeals, show_appeal
from scoring_api.dependencies import database_of, settings_of
from scoring_api.evidence.receive import receive_upload
from scoring_api.evidence.routes import saved_file
from scoring_api.pages.forms import Form, read_form
from scoring_api.pages.page_route import PageRoute
from scoring_api.pages.rendering import go, page
from scoring_api.people.person import Person
from scoring_api.people.session import SignedIn
from scoring_api.rounds.clock import Now

router = APIRouter(prefix="/pages/appeals", include_in_schema=False, route_class=PageRoute)


@router.get("")
async def show_list(request: Request, person: SignedIn) -> Response:
    """The newest 200 cases that the person may see."""
    found = await list_appeals(database_of(request), person, limit=200)
    done = request.query_params.get("done", "")
    return page("appeals.html", person, appeals=found.appeals, may_file=person.has("unit"), done=done)


@router.get("/new")
async def show_new(request: Request, person: SignedIn, now: Now) -> Response:
    """The form of a new appeal, for one of the tables that list the unit."""
    return await _new(request, person, now)


async def _new(
    request: Request, person: Person, now: Now, *, fault: ParindexError | None = None, form: Form | None = None
) -> Response:
    tables = (await disputable_tables(database_of(request), person, now)).tables
    asked = form.text("table") if form else request.query_params.get("table", "")
    chosen = next((one for one in tables if f"{one.publication_id}.{one.unit_id}" == asked), None)
    given = {name: values[0] if values else "" for name, values in form.given().items()} if form else {}
    return page(
        "appeal_new.html",
        person,
        status=200 if fault is None else STATUS[fault.kind],
        fault=fault,
        tables=tables,
        chosen=chosen,
        given=given,
        components=[] if chosen is None else [("", TOTAL_VI), *chosen.components.items()],
    )


@router.post("/new")
async def send_new(request: Request, person: SignedIn, now: Now) -> Response:
    """Files the appeal."""
    form = await read_form(request)
    try:
        publication, _, unit = form.text("table").partition(".")
        argument = form.words("argument", needed="Chưa nêu lý do khiếu nại.")
        late_reason = form.words("late_reason") or None
        if not (publication.isdecimal() and unit.isdecimal() and max(len(publication), len(unit)) < 10):
            form.note("table", "Chưa chọn bảng.")
        form.refuse_faults()
        dispute = Dispute(
            publication_id=int(publication),
            unit_id=int(unit),
            component=form.text("component") or None,
            argument=argument,
            late_reason=late_reason,
        )
        appeal_id = await file(database_of(request), person, dispute, now)
    except ParindexError as fault:
        return await _new(request, person, now, fault=fault, form=form)
    return go(f"/pages/appeals/{appeal_id}", "appeal-filed")


@router.get("/{appeal_id}")
async def show_one(request: Request, person: SignedIn, appeal_id: AppealPath) -> Response:
    """One case."""
    return await one_case(request, person, appeal_id, done=request.query_params.get("done", ""))


async def one_case(
    request: Request, person: Person, appeal_id: int, *, done: str = "", fault: ParindexError | None = None
) -> Response:
    """The page of a case, with what went wrong above its forms."""
    found = await show_appeal(database_of(request), person, appeal_id)
    undecided = found.appeal.state in ("open", "answered")
    own = person.has("unit", found.appeal.unit_id)
    decides = (person.has("officer") or person.has("council")) and not own
    values: dict[str, Any] = {
        "may_decide": decides and undecided,
        "may_correct": decides and found.appeal.state == "upheld",
        "may_withdraw": own and undecided,
    }
    return page(
        "appeal.html",
        person,
        status=200 if fault is None else STATUS[fault.kind],
        done=done,
        fault=fault,
        found=found,
        appeal=found.appeal,
        tenant_id=person.tenant_id,
        sees_all=sees_all(person),
        anew=await _decision_offer(request, person, appeal_id, found.appeal.state),
        **values,
    )


async def _decision_offer(
    request: Request, person: Person, appeal_id: int, state: str
) -> dict[str, ParindexError | None] | None:
    """To the council, while an upheld case waits: that it may be decided anew, or why not by this member. Else None."""
    if state != "upheld" or not person.has("council"):
        return None
    try:
        await to_decide(database_of(request), person, appeal_id, None)
    except ParindexError as refusal:
        return {"refusal": refusal}
    return {"refusal": None}


@router.post("/{appeal_id}/answer")
async def send_answer(request: Request, person: SignedIn, appeal_id: AppealPath, now: Now) -> Response:
    """The answer."""
    person.need("officer", "council")
    form = await read_form(request)
    try:
        text = form.words("why", needed="Chưa ghi nội dung trả lời.", at="answer-why")
        form.refuse_faults()
        await answer(database_of(request), person, appeal_id, text=text, now=now)
    except ParindexError as fault:
        return await one_case(request, person, appeal_id, fault=fault)
    return go(f"/pages/appeals/{appeal_id}", "appeal-answered")


@router.post("/{appeal_id}/outcome")
async def send_outcome(request: Request, person: SignedIn, appeal_id: AppealPath, now: Now) -> Response:
    """The outcome."""
    person.need("officer", "council")
    form = await read_form(request)
    outcome: Literal["upheld", "dismissed"] = "upheld" if form.text("outcome") == "upheld" else "dismissed"
    try:
        why = form.words("why", needed="Chưa nêu lý do.", at="outcome-why")
        if not form.text("outcome"):
            form.note("outcome", "Chưa chọn kết luận.")
        form.refuse_faults()
        await decide(database_of(request), person, appeal_id, outcome=outcome, why=why, now=now)
    except ParindexError as fault:
        return await one_case(request, person, appeal_id, fault=fault)
    return go(f"/pages/appeals/{appeal_id}", "appeal-decided")


@router.post("/{appeal_id}/withdrawal")
async def send_withdrawal(request: Request, person: SignedIn, appeal_id: AppealPath, now: Now) -> Response:
    """The withdrawal."""
    person.need("unit")
    form = await read_form(request)
    try:
        why = form.words("why", needed="Chưa nêu lý do.")
        form.refuse_faults()
        await withdraw(database_of(request), person, appeal_id, why=why, now=now)
    except ParindexError as fault:
        return await one_case(request, person, appeal_id, fault=fault)
    return go(f"/pages/appeals/{appeal_id}", "appeal-withdrawn")


@router.post("/{appeal_id}/correction")
async def send_correction(request: Request, person: SignedIn, appeal_id: AppealPath, now: Now) -> Response:
    """The edition that corrects."""
    person.need("officer", "council")
    form = await read_form(request)
    try:
        number = form.whole("edition_no")
        if number is not None and number > 2_147_483_647:
            form.note("edition_no", "Không có số này.")
        form.refuse_faults()
        await name_correction(database_of(request), person, appeal_id, edition_no=number or 0, now=now)
    except ParindexError as fault:
        return await one_case(request, person, appeal_id, fault=fault)
    return go(f"/pages/appeals/{appeal_id}", "appeal-corrected")


@router.post("/{appeal_id}/evidence")
async def send_file(request: Request, person: SignedIn, appeal_id: AppealPath, now: Now) -> Response:
    """Attaches a file."""
    settings = settings_of(request)
    try:
        upload, _ = await receive_upload(request, settings.evidence_max_mb)
        await attach_to_appeal(database_of(request), settings, person, appeal_id, upload, now)
    except ParindexError as fault:
        return await one_case(request, person, appeal_id, fault=fault)
    return go(f"/pages/appeals/{appeal_id}", "appeal-attached")


@router.get("/{appeal_id}/evidence/{file_id}")
async def get_file(request: Request, person: SignedIn, appeal_id: AppealPath, file_id: uuid.UUID, now: Now) -> Response:
    """The file as a download."""
    line, content = await open_appeal_file(database_of(request), settings_of(request), person, appeal_id, file_id, now)
    return saved_file(content, line.file_name, line.media_type, line.sha256)
