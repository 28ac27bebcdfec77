"""kill -9 of ingest under load and at the two worst moments; SIGTERM under load."""

from __future__ import annotations

import signal
from contextlib import AsyncExitStack

import pytest

from support.load import Load, plans
from support.moments import commits_are_not_told, committed_untold, gone, stands_still, writing_stops_at
from support.plan import Plan, plan
from support.processes import Site

pytestmark = pytest.mark.processes


async def test_ingest_killed_again_and_again_under_load_loses_and_doubles_nothing(site: Site) -> None:
    ingest, _ = await site.start("survey_ingest", "ranking_worker")
    load = await Load.of(site, ingest.url, *plans(4, 100))

    async def kill_and_restart() -> None:
        ingest.kill()
        await ingest.start()

    await load.disturbed((0.1, 0.4, 0.7), kill_and_restart)
    assert any(witness.unanswered for witness in load.witnesses), "the kills were felt"
    await load.tables_follow()


async def test_ingest_killed_before_its_commit_has_stored_nothing_of_the_request(site: Site) -> None:
    (ingest,) = await site.start("survey_ingest")
    load = await Load.of(site, ingest.url, *_shapes())
    async with AsyncExitStack() as moment:
        # The receipt is the last thing but one that the transaction of a request writes.
        await moment.enter_async_context(writing_stops_at(site, "receipt"))
        async with load.running():
            await stands_still(site, "survey-ingest", at_least=len(load.plans))
            ingest.kill()
            await moment.aclose()
            await gone(site, "survey-ingest")
            async with site.connection() as connection:
                for table in ("response", "response_delta", "slot", "receipt", "refusal", "batch_answer"):
                    assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
            await ingest.start()
    await load.nothing_is_lost_or_doubled()


async def test_what_was_committed_when_ingest_was_killed_before_answering_is_stored_once(site: Site) -> None:
    (ingest,) = await site.start("survey_ingest")
    load = await Load.of(site, ingest.url, *_shapes())
    await load.have_tokens()
    async with AsyncExitStack() as moment:
        await moment.enter_async_context(commits_are_not_told(site))
        async with load.running():
            await committed_untold(site, "survey-ingest", at_least=len(load.plans))
            ingest.kill()
            assert not any(witness.held for witness in load.witnesses), "nobody was told anything"
            await moment.aclose()
            await gone(site, "survey-ingest")
            async with site.connection() as connection:
                stored = {row[0] for row in await connection.fetch("SELECT response_id FROM response")}
            await ingest.start()
    firsts = [plan.steps[0].items[0]["response_id"] for plan in load.plans]
    assert set(firsts) <= stored
    told = [witness.held[first][0][0] for witness, first in zip(load.witnesses, firsts, strict=True)]
    assert told == ["duplicate", "duplicate", "accepted"], "only the named batch gets its first answer again"
    await load.nothing_is_lost_or_doubled()


async def test_ingest_told_to_stop_under_load_answers_or_closes_and_keeps_what_it_acknowledged(site: Site) -> None:
    (ingest,) = await site.start("survey_ingest")
    load = await Load.of(site, ingest.url, *plans(4, 100))

    async def stop_and_restart() -> None:
        assert await ingest.terminate() in (0, -signal.SIGTERM)
        assert "Traceback" not in ingest.last_words()
        await ingest.start()

    await load.disturbed((0.1, 0.4, 0.7), stop_and_restart)
    assert [witness.hanging for witness in load.witnesses] == [0] * len(load.witnesses)
    await load.nothing_is_lost_or_doubled()


def _shapes() -> list[Plan]:
    """One sender of single posts, one of batches, one of batches with an Idempotency-Key."""
    return [
        plan("single", 12, sizes=(1,)),
        plan("batch", 30, sizes=(15,), named=False),
        plan("named", 30, sizes=(15,), named=True),
    ]
