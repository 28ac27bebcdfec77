"""The frame of every use case on a round: one transaction, the state locked first, events appended, committed before the answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from parindex.db.session import Database
from parindex.errors import Conflict, Forbidden
from scoring_api.people.person import Person
from scoring_api.rounds.events import append, lock_state, read_cells
from scoring_api.rounds.fold import Cell, NewEvent, State
from scoring_api.rounds.round import Round, load_round

_DECLARED = """
SELECT EXISTS (SELECT FROM round_event WHERE tenant_id = $1 AND round_id = $2 AND unit_id = $3 AND person_id = $4
               AND kind IN ('declared', 'answered', 'submitted'))
"""


@dataclass(slots=True)
class Acting:
    """One person changing one round, while the round is locked."""

    connection: asyncpg.Connection
    person: Person
    assessed: Round
    state: State
    now: dt.datetime

    async def append(self, *happened: NewEvent) -> State:
        """Appends the events; valid until the transaction ends."""
        self.state = await append(
            self.connection, self.assessed.tenant_id, self.assessed.round_id, self.state, happened, self.now
        )
        return self.state

    async def cells(self, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], Cell]:
        """The cells of these units and components on which somebody has spoken."""
        return await read_cells(self.connection, self.assessed.tenant_id, self.assessed.round_id, keys)

    async def cell(self, unit_id: int, component: str, expected_event_no: int | None = None) -> Cell:
        """The cell of one component. Raises Conflict when it moved since the event that the writer saw last."""
        found = (await self.cells([(unit_id, component)])).get((unit_id, component), Cell())
        if expected_event_no is not None and found.event_no != expected_event_no:
            raise Conflict(
                f"Tiêu chí này vừa được người khác cập nhật (sự kiện {found.event_no}). / The component moved on to event {found.event_no}.",
                code="component_changed",
                hint="Read it again, then decide whether your entry still holds.",
            )
        return found

    async def need_not_own_word(self, unit_id: int) -> None:
        """Raises Forbidden for a person who declared for the unit: nobody judges his own figures, whatever his roles."""
        assessed = self.assessed
        if await self.connection.fetchval(
            _DECLARED, assessed.tenant_id, assessed.round_id, unit_id, self.person.person_id
        ):
            raise Forbidden(
                "Người đã kê khai cho đơn vị không được thẩm định, quyết định điểm của đơn vị đó."
                " / Whoever declared for a unit does not judge it.",
                code="own_declaration",
                hint="Another person of the department, or of the council, has to do it.",
            )


@asynccontextmanager
async def acting(database: Database, person: Person, round_id: int, now: dt.datetime) -> AsyncIterator[Acting]:
    """Locks the round for the time of the block; what the block appends is committed when it ends. Raises NotFound."""
    async with database.transaction() as connection:
        state = await lock_state(connection, person.tenant_id, round_id)
        yield Acting(connection, person, await load_round(connection, person.tenant_id, round_id), state, now)
