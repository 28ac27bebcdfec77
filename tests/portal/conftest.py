"""One simulated portal a process of the test runner, as if just started for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.simulator.handle import Simulator, running


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[Simulator]:
    with running(seed=1, small=True, at="2026-10-01T08:00:00+07:00") as simulator:
        yield simulator


@pytest.fixture
def simulator(simulator_process: Simulator) -> Simulator:
    """Seed 1, small, its clock running from 8:00 on 1/10/2026, no faults, empty books."""
    simulator_process.reset(seed=1)
    return simulator_process
