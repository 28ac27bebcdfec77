"""Answers that never arrive, blind retries, and one response sent by many at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from support.load import Load, plans
from support.moments import commits_are_not_told, committed_untold
from support.plan import Plan, Shipment, Withdrawal, item
from support.processes import ServiceProcess, Site

pytestmark = pytest.mark.processes

SENDERS = 50


async def test_answers_lost_on_purpose_and_blind_retries_double_nothing(site: Site) -> None:
    ingest, _ = await site.start("survey_ingest", "ranking_worker")
    load = await Load.of(site, ingest.url, *plans(2, 60))
    for witness, plan in zip(load.witnesses, load.plans, strict=True):
        async with witness.client() as client:
            for number, step in enumerate(plan.steps):
                # In turn: the line is cut at once, or only when the step is done, and nobody is told.
                await witness.lose_answer(step, once_done=number % 2 == 0)
                await witness.take(client, step)
    # A request whose line was cut may still be on its way: a graceful stop finishes it.
    await ingest.terminate()
    await ingest.start()
    await load.tables_follow()


@pytest.mark.parametrize("shape", ["single", "batch", "named batch"])
async def test_fifty_senders_of_the_same_response_at_once_store_it_once(site: Site, shape: str) -> None:
    (ingest,) = await site.start("survey_ingest")
    load = await _the_same_fifty_times(site, ingest, shape)
    async with _all_at_once(load):
        pass
    verdicts = Counter(verdict for verdict, _ in load.witnesses[0].held["same-0"])
    first_answer_again = shape == "named batch"
    assert verdicts == ({"accepted": SENDERS} if first_answer_again else {"accepted": 1, "duplicate": SENDERS - 1})
    await load.nothing_is_lost_or_doubled()


@pytest.mark.parametrize("shape", ["single", "batch", "named batch"])
async def test_fifty_senders_of_the_same_response_store_it_once_though_ingest_is_killed(site: Site, shape: str) -> None:
    (ingest,) = await site.start("survey_ingest")
    load = await _the_same_fifty_times(site, ingest, shape)
    async with AsyncExitStack() as moment:
        await moment.enter_async_context(commits_are_not_told(site))
        async with _all_at_once(load):
            await committed_untold(site, "survey-ingest")
            ingest.kill()
            await moment.aclose()
            await ingest.start()
    assert load.witnesses[0].unanswered >= SENDERS, "nobody was told before the kill"
    await load.nothing_is_lost_or_doubled()
    assert (await load.witnesses[0].balance())["accepted"] == len(load.plans[0].stored)


async def _the_same_fifty_times(site: Site, ingest: ServiceProcess, shape: str) -> Load:
    """One sending system with fifty lines, all of which want to send the same."""
    ids = [f"same-{number}" for number in range(1 if shape == "single" else 3)]
    step = Shipment([item(one, "H99.01", 5, one) for one in ids], "the-same" if shape == "named batch" else None)
    plan = Plan(
        "same",
        steps=[step] * SENDERS,
        allowed={one: {"accepted", "duplicate"} for one in ids},
        counted=dict.fromkeys(ids, ("H99.01", 5)),
        stored=set(ids),
    )
    load = await Load.of(site, ingest.url, plan)
    await load.have_tokens()
    return load


@asynccontextmanager
async def _all_at_once(load: Load) -> AsyncIterator[None]:
    (witness,), (plan,) = load.witnesses, load.plans

    async def send(step: Shipment | Withdrawal) -> None:
        async with witness.client() as client:
            await witness.take(client, step)

    async with asyncio.TaskGroup() as group:
        for step in plan.steps:
            group.create_task(send(step))
        yield
