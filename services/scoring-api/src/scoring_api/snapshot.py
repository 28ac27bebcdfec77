"""One consistent look at the database: registers in memory, counts and tables as of one instant.

Everything an answer prints (`as_of`, `not_counted`, figures) is read in one REPEATABLE READ transaction, so that they
belong together. Nothing is written.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from parindex.db.catalogue import load_units
from parindex.db.instruments import load_instruments
from parindex.db.session import Database
from parindex.engine.period import local_day
from parindex.instruments.catalogue import InstrumentCatalogue
from parindex.units.catalogue import UnitCatalogue
from scoring_api.subtrees import Subtrees

_PULSE = """
SELECT clock_timestamp() AS now,
       (SELECT coalesce(max(revision), 0) FROM register_load) AS revision,
       (SELECT max(recorded_at) FROM register_load) AS registers_as_of,
       (SELECT max(as_of) FROM worker_state WHERE realm = $1) AS merged_as_of,
       (SELECT coalesce(sum(abs(cell.n)), 0) FROM response_delta, unnest(items, n) AS cell(item, n)
         WHERE realm = $1 AND cell.item = 0) AS not_counted,
       EXISTS (SELECT 1 FROM due WHERE realm = $1) AS recompute_due
"""


@dataclass(frozen=True, slots=True)
class Pulse:
    """Where the figures of a realm stand."""

    now: dt.datetime
    revision: int
    registers_as_of: dt.datetime | None
    merged_as_of: dt.datetime | None
    """End of the last merge; None while the realm has none."""
    not_counted: int
    """Responses (and withdrawals) acknowledged but not merged yet."""
    recompute_due: bool
    """Merged counts wait for their tables to be computed again."""


@dataclass(frozen=True, slots=True)
class Registers:
    """Units and questionnaires of one register revision."""

    revision: int
    units: UnitCatalogue
    instruments: InstrumentCatalogue
    subtrees: Subtrees


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a reader may look at: valid inside `Snapshots.open` only."""

    realm: str
    connection: asyncpg.Connection
    pulse: Pulse
    registers: Registers

    @property
    def units(self) -> UnitCatalogue:
        """Units of this snapshot."""
        return self.registers.units

    @property
    def instruments(self) -> InstrumentCatalogue:
        """Questionnaires of this snapshot."""
        return self.registers.instruments

    @property
    def today(self) -> dt.date:
        """Local day of the snapshot in Asia/Ho_Chi_Minh."""
        return local_day(self.pulse.now)


class Snapshots:
    """Opens snapshots; keeps the registers in memory until their revision moves.

    `registers`: those of this database or of another with the same register loads, when somebody has read them already.
    """

    def __init__(self, database: Database, registers: Registers | None = None) -> None:
        self._database = database
        self._registers = registers
        self._loading = asyncio.Lock()
        self.on_look: Callable[[str, Pulse], None] | None = None
        """Told the realm and where it stands at each look, for the metrics."""

    @asynccontextmanager
    async def open(self, realm: str) -> AsyncIterator[Snapshot]:
        """A snapshot of a realm, for the time of the block."""
        async with (
            self._database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            row = await connection.fetchrow(_PULSE, realm)
            pulse = Pulse(**dict(row.items()))
            if self.on_look is not None:
                self.on_look(realm, pulse)
            yield Snapshot(realm, connection, pulse, await self._registers_of(connection, pulse.revision))

    async def _registers_of(self, connection: asyncpg.Connection, revision: int) -> Registers:
        """The registers of that revision or a newer one (another snapshot may have seen it first)."""
        if self._registers is None or self._registers.revision < revision:
            async with self._loading:
                if self._registers is None or self._registers.revision < revision:
                    units = await load_units(connection, self._registers.units if self._registers else None)
                    self._registers = Registers(revision, units, await load_instruments(connection), Subtrees(units))
        return self._registers
