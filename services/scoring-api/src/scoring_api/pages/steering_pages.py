"""The officer's page of a running round: the next step, deadlines, late rights, figures joined from elsewhere."""

from __future__ import annotations

import datetime as dt
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.errors import NotFound, ParindexError
from parindex.web.problems import STATUS
from scoring_api.dependencies import database_of
from scoring_api.pages.forms import Form, read_form
from scoring_api.pages.notices import notices_of
from scoring_api.pages.page_route import PageRoute
from scoring_api.pages.rendering import go, page
from scoring_api.people.person import Person
from scoring_api.people.session import SignedIn
from scoring_api.rounds import bodies
from scoring_api.rounds.clock import Now
from scoring_api.rounds.deadlines import PHASE_WORDS_VI, STEPS, printed
from scoring_api.rounds.grant_late import grant_late
from scoring_api.rounds.join import Joined, join_dossiers, join_figures, join_imported, join_portal, join_surveys
from scoring_api.rounds.join_portal import FRAMEWORK
from scoring_api.rounds.move_phase import move_phase
from scoring_api.rounds.set_deadline import set_deadline
from scoring_api.rounds.whole_state import whole_state

router = APIRouter(prefix="/pages/rounds/{round_id}/steering", include_in_schema=False, route_class=PageRoute)
_MOST_CSV = 8 * 1024 * 1024


@router.get("")
async def show_steering(request: Request, person: SignedIn, round_id: bodies.RoundPath) -> Response:
    """Everything by which an officer steers a round."""
    return await _steering(request, person, round_id, done=request.query_params.get("done", ""))


async def _steering(
    request: Request,
    person: Person,
    round_id: int,
    *,
    done: str = "",
    fault: ParindexError | None = None,
    at: str = "",
    form: Form | None = None,
    joined: Joined | None = None,
) -> Response:
    person.need("officer")
    document = await whole_state(database_of(request), person, round_id)
    phase = document.round.phase
    following = STEPS[STEPS.index(phase) + 1 :] if phase != "closed" else ()
    subjects = [(str(unit.unit_id), unit.name) for unit in document.units]
    departments = {
        str(field.department_unit_id): f"{field.department} (thẩm định)"
        for field in document.fields
        if field.department_unit_id is not None
    }
    return page(
        "steering.html",
        person,
        status=200 if fault is None else STATUS[fault.kind],
        done=done,
        fault=fault,
        at=at,
        given=form.given() if form else {},
        round=document.round,
        notices=notices_of(document.round),
        next_phase=following[0] if following else "",
        next_words=PHASE_WORDS_VI[following[0]] if following else "",
        steps=[(step, PHASE_WORDS_VI[step]) for step in STEPS],
        open_steps=[
            (step, PHASE_WORDS_VI[step]) for step in (STEPS[STEPS.index(phase) :] if phase != "closed" else ())
        ],
        subjects=subjects + list(departments.items()),
        joined=joined,
        counts_dossiers=document.round.framework.code == FRAMEWORK,
        names={unit.unit_id: unit.name for unit in document.units},
        titles={one.code: f"{one.number} {one.title_vi}".strip() for one in document.components},
        printed=printed,
    )


@router.post("/{act}")
async def steer(request: Request, person: SignedIn, round_id: bodies.RoundPath, act: str, now: Now) -> Response:
    """One of the forms of the page."""
    steered = _ACTS.get(act)
    if steered is None:
        raise NotFound("Không có trang này. / There is no such page.", code="path_not_found")
    form = await read_form(request, _MOST_CSV)
    try:
        done = await steered(request, person, round_id, form, now)
    except ParindexError as fault:
        return await _steering(request, person, round_id, fault=fault, at=act, form=form)
    if isinstance(done, Joined):
        return await _steering(request, person, round_id, joined=done)
    return go(f"/pages/rounds/{round_id}/steering", done)


async def _phase(request: Request, person: Person, round_id: int, form: Form, now: dt.datetime) -> str:
    note = form.words("note")
    form.refuse_faults()
    await move_phase(database_of(request), person, round_id, to=form.text("to"), note=note, now=now)
    return "moved"


async def _deadline(request: Request, person: Person, round_id: int, form: Form, now: dt.datetime) -> str:
    step, until = _step(form), form.end_of_day("until")
    note = form.words("note", needed="Ghi lý do đổi hạn.")
    form.refuse_faults()
    assert until is not None
    await set_deadline(database_of(request), person, round_id, phase=step, until=until, note=note, now=now)
    return "deadline"


async def _late(request: Request, person: Person, round_id: int, form: Form, now: dt.datetime) -> str:
    step, until = _step(form), form.end_of_day("until")
    unit_id = form.whole("unit", needed=False)
    note = form.words("note", needed="Ghi lý do cho phép nộp muộn.")
    form.refuse_faults()
    assert until is not None
    await grant_late(
        database_of(request), person, round_id, phase=step, unit_id=unit_id, until=until, note=note, now=now
    )
    return "late"


async def _surveys(request: Request, person: Person, round_id: int, form: Form, now: dt.datetime) -> Joined:
    note, database = form.words("note"), database_of(request)
    form.refuse_faults()
    return await join_surveys(database, person, round_id, components=None, instrument=None, note=note, now=now)


async def _external(request: Request, person: Person, round_id: int, form: Form, now: dt.datetime) -> Joined:
    note = form.words("note")
    form.refuse_faults()
    return await join_imported(database_of(request), person, round_id, components=None, note=note, now=now)


async def _dossiers(request: Request, person: Person, round_id: int, form: Form, now: dt.datetime) -> Joined:
    note = form.words("note")
    form.refuse_faults()
    return await join_dossiers(database_of(request), person, round_id, note=note, now=now)


async def _portal(request: Request, person: Person, round_id: int, form: Form, now: dt.datetime) -> Joined:
    note = form.words("note")
    form.refuse_faults()
    return await join_portal(database_of(request), person, round_id, note=note, now=now)


async def _figures(request: Request, person: Person, round_id: int, form: Form, now: dt.datetime) -> Joined:
    sent, note = form.file("file"), form.words("note")
    source = form.words("source", needed="Ghi nguồn của số liệu: văn bản, cơ quan công bố.")
    if sent is None:
        form.note("file", "Chưa chọn tệp CSV.")
    form.refuse_faults()
    assert sent is not None
    return await join_figures(
        database_of(request), person, round_id, figures=sent.content, source=source, note=note, now=now
    )


def _step(form: Form) -> str:
    step = form.text("phase")
    if step not in STEPS:
        form.note("phase", "Chọn một bước.")
    return step


_ACTS: dict[str, Any] = {
    "phase": _phase,
    "deadline": _deadline,
    "late": _late,
    "surveys": _surveys,
    "external": _external,
    "dossiers": _dossiers,
    "portal": _portal,
    "figures": _figures,
}
