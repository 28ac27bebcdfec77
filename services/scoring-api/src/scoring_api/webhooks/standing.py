"""How the endpoints of an authority stand, and what became of each change on its way to one of them."""

from __future__ import annotations

import asyncpg

from parindex.web.receivers import shown_url
from scoring_api.people.person import Person
from scoring_api.webhooks import wire
from scoring_api.webhooks.endpoints import endpoint_unknown

_ENDPOINTS = """
SELECT e.endpoint_id, e.url, ARRAY(SELECT jsonb_array_elements_text(e.kinds)) AS kinds, e.realm, p.name AS made_by, e.recorded_at, e.disabled_at,
       CASE WHEN e.old_secret_until > clock_timestamp() THEN e.old_secret_until END AS old_secret_until, c.stopped_at,
       CASE WHEN e.disabled_at IS NOT NULL THEN 'disabled' WHEN c.stopped_at IS NOT NULL THEN 'stopped' ELSE 'active' END AS state,
       coalesce(c.change_no, e.from_change_no) AS change_no,
       (SELECT count(*) FROM webhook_delivery d WHERE d.tenant_id = e.tenant_id AND d.endpoint_id = e.endpoint_id AND d.state = 'waiting') AS waiting,
       (SELECT count(*) FROM webhook_delivery d WHERE d.tenant_id = e.tenant_id AND d.endpoint_id = e.endpoint_id AND d.state = 'dead'
          AND d.change_no > 0 AND NOT EXISTS (SELECT FROM webhook_delivery l WHERE l.tenant_id = d.tenant_id AND l.endpoint_id = d.endpoint_id
                                              AND l.change_no = d.change_no AND l.replay_no > d.replay_no)) AS dead
FROM webhook_endpoint e
LEFT JOIN webhook_cursor c ON c.tenant_id = e.tenant_id AND c.endpoint_id = e.endpoint_id
LEFT JOIN person p ON p.tenant_id = e.tenant_id AND p.person_id = e.person_id
WHERE e.tenant_id = $1
ORDER BY e.endpoint_id
"""
_DELIVERIES = """
SELECT d.change_no, d.replay_no, n.kind, d.state, d.attempts, d.next_at, d.last_status, d.last_error, d.updated_at
FROM webhook_delivery d
LEFT JOIN change_entry n ON n.tenant_id = 0 AND n.change_no = d.change_no
WHERE d.tenant_id = $1 AND d.endpoint_id = $2 AND ($3::text IS NULL OR d.state = $3)
  AND (d.change_no = 0 OR NOT EXISTS (SELECT FROM webhook_delivery l WHERE l.tenant_id = d.tenant_id AND l.endpoint_id = d.endpoint_id
                                      AND l.change_no = d.change_no AND l.replay_no > d.replay_no))
ORDER BY d.updated_at DESC, d.change_no DESC LIMIT $4
"""


async def list_endpoints(connection: asyncpg.Connection, reader: Person) -> wire.Endpoints:
    """Every endpoint of the reader's authority, disabled ones too. Raises Forbidden for all but officers and auditors."""
    reader.need("officer", "auditor")
    rows = await connection.fetch(_ENDPOINTS, reader.tenant_id)
    return wire.Endpoints(endpoints=[wire.Endpoint(**{**dict(row), "url": shown_url(row["url"])}) for row in rows])


async def list_deliveries(
    connection: asyncpg.Connection, reader: Person, endpoint_id: int, state: str | None, limit: int
) -> wire.Deliveries:
    """How each change stands that is or was on its way, the last touched first; of a change sent again the last sending.

    Raises Forbidden, NotFound outside the authority.
    """
    reader.need("officer", "auditor")
    known = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM webhook_endpoint WHERE tenant_id = $1 AND endpoint_id = $2)",
        reader.tenant_id,
        endpoint_id,
    )
    if not known:
        raise endpoint_unknown(endpoint_id)
    rows = await connection.fetch(_DELIVERIES, reader.tenant_id, endpoint_id, state, limit)
    return wire.Deliveries(
        endpoint_id=endpoint_id,
        deliveries=[wire.Delivery(**{**dict(row), "kind": row["kind"] or "webhook_test"}) for row in rows],
    )
