"""One database, one application and one catalogue for a folder of tests; each test has sending systems of its own.

A folder that wants them imports these fixtures in its conftest.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from sqlalchemy.engine import make_url

from parindex.settings import Settings
from support.ingest import Sender, app_client, owner
from survey_ingest.resources import Resources, opened

Register = Callable[..., Awaitable[Sender]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_url(server_url: str, template: str) -> AsyncIterator[str]:
    """Owner's URL of the database that the tests of ingest share."""
    name = f"ingest_{uuid.uuid4().hex[:12]}"
    admin = await owner(server_url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture(scope="session")
def shared_settings(shared_url: str, redis_url: str) -> Settings:
    return Settings(database_url=shared_url, redis_url=redis_url)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def resources(shared_settings: Settings) -> AsyncIterator[Resources]:
    """Open resources of one ingest process."""
    async with opened(shared_settings) as held:
        yield held


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(shared_settings: Settings, resources: Resources) -> AsyncIterator[httpx.AsyncClient]:
    async with app_client(shared_settings, resources) as client:
        yield client


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def facts(shared_url: str) -> AsyncIterator[asyncpg.Connection]:
    """An owner's connection to the shared database."""
    connection = await owner(shared_url)
    yield connection
    await connection.close()


@pytest.fixture
def dialect(request: pytest.FixtureRequest) -> str:
    """The dialect that senders speak; `both_dialects` in a conftest runs a test once in each."""
    return str(getattr(request, "param", "canonical"))


def both_dialects(metafunc: pytest.Metafunc) -> None:
    """Runs the tests of a module that says `BOTH_DIALECTS = True` in both: the same verdicts are promised."""
    if "dialect" in metafunc.fixturenames and getattr(metafunc.module, "BOTH_DIALECTS", False):
        metafunc.parametrize("dialect", ("canonical", "motcua"), indirect=True)


@pytest.fixture
def register(client: httpx.AsyncClient, shared_url: str, dialect: str) -> Register:
    """Registers a sending system, with overrides by keyword."""

    async def make(**options: Any) -> Sender:
        return await Sender.register(client, shared_url, **{"dialect": dialect, **options})

    return make


@pytest.fixture
async def sender(register: Register) -> Sender:
    """A sending system for the invented province H99."""
    return await register()
