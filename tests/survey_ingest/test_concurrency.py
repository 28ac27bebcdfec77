"""Many senders at once on the real database: the invariants hold, one of equals wins, and nobody is left without an answer."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from parindex.settings import Settings
from support.ingest import Sender, app_client, item, new_dossier, new_id
from support.invariants import assert_invariants
from survey_ingest.resources import opened

pytestmark = pytest.mark.database
BOTH_DIALECTS = True
MANY = 50


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def other_process(shared_url: str, redis_url: str) -> AsyncIterator[Any]:
    """A second ingest process on the same database, with a pool and a memory of its own."""
    settings = Settings(database_url=shared_url, redis_url=redis_url, coalesce_ms=0)
    async with opened(settings) as resources, app_client(settings, resources) as client:
        yield client


@pytest.fixture
def beside(sender: Sender, other_process: Any) -> Sender:
    """The same sending system, speaking to the second process, always canonically: dialects meet under one id and slot."""
    return Sender(other_process, sender.issued, sender.token)


async def settled(sender: Sender, beside: Sender) -> None:
    sender.verdicts.update(beside.verdicts)
    beside.verdicts.clear()
    await sender.assert_balanced()


def alternating(sender: Sender, beside: Sender, number: int) -> Sender:
    return sender if number % 2 else beside


@pytest.mark.parametrize("how", ["single posts", "batches"])
async def test_of_50_senders_of_the_same_response_one_is_accepted(
    sender: Sender, beside: Sender, facts: asyncpg.Connection, how: str
):
    sent = item(dossier_code=new_dossier())

    async def send(number: int) -> dict[str, Any]:
        system = alternating(sender, beside, number)
        return await system.post(sent) if how == "single posts" else (await system.batch([sent]))[0]

    results = await asyncio.gather(*map(send, range(MANY)))
    assert Counter(result["verdict"] for result in results) == {"accepted": 1, "duplicate": MANY - 1}
    assert {result["receipt"] for result in results} == {
        next(result["receipt"] for result in results if result["verdict"] == "accepted")
    }
    assert await facts.fetchval("SELECT count(*) FROM response WHERE response_id = $1", sent["response_id"]) == 1
    await settled(sender, beside)
    await assert_invariants(facts)


@pytest.mark.parametrize("how", ["single posts", "batches"])
async def test_of_50_different_responses_for_one_slot_one_counts_and_49_name_it(
    sender: Sender, beside: Sender, facts: asyncpg.Connection, how: str
):
    dossier = new_dossier()

    async def send(number: int) -> dict[str, Any]:
        one, system = item(dossier_code=dossier, overall=(2, 4, 5)[number % 3]), alternating(sender, beside, number)
        return await system.post(one) if how == "single posts" else (await system.batch([one]))[0]

    results = await asyncio.gather(*map(send, range(MANY)))
    assert Counter(result["verdict"] for result in results) == {"accepted": 1, "repeat": MANY - 1}
    (winner,) = {result["counts"] for result in results}
    assert next(result["response_id"] for result in results if result["verdict"] == "accepted") == winner
    await settled(sender, beside)
    await assert_invariants(facts)


async def test_of_50_contents_under_one_id_one_is_accepted_and_the_conflicts_name_its_receipt(
    sender: Sender, beside: Sender, facts: asyncpg.Connection
):
    sent = item()
    results = await asyncio.gather(
        *(alternating(sender, beside, number).post({**sent, "device_seq": number}) for number in range(MANY))
    )
    assert Counter(result["verdict"] for result in results) == {"accepted": 1, "conflict": MANY - 1}
    assert len({result["receipt"] for result in results}) == 1
    await settled(sender, beside)
    await assert_invariants(facts)


@pytest.mark.parametrize("reason", ["entered_in_error", "citizen_request"])
async def test_a_withdrawal_among_repeats_that_arrive_leaves_one_that_counts_or_the_tombstone(
    sender: Sender, beside: Sender, facts: asyncpg.Connection, reason: str
):
    first = item(dossier_code=new_dossier())
    await sender.post(first)
    repeats = [item(dossier_code=first["dossier_code"]) for _ in range(20)]
    posts = [alternating(sender, beside, number).post(one) for number, one in enumerate(repeats)]
    withdrawals = [alternating(sender, beside, number).withdraw(first["response_id"], reason) for number in range(4)]
    steps: list[Any] = [*posts, *withdrawals]
    random.Random(7).shuffle(steps)
    answers = await asyncio.gather(*steps)
    assert [answer.status_code for answer in answers if not isinstance(answer, dict)] == [200] * 4
    states = Counter([(await sender.state(one["response_id"]))["state"] for one in repeats])
    assert states == ({"repeat": 20} if reason == "citizen_request" else {"counted": 1, "repeat": 19})
    await settled(sender, beside)
    await assert_invariants(facts)


async def test_every_holder_withdrawn_while_others_arrive_hands_the_slot_on_and_on(
    sender: Sender, beside: Sender, facts: asyncpg.Connection
):
    dossier = new_dossier()

    async def come_and_go(number: int) -> None:
        system, one = alternating(sender, beside, number), item(dossier_code=dossier)
        await system.post(one)
        await system.withdraw(one["response_id"], "test")

    await asyncio.gather(*map(come_and_go, range(30)))
    assert await facts.fetchval("SELECT count(*) FROM slot WHERE slot_key LIKE '%' || $1", dossier) == 0
    assert (await sender.balance())["withdrawn"] == 30
    await settled(sender, beside)
    await assert_invariants(facts)


async def test_of_many_corrections_of_one_response_one_is_accepted(
    sender: Sender, beside: Sender, facts: asyncpg.Connection
):
    old = item(dossier_code=new_dossier())
    await sender.post(old)
    news = [{**old, "response_id": new_id(), "overall": 2, "replaces": old["response_id"]} for _ in range(20)]
    results = await asyncio.gather(*(alternating(sender, beside, number).post(one) for number, one in enumerate(news)))
    assert Counter(result["verdict"] for result in results) == {"accepted": 1, "refused": 19}
    assert {finding["code"] for result in results for finding in result["findings"]} == {"replaces_not_counting"}
    await settled(sender, beside)
    await assert_invariants(facts)


async def test_a_correction_and_a_withdrawal_of_one_response_never_both_take_it_away(
    sender: Sender, beside: Sender, facts: asyncpg.Connection
):
    for _ in range(10):
        old = item(dossier_code=new_dossier())
        await sender.post(old)
        new = {**old, "response_id": new_id(), "overall": 2, "replaces": old["response_id"]}
        result, _ = await asyncio.gather(sender.post(new), beside.withdraw(old["response_id"], "test"))
        state = (await sender.state(old["response_id"]))["state"]
        assert (result["verdict"], state) in (("accepted", "replaced"), ("refused", "withdrawn"))
    await settled(sender, beside)
    await assert_invariants(facts)


async def test_batches_of_the_same_items_in_opposite_order_all_get_their_verdicts(
    sender: Sender, beside: Sender, facts: asyncpg.Connection
):
    dossiers = [new_dossier() for _ in range(40)]
    items = [item(dossier_code=dossier) for dossier in dossiers]
    rivals = [
        item(dossier_code=dossier, device_id=f"K-{number}", device_seq=1) for number, dossier in enumerate(dossiers)
    ]
    corrections = [{**one, "response_id": new_id(), "overall": 2, "replaces": one["response_id"]} for one in items[:10]]
    again = [{**one, "overall": 4} for one in items[10:15]]
    everything = [*items, *rivals, *corrections, *again]
    orders = [
        everything,
        everything[::-1],
        *(random.Random(seed).sample(everything, len(everything)) for seed in range(4)),
    ]
    await asyncio.gather(
        *(until_answered(alternating(sender, beside, number), order) for number, order in enumerate(orders))
    )
    stored = await facts.fetchval(
        "SELECT count(*) FROM response WHERE response_id = ANY($1)", [one["response_id"] for one in [*items, *rivals]]
    )
    assert stored == 80
    await settled(sender, beside)
    await assert_invariants(facts)


async def until_answered(sender: Sender, batch: list[dict[str, Any]]) -> None:
    """Sends a batch as a sender does: again and again while it is told to wait."""
    for _ in range(20):
        answer = await sender.batch_answer(batch)
        if answer.status_code != 503:
            assert answer.status_code in (200, 207), answer.text
            return
        assert int(answer.headers["retry-after"]) >= 1
    raise AssertionError("the batch never got its verdicts")


async def test_quarantined_items_superseded_and_withdrawn_at_once_end_once(
    sender: Sender, beside: Sender, facts: asyncpg.Connection
):
    for _ in range(5):
        waiting = item(unit_code="H99.790")
        await sender.post(waiting)
        await asyncio.gather(
            *(beside.answer({**waiting, "overall": overall}) for overall in (2, 4)),
            sender.withdraw(waiting["response_id"], "test"),
            sender.answer({**waiting, "unit_code": "H99.101"}),
        )
        ends = await facts.fetchval(
            "SELECT count(*) FROM quarantine_outcome WHERE response_id = $1", waiting["response_id"]
        )
        kept = await facts.fetchval("SELECT count(*) FROM quarantine WHERE response_id = $1", waiting["response_id"])
        assert kept - ends in (0, 1)
    await settled(sender, beside)
    await assert_invariants(facts)
