"""The officer opens a round in two steps: which criteria, block and period; then units, departments in charge, deadlines."""

from __future__ import annotations

import datetime as dt
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.engine.period import Period, local_day
from parindex.errors import Finding, Invalid, ParindexError
from parindex.frameworks.criteria_file import FrameworkFile
from parindex.register.frameworks import load_frameworks_from_database
from parindex.units.catalogue import UnitCatalogue
from parindex.web.problems import STATUS
from scoring_api.answers import NOTICES
from scoring_api.dependencies import database_of, resources_of
from scoring_api.pages.forms import Form, read_form
from scoring_api.pages.notices import framework_notices
from scoring_api.pages.page_route import PageRoute
from scoring_api.pages.rendering import go, page
from scoring_api.pages.vietnamese import sentence_vi
from scoring_api.people.person import Person
from scoring_api.people.session import SignedIn
from scoring_api.rounds.clock import Now
from scoring_api.rounds.deadlines import PHASE_WORDS_VI, STEPS
from scoring_api.rounds.open_round import Opening, open_round

router = APIRouter(prefix="/pages/rounds/new", include_in_schema=False, route_class=PageRoute)
REALMS = (("production", "Chính thức"), ("sandbox", "Thử nghiệm"), ("synthetic", "Dữ liệu giả lập"))
_MANY = 400


@router.get("")
async def choose(request: Request, person: SignedIn, now: Now) -> Response:
    """First what is assessed; with that in the address, the whole form."""
    person.need("officer")
    asked = request.query_params
    if asked.get("framework") and asked.get("period"):
        try:
            return await _form(request, person, now, dict(asked))
        except ParindexError as fault:
            return await _choice(request, person, now, dict(asked), fault)
    return await _choice(request, person, now, dict(asked), None)


async def _choice(
    request: Request, person: Person, now: dt.datetime, asked: dict[str, str], fault: ParindexError | None
) -> Response:
    async with database_of(request).connection() as connection:
        files = (await load_frameworks_from_database(connection)).files
    today = local_day(now)
    options = [
        (
            f"{one.name}/{block}",
            f"{one.document['title_vi']} – khối {block} ({one.name}{'' if one.status == 'official' else ', mẫu'})",
        )
        for one in files
        if one.valid_to is None or one.valid_to > today - dt.timedelta(days=800)
        for block in one.framework.blocks
    ]
    return page(
        "opening_choice.html",
        person,
        status=200 if fault is None else STATUS[fault.kind],
        fault=fault,
        options=options,
        asked=asked,
        realms=REALMS,
        year=today.year,
    )


def _chosen(files: tuple[FrameworkFile, ...], word: str) -> tuple[FrameworkFile, str]:
    name, _, block = word.partition("/")
    for one in files:
        if one.name == name and block in one.framework.blocks:
            return one, block
    raise Invalid("Hãy chọn một bộ tiêu chí và khối. / No such framework.", code="framework_unknown")


async def _form(
    request: Request,
    person: Person,
    now: dt.datetime,
    asked: dict[str, str],
    *,
    form: Form | None = None,
    fault: ParindexError | None = None,
) -> Response:
    async with database_of(request).connection() as connection:
        file, block = _chosen((await load_frameworks_from_database(connection)).files, asked["framework"])
        authority = await connection.fetchval("SELECT unit_id FROM tenant WHERE tenant_id = $1", person.tenant_id)
    period, realm = Period.parse(asked["period"].strip()), _realm(asked.get("realm", ""))
    units = await _catalogue(request, realm)
    today = local_day(now)
    members = units.members(authority, block, period.last, realm, file.framework.code)
    candidates = members or units.children(authority, period.last, realm)
    departments = units.members(authority, "department", today, realm) or units.children(authority, today, realm)
    roots = [
        root
        for root in file.framework.roots
        if any(leaf.leaf and leaf.leaf.source == "appraised" for leaf in root.walk())
        and (not root.applies_to or block in root.applies_to)
    ]
    values = form.given() if form else {}
    return page(
        "opening.html",
        person,
        status=200 if fault is None else STATUS[fault.kind],
        fault=fault,
        values=values,
        asked={"framework": asked["framework"], "period": period.code, "realm": realm},
        realm_words=dict(REALMS)[realm],
        file=file,
        block=block,
        roots=roots,
        units=[(one, units.name(one, period.last)) for one in candidates[:_MANY]],
        ticked=set(values.get("units", [])) if form else {str(one) for one in members},
        too_many=len(candidates) > _MANY,
        departments=[(str(one), units.name(one, today)) for one in departments],
        steps=[(step, PHASE_WORDS_VI[step]) for step in STEPS],
        notices=[
            *([NOTICES[realm].vi] if realm in NOTICES else []),
            *framework_notices(file.status, file.document["status_note_vi"]),
        ],
    )


def _realm(word: str) -> str:
    return word if word in dict(REALMS) else "production"


async def _catalogue(request: Request, realm: str) -> UnitCatalogue:
    async with resources_of(request).snapshots.open(realm) as snapshot:
        return snapshot.units


@router.post("")
async def open_it(request: Request, person: SignedIn, now: Now) -> Response:
    """Opens the round."""
    person.need("officer")
    form = await read_form(request)
    asked = {name: form.text(name) for name in ("framework", "period", "realm")}
    try:
        opening = _opening(form, asked)
        units = await _catalogue(request, opening.realm)
        round_id = await open_round(database_of(request), person, opening, units, now)
    except ParindexError as fault:
        return await _form(request, person, now, asked, form=form, fault=_at_fields(fault))
    return go(f"/pages/rounds/{round_id}", "opened")


def _opening(form: Form, asked: dict[str, str]) -> Opening:
    name, _, block = asked["framework"].partition("/")
    code, _, version = name.partition("@")
    deadlines = {step: form.end_of_day(f"deadline.{step}") for step in STEPS}
    departments: dict[str, Any] = {
        field.removeprefix("department."): form.whole(field, needed=False)
        for field in form.given()
        if field.startswith("department.")
    }
    title, note = form.words("title", needed="Đặt tên cho đợt đánh giá."), form.words("note")
    units = [int(one) for one in form.every("units") if one.isascii() and one.isdigit() and len(one) < 10]
    form.refuse_faults()
    return Opening(
        title_vi=title,
        realm=_realm(asked["realm"]),
        framework=code,
        version=version,
        block=block,
        period=Period.parse(asked["period"]).code,
        units=units,
        departments={field: unit_id for field, unit_id in departments.items() if unit_id is not None},
        deadlines={step: until for step, until in deadlines.items() if until is not None},
        note=note,
    )


def _at_fields(fault: ParindexError) -> ParindexError:
    """The same fault with its findings at the names of the form's fields."""
    names = {"deadlines": "deadline", "departments": "department"}

    def moved(one: Finding) -> Finding:
        head, dot, rest = one.field.partition(".")
        field = "units" if head == "units" else f"{names[head]}.{rest}" if head in names and dot else one.field
        return Finding(
            "field" if field != one.field or head == "units" else one.code, field, sentence_vi(one), one.hint
        )

    return type(fault)(fault.message, code=fault.code, hint=fault.hint, findings=[moved(one) for one in fault.findings])
