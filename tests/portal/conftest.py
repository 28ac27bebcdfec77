"""One simulated portal a process of the test runner, as if just started for every test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from parindex.db.session import Database
from parindex.settings import Settings
from portal.simulator.handle import Simulator, running
from support.portal import SharedClock
from support.worker_fixtures import registers, template_registers

__all__ = ["registers", "template_registers"]


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[Simulator]:
    with running(seed=1, small=True, at="2026-10-01T08:00:00+07:00") as simulator:
        yield simulator


@pytest.fixture
def simulator(simulator_process: Simulator) -> Simulator:
    """Seed 1, small, its clock running from 8:00 on 1/10/2026, no faults, empty books."""
    simulator_process.reset(seed=1)
    return simulator_process


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The worker's pool on the test's database."""
    database = Database.for_service(settings, "ranking-worker")
    yield database
    await database.close()


@pytest.fixture
def clock(simulator: Simulator) -> SharedClock:
    """A clock that both sides share; the simulator takes the units of H99."""
    simulator.control(options={"extra_units": ["H99"], "vote_lookup": True})
    return SharedClock(simulator)
