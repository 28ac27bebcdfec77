"""Pages of publishing: the list, a new publication, its newest draft with the forms of review, approval and withdrawal."""

from __future__ import annotations

import json
from typing import Any

import asyncpg
from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.errors import ParindexError
from parindex.web.problems import STATUS
from scoring_api.appeals.disputed import TOTAL_VI
from scoring_api.appeals.grant_late import grant_late
from scoring_api.asked import BLOCKS
from scoring_api.dependencies import database_of, resources_of
from scoring_api.pages.forms import Form, read_form
from scoring_api.pages.page_route import PageRoute
from scoring_api.pages.rendering import go, page, when
from scoring_api.people.person import Person
from scoring_api.people.session import SignedIn
from scoring_api.publications.approve import approve
from scoring_api.publications.bodies import PublicationPath
from scoring_api.publications.create import Wish, create
from scoring_api.publications.review import review
from scoring_api.publications.show import list_publications, show_publication
from scoring_api.publications.sources import SOURCE_WORDS_VI
from scoring_api.publications.withdraw import withdraw
from scoring_api.rounds.clock import Now

router = APIRouter(prefix="/pages/publications", include_in_schema=False, route_class=PageRoute)
_CLOSED = """
SELECT r.round_id, r.title_vi, r.period FROM assessment_round r JOIN round_state s USING (tenant_id, round_id)
WHERE r.tenant_id = $1 AND s.phase = 'closed' ORDER BY r.round_id DESC LIMIT 200
"""
_IMPORTED = """
SELECT imported_table_id, framework, block, period, observed_at FROM imported_table
WHERE tenant_id = $1 ORDER BY framework, period DESC, block, observed_at DESC LIMIT 500
"""
_OVER = ("withdrawn", "superseded")
BLOCK_WORDS_VI = {
    "province": "tỉnh, thành phố",
    "department": "sở, ban, ngành",
    "district": "huyện, quận, thị xã",
    "commune": "xã, phường, đặc khu",
}


@router.get("")
async def show_list(request: Request, person: SignedIn) -> Response:
    """The newest 200 publications of the authority."""
    found = await list_publications(database_of(request), person, limit=200)
    return page(
        "publications.html",
        person,
        publications=found.publications,
        source_words=SOURCE_WORDS_VI,
        may_act=_may_act(person),
        done=request.query_params.get("done", ""),
    )


@router.get("/new")
async def show_new(request: Request, person: SignedIn) -> Response:
    """What may be published."""
    return await _new(request, person)


async def _new(
    request: Request, person: Person, *, fault: ParindexError | None = None, form: Form | None = None
) -> Response:
    person.need("officer", "council")
    async with database_of(request).transaction() as connection:
        rounds = await connection.fetch(_CLOSED, person.tenant_id)
        tables = await connection.fetch(_IMPORTED, person.tenant_id)
    async with resources_of(request).snapshots.open("production") as snapshot:
        instruments = [(f"{one.code}@{one.version}", one.title_vi) for one in snapshot.instruments.instruments]
    asked = form.text("kind") if form else request.query_params.get("kind", "")
    return page(
        "publication_new.html",
        person,
        status=200 if fault is None else STATUS[fault.kind],
        fault=fault,
        kinds=list(SOURCE_WORDS_VI.items()),
        kind=asked if asked in SOURCE_WORDS_VI else "round",
        given={name: values[0] if values else "" for name, values in form.given().items()} if form else {},
        rounds=[(row["round_id"], f"{row['title_vi']} ({row['period']})") for row in rounds],
        tables=[(row["imported_table_id"], _table_words(row)) for row in tables],
        instruments=instruments,
        blocks=[(block, BLOCK_WORDS_VI[block]) for block in BLOCKS],
        authority=person.tenant_id,
    )


def _table_words(row: asyncpg.Record) -> str:
    block = BLOCK_WORDS_VI.get(row["block"], row["block"])
    return f"{row['framework']}, {block}, kỳ {row['period']}, ghi nhận {when(row['observed_at'])}"


@router.post("/new")
async def draft(request: Request, person: SignedIn, now: Now) -> Response:
    """Drafts a publication from one of the forms."""
    form = await read_form(request)
    try:
        wish = Wish(
            source=_source(form),
            title_vi=form.words("title_vi", needed="Chưa ghi tên bảng."),
            decision=form.words("decision") or None,
            supersedes=form.whole("supersedes", needed=False),
            erratum=form.words("erratum") or None,
        )
        form.refuse_faults()
        async with resources_of(request).snapshots.open("production") as snapshot:
            registers = snapshot.registers
        publication_id = await create(database_of(request), person, wish, registers, now)
    except ParindexError as fault:
        return await _new(request, person, fault=fault, form=form)
    return go(f"/pages/publications/{publication_id}", "publication-drafted")


def _source(form: Form) -> dict[str, Any]:
    match form.text("kind"):
        case "round":
            return {"kind": "round", "round_id": _chosen(form, "round_id")}
        case "imported":
            return {"kind": "imported", "imported_table_id": _chosen(form, "imported_table_id")}
        case _:
            code, _, version = form.text("instrument").partition("@")
            realm = form.text("realm")
            return {
                "kind": "satisfaction",
                "realm": realm if realm in ("sandbox", "synthetic") else "production",
                "instrument": code,
                "version": version,
                "scope_unit_id": _chosen(form, "scope_unit_id"),
                "block": form.text("block"),
                "period": form.text("period"),
                "method": "mean" if form.text("method") == "mean" else "top2",
            }


