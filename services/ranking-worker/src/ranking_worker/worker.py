"""The loops of the worker process: on Postgres alone, woken by the doorbell, stopped between transactions.

Any number of worker processes may run: locks make them take turns, and everything they do is computed from rows.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from parindex.db.session import Database
from parindex.errors import ParindexError
from parindex.settings import Settings
from parindex.web.logs import get_logger, say_whether_roles_are_separated
from ranking_worker.bell import Bell
from ranking_worker.close_periods import close_periods
from ranking_worker.deliveries import Deliveries
from ranking_worker.dossiers.count import count, count_stale
from ranking_worker.dossiers.freeze import Freezer
from ranking_worker.dossiers.ground import Ground, GroundCache
from ranking_worker.exposures import ExposureBook
from ranking_worker.index_runs import RoundBook, compute_rounds
from ranking_worker.merge import merge
from ranking_worker.metrics import Metrics
from ranking_worker.overdue import Aged, announce_overdue
from ranking_worker.portal.loop import PortalLoop
from ranking_worker.publishing import Publishing
from ranking_worker.recompute import recompute
from ranking_worker.reconcile import Outcome, reconcile
from ranking_worker.registers import RegisterCache

SWEEP_SECONDS = 0.25
"""How long a delta may lie when no bell rang."""
COMPUTE_SECONDS = 1.0
"""How often rounds are looked at for events that no run has seen: an appraiser sees the table move."""
DELIVER_SECONDS = 1.0
PUBLISH_SECONDS = 1.0
PORTAL_SECONDS = 5.0
"""How often each connection with the portal is looked at when nothing is under way."""
ANNOUNCE_SECONDS = 2.0
"""How often provisional tables that moved are announced: a busy table has one change entry in that time."""
CLOSE_SECONDS = 60.0
OBSERVE_SECONDS = 5.0
RETRY_SECONDS = 1.0
RECONCILE_AFTER = dt.timedelta(hours=25)
"""A recount is due when none was recorded for so long; arq's cron asks for one every night."""
FIRST_RECONCILE_SECONDS = 3600.0
BATCHES_A_CYCLE = 5
"""Full batches merged before tables are renewed: a backlog neither starves the tables nor renews them for each batch."""


