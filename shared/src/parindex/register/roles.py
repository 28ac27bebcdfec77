"""Writing as the service that owns a table: loaders connect as the owner of the schema and `SET LOCAL ROLE` to the writer."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import asyncpg

from parindex.db.ownership import ROLES
from parindex.errors import Forbidden, ParindexError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from parindex.settings import Service


@asynccontextmanager
async def acting_as(connection: asyncpg.Connection, service: Service) -> AsyncIterator[None]:
    """Within the block, statements of the open transaction run with the grants of `service`; may be nested.

    Raises ParindexError outside a transaction (the role would not hold) and Forbidden when this login may not take
    the role.
    """
    if not connection.is_in_transaction():
        raise ParindexError(
            f"Cannot act as {service} outside a transaction: SET LOCAL ROLE would be forgotten at once.",
            code="transaction_missing",
            hint="Open one with `async with connection.transaction():` first.",
        )
    before = await connection.fetchval("SELECT current_setting('role')")
    try:
        await connection.execute(f"SET LOCAL ROLE {ROLES[service]}")
    except asyncpg.InsufficientPrivilegeError as error:
        raise Forbidden(
            f"This login may not act as {service} (role {ROLES[service]}): {error}.",
            code="role_not_granted",
            hint="Use the owner's DATABASE_URL, or grant the role to this login.",
        ) from None
    try:
        yield
    finally:
        # In a failed transaction the roll-back that must follow forgets the role with everything else.
        with suppress(asyncpg.InFailedSQLTransactionError):
            await connection.execute(f'SET LOCAL ROLE "{before}"' if before != "none" else "SET LOCAL ROLE NONE")
