"""Hears the doorbell: arq's worker, kept alive around any loss of Redis. Every job only sets an event of the loops."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, cast

from arq import cron
from arq.connections import create_pool
from arq.worker import Worker as ArqWorker
from arq.worker import func
from redis.exceptions import RedisError

from parindex.engine.period import VIETNAM
from parindex.jobs.queue import (
    CLOSE_PERIODS,
    MERGE,
    QUEUE,
    RECONCILE,
    MergeBell,
    deserialize,
    redis_settings,
    serialize,
)
from parindex.web.logs import get_logger
from ranking_worker.metrics import Metrics

if TYPE_CHECKING:
    from arq.typing import WorkerCoroutine

POLL_SECONDS = 0.05
RECONNECT_SECONDS = 1.0


def _job(method: Any) -> WorkerCoroutine:
    """A bound method as arq's type of job, which names its first parameter."""
    return cast("WorkerCoroutine", method)


class Bell:
    """The events that jobs set: `merge` and `dossiers` on every ring, `close_periods` and `reconcile` by arq's cron."""

    def __init__(self, redis_url: str, metrics: Metrics) -> None:
        self.merge = asyncio.Event()
        self.dossiers = asyncio.Event()
        self.close_periods = asyncio.Event()
        self.reconcile = asyncio.Event()
        self.heard: dict[str, str] = {}
        """Who rang last and for which request, for the log of the merge that follows; whoever logs clears it."""
        self.reconcile_asked = False
        """Set with `reconcile`; whoever recounts clears it."""
        self._settings = redis_settings(redis_url)
        self._metrics = metrics

    async def listen(self) -> None:
        """Listens until cancelled; without Redis it knocks once a second, and the sweeps go on by themselves."""
        log = get_logger()
        heard = True
        while True:
            try:
                await self._listen_once()
            except (RedisError, OSError, TimeoutError) as error:
                if heard:
                    log.warning("doorbell_lost", error=type(error).__name__)
                heard = False
            else:
                heard = True
            self._metrics.redis_up.set(0)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen_once(self) -> None:
        pool = await create_pool(
            self._settings, job_serializer=serialize, job_deserializer=deserialize, default_queue_name=QUEUE
        )
        worker = ArqWorker(
            functions=[func(_job(self._on_merge), name=MERGE, keep_result=0, timeout=5)],
            cron_jobs=[
                cron(_job(self._on_close_periods), name=CLOSE_PERIODS, minute=set(range(0, 60, 10)), keep_result=0),
                cron(_job(self._on_reconcile), name=RECONCILE, hour=2, minute=30, keep_result=0),
            ],
            queue_name=QUEUE,
            redis_pool=pool,
            handle_signals=False,
            poll_delay=POLL_SECONDS,
            keep_result=0,
            job_serializer=serialize,
            job_deserializer=deserialize,
            timezone=VIETNAM,  # type: ignore[arg-type]  # arq means any tzinfo
            log_results=False,
        )
        self._metrics.redis_up.set(1)
        # What rang while nobody listened may be lost with Redis: look once.
        self.merge.set()
        self.dossiers.set()
        try:
            await worker.main()
        finally:
            for task in worker.tasks.values():
                task.cancel()
            await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
            with contextlib.suppress(RedisError, OSError):
                await pool.aclose(close_connection_pool=True)

    async def _on_merge(self, _context: dict[str, Any], payload: dict[str, Any]) -> None:
        rung = MergeBell.model_validate(payload)
        self.heard = {"rung_by": rung.rung_by, "request_id": rung.request_id}
        self.merge.set()
        self.dossiers.set()

    async def _on_close_periods(self, _context: dict[str, Any]) -> None:
        self.close_periods.set()

    async def _on_reconcile(self, _context: dict[str, Any]) -> None:
        self.reconcile_asked = True
        self.reconcile.set()
