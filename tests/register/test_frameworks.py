"""Criteria frameworks in the database: put in force once, never rewritten, read back as they were written."""

from __future__ import annotations

import copy

import asyncpg
import pytest

from parindex.errors import Conflict, Invalid
from parindex.frameworks.criteria_catalogue import load_frameworks
from parindex.frameworks.criteria_file import FrameworkFile, read_framework_json
from parindex.register.frameworks import (
    UNCHANGED,
    load_frameworks_from_database,
    load_frameworks_register,
    publish,
)
from parindex.register.roles import acting_as

pytestmark = pytest.mark.database


def changed(name: str, **changes: object) -> FrameworkFile:
    """A shipped version with other values at the top of its document."""
    code, _, version = name.partition("@")
    return read_framework_json({**copy.deepcopy(load_frameworks().get(code, version).document), **changes})


async def test_every_shipped_version_is_in_force_and_read_back_with_its_digest(connection: asyncpg.Connection):
    catalogue = await load_frameworks_from_database(connection)
    shipped = {one.name: one.framework.sha256 for one in load_frameworks().files}
    assert {one.name: one.framework.sha256 for one in catalogue.files} == shipped
    rows = await connection.fetch("SELECT DISTINCT kind, tenant_id, person_id FROM framework_event")
    assert [tuple(row) for row in rows] == [("put_in_force", 0, None)]
    assert await connection.fetchval("SELECT count(*) FROM framework_event") == len(shipped)


async def test_loading_frameworks_again_changes_nothing(connection: asyncpg.Connection):
    async with connection.transaction():
        assert await load_frameworks_register(connection) == [UNCHANGED]
    assert await connection.fetchval("SELECT count(*) FROM framework_version") == len(load_frameworks().files)


async def test_the_catalogue_is_read_once_while_nothing_is_put_in_force(connection: asyncpg.Connection):
    assert await load_frameworks_from_database(connection) is await load_frameworks_from_database(connection)


async def test_a_published_version_with_another_content_is_refused_by_name(connection: asyncpg.Connection):
    with pytest.raises(Conflict, match="qd766@2022-1 was published with the digest") as caught:
        await publish(connection, [changed("qd766@2022-1", title_en="Another title")], why="a test")
    assert caught.value.code == "published_version_changed"
    assert "new version" in caught.value.hint


async def test_a_version_in_force_beside_another_is_refused_and_nothing_is_stored(connection: asyncpg.Connection):
    before = await connection.fetchval("SELECT count(*) FROM framework_version")
    beside = changed("qd766@2022-1", version="2030-1", in_force={"from": "2030-01-01", "to": None})
    with pytest.raises(Invalid, match="contradict each other in time"):
        await publish(connection, [beside], why="a test")
    assert await connection.fetchval("SELECT count(*) FROM framework_version") == before


async def test_a_version_that_replaces_another_ends_it(connection: asyncpg.Connection):
    later = changed("qd766@2022-1", version="2030-1", replaces="2022-1", in_force={"from": "2030-01-01", "to": None})
    assert await publish(connection, [later], why="a test") == [
        "frameworks: qd766@2030-1 in force from 2030-01-01 (official)"
    ]
    catalogue = await load_frameworks_from_database(connection)
    assert catalogue.end(catalogue.get("qd766", "2022-1")) == later.valid_from


@pytest.mark.parametrize("service", ["survey-ingest", "scoring-api", "ranking-worker"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE framework_version SET sha256 = ''", "DELETE FROM framework_version", "TRUNCATE framework_event"],
)
async def test_no_service_may_change_a_version_in_force(connection: asyncpg.Connection, service: str, statement: str):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with connection.transaction(), acting_as(connection, service):
            await connection.execute(statement)


async def test_a_document_changed_behind_the_product_is_noticed(connection: asyncpg.Connection):
    await connection.execute(
        "UPDATE framework_version SET document = jsonb_set(document, '{title_en}', '\"Forged\"'), sha256 = repeat('0', 64)"
        " WHERE code = 'qd766'"
    )
    with pytest.raises(Conflict, match="qd766@2022-1 is stored with the digest 000000000000"):
        await load_frameworks_from_database(connection)
