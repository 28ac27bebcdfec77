import asyncio
import datetime as dt
import hashlib
import json

import pytest

from parindex.engine.digest import canonical_json
from parindex.engine.period import Period, local_day
from ranking_worker.exposures import ExposureBook
from ranking_worker.merge import merge
from ranking_worker.recompute import affected, recompute
from ranking_worker.store import Written
from support.facts import change, document, respond, respond_many

pytestmark = pytest.mark.database
MARCH = dt.date(2026, 3, 10)
FEBRUARY = dt.date(2026, 2, 10)


async def table(connection, scope, block, period, state="current"):
    return await document(connection, "league_table", scope_unit_id=scope, block=block, period=period, state=state)


def row(document, unit_id):
    return next(row for row in document["rows"] if row["unit_id"] == unit_id)


async def test_responses_become_results_and_tables_of_all_four_periods(connection, work):
    await respond_many(connection, {5: 6, 2: 2}, unit_id=990001)
    await respond_many(connection, {5: 3, 2: 5}, unit_id=990002)
    await work()
    for period in ("2026-03", "2026-Q1", "2026-H1", "2026"):
        result = await document(connection, "unit_result", unit_id=990001, period=period, state="current")
        assert (result["responses"], result["whole"]["top2"]["value"]) == (8, "75.00")
        departments = await table(connection, 990000, "department", period)
        assert [row(departments, unit)["top2"]["rank"] for unit in (990001, 990002, 990003)] == [1, 2, None]
        assert departments["counts"] == {"members": 8, "ranked": 2, "unranked": 6, "without_responses": 6}
        assert departments["scope_result"]["top2"]["value"] == "56.25"
        provinces = await table(connection, 0, "province", period)
        assert row(provinces, 990000)["responses"] == 16
        assert row(provinces, 980000)["unranked_reason"] == "no_responses"
    assert await table(connection, 990000, "commune", "2026-03") is None
    assert await connection.fetchval("SELECT count(*) FROM due") == 0


async def test_a_withdrawal_moves_the_table_and_the_last_one_removes_it(connection, work):
    facts = await respond_many(connection, {5: 5, 2: 5}, unit_id=990001)
    await work()
    assert row(await table(connection, 990000, "department", "2026-03"), 990001)["top2"]["value"] == "50.00"
    for fact in facts[5:]:
        await change(connection, fact, "withdrawn", -1)
    await work()
    assert row(await table(connection, 990000, "department", "2026-03"), 990001)["top2"]["value"] == "100.00"
    for fact in facts[:5]:
        await change(connection, fact, "withdrawn", -1)
    await work()
    assert await connection.fetchval("SELECT count(*) FROM league_table") == 0
    assert await connection.fetchval("SELECT count(*) FROM unit_result") == 0


async def test_the_change_against_last_month_follows_a_late_response(connection, work):
    await respond_many(connection, {5: 5, 2: 5}, unit_id=990001, day=FEBRUARY)
    await respond_many(connection, {5: 6, 2: 4}, unit_id=990002, day=FEBRUARY)
    await respond_many(connection, {5: 10}, unit_id=990001, day=MARCH)
    await work()
    march = row(await table(connection, 990000, "department", "2026-03"), 990001)["top2"]
    assert (march["change_points"], march["change_places"], march["previous_rank"]) == ("50.00", 1, 2)
    await respond_many(connection, {5: 10}, unit_id=990001, day=FEBRUARY)
    await work()
    march = row(await table(connection, 990000, "department", "2026-03"), 990001)["top2"]
    assert (march["previous_value"], march["change_points"], march["change_places"]) == ("75.00", "25.00", 0)


