"""Connections: one pool per process, one transaction per request or job, committed before the answer leaves.

Hot statements (unnest inserts, merges) speak asyncpg directly on a connection of the same SQLAlchemy pool. A pooled
connection that lay idle is asked whether it lives before it is used; what breaks in use is thrown away.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import event, exc
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.util import greenlet_spawn

from parindex.db.address import postgres_url
from parindex.db.ownership import ROLES
from parindex.settings import Service, Settings

STATEMENT_TIMEOUT_MS = 30_000
IDLE_SECONDS = 5.0
"""A connection used within so long is not asked whether it lives: asking takes three round trips, as long as a transaction."""


class Database:
    """The pool of one process. `separated` says whether the service has a login of its own."""

    def __init__(
        self,
        url: str,
        *,
        role: str | None = None,
        pool_size: int = 10,
        application_name: str = "parindex",
        statement_timeout_ms: int = STATEMENT_TIMEOUT_MS,
    ) -> None:
        self.engine: AsyncEngine = create_async_engine(
            postgres_url(url, "postgresql+asyncpg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            connect_args={
                "server_settings": {
                    "application_name": application_name,
                    "statement_timeout": str(statement_timeout_ms),
                    "jit": "off",
                },
                "timeout": 10,
            },
        )
        _refuse_dead_ones(self.engine.sync_engine)
        self.separated = role is None
        if role is not None:

            @event.listens_for(self.engine.sync_engine, "connect")
            def set_role(dbapi_connection: Any, _record: Any) -> None:
                cursor = dbapi_connection.cursor()
                cursor.execute(f"SET SESSION ROLE {role}")
                cursor.close()
                dbapi_connection.commit()

        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @classmethod
    def for_service(cls, settings: Settings, service: Service) -> Database:
        """The pool of a service: its own login, or the owner's with SET ROLE (then `separated` is False)."""
        url, own = settings.url_for(service)
        return cls(
            url, role=None if own else ROLES[service], pool_size=settings.database_pool, application_name=service
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """One asyncpg transaction on a pooled connection: commits when the block ends, rolls back when it raises."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A pooled asyncpg connection outside any transaction, for single reads."""
        try:
            pooled = await self.engine.raw_connection()
        except self.engine.dialect.loaded_dbapi.Error as error:
            # Nothing of SQLAlchemy's is used with this connection: the driver's own error is what callers know.
            cause = error.__cause__
            if isinstance(
                cause, asyncpg.ClientConfigurationError
            ):  # a ValueError, too: no value of a request was wrong
                cause = asyncpg.InterfaceError(str(cause))
            raise (cause or error) from None
        connection: asyncpg.Connection = pooled.driver_connection
        try:
            yield connection
        except BaseException as error:
            if connection.is_closed() or isinstance(error, asyncpg.InternalClientError):
                await greenlet_spawn(pooled.invalidate)
            raise
        finally:
            await greenlet_spawn(pooled.close)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """An ORM session in one transaction: commits when the block ends."""
        async with self.sessions() as session, session.begin():
            yield session

    async def close(self) -> None:
        """Closes every pooled connection."""
        await self.engine.dispose()


def _refuse_dead_ones(engine: Engine) -> None:
    """Has the pool replace its connections when one of them turns out dead before it is used."""

    @event.listens_for(engine, "checkin")
    def note(_dbapi_connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def look(dbapi_connection: Any, record: Any, _fairy: Any) -> None:
        idle_since = record.info.get("idle_since")
        if idle_since is None:  # a new connection
            return
        if dbapi_connection.driver_connection.is_closed():
            raise exc.InvalidatePoolError
        if time.monotonic() - idle_since > IDLE_SECONDS:
            try:
                engine.dialect.do_ping(dbapi_connection)
            except engine.dialect.loaded_dbapi.Error as error:
                if engine.dialect.is_disconnect(error, dbapi_connection, None):
                    raise exc.InvalidatePoolError from error
                raise
