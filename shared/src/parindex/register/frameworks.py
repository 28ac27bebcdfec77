"""Publishes criteria frameworks: versions become rows of `framework_version`, which nobody ever changes, and are read back.

A law in force is what stands in that table; files of this package and drafts of officers are only two ways into it.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from parindex.errors import Conflict
from parindex.frameworks.criteria_catalogue import CriteriaCatalogue, changed_after_publication, load_frameworks
from parindex.frameworks.criteria_file import FrameworkFile, read_framework_json
from parindex.register.revision import hold_register_lock
from parindex.register.roles import acting_as

if TYPE_CHECKING:
    from collections.abc import Iterable

    import asyncpg

UNCHANGED = "frameworks: nothing changed"
NATION = 0
"""The owner of everything shipped."""

_parsed: dict[str, FrameworkFile] = {}
"""Digest -> the version read from a stored document; versions never change, so nothing here grows old."""
_catalogues: dict[tuple[str, ...], CriteriaCatalogue] = {}
"""The catalogue of the last set of digests seen."""


async def load_frameworks_register(connection: asyncpg.Connection) -> list[str]:
    """Puts the shipped framework versions that the database does not have in force. Returns what changed, in sentences.

    May run twice: the second time changes nothing. Raises Conflict when a shipped file differs from what was published
    under its name, naming each; then nothing is stored.
    """
    return await publish(connection, load_frameworks().files, why="shipped with the software")


async def publish(
    connection: asyncpg.Connection,
    files: Iterable[FrameworkFile],
    *,
    why: str,
    tenant_id: int = NATION,
    person_id: int | None = None,
) -> list[str]:
    """Inserts versions that are not stored yet, with an event each, in one transaction; one publication at a time.

    `tenant_id` is the authority that owns them, `person_id` who put them in force (None: the software or its operator).
    May run twice. Raises Conflict for a version stored with another digest, Invalid when versions would overlap in time.
    """
    offered = list(files)
    async with connection.transaction():
        await hold_register_lock(connection)
        stored = await _digests(connection)
        if findings := changed_after_publication(offered, stored):
            raise Conflict(
                f"{len(findings)} framework version(s) differ from what was published under their name; nothing was stored."
                f" The first: {findings[0].message}",
                code="published_version_changed",
                hint="Put the published text back, or give the correction a new version.",
                findings=findings,
            )
        new = [one for one in offered if one.name not in stored]
        if not new:
            return [UNCHANGED]
        if stored:
            # Refuses what would be in force beside another version, before anybody is scored by either.
            CriteriaCatalogue([*(await load_frameworks_from_database(connection)).files, *new])
        async with acting_as(connection, "scoring-api"):
            await insert_versions(connection, new, tenant_id=tenant_id, person_id=person_id, why=why)
    return [f"frameworks: {one.name} in force from {one.valid_from} ({one.status})" for one in new]


async def insert_versions(
    connection: asyncpg.Connection, files: Iterable[FrameworkFile], *, tenant_id: int, person_id: int | None, why: str
) -> None:
    """Inserts versions and their events, nothing else; the caller has checked them, holds the lock and has the grants."""
    rows = list(files)
    await connection.executemany(
        "INSERT INTO framework_version"
        " (code, version, tenant_id, status, valid_from, valid_to, document, sha256, person_id, recorded_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, clock_timestamp())",
        [
            (
                one.framework.code,
                one.framework.version,
                tenant_id,
                one.status,
                one.valid_from,
                one.valid_to,
                json.dumps(one.document, ensure_ascii=False),
                one.framework.sha256,
                person_id,
            )
            for one in rows
        ],
    )
    await connection.executemany(
        "INSERT INTO framework_event (code, version, tenant_id, kind, sha256, person_id, why, recorded_at)"
        " VALUES ($1, $2, $3, 'put_in_force', $4, $5, $6, clock_timestamp())",
        [(one.framework.code, one.framework.version, tenant_id, one.framework.sha256, person_id, why) for one in rows],
    )


async def load_frameworks_from_database(connection: asyncpg.Connection) -> CriteriaCatalogue:
    """Every framework version in force at some time, as stored. Documents already read by this process are not read again.

    Raises Conflict for a row whose document no longer gives the digest it was published with.
    """
    stored = await _digests(connection)
    key = tuple(sorted(stored.values()))
    if (known := _catalogues.get(key)) is not None:
        return known
    rows = await connection.fetch(
        "SELECT code, version, sha256, document::text AS document FROM framework_version WHERE sha256 <> ALL($1::text[])",
        list(_parsed),
    )
    # Reading takes a second the first time: not in the loop that answers requests.
    await asyncio.to_thread(_read, rows)
    catalogue = CriteriaCatalogue(_parsed[digest] for digest in stored.values())
    _catalogues.clear()
    _catalogues[key] = catalogue
    return catalogue


def _read(rows: list[asyncpg.Record]) -> None:
    for row in rows:
        file = read_framework_json(json.loads(row["document"]), f"{row['code']}@{row['version']}")
        if file.framework.sha256 != row["sha256"]:
            raise Conflict(
                f"{row['code']}@{row['version']} is stored with the digest {row['sha256'][:12]}…,"
                f" its document gives {file.framework.sha256[:12]}….",
                code="published_version_changed",
                hint="The row was changed outside the product: restore it from a backup.",
            )
        _parsed[row["sha256"]] = file


async def _digests(connection: asyncpg.Connection) -> dict[str, str]:
    rows = await connection.fetch("SELECT code, version, sha256 FROM framework_version")
    return {f"{row['code']}@{row['version']}": row["sha256"] for row in rows}
