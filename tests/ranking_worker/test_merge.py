import asyncio
import datetime as dt

import pytest

from ranking_worker.merge import merge
from support.facts import change, respond, respond_many

pytestmark = pytest.mark.database


async def tally(connection, unit_id, **key):
    conditions = "".join(f" AND {name} = ${place}" for place, name in enumerate(key, 2))
    rows = await connection.fetch(
        f"SELECT item, code, sum(n)::int AS n FROM tally WHERE unit_id = $1{conditions} GROUP BY 1, 2",
        unit_id,
        *key.values(),
    )
    return {(row["item"], row["code"]): row["n"] for row in rows}


async def test_a_merge_moves_the_unit_and_everyone_above_it(connection, database, registers):
    await respond_many(connection, {5: 2, 2: 1}, unit_id=990001)
    await respond(connection, unit_id=990001, answers=(None,))
    merged = await merge(database, registers)
    assert (merged.deltas, merged.full) == (4, False)
    expected = {(0, 0): 4, (1, 5): 2, (1, 2): 1, (1, -3): 1}
    for unit_id in (990001, 990000, 0):
        assert await tally(connection, unit_id) == expected
    assert await connection.fetchval("SELECT count(*) FROM response_delta") == 0
    assert {row["unit_id"] for row in await connection.fetch("SELECT unit_id FROM due")} == {990001, 990000, 0}


async def test_merging_nothing_changes_nothing(connection, database, registers):
    assert (await merge(database, registers)).deltas == 0
    assert await connection.fetchval("SELECT count(*) FROM worker_state") == 0


async def test_realms_and_circumstances_never_mix(connection, database, registers):
    await respond(connection, unit_id=101, tenant_id=101, realm="production")
    await respond(connection, unit_id=101, tenant_id=101, realm="sandbox", collected_via="qr")
    await respond(connection, unit_id=101, tenant_id=101, realm="sandbox", collected_via="kiosk")
    await merge(database, registers)
    assert await tally(connection, 0, realm="production") == {(0, 0): 1, (1, 5): 1}
    assert await tally(connection, 0, realm="sandbox") == {(0, 0): 2, (1, 5): 2}
    rows = await connection.fetch("SELECT realm, collected_via, n::int FROM rollup WHERE item = 0 ORDER BY 1, 2")
    assert [tuple(row) for row in rows] == [("production", "kiosk", 1), ("sandbox", "kiosk", 1), ("sandbox", "qr", 1)]
    assert {row["realm"] for row in await connection.fetch("SELECT realm FROM worker_state")} == {
        "production",
        "sandbox",
    }


async def test_a_count_that_comes_back_to_zero_is_no_row(connection, database, registers):
    fact = await respond(connection)
    await merge(database, registers)
    await change(connection, fact, "withdrawn", -1)
    await merge(database, registers)
    for table in ("rollup", "rollup_procedure", "tally"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_a_procedure_is_counted_by_month_in_the_coarser_rollup(connection, database, registers):
    await respond(connection, procedure_base="1.000894", day=dt.date(2026, 3, 2))
    await respond(connection, procedure_base="1.000894", day=dt.date(2026, 3, 30))
    await respond(connection, procedure_base="")
    await merge(database, registers)
    rows = await connection.fetch("SELECT procedure_base, month, n::int FROM rollup_procedure WHERE item = 0")
    assert [tuple(row) for row in rows] == [("1.000894", dt.date(2026, 3, 1), 2)]


async def test_a_small_batch_limit_gives_the_same_counts(connection, database, registers):
    for fact in await respond_many(connection, {5: 3, 4: 2, 2: 2}):
        await change(connection, fact, "withdrawn", -1) if fact.columns["answers"] == [2] else None
    while (await merge(database, registers, limit=2)).full:
        assert await connection.fetchval("SELECT count(*) FROM tally WHERE n < 0") == 0
    assert await tally(connection, 990001) == {(0, 0): 5, (1, 5): 3, (1, 4): 2}


async def test_mergers_at_once_lose_and_double_nothing(connection, database, registers):
    await respond_many(connection, {5: 20, 4: 20})
    done = await asyncio.gather(*(merge(database, registers, limit=7) for _ in range(8)))
    assert sum(one.deltas for one in done) == 40
    assert await tally(connection, 0) == {(0, 0): 40, (1, 5): 20, (1, 4): 20}


async def test_a_merge_that_fails_leaves_deltas_and_counts_as_they_were(connection, database, registers):
    await respond(connection)
    await connection.execute("ALTER TABLE due ADD CONSTRAINT no_more CHECK (false)")
    with pytest.raises(Exception, match="no_more"):
        await merge(database, registers)
    assert await connection.fetchval("SELECT count(*) FROM response_delta") == 1
    assert await connection.fetchval("SELECT count(*) FROM rollup") == 0
    await connection.execute("ALTER TABLE due DROP CONSTRAINT no_more")
    assert (await merge(database, registers)).deltas == 1


async def test_an_old_commune_without_a_known_parent_counts_for_the_province_of_its_successors(
    connection, database, registers
):
    unit = await connection.fetchval(
        "SELECT u.unit_id FROM unit u JOIN unit_lineage l ON l.predecessor_id = u.unit_id AND l.extent = 'full'"
        " LEFT JOIN unit_parent p USING (unit_id) WHERE u.kind = 'commune' AND p.unit_id IS NULL ORDER BY 1 LIMIT 1"
    )
    day = dt.date(2025, 6, 10)
    await respond(connection, unit_id=unit, tenant_id=0, realm="production", day=day)
    await merge(database, registers)
    chain = registers.current.chain(unit, day)
    assert chain[-1] == 0
    assert registers.current.units.unit(chain[-2]).kind == "province"
    for above in chain:
        assert await tally(connection, above) == {(0, 0): 1, (1, 5): 1}
