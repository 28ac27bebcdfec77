"""Pages of a round: the list, the overview, a unit's components by field with state and points, handing a step in."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.errors import Finding, ParindexError
from parindex.web.problems import STATUS
from scoring_api.dependencies import database_of
from scoring_api.pages.forms import Form, read_form
from scoring_api.pages.notices import notices_of
from scoring_api.pages.page_route import PageRoute
from scoring_api.pages.rendering import go, page
from scoring_api.people.person import Person
from scoring_api.people.session import SignedIn
from scoring_api.rounds import bodies
from scoring_api.rounds.answers import CellLine, ComponentLine, RoundDocument
from scoring_api.rounds.clock import Now
from scoring_api.rounds.deadlines import PHASE_WORDS_VI, STEPS, printed
from scoring_api.rounds.submit_step import submit_step
from scoring_api.rounds.unit_workbook import import_workbook
from scoring_api.rounds.whole_state import list_rounds, whole_state

router = APIRouter(prefix="/pages", include_in_schema=False, route_class=PageRoute)
MOST_WORKBOOK = 8 * 1024 * 1024
SIDE_WORDS = {
    "declared": "Đơn vị tự đánh giá",
    "appraised_1": "Thẩm định lần 1",
    "answered": "Đơn vị giải trình",
    "appraised_2": "Thẩm định lần 2",
    "joined": "Số liệu ghép",
    "decided": "Hội đồng quyết định",
}
SOURCE_WORDS = {
    "appraised": "thẩm định",
    "survey": "điều tra xã hội học",
    "external": "chỉ số, thống kê khác",
    "data": "số liệu",
}


@router.get("/")
@router.get("/rounds")
async def show_rounds(request: Request, person: SignedIn) -> Response:
    """The rounds that concern the person."""
    found = await list_rounds(database_of(request), person)
    return page("rounds.html", person, rounds=found.rounds, done=request.query_params.get("done", ""))


@router.get("/rounds/{round_id}")
async def show_round(request: Request, person: SignedIn, round_id: bodies.RoundPath, now: Now) -> Response:
    """Where a round stands."""
    document = await whole_state(database_of(request), person, round_id)
    return page("round.html", person, done=request.query_params.get("done", ""), **overview(person, document, now))


def overview(person: Person, document: RoundDocument, now: Any) -> dict[str, Any]:
    """What the overview shows, of what the person may see."""
    cells = {(cell.unit_id, cell.component): cell for cell in document.cells}
    by_field: dict[str, list[ComponentLine]] = defaultdict(list)
    for component in document.components:
        by_field[component.field].append(component)
    progress = [
        {
            "field": field,
            "components": len(by_field[field.code]),
            "waiting": sum(
                cells.get((unit.unit_id, one.code)) is None or cells[unit.unit_id, one.code].final is None
                for unit in document.units
                for one in by_field[field.code]
            ),
            "own": field.department_unit_id is not None and person.has("appraiser", field.department_unit_id),
        }
        for field in document.fields
        if by_field[field.code]
    ]
    steps = [
        {
            "title": PHASE_WORDS_VI[line.phase],
            "until": printed(line.until),
            "state": _state(line.phase, document.round.phase),
            "over": line.phase == document.round.phase and now >= line.until,
        }
        for line in document.round.deadlines
    ]
    return {
        "document": document,
        "round": document.round,
        "notices": notices_of(document.round),
        "steps": steps,
        "progress": progress,
        "own_units": [unit for unit in document.units if person.has("unit", unit.unit_id)],
        "declarable": sum(component.declared_by_unit for component in document.components),
        "unit_names": {str(unit.unit_id): unit.name for unit in document.units}
        | {str(field.department_unit_id): field.department for field in document.fields},
        "phase_words": PHASE_WORDS_VI,
        "printed": printed,
    }


def _state(phase: str, present: str) -> str:
    if present == "closed" or STEPS.index(phase) < STEPS.index(present):
        return "past"
    return "now" if phase == present else "later"


@router.get("/rounds/{round_id}/units/{unit_id}")
async def show_unit(
    request: Request, person: SignedIn, round_id: bodies.RoundPath, unit_id: bodies.UnitPath
) -> Response:
    """A unit's components by field."""
    return await _unit(request, person, round_id, unit_id, done=request.query_params.get("done", ""))


