"""Merges committed deltas into the rollups and tallies: one transaction a batch, deltas gone and counts moved together.

May run at any moment, twice, or in several processes: mergers take turns by an advisory lock, and a batch that is killed
half-way leaves the deltas where they were.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import asyncpg

from parindex.db.session import Database
from ranking_worker.registers import RegisterCache, Registers

MERGE_LOCK = 7660012019
"""Advisory lock of everything that moves rollups and tallies."""
BATCH = 10_000

_WAITING = """
SELECT tenant_id, realm, unit_id, instrument_version_id, local_day, array_agg(delta_id) AS delta_ids, min(recorded_at) AS oldest
FROM (
  SELECT tenant_id, delta_id, realm, unit_id, instrument_version_id, local_day, recorded_at
  FROM response_delta ORDER BY tenant_id, delta_id LIMIT $1
) AS waiting
GROUP BY tenant_id, realm, unit_id, instrument_version_id, local_day
"""
# In the order of delta ids, a retraction is never merged before what it takes back.

_MERGE = """
WITH taken AS (
  DELETE FROM response_delta USING unnest($1::int[], $2::bigint[]) AS chosen(tenant_id, delta_id)
  WHERE response_delta.tenant_id = chosen.tenant_id AND response_delta.delta_id = chosen.delta_id
  RETURNING response_delta.*
), cell AS MATERIALIZED (
  SELECT tenant_id, realm, unit_id, instrument_version_id, local_day, cell.item, cell.code,
         service_channel, collected_via, mode, stage, respondent_kind, field_base, cell.procedure_base,
         sum(cell.n) AS n, sum(cell.w) AS w, sum(cell.w2) AS w2
  FROM taken, unnest(taken.procedures, taken.items, taken.codes, taken.n, taken.w, taken.w2)
    AS cell(procedure_base, item, code, n, w, w2)
  GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
), into_rollup AS (
  INSERT INTO rollup AS kept
    (tenant_id, realm, unit_id, instrument_version_id, local_day, item, code, service_channel, collected_via, mode, stage,
     respondent_kind, field_base, n, w, w2)
  SELECT tenant_id, realm, unit_id, instrument_version_id, local_day, item, code, service_channel, collected_via, mode, stage,
         respondent_kind, field_base, sum(n), sum(w), sum(w2)
  FROM cell GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
  ON CONFLICT (tenant_id, realm, unit_id, instrument_version_id, local_day, item, code, service_channel, collected_via, mode,
               stage, respondent_kind, field_base)
  DO UPDATE SET n = kept.n + excluded.n, w = kept.w + excluded.w, w2 = kept.w2 + excluded.w2
  RETURNING n
), into_procedure AS (
  INSERT INTO rollup_procedure AS kept
    (tenant_id, realm, unit_id, instrument_version_id, procedure_base, month, item, code, n, w, w2)
  SELECT tenant_id, realm, unit_id, instrument_version_id, procedure_base, date_trunc('month', local_day)::date, item, code,
         sum(n), sum(w), sum(w2)
  FROM cell WHERE procedure_base <> '' GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
  ON CONFLICT (tenant_id, realm, unit_id, instrument_version_id, procedure_base, month, item, code)
  DO UPDATE SET n = kept.n + excluded.n, w = kept.w + excluded.w, w2 = kept.w2 + excluded.w2
  RETURNING n
), into_tally AS (
  INSERT INTO tally AS kept (tenant_id, realm, unit_id, instrument_version_id, month, item, code, n, w, w2)
  SELECT tenant_id, realm, path.above_id, instrument_version_id, date_trunc('month', local_day)::date, item, code,
         sum(n), sum(w), sum(w2)
  FROM cell JOIN unnest($3::int[], $4::date[], $5::int[]) AS path(unit_id, local_day, above_id) USING (unit_id, local_day)
  GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7
  ON CONFLICT (tenant_id, realm, unit_id, instrument_version_id, month, item, code)
  DO UPDATE SET n = kept.n + excluded.n, w = kept.w + excluded.w, w2 = kept.w2 + excluded.w2
  RETURNING n
)
SELECT (SELECT count(*) FROM taken) AS taken,
       EXISTS (SELECT FROM into_rollup WHERE n = 0) OR EXISTS (SELECT FROM into_procedure WHERE n = 0)
       OR EXISTS (SELECT FROM into_tally WHERE n = 0) AS emptied
