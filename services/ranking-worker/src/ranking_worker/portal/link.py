"""A profile at work: who owns the rows, the way out, and the portal at its other end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from parindex.db.session import Database
from parindex.engine.period import local_day
from parindex.errors import Invalid
from parindex.units.records import NATION
from ranking_worker.metrics import Metrics
from ranking_worker.portal.adapter_session import AdapterSession
from ranking_worker.portal.call import Caller
from ranking_worker.portal.clock import Clock
from ranking_worker.portal.lgsp import Lgsp
from ranking_worker.portal.port import Portal
from ranking_worker.portal.profiles import Kind, Profile
from ranking_worker.portal.public_766 import Public766
from ranking_worker.registers import RegisterCache


@dataclass(frozen=True, slots=True)
class Link:
    """Everything that a step of pushing or pulling needs. One per profile and process."""

    profile: Profile
    tenant_id: int
    database: Database
    registers: RegisterCache
    clock: Clock
    caller: Caller
    portal: Portal
    metrics: Metrics

    @property
    def today(self) -> dt.date:
        """The local day."""
        return local_day(self.clock.now())


async def connect(
    profile: Profile, database: Database, registers: RegisterCache, clock: Clock, metrics: Metrics
) -> Link:
    """The link of a profile. Raises Invalid when the register does not know its authority. Calls nobody."""
    async with database.connection() as connection:
        await registers.renew(connection)
    tenant_id = authority_of(profile, registers, local_day(clock.now()))
    caller = Caller(database, tenant_id, profile, clock, metrics)
    return Link(profile, tenant_id, database, registers, clock, caller, PORTALS[profile.kind](caller), metrics)


def authority_of(profile: Profile, registers: RegisterCache, day: dt.date) -> int:
    """Who owns the rows of the profile: 0 for the nation, else the unit that bears the level-1 code on the day. Raises Invalid."""
    if profile.authority == "nation":
        return NATION
    found = registers.current.units.resolve("h_code", profile.authority, day, profile.realm)
    if found.unit_id is None:
        raise Invalid(
            f"Profile {profile.name}: no unit of realm {profile.realm} bears the code {profile.authority} on {day.isoformat()}.",
            code="portal_authority_unknown",
            hint="Correct `authority`, or load the register of units first (parindex load).",
        )
    return found.unit_id


PORTALS: dict[Kind, Callable[[Caller], Portal]] = {
    "adapter_session": AdapterSession,
    "lgsp": Lgsp,
    "public_766": Public766,
}
"""The port's implementation for each kind of connection."""