async def _unit(
    request: Request,
    person: Person,
    round_id: int,
    unit_id: int,
    *,
    done: str = "",
    fault: ParindexError | None = None,
    form: Form | None = None,
) -> Response:
    document = await whole_state(database_of(request), person, round_id)
    unit = one_unit(document, unit_id)
    if unit is None:
        return page("no_unit.html", person, status=404, round=document.round, notices=notices_of(document.round))
    cells = {cell.component: cell for cell in document.cells if cell.unit_id == unit_id}
    fields = [
        (
            field,
            [
                (one, cells.get(one.code), tag(one, cells.get(one.code)))
                for one in document.components
                if one.field == field.code
            ],
        )
        for field in document.fields
    ]
    return page(
        "unit.html",
        person,
        status=200 if fault is None else STATUS[fault.kind],
        done=done,
        fault=fault,
        round=document.round,
        notices=notices_of(document.round),
        unit=unit,
        own=person.has("unit", unit_id),
        fields=[(field, lines) for field, lines in fields if lines],
        final_points=final_points,
        declared_points=declared_points,
        source_words=SOURCE_WORDS,
        given=form.given() if form else {},
        most_mb=MOST_WORKBOOK // 1024 // 1024,
        step=document.round.phase if document.round.phase in ("declaration", "answer") else "",
        late_steps=[
            step
            for step in ("declaration", "answer")
            if str(unit_id) in document.late_rights.get(step, {}) and document.round.phase != "closed"
        ],
        phase_words=PHASE_WORDS_VI,
    )


def one_unit(document: RoundDocument, unit_id: int) -> Any:
    """The unit's line, or None where the reader does not see it."""
    return next((unit for unit in document.units if unit.unit_id == unit_id), None)


def final_points(cell: CellLine | None) -> str | None:
    """Points of the final side; None where there are none yet."""
    if cell is None or cell.final is None:
        return None
    points: str | None = cell.sides[cell.final]["points"]
    return points


def declared_points(cell: CellLine | None) -> str | None:
    """Points that the unit gave itself."""
    said = None if cell is None else cell.sides.get("declared")
    return None if said is None else said["points"]


def tag(component: ComponentLine, cell: CellLine | None) -> tuple[str, str]:
    """How far a component is: a class of the style sheet and words."""
    sides = {} if cell is None else cell.sides
    if "decided" in sides:
        return "good", "hội đồng đã quyết định"
    if "joined" in sides:
        return "good", "đã ghép số liệu"
    if component.source != "appraised":
        return "warn", "chờ ghép số liệu"
    if "appraised_2" in sides:
        return "good", "đã thẩm định lần 2"
    if "answered" in sides:
        return "warn", "đã giải trình, chờ thẩm định lần 2"
    if "appraised_1" in sides:
        differs = (sides.get("declared") or {}).get("points") != sides["appraised_1"]["points"]
        return ("warn", "thẩm định khác tự đánh giá") if differs else ("good", "đã thẩm định")
    if (sides.get("declared") or {}).get("input") is not None:
        return "", "đã kê khai, chờ thẩm định"
    return ("warn", "chưa kê khai") if component.declared_by_unit else ("", "chờ thẩm định")


@router.post("/rounds/{round_id}/units/{unit_id}/submission")
async def hand_in(
    request: Request, person: SignedIn, round_id: bodies.RoundPath, unit_id: bodies.UnitPath, now: Now
) -> Response:
    """Hands in the declaration or the answers."""
    form = await read_form(request)
    try:
        step = "answer" if form.text("step") == "answer" else "declaration"
        note, late_reason = form.words("note"), form.words("late_reason")
        form.refuse_faults()
        await submit_step(
            database_of(request), person, round_id, unit_id,
            step=step, accept_incomplete=form.text("accept_incomplete") == "yes", note=note,
            late_reason=late_reason or None, now=now,
        )  # fmt: skip
    except ParindexError as fault:
        return await _unit(request, person, round_id, unit_id, fault=fault, form=form)
    return go(f"/pages/rounds/{round_id}/units/{unit_id}", "submitted")


@router.post("/rounds/{round_id}/units/{unit_id}/workbook")
async def import_filled_in(
    request: Request, person: SignedIn, round_id: bodies.RoundPath, unit_id: bodies.UnitPath, now: Now
) -> Response:
    """Takes the filled-in workbook: every row, or none and a finding for each cell."""
    form = await read_form(request, MOST_WORKBOOK)
    try:
        late_reason, sent = form.words("late_reason"), form.file("file")
        if sent is None:
            form.note("file", "Chưa chọn tệp Excel.")
        form.refuse_faults()
        assert sent is not None
        await import_workbook(
            database_of(request), person, round_id, unit_id, sent.content, late_reason=late_reason or None, now=now
        )
    except ParindexError as fault:
        return await _unit(request, person, round_id, unit_id, fault=_by_cell(fault))
    return go(f"/pages/rounds/{round_id}/units/{unit_id}", "imported")


def _by_cell(fault: ParindexError) -> ParindexError:
    """The same fault, each finding beginning with its cell."""
    found = [
        one if one.code == "field" else Finding(one.code, one.field, f"{one.field}: {one.message}", one.hint)
        for one in fault.findings
    ]
    return type(fault)(fault.message, code=fault.code, hint=fault.hint, findings=found)
