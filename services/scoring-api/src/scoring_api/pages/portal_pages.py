"""The officer's page of the portal: what waits for a person, how the outbox stands, ours beside the portal's for a unit and period."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from parindex.engine.period import Period, local_day
from parindex.errors import ParindexError
from parindex.web.problems import STATUS
from scoring_api.answers import NOTICES
from scoring_api.dependencies import database_of, resources_of
from scoring_api.dossiers.side_by_side import SideBySide, side_by_side
from scoring_api.pages.page_route import PageRoute
from scoring_api.pages.rendering import page
from scoring_api.parameters import Parameter, Parameters, text, unit
from scoring_api.people.person import Person
from scoring_api.people.session import SignedIn
from scoring_api.places import named_unit, reading_day
from scoring_api.portal.standing import read_attention, read_outbox
from scoring_api.rounds.clock import Now
from scoring_api.route import REALM

router = APIRouter(prefix="/pages/portal", include_in_schema=False, route_class=PageRoute)
_UNIT = Parameter("unit", *unit(), "Đơn vị", "Unit", "H44")
_PERIOD = Parameter("period", *text(20), "Kỳ", "Period", "2026-Q3")
_GIVEN = Parameters(_UNIT, _PERIOD, REALM)


@router.get("")
async def show_portal(request: Request, person: SignedIn, now: Now) -> Response:
    """Attention list, outbox, and the two sides of a unit and period (the authority itself and the last month by default)."""
    person.need("officer", "auditor")
    async with database_of(request).connection() as connection:
        waiting = await read_attention(connection, person)
        outbox = await read_outbox(connection, person, None)
        own_realm: str = await connection.fetchval("SELECT realm FROM unit WHERE unit_id = $1", person.tenant_id)
    today = local_day(now)
    typed = {name: request.query_params.get(name, "") for name in ("unit", "period", "realm")}
    fault: ParindexError | None = None
    sides: SideBySide | None = None
    try:
        given = _given(request, Period.containing(today, "month").previous.code, own_realm)
        sides = await _sides(request, person, given)
    except ParindexError as error:
        fault = error
    realm = sides.realm if sides else own_realm
    return page(
        "portal.html",
        person,
        status=200 if fault is None else STATUS[fault.kind],
        fault=fault,
        notices=[NOTICES[realm].vi] if realm in NOTICES else [],
        attention=waiting.attention,
        outbox=outbox.counts,
        sides=sides,
        unit=typed["unit"] or _code_of(sides),
        period=typed["period"] or (sides.period if sides else ""),
        realm=typed["realm"] or realm,
        groups={one.code: one for one in sides.groups} if sides else {},
    )


def _given(request: Request, period: str, realm: str) -> dict[str, Any]:
    """What was typed, else the period and realm given. Raises Invalid naming each fault."""
    pairs = [f"{name}={value}" for name, value in request.query_params.multi_items() if value and name != "done"]
    given = _GIVEN.read("&".join(pairs).encode(), {})
    named = bool(request.query_params.get("realm"))
    return {**given, "period": Period.parse(given["period"] or period), "realm": given["realm"] if named else realm}


async def _sides(request: Request, person: Person, given: dict[str, Any]) -> SideBySide:
    async with resources_of(request).snapshots.open(given["realm"]) as snapshot:
        name = given["unit"]
        unit_id = (
            person.tenant_id if name is None else named_unit(snapshot, name, reading_day(snapshot, given["period"]))
        )
        return await side_by_side(snapshot, unit_id, given["period"])


def _code_of(sides: SideBySide | None) -> str:
    return (sides.codes.get("h_code") or str(sides.unit_id)) if sides else ""
