"""What may change about an edition: what superseded it and why, and which disputes are open on its table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import msgspec

from parindex.db.editions import SAME_SOURCE
from scoring_api.editions.answers import EditionStanding, OpenDisputes, edition_line, notice_of
from scoring_api.editions.edition_route import EDITION, TENANT, UNDER, EditionRoute, Given, Shown
from scoring_api.editions.rows import EditionHead, edition_head

if TYPE_CHECKING:
    from scoring_api.app import Resources

_LAST = """
WITH RECURSIVE line(edition_no) AS (
  SELECT $2::int UNION SELECT e.edition_no FROM edition e JOIN line ON e.tenant_id = $1 AND e.supersedes = line.edition_no)
SELECT max(edition_no) FROM line
"""
_DISPUTES = f"""
WITH RECURSIVE line(edition_no) AS (
  SELECT supersedes FROM publication WHERE tenant_id = $1 AND publication_id = $2
  UNION SELECT e.supersedes FROM edition e JOIN line ON e.tenant_id = $1 AND e.edition_no = line.edition_no),
table_of(publication_id) AS (
  SELECT publication_id FROM edition WHERE tenant_id = $1 AND edition_no IN (SELECT edition_no FROM line)
  UNION {SAME_SOURCE.format(tenant_id="$1", publication_id="$2")})
SELECT a.case_no, a.publication_id = $2 AS own, bool_or(v.kind = 'upheld') AS upheld, bool_or(v.kind = 'corrected') AS corrected,
       coalesce(bool_or(v.kind IN ('upheld', 'dismissed', 'withdrawn')), false) AS ended
FROM appeal a LEFT JOIN appeal_event v ON v.tenant_id = a.tenant_id AND v.appeal_id = a.appeal_id
WHERE a.tenant_id = $1 AND a.publication_id IN (SELECT publication_id FROM table_of) GROUP BY a.case_no, 2 ORDER BY a.case_no
"""
"""Cases of the publication, and of what it took the place of: superseded editions, earlier drafts of the same source."""


async def standing(connection: asyncpg.Connection, head: EditionHead) -> EditionStanding:
    """Where the edition stands now."""
    last = await connection.fetchval(_LAST, head.tenant_id, head.edition_no)
    why = None
    if head.superseded_by is not None:
        why = (await edition_head(connection, head.tenant_id, head.superseded_by)).erratum
    return EditionStanding(
        head.realm,
        edition_line(head),
        notice_of(head),
        head.publication_id,
        head.previous_sha256,
        head.key_id,
        head.erratum,
        head.superseded_at,
        why,
        last,
        await open_disputes(connection, head.tenant_id, head.publication_id),
    )


async def open_disputes(connection: asyncpg.Connection, tenant_id: int, publication_id: int) -> OpenDisputes:
    """Disputes that have no outcome, or no correction yet: of a publication's draft and edition, and of the earlier ones of its table."""
    rows = await connection.fetch(_DISPUTES, tenant_id, publication_id)
    lasting = [row for row in rows if not row["ended"] or (row["upheld"] and not row["corrected"])]
    own = [row for row in lasting if row["own"]]
    without_outcome = sum(not row["ended"] for row in own)
    return OpenDisputes(
        without_outcome,
        len(own) - without_outcome,
        [row["case_no"] for row in own],
        [row["case_no"] for row in lasting if not row["own"]],
    )


async def _read(resources: Resources, given: Given) -> Shown:
    async with resources.database.connection() as connection, connection.transaction(isolation="repeatable_read"):
        head = await edition_head(connection, given["tenant_id"], given["edition_no"])
        return Shown(msgspec.json.encode(await standing(connection, head)))


ROUTES = (
    EditionRoute(
        f"{UNDER}/standing",
        "Hiệu lực của một ấn bản",
        "Standing of an edition",
        "Whether it stands or by which edition it was superseded and why; open disputes of its table by case number.",
        (TENANT, EDITION),
        _read,
        EditionStanding,
    ),
)
