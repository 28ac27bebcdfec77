"""The one clock of facts: the database's, read under a shared lock that a period's closing takes exclusively."""

from __future__ import annotations

import datetime as dt

import asyncpg

CLOSING_LOCK = 7660012018
"""Advisory lock key: shared by every transaction that records facts, exclusive for a moment when a period is closed."""


async def recording_instant(connection: asyncpg.Connection) -> dt.datetime:
    """The instant to record facts of this transaction with (UTC). First statement of every transaction that appends facts."""
    row = await connection.fetchrow("SELECT pg_advisory_xact_lock_shared($1), clock_timestamp()", CLOSING_LOCK)
    instant: dt.datetime = row[1]
    return instant


async def wait_for_recorders(connection: asyncpg.Connection) -> None:
    """Returns once every transaction that began recording before this call has ended. Call inside a transaction of its own."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", CLOSING_LOCK)
