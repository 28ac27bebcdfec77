"""Runs a submission in its transaction: retried on deadlock, serialisation or when overtaken, refused when too many wait.

What is returned is committed; a caller may let the verdicts leave.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg

from parindex.db.clock import go_alone
from parindex.db.session import Database
from parindex.errors import Unavailable


class Overtaken(Exception):
    """Another transaction has just stored what this one was about to number: it must look again, alone in its turn."""

    def __init__(self, turn: str) -> None:
        super().__init__(turn)
        self.turn = turn


RETRIES = 3
RETRYABLE = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
CONTENTION_LOCK = 7660012019
"""Advisory lock key, held by a transaction that is tried again."""

Answer = TypeVar("Answer")


class Committer:
    """The door to the database: at most `max_waiting` pieces of work may be inside or waiting."""

    def __init__(self, database: Database, max_waiting: int) -> None:
        self._database = database
        self._max_waiting = max_waiting
        self.waiting = 0

    async def committed(self, work: Callable[[asyncpg.Connection], Awaitable[Answer]]) -> Answer:
        """The answer of `work`, after its transaction was committed. Raises Unavailable under back-pressure."""
        if self.waiting >= self._max_waiting:
            raise Unavailable(
                "Too many requests wait for the database; nothing was stored.",
                code="back_pressure",
                hint="Send the same again after Retry-After seconds.",
                retry_after=1,
            )
        self.waiting += 1
        try:
            turn: str | None = None
            for attempt in range(RETRIES + 1):
                try:
                    async with self._database.transaction() as connection:
                        if turn is not None:
                            await go_alone(connection, turn)
                        elif attempt:
                            # Those that met once would meet again: the second time they go one by one.
                            await connection.execute("SELECT pg_advisory_xact_lock($1)", CONTENTION_LOCK)
                        return await work(connection)
                except Overtaken as error:
                    turn = error.turn
                except RETRYABLE:
                    if attempt == RETRIES:
                        break
                    await asyncio.sleep(random.uniform(0.005, 0.05) * (attempt + 1))  # noqa: S311 (jitter)
        finally:
            self.waiting -= 1
        raise Unavailable(
            "The database could not order this request among others; nothing was stored.",
            code="contention",
            hint="Send the same again after Retry-After seconds.",
            retry_after=1,
        )
