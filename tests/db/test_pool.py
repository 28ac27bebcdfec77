"""Connections of the pool: one in use is not asked whether it lives, an idle one is, and a dead one is never handed out."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import text

from parindex.db import session
from parindex.db.session import Database

pytestmark = pytest.mark.database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, pool_size=3)
    yield database
    await database.close()


async def _asked(database: Database) -> list[str]:
    """What the pool itself sends before it hands out its one connection."""
    sent: list[str] = []
    async with database.connection() as connection:
        connection.add_query_logger(lambda query: sent.append(query.query))
    async with database.connection() as again:
        assert again is connection
    return sent


async def test_a_connection_is_asked_whether_it_lives_only_after_it_lay_idle(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await _asked(database) == []
    monkeypatch.setattr(session, "IDLE_SECONDS", 0.0)
    assert await _asked(database) != []


async def _cut(killer: asyncpg.Connection, *connections: asyncpg.Connection) -> None:
    """Ends connections on the database's side; returns when their sockets are closed here, too."""
    for connection in connections:
        await killer.execute("SELECT pg_terminate_backend($1)", connection.get_server_pid())
    while not all(connection.is_closed() for connection in connections):
        await killer.execute("SELECT pg_sleep(0.005)")


@pytest.mark.parametrize("idle_seconds", [5.0, 0.0])
async def test_connections_that_were_cut_are_replaced_before_they_are_used(
    database: Database, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, idle_seconds: float
) -> None:
    monkeypatch.setattr(session, "IDLE_SECONDS", idle_seconds)
    async with database.connection() as first, database.connection() as second:
        pass
    await _cut(connection, first, second)
    for _ in range(3):
        async with database.transaction() as one:
            assert await one.fetchval("SELECT 1") == 1
    async with database.session() as orm:
        assert await orm.scalar(text("SELECT 1")) == 1


async def test_a_connection_cut_in_use_fails_once_and_is_not_used_again(
    database: Database, connection: asyncpg.Connection
) -> None:
    used: list[asyncpg.Connection] = []

    async def cut_in_use() -> None:
        async with database.transaction() as one:
            used.append(one)
            await connection.execute("SELECT pg_terminate_backend($1)", one.get_server_pid())
            await one.fetchval("SELECT 1")

    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await cut_in_use()
    async with database.connection() as one, database.connection() as other:
        assert used[0] not in (one, other)
        assert [await one.fetchval("SELECT 1"), await other.fetchval("SELECT 1")] == [1, 1]
