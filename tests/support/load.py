"""Several senders at once, and the moments at which something is killed under them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from support.plan import Plan, plan
from support.processes import Site
from support.recount import counts_agree, plans_are_counted, tables_agree
from support.witness import Witness

PROVINCE = "H99"
REALM = "synthetic"


def plans(senders: int, dossiers: int, prefix: str = "S") -> list[Plan]:
    """A plan of so many dossiers for each of so many senders."""
    return [plan(f"{prefix}{number}", dossiers) for number in range(senders)]


@dataclass
class Load:
    """Senders with their plans."""

    site: Site
    witnesses: list[Witness] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    answers: int = 0
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    async def of(cls, site: Site, url: str, *plans: Plan) -> Load:
        """Registers a sending system of the invented province for each plan, under the plan's name."""
        load = cls(site, plans=list(plans))
        for one in plans:
            load.witnesses.append(await witness(site, url, one.name))
            load.witnesses[-1].on_answer = load._answered
        return load

    def _answered(self) -> None:
        self.answers += 1
        self._moved.set()

    @property
    def steps(self) -> int:
        """Requests of all plans together."""
        return sum(len(plan.steps) for plan in self.plans)

    async def reached(self, share: float) -> None:
        """Returns when that share of all requests is answered: moments are told by progress, never by the clock."""
        while self.answers < share * self.steps:
            self._moved.clear()
            await self._moved.wait()

    async def have_tokens(self) -> None:
        """Gets every sender its bearer token, where asking later would disturb."""
        for witness in self.witnesses:
            async with witness.client() as client:
                await witness.header(client)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """All senders send while the block runs; it ends when every request is answered."""
        async with asyncio.TaskGroup() as group:
            for witness, plan in zip(self.witnesses, self.plans, strict=True):
                group.create_task(witness.send(plan))
            yield

    async def disturbed(self, shares: Sequence[float], fault: Callable[[], Awaitable[None]]) -> None:
        """Sends everything and brings the fault about each time that the given share is answered."""
        async with self.running():
            for share in shares:
                await self.reached(share)
                await fault()

    async def nothing_is_lost_or_doubled(self) -> None:
        """The invariants, with the senders' logs as witness. The worker need not have run."""
        async with self.site.connection() as connection:
            for witness, plan in zip(self.witnesses, self.plans, strict=True):
                await witness.agrees_with(connection, plan)
            counted = await counts_agree(connection)
            await plans_are_counted(connection, self.plans)
        assert counted == sum(len(plan.counted) for plan in self.plans)

    async def tables_follow(self) -> None:
        """The invariants again once the worker has nothing left to do, and tables = recount."""
        await self.site.drained()
        await self.nothing_is_lost_or_doubled()
        async with self.site.connection() as connection:
            await tables_agree(connection)


async def witness(site: Site, url: str, name: str) -> Witness:
    """A sending system of the invented province with its own log."""
    async with site.connection() as connection:
        unit_id = await connection.fetchval(
            "SELECT unit_id FROM unit_code WHERE scheme = 'h_code' AND code = $1", PROVINCE
        )
    issued = await site.register_system(name, [unit_id], REALM)
    assert issued.system_id is not None
    return Witness(url, issued.credential_id, issued.secret, (issued.tenant_id, issued.system_id))
