"""Back-pressure and rates: 429 and 503 with Retry-After, and nothing stored by them."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
import structlog

from parindex.settings import Settings
from support.ingest import Sender, app_client, item, new_dossier
from support.invariants import assert_invariants
from survey_ingest.limits import Windows
from survey_ingest.resources import opened

pytestmark = pytest.mark.database
BOTH_DIALECTS = True


async def limit(facts: asyncpg.Connection, sender: Sender, **limits: int) -> None:
    for column, amount in limits.items():
        await facts.execute(
            f"UPDATE sending_system SET {column} = $1 WHERE system_id = $2", amount, sender.issued.system_id
        )


async def test_over_the_rate_of_items_is_429_with_retry_after_and_the_rate_fields(
    register: Any, facts: asyncpg.Connection
):
    sender = await register()
    await limit(facts, sender, items_per_minute=5)
    first = await sender.batch_answer([item() for _ in range(4)])
    assert first.status_code == 200
    assert '"items";q=5;w=60' in first.headers["ratelimit-policy"]
    assert re.search(r'"items";r=1;t=\d+', first.headers["ratelimit"])
    answer = await sender.batch_answer([item(), item()])
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_exceeded")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert '"items";q=5;w=60' in answer.headers["ratelimit-policy"]
    assert '"items";r=1;' in answer.headers["ratelimit"]
    assert (await sender.answer(item())).status_code == 201
    exhausted = await sender.answer(item())
    assert (exhausted.status_code, '"items";r=0;' in exhausted.headers["ratelimit"]) == (429, True)
    sender.dialect = "canonical"  # Reconciling in words is a request of its own, and there are none left.
    await sender.assert_balanced()


async def test_over_the_rate_of_requests_is_429(register: Any, facts: asyncpg.Connection):
    sender = await register()
    await limit(facts, sender, requests_per_minute=2)
    statuses = [(await sender.answer(item())).status_code for _ in range(3)]
    assert statuses == [201, 201, 429]
    sender.dialect = "canonical"
    assert (await sender.balance())["received"] == 2


async def test_one_systems_rate_is_not_anothers(register: Any, facts: asyncpg.Connection):
    one, other = await register(), await register()
    await limit(facts, one, requests_per_minute=1)
    assert [(await one.answer(item())).status_code for _ in range(2)] == [201, 429]
    assert (await other.answer(item())).status_code == 201


async def test_under_back_pressure_it_is_503_with_retry_after_and_what_was_taken_in_is_answered(
    shared_url: str, redis_url: str, facts: asyncpg.Connection
):
    settings = Settings(database_url=shared_url, redis_url=redis_url, max_waiting=2, database_pool=3)
    async with opened(settings) as resources, app_client(settings, resources) as client:
        sender = await Sender.register(client, shared_url)
        held = facts.transaction()
        await held.start()
        await facts.execute("LOCK TABLE receipt IN EXCLUSIVE MODE")
        batches = [[item(dossier_code=new_dossier())] for _ in range(2)]
        taken = [asyncio.create_task(sender.batch_answer(batch)) for batch in batches]
        try:
            while resources.committer.waiting < 2:  # noqa: ASYNC110 (a gauge has no event)
                await asyncio.sleep(0.01)
            refused = [await sender.batch_answer([item()]), await sender.answer(item())]
        finally:
            await held.rollback()
        for answer in refused:
            assert (answer.status_code, answer.json()["code"]) == (503, "back_pressure")
            assert int(answer.headers["retry-after"]) >= 1
        assert [(await answer).status_code for answer in taken] == [200, 200]
        await sender.assert_balanced()
    await assert_invariants(facts)


async def test_ingest_accepts_with_redis_down(make_unreachable: Callable[[], str], shared_url: str):
    settings = Settings(database_url=shared_url, redis_url=make_unreachable())
    async with opened(settings) as resources, app_client(settings, resources) as client:
        sender = await Sender.register(client, shared_url)
        assert (await sender.answer(item())).status_code == 201
        assert (await client.get("/health/ready")).status_code == 200


@pytest.fixture
def make_unreachable() -> Callable[[], str]:
    """URL of a port of this machine that nobody listens on."""
    import socket

    def url() -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return f"redis://127.0.0.1:{probe.getsockname()[1]}"

    return url


async def test_a_poisoned_post_fails_alone_and_its_neighbours_are_stored(
    sender: Sender, facts: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
):
    from survey_ingest import coalesce

    real = coalesce.submit

    async def submit(connection: asyncpg.Connection, requests: Any) -> Any:
        answers = await real(connection, requests)
        if any(result.response_id == "poison" for results in answers for result in results):
            raise asyncpg.DataError("a value that the database does not take")
        return answers

    monkeypatch.setattr(coalesce, "submit", submit)
    items = [item() for _ in range(10)] + [item(response_id="poison")]
    with structlog.testing.capture_logs() as logs:
        answers = await asyncio.gather(*(sender.answer(one) for one in items), return_exceptions=True)
    assert [line["error"] for line in logs if line["log_level"] == "error"] == ["DataError"]
    assert [answer.status_code for answer in answers[:-1]] == [201] * 10
    if sender.dialect == "motcua":
        assert (answers[-1].status_code, answers[-1].json()["code"]) == (500, "internal_error")
    else:
        assert isinstance(answers[-1], asyncpg.DataError)
    assert await facts.fetchval("SELECT count(*) FROM response WHERE response_id = 'poison'") == 0
    await sender.assert_balanced()
    await assert_invariants(facts)


def test_a_window_is_forgotten_when_it_ends(monkeypatch: pytest.MonkeyPatch):
    now = 1_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    windows = Windows()
    assert (windows.get("a"), windows.get_expiry("a"), windows.check()) == (0, now, True)
    assert [windows.incr("a", 60, amount) for amount in (3, 4)] == [3, 7]
    now += 59
    assert (windows.get("a"), windows.get_expiry("a"), windows.get("b")) == (7, 1_000_060.0, 0)
    now += 1
    assert (windows.get("a"), windows.get_expiry("a")) == (0, now)
    assert (windows.incr("a", 60), windows.get_expiry("a")) == (1, now + 60)
    windows.incr("b", 60)
    windows.clear("a")
    assert (windows.get("a"), windows.get("b"), windows.reset(), windows.get("b")) == (0, 1, 1, 0)
