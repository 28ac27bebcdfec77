"""The table of an assessment round as computed by a past moment, and what moved between two moments."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated, Any

import asyncpg
import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from parindex.db.session import Database
from parindex.editions.moments import Figure, Known, difference, fact
from parindex.errors import Forbidden, Invalid, NotFound
from scoring_api.dependencies import database_of
from scoring_api.moments.routes import Difference
from scoring_api.parameters import known_on
from scoring_api.people.person import Person
from scoring_api.people.session import SignedIn
from scoring_api.rounds import bodies
from scoring_api.rounds.access import need_reach
from scoring_api.rounds.round import Round, load_round
from scoring_api.rounds.wire import answered, documented

router = APIRouter(tags=["moments"])
_RUN = """
SELECT event_no, engine_version, state, as_of, document::text AS document FROM index_run
WHERE tenant_id = $1 AND round_id = $2 AND as_of <= $3 ORDER BY as_of DESC, event_no DESC LIMIT 1
"""
_FIRST = "SELECT min(as_of) FROM index_run WHERE tenant_id = $1 AND round_id = $2"
_EVENTS = """
SELECT count(*) FROM round_event WHERE tenant_id = $1 AND round_id = $2 AND event_no > $3 AND event_no <= $4
"""
_read = known_on()[0]
_Moment = Annotated[
    str,
    Query(max_length=40, description="Ngày (hết ngày, giờ Việt Nam) hoặc thời điểm / a day (its end) or an instant"),
]


class RoundDifferences(msgspec.Struct, frozen=True):
    """What moved in a round between two moments."""

    round_id: int
    realm: str
    period: str
    difference: Difference


async def run_known(connection: asyncpg.Connection, assessed: Round, moment: dt.datetime) -> tuple[Known, int]:
    """The round's newest computation by the moment, and the last event that it saw. Raises NotFound before the first."""
    row = await connection.fetchrow(_RUN, assessed.tenant_id, assessed.round_id, moment)
    if row is None:
        first = await connection.fetchval(_FIRST, assessed.tenant_id, assessed.round_id)
        raise NotFound(
            f"Đợt đánh giá {assessed.round_id} chưa được tính đến {moment.isoformat()}. / Round {assessed.round_id} was not computed by then.",
            code="not_known_yet",
            hint=f"Its first table is of {first.isoformat()}." if first else "The worker computes it within seconds.",
        )
    figures = {
        line["unit_id"]: Figure(
            line["unit"]["name"],
            line["index"] if assessed.file.framework.ranked_on == "percent" else line["points"],
            {field["code"]: field["points"] for field in line["fields"]},
        )
        for line in json.loads(row["document"])["rows"]
    }
    holder = f"bảng {'chính thức' if row['state'] == 'final' else 'tạm tính'} sau sự kiện {row['event_no']}"
    known = Known("round", row["as_of"], holder, assessed.file.name, row["engine_version"], figures)
    return known, row["event_no"]


async def round_differences(
    database: Database, person: Person, round_id: int, first: dt.datetime, last: dt.datetime
) -> RoundDifferences:
    """The difference of a round's table between two moments; for those who see the whole round. Raises Forbidden."""
    if first > last:
        raise Invalid(
            f"from={first.isoformat()} lies after to={last.isoformat()}.",
            code="moments_order",
            hint="Give the earlier moment as from.",
        )
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        assessed = await load_round(connection, person.tenant_id, round_id)
        if not need_reach(person, assessed).whole:
            raise Forbidden(
                "Chỉ người thấy toàn bộ đợt đánh giá mới xem được. / Only those who see the whole round may compare its tables.",
                code="round_not_whole",
                hint="Ask an officer, a council member or an auditor.",
            )
        then, seen = await run_known(connection, assessed, first)
        now, last_seen = await run_known(connection, assessed, last)
        events: int = await connection.fetchval(_EVENTS, assessed.tenant_id, round_id, seen, last_seen)
    told: dict[str, Any] = difference(then, now, [fact("round_events", events)] if events else [])
    return RoundDifferences(round_id, assessed.realm, assessed.period.code, msgspec.convert(told, Difference))


@router.get(
    "/v1/rounds/{round_id}/differences",
    summary="Khác biệt của đợt đánh giá giữa hai thời điểm / Difference of a round between two moments",
    description="Of the tables computed by each moment, with the events in between. Officer, council, auditor.",
    **documented(RoundDifferences),
)
async def get_differences(
    request: Request,
    person: SignedIn,
    round_id: bodies.RoundPath,
    first: Annotated[_Moment, Query(alias="from")],
    last: Annotated[_Moment, Query(alias="to")],
) -> Response:
    """What moved between two moments."""
    moments = [_moment("from", first), _moment("to", last)]
    return answered(await round_differences(database_of(request), person, round_id, *moments))


def _moment(name: str, text: str) -> dt.datetime:
    try:
        found: dt.datetime = _read(text)
    except ValueError as error:
        raise Invalid(
            f"{name}={text!r} was not understood; expected {error}.",
            code="parameter_invalid",
            hint="For example 2026-11-22.",
        ) from None
    return found
