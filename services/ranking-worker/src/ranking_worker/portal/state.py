"""Where each profile stands (`portal_state`): small documents by profile and subject, replaced whole."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import asyncpg

_READ = "SELECT document::text FROM portal_state WHERE tenant_id = $1 AND profile = $2 AND subject = $3"
_WRITE = """
INSERT INTO portal_state (tenant_id, profile, subject, document, updated_at) VALUES ($1, $2, $3, $4::jsonb, $5)
ON CONFLICT (tenant_id, profile, subject) DO UPDATE SET document = excluded.document, updated_at = excluded.updated_at
"""


async def read_state(connection: asyncpg.Connection, tenant_id: int, profile: str, subject: str) -> dict[str, Any]:
    """The document; empty where none was written."""
    text = await connection.fetchval(_READ, tenant_id, profile, subject)
    found: dict[str, Any] = json.loads(text) if text else {}
    return found


async def write_state(
    connection: asyncpg.Connection,
    tenant_id: int,
    profile: str,
    subject: str,
    document: dict[str, Any],
    at: dt.datetime,
) -> None:
    """Replaces the document. May run twice."""
    await connection.execute(_WRITE, tenant_id, profile, subject, json.dumps(document), at)
