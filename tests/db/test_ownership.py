"""One writer per table: what a service's role may not do, the database denies."""

from __future__ import annotations

import asyncpg
import pytest

from parindex.db.base import Base
from parindex.db.models import ingest, worker  # noqa: F401  (fill the metadata)
from parindex.db.ownership import ROLES, UNREADABLE, WRITES, grant_statements, writers_of

TABLES = {table.name: table for table in Base.metadata.sorted_tables}
SHARED = {"response_delta", "dossier_touched"}


def statements(table: str) -> dict[str, str]:
    column = next(column.name for column in reversed(TABLES[table].columns))
    return {
        "SELECT": f"SELECT 1 FROM {table} LIMIT 1",
        "INSERT": f"INSERT INTO {table} DEFAULT VALUES",
        "UPDATE": f"UPDATE {table} SET {column} = NULL WHERE false",
        "DELETE": f"DELETE FROM {table} WHERE false",
        "TRUNCATE": f"TRUNCATE {table}",
    }


def granted(service: str, table: str) -> set[str]:
    writes = set(WRITES[service].get(table, "").split())
    return writes | (set() if table in UNREADABLE[service] else {"SELECT"})


async def denied(connection: asyncpg.Connection, role: str, statement: str) -> bool:
    outer = connection.transaction()
    await outer.start()
    try:
        await connection.execute(f"SET LOCAL ROLE {role}")
        await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError:
        return True
    except (asyncpg.IntegrityConstraintViolationError, asyncpg.CheckViolationError):
        return False
    finally:
        await outer.rollback()
    return False


@pytest.mark.parametrize("service", ROLES)
async def test_a_role_may_do_exactly_what_the_ownership_file_says(connection, service):
    wrong = []
    for table in TABLES:
        for privilege, statement in statements(table).items():
            expected = privilege not in granted(service, table)
            if await denied(connection, ROLES[service], statement) != expected:
                wrong.append(f"{service} {privilege} {table}: denied should be {expected}")
    assert wrong == []


@pytest.mark.parametrize("service", ROLES)
async def test_no_service_changes_the_schema(connection, service):
    for statement in ("CREATE TABLE mine (a int)", "DROP TABLE slot", "ALTER TABLE slot ADD COLUMN mine int"):
        assert await denied(connection, ROLES[service], statement), statement


def test_every_table_has_one_writer_but_the_queues():
    writers = {table: writers_of(table) for table in TABLES}
    assert [table for table, services in writers.items() if not services] == []
    assert {table for table, services in writers.items() if len(services) > 1} == SHARED
    for queue in ("response_delta", "dossier_touched"):
        assert WRITES["survey-ingest"][queue] == "INSERT"
        assert WRITES["ranking-worker"][queue] == "DELETE"


def test_facts_are_never_updated_or_deleted_by_their_writer():
    facts = {
        "response",
        "response_change",
        "receipt",
        "refusal",
        "quarantine",
        "quarantine_outcome",
        "imported_table",
        "imported_row",
        "period_closing",
        "credential_event",
        "instrument_version",
        "register_load",
    }
    assert {
        table: WRITES[service][table]
        for service in WRITES
        for table in facts & set(WRITES[service])
        if WRITES[service][table] != "INSERT"
    } == {}


def test_the_ownership_file_names_no_table_that_is_not_there():
    named = {table for tables in WRITES.values() for table in tables} | {
        table for tables in UNREADABLE.values() for table in tables
    }
    assert named - set(TABLES) == set()


def test_a_table_without_a_writer_is_an_error_when_grants_are_made():
    with pytest.raises(KeyError, match=r"ownership\.py"):
        grant_statements(["nobodys_table"])
