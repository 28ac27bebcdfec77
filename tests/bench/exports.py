"""The bulk export of results: rows a second and memory above idle, on about a million invented rows of the real communes."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import asyncpg
import httpx

from bench.measures import Line
from bench.stage import Stage

MONTHS, LEAST_PER_SECOND, MOST_MEGABYTES = 302, 100_000, 300
_ABOUT = """
CREATE TEMP TABLE member AS SELECT unit_id FROM unit_block WHERE block = 'commune' AND valid @> DATE '2026-01-01' AND unit_id < 900000;
CREATE TEMP TABLE month AS SELECT to_char(DATE '2025-08-01' + make_interval(months => n), 'YYYY-MM') AS code, n FROM generate_series(1, {months}) AS n;
CREATE TEMP TABLE version AS SELECT max(instrument_version_id) AS id FROM instrument_version WHERE instrument = 'KIOSK3';
INSERT INTO unit_result (tenant_id, realm, unit_id, instrument_version_id, period, state, as_of, document, sha256)
SELECT 0, 'synthetic', member.unit_id, version.id, month.code, 'current', now(), jsonb_build_object(
  'unit_id', member.unit_id, 'period', month.code, 'responses', 100 + month.n, 'constructed', false, 'pooled_unit_ids', '[]'::jsonb,
  'partial_predecessors', '[]'::jsonb, 'exposure', NULL, 'factors', '[]'::jsonb, 'items', '[]'::jsonb,
  'whole', jsonb_build_object('top2', jsonb_build_object('value', '87.50', 'n', 100 + month.n), 'mean', jsonb_build_object('value', '4.31', 'n', 100 + month.n)),
  'balance', jsonb_build_object('responses', 100 + month.n, 'answered', 100 + month.n, 'not_answered', 0, 'dont_know', 0, 'not_applicable', 0, 'automatic', 0)), '\\x00'
FROM member, month, version;
INSERT INTO league_table (tenant_id, realm, scope_unit_id, block, instrument_version_id, period, state, as_of, policy, document, sha256)
SELECT 0, 'synthetic', 0, 'commune', version.id, month.code, 'current', now(), 'satisfaction@2026-1', jsonb_build_object('scope_result', NULL,
  'rows', (SELECT jsonb_agg(jsonb_build_object('unit_id', unit_id, 'suppressed', CASE WHEN unit_id % 97 = 0 THEN 'small_cell' END, 'responses', 100)) FROM member)), '\\x00'
FROM month, version;
ANALYZE unit_result; ANALYZE league_table;
"""


def results_csv(stage: Stage) -> list[Line]:
    """One reader takes the whole export from a scoring-api that has answered one small request before."""
    asyncio.run(_fill(stage.url))
    port = stage.start("exporting", "-m", "bench.apps", "scoring")
    process = stage.processes["exporting"].pid
    base = f"http://127.0.0.1:{port}"
    asked = {"instrument": "KIOSK3", "realm": "synthetic"}
    httpx.get(f"{base}/v1/exports/results.csv", params={**asked, "period": "2025-09"}, timeout=60).raise_for_status()
    idle, rows, began = _resident(process, "VmRSS"), -1, time.perf_counter()
    with httpx.stream("GET", f"{base}/v1/exports/results.csv", params=asked, timeout=300) as answer:
        answer.raise_for_status()
        for piece in answer.iter_raw():
            rows += piece.count(b"\n")
    seconds = time.perf_counter() - began
    above = _resident(process, "VmHWM") - idle
    stage.stop("exporting")
    speed = rows / seconds
    return [
        Line(
            f"CSV of {rows:,} results rows",
            f"{speed:,.0f} rows/s",
            f"{LEAST_PER_SECOND:,} rows/s",
            speed / LEAST_PER_SECOND,
            ">= 1",
            speed >= LEAST_PER_SECOND,
        ),
        Line(
            "... memory above idle",
            f"{above:,.0f} MB",
            f"{MOST_MEGABYTES} MB",
            above / MOST_MEGABYTES,
            "<= 1",
            above <= MOST_MEGABYTES,
        ),
    ]


async def _fill(url: str) -> None:
    connection = await asyncpg.connect(url, command_timeout=600)
    try:
        await connection.execute(_ABOUT.format(months=MONTHS))
    finally:
        await connection.close()


def _resident(process: int, field: str) -> float:
    """Megabytes of a process, now (VmRSS) or at most so far (VmHWM)."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"/proc/{process}/status has no {field}")
