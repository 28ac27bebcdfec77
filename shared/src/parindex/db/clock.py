"""The one clock of facts: the database's, read under a shared lock that a period's closing takes exclusively."""

from __future__ import annotations

import datetime as dt

import asyncpg

CLOSING_LOCK = 7660012018
"""Advisory lock key: shared by every transaction that records facts, exclusive for a moment when a period is closed."""


_INSTANT = "SELECT pg_advisory_xact_lock_shared($1), clock_timestamp()"
# The columns are computed in their order: who waits for a turn holds nothing that a closing waits for.
_INSTANT_IN_TURN = (
    "SELECT pg_advisory_xact_lock_shared(hashtextextended($2, 0)), pg_advisory_xact_lock_shared($1), clock_timestamp()"
)


async def recording_instant(connection: asyncpg.Connection, turn: str | None = None) -> dt.datetime:
    """The instant to record facts of this transaction with (UTC). First statement of every transaction that appends facts.

    `turn` names a lock that all who record the same kind of facts share, so that one of them can go alone (`go_alone`).
    """
    if turn is None:
        row = await connection.fetchrow(_INSTANT, CLOSING_LOCK)
    else:
        row = await connection.fetchrow(_INSTANT_IN_TURN, CLOSING_LOCK, turn)
    instant: dt.datetime = row[-1]
    return instant


async def go_alone(connection: asyncpg.Connection, turn: str) -> None:
    """Returns once nobody records in that turn; nobody will until this transaction ends. Its first statement."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", turn)


async def wait_for_recorders(connection: asyncpg.Connection) -> None:
    """Returns once every transaction that began recording before this call has ended. Call inside a transaction of its own."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", CLOSING_LOCK)
