"""A sign-in that begins, and how all of a person's sign-ins end."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import asyncpg

from scoring_api.people import events, tokens


@dataclass(frozen=True, slots=True)
class Started:
    """A new sign-in. The token is never shown again."""

    tenant_id: int
    person_id: int
    token: str
    expires_at: dt.datetime


async def start(
    connection: asyncpg.Connection,
    tenant_id: int,
    person_id: int,
    method: Literal["local", "oidc"],
    *,
    minutes: int,
    now: dt.datetime,
    event_id: UUID | None = None,
) -> Started:
    """A sign-in of so many minutes, with its event. Raises asyncpg.UniqueViolationError for an event id used before."""
    token, ends = tokens.new_token("p", tenant_id), now + dt.timedelta(minutes=minutes)
    await connection.execute(
        "INSERT INTO sign_in (tenant_id, token_sha256, person_id, method, started_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        tenant_id,
        tokens.digest(token),
        person_id,
        method,
        now,
        ends,
    )
    detail: dict[str, object] = {"method": method}
    await events.append(connection, tenant_id, person_id, "succeeded", now, detail=detail, event_id=event_id)
    return Started(tenant_id, person_id, token, ends)


async def end_all(connection: asyncpg.Connection, tenant_id: int, person_id: int, now: dt.datetime) -> None:
    """Ends every sign-in of a person. May run twice."""
    await connection.execute(
        "UPDATE sign_in SET ended_at = $3 WHERE tenant_id = $1 AND person_id = $2 AND ended_at IS NULL AND expires_at > $3",
        tenant_id,
        person_id,
        now,
    )
