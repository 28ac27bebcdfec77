"""The page of one component: its rule in words, the thread of all sides, the form of whoever may speak, the files."""

from __future__ import annotations

import datetime as dt
import uuid

from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.errors import NotFound, ParindexError
from parindex.web.problems import STATUS
from parindex.workbooks.rule_sentence import rule_sentence
from parindex.workbooks.words import NO_DATA, PROVENANCES
from scoring_api.dependencies import database_of, settings_of
from scoring_api.evidence.attach import attach
from scoring_api.evidence.erase import erase
from scoring_api.evidence.file_types import ALLOWED
from scoring_api.evidence.receive import receive_upload
from scoring_api.evidence.routes import download
from scoring_api.evidence.serve import open_evidence
from scoring_api.pages.component_entry import at_field, at_input, read_entry
from scoring_api.pages.component_inputs import filled_in, form_of, words_of
from scoring_api.pages.component_view import ComponentView, component_view
from scoring_api.pages.forms import read_form
from scoring_api.pages.notices import notices_of
from scoring_api.pages.page_route import PageRoute
from scoring_api.pages.rendering import go, page
from scoring_api.pages.round_pages import SIDE_WORDS, SOURCE_WORDS
from scoring_api.people.person import Person
from scoring_api.people.session import SignedIn
from scoring_api.rounds import bodies
from scoring_api.rounds.answer import answer
from scoring_api.rounds.appraise import appraise
from scoring_api.rounds.clock import Now
from scoring_api.rounds.decide import decide
from scoring_api.rounds.declare import declare

router = APIRouter(prefix="/pages", include_in_schema=False, route_class=PageRoute)
_COMPONENT = "/rounds/{round_id}/units/{unit_id}/components/{code}"
_USE_CASES = {"declaration": declare, "answer": answer, "appraisal": appraise, "decision": decide}
_PREFILLED = {
    "declaration": ("declared",),
    "answer": ("answered", "declared"),
    "appraisal": ("appraised_2", "answered", "appraised_1", "declared"),
    "decision": ("decided", "appraised_2", "appraised_1", "joined", "declared"),
}
"""Whose word a form begins with: one's own latest, else the word that it is about."""
_EVENT_WORDS = {**SIDE_WORDS, "evidence_added": "Đính kèm tài liệu", "evidence_erased": "Xóa tài liệu"}


@router.get(_COMPONENT)
async def show_component(
    request: Request,
    person: SignedIn,
    round_id: bodies.RoundPath,
    unit_id: bodies.UnitPath,
    code: bodies.CodePath,
    now: Now,
) -> Response:
    """One component of one unit."""
    view = await component_view(database_of(request), person, round_id, unit_id, code, now)
    return _shown(request, person, view)


def _shown(
    request: Request,
    person: Person,
    view: ComponentView,
    *,
    fault: ParindexError | None = None,
    at: str = "",
    given: dict[str, list[str]] | None = None,
) -> Response:
    node = view.node
    forms = [
        {"offer": offer, "given": given if given is not None and at == offer.act else _begun(view, offer.act)}
        for offer in view.offers
    ]
    return page(
        "component.html",
        person,
        status=200 if fault is None else STATUS[fault.kind],
        done=request.query_params.get("done", "") if fault is None else "",
        fault=fault,
        fault_at=at,
        view=view,
        round=view.round,
        notices=notices_of(view.round),
        node=node,
        rule=rule_sentence(node),
        no_data=None if node.leaf is None or node.leaf.on_no_data is None else NO_DATA[node.leaf.on_no_data].lower(),
        input_form=form_of(node),
        forms=forms,
        words_of=lambda given_input: words_of(node, given_input),
        side_words=SIDE_WORDS,
        event_words=_EVENT_WORDS,
        source_words=SOURCE_WORDS,
        provenance=PROVENANCES[node.provenance],
        sources=[view.assessed.file.document["sources"].get(key, {}).get("title", key) for key in node.cites],
        evidence_names={str(line.evidence_id): line.file_name for line in view.evidence},
        most_mb=settings_of(request).evidence_max_mb,
        allowed=ALLOWED,
    )


def _begun(view: ComponentView, act: str) -> dict[str, list[str]]:
    said = next((found for side in _PREFILLED[act] if (found := view.said(side)) is not None), None)
    own = view.said("declared") if act == "declaration" else None
    fields = filled_in(None if said is None else said["input"])
    fields["state_was"] = fields.get("state", ["given"])
    fields["note"] = [own["note"]] if own else [""]
    fields["expected_event_no"] = [str(view.cell.event_no)]
    return fields


@router.post(_COMPONENT + "/evidence")
async def post_evidence(
    request: Request,
    person: SignedIn,
    round_id: bodies.RoundPath,
    unit_id: bodies.UnitPath,
    code: bodies.CodePath,
    now: Now,
) -> Response:
    """Attaches one file."""
    settings = settings_of(request)
    try:
        upload, fields = await receive_upload(request, settings.evidence_max_mb)
        await attach(
            database_of(request), settings, person,
            round_id=round_id, unit_id=unit_id, component=code, upload=upload, now=now,
            late_reason=fields.get("late_reason", "").strip() or None,
        )  # fmt: skip
    except ParindexError as fault:
        view = await component_view(database_of(request), person, round_id, unit_id, code, now)
        return _shown(request, person, view, fault=at_field(fault, "file"), at="evidence", given={})
    return go(_path(round_id, unit_id, code) + "#evidence", "attached")


@router.post(_COMPONENT + "/{act}")
async def speak(
    request: Request,
    person: SignedIn,
    round_id: bodies.RoundPath,
    unit_id: bodies.UnitPath,
    code: bodies.CodePath,
    act: str,
    now: Now,
) -> Response:
    """A side speaks: declaration, answer, appraisal, decision."""
    use_case = _USE_CASES.get(act)
    if use_case is None:
        raise NotFound("Không có trang này. / There is no such page.", code="path_not_found")
    form = await read_form(request)
    view = await component_view(database_of(request), person, round_id, unit_id, code, now)
    try:
        entry = read_entry(view.node, form)
        form.refuse_faults()
        await use_case(database_of(request), person, round_id, unit_id, code, entry, now)
    except ParindexError as fault:
        field = {"note_missing": "note", "opinion_missing": "note", "late_reason_missing": "late_reason"}.get(
            fault.code
        )
        shown = at_input(view.node, at_field(fault, field) if field else fault)
        return _shown(request, person, view, fault=shown, at=act, given=form.given())
    return go(_path(round_id, unit_id, code), "saved")


def _path(round_id: int, unit_id: int, code: str) -> str:
    return f"/pages/rounds/{round_id}/units/{unit_id}/components/{code}"


@router.get("/evidence/{evidence_id}")
async def get_evidence(request: Request, person: SignedIn, evidence_id: uuid.UUID) -> Response:
    """Downloads a file."""
    now = dt.datetime.now(dt.UTC)
    return download(await open_evidence(database_of(request), settings_of(request), person, evidence_id, now))


@router.post("/evidence/{evidence_id}/erasure")
async def post_erasure(request: Request, person: SignedIn, evidence_id: uuid.UUID) -> Response:
    """Erases a file, by the officer."""
    form = await read_form(request)
    now = dt.datetime.now(dt.UTC)
    line = await erase(database_of(request), settings_of(request), person, evidence_id, form.words("why"), now)
    return go(_path(line.round_id, line.unit_id, line.component) + "#evidence", "erased")
