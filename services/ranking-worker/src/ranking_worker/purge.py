"""Deletes responses whose five years are over, and keeps what they counted for (docs/decisions/0012).

A batch is one transaction: the counts of its responses enter `purged_count`, the responses go, a row of `response_purge`
says so. Facts and purged counts together are the same sum before and after, so that recounting and rebuilding hold.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import asyncpg

from parindex.engine.period import VIETNAM, local_day
from parindex.errors import Conflict, Finding
from parindex.register.roles import acting_as
from ranking_worker.recount import ROLLUP_KEYS, recount
from ranking_worker.registers import RegisterCache

KEPT_YEARS = 5
BATCH = 5_000
"""Responses a transaction: withdrawals wait for as long."""
_KEYS = (*ROLLUP_KEYS, "procedure_base")
_DUE = """
SELECT tenant_id, realm, count(*) AS responses, min(local_day) AS first, max(local_day) AS last FROM response
WHERE received_at < $1 GROUP BY 1, 2 ORDER BY 1, 2
"""
_OPEN = """
SELECT DISTINCT r.realm, to_char(r.local_day, 'YYYY') AS period FROM response r
WHERE r.received_at < $1 AND NOT EXISTS (
  SELECT FROM period_closing c WHERE c.realm = r.realm AND c.period = to_char(r.local_day, 'YYYY'))
ORDER BY 1, 2
"""
_LISTED = """
CREATE TEMP TABLE purge_due AS
SELECT row_number() OVER (ORDER BY received_at, system_id, response_id) AS place, tenant_id, system_id, response_id, instrument_version_id
FROM response WHERE tenant_id = $1 AND realm = $2 AND received_at < $3
"""
"""Once an authority and realm: the big table is looked through once, not for each batch."""
_BATCH = """
(response.tenant_id, response.system_id, response.response_id)
IN (SELECT b.tenant_id, b.system_id, b.response_id FROM purge_due b WHERE b.place > {after} AND b.place <= {last})
"""
_VERSIONS = "SELECT DISTINCT instrument_version_id FROM purge_due WHERE place > $1 AND place <= $2 ORDER BY 1"
_RECORD = """
INSERT INTO response_purge (tenant_id, purge_id, batch_no, realm, received_before, responses, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp())
"""


@dataclass(frozen=True, slots=True)
class Due:
    """Responses of one authority and realm that are older than is kept."""

    tenant_id: int
    realm: str
    responses: int
    first: dt.date
    last: dt.date
    """Local days of the answers."""


def kept_from(now: dt.datetime) -> dt.datetime:
    """The instant before which a response was received five years ago or longer: a midnight in Asia/Ho_Chi_Minh."""
    today = local_day(now)
    day = today.replace(year=today.year - KEPT_YEARS, day=28 if (today.month, today.day) == (2, 29) else today.day)
    return dt.datetime.combine(day, dt.time(), VIETNAM)


async def due_for_purging(connection: asyncpg.Connection, before: dt.datetime) -> list[Due]:
    """What a purge would delete. Raises Conflict while a year that such responses belong to is not closed."""
    if open_ := await connection.fetch(_OPEN, before):
        findings = [
            Finding(
                "period_open",
                f"{realm}/{period}",
                f"Responses of {period} in realm {realm} are older than {KEPT_YEARS} years, but the period is not closed.",
                "Run `parindex worker close`; its frozen results then stand without the responses.",
            )
            for realm, period in open_
        ]
        raise Conflict(
            f"{findings[0].message} Nothing was deleted.",
            code="period_open",
            hint=findings[0].hint,
            findings=findings,
        )
    return [Due(*row) for row in await connection.fetch(_DUE, before)]


async def purge_responses(
    owner: asyncpg.Connection, registers: RegisterCache, before: dt.datetime, *, batch: int = BATCH
) -> int:
    """Deletes all that is due, batch by batch; the number of responses. `owner` is the schema's owner: no service may delete them.

    May run twice and be killed anywhere: every batch is whole or has not happened. Raises Conflict as `due_for_purging`.
    """
    await registers.renew(owner)
    purge_id, deleted = uuid.uuid4(), 0
    for due in await due_for_purging(owner, before):
        await owner.execute("DROP TABLE IF EXISTS purge_due")
        await owner.execute(_LISTED, due.tenant_id, due.realm, before)
        await owner.execute("CREATE UNIQUE INDEX ON purge_due (place)")
        await owner.execute("ANALYZE purge_due")
        for number, after in enumerate(range(0, due.responses, batch), 1):
            async with owner.transaction():
                rows = await _batch(owner, registers, after, after + batch)
                async with acting_as(owner, "ranking-worker"):
                    await owner.execute(_RECORD, due.tenant_id, purge_id, number, due.realm, before, rows)
            deleted += rows
    await owner.execute("DROP TABLE IF EXISTS purge_due")
    return deleted


async def _batch(owner: asyncpg.Connection, registers: RegisterCache, after: int, last: int) -> int:
    # No change of a response may come between its counting and its going.
    await owner.execute("LOCK TABLE response_change IN SHARE MODE")
    chosen, keys = _BATCH.format(after=after, last=last), ", ".join(_KEYS)
    for (version,) in await owner.fetch(_VERSIONS, after, last):
        counted = recount(registers.current.instruments.by_id(version), _KEYS, where=chosen)
        await owner.execute(
            f"INSERT INTO purged_count AS kept (instrument_version_id, {keys}, item, code, n, w, w2)"
            f" SELECT $1, {keys}, item, code, sum(n), sum(w), sum(w2) FROM ({counted}) AS counted"
            f" GROUP BY {keys}, item, code HAVING sum(n) <> 0"
            f" ON CONFLICT (instrument_version_id, {keys}, item, code)"
            " DO UPDATE SET n = kept.n + excluded.n, w = kept.w + excluded.w, w2 = kept.w2 + excluded.w2",
            version,
        )
    return int((await owner.execute(f"DELETE FROM response WHERE {chosen}")).split()[-1])
