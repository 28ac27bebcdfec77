"""Opens an attached file for a person who may see it; every attempt is on record before a byte leaves."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Literal

import asyncpg
import uuid_utils.compat as uuid_utils

from parindex.db.session import Database
from parindex.errors import Forbidden, NotFound
from parindex.settings import Settings
from scoring_api.evidence.rows import EvidenceLine, evidence_line, unit_lines
from scoring_api.evidence.sealing import sealing_keys, unseal
from scoring_api.evidence.store import evidence_store
from scoring_api.people.person import Person
from scoring_api.rounds.access import need_reach, need_sight
from scoring_api.rounds.deadlines import printed
from scoring_api.rounds.round import load_round


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file and its plain bytes, proven to be those that were attached."""

    line: EvidenceLine
    content: bytes


async def open_evidence(
    database: Database, settings: Settings, person: Person, evidence_id: uuid.UUID, now: dt.datetime
) -> OpenedFile:
    """The file, for its unit, the appraiser of its field, council, auditor and officer of the authority.

    Raises NotFound (`evidence_unknown`, or `evidence_erased` naming when and why), Forbidden, Unavailable. May run
    twice; each time is on record.
    """
    async with database.transaction() as connection:
        line = await evidence_line(connection, person.tenant_id, evidence_id)
        assessed = await load_round(connection, person.tenant_id, line.round_id)
        refused: Forbidden | None = None
        try:
            need_sight(person, assessed, line.unit_id, line.component)
        except Forbidden as error:
            refused = error
        if refused or line.erased:
            await note_access(connection, person, evidence_id, "refused" if refused else "erased", now)
    if refused:
        raise refused
    if line.erased:
        raise NotFound(
            f"Tài liệu đã bị xóa {printed(line.erased.at)}: {line.erased.why}."
            f" / The file was erased on {line.erased.at.date().isoformat()}; its digest {line.sha256} stays on record.",
            code="evidence_erased",
            hint="Ask its unit to attach it again while the round is open.",
        )
    content = await plain_content(database, settings, person.tenant_id, line.sha256)
    async with database.transaction() as connection:
        await note_access(connection, person, evidence_id, "served", now)
    return OpenedFile(line, content)


async def list_evidence(
    database: Database, person: Person, round_id: int, unit_id: int, component: str | None = None
) -> list[EvidenceLine]:
    """What the unit attached in the round, as far as the person may see it, in the order of the decision and of time.

    Raises NotFound and Forbidden.
    """
    async with database.transaction() as connection:
        assessed = await load_round(connection, person.tenant_id, round_id)
        assessed.need_unit(unit_id)
        if component is not None:
            need_sight(person, assessed, unit_id, component)
        seen = need_reach(person, assessed)
        if not (seen.sees_unit(unit_id) or seen.fields):
            raise Forbidden(
                "Không được xem tài liệu của đơn vị này. / You may not see this unit's evidence.",
                code="unit_not_yours",
                hint="Nobody sees another unit's inputs or evidence.",
            )
        lines = await unit_lines(connection, person.tenant_id, round_id, unit_id, component)
    seen_lines = (line for line in lines if seen.sees(unit_id, assessed.field(line.component).code))
    return sorted(seen_lines, key=lambda line: assessed.plan.places[line.component])


async def plain_content(database: Database, settings: Settings, tenant_id: int, sha256: str) -> bytes:
    """The plain bytes of a content, proven to have that digest (hex). Raises NotFound once erased, Unavailable."""
    keys, store = sealing_keys(settings.secret_keys), evidence_store(settings)
    digest = bytes.fromhex(sha256)
    async with database.connection() as connection:
        row = await connection.fetchrow(
            "SELECT storage_key, sealed_key FROM evidence_content WHERE tenant_id = $1 AND sha256 = $2",
            tenant_id,
            digest,
        )
    if row is None or row["sealed_key"] is None:
        raise NotFound(
            "Tài liệu vừa bị xóa. / The file was erased at this moment.",
            code="evidence_erased",
            hint="Ask its unit to attach it again while the round is open.",
        )
    stored = await store.get(row["storage_key"])
    return await asyncio.to_thread(unseal, stored, row["sealed_key"], tenant_id=tenant_id, digest=digest, keys=keys)


async def note_access(
    connection: asyncpg.Connection,
    person: Person,
    evidence_id: uuid.UUID,
    outcome: Literal["served", "refused", "erased"],
    now: dt.datetime,
) -> None:
    """Puts on record who opened which file when, before a byte leaves."""
    await connection.execute(
        "INSERT INTO evidence_access (tenant_id, evidence_access_id, evidence_id, person_id, outcome, recorded_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        person.tenant_id,
        uuid_utils.uuid7(),
        evidence_id,
        person.person_id,
        outcome,
        now,
    )
