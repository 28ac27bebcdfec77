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
