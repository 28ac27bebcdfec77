"""Counts dossiers as they arrive: queue entries gone, counts moved and restatements appended in one transaction.

May run at any moment, twice, or in several processes: counters take turns by an advisory lock. A dossier is always settled
anew from everything that was received of it, so a batch killed half-way is simply done again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import asyncpg

from parindex.db.session import Database
from ranking_worker.dossiers.books import (
    Counted,
    Received,
    Sheet,
    book,
    read_counted,
    read_received,
    write_counted,
)
from ranking_worker.dossiers.ground import Ground, GroundCache
from ranking_worker.dossiers.restate import Restatement, restatements, store_restatements

COUNT_LOCK = 7660012031
"""Advisory lock of everything that moves the counts of dossiers."""
REQUESTS = 20
"""Queue entries taken at once; an entry is a request of at most 500 dossiers."""
CHUNK = 2_000
"""Dossiers read and settled at once."""

_WAITING = "SELECT tenant_id, touched_id, realm, dossier_keys, recorded_at FROM dossier_touched ORDER BY tenant_id, touched_id LIMIT $1"
_TAKE = """
DELETE FROM dossier_touched USING unnest($1::int[], $2::bigint[]) AS chosen(tenant_id, touched_id)
WHERE dossier_touched.tenant_id = chosen.tenant_id AND dossier_touched.touched_id = chosen.touched_id
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one run did."""

    dossiers: int
    oldest: dt.datetime | None
    """Recording instant of the oldest entry taken."""
    full: bool
    """The batch was full: more may be waiting."""


async def count(database: Database, grounds: GroundCache, *, limit: int = REQUESTS) -> Batch:
    """Counts the dossiers of up to `limit` queue entries in one transaction."""
    async with database.transaction() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock($1)", COUNT_LOCK)
        waiting = await connection.fetch(_WAITING, limit)
        if not waiting:
            return Batch(0, None, full=False)
        await grounds.renew(connection)
        await connection.execute(_TAKE, [row[0] for row in waiting], [row[1] for row in waiting])
        keys: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
        for row in waiting:
            keys[row["tenant_id"], row["realm"]].update(row["dossier_keys"])
        done = 0
        for (tenant_id, realm), touched in sorted(keys.items()):
            done += await count_keys(connection, tenant_id, realm, sorted(touched), grounds)
    return Batch(done, min(row["recorded_at"] for row in waiting), full=len(waiting) == limit)


async def count_keys(
    connection: asyncpg.Connection, tenant_id: int, realm: str, keys: Sequence[str], grounds: GroundCache
) -> int:
    """Counts these dossiers anew, inside a transaction that holds the lock. Returns how many have a version."""
    done = 0
    joined = await grounds.joined(connection, tenant_id, realm)
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        received = await read_received(connection, tenant_id, realm, chunk)
        before = await read_counted(connection, tenant_id, realm, chunk)
        after, restated = await asyncio.to_thread(_settle, received, grounds.current, joined)
        sheet = Sheet()
        for key, counted in after.items():
            if key in before:
                sheet.book(before[key], -1)
            sheet.book(counted)
        await book(connection, tenant_id, realm, sheet)
        changed = {key: counted for key, counted in after.items() if before.get(key) != counted}
        await write_counted(connection, tenant_id, realm, changed)
        await store_restatements(connection, tenant_id, realm, restated)
        done += len(received)
    return done


def _settle(
    received: dict[str, Received], ground: Ground, joined: dt.datetime
) -> tuple[dict[str, Counted], list[Restatement]]:
    counted: dict[str, Counted] = {}
    restated: list[Restatement] = []
    for key, one in received.items():
        settled = ground.settle(one.versions, one.steps)
        assert settled is not None
        counted[key] = Counted.of(settled)
        restated += restatements(one, ground, joined)
    return counted, restated


_KINDS = "SELECT DISTINCT rules, procedure_base FROM dossier_counted"
_STALE = """
SELECT tenant_id, realm, dossier_key FROM dossier_counted JOIN unnest($1::text[], $2::text[]) AS stale(rules, procedure_base)
  USING (rules, procedure_base) LIMIT $3
"""


async def count_stale(database: Database, grounds: GroundCache, *, limit: int = CHUNK) -> int:
    """Counts up to `limit` dossiers anew that were counted under other rules, calendar or procedure. 0: all are up to date.

    Looks through everything that was counted: call it when one of the three moved, until it returns 0.
    """
    async with database.transaction() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock($1)", COUNT_LOCK)
        await grounds.renew(connection)
        ground = grounds.current
        stale = [(rules, base) for rules, base in await connection.fetch(_KINDS) if rules != ground.label(base)]
        if not stale:
            return 0
        rows = await connection.fetch(_STALE, *(list(column) for column in zip(*stale, strict=True)), limit)
        for tenant_id, realm, keys in _grouped(rows):
            await count_keys(connection, tenant_id, realm, keys, grounds)
    return len(rows)


def _grouped(rows: Iterable[asyncpg.Record]) -> list[tuple[int, str, list[str]]]:
    keys: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for tenant_id, realm, key in rows:
        keys[tenant_id, realm].append(key)
    return [(tenant_id, realm, sorted(touched)) for (tenant_id, realm), touched in sorted(keys.items())]
