"""Publishes approved drafts: everything is checked again, then edition, inputs, key and change entry are one transaction.

One lock an authority orders its chain. An edition exists at most once a publication (unique), so that this may run
twice, in several processes, or be killed anywhere: afterwards there is exactly one edition, or it is still due.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from parindex.db.clock import recording_instant
from parindex.db.editions import OPEN_CASES, SAME_SOURCE, standing_edition
from parindex.db.session import Database
from parindex.editions.approval import Event, correction_refusals, refusals
from parindex.editions.envelope import Publication, Sealed, seal
from parindex.editions.keys import PrivateKey
from parindex.errors import Conflict, Finding, ParindexError, Unavailable
from ranking_worker.change_feed import Change, append_changes
from ranking_worker.signing_keys import introduce

_DUE = f"""
SELECT p.tenant_id, p.publication_id, max(v.event_no) AS event_no,
       (SELECT max(d.draft_no) FROM edition_draft d WHERE d.tenant_id = p.tenant_id AND d.publication_id = p.publication_id) AS draft_no,
       (SELECT count(*) FROM appeal a JOIN appeal_event s USING (tenant_id, appeal_id)
        WHERE a.tenant_id = p.tenant_id AND a.publication_id IN ({SAME_SOURCE.format(tenant_id="p.tenant_id", publication_id="p.publication_id")})) AS said_in_cases
FROM publication p
JOIN publication_event v ON v.tenant_id = p.tenant_id AND v.publication_id = p.publication_id
WHERE NOT EXISTS (SELECT FROM edition e WHERE e.tenant_id = p.tenant_id AND e.publication_id = p.publication_id)
GROUP BY p.tenant_id, p.publication_id
HAVING bool_or(v.kind = 'approved') AND NOT bool_or(v.kind = 'withdrawn')
ORDER BY p.tenant_id, p.publication_id
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('parindex-chain/' || $1, 0))"
_PUBLICATION = "SELECT person_id, supersedes, erratum FROM publication WHERE tenant_id = $1 AND publication_id = $2"
_EVENTS = """
SELECT kind, person_id, body_sha256, coalesce(acknowledged, '{}') AS acknowledged, why FROM publication_event WHERE tenant_id = $1 AND publication_id = $2 ORDER BY event_no
"""
_DRAFT = """
SELECT draft_no, body, body_sha256, inputs, inputs_sha256, built_at FROM edition_draft
WHERE tenant_id = $1 AND publication_id = $2 ORDER BY draft_no DESC LIMIT 1
"""
_LAST = """
SELECT edition_no, sha256, published_at, encode(sha256(convert_to(document, 'UTF8')), 'hex') AS digest FROM edition
WHERE tenant_id = $1 ORDER BY edition_no DESC LIMIT 1
"""
_OPEN = OPEN_CASES.format(tenant_id="$1", publication_id="$2", built_at="$3")
_CORRECTED = "SELECT document FROM edition WHERE tenant_id = $1 AND edition_no = $2"
_CORRECTED_BY = "SELECT edition_no FROM edition WHERE tenant_id = $1 AND supersedes = $2"
_INSERT = """
INSERT INTO edition (tenant_id, edition_no, publication_id, realm, index_code, scope_unit_id, block, period, supersedes,
                     document, sha256, previous_sha256, key_id, signature, published_at,
                     unit_ids)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
"""
_INSERT_INPUTS = "INSERT INTO edition_inputs (tenant_id, edition_no, document, sha256) VALUES ($1, $2, $3, $4)"


@dataclass(frozen=True, slots=True)
class Published:
    """What became of an approved publication: an edition, or the reasons why not."""

    tenant_id: int
    publication_id: int
    edition_no: int | None
    sha256: str | None
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class RefusalBook:
    """What this process refused already, and in which state; it is looked at again when an event (also of a case) or a draft is added."""

    seen: dict[tuple[int, int], tuple[int, int | None, int, bool]] = field(default_factory=dict)


