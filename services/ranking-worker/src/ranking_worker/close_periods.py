"""Closes periods: the frozen result of the facts recorded before `closes_at`, written once, beside the restated one.

A period closes at 00:00 of the 16th day after its last day. Whenever the worker gets to it, the frozen result is counted
from the facts recorded before that instant; everything later moves only the `current` (restated) rows.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Any

import asyncpg

from parindex.db.clock import wait_for_recorders
from parindex.db.session import Database
from parindex.engine.period import KINDS, Period, local_day
from parindex.instruments.catalogue import Instrument
from ranking_worker.exposures import ExposureBook
from ranking_worker.paths import path_ranges
from ranking_worker.recount import recount
from ranking_worker.registers import RegisterCache, Registers
from ranking_worker.store import Counts, TableKey, Written, read_tables, write_results, write_tables
from ranking_worker.tables import Assembly

CLOSING_WORKER_LOCK = 7660012020
"""Advisory lock of whoever is closing: one process at a time."""
A_RUN = 4
"""Periods closed in one run: the next run goes on."""

_COUNTED = "SELECT DISTINCT realm, month FROM tally WHERE unit_id = 0 AND item = 0"
_WITHDRAWN = """
SELECT change.realm, date_trunc('month', response.local_day)::date AS month, max(change.recorded_at) AS last
FROM response_change AS change JOIN response USING (tenant_id, system_id, response_id)
WHERE change.kind IN ('withdrawn', 'replaced') AND change.delta = -1 GROUP BY 1, 2
"""
"""Months with withdrawn responses: one that lost its last response after closing has no tally left, and a frozen result."""

_KEYS = ("unit_id", "local_day")
UnitDays = list[tuple[int, dt.date]]


def _in_time(first: int) -> str:
    """SQL: the response lies in the period and was recorded before it closed; four parameters from `$first` on."""
    return f"realm = ${first} AND local_day >= ${first + 1} AND local_day < ${first + 2} AND recorded_at < ${first + 3}"


def _bounds(realm: str, period: Period) -> tuple[str, dt.date, dt.date, dt.datetime]:
    return realm, period.first, period.end, period.closes_at


async def close_periods(database: Database, registers: RegisterCache, *, limit: int = A_RUN) -> list[tuple[str, str]]:
    """Closes up to `limit` periods that are past `closes_at` and had responses then. Returns (realm, period) of each.

    Oldest first, so that a frozen table finds the frozen one before it. May run twice or at once: a period is closed in
    one transaction with its `period_closing` row, and that row exists at most once.
    """
    closed: list[tuple[str, str]] = []
    for realm, period in (await _closable(database))[:limit]:
        if await _close(database, registers, realm, period):
            closed.append((realm, period.code))
    return closed


async def _closable(database: Database) -> list[tuple[str, Period]]:
    async with database.connection() as connection:
        now: dt.datetime = await connection.fetchval("SELECT clock_timestamp()")
        counted = await connection.fetch(_COUNTED)
        withdrawn = await connection.fetch(_WITHDRAWN)
        done = {(realm, code) for realm, code in await connection.fetch("SELECT realm, period FROM period_closing")}
    found = {(realm, Period.containing(month, kind)) for realm, month in counted for kind in KINDS}
    for realm, month, last in withdrawn:
        periods = (Period.containing(month, kind) for kind in KINDS)
        found |= {(realm, period) for period in periods if period.closes_at <= last}
    open_still = {
        (realm, period) for realm, period in found if period.closes_at <= now and (realm, period.code) not in done
    }
    return sorted(open_still, key=lambda one: (one[1].closes_at, KINDS.index(one[1].kind), one[0]))


async def _close(database: Database, registers: RegisterCache, realm: str, period: Period) -> bool:
    async with database.transaction() as connection:
        # Every fact recorded before closes_at is committed once this returns, since closes_at has passed.
        await wait_for_recorders(connection)
    async with database.transaction() as connection:
        await connection.execute("SET LOCAL statement_timeout = '30min'")
        await connection.execute("SELECT pg_advisory_xact_lock($1)", CLOSING_WORKER_LOCK)
        if await connection.fetchval(
            "SELECT EXISTS (SELECT FROM period_closing WHERE realm = $1 AND period = $2)", realm, period.code
        ):
            return False
        await registers.renew(connection)
        as_of: dt.datetime = await connection.fetchval("SELECT clock_timestamp()")
        exposures = ExposureBook()
        await exposures.renew(connection, registers.current, as_of)
        results = 0
        for version, days in (await _answered(connection, realm, period)).items():
            instrument = registers.current.instruments.by_id(version)
            results += await _freeze(connection, registers.current, exposures, instrument, realm, period, days, as_of)
        await connection.execute(
            "INSERT INTO period_closing (tenant_id, realm, period, closes_at, recorded_at, results) VALUES (0, $1, $2, $3, $4, $5)",
            realm,
            period.code,
            period.closes_at,
            as_of,
            results,
        )
    return True


async def _answered(connection: asyncpg.Connection, realm: str, period: Period) -> dict[int, UnitDays]:
    """Questionnaire versions with responses in time -> the units and days that they are about."""
    found: dict[int, UnitDays] = {}
    for version, unit_id, day in await connection.fetch(
        f"SELECT DISTINCT instrument_version_id, unit_id, local_day FROM response WHERE {_in_time(1)}",
        *_bounds(realm, period),
    ):
        found.setdefault(version, []).append((unit_id, day))
    return found


async def _freeze(
    connection: asyncpg.Connection,
    registers: Registers,
    exposures: ExposureBook,
    instrument: Instrument,
    realm: str,
    period: Period,
    days: UnitDays,
    as_of: dt.datetime,
) -> int:
    version = instrument.instrument_version_id
    assert version is not None
    counts, since = await _count(connection, registers, instrument, realm, period, days)
    if not counts:
        return 0
    assembly = Assembly(registers, realm, registers.questionnaire(version), local_day(as_of))
    units = {one for _, unit_id in counts for one in (unit_id, *registers.successors(unit_id))}
    keys = assembly.tables(period, assembly.scopes(period, units))
    before = {TableKey(period.previous, key.scope_unit_id, key.block) for key in keys}
    stored = await read_tables(connection, realm, version, before, "frozen")

    def compute() -> tuple[
        dict[tuple[Period, int], tuple[int, Written] | None], dict[TableKey, tuple[str, Written] | None]
    ]:
        made = {
            (period, unit_id): assembly.result(period, unit_id, counts, since, exposures.of(realm, unit_id, period))
            for unit_id in units
        }
        results: Mapping[tuple[Period, int], dict[str, Any]] = {
            key: result for key, result in made.items() if result is not None
        }
        tables = assembly.build(keys, results, stored)
        return (
            {key: (registers.province(key[1], period.last), Written.of(result)) for key, result in results.items()},
            {key: (table["policy"], Written.of(table)) for key, table in tables.items() if table is not None},
        )

    results, tables = await asyncio.to_thread(compute)
    await write_results(connection, realm, version, results, as_of, "frozen")
    await write_tables(connection, realm, version, tables, as_of, "frozen")
    return len(results)


async def _count(
    connection: asyncpg.Connection,
    registers: Registers,
    instrument: Instrument,
    realm: str,
    period: Period,
    days: UnitDays,
) -> tuple[dict[tuple[Period, int], Counts], dict[tuple[Period, int], dt.date]]:
    counted = recount(instrument, _KEYS, where=_in_time(2), changed_before="change.recorded_at < $5")
    rows = await connection.fetch(
        f"SELECT above_id, item, code, sum(n)::bigint AS n, sum(w) AS w, sum(w2) AS w2, min(local_day) AS first_day FROM ({counted}) AS counted"
        " JOIN unnest($6::int[], $7::date[], $8::date[], $9::int[]) AS path(from_id, first, last, above_id)"
        " ON from_id = unit_id AND local_day BETWEEN first AND last"
        " GROUP BY above_id, item, code HAVING sum(n) <> 0",
        instrument.instrument_version_id,
        *_bounds(realm, period),
        *path_ranges(registers, days),
    )
    counts: dict[tuple[Period, int], Counts] = {}
    since: dict[tuple[Period, int], dt.date] = {}
    for unit_id, item, code, n, w, w2, first_day in rows:
        key = (period, unit_id)
        counts.setdefault(key, {})[item, code] = (n, w, w2)
        since[key] = min(first_day.replace(day=1), since.get(key, first_day))
    return counts, since
