"""Work that anybody may ask for takes turns: the rest of the service goes on, and too many are told to come back."""

from __future__ import annotations

import asyncio
import threading

import pytest

from parindex.errors import Invalid, Unavailable
from scoring_api.frameworks.turns import Turns


async def under_way(turns: Turns, count: int, go: threading.Event) -> list[asyncio.Task]:
    tasks = [asyncio.create_task(turns.take(go.wait, 60)) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


async def free(turns: Turns) -> None:
    while turns.busy:  # noqa: ASYNC110 - what ends a turn is a thread
        await asyncio.sleep(0.01)


async def test_one_more_than_may_wait_is_told_to_come_back():
    turns, go = Turns(at_once=1, most_waiting=2), threading.Event()
    tasks = await under_way(turns, 3, go)
    with pytest.raises(Unavailable) as caught:
        await turns.take(lambda: 1)
    assert (caught.value.code, caught.value.retry_after) == ("computing_busy", 10)
    go.set()
    assert await asyncio.gather(*tasks) == [True, True, True]
    assert await turns.take(lambda: 1) == 1


async def test_what_the_work_raises_is_raised_and_its_turn_is_over():
    turns = Turns(at_once=1, most_waiting=0)

    def fail() -> None:
        raise Invalid("no", code="no")

    for _ in range(3):
        with pytest.raises(Invalid):
            await turns.take(fail)


async def test_a_sender_that_goes_away_keeps_its_turn_until_the_work_ends():
    turns, go = Turns(at_once=1, most_waiting=0), threading.Event()
    (task,) = await under_way(turns, 1, go)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(Unavailable):
        await turns.take(lambda: 1)
    go.set()
    await asyncio.wait_for(free(turns), 60)
    assert await turns.take(lambda: 1) == 1