async def publish_approved(database: Database, key: PrivateKey | None, book: RefusalBook) -> list[Published]:
    """Publishes what is approved and due. Without a key nothing is published, and each publication says so once.

    Raises Conflict when the last stored edition does not have the digest it was signed with, Unavailable when the clock
    stands before the last edition: a chain is never continued over a fault.
    """
    async with database.connection() as connection:
        due = await connection.fetch(_DUE)
    done: list[Published] = []
    failed: ParindexError | None = None
    for tenant_id, publication_id, event_no, draft_no, said_in_cases in due:
        state = event_no, draft_no, said_in_cases, key is not None
        if book.seen.get((tenant_id, publication_id)) == state:
            continue
        try:
            one = await _publish(database, key, tenant_id, publication_id)
        except ParindexError as error:  # the fault of one authority's chain holds up no other
            failed = failed or error
            continue
        if one is not None:
            done.append(one)
            if one.findings:
                book.seen[tenant_id, publication_id] = state
    if failed is not None:
        raise failed
    return done


async def _publish(database: Database, key: PrivateKey | None, tenant_id: int, publication_id: int) -> Published | None:
    """One transaction; None when another process has published it meanwhile."""
    async with database.transaction() as connection:
        await connection.execute(_LOCK, str(tenant_id))
        published = await connection.fetchval(
            "SELECT edition_no FROM edition WHERE tenant_id = $1 AND publication_id = $2", tenant_id, publication_id
        )
        if published is not None:
            return None
        wish = await connection.fetchrow(_PUBLICATION, tenant_id, publication_id)
        draft = await connection.fetchrow(_DRAFT, tenant_id, publication_id)
        said = await connection.fetch(_EVENTS, tenant_id, publication_id)
        events = [Event(row["kind"], row["person_id"], row["body_sha256"], row["acknowledged"]) for row in said]
        disputes = await _disputes(connection, tenant_id, publication_id, draft, said)
        findings = refusals(
            wish["person_id"], events, None if draft is None else draft["body_sha256"], disputes.case_numbers
        )
        if not findings:
            findings = await _of_correction(connection, tenant_id, wish, json.loads(draft["body"]))
        if not findings:
            findings = _of_bytes(draft)
        if not findings and key is None:
            findings = [
                Finding(
                    "signing_key_missing",
                    "publication",
                    "Chưa có khóa ký. / No signing key is named, so nothing can be published.",
                    "Set PARINDEX_SIGNING_KEY_FILE of ranking-worker (parindex editions new-key FILE).",
                )
            ]
        if findings or key is None:
            return Published(tenant_id, publication_id, None, None, tuple(findings))
        sealed, publication, previous = await _seal(
            connection, key, tenant_id, publication_id, wish, draft["body"], disputes
        )
        await _store(connection, key, sealed, publication, previous, draft)
    return Published(tenant_id, publication_id, publication.edition_no, sealed.sha256)


@dataclass(frozen=True, slots=True)
class _Disputes:
    """What is open on the draft, and why it was approved all the same."""

    case_numbers: tuple[str, ...]
    why: str


async def _disputes(
    connection: asyncpg.Connection,
    tenant_id: int,
    publication_id: int,
    draft: asyncpg.Record | None,
    said: list[asyncpg.Record],
) -> _Disputes:
    if draft is None:
        return _Disputes((), "")
    rows = await connection.fetch(_OPEN, tenant_id, publication_id, draft["built_at"])
    why = next((row["why"] for row in reversed(said) if row["kind"] == "approved"), "")
    return _Disputes(tuple(case_no for (case_no,) in rows), why)


async def _of_correction(
    connection: asyncpg.Connection, tenant_id: int, wish: asyncpg.Record, body: dict[str, Any]
) -> list[Finding]:
    corrected = None
    if wish["supersedes"] is not None:
        document = await connection.fetchval(_CORRECTED, tenant_id, wish["supersedes"])
        corrected = None if document is None else json.loads(document)["body"]
    already = await connection.fetchval(_CORRECTED_BY, tenant_id, wish["supersedes"])
    stands = await standing_edition(connection, tenant_id, body)
    return correction_refusals(
        body, wish["supersedes"], wish["erratum"], corrected, corrected_already=already, stands=stands
    )


