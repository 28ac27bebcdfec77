"""Which errors mean that the database is away or overloaded, and not that a statement was wrong.

After such an error nobody knows whether a commit under way was made: only the sender may try again.
"""

from __future__ import annotations

import asyncpg
import sqlalchemy.exc

DATABASE_DOWN = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server's last words arrived on a connection that was just to be used
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.QueryCanceledError,
    sqlalchemy.exc.TimeoutError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.DBAPIError,
)
"""What may be raised then: register handlers for these, and ask `database_is_away`."""


def database_is_away(error: BaseException | None) -> bool:
    """Whether the error is the database's absence. SQLAlchemy wraps some of the driver's errors: those are looked into."""
    if isinstance(error, sqlalchemy.exc.DBAPIError):
        driver = error.orig.__cause__ if error.orig is not None else None
        wrapped = (sqlalchemy.exc.InterfaceError, sqlalchemy.exc.OperationalError)
        return error.connection_invalidated or isinstance(error, wrapped) or database_is_away(driver)
    # The driver's own refusal of a value is an InterfaceError, too, and a ValueError.
    return isinstance(error, DATABASE_DOWN) and not isinstance(error, ValueError)
