"""A database server and a Redis server of the kill tests' own, so that they can be killed, and one site a test."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from parindex.db.migrate import migrate
from parindex.db.ownership import ROLES
from parindex.local.backends import url_variable
from parindex.local.servers import EmbeddedPostgres, EmbeddedValkey
from parindex.register.load import load_everything
from support.processes import Site

PASSWORDS = {service: f"{service}-password" for service in ROLES}


@pytest.fixture(scope="session")
def own_postgres(session_folder: Path) -> Iterator[EmbeddedPostgres]:
    """The server that is killed. Not the one of the other tests."""
    # Without fsync: kill -9 ends a process, not the system, so what was written to the system's cache stays. Only a
    # power cut would need fsync, and no test can make one. A production server keeps it on.
    server = EmbeddedPostgres(session_folder / "killed-postgres", options={"fsync": "off", "full_page_writes": "off"})
    server.start()
    yield server
    server.discard()


@pytest.fixture(scope="session")
def loaded(own_postgres: EmbeddedPostgres) -> str:
    """Name of a migrated database with the registers and a login for each service; cloned for each test."""

    async def make() -> None:
        await _admin(own_postgres, "CREATE DATABASE loaded")
        await migrate(own_postgres.url("loaded"), today=dt.datetime.now(dt.UTC).date(), login_passwords=PASSWORDS)
        await load_everything(own_postgres.url("loaded"))

    asyncio.run(make())
    return "loaded"


async def _admin(server: EmbeddedPostgres, statement: str) -> None:
    connection = await asyncpg.connect(server.url("postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def postgres(own_postgres: EmbeddedPostgres, loaded: str) -> EmbeddedPostgres:
    """The server, running, whatever the test before did to it."""
    # A test that failed in the middle may have left it dead, or still coming up: starting again ends what is left.
    if not asyncio.run(_answers(own_postgres)):
        own_postgres.stop()
        own_postgres.start()
    return own_postgres


async def _answers(server: EmbeddedPostgres) -> bool:
    try:
        await _admin(server, "ALTER SYSTEM RESET ALL")
        await _admin(server, "SELECT pg_reload_conf()")
    except (OSError, asyncpg.PostgresError):
        return False
    return True


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """A Redis server of this test's own; it runs."""
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def site(postgres: EmbeddedPostgres, loaded: str, valkey: EmbeddedValkey, tmp_path: Path) -> AsyncIterator[Site]:
    """A fresh deployment in which each service has a login of its own; its processes end with the test."""
    name = f"site_{uuid.uuid4().hex[:12]}"
    await _admin(postgres, f"CREATE DATABASE {name} TEMPLATE {loaded}")
    logins = {url_variable(service): postgres.url(name, role, PASSWORDS[service]) for service, role in ROLES.items()}
    site = Site(postgres.url(name), valkey.url, tmp_path, logins)
    yield site
    site.end()
