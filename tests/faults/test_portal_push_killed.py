"""kill -9 of the worker between the portal's commit and our outcome: the next one asks, and nothing stands there twice."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.simulator.handle import Simulator, running
from support.portal import HUB, site_file
from support.processes import Site
from support.until import until

pytestmark = pytest.mark.processes


@pytest.fixture
def portal() -> Iterator[Simulator]:
    with running(seed=3, small=True) as simulator:
        simulator.control(options={"extra_units": ["H99"], "vote_lookup": True})
        yield simulator


def profile_file(folder: Path, portal: Simulator) -> Path:
    """Votes from the last but one month on, which is closed on any day; calls without a pause, asked about after a second."""
    this_month = dt.datetime.now(dt.UTC).date().replace(day=1)
    first = ((this_month - dt.timedelta(days=1)).replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    replaced = {
        "2026-08-01": first.isoformat(),
        "gap_seconds: 2, jitter_seconds: 1": "gap_seconds: 0, jitter_seconds: 0",
        "total_seconds: 3": "total_seconds: 120",
        "after_seconds: 60": "after_seconds: 1",
    }
    return site_file(folder, portal.url, HUB, replaced=replaced)


async def states(site: Site) -> list[str]:
    async with site.connection() as connection:
        return [row["state"] for row in await connection.fetch("SELECT state FROM outbox ORDER BY subject")]


async def test_a_worker_killed_after_the_portal_committed_leaves_nothing_twice(
    site: Site, portal: Simulator, tmp_path: Path
) -> None:
    portal.fault("hang_after", "B/UpdateVote", calls=1, **{"with": {"seconds": 300}})
    worker = site.service("ranking_worker", PARINDEX_PORTAL_FILE=str(profile_file(tmp_path, portal)))
    await worker.start()
    await until(lambda: asyncio.sleep(0, len(portal.committed("vote")) == 1))
    assert "sending" in await states(site), "the portal has it, and we do not know"
    worker.kill()
    await worker.start()

    async def all_there() -> bool:
        found = await states(site)
        return bool(found) and set(found) <= {"received", "known"}

    await until(all_there)
    found = await states(site)
    assert found.count("known") == 1
    committed = [key for key, _ in portal.committed("vote")]
    assert len(committed) == len(set(committed)) == len(found)
    assert portal.books()["twice"] == []
