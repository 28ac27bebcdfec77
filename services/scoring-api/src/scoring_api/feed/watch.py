"""Waiting for the feed to move: one look at the database for all who wait, and no connection held by any of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from parindex.db.away import DATABASE_DOWN, database_is_away
from parindex.db.session import Database
from parindex.web.logs import get_logger
from scoring_api.feed.page import feed_head

LOOK_SECONDS = 0.25
MOST_WAITING = 500
"""Who comes when so many wait is answered at once."""


class FeedWatch:
    """One per process. Looks only while somebody waits."""

    def __init__(self, database: Callable[[], Database], most_waiting: int = MOST_WAITING) -> None:
        self._database = database
        self._most_waiting = most_waiting
        self._waiting = 0
        self._head = 0
        self._moved = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Requests that wait now."""
        return self._waiting

    async def beyond(self, number: int, seconds: float) -> bool:
        """Returns True when the feed has gone beyond the number, False when the time is over or too many wait."""
        if self._waiting >= self._most_waiting or seconds <= 0:
            return False
        self._waiting += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout(seconds):
                while self._head <= number:
                    await self._moved.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True

    async def _look(self) -> None:
        while self._waiting:
            try:
                async with self._database().connection() as connection:
                    head = await feed_head(connection)
            except DATABASE_DOWN as error:
                if not database_is_away(error):
                    raise
                get_logger().warning("feed_not_seen", error=type(error).__name__)
            else:
                if head != self._head:
                    self._head = head
                    self._moved.set()
                    self._moved = asyncio.Event()
            await asyncio.sleep(LOOK_SECONDS)

    async def close(self) -> None:
        """Ends the look under way."""
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking
