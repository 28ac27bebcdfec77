"""Renews what is due: results of the touched units, then every league table that shows one of them.

Per realm and questionnaire version one transaction under one advisory lock: due rows gone, results and tables replaced.
What is written depends only on tallies and registers, so it may run twice, in several processes, or be killed anywhere.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

from parindex.db.session import Database
from parindex.engine.period import KINDS, Period, local_day
from ranking_worker.exposures import ExposureBook
from ranking_worker.registers import RegisterCache, Registers
from ranking_worker.store import TableKey, Written, read_counts, read_results, read_tables, write_results, write_tables
from ranking_worker.table_changes import note_moved_tables
from ranking_worker.tables import Assembly

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('parindex-recompute/' || $1 || '/' || $2::text, 0))"
_TAKE = "DELETE FROM due WHERE realm = $1 AND instrument_version_id = $2 RETURNING unit_id, month"


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What one pass renewed."""

    results: int = 0
    tables: int = 0


async def recompute(database: Database, registers: RegisterCache, exposures: ExposureBook | None = None) -> Recomputed:
    """Renews everything that is due at this moment."""
    async with database.connection() as connection:
        waiting = await connection.fetch("SELECT DISTINCT realm, instrument_version_id FROM due ORDER BY 1, 2")
    results = tables = 0
    for realm, version in waiting:
        done = await _recompute_one(database, registers, exposures or ExposureBook(), realm, version)
        results, tables = results + done.results, tables + done.tables
    return Recomputed(results, tables)


async def _recompute_one(
    database: Database, registers: RegisterCache, exposures: ExposureBook, realm: str, version: int
) -> Recomputed:
    async with database.transaction() as connection:
        await connection.execute(_LOCK, realm, str(version))
        touched = await connection.fetch(_TAKE, realm, version)
        if not touched:
            return Recomputed()
        await registers.renew(connection)
        as_of: dt.datetime = await connection.fetchval("SELECT clock_timestamp()")
        await exposures.renew(connection, registers.current, as_of)
        assembly = Assembly(registers.current, realm, registers.current.questionnaire(version), local_day(as_of))
        renewed = await _renew_results(connection, assembly, exposures, version, touched, as_of)
        tables = await _renew_tables(connection, assembly, version, renewed, as_of)
    return Recomputed(len(renewed), tables)


def affected(registers: Registers, touched: Iterable[tuple[int, dt.date]]) -> dict[Period, set[int]]:
    """Periods of every kind that contain a touched month -> units whose results may have moved, successors included."""
    units: dict[Period, set[int]] = {}
    for unit_id, month in touched:
        for kind in KINDS:
            units.setdefault(Period.containing(month, kind), set()).update((unit_id, *registers.successors(unit_id)))
    return units


async def _renew_results(
    connection: asyncpg.Connection,
    assembly: Assembly,
    exposures: ExposureBook,
    version: int,
    touched: Iterable[tuple[int, dt.date]],
    as_of: dt.datetime,
) -> dict[tuple[Period, int], dict[str, Any] | None]:
    units = affected(assembly.registers, touched)
    counted = {
        one
        for ids in units.values()
        for unit_id in ids
        for one in (unit_id, *assembly.registers.units.full_predecessors(unit_id))
    }
    counts, since = await read_counts(connection, assembly.realm, version, units, counted)

    def compute() -> tuple[
        dict[tuple[Period, int], dict[str, Any] | None], dict[tuple[Period, int], tuple[int, Written] | None]
    ]:
        results = {
            (period, unit_id): assembly.result(
                period, unit_id, counts, since, exposures.of(assembly.realm, unit_id, period)
            )
            for period, ids in units.items()
            for unit_id in sorted(ids)
        }
        province = assembly.registers.province
        return results, {
            key: None if result is None else (province(key[1], key[0].last), Written.of(result))
            for key, result in results.items()
        }

    results, written = await asyncio.to_thread(compute)
    await write_results(connection, assembly.realm, version, written, as_of)
    return results


async def _renew_tables(
    connection: asyncpg.Connection,
    assembly: Assembly,
    version: int,
    renewed: Mapping[tuple[Period, int], dict[str, Any] | None],
    as_of: dt.datetime,
) -> int:
    touched: dict[Period, set[int]] = {}
    for period, unit_id in renewed:
        touched.setdefault(period, set()).add(unit_id)
    keys = {key for period, ids in touched.items() for key in assembly.tables(period, assembly.scopes(period, ids))}
    # The table after a touched one shows changes against it.
    later = {
        TableKey(Period.containing(key.period.end, key.period.kind), key.scope_unit_id, key.block) for key in keys
    } - keys
    before = {TableKey(key.period.previous, key.scope_unit_id, key.block) for key in keys} - keys
    stored = await read_tables(connection, assembly.realm, version, later | before)
    keys |= later & stored.keys()
    missing = assembly.needed(keys) - renewed.keys()
    results: dict[tuple[Period, int], Mapping[str, Any]] = {
        **await read_results(connection, assembly.realm, version, missing)
    }
    results |= {key: result for key, result in renewed.items() if result is not None}

    def compute() -> dict[TableKey, tuple[str, Written] | None]:
        built = assembly.build(sorted(keys), results, stored)
        return {
            key: None if document is None else (document["policy"], Written.of(document))
            for key, document in built.items()
        }

    tables = await asyncio.to_thread(compute)
    moved = [
        (key.period.code, key.scope_unit_id, key.block, None if kept is None else kept[1].sha256)
        for key, kept in tables.items()
    ]
    await note_moved_tables(connection, assembly.realm, version, moved)
    await write_tables(connection, assembly.realm, version, tables, as_of)
    return sum(table is not None for table in tables.values())
