"""Ids of the responses behind a unit's figures, for auditors of that subtree: the last step of an explanation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated

import msgspec
from fastapi import FastAPI, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.responses import Response

from parindex.engine.period import Period
from parindex.errors import Invalid
from parindex.web.auth import Authenticator
from parindex.web.openapi import ref
from parindex.web.problems import problem_openapi
from scoring_api import asked
from scoring_api.answers import FigureAnswer, figure_standing
from scoring_api.audit import audited_unit
from scoring_api.parameters import Parameter, Parameters, text
from scoring_api.places import UnitLine, reading_day, unit_line
from scoring_api.questionnaires import named_instrument
from scoring_api.route import REALM, Given
from scoring_api.snapshot import Snapshot, Snapshots
from scoring_api.stored import instrument_version_id
from scoring_api.subtrees import pooled_with

_BEARER = HTTPBearer(scheme_name="bearer", description="From POST /v1/token of survey-ingest.", auto_error=False)
"""Only for the OpenAPI document: the token is checked by `Authenticator`."""
PATH = "/v1/results/responses"


class ResponseLine(msgspec.Struct, frozen=True):
    """One response: who sent it under which id, and whether it counts. No answer and no text."""

    tenant_id: int
    system_id: int
    response_id: str
    unit_id: int
    local_day: dt.date
    recorded_at: dt.datetime
    stage: str
    collected_via: str
    counts: bool
    """False: a repeat, withdrawn or replaced."""


class ResponsePage(FigureAnswer, kw_only=True):
    """Responses of a unit's subtree in a period, ordered by tenant, system and id; also those not counted yet."""

    unit: UnitLine
    period: str
    responses: list[ResponseLine]
    next_cursor: str | None


_PARAMETERS = Parameters(
    asked.UNIT,
    asked.PERIOD,
    asked.INSTRUMENT,
    asked.VERSION,
    REALM,
    asked.LIMIT,
    Parameter("cursor", *text(120), "Con trỏ trang (next_cursor)", "next_cursor of the page before", "17.3.PH-000001"),
)
_SELECT = """
SELECT r.tenant_id, r.system_id, r.response_id, r.unit_id, r.local_day, r.recorded_at, r.stage, r.collected_via,
       1 + coalesce((SELECT sum(c.delta) FROM response_change c WHERE c.tenant_id = r.tenant_id AND c.system_id = r.system_id AND c.response_id = r.response_id), 0) > 0 AS counts
FROM unnest($1::int[], $2::date[], $3::date[]) AS wanted(unit_id, first, stop)
JOIN response r ON r.tenant_id = ANY(ARRAY(SELECT tenant_id FROM tenant)) AND r.unit_id = wanted.unit_id AND r.local_day >= wanted.first AND r.local_day < wanted.stop
WHERE r.realm = $4 AND r.instrument_version_id = $5 AND (r.tenant_id, r.system_id, r.response_id COLLATE "C") > ($6, $7, $8)
ORDER BY r.tenant_id, r.system_id, r.response_id COLLATE "C" LIMIT $9
"""


async def _page(snapshot: Snapshot, given: Given, unit_id: int) -> ResponsePage:
    period: Period = given["period"]
    instrument = named_instrument(snapshot.instruments, given["instrument"], given["version"])
    roots = pooled_with(snapshot.units, unit_id, period.last)
    wanted = [
        (one, stretch.first, stretch.end)
        for stretch in snapshot.registers.subtrees.stretches(period)
        for one in stretch.under(roots)
    ]
    rows = await snapshot.connection.fetch(
        _SELECT,
        *([one[place] for one in wanted] for place in range(3)),
        snapshot.realm,
        instrument_version_id(instrument),
        *_place(given["cursor"]),
        given["limit"] + 1,
    )
    lines = [ResponseLine(**dict(row.items())) for row in rows[: given["limit"]]]
    last = lines[-1] if len(rows) > given["limit"] else None
    return ResponsePage(
        **figure_standing(snapshot, instrument),
        unit=unit_line(snapshot.units, unit_id, reading_day(snapshot, period)),
        period=period.code,
        responses=lines,
        next_cursor=None if last is None else f"{last.tenant_id}.{last.system_id}.{last.response_id}",
    )


def _place(cursor: str | None) -> tuple[int, int, str]:
    if cursor is None:
        return -1, -1, ""
    tenant, _, rest = cursor.partition(".")
    system, _, response_id = rest.partition(".")
    if not response_id or not all(part.isascii() and part.isdigit() and len(part) < 10 for part in (tenant, system)):
        raise Invalid(
            f"cursor={cursor[:40]!r} is not one that this route gave.",
            code="cursor_unknown",
            hint="Use next_cursor of the page before.",
        )
    return int(tenant), int(system), response_id


def add_route(app: FastAPI, resources: Callable[[], tuple[Snapshots, Authenticator]]) -> None:
    """Makes the auditor's route answer; nothing of it is ever cached or shared."""

    async def endpoint(
        request: Request, _documented: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
    ) -> Response:
        snapshots, authenticator = resources()
        caller = await authenticator.caller(request.headers.get("authorization"))
        caller.need("audit")
        given = _PARAMETERS.read(request.scope["query_string"], {})
        async with snapshots.open(given["realm"]) as snapshot:
            answer = await _page(snapshot, given, audited_unit(snapshot, caller, given["unit"], given["period"]))
        return Response(
            msgspec.json.encode(answer), media_type="application/json", headers={"Cache-Control": "private, no-store"}
        )

    app.add_api_route(
        PATH,
        endpoint,
        methods=["GET"],
        tags=["results"],
        summary="Mã phiếu phía sau một kết quả (kiểm tra) / Response ids behind a result (auditors)",
        description="Needs a bearer token of scope `audit` whose subtree contains the unit, in the realm asked about.",
        operation_id="results_responses",
        response_class=Response,
        responses={
            200: {"description": "Response ids", "content": {"application/json": {"schema": ref(ResponsePage)}}},
            **problem_openapi(401, 403, 404, 422, 503),
        },
        openapi_extra={"parameters": _PARAMETERS.openapi()},
    )
