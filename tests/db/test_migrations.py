"""The one stream of migrations: from nothing to the models, without drift, up and down and up again."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from parindex.db.base import Base
from parindex.db.migrate import alembic_config, migrate
from parindex.db.ownership import ROLES
from parindex.db.retain import retain
from parindex.errors import ParindexError
from support.dossier_rows import receive
from support.dossiers import version

TODAY = dt.date(2026, 11, 22)
REVISIONS = [
    revision.revision for revision in reversed(list(ScriptDirectory.from_config(alembic_config()).walk_revisions()))
]


async def on(url: str, work: Callable[[Connection], Any]) -> Any:
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.connect() as connection:
            result = await connection.run_sync(work)
            await connection.commit()
            return result
    finally:
        await engine.dispose()


def tables(connection: Connection) -> set[str]:
    return {name for name in inspect(connection).get_table_names() if not name.startswith("response_text_")} - {
        "alembic_version"
    }


async def test_an_empty_database_becomes_exactly_the_models(empty_database_url):
    await migrate(empty_database_url, today=TODAY)
    assert await on(empty_database_url, tables) == set(Base.metadata.tables)


async def test_the_models_and_the_migrations_do_not_drift_apart(empty_database_url):
    await migrate(empty_database_url, today=TODAY)
    await on(empty_database_url, lambda connection: command.check(alembic_config(connection)))


async def test_btree_gist_is_the_only_extension(empty_database_url):
    await migrate(empty_database_url, today=TODAY)
    connection = await asyncpg.connect(empty_database_url)
    names = {row[0] for row in await connection.fetch("SELECT extname FROM pg_extension")}
    await connection.close()
    assert names == {"plpgsql", "btree_gist"}


async def test_migrating_again_changes_nothing(empty_database_url):
    await migrate(empty_database_url, today=TODAY)
    again = await migrate(empty_database_url, today=TODAY)
    assert "0 partitions made" in again


async def test_two_migrations_at_once_wait_for_each_other(empty_database_url):
    await asyncio.gather(migrate(empty_database_url, today=TODAY), migrate(empty_database_url, today=TODAY))
    assert await on(empty_database_url, tables) == set(Base.metadata.tables)


@pytest.mark.parametrize("revision", REVISIONS)
async def test_every_migration_goes_up_and_down_and_up(empty_database_url, revision):
    def stairway(connection: Connection) -> set[str]:
        config = alembic_config(connection)
        before = REVISIONS[REVISIONS.index(revision) - 1] if revision != REVISIONS[0] else "base"
        command.upgrade(config, before)
        reached = tables(connection)
        command.upgrade(config, revision)
        command.downgrade(config, before)
        assert tables(connection) == reached
        command.upgrade(config, revision)
        return tables(connection)

    assert await on(empty_database_url, stairway)


async def test_text_of_every_month_finds_its_partition_and_old_months_are_dropped(empty_database_url):
    await migrate(empty_database_url, today=dt.date(2024, 10, 5))
    await migrate(empty_database_url, today=TODAY)
    connection = await asyncpg.connect(empty_database_url)
    statement = (
        "INSERT INTO response_text VALUES (1, 1, $1, '', $2, 'synthetic', 'x') RETURNING tableoid::regclass::text"
    )
    old, new = dt.datetime(2024, 10, 31, 16, 59, tzinfo=dt.UTC), dt.datetime(2024, 10, 31, 17, 0, tzinfo=dt.UTC)
    assert await connection.fetchval(statement, "last-minute-of-october-in-vietnam", old) == "response_text_2024_10"
    assert await connection.fetchval(statement, "first-minute-of-november", new) == "response_text_2024_11"
    dropped = await on(empty_database_url, lambda sync: retain(sync, TODAY))
    assert dropped == ["dropped response_text_2024_09", "dropped response_text_2024_10"]
    assert await connection.fetchval("SELECT array_agg(response_id) FROM response_text") == ["first-minute-of-november"]
    await connection.close()


async def test_texts_that_came_before_their_partition_was_made_move_into_it(empty_database_url):
    await migrate(empty_database_url, today=dt.date(2022, 1, 1))
    connection = await asyncpg.connect(empty_database_url)
    statement = "INSERT INTO response_text VALUES (1, 1, 'late', '', $1, 'synthetic', 'x')"
    await connection.execute(statement, dt.datetime(2026, 11, 5, tzinfo=dt.UTC))
    where = "SELECT tableoid::regclass::text FROM response_text"
    assert await connection.fetchval(where) == "response_text_default"
    await migrate(empty_database_url, today=TODAY)
    assert [row[0] for row in await connection.fetch(where)] == ["response_text_2026_11"]
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute(statement, dt.datetime(2026, 11, 5, tzinfo=dt.UTC))
    await connection.close()


async def as_plain_owner(server_url: str, *, member: bool) -> str:
    """URL of a fresh database whose owner is neither superuser nor may make roles."""
    owner, password = f"owner_{uuid.uuid4().hex[:8]}", uuid.uuid4().hex
    connection = await asyncpg.connect(server_url)
    await connection.execute(f"CREATE ROLE {owner} LOGIN PASSWORD '{password}'")
    if member:
        await connection.execute(f"GRANT {', '.join(ROLES.values())} TO {owner}")
    await connection.execute(f"CREATE DATABASE {owner} OWNER {owner}")
    await connection.close()
    return (
        make_url(server_url)
        .set(username=owner, password=password, database=owner)
        .render_as_string(hide_password=False)
    )


async def drop(server_url: str, url: str) -> None:
    name = make_url(url).database
    connection = await asyncpg.connect(server_url)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.execute(f"DROP ROLE {name}")
    await connection.close()


async def test_an_owner_without_special_rights_migrates_once_a_superuser_made_the_roles(server_url, template):
    url = await as_plain_owner(server_url, member=True)
    assert "roles and grants set" in await migrate(url, today=TODAY)
    await drop(server_url, url)


async def test_an_owner_who_may_not_act_as_the_roles_is_told_to_ask_a_superuser(server_url, template):
    url = await as_plain_owner(server_url, member=False)
    with pytest.raises(ParindexError, match="cannot be granted") as refused:
        await migrate(url, today=TODAY)
    assert "deploy/roles.sql" in refused.value.hint
    await drop(server_url, url)


async def test_going_back_before_0006_points_to_the_newest_versions_again(empty_database_url):
    await migrate(empty_database_url, today=TODAY)
    connection = await asyncpg.connect(empty_database_url)
    try:
        await receive(connection, [version(1, 4), version(2, 9), version(1, 4, dossier_key="other")])
        await on(empty_database_url, lambda sync: command.downgrade(alembic_config(sync), "0005"))
        rows = await connection.fetch("SELECT dossier_key, version_no FROM dossier ORDER BY version_no")
        assert [tuple(row) for row in rows] == [("other", 1), (version(1, 4).dossier_key, 2)]
        await on(empty_database_url, lambda sync: command.upgrade(alembic_config(sync), "head"))
    finally:
        await connection.close()
