"""Publications as rows, as scoring-api writes them: drafted by one person, reviewed by a second, approved by a third."""

from __future__ import annotations

import json
from typing import Any

import asyncpg

DRAFTER, REVIEWER, APPROVER = 11, 12, 13


async def publication(connection: asyncpg.Connection, tenant_id: int, source: dict[str, Any], **given: Any) -> int:
    """A drafted publication; returns its id."""
    publication_id: int = await connection.fetchval(
        "INSERT INTO publication (tenant_id, source, title_vi, decision, supersedes, erratum, person_id, recorded_at)"
        " VALUES ($1, $2::jsonb, $3, $4, $5, $6, $7, clock_timestamp()) RETURNING publication_id",
        tenant_id,
        json.dumps(source),
        given.get("title_vi", "Bảng xếp hạng thử"),
        given.get("decision", "01/QĐ-UBND ngày 20/01/2026"),
        given.get("supersedes"),
        given.get("erratum"),
        given.get("person_id", DRAFTER),
    )
    await event(connection, tenant_id, publication_id, "drafted", given.get("person_id", DRAFTER))
    return publication_id


async def event(
    connection: asyncpg.Connection,
    tenant_id: int,
    publication_id: int,
    kind: str,
    person_id: int | None,
    body_sha256: str | None = None,
) -> None:
    """One event appended by a person."""
    await connection.execute(
        "INSERT INTO publication_event (tenant_id, publication_id, event_no, kind, person_id, body_sha256, why, recorded_at)"
        " SELECT $1, $2, coalesce(max(event_no), 0) + 1, $3, $4, $5, '', clock_timestamp() FROM publication_event"
        " WHERE tenant_id = $1 AND publication_id = $2",
        tenant_id,
        publication_id,
        kind,
        person_id,
        body_sha256,
    )


async def latest_draft(connection: asyncpg.Connection, publication_id: int) -> asyncpg.Record:
    return await connection.fetchrow(
        "SELECT draft_no, body, body_sha256, findings::text AS findings FROM edition_draft WHERE publication_id = $1"
        " ORDER BY draft_no DESC LIMIT 1",
        publication_id,
    )


async def review_and_approve(
    connection: asyncpg.Connection,
    tenant_id: int,
    publication_id: int,
    *,
    reviewer: int | None = REVIEWER,
    approver: int | None = APPROVER,
) -> str:
    """Two persons agree to the newest draft; returns its digest."""
    body_sha256: str = (await latest_draft(connection, publication_id))["body_sha256"]
    await event(connection, tenant_id, publication_id, "reviewed", reviewer, body_sha256)
    await event(connection, tenant_id, publication_id, "approved", approver, body_sha256)
    return body_sha256