async def test_full_predecessors_are_pooled_and_marked_constructed(connection, work, registers):
    predecessor, successor = await connection.fetchrow(
        "SELECT predecessor_id, successor_id FROM unit_lineage l JOIN unit u ON u.unit_id = successor_id"
        " WHERE extent = 'full' AND u.kind = 'province' ORDER BY 1 LIMIT 1"
    )
    before, after = dt.date(2025, 6, 10), dt.date(2025, 7, 10)
    own = {"realm": "sandbox", "tenant_id": predecessor}
    await respond_many(connection, {5: 6}, unit_id=predecessor, day=before, **own)
    await respond_many(connection, {2: 6}, unit_id=successor, day=after, **own)
    await work()
    year = row(await table(connection, 0, "province", "2025"), successor)
    assert (year["responses"], year["top2"]["value"], year["constructed"], year["pooled_unit_ids"]) == (
        12,
        "50.00",
        True,
        [predecessor],
    )
    july = row(await table(connection, 0, "province", "2025-07"), successor)
    assert (july["responses"], july["constructed"]) == (6, False)
    june = await table(connection, 0, "province", "2025-06")
    assert len(june["rows"]) == 63
    assert len((await table(connection, 0, "province", "2025-07"))["rows"]) == 34
    assert row(june, predecessor)["responses"] == 6


async def test_the_successor_is_renewed_when_only_a_predecessor_was_touched(connection, work):
    predecessor, successor = await connection.fetchrow(
        "SELECT predecessor_id, successor_id FROM unit_lineage l JOIN unit u ON u.unit_id = successor_id"
        " WHERE extent = 'full' AND u.kind = 'commune' ORDER BY 1 LIMIT 1"
    )
    await respond_many(connection, {5: 6}, unit_id=predecessor, tenant_id=0, realm="sandbox", day=dt.date(2025, 6, 10))
    await work()
    result = await document(connection, "unit_result", unit_id=successor, period="2025", state="current")
    assert (result["responses"], result["pooled_unit_ids"], result["constructed"]) == (6, [predecessor], True)


async def test_partial_predecessors_are_listed_and_not_carried(connection, work):
    predecessor, successor = await connection.fetchrow(
        "SELECT predecessor_id, successor_id FROM unit_lineage WHERE extent = 'partial' ORDER BY 1, 2 LIMIT 1"
    )
    await respond_many(connection, {5: 6}, unit_id=successor, tenant_id=0, realm="sandbox", day=dt.date(2025, 8, 1))
    await respond_many(connection, {2: 6}, unit_id=predecessor, tenant_id=0, realm="sandbox", day=dt.date(2025, 6, 1))
    await work()
    result = await document(connection, "unit_result", unit_id=successor, period="2025", state="current")
    assert (result["responses"], predecessor in result["partial_predecessors"], result["whole"]["top2"]["value"]) == (
        6,
        True,
        "100.00",
    )


async def test_an_open_period_is_marked_partial_and_an_ended_one_is_not(connection, work):
    today = local_day(dt.datetime.now(dt.UTC))
    await respond(connection, day=today)
    await respond(connection, day=dt.date(2025, 12, 1))
    await work()
    tables = await connection.fetch(
        "SELECT period, (document->>'partial')::bool AS partial FROM league_table WHERE scope_unit_id = 0"
    )
    assert {record["period"]: record["partial"] for record in tables}["2025-12"] is False
    assert {record["period"]: record["partial"] for record in tables}[f"{today.year}"] is True


async def test_a_result_knows_the_response_rate_of_its_whole_subtree(connection, database, registers, work):
    await connection.executemany(
        "INSERT INTO exposure (tenant_id, system_id, unit_id, collected_via, local_day, revision, realm, offered, asked, credential_id,"
        " recorded_at) VALUES (990000, 1, $1, 'kiosk', $2, $3, 'synthetic', $4, $5, 'c', now())",
        [(990001, MARCH, 1, 999, 999), (990001, MARCH, 2, 30, 16), (990002, MARCH, 1, 10, 4)],
    )
    await respond_many(connection, {5: 5}, unit_id=990001)
    await work()
    own = await document(connection, "unit_result", unit_id=990001, period="2026-03", state="current")
    province = await document(connection, "unit_result", unit_id=990000, period="2026-03", state="current")
    assert own["exposure"] == {"offered": 30, "asked": 16, "response_rate": "31.25"}
    assert province["exposure"] == {"offered": 40, "asked": 20, "response_rate": "25.00"}


