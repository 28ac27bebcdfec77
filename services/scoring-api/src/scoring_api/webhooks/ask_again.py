"""Requests to the worker: send a test message, send again what is dead, or everything from a number on. Rows, appended."""

from __future__ import annotations

from typing import Literal

import asyncpg

from parindex.errors import Invalid
from scoring_api.feed.page import feed_head
from scoring_api.people.person import Person
from scoring_api.webhooks.endpoints import lock_endpoint

MOST_AGAIN = 100_000
"""Numbers of the feed that one request may go back; who missed more reads the feed."""

AgainKind = Literal["from", "dead", "test"]


async def ask_again(
    connection: asyncpg.Connection, person: Person, endpoint_id: int, kind: AgainKind, from_change_no: int = 0
) -> int:
    """Appends the request and returns its number. But for a test it also restarts an endpoint that answered 410.

    Not for running twice: each call asks anew. Raises Forbidden, NotFound, Conflict where the endpoint is disabled, Invalid
    for a number that lies too far back.
    """
    await lock_endpoint(connection, person, endpoint_id)
    head = await feed_head(connection)
    if kind == "from" and head - from_change_no > MOST_AGAIN:
        raise Invalid(
            f"Chỉ gửi lại được {MOST_AGAIN} số gần nhất, từ số {head - MOST_AGAIN}. / Only the last {MOST_AGAIN} numbers are sent again: from {head - MOST_AGAIN} on.",
            code="replay_too_long",
            hint="Read what is older at GET /v1/changes.",
        )
    replay_no: int = await connection.fetchval(
        "INSERT INTO webhook_replay (tenant_id, endpoint_id, replay_no, kind, from_change_no, person_id, recorded_at)"
        " SELECT $1, $2, coalesce(max(replay_no), 0) + 1, $3, $4, $5, clock_timestamp() FROM webhook_replay WHERE tenant_id = $1 AND endpoint_id = $2"
        " RETURNING replay_no",
        person.tenant_id,
        endpoint_id,
        kind,
        0 if kind == "test" else from_change_no,
        person.person_id,
    )
    return replay_no
