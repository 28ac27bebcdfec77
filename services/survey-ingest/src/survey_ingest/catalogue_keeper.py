"""The catalogues in memory, renewed when a register load moves their revision. A request keeps the snapshot it began with."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
from collections.abc import Awaitable, Callable

from parindex.db.catalogue import load_units, units_revision
from parindex.db.instruments import load_instruments
from parindex.db.session import Database
from parindex.web.logs import get_logger
from survey_ingest.interpret import Catalogues

RENEW_SECONDS = 1.0
NEW_OBJECTS = 50_000
"""Objects more than were freed, after which the newest are searched for cycles."""


class CatalogueKeeper:
    """Holds the current `Catalogues`; `watch` renews them and calls `on_change` after each renewal."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._current: Catalogues | None = None
        self._revision = -1
        self._log = get_logger()

    @property
    def current(self) -> Catalogues:
        """The newest snapshot."""
        assert self._current is not None, "load() was not awaited"
        return self._current

    @property
    def revision(self) -> int:
        """Revision of the newest snapshot; the public catalogue cursor."""
        return self._revision

    async def load(self) -> bool:
        """Loads the catalogues if their revision moved; returns whether it did."""
        async with self._database.connection() as connection:
            revision = await units_revision(connection)
            if revision == self._revision and self._current is not None:
                return False
            units = await load_units(connection, self._current.units if self._current else None)
            instruments = await load_instruments(connection)
            today = dt.datetime.now(dt.UTC).date()
            procedures = await connection.fetch("SELECT base_code FROM procedure WHERE valid @> $1::date", today)
            levels = await connection.fetch(
                "SELECT DISTINCT ON (base_code) base_code, service_level FROM procedure_detail ORDER BY base_code, revision DESC"
            )
        information_only = frozenset(row[0] for row in levels if row[1] == "information")
        self._current = Catalogues(units, instruments, frozenset(row[0] for row in procedures), information_only)
        self._revision = revision
        # The catalogues are some hundred thousand objects that live long: kept out of every later garbage collection.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        # What a request makes is freed when it ends, by counting; a batch alone would set off several looks for cycles.
        gc.set_threshold(NEW_OBJECTS, 20, 20)
        return True

    async def watch(self, on_change: Callable[[], Awaitable[None]]) -> None:
        """Renews for ever; a database that is away is only logged. Cancel to stop."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                if await self.load():
                    self._log.info("catalogues_renewed", revision=self._revision)
                    await on_change()
            except Exception as error:  # noqa: BLE001 (the loop must outlive any fault of the database)
                self._log.warning("catalogues_not_renewed", error=type(error).__name__)