async def test_counts_of_people_asked_that_were_committed_late_are_found(connection, registers):
    add = (
        "INSERT INTO exposure (tenant_id, system_id, unit_id, collected_via, local_day, revision, realm, offered, asked, credential_id,"
        " recorded_at) VALUES (990000, $1, 990001, 'kiosk', $2, 1, 'synthetic', 10, 5, 'c', now() - make_interval(secs => $3))"
    )
    book, now = ExposureBook(), dt.datetime.now(dt.UTC)
    await registers.renew(connection)
    await connection.execute(add, 1, MARCH, 0)
    await book.renew(connection, registers.current, now)
    await connection.execute(add, 2, MARCH, 3600)
    await book.renew(connection, registers.current, now + dt.timedelta(minutes=2))
    assert book.of("synthetic", 990001, Period.parse("2026-03")).offered == 20


async def test_recomputing_twice_or_at_once_writes_the_same_documents(connection, database, registers, work):
    await respond_many(connection, {5: 6, 2: 2}, unit_id=990001)
    await work()

    async def digests():
        return {
            tuple(record)[:-1]: record["sha256"]
            for record in await connection.fetch("SELECT scope_unit_id, block, period, sha256 FROM league_table")
        }

    first = await digests()
    await connection.execute(
        "INSERT INTO due (tenant_id, realm, instrument_version_id, unit_id, month) SELECT DISTINCT tenant_id, realm, instrument_version_id, unit_id, month FROM tally"
    )
    await asyncio.gather(*(recompute(database, registers, ExposureBook()) for _ in range(4)))
    assert await digests() == first
    assert len(first) == 8


async def test_the_order_and_grouping_of_deltas_change_no_table(connection, database, registers, work):
    for answers in ((5,), (2,), (4,), (None,), (-1,), (-105,)) * 3:
        await respond(connection, answers=answers, unit_id=990001)
        await respond(connection, answers=answers, unit_id=990101, collected_via="qr")
        if answers == (2,):
            await merge(database, registers, limit=1)
            await recompute(database, registers)
    await work()
    grouped = await table(connection, 990000, "department", "2026-03")
    await connection.execute("TRUNCATE rollup, rollup_procedure, tally, unit_result, league_table, response_delta, due")
    facts = await connection.fetch("SELECT unit_id, answers, collected_via FROM response ORDER BY md5(response_id)")
    await connection.execute("TRUNCATE response")
    for fact in facts:
        await respond(connection, answers=fact["answers"], unit_id=fact["unit_id"], collected_via=fact["collected_via"])
    await work()
    assert await table(connection, 990000, "department", "2026-03") == grouped


async def test_the_stored_bytes_are_canonical_and_hashed(connection, work):
    await respond_many(connection, {5: 6}, unit_id=990001)
    await work()
    for name in ("unit_result", "league_table"):
        for text, digest in await connection.fetch(f"SELECT document::text, sha256 FROM {name}"):
            assert hashlib.sha256(canonical_json(json.loads(text))).digest() == digest


def test_the_fast_encoding_is_the_canonical_one():
    tricky = {"b": 'Huế "\\ \n \u001f €', "a": [1, None, True, "😀"], "Z": {"y": "1.00", "x": {}}}
    assert Written.of(tricky).text.encode() == canonical_json(tricky)


async def test_a_touched_month_moves_its_four_periods_and_the_successors(registers, database):
    async with database.connection() as reading:
        await registers.renew(reading)
    units = affected(registers.current, [(106, dt.date(2025, 6, 1))])
    assert {period.code for period in units} == {"2025-06", "2025-Q2", "2025-H1", "2025"}
    assert units[Period.parse("2025")] == {106, 219}
