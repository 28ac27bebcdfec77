import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ranking_worker.merge import merge
from ranking_worker.rebuild import rebuild
from ranking_worker.reconcile import RECONCILE_LOCK, reconcile
from ranking_worker.recount import ROLLUP_KEYS, recount
from support.facts import change, respond, respond_many

pytestmark = pytest.mark.database
COUNTS = "SELECT * FROM {} ORDER BY 1, 2, 3, 4, 5, 6, 7"


async def some_of_everything(connection):
    """Repeats, withdrawals, promotions; two questionnaires, one of them weighted; every kind of answer code."""
    await respond_many(connection, {5: 3, 4: 2, 2: 1}, unit_id=990001)
    for answers in ((None,), (-1,), (-2,), (-105,)):
        await respond(connection, unit_id=990002, answers=answers, collected_via="qr", procedure_base="")
    withdrawn = await respond(connection, unit_id=990101)
    await change(connection, withdrawn, "withdrawn", -1)
    repeat = await respond(connection, unit_id=990101, delta=False)
    await change(connection, repeat, "repeat", -1)
    await connection.execute("DELETE FROM response_delta WHERE delta_id = (SELECT max(delta_id) FROM response_delta)")
    await change(connection, repeat, "promoted", 1)
    for weight in ("1.25", "0.333"):
        await respond(
            connection,
            unit_id=990003,
            instrument="SIPAS-2017",
            answers=[5, 4, 3, 2, 1, None, -1, -2, -104] + [4] * 13,
            weight=Decimal(weight),
        )


async def found(database, registers):
    return {outcome.realm: outcome for outcome in await reconcile(database, registers)}


async def test_rollups_and_waiting_deltas_are_a_recount_of_the_counted_responses(connection, database, registers):
    await some_of_everything(connection)
    assert (await found(database, registers))["synthetic"].mismatches == 0
    await merge(database, registers, limit=4)
    outcome = (await found(database, registers))["synthetic"]
    assert (outcome.mismatches, outcome.responses) == (0, 13)
    await merge(database, registers)
    outcome = (await found(database, registers))["synthetic"]
    assert (outcome.mismatches, outcome.responses) == (0, 13)
    recorded = await connection.fetch("SELECT mismatches FROM reconciliation WHERE realm = 'synthetic'")
    assert [row["mismatches"] for row in recorded] == [0, 0, 0]


@pytest.mark.parametrize(
    ("damage", "counts"),
    [
        ("UPDATE rollup SET n = n + 1 WHERE unit_id = 990001 AND item = 1 AND code = 5", "rollup"),
        ("UPDATE rollup SET w = w + 0.001 WHERE unit_id = 990003 AND item = 2", "rollup"),
        ("DELETE FROM rollup WHERE unit_id = 990002 AND item = 1 AND code = -4", "rollup"),
        ("UPDATE tally SET n = n - 1 WHERE unit_id = 0 AND item = 0", "tally"),
        ("DELETE FROM response WHERE unit_id = 990002 AND answers = '{-1}'", "rollup"),
    ],
)
async def test_a_lost_or_doubled_count_is_found_and_named(connection, database, registers, damage, counts):
    await some_of_everything(connection)
    await merge(database, registers)
    await connection.execute(damage)
    outcome = (await found(database, registers))["synthetic"]
    assert outcome.mismatches >= 1
    assert counts in {entry["counts"] for entry in outcome.detail}
    assert (
        await connection.fetchval("SELECT mismatches FROM reconciliation WHERE realm = 'synthetic'")
        == outcome.mismatches
    )


async def test_a_rebuild_gives_the_counts_that_merging_gave(connection, database, registers):
    await some_of_everything(connection)
    await merge(database, registers)
    tables = ("rollup", "rollup_procedure", "tally")
    merged = [await connection.fetch(COUNTS.format(table)) for table in tables]
    await connection.execute("UPDATE rollup SET n = 77; DELETE FROM tally WHERE item = 1; DELETE FROM rollup_procedure")
    await respond(connection, unit_id=990001, answers=(5,))
    await merge(database, registers)
    await connection.execute(
        "DELETE FROM response WHERE response_id = (SELECT response_id FROM response ORDER BY length(response_id) DESC, response_id DESC LIMIT 1)"
    )
    await rebuild(database, registers)
    assert [await connection.fetch(COUNTS.format(table)) for table in tables] == merged
    assert (await found(database, registers))["synthetic"].mismatches == 0


async def test_a_rebuild_takes_the_waiting_deltas_with_it(connection, database, registers, work):
    await respond_many(connection, {5: 4})
    await rebuild(database, registers)
    assert await connection.fetchval("SELECT count(*) FROM response_delta") == 0
    await work()
    assert await connection.fetchval("SELECT sum(n)::int FROM tally WHERE unit_id = 0 AND item = 0") == 4
    assert await connection.fetchval("SELECT count(*) FROM league_table") == 8


async def test_only_one_process_recounts_at_a_time(connection, database, registers):
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", RECONCILE_LOCK)
        assert await reconcile(database, registers) == []
    assert len(await reconcile(database, registers)) == 3


async def test_a_recount_neither_unnests_nor_joins_the_big_table(connection, database, registers):
    async with database.connection() as reading:
        await registers.renew(reading)
    for instrument in registers.current.instruments.instruments:
        big, _, changes = recount(instrument, ROLLUP_KEYS).rpartition("UNION ALL\nSELECT fact.")
        assert "unnest" not in big
        assert "JOIN response" not in big.upper().replace("CROSS JOIN LATERAL (VALUES", "")
        assert "response_change" in changes


moves = st.lists(
    st.tuples(
        st.sampled_from([990001, 990002, 990101]),
        st.sampled_from([5, 4, 2, None, -1, -2, -105]),
        st.booleans(),
        st.integers(0, 3),
    ),
    max_size=12,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves, st.integers(min_value=1, max_value=5))
async def test_merging_deltas_in_any_grouping_equals_the_recount(connection, database, registers, moves, limit):
    for table in (
        "response",
        "response_change",
        "response_delta",
        "rollup",
        "rollup_procedure",
        "tally",
        "due",
        "reconciliation",
    ):
        await connection.execute(f"DELETE FROM {table}")
    for unit_id, answer, withdrawn, day in moves:
        fact = await respond(connection, unit_id=unit_id, answers=(answer,), day=dt.date(2026, 3, 10 + day))
        if withdrawn:
            await change(connection, fact, "withdrawn", -1)
        if day == 0:
            await merge(database, registers, limit=limit)
    assert {outcome.mismatches for outcome in await reconcile(database, registers)} == {0}
    while (await merge(database, registers, limit=limit)).full:
        pass
    outcomes = {outcome.realm: outcome for outcome in await reconcile(database, registers)}
    assert outcomes["synthetic"].mismatches == 0
    assert outcomes["synthetic"].responses == sum(not withdrawn for _, _, withdrawn, _ in moves)
