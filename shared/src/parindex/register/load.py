"""Loads every shipped register into the database, in order: each in one transaction, one load at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from parindex.db.address import postgres_url
from parindex.errors import Unavailable
from parindex.register.figures import load_single_figures
from parindex.register.frameworks import load_frameworks_register
from parindex.register.instruments import load_instruments_register
from parindex.register.published import load_published_figures
from parindex.register.revision import hold_register_lock
from parindex.register.units import load_units_register
from parindex.register.work_calendar import load_work_calendar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LOADERS: tuple[Callable[[asyncpg.Connection], Awaitable[list[str]]], ...] = (
    load_units_register,
    load_instruments_register,
    load_frameworks_register,
    load_published_figures,
    load_single_figures,
    load_work_calendar,
)
"""In order of need: published figures refer to units."""


async def load_everything(database_url: str) -> list[str]:
    """Brings every register in the database to the shipped state. `database_url`: the owner's. Returns what changed.

    May run twice, also at once: a register that is as shipped changes nothing. Each loader takes the role of the
    service that writes its tables. Raises Unavailable when the database cannot be reached.
    """
    connection = await connect(database_url)
    sentences: list[str] = []
    try:
        for loader in LOADERS:
            async with connection.transaction():
                await hold_register_lock(connection)
                sentences += await loader(connection)
    finally:
        await connection.close()
    return sentences


async def connect(database_url: str) -> asyncpg.Connection:
    """A connection of its own for a command; any SQLAlchemy-style Postgres URL. Raises Invalid or Unavailable."""
    url = postgres_url(database_url)
    try:
        return await asyncpg.connect(
            url.render_as_string(hide_password=False), timeout=10, server_settings={"jit": "off"}
        )
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unavailable(
            f"The database {url.database or ''} at {url.host or 'this machine'} cannot be reached: {error}.",
            code="database_unreachable",
            hint="Check DATABASE_URL and that the server runs.",
        ) from None
