"""Counts every dossier again from what was received, to compare with what is kept or to replace it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from parindex.db.session import Database
from ranking_worker.dossiers.books import (
    NUMBERS,
    Cell,
    Counted,
    Received,
    Sheet,
    book,
    read_counted,
    read_received,
    write_counted,
)
from ranking_worker.dossiers.count import CHUNK, COUNT_LOCK
from ranking_worker.dossiers.ground import Ground, GroundCache

LISTED = 20
"""Mismatches written down per realm; the count is always whole."""
_PAGE = """
SELECT dossier_key FROM dossier_version
WHERE tenant_id = $1 AND realm = $2 AND dossier_key > $3 AND version_no = 1 ORDER BY dossier_key LIMIT $4
"""
_OWNERS = "SELECT DISTINCT tenant_id, realm FROM dossier_version ORDER BY tenant_id, realm"
_WAITING = "SELECT DISTINCT unnest(dossier_keys) FROM dossier_touched WHERE tenant_id = $1 AND realm = $2"
_KEPT = f"SELECT unit_id, accepted_day, procedure_base, late_from, {', '.join(NUMBERS)} FROM dossier_rollup WHERE tenant_id = $1 AND realm = $2"


@dataclass(slots=True)
class Compared:
    """What a comparison found in one realm."""

    dossiers: int = 0
    cells: int = 0
    mismatches: int = 0
    detail: list[dict[str, Any]] = field(default_factory=list)

    def wrong(self, **entry: Any) -> None:
        """Notes one mismatch."""
        self.mismatches += 1
        if len(self.detail) < LISTED:
            self.detail.append(entry)


async def _pages(connection: asyncpg.Connection, tenant_id: int, realm: str) -> AsyncIterator[list[str]]:
    last = ""
    while keys := [row[0] for row in await connection.fetch(_PAGE, tenant_id, realm, last, CHUNK)]:
        yield keys
        last = keys[-1]


async def compare_dossiers(connection: asyncpg.Connection, grounds: GroundCache) -> dict[str, Compared]:
    """Every dossier settled again against what is kept, by realm; changes nothing. Inside one snapshot.

    A dossier with something new in the queue, or counted under a calendar or rules that have moved since, is taken as
    it is counted: the worker is on its way to it.
    """
    await grounds.renew(connection)
    found: defaultdict[str, Compared] = defaultdict(Compared)
    for tenant_id, realm in await connection.fetch(_OWNERS):
        compared, sheet = found[realm], Sheet()
        waiting = {row[0] for row in await connection.fetch(_WAITING, tenant_id, realm)}
        async for keys in _pages(connection, tenant_id, realm):
            received = await read_received(connection, tenant_id, realm, keys)
            kept = await read_counted(connection, tenant_id, realm, keys)
            again = await asyncio.to_thread(_settle, received, grounds.current)
            compared.dossiers += len(again)
            for key, counted in again.items():
                stored = kept.get(key)
                if key in waiting or (stored and stored.rules != grounds.current.label(stored.procedure_base)):
                    if stored:
                        sheet.book(stored)
                    continue
                sheet.book(counted)
                if stored != counted:
                    compared.wrong(counts="dossier_counted", tenant_id=tenant_id, dossier=key)
        _compare(compared, tenant_id, sheet, await connection.fetch(_KEPT, tenant_id, realm))
    return dict(found)


def _settle(received: dict[str, Received], ground: Ground) -> dict[str, Counted]:
    settled = {key: ground.settle(one.versions, one.steps) for key, one in received.items()}
    return {key: Counted.of(one) for key, one in settled.items() if one is not None}


def _compare(compared: Compared, tenant_id: int, sheet: Sheet, kept: Iterable[Any]) -> None:
    rows: dict[Cell, list[int]] = {(row[0], row[1], row[2], row[3]): list(row)[4:] for row in kept}
    counted = dict(sheet.moved())
    compared.cells += len(rows.keys() | counted.keys())
    for cell in sorted(rows.keys() | counted.keys()):
        if rows.get(cell) != counted.get(cell):
            unit_id, day, base, late_from = cell
            compared.wrong(
                counts="dossier_rollup",
                tenant_id=tenant_id,
                unit_id=unit_id,
                accepted_day=day.isoformat(),
                procedure_base=base,
                late_from="" if late_from == dt.date.max else late_from.isoformat(),
                counted=counted.get(cell, [0])[0],
                kept=rows.get(cell, [0])[0],
            )


async def rebuild_dossiers(database: Database, grounds: GroundCache) -> int:
    """Makes all counts of dossiers anew from what was received, in one transaction. Returns the dossiers; may run twice.

    What waits in the queue is part of it and is counted once more afterwards, which changes nothing.
    """
    done = 0
    async with database.transaction() as connection:
        await connection.execute("SET LOCAL statement_timeout = '30min'")
        await connection.execute("SELECT pg_advisory_xact_lock($1)", COUNT_LOCK)
        await grounds.renew(connection)
        for table in ("dossier_rollup", "dossier_counted"):
            await connection.execute(f"DELETE FROM {table}")
        for tenant_id, realm in await connection.fetch(_OWNERS):
            sheet = Sheet()
            async for keys in _pages(connection, tenant_id, realm):
                received = await read_received(connection, tenant_id, realm, keys)
                again = await asyncio.to_thread(_settle, received, grounds.current)
                for counted in again.values():
                    sheet.book(counted)
                await write_counted(connection, tenant_id, realm, again)
                done += len(again)
            await book(connection, tenant_id, realm, sheet)
    return done