def _of_bytes(draft: asyncpg.Record) -> list[Finding]:
    """Whether the draft's texts are those that its digests were taken of."""
    return [
        Finding(
            "draft_altered",
            name,
            f"Dự thảo đã bị sửa trong cơ sở dữ liệu. / The stored {name} of the draft does not have its digest.",
            "Somebody wrote to the database by hand; restore it from a backup.",
        )
        for name in ("body", "inputs")
        if hashlib.sha256(draft[name].encode()).hexdigest() != draft[f"{name}_sha256"]
    ]


async def _seal(
    connection: asyncpg.Connection,
    key: PrivateKey,
    tenant_id: int,
    publication_id: int,
    wish: asyncpg.Record,
    body_text: str,
    disputes: _Disputes,
) -> tuple[Sealed, Publication, str | None]:
    last = await connection.fetchrow(_LAST, tenant_id)
    now: dt.datetime = await recording_instant(connection)
    if last is not None and last["digest"] != last["sha256"]:
        raise Conflict(
            f"Edition {last['edition_no']} of authority {tenant_id} was altered in the database: its bytes have the SHA-256 {last['digest']}, it was signed as {last['sha256']}. Nothing is published after it.",
            code="edition_altered",
            hint="Restore the edition from a backup; `parindex editions chain` and `parindex verify` show which are touched.",
        )
    if last is not None and now < last["published_at"]:
        raise Unavailable(
            f"The database's clock says {now.isoformat()}, but edition {last['edition_no']} of authority {tenant_id} was published at {last['published_at'].isoformat()}. Nothing is published until the clock has passed that.",
            code="clock_rolled_back",
            hint="Set the clock of the database server.",
        )
    publication = Publication(
        tenant_id=tenant_id,
        publication_id=publication_id,
        edition_no=1 if last is None else last["edition_no"] + 1,
        supersedes=wish["supersedes"],
        erratum=wish["erratum"],
        published_at=now,
        open_cases=disputes.case_numbers,
        open_cases_why=disputes.why,
    )
    previous = None if last is None else last["sha256"]
    return await asyncio.to_thread(seal, body_text, publication, previous, key), publication, previous


async def _store(
    connection: asyncpg.Connection,
    key: PrivateKey,
    sealed: Sealed,
    publication: Publication,
    previous: str | None,
    draft: asyncpg.Record,
) -> None:
    body = json.loads(draft["body"])
    await introduce(connection, key)
    await connection.execute(
        _INSERT, publication.tenant_id, publication.edition_no, publication.publication_id, body["realm"],
        body["index"]["code"], body["scope"]["unit_id"], body["block"], body["period"]["code"], publication.supersedes,
        sealed.text, sealed.sha256, previous, sealed.key_id, sealed.signature, publication.published_at,
        [row["unit_id"] for row in body["rows"]],
    )  # fmt: skip
    await connection.execute(
        _INSERT_INPUTS, publication.tenant_id, publication.edition_no, draft["inputs"], draft["inputs_sha256"]
    )
    # Last: from here to the commit every other writer of the feed waits.
    await append_changes(connection, [_change(publication, sealed, body)])


def _change(publication: Publication, sealed: Sealed, body: dict[str, Any]) -> Change:
    subject = {
        "tenant_id": publication.tenant_id,
        "edition_no": publication.edition_no,
        "sha256": sealed.sha256,
        "supersedes": publication.supersedes,
        "index": body["index"]["code"],
        "scope_unit_id": body["scope"]["unit_id"],
        "block": body["block"],
        "period": body["period"]["code"],
        "title_vi": body["title_vi"],
        "href": f"/v1/editions/{publication.tenant_id}/{publication.edition_no}",
    }
    return Change("edition_published", body["realm"], subject)
