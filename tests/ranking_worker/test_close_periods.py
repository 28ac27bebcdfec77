import asyncio
import datetime as dt

import pytest

from parindex.db.clock import CLOSING_LOCK
from parindex.engine.period import Period, local_day
from ranking_worker.close_periods import close_periods
from ranking_worker.overdue import announce_overdue
from ranking_worker.recompute import recompute
from support.facts import change, document, respond, respond_many

pytestmark = pytest.mark.database
MARCH = Period.parse("2026-03")
BEFORE, AFTER = MARCH.closes_at - dt.timedelta(seconds=1), MARCH.closes_at


async def both(connection, unit_id=990001, period="2026-03"):
    return [
        await document(connection, "unit_result", unit_id=unit_id, period=period, state=state)
        for state in ("frozen", "current")
    ]


async def test_the_frozen_result_holds_the_facts_recorded_before_closing_and_the_restated_stands_beside_it(
    connection, database, registers, work
):
    early = await respond_many(connection, {5: 6, 2: 4}, unit_id=990001)
    await respond_many(connection, {5: 10}, unit_id=990001, recorded_at=AFTER)
    await respond(connection, unit_id=990001, answers=(2,), recorded_at=BEFORE)
    await change(connection, early[0], "withdrawn", -1, recorded_at=BEFORE)
    await change(connection, early[1], "withdrawn", -1, recorded_at=AFTER)
    await work()
    assert ("synthetic", "2026-03") in await close_periods(database, registers)
    frozen, current = await both(connection)
    assert (frozen["responses"], frozen["whole"]["top2"]["value"]) == (10, "50.00")
    assert (current["responses"], current["whole"]["top2"]["value"]) == (19, "73.68")
    table = await document(
        connection, "league_table", scope_unit_id=990000, block="department", period="2026-03", state="frozen"
    )
    assert table["scope_result"]["responses"] == 10


async def test_a_promoted_repeat_counts_in_the_frozen_result_only_when_it_was_promoted_in_time(
    connection, database, registers, work
):
    await respond_many(connection, {5: 5}, unit_id=990001)
    for promoted_at in (BEFORE, AFTER):
        repeat = await respond(connection, unit_id=990001, answers=(2,), delta=False)
        await change(connection, repeat, "repeat", -1, recorded_at=repeat.columns["recorded_at"])
        await change(connection, repeat, "promoted", 1, recorded_at=promoted_at)
    await connection.execute("DELETE FROM response_delta WHERE n[1] < 0")
    await work()
    await close_periods(database, registers)
    frozen, current = await both(connection)
    assert (frozen["responses"], current["responses"]) == (6, 7)


async def test_a_period_that_lost_every_response_after_closing_keeps_its_frozen_result(
    connection, database, registers, work
):
    for response in await respond_many(connection, {5: 6}, unit_id=990001):
        await change(connection, response, "withdrawn", -1, recorded_at=AFTER)
    await work()
    assert await connection.fetchval("SELECT count(*) FROM tally") == 0
    assert ("synthetic", "2026-03") in await close_periods(database, registers)
    frozen = await document(connection, "unit_result", unit_id=990001, period="2026-03", state="frozen")
    assert (frozen["responses"], frozen["whole"]["top2"]["value"]) == (6, "100.00")
    assert await connection.fetchval("SELECT count(*) FROM unit_result WHERE state = 'current'") == 0


async def test_a_period_that_lost_every_response_in_time_is_not_closed(connection, database, registers, work):
    for response in await respond_many(connection, {5: 6}, unit_id=990001):
        await change(connection, response, "withdrawn", -1, recorded_at=BEFORE)
    await work()
    assert await close_periods(database, registers) == []


async def test_a_period_is_closed_once_and_never_rewritten(connection, database, registers, work):
    await respond_many(connection, {5: 6}, unit_id=990001)
    await work()
    runs = await asyncio.gather(*(close_periods(database, registers) for _ in range(3)))
    assert sorted(code for run in runs for _, code in run) == sorted({code for run in runs for _, code in run})
    frozen = await connection.fetch(
        "SELECT sha256, as_of FROM unit_result WHERE state = 'frozen' AND period = '2026-03' ORDER BY 1"
    )
    await respond(connection, unit_id=990001, recorded_at=BEFORE)
    await work()
    assert ("synthetic", "2026-03") not in await close_periods(database, registers)
    assert (
        await connection.fetch(
            "SELECT sha256, as_of FROM unit_result WHERE state = 'frozen' AND period = '2026-03' ORDER BY 1"
        )
        == frozen
    )


async def test_an_open_period_is_not_closed(connection, database, registers, work):
    await respond(connection, day=local_day(dt.datetime.now(dt.UTC)))
    await work()
    assert await close_periods(database, registers) == []


async def test_periods_close_oldest_first_and_the_next_run_goes_on(connection, database, registers, work):
    for month in (7, 8, 9):
        await respond_many(connection, {5: 5}, day=dt.date(2025, month, 10))
    await work()
    closed = []
    while some := await close_periods(database, registers, limit=2):
        assert len(some) <= 2
        closed += [code for _, code in some]
    assert closed == ["2025-07", "2025-08", "2025-09", "2025-Q3", "2025-H2", "2025"]
    august = await document(
        connection, "league_table", scope_unit_id=990000, block="department", period="2025-08", state="frozen"
    )
    assert august["rows"][0]["top2"]["previous_value"] == "100.00"


async def test_closing_waits_for_whoever_is_recording(connection, database, registers, work):
    await respond_many(connection, {5: 5})
    await work()
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", CLOSING_LOCK)
        closing = asyncio.create_task(close_periods(database, registers, limit=1))
        await asyncio.sleep(0.3)
        assert not closing.done()
        assert await connection.fetchval("SELECT count(*) FROM period_closing") == 0
    assert len(await closing) == 1


async def test_a_table_written_while_its_period_was_open_is_renewed_when_it_is_over(
    connection, database, registers, work
):
    await respond(connection, day=dt.date(2026, 3, 10))
    await work()
    written = MARCH.closes_at - dt.timedelta(days=20)
    await connection.execute(
        "UPDATE league_table SET as_of = $1, document = jsonb_set(document, '{partial}', 'true') WHERE period = '2026-03'",
        written,
    )
    announced = set()
    assert {code for _, _, code, _ in await announce_overdue(database, announced)} == {"2026-03"}
    assert await announce_overdue(database, announced) == []
    await recompute(database, registers)
    assert (
        await document(connection, "league_table", scope_unit_id=0, block="province", period="2026-03", state="current")
    )["partial"] is False


async def test_tables_older_than_the_register_of_units_are_renewed(connection, database, registers, work):
    await respond(connection, day=dt.date(2026, 3, 10))
    await work()
    assert await announce_overdue(database, set()) == []
    await connection.execute(
        "INSERT INTO register_load (revision, register, sha256, summary, recorded_at) SELECT max(revision) + 1, 'units', '', '{}', clock_timestamp() FROM register_load"
    )
    assert {code for _, _, code, _ in await announce_overdue(database, set())} == {
        "2026-03",
        "2026-Q1",
        "2026-H1",
        "2026",
    }
    assert (await recompute(database, registers)).tables == 8
    assert await announce_overdue(database, set()) == []