def _chosen(form: Form, name: str, *, needed: bool = True) -> int:
    number = form.whole(name, needed=needed)
    if number is not None and number > 2_147_483_647:
        form.note(name, "Không có số này.")
    return number or 0


@router.get("/{publication_id}")
async def show_one(request: Request, person: SignedIn, publication_id: PublicationPath) -> Response:
    """A publication with its newest draft."""
    return await _one(request, person, publication_id, done=request.query_params.get("done", ""))


async def _one(
    request: Request,
    person: Person,
    publication_id: int,
    *,
    done: str = "",
    fault: ParindexError | None = None,
    form: Form | None = None,
) -> Response:
    found = await show_publication(database_of(request), person, publication_id)
    body = None if found.draft is None else json.loads(bytes(found.draft.body))
    disputed: dict[int, list[str]] = {}
    for one in found.disputes:
        disputed.setdefault(one.unit_id, []).append(one.case_no)
    open_ = found.publication.state in ("drafted", "reviewed", "approved")
    return page(
        "publication.html",
        person,
        status=200 if fault is None else STATUS[fault.kind],
        done=done,
        fault=fault,
        found=found,
        publication=found.publication,
        body=body,
        disputed=disputed,
        unit_names={row["unit_id"]: row["name"] for row in (body or {}).get("rows", ())},
        component_names={
            None: TOTAL_VI,
            **{column["code"]: column["title_vi"] for column in (body or {}).get("columns", ())},
        },
        source_words=SOURCE_WORDS_VI,
        may_act=_may_act(person) and open_,
        may_appeal=sorted(
            ((row["unit_id"], row["name"]) for row in (body or {}).get("rows", ()) if row["unit_id"] > 0),
            key=lambda one: one[1],
        ),
        may_grant_late=person.has("officer") and body is not None and found.publication.state not in _OVER,
        given={name: values[0] if values else "" for name, values in form.given().items()} if form else {},
        own=found.publication.person_id == person.person_id,
        tenant_id=person.tenant_id,
    )


def _may_act(person: Person) -> bool:
    return person.has("officer") or person.has("council")


@router.post("/{publication_id}/review")
async def send_review(request: Request, person: SignedIn, publication_id: PublicationPath, now: Now) -> Response:
    """Agreement or rejection."""
    form = await read_form(request)
    try:
        why = form.words("why", at="review-why")
        form.refuse_faults()
        await review(
            database_of(request), person, publication_id,
            body_sha256=form.text("body_sha256"), agrees=form.text("agrees") == "yes", why=why, now=now,
        )  # fmt: skip
    except ParindexError as fault:
        return await _one(request, person, publication_id, fault=fault)
    return go(f"/pages/publications/{publication_id}", "reviewed")


@router.post("/{publication_id}/approval")
async def send_approval(request: Request, person: SignedIn, publication_id: PublicationPath, now: Now) -> Response:
    """The approval."""
    form = await read_form(request)
    try:
        why = form.words("why", at="approval-why")
        form.refuse_faults()
        acknowledged = form.every("acknowledged")
        await approve(
            database_of(request), person, publication_id,
            body_sha256=form.text("body_sha256"), why=why, acknowledged=acknowledged, now=now,
        )  # fmt: skip
    except ParindexError as fault:
        return await _one(request, person, publication_id, fault=fault)
    return go(f"/pages/publications/{publication_id}", "approved")


@router.post("/{publication_id}/withdrawal")
async def send_withdrawal(request: Request, person: SignedIn, publication_id: PublicationPath, now: Now) -> Response:
    """The withdrawal."""
    form = await read_form(request)
    try:
        why = form.words("why", at="withdrawal-why")
        form.refuse_faults()
        await withdraw(database_of(request), person, publication_id, why=why, now=now)
    except ParindexError as fault:
        return await _one(request, person, publication_id, fault=fault)
    return go(f"/pages/publications/{publication_id}", "publication-withdrawn")


@router.post("/{publication_id}/late-appeals")
async def send_late_right(request: Request, person: SignedIn, publication_id: PublicationPath, now: Now) -> Response:
    """The right of one unit to dispute the table after its window, until the end of a day."""
    person.need("officer")
    form = await read_form(request)
    try:
        if not form.text("unit_id"):
            form.note("unit_id", "Chưa chọn đơn vị.")
        unit_id = _chosen(form, "unit_id", needed=False)
        until = form.end_of_day("until")
        why = form.words("why", needed="Chưa nêu lý do cho phép gửi muộn.", at="late-why")
        form.refuse_faults()
        await grant_late(
            database_of(request), person, publication_id, unit_id=unit_id, until=until or now, why=why, now=now
        )
    except ParindexError as fault:
        return await _one(request, person, publication_id, fault=fault, form=form)
    return go(f"/pages/publications/{publication_id}", "late-appeal-granted")
