"""What one ingest process holds: pool, catalogues, coalescer, doorbell, metrics; and its background loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter as TallyCounter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge
from structlog.contextvars import get_contextvars

from parindex.db.session import Database
from parindex.jobs.doorbell import Doorbell
from parindex.settings import Settings
from parindex.web.auth import Authenticator
from parindex.web.logs import get_logger, say_whether_roles_are_separated
from survey_ingest.batches import purge_batches
from survey_ingest.catalogue_keeper import CatalogueKeeper
from survey_ingest.coalesce import Coalescer
from survey_ingest.commit import Committer
from survey_ingest.limits import RateLimiter
from survey_ingest.replay import replay_quarantine
from survey_ingest.verdicts import Result

HOUSEKEEPING_SECONDS = 60


class Resources:
    """Everything that lives as long as the process. `open` starts the loops, `close` finishes what was acknowledged."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.registry = CollectorRegistry()
        self.database = Database.for_service(settings, "survey-ingest")
        self.authenticator = Authenticator(self.database)
        self.catalogues = CatalogueKeeper(self.database)
        self.committer = Committer(self.database, settings.max_waiting)
        self.coalescer = Coalescer(self.committer, settings.coalesce_ms / 1000)
        self.doorbell = Doorbell(settings.redis_url)
        self.limiter = RateLimiter()
        self.log = get_logger()
        self._verdicts = Counter(
            "parindex_responses_total", "Items answered, by verdict", ["realm", "verdict"], registry=self.registry
        )
        self._records = Counter(
            "parindex_dossier_records_total",
            "Records of dossiers and of their progress answered, by verdict",
            ["realm", "kind", "verdict"],
            registry=self.registry,
        )
        Gauge(
            "parindex_ingest_waiting", "Pieces of work inside or waiting for the database", registry=self.registry
        ).set_function(lambda: self.committer.waiting)
        Gauge("parindex_doorbell_failures", "Rings that Redis did not take", registry=self.registry).set_function(
            lambda: self.doorbell.failures
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Loads the catalogues, says whether roles are separated, starts the loops."""
        say_whether_roles_are_separated(self.database, "survey-ingest")
        await self.catalogues.load()
        self._tasks = [asyncio.create_task(self.catalogues.watch(self.replay)), asyncio.create_task(self._keep_house())]

    async def replay(self) -> None:
        """Checks the quarantine again with the newest catalogues."""
        async with self.database.connection() as connection:
            outcomes = await replay_quarantine(self.committer, connection, self.catalogues.current)
        if outcomes:
            self.log.info("quarantine_checked_again", **outcomes)
            self.ring()

    def count(self, realm: str, results: Sequence[Result]) -> None:
        """Counts verdicts and rings the worker's bell; call after the commit."""
        for result in results:
            self._verdicts.labels(realm, result.verdict).inc()
        self.ring()

    def count_records(self, realm: str, kind: str, verdicts: Iterable[str]) -> None:
        """Counts what became of dossiers or steps and rings the worker's bell; call after the commit."""
        for verdict, number in TallyCounter(verdicts).items():
            self._records.labels(realm, kind, verdict).inc(number)
        self.ring()

    def ring(self) -> None:
        """Tells the worker that something was committed, and in which request."""
        self.doorbell.ring_soon(get_contextvars().get("request_id", ""))

    async def ready(self) -> dict[str, str]:
        """State of what the service needs; raises when it cannot take responses. Redis is not needed."""
        async with self.database.connection() as connection:
            await connection.fetchval("SELECT 1")
        return {
            "database": "up",
            "catalogue_revision": str(self.catalogues.revision),
            "roles_separated": str(self.database.separated).lower(),
        }

    async def _keep_house(self) -> None:
        while True:
            try:
                await self.replay()
                async with self.database.transaction() as connection:
                    await purge_batches(connection)
            except Exception as error:  # noqa: BLE001 (the loop must outlive any fault of the database)
                self.log.warning("housekeeping_failed", error=type(error).__name__)
            await asyncio.sleep(HOUSEKEEPING_SECONDS)

    async def close(self) -> None:
        """Ends the loops, commits what is pending, closes the pool."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self.coalescer.close()
        await self.doorbell.close()
        await self.database.close()


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Resources]:
    """Open resources for a block, closed afterwards."""
    resources = Resources(settings)
    try:
        await resources.open()
        yield resources
    finally:
        await resources.close()
