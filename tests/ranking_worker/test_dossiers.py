"""Dossiers on the worker's side: counts are a recount at any moment, frozen figures stand, late changes are restated."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from parindex.db.dossiers import load_procedures, offered_under, read_petitions, read_sums
from parindex.dossiers.figures import gather
from parindex.dossiers.sums import NAMES, Sums, added
from parindex.engine.period import Period
from parindex.register.work_calendar import import_calendar
from ranking_worker.dossiers.count import count, count_stale
from ranking_worker.dossiers.freeze import Freezer, closable, sums_in
from ranking_worker.dossiers.ground import GroundCache
from ranking_worker.dossiers.recount import compare_dossiers, rebuild_dossiers
from ranking_worker.reconcile import reconcile
from ranking_worker.worker import Worker
from support.dossier_lives import lives
from support.dossier_rows import REALM, TENANT, know_procedures, receive
from support.dossiers import PROCEDURES, at, version
from support.naive_dossiers import recount

pytestmark = pytest.mark.database
QUARTER = Period.parse("2026-Q3")
UNITS = (990001, 990002, 990101)
ROLLUP = "SELECT * FROM dossier_rollup ORDER BY 1, 2, 3, 4, 5, 6"
OWN_CALENDAR = """
calendar: example
version: "1"
title_vi: Ngày nghỉ của tỉnh
title_en: Days of a province
years: [2026]
sources: {decision: {title: "Quyết định giả định 2/QĐ-UBND"}}
days: [{day: 2026-09-03, works: false, title_vi: Nghỉ, provenance: declared, source: decision}]
"""


@pytest.fixture
def grounds():
    return GroundCache()


@pytest.fixture
def counted(database, grounds):
    """Counts everything that waits."""

    async def run():
        while (await count(database, grounds)).full:
            pass

    return run


def some_lives(on_time: int = 33, late: int = 21, seed: int = 5):
    return list(lives(on_time, late, seed=seed, first=QUARTER.first, last=QUARTER.last, unit_ids=UNITS))


def naive(made, last: dt.date = QUARTER.last) -> Counter:
    total: Counter = Counter()
    for life in made:
        total += recount(life.versions, life.steps, PROCEDURES, last)
    return total


async def sums(connection, registers, unit_id: int = 990000, first=QUARTER.first, last=QUARTER.last) -> Sums:
    await registers.renew(connection)
    by_procedure = await read_sums(connection, registers.current.units, REALM, unit_id, first, last, last)
    return added(by_procedure.values())


async def mismatches(connection, grounds) -> int:
    async with connection.transaction(isolation="repeatable_read"):
        return sum(one.mismatches for one in (await compare_dossiers(connection, grounds)).values())


async def test_the_rollup_is_an_independent_recount_whatever_the_order_of_arrival(
    connection, registers, grounds, counted
):
    await know_procedures(connection)
    made = some_lives()
    for life in made[::2]:
        await receive(connection, life.versions[:1], life.steps)
    for life in made[1::2]:
        await receive(connection, [], life.steps)
    await counted()
    assert await mismatches(connection, grounds) == 0
    for life in made[::2]:
        await receive(connection, life.versions[1:])
    for life in reversed(made[1::2]):
        await receive(connection, life.versions)
    assert await mismatches(connection, grounds) == 0
    await counted()
    total, expected = await sums(connection, registers), naive(made)
    assert {"n": total.n, "on_time": total.all_on_time, "late": total.all_late} == {
        name: expected[name] for name in ("n", "on_time", "late")
    }
    for name in ("ended", "online", "fee_due", "paid_online", "result_electronic", "digitised", "reused", "population"):
        assert getattr(total, name) == expected[name], name
    assert await mismatches(connection, grounds) == 0
    assert await connection.fetchval("SELECT count(*) FROM dossier_touched") == 0


async def test_an_open_dossier_is_judged_on_any_day_without_being_counted_again(connection, registers, counted):
    await receive(connection, [version(1, 4, unit_id=990001, due_at="10/9 17:00")])
    await counted()
    first = QUARTER.first
    await registers.renew(connection)
    for day, late in (("9/9", 0), ("10/9", 1)):
        rows = await read_sums(connection, registers.current.units, REALM, 990001, first, QUARTER.last, at(day).date())
        assert (added(rows.values()).all_late, added(rows.values()).n) == (late, 1)


async def test_a_unit_has_its_own_dossiers_and_those_under_it(connection, registers, counted):
    made = some_lives()
    await receive(connection, [one for life in made for one in life.versions])
    await counted()
    parts = [await sums(connection, registers, unit_id) for unit_id in UNITS]
    assert sum(part.n for part in parts) == len(made) == (await sums(connection, registers)).n
    assert (await sums(connection, registers, 0)).n == len(made)
    assert (await sums(connection, registers, 990000, last=dt.date(2026, 7, 1))).n < len(made)


async def test_a_later_version_takes_out_what_the_earlier_one_counted(connection, counted):
    await receive(connection, [version(1, 4, unit_id=990001)])
    await counted()
    await receive(connection, [version(2, 9, unit_id=990002, finished_at="3/9")])
    await counted()
    rows = await connection.fetch("SELECT unit_id, n, ended, on_time, late_from FROM dossier_rollup")
    assert [tuple(row) for row in rows] == [(990002, 1, 1, 1, dt.date.max)]
    await receive(connection, [version(3, 3, unit_id=990002)])
    await receive(connection, [version(1, 3, dossier_key="H99.101-260901-0002")])
    await counted()
    assert await connection.fetchval("SELECT accepted_day FROM dossier_counted WHERE dossier_key LIKE '%2'") is None


async def test_two_counters_at_once_count_each_dossier_once(connection, database, grounds):
    for life in some_lives(22, 14):
        await receive(connection, life.versions, life.steps)
    await asyncio.gather(*(count(database, GroundCache(), limit=5) for _ in range(8)))
    assert await connection.fetchval("SELECT sum(n) FROM dossier_rollup") == 36
    assert await mismatches(connection, grounds) == 0


@pytest.mark.parametrize(
    ("damage", "kinds"),
    [
        ("UPDATE dossier_rollup SET late = late + 1", {"dossier_rollup"}),
        ("DELETE FROM dossier_rollup", {"dossier_rollup"}),
        ("UPDATE dossier_counted SET measures = measures + 4", {"dossier_counted"}),
        ("DELETE FROM dossier_counted", {"dossier_counted"}),
    ],
)
async def test_a_recount_finds_what_was_lost_or_doubled_and_a_rebuild_repairs_it(
    connection, database, registers, counted, grounds, damage: str, kinds: set[str]
):
    await receive(connection, [version(1, 4, unit_id=990001)])
    await counted()
    before = await connection.fetch(ROLLUP)
    await connection.execute(damage)
    outcome = {one.realm: one for one in await reconcile(database, registers)}[REALM]
    assert {entry["counts"] for entry in outcome.detail} == kinds
    assert (outcome.mismatches, outcome.dossiers) == (1, 1)
    assert await rebuild_dossiers(database, grounds) == 1
    assert await connection.fetch(ROLLUP) == before
    assert await mismatches(connection, grounds) == 0


async def test_a_rebuild_gives_the_same_counts(connection, database, counted, grounds):
    for life in some_lives():
        await receive(connection, life.versions, life.steps)
    await counted()
    before = await connection.fetch(ROLLUP)
    assert await rebuild_dossiers(database, grounds) == 54
    assert await connection.fetch(ROLLUP) == before


async def test_another_calendar_or_procedure_counts_exactly_the_dossiers_that_it_touches_anew(
    connection, database, counted, grounds
):
    await know_procedures(connection)
    no_due = version(1, 4, unit_id=990001, due_at=None)
    await receive(connection, [no_due, replace(no_due, dossier_key="H99.101-260901-0002", procedure_base="1.000002")])
    await counted()
    days = "SELECT procedure_base, late_from FROM dossier_counted ORDER BY 1"
    assert [tuple(row) for row in await connection.fetch(days)] == [
        ("1.000001", dt.date(2026, 9, 8)),
        ("1.000002", dt.date(2026, 9, 4)),
    ]
    assert await count_stale(database, grounds) == 0
    await import_calendar(connection, OWN_CALENDAR, file="own.yaml")
    assert await count_stale(database, grounds) == 2
    assert [row[1] for row in await connection.fetch(days)] == [dt.date(2026, 9, 9), dt.date(2026, 9, 7)]
    await know_procedures(connection, {"1.000001": replace(PROCEDURES["1.000001"], limit=Decimal(4))})
    assert await mismatches(connection, GroundCache()) == 0
    assert await count_stale(database, grounds) == 1
    assert [row[1] for row in await connection.fetch(days)] == [dt.date(2026, 9, 10), dt.date(2026, 9, 7)]
    assert await mismatches(connection, grounds) == 0


async def test_the_worker_counts_what_waits_and_then_what_is_stale(connection, settings):
    worker = Worker(settings)
    try:
        await receive(connection, [version(1, 4, unit_id=990001)])
        while await worker.count():
            pass
        assert await connection.fetchval("SELECT n FROM dossier_rollup") == 1
        await know_procedures(connection)
        while await worker.count():
            pass
        label = await connection.fetchval("SELECT rules FROM dossier_counted")
        assert label.startswith("portal-766@2026-1.")
        assert not label.endswith("unknown")
    finally:
        await worker.database.close()


async def petitions(connection, unit_id: int, month: str, *, revision: int = 1, recorded: str = "1/10", due: int = 9):
    await connection.execute(
        "INSERT INTO petition_count VALUES ($1, 1, $2, $3, $4, $5, 10, 4, 3, $7, 8, 6, 2, 'c', $6)",
        TENANT,
        unit_id,
        dt.date.fromisoformat(month),
        revision,
        REALM,
        at(recorded),
        due,
    )


async def test_petitions_of_the_newest_revision_add_up_over_units_and_months(connection, registers):
    await petitions(connection, 990001, "2026-07-01")
    await petitions(connection, 990001, "2026-07-01", revision=2, due=8)
    await petitions(connection, 990002, "2026-08-01")
    await registers.renew(connection)
    units = registers.current.units
    whole = await read_petitions(connection, units, REALM, 990000, QUARTER)
    assert whole is not None
    assert (whole.received, whole.due, whole.dossiers_complained, whole.months_missing) == (20, 17, 4, 1)
    assert await read_petitions(connection, units, REALM, 990101, QUARTER) is None


async def freeze_all(connection, database, registers, grounds) -> list[tuple[str, str]]:
    freezer, frozen = Freezer(database, registers, grounds), []
    while some := await freezer.step():
        frozen += some
    return frozen


async def documents(connection, period: str = "2026-Q3") -> dict[int, dict]:
    rows = await connection.fetch("SELECT unit_id, document::text FROM dossier_figures WHERE period = $1", period)
    return {row[0]: json.loads(row[1]) for row in rows}


async def test_a_closed_period_is_frozen_once_from_what_was_recorded_in_time(
    connection, database, registers, grounds, counted
):
    await know_procedures(connection)
    made = some_lives()
    await petitions(connection, 990001, "2026-07-01")
    await petitions(connection, 990001, "2026-07-01", revision=2, recorded="20/10")
    for life in made:
        await receive(connection, life.versions, life.steps)
    await receive(connection, [version(1, 4, unit_id=990001, dossier_key="late", recorded_at="17/10")])
    await counted()
    frozen = await freeze_all(connection, database, registers, grounds)
    assert frozen == [(REALM, "2026-07"), (REALM, "2026-08"), (REALM, "2026-09"), (REALM, "2026-Q3")]
    assert await freeze_all(connection, database, registers, GroundCache()) == []
    stored, expected = await documents(connection), naive(made)
    province = stored[990000]
    assert stored[0]["dossiers"] == province["dossiers"]
    assert province["dossiers"]["n"] == expected["n"] == len(made)
    assert province["petitions"]["due"] == 9
    assert province["figures"]["progress_on_time"] == {"numerator": expected["on_time"], "denominator": expected["n"]}
    assert province["figures"]["dossier_online"]["missing"] == "sync_unknown"
    assert sum(stored[unit_id]["dossiers"]["n"] for unit_id in UNITS) == len(made)
    assert added(sums_in(province).values()) == Sums(**province["dossiers"])
    assert (await sums(connection, registers)).n == len(made) + 1
    quarter = await read_sums(
        connection, registers.current.units, REALM, 990000, QUARTER.first, QUARTER.last, QUARTER.last
    )
    offered = offered_under(registers.current.units, await load_procedures(connection), 990000, QUARTER.last, REALM)
    restated = gather(
        quarter, offered, await read_petitions(connection, registers.current.units, REALM, 990000, QUARTER)
    )
    assert restated["progress_on_time"].denominator == len(made) + 1


async def test_a_period_that_closed_before_anything_was_received_is_neither_frozen_nor_restated(connection, counted):
    await receive(connection, [version(1, 9, finished_at="3/9", recorded_at="20/10")])
    await counted()
    assert await closable(connection, at("20/11")) == []
    assert await connection.fetchval("SELECT count(*) FROM dossier_restatement") == 0


HAZARDS = {
    "due_date_reset": [version(1, 9, finished_at="9/9"), version(2, 9, finished_at="9/9", due_at="9/9 17:00")],
    "end_date_reset": [version(1, 9, finished_at="9/9"), version(2, 9, finished_at="4/9 17:00")],
    "unit_moved": [version(1, 4), version(2, 4, unit_id=990002)],
    "accepted_date_reset": [version(1, 4), version(2, 4, accepted_at="1/8")],
    "late_version": [version(2, 9, finished_at="9/9")],
}


@pytest.mark.parametrize("cause", HAZARDS)
async def test_what_changes_a_closed_period_is_restated_with_its_cause(
    connection, database, registers, grounds, counted, cause: str
):
    versions = [replace(one, unit_id=one.unit_id if one.unit_id > 1 else 990001) for one in HAZARDS[cause]]
    early = [replace(one, recorded_at=at("5/10")) for one in versions if one.version_no == 1]
    late = [replace(one, recorded_at=at("20/10 10:00")) for one in versions if one.version_no == 2]
    other = version(1, 9, dossier_key="other", unit_id=990001, finished_at="4/9", recorded_at="5/9")
    await receive(connection, [other, *early])
    await counted()
    frozen = await freeze_all(connection, database, registers, grounds)
    assert (REALM, "2026-Q3") in frozen
    await receive(connection, late)
    await counted()
    await receive(connection, [], touch=True)
    await connection.execute(
        "INSERT INTO dossier_touched SELECT tenant_id, 999, realm, ARRAY[dossier_key], now() FROM dossier_version LIMIT 1"
    )
    await counted()
    rows = await connection.fetch(
        "SELECT period, cause, before::text, after::text, recorded_at FROM dossier_restatement ORDER BY period"
    )
    assert {row["cause"] for row in rows} == {cause}
    assert {row["recorded_at"] for row in rows} == {at("20/10 10:00")}
    assert [row["period"] for row in rows if row["period"] == "2026-Q3"] == ["2026-Q3"]
    if cause == "accepted_date_reset":
        assert [row["period"] for row in rows] == ["2026-08", "2026-09", "2026-Q3"]
    await assert_that_frozen_and_restated_make_the_current_figures(connection, registers, rows)


async def assert_that_frozen_and_restated_make_the_current_figures(connection, registers, rows):
    frozen = (await documents(connection))[990000]["dossiers"]
    moved: Counter = Counter()
    for row in rows:
        if row["period"] == "2026-Q3":
            for sign, text in ((-1, row["before"]), (1, row["after"])):
                standing = json.loads(text) if text else None
                if standing:
                    moved.update(dict.fromkeys(standing["measures"], sign))
                    moved.update({"n": sign, "all_late": sign * standing["late"]})
    current = await sums(connection, registers)
    before = Sums(**frozen)
    assert before.all_late + moved.pop("all_late", 0) == current.all_late
    for name in set(NAMES) - {"ended", "on_time", "late", "open_within", "open_late", "timed", "working_minutes"}:
        assert frozen[name] + moved[name] == getattr(current, name), name


async def test_what_was_recorded_in_time_is_no_restatement_however_late_the_worker_comes(connection, counted):
    versions = [version(1, 4, recorded_at="5/10"), version(2, 9, finished_at="9/9", recorded_at="6/10")]
    await receive(connection, versions)
    await counted()
    assert await connection.fetchval("SELECT count(*) FROM dossier_restatement") == 0
