"""Items kept until the catalogue knows their unit or questionnaire: keeping, superseding, and reading them back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from parindex.errors import Finding
from parindex.web.auth import Caller
from survey_ingest.facts import Key
from survey_ingest.interpret import Unknown
from survey_ingest.item import DIGEST_VERSION

_json = msgspec.json.Encoder().encode

_HELD = """
SELECT q.tenant_id, q.system_id, q.response_id, q.revision, q.digest, q.receipt_id, q.position, o.outcome FROM quarantine q
JOIN unnest($1::int[], $2::int[], $3::text[]) AS k(tenant_id, system_id, response_id)
  ON q.tenant_id = k.tenant_id AND q.system_id = k.system_id AND q.response_id = k.response_id
LEFT JOIN quarantine_outcome o ON o.tenant_id = q.tenant_id AND o.system_id = q.system_id AND o.response_id = q.response_id AND o.revision = q.revision
WHERE o.outcome IS NULL OR o.outcome = 'withdrawn'
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A quarantined item that holds its id: it still waits, or it was withdrawn and left its tombstone."""

    revision: int
    digest: bytes
    receipt_id: UUID
    position: int
    withdrawn: bool


async def held_under(connection: asyncpg.Connection, keys: Iterable[Key]) -> dict[Key, Held]:
    """The quarantined items that hold the keys."""
    wanted = list(set(keys))
    if not wanted:
        return {}
    rows = await connection.fetch(_HELD, *zip(*wanted, strict=True))
    return {(row[0], row[1], row[2]): Held(row[3], row[4], row[5], row[6], row[7] is not None) for row in rows}


async def keep(
    connection: asyncpg.Connection,
    caller: Caller,
    unknown: Unknown,
    digest: bytes,
    receipt_id: UUID,
    position: int,
    received_at: dt.datetime,
    *,
    supersedes: Held | None,
) -> None:
    """Keeps one item; `supersedes` is what the caller saw waiting under the id, with other content, or None.

    Raises SerializationError where another transaction was first: look again. The newest revision is read before
    what is held, so that whatever is committed between the two, or after both, is noticed.
    """
    item = unknown.item
    key = (caller.tenant_id, caller.system_id or 0, item.response_id)
    last = await connection.fetchval(
        "SELECT coalesce(max(revision), 0) FROM quarantine WHERE tenant_id = $1 AND system_id = $2 AND response_id = $3",
        *key,
    )
    now_held = (await held_under(connection, [key])).get(key)
    if (now_held and now_held.revision) != (supersedes and supersedes.revision):
        raise asyncpg.SerializationError("another item was quarantined under the same id meanwhile")
    detail = {
        "finding": {"code": unknown.finding.code, "message": unknown.finding.message},
        "candidates": unknown.candidates,
        "as_given": item.as_given,
    }
    status = await connection.execute(
        "INSERT INTO quarantine (tenant_id, system_id, response_id, revision, realm, credential_id, receipt_id, position, received_at, reason, detail, body, digest, digest_version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12::jsonb, $13, $14) ON CONFLICT DO NOTHING",
        *key,
        last + 1,
        caller.realm,
        caller.credential_id,
        receipt_id,
        position,
        received_at,
        unknown.reason,
        _json(detail).decode(),
        _json(item.stored_body()).decode(),
        digest,
        DIGEST_VERSION,
    )
    if status.endswith(" 0"):
        raise asyncpg.SerializationError("the same id was quarantined at the same time")
    if supersedes is not None:
        await end(connection, key, supersedes.revision, "superseded", [], received_at)


async def end(
    connection: asyncpg.Connection,
    key: tuple[Any, ...],
    revision: int,
    outcome: str,
    findings: list[Finding],
    recorded_at: dt.datetime,
) -> None:
    """Appends how a waiting item ended. Raises SerializationError where another transaction ended it meanwhile: look again."""
    lines = [{"code": finding.code, "field": finding.field, "message": finding.message} for finding in findings]
    status = await connection.execute(
        "INSERT INTO quarantine_outcome (tenant_id, system_id, response_id, revision, outcome, findings, recorded_at) VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7) ON CONFLICT DO NOTHING",
        *key,
        revision,
        outcome,
        _json(lines).decode(),
        recorded_at,
    )
    if status.endswith(" 0"):
        raise asyncpg.SerializationError("the quarantined item was ended at the same time")
