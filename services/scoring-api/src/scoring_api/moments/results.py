"""A unit's satisfaction counted again as of any past moment, for auditors of its subtree.

Only for auditors: two moments one response apart would tell the public what that response said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from fastapi import FastAPI, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.responses import Response

from parindex.editions.moments import Cause, Figure, Known, difference, fact
from parindex.engine.period import Period
from parindex.engine.result import unit_result
from parindex.errors import Conflict, Invalid
from parindex.instruments.catalogue import Instrument
from parindex.instruments.counting import questionnaire_of
from parindex.web.auth import Authenticator
from parindex.web.openapi import ref
from parindex.web.problems import problem_openapi
from scoring_api import asked
from scoring_api.answers import FigureAnswer, figure_standing
from scoring_api.audit import audited_unit
from scoring_api.moments.routes import Difference
from scoring_api.parameters import Parameter, Parameters, known_on
from scoring_api.places import UnitLine, reading_day, unit_line
from scoring_api.questionnaires import named_instrument
from scoring_api.route import REALM, Given
from scoring_api.snapshot import Snapshot, Snapshots
from scoring_api.stored import instrument_version_id
from scoring_api.subtrees import pooled_with

PATH = "/v1/results/differences"
_BEARER = HTTPBearer(scheme_name="bearer", description="From POST /v1/token of survey-ingest.", auto_error=False)
_WANTED = """
FROM unnest($1::int[], $2::date[], $3::date[]) AS wanted(unit_id, first, stop)
JOIN response r ON r.tenant_id = ANY(ARRAY(SELECT tenant_id FROM tenant)) AND r.unit_id = wanted.unit_id AND r.local_day >= wanted.first AND r.local_day < wanted.stop
"""
# A response counts 1 + the sum of its changes times; both as recorded by the moment.
_COUNTED = f"""
WITH counted AS (
  SELECT r.answers, r.weight, 1 + coalesce((
    SELECT sum(c.delta) FROM response_change c
    WHERE c.tenant_id = r.tenant_id AND c.system_id = r.system_id AND c.response_id = r.response_id AND c.recorded_at <= $6), 0) AS times
  {_WANTED}
  WHERE r.realm = $4 AND r.instrument_version_id = $5 AND r.recorded_at <= $6
)
SELECT item, code, sum(times)::bigint AS n, sum(times * w)::numeric AS w, sum(times * w * w)::numeric AS w2
FROM (
  SELECT 0 AS item, 0 AS code, times, CASE WHEN $7 THEN coalesce(weight, 1) ELSE 1 END AS w FROM counted
  UNION ALL
  SELECT place, CASE WHEN answer IS NULL THEN -3 WHEN answer <= -100 THEN -4 ELSE answer END, times,
         CASE WHEN $7 THEN coalesce(weight, 1) ELSE 1 END
  FROM counted, unnest(answers) WITH ORDINALITY AS given(answer, place)
) AS cell
GROUP BY item, code HAVING sum(times) <> 0
"""
_NEW = f"SELECT count(*) {_WANTED} WHERE r.realm = $4 AND r.instrument_version_id = $5 AND r.recorded_at > $6 AND r.recorded_at <= $7"
_CHANGED = f"""
SELECT c.kind, count(*) AS n {_WANTED}
JOIN response_change c ON c.tenant_id = r.tenant_id AND c.system_id = r.system_id AND c.response_id = r.response_id
WHERE r.realm = $4 AND r.instrument_version_id = $5 AND c.recorded_at > $6 AND c.recorded_at <= $7
GROUP BY c.kind ORDER BY c.kind COLLATE "C"
"""


_PURGED = """
SELECT EXISTS (SELECT FROM purged_count WHERE realm = $1 AND instrument_version_id = $2 AND local_day BETWEEN $3 AND $4)
"""


class ResultDifferences(FigureAnswer, kw_only=True):
    """The difference of one unit's satisfaction between two moments."""

    unit: UnitLine
    period: str
    responses: list[int]
    """Counted responses at the earlier and at the later moment."""
    difference: Difference


_PARAMETERS = Parameters(
    asked.UNIT,
    asked.PERIOD,
    asked.INSTRUMENT,
    asked.VERSION,
    asked.METHOD,
    REALM,
    *(
        Parameter(
            name,
            *known_on(),
            f"Thời điểm {vi}: ngày (hết ngày, giờ Việt Nam) hoặc thời điểm",
            f"The {en} moment: a day (its end, Asia/Ho_Chi_Minh) or an instant",
            "2026-11-22",
            required=True,
        )
        for name, vi, en in (("from", "trước", "earlier"), ("to", "sau", "later"))
    ),
)


