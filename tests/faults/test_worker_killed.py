"""kill -9 of the worker: in the middle of a merge, of a recompute, after a commit it was not told of, and again and again."""

from __future__ import annotations

from contextlib import AsyncExitStack
from itertools import cycle

import pytest

from support.load import Load, plans
from support.moments import commits_are_not_told, committed_untold, gone, stands_still, writing_stops_at
from support.processes import Site
from support.recount import counts_agree

pytestmark = pytest.mark.processes


@pytest.fixture
async def waiting(site: Site) -> Load:
    """Everything is posted and acknowledged; no worker has run yet."""
    (ingest,) = await site.start("survey_ingest")
    load = await Load.of(site, ingest.url, *plans(2, 60))
    async with load.running():
        pass
    return load


async def test_worker_killed_in_the_middle_of_a_merge_has_merged_nothing(site: Site, waiting: Load) -> None:
    before = await _number(site, "response_delta")
    worker = site.service("ranking_worker")
    async with AsyncExitStack() as moment:
        # Deltas are deleted, rollups and tallies are written; this is the last write of a merge.
        await moment.enter_async_context(writing_stops_at(site, "worker_state"))
        await worker.start()
        await stands_still(site, "ranking-worker")
        worker.kill()
    await gone(site, "ranking-worker")
    assert await _number(site, "response_delta") == before > 0
    assert await _number(site, "rollup") == await _number(site, "tally") == await _number(site, "due") == 0
    await worker.start()
    await waiting.tables_follow()


async def test_worker_killed_in_the_middle_of_a_recompute_has_replaced_nothing(site: Site, waiting: Load) -> None:
    worker = site.service("ranking_worker")
    async with AsyncExitStack() as moment:
        # The merge is committed and the results are written: now come the tables.
        await moment.enter_async_context(writing_stops_at(site, "league_table"))
        await worker.start()
        await stands_still(site, "ranking-worker")
        worker.kill()
    await gone(site, "ranking-worker")
    assert await _number(site, "response_delta") == 0
    assert await _number(site, "due") > 0
    assert await _number(site, "unit_result") == await _number(site, "league_table") == 0
    await worker.start()
    await waiting.tables_follow()


async def test_a_merge_that_was_committed_when_its_worker_was_killed_is_not_merged_again(
    site: Site, waiting: Load
) -> None:
    worker = site.service("ranking_worker")
    async with AsyncExitStack() as moment:
        await moment.enter_async_context(commits_are_not_told(site))
        await worker.start()
        await committed_untold(site, "ranking-worker")
        worker.kill()
    await gone(site, "ranking-worker")
    assert await _number(site, "response_delta") == 0
    async with site.connection() as connection:
        await counts_agree(connection)
    await worker.start()
    await waiting.tables_follow()


@pytest.mark.parametrize("workers", [1, 2])
async def test_workers_killed_again_and_again_under_load_lose_and_double_no_count(site: Site, workers: int) -> None:
    ingest, *running = await site.start("survey_ingest", *["ranking_worker"] * workers)
    load = await Load.of(site, ingest.url, *plans(4, 100))
    turns = cycle(running)

    async def kill_and_restart() -> None:
        worker = next(turns)
        worker.kill()
        await worker.start()

    await load.disturbed((0.1, 0.3, 0.5, 0.7), kill_and_restart)
    await load.tables_follow()


async def _number(site: Site, table: str) -> int:
    async with site.connection() as connection:
        number: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
    return number
