"""Erases evidence: a tombstone for the attached file, and the key of its content once nobody's file needs it any more."""

from __future__ import annotations

import datetime as dt
import uuid

import asyncpg

from parindex.db.session import Database
from parindex.engine.period import local_day
from parindex.errors import Finding, Invalid, Unavailable
from parindex.settings import Settings
from scoring_api.evidence.rows import EvidenceLine, evidence_line
from scoring_api.evidence.store import evidence_store
from scoring_api.people.person import Person
from scoring_api.rounds.events import append, lock_state
from scoring_api.rounds.fold import NewEvent
from scoring_api.rounds.spoken import clean_reason

NOBODY = 0
"""Person of the events that a passed retention date causes: the operator's command acts for no official."""
_TOMBSTONE = """
INSERT INTO evidence_erasure (tenant_id, evidence_id, person_id, why, recorded_at)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING true
"""
_DUE_OF_APPEALS = """
SELECT tenant_id, evidence_id, sha256 FROM appeal_evidence e WHERE retain_until < $1
  AND NOT EXISTS (SELECT FROM evidence_erasure x WHERE x.tenant_id = e.tenant_id AND x.evidence_id = e.evidence_id)
ORDER BY retain_until, tenant_id, evidence_id
"""
RETENTION_WHY = "hết thời hạn lưu giữ"


async def erase(
    database: Database, settings: Settings, person: Person, evidence_id: uuid.UUID, why: str, now: dt.datetime
) -> EvidenceLine:
    """Erases a file by order of an officer, who says why. Erasing an erased file again returns its tombstone.

    The key is destroyed in this transaction; the object goes after it, and where that fails it is swept later: without
    its key it is noise. Raises Forbidden, NotFound, and Invalid without a reason.
    """
    person.need("officer")
    reason = clean_reason(why, "why")
    if not reason:
        finding = Finding("why_missing", "why", "Cần nêu lý do xóa. / A reason is needed.", "Say why in `why`.")
        raise Invalid(finding.message, code="why_missing", hint=finding.hint, findings=[finding])
    return await _erase(database, settings, person.tenant_id, evidence_id, person.person_id, reason, now)


async def erase_due(database: Database, settings: Settings, now: dt.datetime) -> list[EvidenceLine]:
    """Erases every file whose retention date has passed (local day), one by one. May run twice, also beside itself."""
    async with database.connection() as connection:
        due = await connection.fetch(
            "SELECT tenant_id, evidence_id FROM evidence e WHERE retain_until < $1 AND NOT EXISTS (SELECT FROM"
            " evidence_erasure x WHERE x.tenant_id = e.tenant_id AND x.evidence_id = e.evidence_id)"
            " ORDER BY retain_until, tenant_id, evidence_id",
            local_day(now),
        )
    return [
        await _erase(database, settings, row["tenant_id"], row["evidence_id"], None, RETENTION_WHY, now) for row in due
    ]


async def erase_due_of_appeals(database: Database, settings: Settings, now: dt.datetime) -> int:
    """The same for files that came with appeals; returns how many. May run twice, also beside itself."""
    done = 0
    async with database.connection() as connection:
        due = await connection.fetch(_DUE_OF_APPEALS, local_day(now))
    for row in due:
        async with database.transaction() as connection:
            new = await connection.fetchval(_TOMBSTONE, row["tenant_id"], row["evidence_id"], None, RETENTION_WHY, now)
            unused = await _destroy_key(connection, row["tenant_id"], row["sha256"]) if new else None
        done += 1 if new else 0
        if unused is not None:
            await _delete(settings, unused)
    return done


async def _erase(
    database: Database,
    settings: Settings,
    tenant_id: int,
    evidence_id: uuid.UUID,
    person_id: int | None,
    why: str,
    now: dt.datetime,
) -> EvidenceLine:
    async with database.transaction() as connection:
        line = await evidence_line(connection, tenant_id, evidence_id)
        state = await lock_state(connection, tenant_id, line.round_id)
        new = await connection.fetchval(_TOMBSTONE, tenant_id, evidence_id, person_id, why, now)
        unused = None
        if new:
            event = NewEvent(
                kind="evidence_erased",
                person_id=NOBODY if person_id is None else person_id,
                role="officer",
                unit_id=line.unit_id,
                component=line.component,
                note=why,
                detail={"evidence_id": str(evidence_id), "sha256": line.sha256},
            )
            await append(connection, tenant_id, line.round_id, state, [event], now)
            unused = await _destroy_key(connection, tenant_id, bytes.fromhex(line.sha256))
        line = await evidence_line(connection, tenant_id, evidence_id)
    if unused is not None:
        await _delete(settings, unused)
    return line


async def _destroy_key(connection: asyncpg.Connection, tenant_id: int, digest: bytes) -> str | None:
    """Where the content lies if no attached file needs it any more, its key destroyed; else None."""
    storage_key: str | None = await connection.fetchval(
        "SELECT storage_key FROM evidence_content WHERE tenant_id = $1 AND sha256 = $2 AND sealed_key IS NOT NULL FOR UPDATE",
        tenant_id,
        digest,
    )
    if storage_key is None or await connection.fetchval(
        "SELECT EXISTS (SELECT FROM (SELECT tenant_id, evidence_id, sha256 FROM evidence UNION ALL"
        " SELECT tenant_id, evidence_id, sha256 FROM appeal_evidence) e WHERE tenant_id = $1 AND sha256 = $2 AND NOT EXISTS"
        " (SELECT FROM evidence_erasure x WHERE x.tenant_id = e.tenant_id AND x.evidence_id = e.evidence_id))",
        tenant_id,
        digest,
    ):
        return None
    await connection.execute(
        "UPDATE evidence_content SET sealed_key = NULL WHERE tenant_id = $1 AND sha256 = $2", tenant_id, digest
    )
    return storage_key


async def _delete(settings: Settings, storage_key: str) -> None:
    try:
        await evidence_store(settings).delete(storage_key)
    except Unavailable:
        return  # The key is gone with the commit: what lies there is noise until the sweep takes it.
