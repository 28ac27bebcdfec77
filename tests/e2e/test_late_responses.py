"""A response that comes after its period closed: the frozen table stays as it is, the restated one moves beside it.

What was received before the closing is stored through ingest's own use case with the clock of that day; closing, the
late response and both tables go through the processes.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from parindex.db.session import Database
from parindex.engine.period import VIETNAM, Period, local_day
from parindex.settings import Settings
from parindex.web.auth import Authenticator
from support.plan import item
from support.town import Town, brief, rows_by_code
from survey_ingest.catalogue_keeper import CatalogueKeeper
from survey_ingest.routes import said
from survey_ingest.run import Request
from survey_ingest.submit import submit

pytestmark = pytest.mark.processes

UNIT = "H99.01"


def closed_month() -> Period:
    """The newest month that is closed by now."""
    now = dt.datetime.now(VIETNAM)
    month = Period.containing(local_day(now), "month").previous
    return month if month.closes_at <= now else month.previous


def answered(month: Period, response_id: str, value: int) -> dict[str, Any]:
    at = dt.datetime.combine(month.first + dt.timedelta(days=9), dt.time(9), VIETNAM)
    return item(response_id, UNIT, value, response_id, answered_at=at.isoformat())


async def test_a_late_response_leaves_the_frozen_table_and_moves_the_restated_one(
    town: Town, settings: Settings
) -> None:
    month = closed_month()
    in_time = [answered(month, f"in-time-{number}", value) for number, value in enumerate((5, 5, 5, 5, 2), 1)]
    await _receive(settings, town.tokens["sender"], in_time, month.closes_at - dt.timedelta(seconds=1))
    town.site.command("worker", "close")

    frozen = await town.table(month.code, "frozen")
    assert frozen is not None
    assert brief(rows_by_code(frozen)[UNIT]) == (1, "80.00", 5)
    assert frozen["partial"] is False

    late = await town.post("/v1/responses", answered(month, "late", 5))
    assert (late.status_code, late.json()["counted"]) == (201, True)
    restated = await town.table_when(month.code, lambda rows: rows[UNIT]["responses"] == 6)
    assert brief(rows_by_code(restated)[UNIT]) == (1, "83.33", 6)
    await town.withdraw("in-time-1", "citizen_request")
    restated = await town.table_when(month.code, lambda rows: rows[UNIT]["responses"] == 5)
    assert brief(rows_by_code(restated)[UNIT]) == (1, "80.00", 5)

    town.site.command("worker", "close")
    after = await town.table(month.code, "frozen")
    assert after is not None
    assert after["rows"] == frozen["rows"]
    assert after["as_of"] == frozen["as_of"]
    explained = await town.read("/v1/league-tables/explanation", **town.named(month.code), state="frozen", unit=UNIT)
    assert {count["value"]: count["n"] for count in explained.json()["inputs"][0]["answers"]} == {2: 1, 5: 4}


async def _receive(settings: Settings, token: str, items: list[dict[str, Any]], received_at: dt.datetime) -> None:
    """Stores a batch as it would have been at that instant."""
    database = Database.for_service(settings, "survey-ingest")
    try:
        caller = await Authenticator(database).caller(f"Bearer {token}")
        keeper = CatalogueKeeper(database)
        await keeper.load()
        read = [said(raw, caller, keeper.current, position) for position, raw in enumerate(items)]
        async with database.transaction() as connection:
            (results,) = await submit(connection, [Request(caller, read)], now=received_at)
    finally:
        await database.close()
    assert [result.verdict for result in results] == ["accepted"] * len(items)
