"""The edition that corrects what was upheld is named: it supersedes the disputed one and came after the outcome."""

from __future__ import annotations

import datetime as dt

import asyncpg

from parindex.db.session import Database
from parindex.errors import Finding, Invalid
from scoring_api.appeals.decide import need_not_of_unit
from scoring_api.appeals.rows import Appeal, append_step, locked_appeal
from scoring_api.people.person import Person

_LINE = """
WITH RECURSIVE line(edition_no) AS (
  SELECT $2::int UNION SELECT e.edition_no FROM edition e JOIN line ON e.tenant_id = $1 AND e.supersedes = line.edition_no)
SELECT EXISTS (SELECT FROM line WHERE edition_no = $3 AND edition_no <> $2)
"""
_OF_DRAFT = """
SELECT EXISTS (SELECT FROM edition e JOIN publication p ON p.tenant_id = e.tenant_id AND p.publication_id = e.publication_id
               JOIN publication own ON own.tenant_id = p.tenant_id AND own.source = p.source AND own.publication_id = $2
               WHERE e.tenant_id = $1 AND e.edition_no = $3 AND p.publication_id >= $2)
"""
_PUBLISHED = "SELECT published_at FROM edition WHERE tenant_id = $1 AND edition_no = $2"


async def name_correction(
    database: Database, person: Person, appeal_id: int, *, edition_no: int, now: dt.datetime
) -> None:
    """Appends which edition corrects what was upheld: one that supersedes the disputed edition, published after the outcome.

    Of a draft it is the publication's own edition, or that of a later publication of the same source. Raises Forbidden, NotFound, Conflict, Invalid for another edition.
    """
    person.need("officer", "council")
    async with database.transaction() as connection:
        appeal = await locked_appeal(connection, person.tenant_id, appeal_id)
        need_not_of_unit(person, appeal)
        appeal.need_upheld()
        if not await _corrects(connection, appeal, edition_no):
            fault = Finding(
                "edition_corrects_not",
                "edition_no",
                f"Ấn bản số {edition_no} không đính chính bảng của vụ {appeal.case_no}. / It does not correct the disputed table after the outcome.",
                "Name the edition that supersedes the disputed one and was published after the outcome.",
            )
            raise Invalid(fault.message, code=fault.code, hint=fault.hint, findings=[fault])
        await append_step(connection, person, appeal_id, "corrected", "", now, edition_no=edition_no)


async def _corrects(connection: asyncpg.Connection, appeal: Appeal, edition_no: int) -> bool:
    if appeal.edition_no is None:
        related = await connection.fetchval(_OF_DRAFT, appeal.tenant_id, appeal.publication_id, edition_no)
    else:
        related = await connection.fetchval(_LINE, appeal.tenant_id, appeal.edition_no, edition_no)
    published: dt.datetime | None = await connection.fetchval(_PUBLISHED, appeal.tenant_id, edition_no)
    return bool(related) and published is not None and appeal.outcome is not None and published > appeal.outcome.at
