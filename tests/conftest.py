"""Fixtures of the whole suite: one Postgres and one Valkey a session, a fresh database cloned from a template a test.

With TEST_DATABASE_URL / TEST_REDIS_URL (`make test-external`) exactly those servers are used; otherwise embedded ones
are started in memory (/dev/shm) or in `.state/test/` and removed afterwards.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import hypothesis
import pytest
import structlog
from sqlalchemy.engine import make_url

from parindex.db.migrate import migrate
from parindex.local.servers import EmbeddedPostgres, EmbeddedValkey
from parindex.settings import Settings

# No deadline: a busy machine is no defect. In CI the examples are the same on every run.
hypothesis.settings.register_profile(
    "parindex",
    deadline=None,
    print_blob=True,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
# For `make test-fast`: a look on save, not a search.
hypothesis.settings.register_profile("fast", hypothesis.settings.get_profile("parindex"), max_examples=15)
hypothesis.settings.load_profile("parindex")
# Services render plain tracebacks (web/logs.py); structlog's default for a console prints local variables, and takes seconds.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)

ROOT = Path(__file__).resolve().parent.parent
# What is imported and collected stays to the end: looking through it for garbage again and again takes seconds.
gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Sets what was collected aside; from here on garbage is looked for as ever."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what needs a server, so that `make test-fast` can leave it out."""
    for item in items:
        if {"server_url", "redis_url"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.database)


MEMORY = Path("/dev/shm")
ENOUGH_MEMORY = 4 * 2**30
"""Bytes; the servers of a process need about a tenth of it."""


@pytest.fixture(scope="session")
def session_folder() -> Iterator[Path]:
    """Where the servers of this process keep their data: in memory where there is room, since every test copies a database."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH_MEMORY
    folder = (MEMORY / "parindex-test" if roomy else ROOT / ".state" / "test") / uuid.uuid4().hex[:8]
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server_url(session_folder: Path) -> Iterator[str]:
    """Owner's URL of a database server, database `postgres`."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    server = EmbeddedPostgres(session_folder / "postgres", options={"fsync": "off", "full_page_writes": "off"})
    server.start()
    yield server.url("postgres")
    server.discard()


@pytest.fixture(scope="session")
def redis_url(session_folder: Path) -> Iterator[str]:
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
        return
    server = EmbeddedValkey(session_folder / "valkey")
    server.start()
    yield server.url
    server.stop()


async def _admin(server_url: str, *statements: str) -> None:
    connection = await asyncpg.connect(server_url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _database(server_url: str, name: str) -> str:
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """Name of a migrated database with the shipped registers loaded; cloned by `database_url`."""
    name = f"template_{uuid.uuid4().hex[:8]}"

    async def make() -> None:
        await _admin(server_url, f"CREATE DATABASE {name}")
        await migrate(_database(server_url, name), today=dt.datetime.now(dt.UTC).date())
        from parindex.register.load import load_everything

        await load_everything(_database(server_url, name))

    asyncio.run(make())
    yield name
    asyncio.run(_admin(server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


@pytest.fixture
async def database_url(server_url: str, template: str) -> AsyncIterator[str]:
    """Owner's URL of a fresh database: migrated, registers loaded, commits allowed; dropped after the test."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    await _admin(server_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield _database(server_url, name)
    await _admin(server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
async def empty_database_url(server_url: str) -> AsyncIterator[str]:
    """Owner's URL of a database with nothing in it."""
    name = f"empty_{uuid.uuid4().hex[:12]}"
    await _admin(server_url, f"CREATE DATABASE {name}")
    yield _database(server_url, name)
    await _admin(server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """An owner's connection to the test's database."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
def settings(database_url: str, redis_url: str) -> Settings:
    """Settings on the test's own database; services SET ROLE."""
    return Settings(database_url=database_url, redis_url=redis_url)


@pytest.fixture
def make_settings(database_url: str, redis_url: str) -> Callable[..., Settings]:
    """Settings with overrides by keyword."""
    return lambda **overrides: Settings(**{"database_url": database_url, "redis_url": redis_url, **overrides})
