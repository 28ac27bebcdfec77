"""Files that come with an appeal: attached by its unit before the outcome, opened by the parties, each opening on record."""

from __future__ import annotations

import datetime as dt
import uuid

import asyncpg
import msgspec
import uuid_utils.compat as uuid_utils

from parindex.db.session import Database
from parindex.engine.period import local_day
from parindex.errors import Forbidden, NotFound
from parindex.settings import Settings
from scoring_api.appeals.access import need_own_unit, need_sight
from scoring_api.appeals.rows import Appeal, locked_appeal, read_appeal
from scoring_api.evidence.keep import Upload, bring, drop, keep
from scoring_api.evidence.serve import note_access, plain_content
from scoring_api.people.person import Person
from scoring_api.rounds.deadlines import printed

_SELECT = """
SELECT e.evidence_id, e.file_name, e.media_type, e.size, encode(e.sha256, 'hex') AS sha256, e.person_id, e.recorded_at,
       e.retain_until, x.recorded_at AS erased_at
FROM appeal_evidence e LEFT JOIN evidence_erasure x ON x.tenant_id = e.tenant_id AND x.evidence_id = e.evidence_id
WHERE e.tenant_id = $1 AND e.appeal_id = $2
"""
_SAME = """
SELECT evidence_id FROM appeal_evidence e WHERE tenant_id = $1 AND appeal_id = $2 AND sha256 = $3 AND file_name = $4
  AND NOT EXISTS (SELECT FROM evidence_erasure x WHERE x.tenant_id = e.tenant_id AND x.evidence_id = e.evidence_id)
"""
_INSERT = """
INSERT INTO appeal_evidence (tenant_id, evidence_id, appeal_id, file_name, media_type, size, sha256, person_id, recorded_at, retain_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


class AppealFile(msgspec.Struct, frozen=True):
    """A file that came with the appeal. `sha256` is of its plain content; `size` in bytes."""

    evidence_id: uuid.UUID
    file_name: str
    media_type: str
    size: int
    sha256: str
    person_id: int
    recorded_at: dt.datetime
    retain_until: dt.date
    erased_at: dt.datetime | None
    """When its retention date had passed; the digest stays."""


async def appeal_files(connection: asyncpg.Connection, tenant_id: int, appeal_id: int) -> list[AppealFile]:
    """What came with an appeal, in the order of time."""
    rows = await connection.fetch(f"{_SELECT} ORDER BY e.recorded_at, e.evidence_id", tenant_id, appeal_id)
    return [AppealFile(**row) for row in rows]


async def attach_to_appeal(
    database: Database, settings: Settings, person: Person, appeal_id: int, upload: Upload, now: dt.datetime
) -> AppealFile:
    """Attaches a file, by a person who speaks for the unit that disputes, before the outcome.

    As with evidence of rounds the object is durable before the row commits; the same file again returns what is there.
    Raises NotFound, Forbidden, Conflict after the outcome, Invalid `evidence_refused`, Unavailable.
    """
    async with database.transaction() as connection:
        _need_attaching(person, await read_appeal(connection, person.tenant_id, appeal_id))
    brought = await bring(database, settings, person.tenant_id, upload)
    file = brought.file
    async with database.transaction() as connection:
        _need_attaching(person, await locked_appeal(connection, person.tenant_id, appeal_id))
        used = await keep(connection, person.tenant_id, brought, now)
        evidence_id = await connection.fetchval(_SAME, person.tenant_id, appeal_id, brought.digest, file.file_name)
        if evidence_id is None:
            evidence_id = uuid_utils.uuid7()
            await connection.execute(
                _INSERT, person.tenant_id, evidence_id, appeal_id, file.file_name, file.media_type, len(file.content),
                brought.digest, person.person_id, now, dt.date(local_day(now).year + settings.evidence_years, 12, 31),
            )  # fmt: skip
        line = await _file(connection, person.tenant_id, appeal_id, evidence_id)
    if not used:
        await drop(settings, brought)
    return line


async def open_appeal_file(
    database: Database, settings: Settings, person: Person, appeal_id: int, evidence_id: uuid.UUID, now: dt.datetime
) -> tuple[AppealFile, bytes]:
    """The file with its plain bytes, for the parties and the auditor; every attempt is on record before a byte leaves.

    Raises NotFound (`evidence_erased` naming when), Forbidden, Unavailable.
    """
    person.need("officer", "council", "auditor", "unit")
    refused: Forbidden | None = None
    async with database.transaction() as connection:
        appeal = await read_appeal(connection, person.tenant_id, appeal_id)
        line = await _file(connection, person.tenant_id, appeal_id, evidence_id)
        try:
            need_sight(person, appeal)
        except Forbidden as error:
            refused = error
        if refused or line.erased_at:
            await note_access(connection, person, evidence_id, "refused" if refused else "erased", now)
    if refused:
        raise refused
    if line.erased_at:
        raise NotFound(
            f"Tài liệu đã bị xóa {printed(line.erased_at)}. / The file was erased; its digest {line.sha256} stays on record.",
            code="evidence_erased",
            hint="Its retention date had passed.",
        )
    content = await plain_content(database, settings, person.tenant_id, line.sha256)
    async with database.transaction() as connection:
        await note_access(connection, person, evidence_id, "served", now)
    return line, content


def _need_attaching(person: Person, appeal: Appeal) -> None:
    need_own_unit(person, appeal.unit_id)
    appeal.need_undecided()


async def _file(connection: asyncpg.Connection, tenant_id: int, appeal_id: int, evidence_id: uuid.UUID) -> AppealFile:
    row = await connection.fetchrow(f"{_SELECT} AND e.evidence_id = $3", tenant_id, appeal_id, evidence_id)
    if row is None:
        raise NotFound(
            "Vụ này không có tài liệu đó. / The case has no such file.",
            code="evidence_unknown",
            hint="GET /v1/appeals/{appeal_id} lists its files.",
        )
    return AppealFile(**row)
