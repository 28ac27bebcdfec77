"""Pages of judging: what waits for an appraiser, and the council's page with differences, decisions and the closing."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.errors import Forbidden, ParindexError
from parindex.web.problems import STATUS
from scoring_api.dependencies import database_of
from scoring_api.pages.component_inputs import difference
from scoring_api.pages.forms import Form, read_form
from scoring_api.pages.notices import notices_of
from scoring_api.pages.page_route import PageRoute
from scoring_api.pages.rendering import go, page
from scoring_api.pages.round_pages import SIDE_WORDS
from scoring_api.people.person import Person
from scoring_api.people.session import SignedIn
from scoring_api.rounds import bodies
from scoring_api.rounds.answers import CellLine, ComponentLine, RoundDocument
from scoring_api.rounds.clock import Now
from scoring_api.rounds.close import confirm_closing, propose_closing, withdraw_closing
from scoring_api.rounds.whole_state import whole_state

router = APIRouter(prefix="/pages/rounds/{round_id}", include_in_schema=False, route_class=PageRoute)


@router.get("/appraisal")
async def show_work(request: Request, person: SignedIn, round_id: bodies.RoundPath) -> Response:
    """What waits for the appraiser, unit by unit."""
    document = await whole_state(database_of(request), person, round_id)
    fields = {
        field.code: field
        for field in document.fields
        if field.department_unit_id is not None and person.has("appraiser", field.department_unit_id)
    }
    if not fields:
        raise Forbidden(
            "Bạn không phụ trách lĩnh vực nào của đợt này. / You are in charge of no field of this round.",
            code="field_not_in_charge",
        )
    lines = [
        (unit, component, cell)
        for unit, component, cell in _pairs(document)
        if component.field in fields and component.source == "appraised"
    ]
    second = document.round.phase == "appraisal_2"
    waiting = [line for line in lines if _waits(line[2], second=second)]
    return page(
        "appraisal.html",
        person,
        round=document.round,
        notices=notices_of(document.round),
        fields=fields,
        waiting=waiting,
        done_count=len(lines) - len(waiting),
        all_count=len(lines),
        second=second,
        open=document.round.phase in ("appraisal_1", "appraisal_2"),
        points=_points,
    )


def _pairs(document: RoundDocument) -> list[tuple[Any, ComponentLine, CellLine | None]]:
    cells = {(cell.unit_id, cell.component): cell for cell in document.cells}
    return [
        (unit, component, cells.get((unit.unit_id, component.code)))
        for unit in document.units
        for component in document.components
    ]


def _waits(cell: CellLine | None, *, second: bool) -> bool:
    sides = {} if cell is None else cell.sides
    if second:
        return "answered" in sides and "appraised_2" not in sides
    return "appraised_1" not in sides


def _points(cell: CellLine | None, *sides: str) -> str | None:
    """Points of the first of the sides that has spoken."""
    said = {} if cell is None else cell.sides
    found: str | None = next((said[side]["points"] for side in sides if side in said), None)
    return found


@router.get("/council")
async def show_council(request: Request, person: SignedIn, round_id: bodies.RoundPath) -> Response:
    """The council's page."""
    return await _council(request, person, round_id, done=request.query_params.get("done", ""))


async def _council(
    request: Request,
    person: Person,
    round_id: int,
    *,
    done: str = "",
    fault: ParindexError | None = None,
    form: Form | None = None,
) -> Response:
    person.need("council")
    document = await whole_state(database_of(request), person, round_id)
    pairs = _pairs(document)
    differing = [
        {
            "unit": unit,
            "component": component,
            "declared": declared,
            "appraised": _points(cell, "appraised_2", "appraised_1"),
            "decided": _points(cell, "decided"),
            "difference": difference(declared, final),
            "answered": cell is not None and "answered" in cell.sides,
        }
        for unit, component, cell in pairs
        if cell is not None
        and cell.final is not None
        and component.source == "appraised"
        and (declared := _points(cell, "declared")) != (final := _points(cell, cell.final))
    ]
    missing = [(unit, component) for unit, component, cell in pairs if cell is None or cell.final is None]
    return page(
        "council.html",
        person,
        status=200 if fault is None else STATUS[fault.kind],
        done=done,
        fault=fault,
        given=form.given() if form else {},
        round=document.round,
        notices=notices_of(document.round),
        differing=differing,
        missing=missing,
        proposer=document.close_proposed_by,
        proposer_name=document.persons.get(str(document.close_proposed_by), ""),
        side_words=SIDE_WORDS,
    )


@router.post("/closing")
async def propose(request: Request, person: SignedIn, round_id: bodies.RoundPath, now: Now) -> Response:
    """Proposes to close."""

    async def close(form: Form, note: str) -> None:
        accept = form.text("accept_incomplete") == "yes"
        await propose_closing(database_of(request), person, round_id, accept_incomplete=accept, note=note, now=now)

    return await _closing(request, person, round_id, close, "proposed")


@router.post("/closing/confirmation")
async def confirm(request: Request, person: SignedIn, round_id: bodies.RoundPath, now: Now) -> Response:
    """Closes the round, by a second person."""

    async def close(_form: Form, note: str) -> None:
        await confirm_closing(database_of(request), person, round_id, note=note, now=now)

    return await _closing(request, person, round_id, close, "closed")


@router.post("/closing/withdrawal")
async def withdraw(request: Request, person: SignedIn, round_id: bodies.RoundPath, now: Now) -> Response:
    """Takes the proposal back."""

    async def close(_form: Form, note: str) -> None:
        await withdraw_closing(database_of(request), person, round_id, note=note, now=now)

    return await _closing(request, person, round_id, close, "withdrawn")


async def _closing(
    request: Request,
    person: Person,
    round_id: int,
    close: Callable[[Form, str], Coroutine[Any, Any, None]],
    done: str,
) -> Response:
    form = await read_form(request)
    try:
        note = form.words("note")
        form.refuse_faults()
        await close(form, note)
    except ParindexError as fault:
        return await _council(request, person, round_id, fault=fault, form=form)
    return go(f"/pages/rounds/{round_id}/council", done)
