"""What a person decides about the connection: send again, it is there, stop for a while, settled. Each may run twice."""

from __future__ import annotations

import datetime as dt

import asyncpg

from parindex.errors import Conflict, NotFound
from ranking_worker.portal.attention import settle
from ranking_worker.portal.show import no_such_item
from ranking_worker.portal.state import write_state

STUCK = ("paused", "rejected", "dead", "retry", "asking")
_FIND = """
SELECT tenant_id, kind, subject, version, profile, state, last_error FROM outbox WHERE kind || '/' || subject = $1
ORDER BY state = ANY($2::text[]) DESC, version DESC LIMIT 1 FOR UPDATE
"""
_AGAIN = """
UPDATE outbox SET state = $5, next_at = $6, updated_at = $7, attempts = least(attempts, 1), first_at = NULL
WHERE tenant_id = $1 AND kind = $2 AND subject = $3 AND version = $4
"""
_THERE = """
UPDATE outbox SET state = 'known', next_at = NULL, updated_at = $5, last_error = $6
WHERE tenant_id = $1 AND kind = $2 AND subject = $3 AND version = $4
"""
_NEWER = "SELECT EXISTS (SELECT FROM outbox WHERE tenant_id = $1 AND kind = $2 AND subject = $3 AND version > $4)"
_SUBJECTS = "SELECT DISTINCT tenant_id FROM portal_attention WHERE subject = $1"
_GROUPS = """
SELECT DISTINCT subject FROM portal_attention
WHERE tenant_id = $1 AND profile = $2 AND subject LIKE 'rating/%' AND detail->>'why' = $3
"""
_ALIKE = """
SELECT kind || '/' || subject AS key FROM outbox
WHERE tenant_id = $1 AND profile = $2 AND kind = $3 AND state = $4 AND last_error = $5 ORDER BY 1
"""


async def send_again(connection: asyncpg.Connection, key: str, now: dt.datetime, *, again: bool = False) -> str:
    """Puts an item back into the queue with a new day to try; what was done, as a state. `again`: even if it holds for delivered.

    Raises NotFound, or Conflict for an item that is on its way or delivered.
    """
    row = await connection.fetchrow(_FIND, key, list(STUCK))
    if row is None:
        raise no_such_item(key)
    allowed = (*STUCK, "waiting", *(("received", "known") if again else ()))
    if row["state"] not in allowed:
        raise Conflict(
            f"{key} is {row['state']}: there is nothing to send again.",
            code="outbox_item_not_stuck",
            hint="If the portal truly lacks it, add --again." if row["state"] in {"received", "known"} else "",
        )
    where = (row["tenant_id"], row["kind"], row["subject"], row["version"])
    newer = await connection.fetchval(_NEWER, *where)
    state = "superseded" if newer else "waiting"
    await connection.execute(_AGAIN, *where, state, None if newer else now, now)
    await _decided(connection, row, key, now, "Người vận hành cho gửi lại.", "The operator sends it again.")
    return state


async def alike(connection: asyncpg.Connection, key: str) -> list[str]:
    """Keys of the items that failed in the same way as this one, itself included. Raises NotFound."""
    row = await connection.fetchrow(_FIND, key, list(STUCK))
    if row is None:
        raise no_such_item(key)
    rows = await connection.fetch(
        _ALIKE, row["tenant_id"], row["profile"], row["kind"], row["state"], row["last_error"]
    )
    return [found["key"] for found in rows] or [key]


async def is_there(connection: asyncpg.Connection, key: str, note: str, now: dt.datetime) -> None:
    """A person looked at the portal and found the item there. Raises NotFound, or Conflict for an item that is not in question."""
    row = await connection.fetchrow(_FIND, key, list(STUCK))
    if row is None:
        raise no_such_item(key)
    if row["state"] == "known":
        return
    if row["state"] not in STUCK:
        raise Conflict(f"{key} is {row['state']}: nobody asks whether it is there.", code="outbox_item_not_stuck")
    await connection.execute(_THERE, row["tenant_id"], row["kind"], row["subject"], row["version"], now, note)
    await _decided(connection, row, key, now, f"Đã có trên Cổng: {note}", f"It is there: {note}")


async def hold(connection: asyncpg.Connection, tenant_id: int, profile: str, now: dt.datetime, *, paused: bool) -> None:
    """Stops every call of a profile, or lets them go on."""
    await write_state(connection, tenant_id, profile, "paused", {"paused": paused, "since": now.isoformat()}, now)


async def settled(connection: asyncpg.Connection, subject: str, note: str, now: dt.datetime) -> None:
    """Closes what is open under a subject. Raises NotFound when nothing ever stood there."""
    tenants = await connection.fetch(_SUBJECTS, subject)
    if not tenants:
        raise NotFound(
            f"Nothing needs a person under {subject}.",
            code="attention_unknown",
            hint="Subjects stand in `parindex portal attention`.",
        )
    for (tenant_id,) in tenants:
        await settle(connection, tenant_id, subject, now, note, note)


async def _decided(
    connection: asyncpg.Connection, row: asyncpg.Record, key: str, now: dt.datetime, note_vi: str, note_en: str
) -> None:
    """Settles what was raised about the item; what was raised about many ratings, once none of them is left."""
    await settle(connection, row["tenant_id"], key, now, note_vi, note_en)
    where = (row["tenant_id"], row["profile"])
    if row["kind"] != "rating" or await connection.fetch(_ALIKE, *where, row["kind"], row["state"], row["last_error"]):
        return
    for (subject,) in await connection.fetch(_GROUPS, *where, row["last_error"]):
        await settle(connection, row["tenant_id"], subject, now, note_vi, note_en)
