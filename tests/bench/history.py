"""Older synthetic responses, made by rule inside the database: what a long-running installation has behind it."""

from __future__ import annotations

import datetime as dt

import asyncpg

from bench.stage import UNITS
from parindex.db.catalogue import load_units
from parindex.db.session import Database
from ranking_worker.rebuild import rebuild
from ranking_worker.registers import RegisterCache

_INSERT = """
INSERT INTO response (tenant_id, system_id, response_id, realm, receipt_id, position, received_at, recorded_at, answered_at, local_day, unit_id, instrument_version_id,
  stage, collected_via, mode, service_channel, respondent_kind, answers, dossier_code, procedure_code, procedure_base, field_base, digest, digest_version)
SELECT $1, 999999, 'old-' || n, 'synthetic', gen_random_uuid(), 0, at, at, at, (at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, ($2::int[])[1 + n % cardinality($2::int[])], $3,
  'result', 'kiosk', 'self', 'direct', '', ARRAY[CASE WHEN n * 31 % 100 < 70 THEN 5 WHEN n * 31 % 100 < 96 THEN 4 ELSE 2 END]::smallint[], 'old-' || n,
  '1.' || lpad((n % 300)::text, 6, '0'), '1.' || lpad((n % 300)::text, 6, '0'), '', decode(md5(n::text), 'hex'), 1
FROM (SELECT n, $4::timestamptz - make_interval(secs => (n::bigint * 7919) % (300 * 86400)) AS at FROM generate_series($5::int, $6::int) AS n) AS made
"""


async def grow(url: str, start: int, count: int) -> None:
    """Adds older responses number `start` to `start + count - 1`, spread over 300 days, and makes the rollups anew."""
    connection = await asyncpg.connect(url, command_timeout=3600)
    try:
        units = await load_units(connection)
        today = dt.datetime.now(dt.UTC)
        ids = [units.resolve("h_code", code, today.date(), "synthetic").unit_id for code in UNITS]
        version = await connection.fetchval(
            "SELECT instrument_version_id FROM instrument_version WHERE instrument = 'KIOSK3'"
        )
        tenant = units.resolve("h_code", "H99", today.date(), "synthetic").unit_id
        step = 500_000
        for first in range(start, start + count, step):
            await connection.execute(
                _INSERT, tenant, ids, version, today - dt.timedelta(days=1), first, min(first + step, start + count) - 1
            )
        await connection.execute("ANALYZE response")
    finally:
        await connection.close()
    database = Database(url, statement_timeout_ms=3_600_000)
    try:
        await rebuild(database, RegisterCache())
    finally:
        await database.close()
