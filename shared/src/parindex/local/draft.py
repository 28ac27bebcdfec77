"""Drafts the next migration on a throw-away embedded server: what the models have and the newest schema lacks."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from alembic import command
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from parindex.db.address import postgres_url
from parindex.db.migrate import alembic_config
from parindex.local.servers import EmbeddedPostgres


def draft_migration(message: str, folder: Path) -> str:
    """Writes the next numbered revision and returns its path. The folder is used for the server and removed again."""
    server = EmbeddedPostgres(folder, options={"fsync": "off"})
    server.start()
    try:
        return asyncio.run(_draft(server.url("postgres"), message))
    finally:
        server.discard()
        shutil.rmtree(folder, ignore_errors=True)


async def _draft(url: str, message: str) -> str:
    engine = create_async_engine(postgres_url(url, "postgresql+asyncpg"))

    def write(connection: Connection) -> str:
        config = alembic_config(connection)
        # Only the schema: grants name the models' tables, and the new ones do not exist yet.
        command.upgrade(config, "head")
        connection.commit()
        number = 1 + max(int(revision.revision) for revision in ScriptDirectory.from_config(config).walk_revisions())
        script = command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")
        assert isinstance(script, Script), "one message makes one revision"
        return str(script.path)

    try:
        async with engine.connect() as connection:
            return await connection.run_sync(write)
    finally:
        await engine.dispose()
