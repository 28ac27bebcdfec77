"""Attaches a file to a component: checked, encrypted, written to the store, and only then told by a row and an event."""

from __future__ import annotations

import datetime as dt
import uuid

import uuid_utils.compat as uuid_utils

from parindex.db.session import Database
from parindex.settings import Settings
from scoring_api.evidence.file_types import CheckedFile
from scoring_api.evidence.keep import Upload, bring, drop, keep
from scoring_api.evidence.rows import EvidenceLine, evidence_line
from scoring_api.people.person import Person
from scoring_api.rounds.access import may_attach
from scoring_api.rounds.acting import Acting, acting
from scoring_api.rounds.events import read_state
from scoring_api.rounds.fold import NewEvent
from scoring_api.rounds.round import Round, load_round
from scoring_api.rounds.spoken import clean_reason


async def attach(
    database: Database,
    settings: Settings,
    person: Person,
    *,
    round_id: int,
    unit_id: int,
    component: str,
    upload: Upload,
    now: dt.datetime,
    late_reason: str | None = None,
) -> EvidenceLine:
    """Attaches the file as one of the unit's evidence for the component, by a person who speaks for the unit.

    The object is durable before the row commits: a crash between the two leaves an object that no row knows, which
    `parindex evidence sweep` removes. The same file for the same component again returns what is there.
    Raises Invalid `evidence_refused` for a file that is not taken, Forbidden, Conflict after the deadline, Unavailable
    where keys or store are missing.
    """
    late_reason = clean_reason(late_reason)
    async with database.transaction() as connection:
        assessed = await load_round(connection, person.tenant_id, round_id)
        state = await read_state(connection, person.tenant_id, round_id)
        may_attach(person, assessed, state, unit_id, component, now, late_reason)
    brought = await bring(database, settings, person.tenant_id, upload)
    file, digest = brought.file, brought.digest
    async with acting(database, person, round_id, now) as act:
        attaching = may_attach(person, act.assessed, act.state, unit_id, component, now, late_reason)
        used = await keep(act.connection, person.tenant_id, brought, now)
        found = await _attached_before(act, unit_id, component, file, digest)
        evidence_id = found or await _record(
            act, unit_id, component, file, digest, _retain_until(act.assessed, settings), attaching.late_reason
        )
        line = await evidence_line(act.connection, person.tenant_id, evidence_id)
    if not used:
        await drop(settings, brought)
    return line


async def _attached_before(
    act: Acting, unit_id: int, component: str, file: CheckedFile, digest: bytes
) -> uuid.UUID | None:
    """The same file on the same component: a sender that lost its answer sends it again."""
    found: uuid.UUID | None = await act.connection.fetchval(
        "SELECT evidence_id FROM evidence e WHERE tenant_id = $1 AND round_id = $2 AND unit_id = $3 AND component = $4"
        " AND sha256 = $5 AND file_name = $6 AND NOT EXISTS (SELECT FROM evidence_erasure x"
        " WHERE x.tenant_id = e.tenant_id AND x.evidence_id = e.evidence_id)",
        act.assessed.tenant_id,
        act.assessed.round_id,
        unit_id,
        component,
        digest,
        file.file_name,
    )
    return found


async def _record(
    act: Acting,
    unit_id: int,
    component: str,
    file: CheckedFile,
    digest: bytes,
    retain_until: dt.date,
    late_reason: str | None,
) -> uuid.UUID:
    evidence_id = uuid_utils.uuid7()
    await act.connection.execute(
        "INSERT INTO evidence (tenant_id, evidence_id, round_id, unit_id, component, file_name, media_type, size, sha256,"
        " person_id, recorded_at, retain_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        act.assessed.tenant_id,
        evidence_id,
        act.assessed.round_id,
        unit_id,
        component,
        file.file_name,
        file.media_type,
        len(file.content),
        digest,
        act.person.person_id,
        act.now,
        retain_until,
    )
    await act.append(
        NewEvent(
            kind="evidence_added",
            person_id=act.person.person_id,
            role="unit",
            unit_id=unit_id,
            component=component,
            late_reason=late_reason,
            detail={"evidence_id": str(evidence_id), "sha256": digest.hex(), "size": len(file.content)},
        )
    )
    return evidence_id


def _retain_until(assessed: Round, settings: Settings) -> dt.date:
    """The last day of the year that lies `evidence_years` after the assessed period."""
    return dt.date(assessed.period.last.year + settings.evidence_years, 12, 31)
