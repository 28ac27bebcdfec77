"""Pages on which the council decides anew, in the closed round, what an upheld appeal is about."""

from __future__ import annotations

from typing import get_args

from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.engine.assessment import Side
from parindex.errors import ParindexError
from parindex.web.problems import STATUS
from parindex.workbooks.rule_sentence import rule_sentence
from parindex.workbooks.words import NO_DATA
from scoring_api.appeals.bodies import AppealPath
from scoring_api.appeals.decide_anew import ToDecide, decide_anew, to_decide
from scoring_api.dependencies import database_of
from scoring_api.pages.component_entry import at_field, at_input, read_entry
from scoring_api.pages.component_inputs import filled_in, form_of, words_of
from scoring_api.pages.forms import read_form
from scoring_api.pages.page_route import PageRoute
from scoring_api.pages.rendering import go, page
from scoring_api.pages.round_pages import SIDE_WORDS
from scoring_api.people.person import Person
from scoring_api.people.session import SignedIn
from scoring_api.rounds.clock import Now

router = APIRouter(prefix="/pages/appeals", include_in_schema=False, route_class=PageRoute)
_BEGINS_WITH = ("decided", "appraised_2", "appraised_1", "joined")
"""Whose word the form begins with: the one that holds."""


@router.get("/{appeal_id}/decision")
async def show_decision(request: Request, person: SignedIn, appeal_id: AppealPath) -> Response:
    """The components that the case covers, or the form of the one that was chosen."""
    component = request.query_params.get("component") or None
    return _shown(person, await to_decide(database_of(request), person, appeal_id, component))


def _shown(
    person: Person,
    found: ToDecide,
    *,
    fault: ParindexError | None = None,
    given: dict[str, list[str]] | None = None,
) -> Response:
    node = found.node
    sides = [] if node is None else [side for side in get_args(Side) if side in found.cell.sides]
    return page(
        "appeal_decision.html",
        person,
        status=200 if fault is None else STATUS[fault.kind],
        fault=fault,
        found=found,
        appeal=found.appeal,
        node=node,
        rule=None if node is None else rule_sentence(node),
        no_data=None
        if node is None or node.leaf is None or node.leaf.on_no_data is None
        else NO_DATA[node.leaf.on_no_data].lower(),
        input_form=None if node is None else form_of(node),
        given=_begun(found) if given is None else given,
        said=[
            (SIDE_WORDS[side], words_of(node, found.cell.sides[side]["input"]), found.cell.sides[side])
            for side in sides
            if node is not None
        ],
        choices=[(one.code, f"{one.number} {one.title_vi}".strip()) for one in found.components],
    )


def _begun(found: ToDecide) -> dict[str, list[str]]:
    sides = found.cell.sides
    holds = next((sides[side] for side in _BEGINS_WITH if side in sides), None)
    fields = filled_in(None if holds is None else holds["input"])
    fields["state_was"] = fields.get("state", ["given"])
    fields["expected_event_no"] = [str(found.cell.event_no)]
    return fields


@router.post("/{appeal_id}/decision")
async def send_decision(request: Request, person: SignedIn, appeal_id: AppealPath, now: Now) -> Response:
    """The new decision on one component."""
    form = await read_form(request)
    component = form.text("component")
    found = await to_decide(database_of(request), person, appeal_id, component or None)
    if found.node is None:
        return go(f"/pages/appeals/{appeal_id}/decision")
    try:
        entry = read_entry(found.node, form)
        form.refuse_faults()
        await decide_anew(database_of(request), person, appeal_id, found.node.code, entry, now)
    except ParindexError as fault:
        shown = at_field(fault, "note") if fault.code == "reason_missing" else fault
        return _shown(person, found, fault=at_input(found.node, shown), given=form.given())
    return go(f"/pages/appeals/{appeal_id}", "appeal-decided-anew")
