"""Free texts are gone 24 months after their receipt, wherever they lie; everything else stays."""

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
