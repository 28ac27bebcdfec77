"""The worst moments to be killed at, held still: in the middle of a transaction, and after a commit nobody was told of.

Nothing of the product is patched: a lock of ours stops its statement, a missing standby stops Postgres's own answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from support.processes import Site
from support.until import until


@asynccontextmanager
async def writing_stops_at(site: Site, table: str) -> AsyncIterator[None]:
    """Within the block nobody can write the table, so a transaction that comes to it stands still half done."""
    async with site.connection() as connection, connection.transaction():
        await connection.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        yield


async def stands_still(site: Site, service: str, *, at_least: int = 1) -> None:
    """Returns when so many transactions of the service, which have written already, wait for the lock."""
    writing = "application_name = $1 AND wait_event_type = 'Lock' AND backend_xid IS NOT NULL"
    await _until(site, writing, service, at_least=at_least)


@asynccontextmanager
async def commits_are_not_told(site: Site) -> AsyncIterator[None]:
    """Within the block a commit is made and kept, but Postgres does not answer it: it waits for a standby."""
    await _standby(site, "'nobody'")
    try:
        yield
    finally:
        await _standby(site, "DEFAULT")


async def _standby(site: Site, value: str) -> None:
    async with site.connection() as connection:
        await connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = {value}")
        await connection.execute("SELECT pg_reload_conf()")


async def committed_untold(site: Site, service: str, *, at_least: int = 1) -> None:
    """Returns when so many transactions of the service are committed without its knowing."""
    await _until(site, "application_name = $1 AND wait_event = 'SyncRep'", service, at_least=at_least)


async def cut_off(site: Site, service: str) -> None:
    """Ends every connection of the service on the database's side, as a failing network or an operator would."""
    async with site.connection() as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = $1",
            service,
        )


async def gone(site: Site, service: str) -> None:
    """Returns when the database has noticed the end of the service: none of its transactions is open any more."""
    await _until(site, "application_name = $1", service, at_least=0)


async def _until(site: Site, condition: str, service: str, *, at_least: int = 1) -> None:
    async with site.connection() as connection:

        async def holds() -> bool:
            found = await _number(connection, condition, service)
            return found >= at_least if at_least else found == 0

        await until(holds)


async def _number(connection: asyncpg.Connection, condition: str, service: str) -> int:
    number: int = await connection.fetchval(
        f"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND {condition}", service
    )
    return number
