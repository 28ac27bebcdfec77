"""What applications of scoring-api share in tests: the registers of the template, read once, and the OpenAPI document, made once.

A folder that wants them imports these fixtures in its conftest.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy.engine import make_url

from parindex.settings import Settings
from scoring_api.app import Resources, create_app
from scoring_api.people.passwords import Passwords
from scoring_api.snapshot import Registers

_QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def with_quick_passwords(app: FastAPI) -> FastAPI:
    """The same application, whose hashes cost a thousandth: 64 MiB three times over for each sign-in prove nothing here."""
    app.state.door.passwords = Passwords(_QUICK)
    return app


@pytest.fixture(scope="session")
def registers(server_url: str, template: str, redis_url: str) -> dict[int, Registers]:
    """The shipped registers by revision, read once from the template that every test's database is a clone of."""

    async def read() -> dict[int, Registers]:
        url = make_url(server_url).set(database=template).render_as_string(hide_password=False)
        resources = Resources.open(Settings(database_url=url, redis_url=redis_url))
        try:
            async with resources.snapshots.open("production") as snapshot:
                return {snapshot.registers.revision: snapshot.registers}
        finally:
            await resources.close()

    return asyncio.run(read())


@pytest.fixture
async def resources(settings: Settings, registers: dict[int, Registers]) -> AsyncIterator[Resources]:
    """Open resources of one process on the test's own database."""
    resources = Resources.open(settings, next(iter(registers.values())))
    yield resources
    await resources.close()


@pytest.fixture(scope="session")
def openapi() -> dict[str, Any]:
    """The OpenAPI document that every application makes: nothing in it comes from the settings."""
    # No server is asked for a document, so none needs to be there.
    return create_app(
        Settings(database_url="postgresql://nobody@127.0.0.1:1/none", redis_url="redis://127.0.0.1:1")
    ).openapi()
