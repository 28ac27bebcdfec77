"""One province's inputs of Decision 766 for a quarter from rollups: 464,494 dossiers, as many as Phú Thọ had in quarter 3/2026."""

from __future__ import annotations

import asyncio
import datetime as dt
import time

import asyncpg

from bench.measures import Line
from bench.stage import UNITS, Stage
from parindex.db.catalogue import load_units
from parindex.db.dossiers import load_procedures, offered_under, read_petitions, read_sums
from parindex.db.session import Database
from parindex.dossiers.figures import gather
from parindex.engine.period import Period
from ranking_worker.dossiers.ground import GroundCache
from ranking_worker.dossiers.recount import compare_dossiers, rebuild_dossiers

DOSSIERS = 464_494
PROCEDURES = 300
TARGET_SECONDS = 3.0
QUARTER = Period.parse("2026-Q3")
# By rule: three in four ended, one in seven of them late, some without a due date, some asked for papers; few procedures are common.
_VERSIONS = """
INSERT INTO dossier_version (tenant_id, realm, dossier_key, version_no, system_id, receipt_id, position, recorded_at, dossier_code, unit_id,
  unit_from, procedure_base, channel, status, status_raw, applicant, accepted_at, due_at, finished_at, supplement_from, supplement_to,
  fee_lines, fee_due, payment, results, results_electronic, digitised, reused, personal_storage, population, digest)
SELECT $1, 'synthetic', key, 1, 999999, gen_random_uuid(), 0, accepted + interval '12 days', key, ($2::int[])[1 + n % cardinality($2::int[])],
  'agency_code', '1.' || lpad(((n % 17) * (n % 19))::text, 6, '0'), 1 + n % 3, CASE WHEN n % 4 = 0 THEN 4 ELSE 9 END, '', 'citizen', accepted,
  CASE WHEN n % 23 = 0 THEN NULL ELSE accepted + interval '7 days' END,
  CASE WHEN n % 4 = 0 THEN NULL ELSE accepted + make_interval(days => 1 + n % 7) END,
  CASE WHEN n % 11 = 0 THEN ARRAY[accepted + interval '1 day'] ELSE ARRAY[]::timestamptz[] END,
  CASE WHEN n % 11 = 0 THEN ARRAY[accepted + interval '2 days'] ELSE ARRAY[]::timestamptz[] END,
  1, n % 5 > 0, n % 4, 1, n % 2, n % 3 = 0, n % 7 = 0, false, n % 2 = 0, decode(md5(key), 'hex')
FROM (
  SELECT n, 'H99-26-' || lpad(n::text, 7, '0') AS key,
    $3::timestamptz + make_interval(days => n % 92, mins => n % 480) AS accepted FROM generate_series(1, $4::int) AS n
) AS made
"""
_DOSSIERS = """
INSERT INTO dossier SELECT tenant_id, realm, dossier_key, version_no, digest, system_id FROM dossier_version WHERE system_id = 999999
"""
_DETAILS = """
INSERT INTO procedure_detail SELECT '1.' || lpad(n::text, 6, '0'), 1, 'full', 5, 'working_day', n % 2 = 0, true, true, true, NULL, 'synthetic', now()
FROM generate_series(0, $1::int - 1) AS n
"""


def dossier_figure_lines(stage: Stage) -> list[Line]:
    """Seconds to the figures, to a recount that agrees, and to counting everything; the floor sums the same rows and nothing else."""
    return asyncio.run(_lines(stage.url))


async def _lines(url: str) -> list[Line]:
    connection = await asyncpg.connect(url, command_timeout=3600)
    database = Database(url, statement_timeout_ms=3_600_000)
    try:
        units = await load_units(connection)
        ids = [units.resolve("h_code", code, QUARTER.last, "synthetic").unit_id for code in UNITS]
        province = units.resolve("h_code", "H99", QUARTER.last, "synthetic").unit_id
        assert province is not None
        begin = dt.datetime(2026, 6, 30, 17, tzinfo=dt.UTC) + dt.timedelta(hours=8)
        await connection.execute(_VERSIONS, province, ids, begin, DOSSIERS)
        await connection.execute(_DOSSIERS)
        await connection.execute(_DETAILS, PROCEDURES)
        await connection.execute("ANALYZE dossier_version")
        began = time.perf_counter()
        await rebuild_dossiers(database, GroundCache())
        counted = time.perf_counter() - began
        await connection.execute("ANALYZE dossier_rollup")
        times = []
        for _ in range(3):
            began = time.perf_counter()
            by_procedure = await read_sums(
                connection, units, "synthetic", province, QUARTER.first, QUARTER.last, QUARTER.last
            )
            offered = offered_under(units, await load_procedures(connection), province, QUARTER.last, "synthetic")
            petitions = await read_petitions(connection, units, "synthetic", province, QUARTER)
            figures = gather(by_procedure, offered, petitions)
            times.append(time.perf_counter() - began)
        assert figures["progress_on_time"].denominator == DOSSIERS
        began = time.perf_counter()
        rows = await connection.fetchval(
            "SELECT count(*) FROM dossier_rollup WHERE n >= 0 AND on_time >= 0 AND late >= 0"
        )
        floor = time.perf_counter() - began
        began = time.perf_counter()
        async with connection.transaction(isolation="repeatable_read"):
            compared = (await compare_dossiers(connection, GroundCache()))["synthetic"]
        recounted = time.perf_counter() - began
    finally:
        await database.close()
        await connection.close()
    measured = sorted(times)[1]
    return [
        Line(
            f"766 inputs of a province and quarter, {DOSSIERS:,} dossiers, {rows:,} rollup rows",
            f"{measured:.2f} s",
            f"{floor:.2f} s (the rows counted)",
            measured / floor,
            f"<= {TARGET_SECONDS:.0f} s",
            measured <= TARGET_SECONDS,
        ),
        Line(
            f"... a recount of every dossier: {compared.mismatches} mismatches",
            f"{recounted:.0f} s",
            f"{counted:.0f} s (counting them all into the rollup)",
            recounted / counted,
            "0 mismatches",
            compared.mismatches == 0,
        ),
    ]
