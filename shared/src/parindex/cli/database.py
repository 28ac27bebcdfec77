"""`parindex migrate`, `load`, `retain` and `revision`: what is done to the one schema, as its owner.

SQLAlchemy, Alembic and the loaders are imported by the command that needs them: the other commands start quicker without.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from pathlib import Path

from parindex.engine.period import local_day
from parindex.errors import Invalid


def owner_url() -> str:
    """DATABASE_URL. Raises Invalid when it is not set: these commands never choose a database by themselves."""
    if url := os.environ.get("DATABASE_URL"):
        return url
    raise Invalid(
        "DATABASE_URL is not set, so there is no database to work on.",
        code="setting_missing",
        hint="Set it to the owner's URL, for example postgresql://owner@host/parindex; for a running `make run`: set -a; . .state/run/env; set +a",
    )


def _today() -> dt.date:
    return local_day(dt.datetime.now(dt.UTC))


def migrate() -> None:
    """Bring the schema to its newest form, make partitions ahead, set roles and grants. May run twice."""
    from parindex.db.migrate import migrate as bring_to_newest  # noqa: PLC0415

    for sentence in asyncio.run(bring_to_newest(owner_url(), today=_today())):
        print(sentence)


def load() -> None:
    """Load the shipped registers (units, questionnaires, published figures); says what changed. May run twice."""
    from parindex.register.load import load_everything  # noqa: PLC0415

    for sentence in asyncio.run(load_everything(owner_url())):
        print(sentence)


def retain() -> None:
    """Drop free texts after 24 months, ended sign-ins and delivered webhook messages after 90 days. May run twice."""
    for sentence in asyncio.run(_retain(owner_url(), _today())) or ["nothing is older than it may be kept"]:
        print(sentence)


async def _retain(url: str, today: dt.date) -> list[str]:
    from sqlalchemy import Connection  # noqa: PLC0415
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415

    from parindex.db import retain as retention  # noqa: PLC0415
    from parindex.db.address import postgres_url  # noqa: PLC0415

    engine = create_async_engine(postgres_url(url, "postgresql+asyncpg"))

    def drop(connection: Connection) -> list[str]:
        return retention.retain(connection, today)

    try:
        async with engine.begin() as connection:
            return await connection.run_sync(drop)
    finally:
        await engine.dispose()


def revision(message: str) -> None:
    """Draft the next migration: the difference between the models and the newest schema, on a throw-away server."""
    from parindex.local.draft import draft_migration  # noqa: PLC0415

    print(f"wrote {draft_migration(message, Path('.state') / 'revision')}; read it before you commit it")
