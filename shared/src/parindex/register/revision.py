"""Numbers of register loads: the public catalogue cursor, given by one writer at a time, in commit order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from parindex.register.roles import acting_as

if TYPE_CHECKING:
    import asyncpg

REGISTER_LOCK = 7660012019
"""Advisory lock key, held until the load commits, so that a smaller number never becomes visible after a larger one."""


async def hold_register_lock(connection: asyncpg.Connection) -> None:
    """Waits until no other load is under way and keeps others waiting until this transaction ends; may be called again."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", REGISTER_LOCK)


async def next_revision(connection: asyncpg.Connection, register: str, sha256: str, summary: dict[str, Any]) -> int:
    """Records one load that changes `register` and returns its revision number (1, 2, ...).

    Call it once per load, inside the transaction that writes the changes and before them; not for a load that changes
    nothing. `sha256` is the hex digest of what was loaded, `summary` says what changed. Other loads wait until this
    transaction ends.
    """
    async with acting_as(connection, "ranking-worker"):
        # A statement of its own: the next one then sees what the load before committed.
        await hold_register_lock(connection)
        revision: int = await connection.fetchval(
            "INSERT INTO register_load (revision, register, sha256, summary, recorded_at)"
            " SELECT coalesce(max(revision), 0) + 1, $1, $2, $3::jsonb, clock_timestamp() FROM register_load RETURNING revision",
            register,
            sha256,
            json.dumps(summary, ensure_ascii=False),
        )
    return revision
