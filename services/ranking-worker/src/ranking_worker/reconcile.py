"""Counts everything again, responses and dossiers, and compares it with rollups and what waits, in one snapshot.

A mismatch is an alarm: it means that a count was lost or doubled. Nothing is repaired here; `rebuild` does that.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from parindex.db.session import Database
from parindex.instruments.catalogue import Instrument
from ranking_worker.dossiers.ground import GroundCache
from ranking_worker.dossiers.recount import compare_dossiers
from ranking_worker.paths import path_ranges
from ranking_worker.recount import ROLLUP_KEYS, recount
from ranking_worker.registers import RegisterCache

REALMS = ("production", "sandbox", "synthetic")
LISTED = 20
"""Mismatches written down per questionnaire version; the count is always whole."""

RECONCILE_LOCK = 7660012021
_TIMEOUT = "SET LOCAL statement_timeout = '30min'"


@dataclass(slots=True)
class Outcome:
    """What a reconciliation found in one realm."""

    realm: str
    cells: int = 0
    responses: int = 0
    dossiers: int = 0
    mismatches: int = 0
    detail: list[dict[str, Any]] = field(default_factory=list)


async def reconcile(database: Database, registers: RegisterCache) -> list[Outcome]:
    """Compares and records one `reconciliation` row per realm. May run at any moment beside ingest and mergers.

    Returns nothing, and records nothing, while another process is at it.
    """
    outcomes = {realm: Outcome(realm) for realm in REALMS}
    async with database.connection() as connection:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", RECONCILE_LOCK):
                return []
            await connection.execute(_TIMEOUT)
            await connection.execute("SET LOCAL work_mem = '128MB'")
            await registers.renew(connection)
            counted = [row[0] for row in await connection.fetch(_IN_USE)]
            forgotten = [row[0] for row in await connection.fetch(_FORGOTTEN, counted)]
            for version in counted + forgotten:
                instrument = registers.current.instruments.by_id(version)
                await _compare_counts(connection, instrument, outcomes)
            await _compare_tallies(connection, registers, outcomes)
            await _compare_dossiers(connection, outcomes)
        async with connection.transaction():
            await _record(connection, list(outcomes.values()))
    return list(outcomes.values())


async def _compare_counts(connection: asyncpg.Connection, instrument: Instrument, outcomes: dict[str, Outcome]) -> None:
    keys = ", ".join(ROLLUP_KEYS)
    # One signed sum instead of a join: what was counted, minus what is kept, must be nothing. Of the weights only what
    # they are more than the number is summed: nothing, wherever there was no sampling.
    excess = "sum({0}) FILTER (WHERE {0} <> 0)"
    sql = f"""
WITH cell AS MATERIALIZED (
  SELECT {keys}, item, code, sum(n) AS n, sum(too_few) AS too_few,
    sum(too_few) <> 0 OR coalesce({excess.format("w")}, 0) <> 0 OR coalesce({excess.format("w2")}, 0) <> 0 AS wrong
  FROM (
    SELECT {keys}, item, code, n, n AS too_few, w - n AS w, w2 - n AS w2 FROM ({recount(instrument, ROLLUP_KEYS)}) AS counted
    UNION ALL
    SELECT {keys}, item, code, n, n, w - n, w2 - n FROM purged_count WHERE instrument_version_id = $1
    UNION ALL
    SELECT {keys}, item, code, 0, -n, n - w, n - w2 FROM rollup WHERE instrument_version_id = $1
    UNION ALL
    SELECT {keys}, waiting.item, waiting.code, 0, -waiting.n, waiting.n - waiting.w, waiting.n - waiting.w2
    FROM response_delta, unnest(items, codes, response_delta.n, response_delta.w, response_delta.w2) AS waiting(item, code, n, w, w2)
    WHERE instrument_version_id = $1
  ) AS both_sides
  GROUP BY {keys}, item, code
)
SELECT realm, count(*) AS cells, coalesce(sum(n) FILTER (WHERE item = 0), 0)::bigint AS responses,
  count(*) FILTER (WHERE wrong) AS mismatches,
  (SELECT jsonb_agg(to_jsonb(listed)) FROM (
    SELECT tenant_id, unit_id, local_day, item, code, n AS counted, n - too_few AS kept FROM cell AS other
    WHERE other.wrong AND other.realm = cell.realm ORDER BY {keys}, item, code LIMIT {LISTED}) AS listed)::text AS detail
FROM cell GROUP BY realm"""
    for row in await connection.fetch(sql, instrument.instrument_version_id):
        outcome = outcomes[row["realm"]]
        outcome.cells += row["cells"]
        outcome.responses += row["responses"]
        outcome.mismatches += row["mismatches"]
        for entry in json.loads(row["detail"] or "[]"):
            outcome.detail.append(
                {"counts": "rollup", "instrument": instrument.code, "version": instrument.version, **entry}
            )


_IN_USE = "SELECT instrument_version_id FROM rollup UNION SELECT instrument_version_id FROM response_delta ORDER BY 1"
# Responses of which nothing at all was counted.
_FORGOTTEN = "SELECT DISTINCT instrument_version_id FROM response WHERE instrument_version_id <> ALL($1::int[])"

_TALLIES = """
SELECT realm, instrument_version_id, unit_id, month, item, code, sum(n) AS counted, sum(n - too_few) AS kept
FROM (
  SELECT realm, instrument_version_id, above_id AS unit_id, date_trunc('month', local_day)::date AS month, item, code, n, n AS too_few, w - n AS w
  FROM rollup JOIN unnest($1::int[], $2::date[], $3::date[], $4::int[]) AS path(from_id, first, last, above_id)
    ON from_id = unit_id AND local_day BETWEEN first AND last
  UNION ALL
  SELECT realm, instrument_version_id, unit_id, month, item, code, 0, -n, n - w FROM tally
) AS both_sides
GROUP BY 1, 2, 3, 4, 5, 6
HAVING sum(too_few) <> 0 OR coalesce(sum(w) FILTER (WHERE w <> 0), 0) <> 0
ORDER BY 1, 2, 3, 4, 5, 6
"""


async def _compare_tallies(
    connection: asyncpg.Connection, registers: RegisterCache, outcomes: dict[str, Outcome]
) -> None:
    pairs = await connection.fetch("SELECT DISTINCT unit_id, local_day FROM rollup")
    path = path_ranges(registers.current, pairs)
    for row in await connection.fetch(_TALLIES, *path):
        outcome = outcomes[row["realm"]]
        outcome.mismatches += 1
        if len(outcome.detail) < 2 * LISTED:
            outcome.detail.append(
                {
                    "counts": "tally",
                    **{name: value.isoformat() if isinstance(value, dt.date) else value for name, value in row.items()},
                }
            )


async def _compare_dossiers(connection: asyncpg.Connection, outcomes: dict[str, Outcome]) -> None:
    for realm, compared in (await compare_dossiers(connection, GroundCache())).items():
        outcome = outcomes[realm]
        outcome.dossiers = compared.dossiers
        outcome.cells += compared.cells
        outcome.mismatches += compared.mismatches
        outcome.detail += compared.detail


async def _record(connection: asyncpg.Connection, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        await connection.execute(
            "INSERT INTO reconciliation (tenant_id, reconciliation_id, realm, cells, responses, mismatches, detail, recorded_at)"
            " VALUES (0, $1, $2, $3, $4, $5, $6::text::jsonb, clock_timestamp())",
            uuid.uuid4(),
            outcome.realm,
            outcome.cells,
            outcome.responses,
            outcome.mismatches,
            json.dumps(outcome.detail, default=int),
        )
