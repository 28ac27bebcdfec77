"""The life of a framework version before it is law: draft -> checked -> in force, or withdrawn. Each step is an event.

What a draft says may change until it is in force; what is in force never changes (see `frameworks`). The person who wrote
the present document cannot put it in force: two persons read every law.
"""

from __future__ import annotations

import datetime as dt

import asyncpg

from parindex.errors import Conflict
from parindex.register.framework_draft_rows import (
    COLUMNS,
    Author,
    Draft,
    append_event,
    content_of,
    draft_of,
    findings_json,
    locked_draft,
    move_draft,
    named,
    need_open,
)
from parindex.register.framework_received import Received, received_json
from parindex.register.frameworks import load_frameworks_from_database
from parindex.register.put_in_force import against_law


async def create_draft(connection: asyncpg.Connection, author: Author, received: Received, why: str) -> Draft:
    """Keeps what was sent as a new draft, with its faults where it has any. Raises Invalid without code and version."""
    code, version = named(received.document)
    row = await connection.fetchrow(
        "INSERT INTO framework_draft (tenant_id, code, version, state, origin, document, sha256, findings, revision,"
        " person_id, recorded_at)"
        f" VALUES ($1, $2, $3, 'draft', $4, $5::jsonb, $6, $7::jsonb, 1, $8, clock_timestamp()) RETURNING {COLUMNS}",
        author.tenant_id,
        code,
        version,
        *content_of(received),
        author.person_id,
    )
    draft = draft_of(row)
    await append_event(connection, author, draft, "drafted", why)
    return draft


async def replace_draft(
    connection: asyncpg.Connection, author: Author, draft_id: int, received: Received, why: str, revision: int | None
) -> Draft:
    """Replaces the document of a draft, which has to be checked again; its author is now whoever replaced it.

    Raises NotFound, Conflict for a draft in force or withdrawn and where `revision` is not the present one.
    """
    draft = await locked_draft(connection, author, draft_id)
    need_open(draft)
    if revision is not None and revision != draft.revision:
        raise Conflict(
            f"Bản thảo đã được sửa: đang ở lần {draft.revision}, không phải {revision}."
            f" / The draft is at revision {draft.revision}, not {revision}.",
            code="draft_moved",
            hint="Read it again and put your change into the present text.",
        )
    code, version = named(received.document)
    row = await connection.fetchrow(
        "UPDATE framework_draft SET code = $3, version = $4, state = 'draft', origin = $5, document = $6::jsonb,"
        " sha256 = $7, findings = $8::jsonb, revision = revision + 1, person_id = $9, recorded_at = clock_timestamp()"
        f" WHERE tenant_id = $1 AND framework_draft_id = $2 RETURNING {COLUMNS}",
        author.tenant_id,
        draft_id,
        code,
        version,
        *content_of(received),
        author.person_id,
    )
    replaced = draft_of(row)
    await append_event(connection, author, replaced, "revised", why)
    return replaced


async def check_draft(connection: asyncpg.Connection, author: Author, draft_id: int, today: dt.date) -> Draft:
    """Checks a draft by itself and beside every version in force; `checked` holds for exactly the digest it gives.

    May run twice. With faults the draft stays a draft and `findings` name them all. `today` is the local day.
    """
    draft = await locked_draft(connection, author, draft_id)
    need_open(draft)
    received = received_json(draft.document, f"{draft.code}@{draft.version}")
    faults = list(received.faults)
    if received.file is not None:
        catalogue = await load_frameworks_from_database(connection)
        faults += await against_law(connection, author, received.file, catalogue, today)
    state = "draft" if faults or received.file is None else "checked"
    _, document, digest, _ = content_of(received)
    row = await connection.fetchrow(
        "UPDATE framework_draft SET state = $3, document = $4::jsonb, sha256 = $5, findings = $6::jsonb"
        f" WHERE tenant_id = $1 AND framework_draft_id = $2 RETURNING {COLUMNS}",
        author.tenant_id,
        draft_id,
        state,
        document,
        digest,
        findings_json([*faults, *received.warnings]),
    )
    checked = draft_of(row)
    if state == "checked" and draft.state != "checked":
        await append_event(connection, author, checked, "checked", "")
    return checked


async def withdraw_draft(connection: asyncpg.Connection, author: Author, draft_id: int, why: str) -> Draft:
    """Ends a draft that will not become law. Raises Conflict for what is in force: a published version is never withdrawn."""
    draft = await locked_draft(connection, author, draft_id)
    need_open(draft)
    withdrawn = await move_draft(connection, author, draft_id, "withdrawn")
    await append_event(connection, author, withdrawn, "withdrawn", why)
    return withdrawn
