"""The work of one profile, one step after another in its turn: what a dead process left, plans, deliveries, pulls, the books, what is kept.

Every step is computed from rows. A step that may not call the other side now (NotNow) ends the turn; the rows wait.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg

from parindex.db.session import Database
from parindex.errors import Invalid, ParindexError
from parindex.settings import Settings
from parindex.web.logs import get_logger
from ranking_worker.metrics import Metrics
from ranking_worker.portal.attempts import prune_answers
from ranking_worker.portal.call import NotNow
from ranking_worker.portal.clock import Clock, RealClock
from ranking_worker.portal.deliver import deliver, recover
from ranking_worker.portal.link import Link, connect
from ranking_worker.portal.outbox import STATES
from ranking_worker.portal.profile_file import load_profiles
from ranking_worker.portal.profiles import Profile
from ranking_worker.portal.pull_catalogues import pull_catalogues
from ranking_worker.portal.pull_details import pull_details
from ranking_worker.portal.pull_metrics import pull_metrics
from ranking_worker.portal.ratings_plan import plan_ratings
from ranking_worker.portal.reconcile import reconcile_books
from ranking_worker.portal.turn import turn
from ranking_worker.portal.votes_plan import plan_votes
from ranking_worker.registers import RegisterCache

PLAN_EVERY = dt.timedelta(minutes=10)
"""How often content that may have moved is looked through: nothing monthly is in a hurry."""
PULLS: tuple[Callable[[Link], Awaitable[bool]], ...] = (pull_catalogues, pull_details, pull_metrics)
"""Pulls, each deciding for itself whether it is due."""
_STANDING = "SELECT state, count(*) AS number FROM outbox GROUP BY state"
_OPEN = """
SELECT count(*) FROM (SELECT DISTINCT ON (tenant_id, subject) closes FROM portal_attention
                      ORDER BY tenant_id, subject, recorded_at DESC, attention_id DESC) last WHERE NOT closes
"""


class PortalLoop:
    """One per worker process. Without a profile file it does nothing. Raises Invalid at once for a file that does not hold."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        registers: RegisterCache,
        metrics: Metrics,
        clock: Clock | None = None,
    ) -> None:
        self._database = database
        self._registers = registers
        self._metrics = metrics
        self._clock = clock or RealClock()
        profiles = load_profiles(Path(settings.portal_file)) if settings.portal_file else ()
        self.profiles = tuple(profile for profile in profiles if profile.enabled)
        self._links: dict[str, Link] = {}
        self._planned: dict[str, dt.datetime] = {}
        self._log = get_logger()

    async def close(self) -> None:
        """Closes what is open."""
        for link in self._links.values():
            await link.portal.close()

    async def observe(self, connection: asyncpg.Connection) -> None:
        """Counts the outbox and what waits for a person, for the metrics."""
        if not self.profiles:
            return
        standing = dict(await connection.fetch(_STANDING))
        for state in STATES:
            self._metrics.outbox.labels(state).set(standing.get(state, 0))
        self._metrics.attention.set(await connection.fetchval(_OPEN))

    async def link(self, profile: Profile) -> Link:
        """The link of a profile, made when it is first needed. Raises Invalid when the register does not know its authority."""
        if profile.name not in self._links:
            self._links[profile.name] = await connect(
                profile, self._database, self._registers, self._clock, self._metrics
            )
        return self._links[profile.name]

    async def step(self, profile: Profile) -> bool:
        """Works on one profile; whether more is due at once. Each profile has a loop of its own: none waits for another."""
        try:
            link = await self.link(profile)
            return await self.work(link)
        except Exception as error:  # noqa: BLE001 (one profile's trouble is not the others'; the rows are still there)
            self._metrics.errors.labels("portal").inc()
            message = error.message if isinstance(error, ParindexError) else str(error)
            self._log.error(
                "portal_failed",
                profile=profile.name,
                error=type(error).__name__,
                message=message,
                exc_info=not isinstance(error, Invalid),
            )
            return False

    async def work(self, link: Link) -> bool:
        """One turn of a profile; whether more is due at once. False too when another process has the turn."""
        async with turn(self._database, link.tenant_id, link.profile.name) as taken:
            if not taken:
                return False
            await recover(link)
            await self._plan(link)
            try:
                more = await deliver(link)
                for pull in PULLS:
                    more = await pull(link) or more
                await reconcile_books(link)
            except NotNow as later:
                self._log.info(
                    "portal_not_now", profile=link.profile.name, until=later.until.isoformat(), why=later.why
                )
                return False
            return more

    async def _plan(self, link: Link) -> None:
        now, name = link.clock.now(), link.profile.name
        if name in self._planned and now < self._planned[name] + PLAN_EVERY:
            return
        await plan_votes(link)
        await plan_ratings(link)
        async with link.database.transaction() as connection:
            await prune_answers(connection, link.tenant_id, now)
        self._planned[name] = now
