"""Compares the evidence store with the rows: removes objects that no row needs, names contents whose object is missing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from parindex.db.session import Database
from parindex.settings import Settings
from scoring_api.evidence.sealing import resealed, sealing_keys
from scoring_api.evidence.store import evidence_store

GRACE = dt.timedelta(hours=24)
"""An object younger than this may belong to a request that has not committed yet."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found: objects removed, bytes they held, and contents (tenant, digest) that the store has lost."""

    kept: int
    removed: int
    removed_bytes: int
    lost: list[tuple[int, str]]


async def sweep(database: Database, settings: Settings, now: dt.datetime, grace: dt.timedelta = GRACE) -> Swept:
    """Removes what crashes and erasures left in the store. May run twice and beside everything else.

    The rows are read after the listing: an object that was listed and is old enough has its row by then, or never will.
    """
    store = evidence_store(settings)
    listed = {found.key: found async for found in store.every()}
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT tenant_id, storage_key, sha256, recorded_at FROM evidence_content WHERE sealed_key IS NOT NULL"
        )
    needed = {row["storage_key"]: row for row in rows}
    orphans = [found for key, found in listed.items() if key not in needed and found.written_at < now - grace]
    for orphan in orphans:
        await store.delete(orphan.key)
    lost = [
        (row["tenant_id"], row["sha256"].hex())
        for key, row in needed.items()
        if key not in listed and row["recorded_at"] < now - grace
    ]
    return Swept(len(listed) - len(orphans), len(orphans), sum(orphan.size for orphan in orphans), sorted(lost))


async def reseal(database: Database, settings: Settings) -> int:
    """Seals every content's key anew with the first secret key, so that an old one can be retired. Returns how many.

    May run twice. Raises Unavailable for a key that none of the secret keys opens.
    """
    keys = sealing_keys(settings.secret_keys)
    done = 0
    async with database.transaction() as connection:
        rows = await connection.fetch(
            "SELECT tenant_id, sha256, sealed_key FROM evidence_content WHERE sealed_key IS NOT NULL"
            " ORDER BY tenant_id, sha256 FOR UPDATE"
        )
        for row in rows:
            await connection.execute(
                "UPDATE evidence_content SET sealed_key = $3 WHERE tenant_id = $1 AND sha256 = $2",
                row["tenant_id"],
                row["sha256"],
                resealed(row["sealed_key"], keys),
            )
            done += 1
    return done
