"""Changes on their way to receivers on real sockets of this machine."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
import secrets
from collections.abc import AsyncIterator, Callable, Iterator

import asyncpg
import pytest
from cryptography.fernet import Fernet
from structlog.testing import capture_logs

from parindex.db.session import Database
from parindex.settings import Settings
from ranking_worker.change_feed import Change, append_changes
from ranking_worker.deliveries import HOLDING_ATTEMPTS, RETRIES, Deliveries, next_step
from ranking_worker.metrics import Metrics
from ranking_worker.webhook_post import Answered
from support.webhook_receiver import Receiver, receiving

H99 = 990_000
KEY = Fernet.generate_key()


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings(secret_keys=KEY.decode(), webhook_private=True)


@pytest.fixture
async def deliveries(settings: Settings, database: Database) -> AsyncIterator[Deliveries]:
    deliveries = Deliveries(settings, database, Metrics())
    yield deliveries
    await deliveries.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


async def make_endpoint(connection: asyncpg.Connection, url: str, *, secret: str | None = None, old: str | None = None,
                        old_until: dt.datetime | None = None, kinds: tuple[str, ...] = ("edition_published",)) -> int:  # fmt: skip
    seal = Fernet(KEY).encrypt
    endpoint_id: int = await connection.fetchval(
        "INSERT INTO webhook_endpoint (tenant_id, url, kinds, realm, from_change_no, secret_sealed, old_secret_sealed, old_secret_until, person_id, recorded_at)"
        " VALUES ($1, $2, $3::jsonb, 'synthetic', (SELECT coalesce(max(change_no), 0) FROM change_entry), $4, $5, $6, 1, now()) RETURNING endpoint_id",
        H99, url, json.dumps(kinds), seal((secret or new_secret()).encode()), None if old is None else seal(old.encode()), old_until,
    )  # fmt: skip
    return endpoint_id


async def publish(
    database: Database, *names: str, kind: str = "edition_published", realm: str = "synthetic"
) -> list[int]:
    async with database.transaction() as connection:
        return await append_changes(connection, [Change(kind, realm, {"title_vi": name}) for name in names])


async def ask_again(connection: asyncpg.Connection, endpoint_id: int, kind: str, from_change_no: int = 0) -> int:
    replay_no: int = await connection.fetchval(
        "INSERT INTO webhook_replay (tenant_id, endpoint_id, replay_no, kind, from_change_no, person_id, recorded_at)"
        " SELECT $1, $2, coalesce(max(replay_no), 0) + 1, $3, $4, 1, now() FROM webhook_replay WHERE endpoint_id = $2 RETURNING replay_no",
        H99, endpoint_id, kind, from_change_no,
    )  # fmt: skip
    return replay_no


async def work(deliveries: Deliveries, connection: asyncpg.Connection | None = None) -> None:
    """One step, worked off; with a connection, every pause is over before it."""
    if connection is not None:
        await connection.execute("UPDATE webhook_delivery SET next_at = now() WHERE state = 'waiting'")
    await deliveries.step()
    await deliveries.settle()


async def states(connection: asyncpg.Connection, endpoint_id: int) -> list[tuple[int, int, str, int]]:
    rows = await connection.fetch(
        "SELECT change_no, replay_no, state, attempts FROM webhook_delivery WHERE endpoint_id = $1 ORDER BY replay_no, change_no",
        endpoint_id,
    )
    return [tuple(row) for row in rows]


async def test_a_change_arrives_signed_with_its_kind_its_number_and_its_subject(
    connection, database, deliveries, receiver
):
    secret = new_secret()
    endpoint_id = await make_endpoint(connection, receiver.url + "/hook?key=1", secret=secret)
    (number,) = await publish(database, "Bảng xếp hạng năm 2025")
    await work(deliveries)
    (got,) = receiver.received
    assert got.path == "/hook"
    assert got.headers["host"] == receiver.url.removeprefix("http://")
    assert got.headers["content-type"] == "application/json"
    assert got.message_id == f"msg_{H99}_{endpoint_id}_{number}"
    assert got.signed_with(secret)
    assert not got.signed_with(new_secret())
    body = json.loads(got.body)
    recorded_at = await connection.fetchval("SELECT recorded_at FROM change_entry")
    assert dt.datetime.fromisoformat(body.pop("timestamp")) == recorded_at
    assert body == {
        "type": "edition_published",
        "data": {"change_no": number, "realm": "synthetic", "subject": {"title_vi": "Bảng xếp hạng năm 2025"}},
    }
    assert await states(connection, endpoint_id) == [(number, 0, "delivered", 1)]
    await work(deliveries, connection)
    assert len(receiver.received) == 1


async def test_an_endpoint_hears_what_it_asked_for_from_its_making_on_and_in_order(
    connection, database, deliveries, receiver
):
    await publish(database, "trước khi có địa chỉ")
    endpoint_id = await make_endpoint(connection, receiver.url)
    await publish(database, "khác", kind="provisional_table_changed")
    await publish(database, "khác", realm="production")
    numbers = await publish(database, *(f"bảng {n}" for n in range(20)))
    await work(deliveries)
    assert receiver.ids == [f"msg_{H99}_{endpoint_id}_{number}" for number in numbers]
    assert await connection.fetchval("SELECT change_no FROM webhook_cursor") == numbers[-1]


async def test_while_a_secret_rotates_out_messages_carry_both_signatures_and_afterwards_one(
    connection, database, deliveries, receiver
):
    now, secret, old = dt.datetime.now(dt.UTC), new_secret(), new_secret()
    await make_endpoint(connection, receiver.url, secret=secret, old=old, old_until=now + dt.timedelta(hours=1))
    await publish(database, "một")
    await work(deliveries)
    await connection.execute("UPDATE webhook_endpoint SET old_secret_until = $1", now - dt.timedelta(seconds=1))
    await publish(database, "hai")
    await work(deliveries)
    during, after = receiver.received
    assert during.signed_with(secret)
    assert during.signed_with(old)
    assert after.signed_with(secret)
    assert not after.signed_with(old)
    assert [len(one.headers["webhook-signature"].split(" ")) for one in receiver.received] == [2, 1]


async def test_a_refused_change_is_tried_again_by_the_schedule_and_dies_after_the_last_try(
    connection, database, deliveries, receiver
):
    receiver.will_answer(*[500] * 10, body=b"loi\nmay chu")
    endpoint_id = await make_endpoint(connection, receiver.url)
    (number,) = await publish(database, "một")
    pauses = []
    for _ in range(10):
        await work(deliveries, connection)
        pauses.append(await connection.fetchval("SELECT next_at - updated_at FROM webhook_delivery"))
    for pause, expected in zip(pauses, RETRIES, strict=False):
        assert expected <= pause <= expected * 1.1
    assert pauses[-1] is None
    assert await states(connection, endpoint_id) == [(number, 0, "dead", 10)]
    assert await connection.fetchval("SELECT last_error FROM webhook_delivery") == "HTTP 500: loi may chu"
    await work(deliveries, connection)
    assert len(receiver.received) == 10
    assert len(set(receiver.ids)) == len({one.body for one in receiver.received}) == 1


async def test_dead_letters_are_sent_again_on_request_under_the_same_id(connection, database, deliveries, receiver):
    endpoint_id = await make_endpoint(connection, receiver.url)
    numbers = await publish(database, "một", "hai", "ba")
    await work(deliveries)
    await connection.execute(
        "UPDATE webhook_delivery SET state = 'dead', next_at = NULL WHERE change_no = $1", numbers[1]
    )
    await ask_again(connection, endpoint_id, "dead")
    await work(deliveries)
    assert receiver.ids[3:] == [receiver.ids[1]]
    assert (await states(connection, endpoint_id))[-1] == (numbers[1], 1, "delivered", 1)
    await ask_again(connection, endpoint_id, "dead")
    await work(deliveries)
    assert len(receiver.received) == 4


async def test_everything_from_a_number_on_is_sent_again_on_request(connection, database, deliveries, receiver):
    endpoint_id = await make_endpoint(connection, receiver.url)
    numbers = await publish(database, "một", "hai", "ba")
    await work(deliveries)
    await ask_again(connection, endpoint_id, "from", numbers[1])
    await work(deliveries)
    assert receiver.ids[3:] == receiver.ids[1:3]


async def test_410_stops_the_endpoint_until_somebody_asks_again_and_nothing_is_lost(
    connection, database, deliveries, receiver
):
    receiver.will_answer(410)
    endpoint_id = await make_endpoint(connection, receiver.url)
    first = await publish(database, "một", "hai")
    await work(deliveries)
    later = await publish(database, "ba")
    await work(deliveries, connection)
    assert len(receiver.received) == 1
    assert {state for _, _, state, _ in await states(connection, endpoint_id)} == {"stopped"}
    assert await connection.fetchval("SELECT stopped_at IS NOT NULL FROM webhook_cursor")
    await ask_again(connection, endpoint_id, "dead")
    await work(deliveries)
    assert receiver.ids[1:] == [f"msg_{H99}_{endpoint_id}_{number}" for number in first + later]
    assert await connection.fetchval("SELECT stopped_at FROM webhook_cursor") is None


async def test_a_test_message_is_tried_once_even_where_the_endpoint_is_stopped(
    connection, database, deliveries, receiver
):
    secret = new_secret()
    endpoint_id = await make_endpoint(connection, receiver.url, secret=secret)
    receiver.will_answer(410, 500, 200)
    await publish(database, "một")
    await work(deliveries)
    for replay_no, state in ((1, "dead"), (2, "delivered")):
        assert await ask_again(connection, endpoint_id, "test") == replay_no
        await work(deliveries)
        assert (await states(connection, endpoint_id))[-1] == (0, replay_no, state, 1)
    assert json.loads(receiver.received[-1].body)["type"] == "webhook_test"
    assert receiver.received[-1].signed_with(secret)
    assert await connection.fetchval("SELECT stopped_at IS NOT NULL FROM webhook_cursor")


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_receiver_is_left_alone_as_long_as_it_asks(connection, database, deliveries, receiver, status):
    receiver.will_answer(status, headers={"Retry-After": "7200"})
    await make_endpoint(connection, receiver.url)
    await publish(database, "một")
    await work(deliveries)
    assert await connection.fetchval("SELECT next_at - updated_at FROM webhook_delivery") == dt.timedelta(hours=2)


async def test_a_change_that_waits_holds_back_the_later_ones_but_not_for_ever(
    connection, database, deliveries, receiver
):
    endpoint_id = await make_endpoint(connection, receiver.url)
    first, second = await publish(database, "một", "hai")
    receiver.will_answer(*[500] * HOLDING_ATTEMPTS)
    for _ in range(HOLDING_ATTEMPTS - 1):
        await work(deliveries, connection)
        await work(deliveries)
    assert set(receiver.ids) == {f"msg_{H99}_{endpoint_id}_{first}"}
    await work(deliveries, connection)
    assert receiver.ids[-1] == f"msg_{H99}_{endpoint_id}_{second}"
    assert [state for _, _, state, _ in await states(connection, endpoint_id)] == ["waiting", "delivered"]


async def test_an_endpoint_that_does_not_answer_holds_no_other_one(connection, database, deliveries, receiver):
    with receiving() as slow:
        slow.open.clear()
        await make_endpoint(connection, slow.url)
        await make_endpoint(connection, receiver.url)
        await publish(database, "một", "hai")
        await deliveries.step()
        async with asyncio.timeout(30):
            while len(receiver.received) < 2 or not slow.received:  # noqa: ASYNC110 (a receiver in another thread)
                await asyncio.sleep(0.02)
        assert len(slow.received) == 1
        slow.open.set()
        await deliveries.settle()
        assert len(slow.received) == 2


async def test_redirects_are_not_followed(connection, database, deliveries, receiver):
    with receiving() as elsewhere:
        receiver.will_answer(307, headers={"Location": elsewhere.url})
        await make_endpoint(connection, receiver.url)
        await publish(database, "một")
        await work(deliveries)
        assert elsewhere.received == []
    assert tuple(await connection.fetchrow("SELECT state, last_status FROM webhook_delivery")) == ("waiting", 307)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433"])
async def test_without_leave_no_private_address_is_connected_to_whatever_its_name(
    connection, database, make_settings, receiver, host
):
    strict = Deliveries(make_settings(secret_keys=KEY.decode()), database, Metrics())
    await make_endpoint(connection, receiver.url.replace("127.0.0.1", host))
    await publish(database, "một")
    await work(strict)
    await strict.close()
    assert receiver.received == []
    state, error = await connection.fetchrow("SELECT state, last_error FROM webhook_delivery")
    assert (state, error) == ("waiting", "refused by us: the name leads to a private address")


async def test_nobody_there_is_a_failed_attempt(connection, database, deliveries):
    await make_endpoint(connection, "http://127.0.0.1:1/hook?key=geheim")
    await publish(database, "một")
    await work(deliveries)
    row = await connection.fetchrow("SELECT state, attempts, last_status, last_error FROM webhook_delivery")
    assert tuple(row) == ("waiting", 1, None, "no answer: ConnectError")


async def test_a_secret_that_no_key_opens_fails_its_attempt_and_is_named(connection, database, make_settings, receiver):
    other = Deliveries(
        make_settings(secret_keys=Fernet.generate_key().decode(), webhook_private=True), database, Metrics()
    )
    await make_endpoint(connection, receiver.url)
    await publish(database, "một")
    await work(other)
    await other.close()
    assert receiver.received == []
    assert "PARINDEX_SECRET_KEYS" in await connection.fetchval(
        "SELECT last_error FROM webhook_delivery WHERE state = 'waiting'"
    )


async def test_a_disabled_endpoint_hears_nothing_more(connection, database, deliveries, receiver):
    receiver.will_answer(500)
    endpoint_id = await make_endpoint(connection, receiver.url)
    await publish(database, "một")
    await work(deliveries)
    await connection.execute("UPDATE webhook_endpoint SET disabled_at = now()")
    await publish(database, "hai")
    await work(deliveries, connection)
    assert len(receiver.received) == 1
    assert [state for _, _, state, _ in await states(connection, endpoint_id)] == ["stopped"]


async def test_an_endpoint_that_is_away_keeps_a_bounded_number_waiting_and_misses_none(
    connection, database, deliveries, receiver, monkeypatch
):
    monkeypatch.setattr("ranking_worker.webhook_plan.WINDOW", 5)
    endpoint_id = await make_endpoint(connection, receiver.url)
    receiver.will_answer(500)
    numbers = await publish(database, *(f"bảng {n}" for n in range(12)))
    await work(deliveries)
    assert len(await states(connection, endpoint_id)) == 5
    for _ in range(4):
        await work(deliveries, connection)
    assert receiver.ids[1:] == [f"msg_{H99}_{endpoint_id}_{number}" for number in numbers]


async def test_two_workers_send_each_change_once(connection, settings, database, deliveries, receiver):
    second = Deliveries(settings, database, Metrics())
    for _ in range(3):
        await make_endpoint(connection, receiver.url)
    await publish(database, *(f"bảng {n}" for n in range(10)))
    for _ in range(3):
        await asyncio.gather(deliveries.step(), second.step())
        await asyncio.gather(deliveries.settle(), second.settle())
    await second.close()
    assert len(receiver.ids) == len(set(receiver.ids)) == 30


async def test_what_was_sent_but_not_recorded_is_sent_again_under_the_same_id(
    connection, settings, database, deliveries, receiver
):
    receiver.open.clear()
    await make_endpoint(connection, receiver.url)
    await publish(database, "một")
    await deliveries.step()
    async with asyncio.timeout(30):
        while not receiver.received:  # noqa: ASYNC110 (a receiver in another thread)
            await asyncio.sleep(0.02)
    await deliveries.close()
    receiver.open.set()
    successor = Deliveries(settings, database, Metrics())
    await work(successor)
    assert len(receiver.received) == 1, "the claim holds while an attempt may be under way"
    await work(successor, connection)
    await successor.close()
    assert receiver.ids[0] == receiver.ids[1]
    assert receiver.received[0].body == receiver.received[1].body


async def test_logs_and_metrics_hold_no_address_and_no_secret(connection, settings, database, receiver):
    metrics = Metrics()
    deliveries = Deliveries(settings, database, metrics)
    secret = new_secret()
    await make_endpoint(connection, receiver.url + "/hook?key=geheim", secret=secret)
    receiver.will_answer(500, 204)
    await publish(database, "một")
    with capture_logs() as lines:
        await work(deliveries)
        await work(deliveries, connection)
    await deliveries.observe(connection)
    await deliveries.close()
    assert [line["outcome"] for line in lines if line["event"] == "webhook_attempt"] == ["failed", "delivered"]
    for leak in ("geheim", receiver.url, secret):
        assert leak not in json.dumps(lines, default=str)
    read = metrics.registry.get_sample_value
    assert [read("parindex_worker_webhook_attempts_total", {"outcome": o}) for o in ("failed", "delivered")] == [1, 1]
    assert read("parindex_worker_webhook_deliveries", {"state": "waiting"}) == 0


def test_the_schedule_is_ten_attempts_with_pauses_that_grow():
    failed = Answered(500, "HTTP 500")
    steps = [next_step(failed, attempts, trial=False, jitter=0) for attempts in range(10)]
    assert [pause.total_seconds() for _, pause in steps[:-1]] == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert steps[-1] == ("dead", None)
    assert next_step(failed, 0, trial=False, jitter=1) == ("waiting", dt.timedelta(seconds=5.5))
    assert next_step(Answered(410, "HTTP 410"), 0, trial=False, jitter=0) == ("stopped", None)