async def result_known(
    snapshot: Snapshot, instrument: Instrument, unit_id: int, period: Period, method: str, moment: dt.datetime
) -> tuple[Known, int]:
    """The unit's result of what was recorded by the moment, and its counted responses."""
    rows = await snapshot.connection.fetch(
        _COUNTED,
        *_wanted(snapshot, unit_id, period),
        snapshot.realm,
        instrument_version_id(instrument),
        moment,
        instrument.design == "probability",
    )
    cells = {(row["item"], row["code"]): (row["n"], Decimal(row["w"]), Decimal(row["w2"])) for row in rows}
    result = unit_result(unit_id, period.code, questionnaire_of(instrument), cells, partial=False)
    figure = Figure(
        snapshot.units.name(unit_id, reading_day(snapshot, period)),
        result["whole"][method]["value"],
        {one["factor"]: one[method]["value"] for one in result["factors"]},
    )
    name = f"{instrument.code}@{instrument.version}"
    return Known("satisfaction", moment, name, f"{name} {method}", None, {unit_id: figure}), result["responses"]


async def facts_between(
    snapshot: Snapshot, instrument: Instrument, unit_id: int, period: Period, first: dt.datetime, last: dt.datetime
) -> list[Cause]:
    """Responses and changes recorded after `first` and by `last`, counted by kind."""
    given = *_wanted(snapshot, unit_id, period), snapshot.realm, instrument_version_id(instrument), first, last
    new = await snapshot.connection.fetchval(_NEW, *given)
    changed = await snapshot.connection.fetch(_CHANGED, *given)
    return [*([fact("new_responses", new)] if new else []), *(fact(row["kind"], row["n"]) for row in changed)]


def _wanted(snapshot: Snapshot, unit_id: int, period: Period) -> tuple[list[int], list[dt.date], list[dt.date]]:
    roots = pooled_with(snapshot.units, unit_id, period.last)
    runs = [
        (one, stretch.first, stretch.end)
        for stretch in snapshot.registers.subtrees.stretches(period)
        for one in stretch.under(roots)
    ]
    return [run[0] for run in runs], [run[1] for run in runs], [run[2] for run in runs]


async def _need_responses(snapshot: Snapshot, instrument: Instrument, period: Period) -> None:
    """Raises Conflict where responses of the period were deleted: what is left of them counts no moment again."""
    if await snapshot.connection.fetchval(
        _PURGED, snapshot.realm, instrument_version_id(instrument), period.first, period.last
    ):
        raise Conflict(
            f"Phiếu trả lời của kỳ {period.code} đã hết thời hạn lưu và đã xóa. / Responses of {period.code} were deleted, their retention being over.",
            code="responses_purged",
            hint="What was known of the table stands in its editions: /v1/as-known-on and /v1/differences.",
        )


async def _differences(snapshot: Snapshot, given: Given, unit_id: int) -> ResultDifferences:
    first, last, period = given["from"], given["to"], given["period"]
    if first > last:
        raise Invalid(
            f"from={first.isoformat()} lies after to={last.isoformat()}.",
            code="moments_order",
            hint="Give the earlier moment as from.",
        )
    instrument = named_instrument(snapshot.instruments, given["instrument"], given["version"])
    method = given["method"] or "top2"
    await _need_responses(snapshot, instrument, period)
    then, before = await result_known(snapshot, instrument, unit_id, period, method, first)
    now, after = await result_known(snapshot, instrument, unit_id, period, method, last)
    facts = await facts_between(snapshot, instrument, unit_id, period, first, last)
    return ResultDifferences(
        **figure_standing(snapshot, instrument),
        unit=unit_line(snapshot.units, unit_id, reading_day(snapshot, period)),
        period=period.code,
        responses=[before, after],
        difference=msgspec.convert(difference(then, now, facts), Difference),
    )


def add_route(app: FastAPI, resources: Callable[[], tuple[Snapshots, Authenticator]]) -> None:
    """Makes the auditor's route answer; nothing of it is ever cached or shared."""

    async def endpoint(
        request: Request, _documented: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
    ) -> Response:
        snapshots, authenticator = resources()
        caller = await authenticator.caller(request.headers.get("authorization"))
        caller.need("audit")
        given: dict[str, Any] = _PARAMETERS.read(request.scope["query_string"], {})
        async with snapshots.open(given["realm"]) as snapshot:
            answer = await _differences(snapshot, given, audited_unit(snapshot, caller, given["unit"], given["period"]))
        return Response(
            msgspec.json.encode(answer), media_type="application/json", headers={"Cache-Control": "private, no-store"}
        )

    app.add_api_route(
        PATH,
        endpoint,
        methods=["GET"],
        tags=["moments"],
        summary="Khác biệt của một kết quả giữa hai thời điểm (kiểm tra) / Difference of a result between two moments (auditors)",
        description="Counted again from the responses as recorded by each moment; causes are new responses, withdrawals, corrections. Needs a bearer token of scope `audit` whose subtree contains the unit.",
        operation_id="results_differences",
        response_class=Response,
        responses={
            200: {"description": "Difference", "content": {"application/json": {"schema": ref(ResultDifferences)}}},
            **problem_openapi(401, 403, 404, 409, 422, 503),
        },
        openapi_extra={"parameters": _PARAMETERS.openapi()},
    )
