"""Turns changes, and requests to send again, into deliveries: one row for each change and endpoint.

A function of rows in one transaction: it may run twice, in several processes, and be killed anywhere.
"""

from __future__ import annotations

import asyncpg

from parindex.db.session import Database

PLAN_LOCK = 7660012023
WINDOW = 1000
"""Most changes that wait for one endpoint at a time: the feed keeps the others for an endpoint that is away."""

_CURSORS = """
INSERT INTO webhook_cursor (tenant_id, endpoint_id, change_no, replay_no)
SELECT e.tenant_id, e.endpoint_id, e.from_change_no, 0 FROM webhook_endpoint e
WHERE NOT EXISTS (SELECT FROM webhook_cursor c WHERE c.tenant_id = e.tenant_id AND c.endpoint_id = e.endpoint_id)
ON CONFLICT DO NOTHING
"""
_DISABLED = """
UPDATE webhook_delivery d SET state = 'stopped', next_at = NULL, updated_at = clock_timestamp()
FROM webhook_endpoint e
WHERE d.state = 'waiting' AND e.tenant_id = d.tenant_id AND e.endpoint_id = d.endpoint_id AND e.disabled_at IS NOT NULL
"""
_BEHIND = """
SELECT e.tenant_id, e.endpoint_id, e.realm, ARRAY(SELECT jsonb_array_elements_text(e.kinds)) AS kinds, c.change_no, head.change_no AS head
FROM webhook_endpoint e
JOIN webhook_cursor c ON c.tenant_id = e.tenant_id AND c.endpoint_id = e.endpoint_id
CROSS JOIN (SELECT coalesce(max(change_no), 0) AS change_no FROM change_entry WHERE tenant_id = 0) head
WHERE e.disabled_at IS NULL AND c.stopped_at IS NULL AND c.change_no < head.change_no
ORDER BY e.tenant_id, e.endpoint_id
"""
_WAITING = "SELECT count(*) FROM webhook_delivery WHERE tenant_id = $1 AND endpoint_id = $2 AND state = 'waiting' AND replay_no = 0"
_CHANGES = """
SELECT change_no FROM change_entry
WHERE tenant_id = 0 AND change_no > $1 AND change_no <= $2 AND kind = ANY($3::text[]) AND realm = $4
ORDER BY change_no LIMIT $5
"""
_INSERT = """
INSERT INTO webhook_delivery (tenant_id, endpoint_id, change_no, replay_no, state, attempts, next_at, updated_at)
SELECT $1, $2, change_no, $3, 'waiting', 0, clock_timestamp(), clock_timestamp() FROM unnest($4::bigint[]) AS row(change_no)
ON CONFLICT DO NOTHING
"""
_MOVE = "UPDATE webhook_cursor SET change_no = $3 WHERE tenant_id = $1 AND endpoint_id = $2"
_REPLAYS = """
SELECT r.tenant_id, r.endpoint_id, r.replay_no, r.kind, r.from_change_no, c.change_no, e.realm,
       ARRAY(SELECT jsonb_array_elements_text(e.kinds)) AS kinds
FROM webhook_replay r
JOIN webhook_cursor c ON c.tenant_id = r.tenant_id AND c.endpoint_id = r.endpoint_id
JOIN webhook_endpoint e ON e.tenant_id = r.tenant_id AND e.endpoint_id = r.endpoint_id
WHERE r.replay_no > c.replay_no AND e.disabled_at IS NULL
ORDER BY r.tenant_id, r.endpoint_id, r.replay_no
"""
_AGAIN = """
SELECT n.change_no FROM change_entry n
WHERE n.tenant_id = 0 AND n.change_no BETWEEN $1 AND $2 AND n.kind = ANY($3::text[]) AND n.realm = $4
  AND NOT EXISTS (SELECT FROM webhook_delivery d WHERE d.tenant_id = $5 AND d.endpoint_id = $6 AND d.change_no = n.change_no AND d.state = 'waiting')
ORDER BY n.change_no
"""
_DEAD = """
SELECT change_no FROM (
  SELECT DISTINCT ON (change_no) change_no, state FROM webhook_delivery
  WHERE tenant_id = $1 AND endpoint_id = $2 AND change_no >= greatest($3::bigint, 1) ORDER BY change_no, replay_no DESC
) last WHERE state = 'dead' ORDER BY change_no
"""
_RESTART = "UPDATE webhook_cursor SET replay_no = $3, stopped_at = NULL WHERE tenant_id = $1 AND endpoint_id = $2"
_WAKE = """
UPDATE webhook_delivery SET state = 'waiting', next_at = clock_timestamp(), updated_at = clock_timestamp()
WHERE tenant_id = $1 AND endpoint_id = $2 AND state = 'stopped' AND change_no > 0
"""
_PLANNED = "UPDATE webhook_cursor SET replay_no = $3 WHERE tenant_id = $1 AND endpoint_id = $2"


async def plan_deliveries(database: Database) -> None:
    """Brings the deliveries of every endpoint up to the feed, and answers requests to send again. One planner at a time."""
    async with database.transaction() as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", PLAN_LOCK):
            return
        await connection.execute(_CURSORS)
        await connection.execute(_DISABLED)
        for row in await connection.fetch(_REPLAYS):
            await _replay(connection, row)
        for row in await connection.fetch(_BEHIND):
            await _follow(connection, row)


async def _follow(connection: asyncpg.Connection, row: asyncpg.Record) -> None:
    """The next changes of one endpoint, as many as there is room for."""
    endpoint = row["tenant_id"], row["endpoint_id"]
    room = WINDOW - await connection.fetchval(_WAITING, *endpoint)
    if room <= 0:
        return
    changes = [
        number
        for (number,) in await connection.fetch(
            _CHANGES, row["change_no"], row["head"], row["kinds"], row["realm"], room
        )
    ]
    await connection.execute(_INSERT, *endpoint, 0, changes)
    await connection.execute(_MOVE, *endpoint, changes[-1] if len(changes) == room else row["head"])


async def _replay(connection: asyncpg.Connection, row: asyncpg.Record) -> None:
    """What one request asks for. But for a test it restarts an endpoint that was stopped: what waited then waits again."""
    endpoint = row["tenant_id"], row["endpoint_id"]
    if row["kind"] == "test":
        await connection.execute(_INSERT, *endpoint, row["replay_no"], [0])
        await connection.execute(_PLANNED, *endpoint, row["replay_no"])
        return
    await connection.execute(_RESTART, *endpoint, row["replay_no"])
    await connection.execute(_WAKE, *endpoint)
    if row["kind"] == "dead":
        found = await connection.fetch(_DEAD, *endpoint, row["from_change_no"])
    else:
        found = await connection.fetch(
            _AGAIN, row["from_change_no"], row["change_no"], row["kinds"], row["realm"], *endpoint
        )
    await connection.execute(_INSERT, *endpoint, row["replay_no"], [number for (number,) in found])
