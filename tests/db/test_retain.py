"""Free texts are gone after 24 months, ended sign-ins and told messages after 90 days; everything else stays."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from parindex.db.retain import retain
from parindex.engine.period import VIETNAM

pytestmark = pytest.mark.database
TODAY = dt.date(2026, 11, 22)
KEPT = dt.datetime(2024, 11, 1, tzinfo=VIETNAM)
GONE = KEPT - dt.timedelta(seconds=1)
BODY = {
    "response_id": "q",
    "comment": "Cần thêm ghế chờ",
    "answers": [{"item": "2", "value": 4, "text": "Chờ lâu"}, {"item": "1", "value": 5}],
}


async def run(url: str) -> list[str]:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"))
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(lambda sync: retain(sync, TODAY))
    finally:
        await engine.dispose()


async def quarantined(connection, response_id: str, received_at: dt.datetime, body: dict) -> None:
    await connection.execute(
        "INSERT INTO quarantine (tenant_id, system_id, response_id, revision, realm, credential_id, receipt_id, position,"
        " received_at, reason, detail, body, digest, digest_version)"
        " VALUES (0, 1, $1, 1, 'synthetic', 'c', gen_random_uuid(), 0, $2, 'unit_unknown', '{}', $3, 'digest', 1)",
        response_id,
        received_at,
        json.dumps(body),
    )


async def test_texts_outside_any_partition_and_in_quarantine_are_erased_at_the_month_s_edge(connection, database_url):
    statement = "INSERT INTO response_text VALUES (0, 1, $1, '', $2, 'synthetic', 'x')"
    for response_id, received_at in (("gone", GONE), ("kept", KEPT)):
        await connection.execute(statement, response_id, received_at)
        await quarantined(connection, response_id, received_at, BODY)
    await quarantined(connection, "silent", GONE, {"response_id": "s", "overall": 5})
    assert await run(database_url) == [
        "erased the free text of 1 texts outside any month's partition",
        "erased the free text of 1 quarantined items",
    ]
    assert await connection.fetchval("SELECT array_agg(response_id) FROM response_text") == ["kept"]
    bodies = {
        row["response_id"]: (json.loads(row["body"]), row["digest"])
        for row in await connection.fetch("SELECT response_id, body::text, digest FROM quarantine")
    }
    assert bodies == {
        "gone": ({"response_id": "q", "answers": [{"item": "2", "value": 4}, {"item": "1", "value": 5}]}, b"digest"),
        "kept": (BODY, b"digest"),
        "silent": ({"response_id": "s", "overall": 5}, b"digest"),
    }
    assert await run(database_url) == []


async def test_a_month_is_dropped_with_its_partition(connection, database_url):
    async def partitions() -> set[str]:
        return {
            row[0]
            for row in await connection.fetch(
                "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'response_text'::regclass"
            )
        }

    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.begin() as owner:
        for first, last in (("2024-09-01", "2024-10-01"), ("2024-11-01", "2024-12-01")):
            bounds = f"FROM ('{first} 00:00:00+07') TO ('{last} 00:00:00+07')"
            name = f"response_text_{first[:7].replace('-', '_')}"
            await owner.execute(text(f"CREATE TABLE {name} PARTITION OF response_text FOR VALUES {bounds}"))
    await engine.dispose()
    before = await partitions()
    assert await run(database_url) == ["dropped response_text_2024_09"]
    assert before - await partitions() == {"response_text_2024_09"}


async def test_sign_ins_go_90_days_after_their_end_and_open_ones_stay(connection, database_url):
    edge = dt.datetime(2026, 8, 24, tzinfo=VIETNAM)
    instant = dt.timedelta(microseconds=1)
    statement = "INSERT INTO sign_in VALUES (1, $1, 1, 'local', $2, $3, $4)"
    for name, expires, ended in (
        (b"ended", edge + dt.timedelta(hours=8), edge - instant),
        (b"expired", edge - instant, None),
        (b"ended later", edge + dt.timedelta(hours=8), edge),
        (b"open", dt.datetime(2026, 11, 22, 18, tzinfo=VIETNAM), None),
    ):
        await connection.execute(statement, name, edge - dt.timedelta(hours=8), expires, ended)
    assert await run(database_url) == ["removed 2 ended sign-ins"]
    kept = await connection.fetchval("SELECT array_agg(token_sha256 ORDER BY token_sha256) FROM sign_in")
    assert kept == [b"ended later", b"open"]


async def test_told_messages_go_with_their_dead_letters_and_what_was_never_told_stays(connection, database_url):
    old, new = dt.datetime(2026, 8, 1, tzinfo=VIETNAM), dt.datetime(2026, 11, 1, tzinfo=VIETNAM)
    statement = "INSERT INTO webhook_delivery VALUES (1, 1, $1, $2, $3, 1, NULL, NULL, NULL, $4)"
    for change_no, replay_no, state, at in (
        (1, 0, "delivered", old),
        (2, 0, "dead", old),
        (2, 1, "delivered", old),
        (3, 0, "dead", old),
        (4, 0, "delivered", old),
        (4, 1, "waiting", old),
        (5, 0, "delivered", old),
        (5, 1, "dead", new),
        (6, 0, "delivered", new),
    ):
        await connection.execute(statement, change_no, replay_no, state, at)
    assert await run(database_url) == ["removed 3 delivered webhook messages"]
    kept = await connection.fetchval("SELECT array_agg(DISTINCT change_no ORDER BY change_no) FROM webhook_delivery")
    assert kept == [3, 4, 5, 6]
