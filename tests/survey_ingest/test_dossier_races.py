"""Dossiers sent twice, at once and out of order: versions without gaps, nothing lost, nothing stored twice, no deadlock."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections import Counter
from typing import Any

import asyncpg
import pytest

from support.exporters import record, step
from support.ingest import Sender, new_dossier

pytestmark = pytest.mark.database
PATH = "/api/v1/ho-so"


async def assert_sound(facts: asyncpg.Connection, keys: list[str]) -> None:
    """Versions are 1, 2, ...; neighbours differ; each dossier was announced to the worker."""
    rows = await facts.fetch(
        "SELECT dossier_key, array_agg(version_no ORDER BY version_no) AS numbers,"
        " array_agg(digest ORDER BY version_no) AS digests FROM dossier_version"
        " WHERE dossier_key = ANY($1::text[]) GROUP BY 1",
        keys,
    )
    assert {row["dossier_key"] for row in rows} == set(keys)
    for row in rows:
        assert row["numbers"] == list(range(1, len(row["numbers"]) + 1))
        assert all(one != other for one, other in zip(row["digests"], row["digests"][1:], strict=False))
    announced = Counter(
        key
        for (found,) in await facts.fetch("SELECT dossier_keys FROM dossier_touched")
        for key in found
        if key in keys
    )
    assert set(announced) == set(keys)


async def test_the_same_requests_at_once_from_two_systems_store_each_content_once(
    register: Any, facts: asyncpg.Connection
):
    senders: list[Sender] = [await register() for _ in range(2)]
    records = [record(MaHoSo=new_dossier()) for _ in range(40)]
    orders = [random.Random(seed).sample(records, 40) for seed in range(8)]
    answers = await asyncio.gather(
        *(senders[number % 2].send(order, PATH) for number, order in enumerate(orders)),
    )
    assert [answer.status_code for answer in answers] == [200] * 8
    assert sum(answer.json()["ThanhCong"] - answer.json()["TrungLap"] for answer in answers) == 40
    keys = [one["MaHoSo"] for one in records]
    await assert_sound(facts, keys)
    assert (
        await facts.fetchval("SELECT max(version_no) FROM dossier_version WHERE dossier_key = ANY($1::text[])", keys)
        == 1
    )


async def test_changing_contents_at_once_leave_versions_without_gaps(register: Any, facts: asyncpg.Connection):
    senders: list[Sender] = [await register() for _ in range(2)]
    codes = [new_dossier() for _ in range(10)]
    chance = random.Random(5)
    requests = [
        [
            record(MaHoSo=code, TrangThaiHoSo=chance.choice(("2", "4", "5", "9", "10")))
            for code in chance.sample(codes, 10)
        ]
        for _ in range(12)
    ]
    answers = await asyncio.gather(
        *(senders[number % 2].send(request, PATH) for number, request in enumerate(requests))
    )
    assert {answer.status_code for answer in answers} == {200}
    await assert_sound(facts, codes)


async def test_one_dossier_sent_forty_times_at_once_has_forty_versions(register: Any, facts: asyncpg.Connection):
    senders: list[Sender] = [await register() for _ in range(2)]
    code = new_dossier()
    requests = [[record(MaHoSo=code, NgayHenTra=f"202612010000{second:02d}")] for second in range(40)]
    answers = await asyncio.gather(*(senders[place % 2].send(body, PATH) for place, body in enumerate(requests)))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["result"][0]["PhienBan"] for answer in answers) == list(range(1, 41))
    await assert_sound(facts, [code])


async def test_who_is_overtaken_begins_anew_and_numbers_after_the_other(sender: Sender, facts: asyncpg.Connection):
    one = record(TrangThaiHoSo="4")
    await sender.send([one], PATH)
    columns = ", ".join(
        row[0]
        for row in await facts.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'dossier_version'::regclass AND attnum > 0"
        )
    )
    values = columns.replace("version_no", "2").replace("digest", "sha256('other')")
    async with facts.transaction():
        await facts.execute(
            f"INSERT INTO dossier_version ({columns}) SELECT {values} FROM dossier_version WHERE dossier_key = $1",
            one["MaHoSo"],
        )
        waiting = asyncio.create_task(sender.send([{**one, "TrangThaiHoSo": "9"}], PATH))
        await asyncio.sleep(0.5)
        assert not waiting.done()
    answer = await waiting
    assert (answer.status_code, answer.json()["result"][0]["PhienBan"]) == (200, 3)


async def test_a_dossier_twice_in_requests_that_cross_is_stored_without_a_deadlock(
    register: Any, facts: asyncpg.Connection
):
    senders: list[Sender] = [await register() for _ in range(2)]
    first, last = sorted(new_dossier() for _ in range(2))
    known = record(MaHoSo=first, TrangThaiHoSo="2")
    await senders[0].send([known], PATH)
    before = await facts.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    requests = [
        [
            known,
            record(MaHoSo=last, NgayHenTra=f"2026120100{place:02d}00"),
            record(MaHoSo=first, NgayHenTra=f"2026120200{place:02d}00"),
        ]
        if place % 2
        else [
            record(MaHoSo=first, NgayHenTra=f"2026120300{place:02d}00"),
            record(MaHoSo=last, NgayHenTra=f"2026120400{place:02d}00"),
        ]
        for place in range(16)
    ]
    answers = await asyncio.gather(*(senders[place % 2].send(body, PATH) for place, body in enumerate(requests)))
    assert {answer.status_code for answer in answers} == {200}
    await assert_sound(facts, [first, last])
    await facts.execute("SELECT pg_stat_clear_snapshot()")
    assert before == await facts.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")


async def test_adding_at_once_stores_one_and_tells_the_others_that_it_exists(register: Any, facts: asyncpg.Connection):
    senders: list[Sender] = [await register() for _ in range(2)]
    code = new_dossier()
    bodies = [
        {"isUpdating": "False", "data": [record(MaHoSo=code, TrangThaiHoSo=status)]} for status in ("2", "4", "5", "9")
    ]
    answers = await asyncio.gather(*(senders[number % 2].send(body, PATH) for number, body in enumerate(bodies)))
    assert sorted(answer.json()["error_code"] for answer in answers) == [-3, -3, -3, 0]
    await assert_sound(facts, [code])


async def test_replays_of_a_whole_history_at_once_store_it_once(sender: Sender, facts: asyncpg.Connection):
    code = new_dossier()
    history = [record(MaHoSo=code, TrangThaiHoSo=status) for status in ("2", "4", "5", "4", "9")]
    answers = await asyncio.gather(*(sender.send(history, PATH) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    rows = await facts.fetch("SELECT status FROM dossier_version WHERE dossier_code = $1 ORDER BY version_no", code)
    assert [row[0] for row in rows] == [2, 4, 5, 4, 9]


async def test_steps_at_once_and_in_any_order_are_stored_once(register: Any, facts: asyncpg.Connection):
    senders: list[Sender] = [await register() for _ in range(2)]
    code = new_dossier()
    began = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    steps = [step(code, began + dt.timedelta(minutes=number), "4") for number in range(20)]
    orders = [random.Random(seed).sample(steps, 20) for seed in range(8)]
    answers = await asyncio.gather(
        *(senders[number % 2].send(order, f"{PATH}/tien-trinh") for number, order in enumerate(orders))
    )
    assert [answer.status_code for answer in answers] == [200] * 8
    assert sum(answer.json()["TrungLap"] for answer in answers) == 7 * 20
    assert await facts.fetchval("SELECT count(*) FROM dossier_step WHERE dossier_key = $1", code) == 20


async def test_receipts_add_up_to_what_was_stored(sender: Sender, facts: asyncpg.Connection):
    one = record()
    for body in ([one, {}], [one], [{**one, "TrangThaiHoSo": "10"}, one, one]):
        await sender.send(body, PATH)
    row = await facts.fetchrow(
        "SELECT sum(records), sum(stored), sum(duplicate), sum(refused),"
        " (SELECT count(*) FROM dossier_version WHERE system_id = $1), (SELECT count(*) FROM refusal WHERE system_id = $1)"
        " FROM dossier_receipt WHERE system_id = $1",
        sender.issued.system_id,
    )
    assert tuple(row) == (6, 3, 2, 1, 3, 1)
