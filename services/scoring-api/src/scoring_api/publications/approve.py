"""A person approves exactly the draft that was reviewed; the worker then signs it as the authority's next edition."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import asyncpg

from parindex.db.editions import standing_edition
from parindex.db.session import Database
from parindex.editions.approval import Event, correction_refusals, refusals
from parindex.errors import Conflict, Finding
from scoring_api.people.person import Person
from scoring_api.publications.review import need_other_person, need_why
from scoring_api.publications.rows import Publication, append_step, locked, read_publication

_BODY = """
SELECT body FROM edition_draft WHERE tenant_id = $1 AND publication_id = $2 ORDER BY draft_no DESC LIMIT 1
"""
_DOCUMENT = "SELECT document FROM edition WHERE tenant_id = $1 AND edition_no = $2"
_SIGNING = """
SELECT p.publication_id FROM publication p
JOIN LATERAL (SELECT body::jsonb AS body FROM edition_draft d
              WHERE d.tenant_id = p.tenant_id AND d.publication_id = p.publication_id AND d.body IS NOT NULL
              ORDER BY draft_no DESC LIMIT 1) d ON true
WHERE p.tenant_id = $1 AND p.publication_id <> $7
  AND (d.body #>> '{index,code}', d.body ->> 'realm', (d.body #>> '{scope,unit_id}')::int, d.body ->> 'block', d.body #>> '{period,code}')
      = ($2, $3, $4, $5, $6)
  AND (SELECT v.kind FROM publication_event v WHERE v.tenant_id = p.tenant_id AND v.publication_id = p.publication_id
       ORDER BY v.event_no DESC LIMIT 1) = 'approved'
  AND NOT EXISTS (SELECT FROM edition e WHERE e.tenant_id = p.tenant_id AND e.publication_id = p.publication_id)
"""


async def approve(
    database: Database,
    person: Person,
    publication_id: int,
    *,
    body_sha256: str,
    why: str,
    acknowledged: Sequence[str] = (),
    now: dt.datetime,
) -> None:
    """Appends the approval, under the rule by which the worker decides again before it signs.

    Raises Forbidden for the drafter (compared by person id), Conflict with every reason against it: another draft than
    the newest, no review of it, an erratum of another table, a table that stands already and is not superseded, or a
    dispute of the draft that is open and not among `acknowledged`; Invalid when cases are acknowledged without a reason.
    """
    person.need("officer", "council")
    async with locked(database, person.tenant_id) as connection:
        publication = await read_publication(connection, person.tenant_id, publication_id)
        publication.need_open()
        need_other_person(publication, person)
        publication.need_newest(body_sha256)
        if publication.state == "approved":
            raise Conflict(
                "Dự thảo này đã được phê duyệt. / This draft is approved already.",
                code="approved_already",
                hint="The worker signs it; wait a moment.",
            )
        named = sorted(set(acknowledged) & set(publication.open_cases))
        would_be = [*publication.events, Event("approved", person.person_id, body_sha256, named)]
        findings = refusals(publication.person_id, would_be, publication.draft_sha256, publication.open_cases)
        findings += await standing_refusals(connection, publication)
        if findings:
            raise Conflict(
                findings[0].message,
                code=findings[0].code,
                hint=findings[0].hint,
                findings=findings,
            )
        if named:
            need_why(why)
        await append_step(
            connection, person, publication_id, "approved",
            body_sha256=body_sha256, why=why, now=now, acknowledged=named,
        )  # fmt: skip


async def standing_refusals(connection: asyncpg.Connection, publication: Publication) -> list[Finding]:
    """Why the newest draft must not stand beside the editions there are: a table is never published twice in silence."""
    key = publication.tenant_id, publication.publication_id
    text = await connection.fetchval(_BODY, *key)
    if text is None:
        return []
    body = json.loads(text)
    findings = await _correction(connection, publication, body)
    if findings or publication.supersedes is not None:
        return findings
    table = (
        publication.tenant_id,
        body["index"]["code"],
        body["realm"],
        body["scope"]["unit_id"],
        body["block"],
        body["period"]["code"],
    )
    if (signing := await connection.fetchval(_SIGNING, *table, publication.publication_id)) is not None:
        return [
            Finding(
                "edition_under_way",
                "publication",
                f"Bảng này đã được phê duyệt ở bản công bố {signing}. / Publication {signing} of the same table is approved.",
                "Wait for its edition; then supersede it, if it has to be corrected.",
            )
        ]
    return []


async def _correction(connection: asyncpg.Connection, publication: Publication, body: dict[str, Any]) -> list[Finding]:
    tenant_id, supersedes = publication.tenant_id, publication.supersedes
    document = await connection.fetchval(_DOCUMENT, tenant_id, supersedes)
    already = await connection.fetchval(
        "SELECT edition_no FROM edition WHERE tenant_id = $1 AND supersedes = $2", tenant_id, supersedes
    )
    corrected = None if document is None else json.loads(document)["body"]
    stands = await standing_edition(connection, tenant_id, body)
    return correction_refusals(
        body, supersedes, publication.erratum, corrected, corrected_already=already, stands=stands
    )
