"""Provisional tables that moved are announced: once a table however often it moved, nothing lost, nothing for nothing."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from ranking_worker.table_changes import announce_moved_tables
from support.facts import respond_many

pytestmark = pytest.mark.database


async def entries(connection) -> list[dict]:
    rows = await connection.fetch(
        "SELECT change_no, kind, realm, subject::text AS subject FROM change_entry ORDER BY change_no"
    )
    return [{**dict(row), "subject": json.loads(row["subject"])} for row in rows]


async def test_each_table_that_moved_has_one_entry_with_its_address(connection, database, registers, work):
    for _ in range(3):
        await respond_many(connection, {5: 6, 2: 4}, unit_id=990001)
        await work()
    announced = await announce_moved_tables(database, registers)
    found = await entries(connection)
    assert len(found) == announced
    assert [one["change_no"] for one in found] == list(range(1, announced + 1))
    tables = [(one["subject"]["scope_unit_id"], one["subject"]["block"], one["subject"]["period"]) for one in found]
    assert len(set(tables)) == announced
    assert (990000, "department", "2026-03") in tables
    assert {(one["kind"], one["realm"]) for one in found} == {("provisional_table_changed", "synthetic")}
    address = urlsplit(found[tables.index((990000, "department", "2026-03"))]["subject"]["href"])
    assert address.path == "/v1/league-tables"
    assert parse_qs(address.query) == {
        "scope": ["990000"], "block": ["department"], "period": ["2026-03"], "instrument": ["KIOSK3"],
        "version": ["1"], "realm": ["synthetic"],
    }  # fmt: skip
    assert await announce_moved_tables(database, registers) == 0


async def test_a_table_that_was_renewed_without_moving_is_not_announced(connection, database, registers, work):
    await respond_many(connection, {5: 6, 2: 4}, unit_id=990001)
    await work()
    await announce_moved_tables(database, registers)
    await connection.execute(
        "INSERT INTO due (tenant_id, realm, instrument_version_id, unit_id, month)"
        " SELECT DISTINCT tenant_id, realm, instrument_version_id, unit_id, month FROM tally"
    )
    assert (await work()).tables > 0
    assert await announce_moved_tables(database, registers) == 0


async def test_announcing_at_once_in_several_processes_announces_each_table_once(connection, database, registers, work):
    await respond_many(connection, {5: 6, 2: 4}, unit_id=990001)
    await work()
    done = await asyncio.gather(*(announce_moved_tables(database, registers) for _ in range(4)))
    found = await entries(connection)
    assert sum(done) == len(found) > 0
    assert [one["change_no"] for one in found] == list(range(1, len(found) + 1))


async def test_what_rolled_back_was_never_announced(connection, database, registers):
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(
        "INSERT INTO moved_table (tenant_id, realm, subject) VALUES (990000, 'synthetic', '{\"block\": \"department\"}')"
    )
    assert await announce_moved_tables(database, registers) == 0
    await transaction.rollback()
    assert await entries(connection) == []
