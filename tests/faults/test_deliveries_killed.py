"""kill -9 of the worker while it delivers, and of the receiver: every change arrives, under one id each."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections.abc import Iterator
from itertools import cycle

import pytest
from cryptography.fernet import Fernet

from parindex.register.roles import acting_as
from ranking_worker.change_feed import Change, append_changes
from support.moments import commits_are_not_told, committed_untold, gone
from support.processes import ServiceProcess, Site
from support.until import until
from support.webhook_receiver import Receiver, receiving

pytestmark = pytest.mark.processes
H99 = 990_000
KEY = Fernet.generate_key()
SECRET = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def worker_of(site: Site) -> ServiceProcess:
    return site.service("ranking_worker", PARINDEX_SECRET_KEYS=KEY.decode(), PARINDEX_WEBHOOK_PRIVATE="True")


async def make_endpoint(site: Site, url: str) -> int:
    async with site.connection() as connection:
        endpoint_id: int = await connection.fetchval(
            "INSERT INTO webhook_endpoint (tenant_id, url, kinds, realm, from_change_no, secret_sealed, person_id, recorded_at)"
            " VALUES ($1, $2, $3::jsonb, 'synthetic', 0, $4, 1, now()) RETURNING endpoint_id",
            H99,
            url,
            json.dumps(["edition_published"]),
            Fernet(KEY).encrypt(SECRET.encode()),
        )
    return endpoint_id


async def publish(site: Site, number: int) -> None:
    async with site.connection() as connection, connection.transaction(), acting_as(connection, "ranking-worker"):
        await append_changes(
            connection, [Change("edition_published", "synthetic", {"title_vi": f"bảng {n}"}) for n in range(number)]
        )


async def all_delivered(site: Site, number: int) -> None:
    async with site.connection() as connection:

        async def delivered() -> bool:
            found = await connection.fetchval("SELECT count(*) FROM webhook_delivery WHERE state = 'delivered'")
            return bool(found == number)

        await until(delivered, seconds=120)


def arrived(receiver: Receiver, endpoint_id: int, number: int) -> bool:
    """Each change arrived at least once, signed, with the same body under the same id, and first came in order."""
    bodies: dict[str, set[bytes]] = {}
    for one in receiver.received:
        bodies.setdefault(one.message_id, set()).add(one.body)
    return (
        list(bodies) == [f"msg_{H99}_{endpoint_id}_{n}" for n in range(1, number + 1)]
        and all(len(of) == 1 for of in bodies.values())
        and all(one.signed_with(SECRET) for one in receiver.received)
    )


async def test_a_message_that_was_under_way_when_its_worker_was_killed_is_sent_again(
    site: Site, receiver: Receiver
) -> None:
    endpoint_id = await make_endpoint(site, receiver.url)
    await publish(site, 3)
    receiver.open.clear()
    worker = worker_of(site)
    await worker.start()
    await until(lambda: asyncio.sleep(0, len(receiver.received) == 1))
    worker.kill()
    receiver.open.set()
    await worker.start()
    await all_delivered(site, 3)
    assert receiver.ids[:2] == [f"msg_{H99}_{endpoint_id}_1"] * 2
    assert arrived(receiver, endpoint_id, 3)


async def test_deliveries_that_were_committed_when_their_worker_was_killed_are_sent_by_the_next(
    site: Site, receiver: Receiver
) -> None:
    endpoint_id = await make_endpoint(site, receiver.url)
    await publish(site, 3)
    worker = worker_of(site)
    async with commits_are_not_told(site):
        starting = asyncio.create_task(worker.start())
        await committed_untold(site, "ranking-worker")
        worker.kill()
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
    await gone(site, "ranking-worker")
    await worker.start()
    await all_delivered(site, 3)
    assert arrived(receiver, endpoint_id, 3)


async def test_workers_killed_again_and_again_lose_no_message(site: Site, receiver: Receiver) -> None:
    endpoint_id = await make_endpoint(site, receiver.url)
    workers = [worker_of(site), worker_of(site)]
    await asyncio.gather(*(worker.start() for worker in workers))
    for _, worker in zip(range(4), cycle(workers), strict=False):
        await publish(site, 50)
        await until(lambda: asyncio.sleep(0, bool(receiver.received)))
        worker.kill()
        await worker.start()
    await all_delivered(site, 200)
    assert arrived(receiver, endpoint_id, 200)


async def test_a_receiver_that_was_away_gets_what_it_missed(site: Site) -> None:
    with receiving() as receiver:
        url = receiver.url
        endpoint_id = await make_endpoint(site, url)
    worker = worker_of(site)
    await worker.start()
    await publish(site, 3)
    async with site.connection() as connection:

        async def failed() -> bool:
            return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM webhook_delivery WHERE attempts > 0)"))

        await until(failed)
    with receiving(port=int(url.rpartition(":")[2])) as receiver:
        await all_delivered(site, 3)
        assert arrived(receiver, endpoint_id, 3)
