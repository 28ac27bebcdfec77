"""One province's inputs of Decision 766 for a quarter from rollups: 464,494 dossiers, as many as Phú Thọ had in quarter 3/2026.

Counting and recounting settle each dossier by itself, so by default they are measured on a part of them; the rollup that
the inputs are read from holds all of them either way.
"""

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
from parindex.dossiers.measures import BITS
from parindex.engine.period import Period
from ranking_worker.dossiers.books import NUMBERS
from ranking_worker.dossiers.ground import GroundCache
from ranking_worker.dossiers.recount import compare_dossiers, rebuild_dossiers

DOSSIERS = 464_494
PART = 40_000
"""Counted one by one and recounted, unless the whole is asked for."""
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
_DETAILS = """
INSERT INTO procedure_detail SELECT '1.' || lpad(n::text, 6, '0'), 1, 'full', 5, 'working_day', n % 2 = 0, true, true, true, NULL, 'synthetic', now()
FROM generate_series(0, $1::int - 1) AS n
"""


_WHOLE = f"""
INSERT INTO dossier_rollup (tenant_id, realm, unit_id, accepted_day, procedure_base, late_from, {", ".join(NUMBERS)})
SELECT $1, 'synthetic', ($2::int[])[1 + n % cardinality($2::int[])], accepted_day, '1.' || lpad(((n % 17) * (n % 19))::text, 6, '0'),
  coalesce(late_from, 'infinity'), count(*), {", ".join(f"sum((measures & {bit} > 0)::int)" for bit in BITS.values())},
  sum(coalesce(working_minutes, 0))
FROM generate_series(1, $3::int) AS n
JOIN dossier_counted c ON c.tenant_id = $1 AND c.realm = 'synthetic' AND c.dossier_key = 'H99-26-' || lpad((1 + n % $4::int)::text, 7, '0')
GROUP BY 3, 4, 5, 6
"""
"""The rollup of all dossiers from the settlements of the part: each has its own unit and procedure, and a settlement of the part's in turn."""


_EMPTY = "TRUNCATE dossier_version, dossier_step, dossier_touched, dossier_counted, dossier_rollup"


def dossier_figure_lines(stage: Stage, *, full: bool) -> list[Line]:
    """Seconds to the figures, to a recount that agrees, and to counting; the floor counts the same rows and nothing else.

    `full`: every dossier is counted and recounted, not only a part (minutes).
    """
    return asyncio.run(_lines(stage.url, DOSSIERS if full else PART))


async def _lines(url: str, made: int) -> list[Line]:
    connection = await asyncpg.connect(url, command_timeout=3600)
    database = Database(url, statement_timeout_ms=3_600_000)
    try:
        units = await load_units(connection)
        ids = [units.resolve("h_code", code, QUARTER.last, "synthetic").unit_id for code in UNITS]
        province = units.resolve("h_code", "H99", QUARTER.last, "synthetic").unit_id
        assert province is not None
        begin = dt.datetime(2026, 6, 30, 17, tzinfo=dt.UTC) + dt.timedelta(hours=8)
        # What other measurements sent is none of this one's.
        await connection.execute(_EMPTY)
        await connection.execute(_VERSIONS, province, ids, begin, made)
        await connection.execute(_DETAILS, PROCEDURES)
        await connection.execute("ANALYZE dossier_version")
        began = time.perf_counter()
        await rebuild_dossiers(database, GroundCache())
        counted = time.perf_counter() - began
        began = time.perf_counter()
        async with connection.transaction(isolation="repeatable_read"):
            compared = (await compare_dossiers(connection, GroundCache()))["synthetic"]
        recounted = time.perf_counter() - began
        assert compared.dossiers == made
        if made < DOSSIERS:
            await connection.execute("DELETE FROM dossier_rollup")
            await connection.execute(_WHOLE, province, ids, DOSSIERS, made)
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
        # And the other way round: the rollup of all dossiers has settlements of a part only.
        await connection.execute(_EMPTY)
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
            f"... a recount of {'every dossier' if made == DOSSIERS else f'{made:,} of the dossiers'}: {compared.mismatches} mismatches",
            f"{recounted:.0f} s",
            f"{counted:.0f} s (counting the same {made:,} into the rollup)",
            recounted / counted,
            "0 mismatches",
            compared.mismatches == 0,
        ),
    ]
