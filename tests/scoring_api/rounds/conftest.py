"""A stage for rounds: criteria in force, people signed in, a clock of its own; and one with a round opened."""

from __future__ import annotations

import pytest

from support.rounds import Stage


@pytest.fixture
async def stage(client, connection) -> Stage:
    return await Stage.of(client, connection)


@pytest.fixture
async def opened(stage: Stage) -> Stage:
    await stage.open()
    return stage
