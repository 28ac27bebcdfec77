"""The record of the door: who was added, invited, signed in, failed, given or taken a role, by whom and why. Append only."""

from __future__ import annotations

import datetime as dt
import json
from typing import Literal
from uuid import UUID

import asyncpg
import uuid_utils.compat as uuid_utils

EventKind = Literal[
    "added",
    "invited",
    "secret_set",
    "succeeded",
    "failed",
    "locked",
    "ended",
    "password_changed",
    "identity_linked",
    "role_granted",
    "role_revoked",
    "disabled",
    "admitted_again",
]


async def instant(connection: asyncpg.Connection) -> dt.datetime:
    """The database's clock (UTC): every process locks, ends and expires by the same one."""
    now: dt.datetime = await connection.fetchval("SELECT clock_timestamp()")
    return now


async def append(
    connection: asyncpg.Connection,
    tenant_id: int,
    person_id: int,
    kind: EventKind,
    now: dt.datetime,
    *,
    by: int | None = None,
    detail: dict[str, object] | None = None,
    event_id: UUID | None = None,
) -> None:
    """Appends one event about a person. `detail` never holds an address, a code, a password or a token.

    Raises asyncpg.UniqueViolationError for a given event id that was used before.
    """
    await connection.execute(
        "INSERT INTO sign_in_event (tenant_id, sign_in_event_id, person_id, kind, by_person_id, detail, recorded_at)"
        " VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7)",
        tenant_id,
        event_id or uuid_utils.uuid7(),
        person_id,
        kind,
        by,
        json.dumps(detail or {}, ensure_ascii=False),
        now,
    )
