"""The doorbell: tells the worker that deltas wait. It may fail, be late or be lost; the worker's own sweep finds the rows."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from arq.connections import ArqRedis
from redis.exceptions import RedisError

from parindex.jobs.queue import MERGE, MergeBell, lazy_pool

RING_SECONDS = 0.05
"""Longest time one ring may take."""
GAP_SECONDS = 0.05
"""Least time between two rings of one process: the worker looks at its queue as often."""

_log = logging.getLogger(__name__)


async def ring(pool: ArqRedis, *, rung_by: str, request_id: str = "", limit_seconds: float = RING_SECONDS) -> bool:
    """Announces the job `merge`. Never raises; False when Redis did not take it within the limit. May run twice."""
    try:
        async with asyncio.timeout(limit_seconds):
            payload = MergeBell(rung_by=rung_by, request_id=request_id).model_dump()
            await pool.enqueue_job(MERGE, payload, _job_id=MERGE)
    except (RedisError, OSError, TimeoutError) as error:
        _log.info("The doorbell could not be rung (%s): the worker's sweep will find the rows.", type(error).__name__)
        return False
    return True


class Doorbell:
    """Rings without being waited for. Any number of `ring_soon` during one ring make one more ring after it."""

    def __init__(self, redis_url: str, *, rung_by: str = "survey-ingest") -> None:
        self._pool = lazy_pool(redis_url)
        self._rung_by = rung_by
        self._again = False
        self._request_id = ""
        self._ringing: asyncio.Task[None] | None = None
        self.failures = 0
        """Rings that Redis did not take, since the start."""

    def ring_soon(self, request_id: str = "") -> None:
        """Returns at once; call after the commit, inside a running event loop. `request_id`: whose work it announces."""
        self._again = True
        self._request_id = self._request_id or request_id
        if self._ringing is None or self._ringing.done():
            self._ringing = asyncio.get_running_loop().create_task(self._ring_until_quiet())

    async def _ring_until_quiet(self) -> None:
        while self._again:
            self._again = False
            request_id, self._request_id = self._request_id, ""
            if not await ring(self._pool, rung_by=self._rung_by, request_id=request_id):
                self.failures += 1
            await asyncio.sleep(GAP_SECONDS)

    async def close(self) -> None:
        """Ends the ring under way and closes the connections."""
        if self._ringing is not None:
            self._ringing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ringing
        with contextlib.suppress(RedisError, OSError):
            await self._pool.aclose(close_connection_pool=True)
