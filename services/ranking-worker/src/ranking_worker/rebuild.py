"""Makes rollups and tallies anew from the responses and from what purged ones counted for, as after a restored backup or a corrected register."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import asyncpg

from parindex.db.session import Database
from parindex.instruments.catalogue import Instrument
from ranking_worker.merge import MERGE_LOCK
from ranking_worker.paths import path_ranges
from ranking_worker.recount import PROCEDURE_KEYS, ROLLUP_KEYS, SELECTED, recount
from ranking_worker.registers import RegisterCache


async def rebuild(database: Database, registers: RegisterCache) -> int:
    """Replaces every count in one transaction under the merge lock and makes everything due. Returns the rollup rows.

    Waiting deltas are part of the recount: those that the transaction can see are taken with it. May run twice.
    """
    async with database.connection() as connection:
        # The lock first, the snapshot after it: everything below sees the same facts and the same deltas.
        await connection.execute("SELECT pg_advisory_lock($1)", MERGE_LOCK)
        try:
            async with connection.transaction(isolation="repeatable_read"):
                return await _rebuild(connection, registers)
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", MERGE_LOCK)


async def _rebuild(connection: asyncpg.Connection, registers: RegisterCache) -> int:
    await connection.execute("SET LOCAL statement_timeout = '30min'")
    await connection.execute("SET LOCAL work_mem = '128MB'")
    await registers.renew(connection)
    for table in ("response_delta", "rollup", "rollup_procedure"):
        await connection.execute(f"DELETE FROM {table}")
    for instrument in registers.current.instruments.instruments:
        rollup, procedure = ", ".join(ROLLUP_KEYS), ", ".join(PROCEDURE_KEYS)
        await connection.execute(
            f"INSERT INTO rollup (instrument_version_id, {rollup}, item, code, n, w, w2)"
            f" SELECT $1, {rollup}, item, code, sum(n), sum(w), sum(w2) FROM ({_everything(instrument, ROLLUP_KEYS)}) AS counted"
            f" GROUP BY {rollup}, item, code HAVING sum(n) <> 0",
            instrument.instrument_version_id,
        )
        counted = _everything(instrument, PROCEDURE_KEYS, where="procedure_base <> ''")
        await connection.execute(
            f"INSERT INTO rollup_procedure (instrument_version_id, {procedure}, item, code, n, w, w2)"
            f" SELECT $1, {procedure}, item, code, sum(n), sum(w), sum(w2) FROM ({counted}) AS counted"
            f" GROUP BY {procedure}, item, code HAVING sum(n) <> 0",
            instrument.instrument_version_id,
        )
    await _rebuild_tallies(connection, registers)
    began: dt.datetime = await connection.fetchval("SELECT now()")
    await connection.execute(
        "INSERT INTO worker_state AS kept (tenant_id, realm, as_of, merges) SELECT DISTINCT 0, realm, $1::timestamptz, 1 FROM rollup"
        " ON CONFLICT (tenant_id, realm) DO UPDATE SET as_of = excluded.as_of, merges = kept.merges + 1",
        began,
    )
    rows: int = await connection.fetchval("SELECT count(*) FROM rollup")
    return rows


def _everything(instrument: Instrument, keys: Sequence[str], where: str = "true") -> str:
    """Counts of the responses that are kept, and of those that were purged."""
    selected = ", ".join(SELECTED.get(key, key) for key in keys)
    purged = f"SELECT {selected}, item, code, n, w, w2 FROM purged_count WHERE instrument_version_id = $1 AND {where}"
    return f"{recount(instrument, keys, where=where)}\nUNION ALL\n{purged}"


async def _rebuild_tallies(connection: asyncpg.Connection, registers: RegisterCache) -> None:
    # What had a tally before is due too: its result may have to go.
    due = "INSERT INTO due (tenant_id, realm, instrument_version_id, unit_id, month) SELECT DISTINCT tenant_id, realm, instrument_version_id, unit_id, month FROM tally"
    await connection.execute(due)
    await connection.execute("DELETE FROM tally")
    path = path_ranges(registers.current, await connection.fetch("SELECT DISTINCT unit_id, local_day FROM rollup"))
    await connection.execute(
        "INSERT INTO tally (tenant_id, realm, unit_id, instrument_version_id, month, item, code, n, w, w2)"
        " SELECT tenant_id, realm, above_id, instrument_version_id, date_trunc('month', local_day)::date, item, code, sum(n), sum(w), sum(w2)"
        " FROM rollup JOIN unnest($1::int[], $2::date[], $3::date[], $4::int[]) AS path(from_id, first, last, above_id)"
        " ON from_id = unit_id AND local_day BETWEEN first AND last GROUP BY 1, 2, 3, 4, 5, 6, 7",
        *path,
    )
    await connection.execute(due)
