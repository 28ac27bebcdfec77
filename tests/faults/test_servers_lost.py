"""Postgres restarted and killed under load; Redis lost with all its data, and absent from the start."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from parindex.local.servers import EmbeddedPostgres, EmbeddedValkey
from support.load import Load, plans
from support.moments import commits_are_not_told, committed_untold, cut_off
from support.plan import plan
from support.processes import ServiceProcess, Site
from support.until import until

pytestmark = pytest.mark.processes


@pytest.mark.parametrize("how", ["fast restart", "kill -9"])
async def test_postgres_lost_under_load_loses_nothing_that_was_acknowledged(
    site: Site, postgres: EmbeddedPostgres, how: str
) -> None:
    ingest, worker = await site.start("survey_ingest", "ranking_worker")
    load = await Load.of(site, ingest.url, *plans(4, 100))

    async def lose_and_start() -> None:
        await asyncio.to_thread(postgres.stop if how == "fast restart" else postgres.kill)
        await asyncio.to_thread(postgres.start)

    await load.disturbed((0.2, 0.6), lose_and_start)
    assert any(witness.unanswered for witness in load.witnesses), "the loss was felt"
    await load.tables_follow()
    assert ingest.process.poll() is worker.process.poll() is None, "nobody had to be restarted with the database"


async def test_redis_lost_with_all_its_data_costs_nothing(site: Site, valkey: EmbeddedValkey) -> None:
    ingest, worker = await site.start("survey_ingest", "ranking_worker")
    await _hears(worker, bell=True)
    load = await Load.of(site, ingest.url, *plans(4, 100))
    async with load.running():
        await load.reached(0.2)
        valkey.kill()
        await load.reached(0.6)
        await _hears(worker, bell=False)
        valkey.start()  # an empty one at the same place
    await load.tables_follow()
    assert not any(witness.unanswered for witness in load.witnesses), "no sender noticed"
    await _hears(worker, bell=True)
    assert ingest.process.poll() is worker.process.poll() is None


async def test_without_redis_from_the_start_responses_are_accepted_and_tables_follow(
    site: Site, valkey: EmbeddedValkey
) -> None:
    valkey.kill()
    ingest, worker = await site.start("survey_ingest", "ranking_worker")
    load = await Load.of(site, ingest.url, *plans(2, 60))
    async with load.running():
        pass
    assert not any(witness.unanswered for witness in load.witnesses)
    await load.tables_follow()
    assert await ingest.metric("parindex_doorbell_failures") > 0
    await _hears(worker, bell=False)
    valkey.start()
    await _hears(worker, bell=True)


async def test_connections_cut_after_their_commit_store_each_response_once(site: Site) -> None:
    ingest = site.service("survey_ingest", PARINDEX_COALESCE_MS="50")
    await ingest.start()
    load = await Load.of(
        site,
        ingest.url,
        *(plan(f"single{number}", 12, sizes=(1,)) for number in range(5)),  # these share a transaction
        plan("batch", 30, sizes=(15,), named=False),
        plan("named", 30, sizes=(15,), named=True),
    )
    await load.have_tokens()
    async with AsyncExitStack() as moment:
        await moment.enter_async_context(commits_are_not_told(site))
        async with load.running():
            await committed_untold(site, "survey-ingest", at_least=3)
            await cut_off(site, "survey-ingest")
            await moment.aclose()
    await load.nothing_is_lost_or_doubled()


async def _hears(worker: ServiceProcess, *, bell: bool) -> None:
    async def holds() -> bool:
        return await worker.metric("parindex_worker_redis_up") == bell

    await until(holds)