class Worker:
    """The loops and what they share."""

    def __init__(self, settings: Settings, *, metrics: Metrics | None = None) -> None:
        self.database = Database.for_service(settings, "ranking-worker")
        self.metrics = metrics or Metrics()
        self.bell = Bell(settings.redis_url, self.metrics)
        self._registers = RegisterCache()
        self._grounds = GroundCache()
        self._freezer = Freezer(self.database, self._registers, self._grounds)
        self._settled_on: Ground | None = None
        self._exposures = ExposureBook()
        self._rounds = RoundBook()
        self._publishing = Publishing(self.database, self._registers, settings.signing_key_file, self.metrics)
        self._deliveries = Deliveries(settings, self.database, self.metrics)
        self._portal = PortalLoop(settings, self.database, self._registers, self.metrics)
        self._announced: set[Aged] = set()
        self._stopping = asyncio.Event()
        self._started = time.monotonic()
        self._log = get_logger()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Runs the loops inside the block.

        At its end the merge and count under way are finished; recounts and closings, which may take long, are given up and roll
        back: the next start finds them due again.
        """
        merging = asyncio.create_task(self._loop("merge", self.cycle, self.bell.merge, SWEEP_SECONDS))
        counting = asyncio.create_task(self._loop("dossiers", self.count, self.bell.dossiers, SWEEP_SECONDS))
        others = [
            asyncio.create_task(self.bell.listen()),
            asyncio.create_task(self._loop("compute", self.compute, asyncio.Event(), COMPUTE_SECONDS)),
            asyncio.create_task(self._loop("publish", self._publishing.step, asyncio.Event(), PUBLISH_SECONDS)),
            asyncio.create_task(self._loop("announce", self._publishing.announce, asyncio.Event(), ANNOUNCE_SECONDS)),
            asyncio.create_task(self._loop("deliver", self._deliveries.step, asyncio.Event(), DELIVER_SECONDS)),
            asyncio.create_task(self._loop("close", self.close, self.bell.close_periods, CLOSE_SECONDS)),
            asyncio.create_task(self._loop("reconcile", self.reconcile_if_due, self.bell.reconcile, CLOSE_SECONDS)),
            asyncio.create_task(self._loop("observe", self.observe, asyncio.Event(), OBSERVE_SECONDS)),
        ]
        others += [
            asyncio.create_task(
                self._loop("portal", functools.partial(self._portal.step, profile), asyncio.Event(), PORTAL_SECONDS)
            )
            for profile in self._portal.profiles
        ]
        say_whether_roles_are_separated(self.database, "ranking-worker")
        try:
            yield
        finally:
            self._stopping.set()
            for task in others:
                task.cancel()
            await asyncio.gather(merging, counting, *others, return_exceptions=True)
            await self._deliveries.close()
            await self._portal.close()
            await self.database.close()

    async def _loop(
        self, name: str, work: Callable[[], Awaitable[bool]], wake: asyncio.Event, pause_seconds: float
    ) -> None:
        """Works until nothing is left, then waits for the bell or the pause, whichever comes first."""
        while not self._stopping.is_set():
            wake.clear()
            try:
                busy = await work()
            except Exception as error:  # noqa: BLE001 (whatever it was, the rows are still there: try again)
                self.metrics.errors.labels(name).inc()
                message = error.message if isinstance(error, ParindexError) else str(error)
                self._log.error("loop_failed", loop=name, error=type(error).__name__, message=message, exc_info=error)
                await self._pause(asyncio.Event(), RETRY_SECONDS)
                continue
            if not busy and not self._stopping.is_set():
                await self._pause(wake, pause_seconds)

    async def _pause(self, wake: asyncio.Event, seconds: float) -> None:
        waiting = [asyncio.create_task(event.wait()) for event in (wake, self._stopping)]
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()

    async def cycle(self) -> bool:
        """Merges what waits and renews what is due. True when there was something to do."""
        if not await self._anything_waits():
            self.metrics.cycle_at.set_to_current_time()
            return False
        oldest: dt.datetime | None = None
        deltas = 0
        heard, self.bell.heard = self.bell.heard, {}
        for _ in range(BATCHES_A_CYCLE):
            with self.metrics.merge_seconds.time():
                merged = await merge(self.database, self._registers)
            self.metrics.merged.inc(merged.deltas)
            deltas += merged.deltas
            oldest = min(filter(None, (oldest, merged.oldest)), default=None)
            if not merged.full or self._stopping.is_set():
                break
        with self.metrics.recompute_seconds.time():
            renewed = await recompute(self.database, self._registers, self._exposures)
        self.metrics.tables.inc(renewed.tables)
        self.metrics.cycle_at.set_to_current_time()
        self._log.info("merged", deltas=deltas, results=renewed.results, tables=renewed.tables, **heard)
        if oldest is not None:
            self.metrics.visible_seconds.observe(max(0.0, (dt.datetime.now(dt.UTC) - oldest).total_seconds()))
        return True

    async def _anything_waits(self) -> bool:
        async with self.database.connection() as connection:
            await self._registers.renew(connection)
            waits: bool = await connection.fetchval(
                "SELECT EXISTS (SELECT FROM response_delta) OR EXISTS (SELECT FROM due)"
            )
        return waits

    async def count(self) -> bool:
        """Counts the dossiers that wait, and those that stand on an older calendar, procedure or rules. True when any did."""
        if not await self._dossiers_wait():
            return False
        batch = await count(self.database, self._grounds)
        self.metrics.dossiers.inc(batch.dossiers)
        again = 0
        if not batch.dossiers and self._settled_on is not self._grounds.current:
            ground = self._grounds.current
            again = await count_stale(self.database, self._grounds)
            if not again:
                self._settled_on = ground
        if batch.dossiers or again:
            self._log.info("dossiers_counted", dossiers=batch.dossiers, again=again)
        return True

    async def _dossiers_wait(self) -> bool:
        async with self.database.connection() as connection:
            await self._grounds.renew(connection)
            waits: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM dossier_touched)")
        return waits or self._settled_on is not self._grounds.current

    async def compute(self) -> bool:
        """Computes the assessment rounds whose inputs changed."""
        for done in await compute_rounds(self.database, self._registers, self._rounds):
            if done.stored:
                self.metrics.index_runs.inc()
                self._log.info(
                    "round_computed",
                    tenant=done.tenant_id,
                    round=done.round_id,
                    event_no=done.event_no,
                    units_computed=done.units,
                )
        return False

    async def close(self) -> bool:
        """Renews what aged without a response, and closes periods. True when more periods may wait."""
        if await announce_overdue(self.database, self._announced):
            self.bell.merge.set()
        closed = await close_periods(self.database, self._registers)
        for realm, period in closed:
            self._log.info("period_closed", realm=realm, period=period)
        frozen = await self._freezer.step()
        for realm, period in frozen:
            self._log.info("dossiers_frozen", realm=realm, period=period)
        self.metrics.closed.inc(len(closed) + len(frozen))
        return bool(closed or frozen)

    async def reconcile_if_due(self) -> bool:
        """Recounts when the cron asked for it, or when it did not for too long."""
        if self.bell.reconcile_asked or await self._reconcile_overdue():
            self.bell.reconcile_asked = False
            self.report(await reconcile(self.database, self._registers))
        return False

    async def _reconcile_overdue(self) -> bool:
        async with self.database.connection() as connection:
            age = await connection.fetchval("SELECT clock_timestamp() - max(recorded_at) FROM reconciliation")
        if age is None:
            return time.monotonic() - self._started > FIRST_RECONCILE_SECONDS
        return bool(age > RECONCILE_AFTER)

    def report(self, outcomes: list[Outcome]) -> None:
        """Raises the alarm of a recount: gauge and log line."""
        for outcome in outcomes:
            level = self._log.error if outcome.mismatches else self._log.info
            level(
                "reconciled",
                realm=outcome.realm,
                cells=outcome.cells,
                responses=outcome.responses,
                dossiers=outcome.dossiers,
                mismatches=outcome.mismatches,
                detail=outcome.detail,
            )

    async def observe(self) -> bool:
        """Reads lag and the last recounts for the metrics."""
        async with self.database.connection() as connection:
            lag = await connection.fetchval(
                "SELECT extract(epoch FROM clock_timestamp() - min(recorded_at))::float8 FROM response_delta"
            )
            dossier_lag = await connection.fetchval(
                "SELECT extract(epoch FROM clock_timestamp() - min(recorded_at))::float8 FROM dossier_touched"
            )
            last = await connection.fetch(
                "SELECT DISTINCT ON (realm) realm, mismatches, recorded_at FROM reconciliation ORDER BY realm, recorded_at DESC"
            )
            await self._deliveries.observe(connection)
            await self._portal.observe(connection)
        self.metrics.lag_seconds.set(max(0.0, lag or 0.0))
        self.metrics.dossier_lag_seconds.set(max(0.0, dossier_lag or 0.0))
        for realm, mismatches, recorded_at in last:
            self.metrics.mismatches.labels(realm).set(mismatches)
            self.metrics.reconciled_at.labels(realm).set(recorded_at.timestamp())
        return False

    async def ready(self) -> dict[str, str]:
        """State of what the worker depends on. Raises when the database does not answer; Redis may be away."""
        async with self.database.connection() as connection:
            await connection.fetchval("SELECT 1 FROM worker_state LIMIT 1")
        heard = self.metrics.registry.get_sample_value("parindex_worker_redis_up")
        return {"database": "up", "redis": "up" if heard else "away (the sweep works without it)"}
