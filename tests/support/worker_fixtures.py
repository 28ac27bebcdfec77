"""The worker's registers, read once for all tests whose databases are clones of the template."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from ranking_worker.registers import RegisterCache, Registers


@pytest.fixture(scope="session")
def template_registers(server_url: str, template: str) -> Registers:
    """The registers as the template has them. Immutable: a test that loads more makes a snapshot of its own."""

    async def read() -> Registers:
        url = make_url(server_url).set(database=template).render_as_string(hide_password=False)
        connection = await asyncpg.connect(url)
        try:
            cache = RegisterCache()
            await cache.renew(connection)
            return cache.current
        finally:
            await connection.close()

    return asyncio.run(read())


@pytest.fixture
def registers(template_registers: Registers) -> RegisterCache:
    """A process's cache that knows the template's registers."""
    return RegisterCache(template_registers)