"""

_DUE = """
INSERT INTO due (tenant_id, realm, instrument_version_id, unit_id, month)
SELECT * FROM unnest($1::int[], $2::text[], $3::int[], $4::int[], $5::date[])
"""

_STATE = """
INSERT INTO worker_state AS kept (tenant_id, realm, as_of, merges) SELECT 0, realm, $2, 1 FROM unnest($1::text[]) AS moved(realm)
ON CONFLICT (tenant_id, realm) DO UPDATE SET as_of = excluded.as_of, merges = kept.merges + 1
"""

# A count that came back to zero is no row, as in a recount. The keys of the batch are prefixes of the primary keys.
_SWEEP_ROLLUP = """
DELETE FROM rollup USING unnest($1::int[], $2::text[], $3::int[], $4::int[], $5::date[])
  AS moved(tenant_id, realm, instrument_version_id, unit_id, local_day)
WHERE rollup.tenant_id = moved.tenant_id AND rollup.realm = moved.realm AND rollup.unit_id = moved.unit_id
  AND rollup.instrument_version_id = moved.instrument_version_id AND rollup.local_day = moved.local_day AND rollup.n = 0
"""
_SWEEP_MONTHLY = """
DELETE FROM {table} AS kept USING unnest($1::int[], $2::text[], $3::int[], $4::int[], $5::date[])
  AS moved(tenant_id, realm, instrument_version_id, unit_id, month)
WHERE kept.tenant_id = moved.tenant_id AND kept.realm = moved.realm AND kept.unit_id = moved.unit_id
  AND kept.instrument_version_id = moved.instrument_version_id AND kept.month = moved.month AND kept.n = 0
"""

Touched = set[tuple[int, str, int, int, dt.date]]
"""(tenant, realm, instrument version, unit, first day of the month)."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What one batch did."""

    deltas: int
    oldest: dt.datetime | None
    """Recording instant of the oldest delta taken."""
    full: bool
    """The batch was full: more may be waiting."""


async def merge(database: Database, registers: RegisterCache, *, limit: int = BATCH) -> Merged:
    """Merges up to `limit` delta rows in one transaction and notes what has become due."""
    async with database.transaction() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock($1)", MERGE_LOCK)
        began: dt.datetime = await connection.fetchval("SELECT clock_timestamp()")
        groups = await connection.fetch(_WAITING, limit)
        if not groups:
            return Merged(0, None, full=False)
        # Looked at after the deltas: whatever register their senders were checked against is committed by now.
        await registers.renew(connection)
        keys = [(row["tenant_id"], delta_id) for row in groups for delta_id in row["delta_ids"]]
        path = _path(registers.current, {(row["unit_id"], row["local_day"]) for row in groups})
        await connection.execute("SET LOCAL work_mem = '64MB'")
        outcome = await connection.fetchrow(_MERGE, *_columns(keys, 2), *_columns(path, 3))
        assert outcome["taken"] == len(keys)
        days = {
            (row["tenant_id"], row["realm"], row["instrument_version_id"], row["unit_id"], row["local_day"])
            for row in groups
        }
        touched = {
            (tenant, realm, version, above, day.replace(day=1))
            for tenant, realm, version, unit, day in days
            for above in registers.current.chain(unit, day)
        }
        if outcome["emptied"]:
            await connection.execute(_SWEEP_ROLLUP, *_columns(sorted(days), 5))
            await sweep_monthly(connection, touched)
        await connection.execute(_DUE, *_columns(sorted(touched), 5))
        await connection.execute(_STATE, sorted({row["realm"] for row in groups}), began)
    return Merged(len(keys), min(row["oldest"] for row in groups), full=len(keys) == limit)


async def sweep_monthly(connection: asyncpg.Connection, touched: Touched) -> None:
    """Removes the monthly counts of the touched units that came back to zero."""
    for table in ("rollup_procedure", "tally"):
        await connection.execute(_SWEEP_MONTHLY.format(table=table), *_columns(sorted(touched), 5))


def _path(registers: Registers, pairs: set[tuple[int, dt.date]]) -> list[tuple[int, dt.date, int]]:
    return [(unit_id, day, above) for unit_id, day in pairs for above in registers.chain(unit_id, day)]


def _columns(rows: list[Any], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
