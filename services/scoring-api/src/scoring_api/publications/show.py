"""What officer, council and auditor of the authority see of its publications."""

from __future__ import annotations

import asyncio
import json

import asyncpg

from parindex.db.session import Database
from scoring_api.appeals.follow_up import rights_of_table
from scoring_api.appeals.rows import STATE_WORDS_VI, read_appeals
from scoring_api.people.person import Person
from scoring_api.publications.answers import (
    PublicationDispute,
    PublicationDocument,
    PublicationList,
    document,
    line,
)
from scoring_api.publications.approve import standing_refusals
from scoring_api.publications.moved import MovedUnit, moved_units
from scoring_api.publications.rows import Publication, read_names, read_publication, read_publications

_BODY = "SELECT body FROM edition_draft WHERE tenant_id = $1 AND publication_id = $2 AND draft_no = $3"
_EDITION = "SELECT document FROM edition WHERE tenant_id = $1 AND edition_no = $2"


async def list_publications(
    database: Database, person: Person, *, before: int | None = None, limit: int = 50
) -> PublicationList:
    """A page of publications, newest first. Raises Forbidden for other roles."""
    person.need("officer", "council", "auditor")
    async with database.transaction() as connection:
        found = await read_publications(connection, person.tenant_id, before=before, limit=limit + 1)
        names = await read_names(connection, person.tenant_id, found)
    page = found[:limit]
    more = page[-1].publication_id if len(found) > limit else None
    return PublicationList([line(one, names) for one in page], more)


async def show_publication(database: Database, person: Person, publication_id: int) -> PublicationDocument:
    """One publication with its newest draft, as of one instant. Raises Forbidden or NotFound."""
    person.need("officer", "council", "auditor")
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        publication = await read_publication(connection, person.tenant_id, publication_id)
        names = await read_names(connection, person.tenant_id, [publication])
        body = None
        if publication.draft is not None:
            body = await connection.fetchval(_BODY, person.tenant_id, publication_id, publication.draft.draft_no)
        ended = publication.state in ("published", "superseded", "withdrawn")
        standing = [] if ended else await standing_refusals(connection, publication)
        moved = await _moved(connection, publication, body)
        disputes = await _disputes(connection, publication)
        rights = await rights_of_table(connection, publication.tenant_id, publication_id)
    return document(publication, names, body, standing, moved, disputes, rights)


async def _disputes(connection: asyncpg.Connection, publication: Publication) -> list[PublicationDispute]:
    if not publication.open_cases:
        return []
    appeals = await read_appeals(connection, publication.tenant_id, case_numbers=publication.open_cases, limit=10_000)
    return [
        PublicationDispute(
            one.case_no,
            one.appeal_id,
            one.unit_id,
            one.component,
            one.state,
            STATE_WORDS_VI[one.state],
            one.recorded_at,
        )
        for one in reversed(appeals)
    ]


async def _moved(connection: asyncpg.Connection, publication: Publication, body: str | None) -> list[MovedUnit] | None:
    if publication.supersedes is None or body is None:
        return None
    corrected = await connection.fetchval(_EDITION, publication.tenant_id, publication.supersedes)
    return await asyncio.to_thread(lambda: moved_units(json.loads(corrected)["body"], json.loads(body)))
