"""Brings a file into the evidence store: checked, encrypted and put first, its content's row held in the caller's transaction."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from contextlib import suppress
from dataclasses import dataclass

import asyncpg

from parindex.db.session import Database
from parindex.errors import Unavailable
from parindex.settings import Settings
from scoring_api.evidence.file_types import CheckedFile, check_file
from scoring_api.evidence.sealing import digest_of, seal, sealing_keys
from scoring_api.evidence.store import evidence_store

_AT_ONCE = 4
"""Files that one process checks and encrypts at the same time: each is held in memory whole."""
_turns = asyncio.Semaphore(_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent; `declared` is the sender's media type or ''."""

    file_name: str
    declared: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """An object in the store that no row speaks of yet."""

    storage_key: str
    sealed_key: bytes


@dataclass(frozen=True, slots=True)
class Brought:
    """A checked file whose encrypted content lies in the store; `sealed` None: it lay there before."""

    file: CheckedFile
    digest: bytes
    sealed: Sealed | None


async def bring(database: Database, settings: Settings, tenant_id: int, upload: Upload) -> Brought:
    """Checks the file, encrypts it and puts it into the store, unless the authority keeps the same content already.

    Raises Invalid `evidence_refused` for a file that is not taken, Unavailable where keys or store are missing.
    """
    keys, store = sealing_keys(settings.secret_keys), evidence_store(settings)
    sealed: Sealed | None = None
    async with _turns:
        file = await asyncio.to_thread(check_file, upload.file_name, upload.declared, upload.content)
        digest = await asyncio.to_thread(digest_of, file.content)
        if not await _is_kept(database, tenant_id, digest):
            content, sealed_key = await asyncio.to_thread(
                seal, file.content, tenant_id=tenant_id, digest=digest, keys=keys
            )
            # A key of its own for every writing: two senders of one content never overwrite each other's object.
            sealed = Sealed(f"{tenant_id}/{uuid.uuid4().hex}", sealed_key)
            await store.put(sealed.storage_key, content)
    return Brought(file, digest, sealed)


async def _is_kept(database: Database, tenant_id: int, digest: bytes) -> bool:
    async with database.connection() as connection:
        return bool(
            await connection.fetchval(
                "SELECT EXISTS (SELECT FROM evidence_content WHERE tenant_id = $1 AND sha256 = $2 AND sealed_key IS NOT NULL)",
                tenant_id,
                digest,
            )
        )


async def keep(connection: asyncpg.Connection, tenant_id: int, brought: Brought, now: dt.datetime) -> bool:
    """Holds the content's row against an erasure until the commit; True when the new object became the content's."""
    digest, sealed, size = brought.digest, brought.sealed, len(brought.file.content)
    kept = await connection.fetchrow(
        "SELECT sealed_key FROM evidence_content WHERE tenant_id = $1 AND sha256 = $2 FOR UPDATE", tenant_id, digest
    )
    if kept is not None and kept["sealed_key"] is not None:
        return False
    if sealed is None:
        raise Unavailable(
            "Tệp cùng nội dung vừa bị xóa. / The same content was erased at this moment; nothing was attached.",
            code="evidence_just_erased",
            hint="Gửi lại tệp. / Send the file again.",
        )
    taken = await connection.fetchval(
        "INSERT INTO evidence_content AS c (tenant_id, sha256, storage_key, sealed_key, size, recorded_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, sha256) DO UPDATE"
        " SET storage_key = excluded.storage_key, sealed_key = excluded.sealed_key, recorded_at = excluded.recorded_at"
        " WHERE c.sealed_key IS NULL RETURNING true",
        tenant_id,
        digest,
        sealed.storage_key,
        sealed.sealed_key,
        size,
        now,
    )
    return bool(taken)


async def drop(settings: Settings, brought: Brought) -> None:
    """Removes an object that lost to another sender's; what stays behind is swept."""
    if brought.sealed is not None:
        with suppress(Unavailable):
            await evidence_store(settings).delete(brought.sealed.storage_key)
