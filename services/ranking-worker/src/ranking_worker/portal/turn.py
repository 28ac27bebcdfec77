"""Whose turn it is: one process at a time works with a profile. Whoever finds something half done then knows that nobody does it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from parindex.db.session import Database

_TAKE = "SELECT pg_try_advisory_lock(hashtextextended('parindex-portal/' || $1::text || '/' || $2, 0))"
_GIVE = "SELECT pg_advisory_unlock(hashtextextended('parindex-portal/' || $1::text || '/' || $2, 0))"


@asynccontextmanager
async def turn(database: Database, tenant_id: int, profile: str) -> AsyncIterator[bool]:
    """Whether the block has the profile to itself. The lock is the connection's: it ends with the process at the latest."""
    async with database.connection() as connection:
        taken = await connection.fetchval(_TAKE, str(tenant_id), profile)
        try:
            yield bool(taken)
        finally:
            if taken and not connection.is_closed():
                await connection.execute(_GIVE, str(tenant_id), profile)
