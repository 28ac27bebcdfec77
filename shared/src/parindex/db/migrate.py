"""The one job that changes the schema: migrations, partitions, roles and grants. May run twice; one at a time by a lock."""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import create_async_engine

from parindex.db.address import postgres_url
from parindex.db.base import Base
from parindex.db.models import ingest, worker  # noqa: F401  (fill the metadata)
from parindex.db.ownership import ROLES, grant_statements
from parindex.errors import ParindexError

PARTITION_MONTHS_AHEAD = 24


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for this package; the migrations use the given connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


async def migrate(database_url: str, *, today: dt.date, login_passwords: dict[str, str] | None = None) -> list[str]:
    """Brings the schema to its newest form and makes partitions 24 months ahead. Returns what was done, in sentences.

    `login_passwords` (service -> password) lets the roles log in, as the embedded server does; otherwise roles are
    made without login, for SET ROLE or for a site's own logins. Raises ParindexError when roles are missing and may
    not be made.
    """
    engine = create_async_engine(
        postgres_url(database_url, "postgresql+asyncpg"),
        connect_args={"server_settings": {"lock_timeout": "4000", "statement_timeout": "600000"}},
    )
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(
                functools.partial(_migrate, today=today, login_passwords=login_passwords or {})
            )
    finally:
        await engine.dispose()


def _migrate(connection: Connection, *, today: dt.date, login_passwords: dict[str, str]) -> list[str]:
    connection.execute(text("SET lock_timeout = '60s'"))
    connection.execute(text("SELECT pg_advisory_lock(hashtext('parindex-migrate'))"))
    connection.execute(text("SET lock_timeout = '4s'"))
    connection.commit()
    try:
        command.upgrade(alembic_config(connection), "head")
        connection.commit()
        made = ensure_partitions(connection, today)
        connection.commit()
        _ensure_roles(connection, login_passwords)
        for statement in grant_statements([table.name for table in Base.metadata.sorted_tables]):
            connection.execute(text(statement))
        connection.commit()
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(hashtext('parindex-migrate'))"))
        connection.commit()
    return ["schema at its newest form", f"{len(made)} partitions made", "roles and grants set"]


def _ensure_roles(connection: Connection, login_passwords: dict[str, str]) -> None:
    existing = {row[0] for row in connection.execute(text("SELECT rolname FROM pg_roles"))}
    for service, role in ROLES.items():
        try:
            if role not in existing:
                connection.execute(text(f"CREATE ROLE {role} NOLOGIN"))
            if not _may_act_as(connection, role):
                connection.execute(text(f"GRANT {role} TO CURRENT_USER"))
            if service in login_passwords:
                quoted = login_passwords[service].replace("'", "''")
                connection.execute(text(f"ALTER ROLE {role} LOGIN PASSWORD '{quoted}'"))
        except ProgrammingError as error:
            raise ParindexError(
                f"Role {role} is missing or cannot be granted by this login ({error.orig}).",
                code="roles_missing",
                hint="Let a superuser run deploy/roles.sql once, then migrate again.",
            ) from None


def _may_act_as(connection: Connection, role: str) -> bool:
    """Whether this login may SET ROLE already (Postgres 16 split that from membership)."""
    right = "SET" if connection.dialect.server_version_info >= (16,) else "MEMBER"  # type: ignore[operator]
    return bool(
        connection.scalar(text("SELECT pg_has_role(current_user, :role, :right)"), {"role": role, "right": right})
    )


def month_after(start: dt.date, months: int) -> dt.date:
    """First day of the month that many months after (before, if negative) the month of `start`."""
    index = start.year * 12 + start.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def text_partitions(connection: Connection) -> set[str]:
    """Names of the partitions of response_text that exist."""
    query = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'response_text'::regclass"
    return {row[0] for row in connection.execute(text(query))}


def ensure_partitions(connection: Connection, today: dt.date) -> list[str]:
    """Monthly partitions of response_text from last month to 24 months ahead, with a default one. Returns those made."""
    existing = text_partitions(connection)
    made = []
    if "response_text_default" not in existing:
        connection.execute(text("CREATE TABLE response_text_default PARTITION OF response_text DEFAULT"))
    for offset in range(-1, PARTITION_MONTHS_AHEAD + 1):
        first = month_after(today.replace(day=1), offset)
        name = f"response_text_{first:%Y_%m}"
        if name not in existing:
            _make_partition(
                connection, name, f"{first:%Y-%m-%d} 00:00:00+07", f"{month_after(first, 1):%Y-%m-%d} 00:00:00+07"
            )
            made.append(name)
    return made


def _make_partition(connection: Connection, name: str, first: str, end: str) -> None:
    """A month's partition; texts that came while nobody had made it move in from the default one."""
    moved = f"DELETE FROM response_text_default WHERE received_at >= '{first}' AND received_at < '{end}' RETURNING *"
    for statement in (
        f"CREATE TABLE {name} (LIKE response_text INCLUDING ALL)",
        f"WITH moved AS ({moved}) INSERT INTO {name} SELECT * FROM moved",
        f"ALTER TABLE response_text ATTACH PARTITION {name} FOR VALUES FROM ('{first}') TO ('{end}')",
    ):
        connection.execute(text(statement))
