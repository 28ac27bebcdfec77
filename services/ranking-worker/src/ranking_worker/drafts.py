"""Builds the drafts of publications: a new number whenever what they are made of moved, findings when they cannot be built.

What is due is computed from rows. Drafts are inserted, never replaced, so that it may run twice, in several processes,
or be killed anywhere.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import asyncpg

from parindex.db.collector import collector_paused
from parindex.db.session import Database
from parindex.editions.body import build_body
from parindex.editions.canonical import canonical_bytes
from parindex.engine.score import ENGINE_VERSION
from parindex.errors import Finding, ParindexError
from ranking_worker.drafts_figures import figures_inputs, figures_mark
from ranking_worker.drafts_heading import Wish, cannot_be_built
from ranking_worker.drafts_imported import imported_inputs
from ranking_worker.drafts_round import round_inputs, round_mark
from ranking_worker.drafts_satisfaction import satisfaction_inputs, satisfaction_mark
from ranking_worker.registers import RegisterCache, Registers

_WISHES = """
SELECT p.tenant_id, p.publication_id, p.source::text AS source, p.title_vi, p.decision, p.supersedes, p.erratum
FROM publication p
WHERE NOT EXISTS (SELECT FROM edition e WHERE e.tenant_id = p.tenant_id AND e.publication_id = p.publication_id)
  AND NOT EXISTS (SELECT FROM publication_event v
                  WHERE v.tenant_id = p.tenant_id AND v.publication_id = p.publication_id AND v.kind = 'withdrawn')
ORDER BY p.tenant_id, p.publication_id
"""
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('parindex-draft/' || $1 || '/' || $2, 0))"
_LATEST = """
SELECT draft_no, body_sha256, inputs_sha256, findings::text AS findings FROM edition_draft
WHERE tenant_id = $1 AND publication_id = $2 ORDER BY draft_no DESC LIMIT 1
"""
_INSERT = """
INSERT INTO edition_draft (tenant_id, publication_id, draft_no, body, body_sha256, inputs, inputs_sha256, findings, built_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, clock_timestamp())
"""

SOURCES: Mapping[str, tuple[str, ...]] = {
    "round": ("round_id",),
    "satisfaction": ("realm", "instrument", "version", "scope_unit_id", "block", "period", "method"),
    "imported": ("imported_table_id",),
    "figures": ("framework", "period", "scope_unit_id", "block"),
}
"""Kind of source -> what it must name."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft that was stored."""

    tenant_id: int
    publication_id: int
    draft_no: int
    body_sha256: str | None
    """None: it cannot be built."""


@dataclass(frozen=True, slots=True)
class Built:
    """What came of the inputs: canonical bytes and their digests, or the findings that prevent it."""

    body: bytes | None
    inputs: bytes | None
    inputs_sha256: str | None
    findings: list[dict[str, Any]]

    @property
    def body_sha256(self) -> str | None:
        """Hex; what a reviewer and an approver agree to."""
        return None if self.body is None else hashlib.sha256(self.body).hexdigest()


@dataclass(slots=True)
class DraftBook:
    """What this process knows of drafts: the state of its source that each publication was last looked at in."""

    seen: dict[tuple[int, int], str] = field(default_factory=dict)


async def build_drafts(database: Database, registers: RegisterCache, book: DraftBook) -> list[Drafted]:
    """Looks at every publication that is neither published nor withdrawn. Returns the drafts that were stored."""
    async with database.connection() as connection:
        wishes = [
            Wish(row["tenant_id"], row["publication_id"], json.loads(row["source"]), row["title_vi"], row["decision"],
                 row["supersedes"], row["erratum"])
            for row in await connection.fetch(_WISHES)
        ]  # fmt: skip
        if wishes:
            await registers.renew(connection)
        marks = {wish.key: await _mark(connection, registers.current, wish) for wish in wishes}
    drafted = []
    for wish in wishes:
        if book.seen.get(wish.key) != marks[wish.key]:
            done, one = await _draft(database, registers.current, wish)
            if done:
                book.seen[wish.key] = marks[wish.key]
            drafted += [one] if one is not None else []
    book.seen = {key: mark for key, mark in book.seen.items() if key in marks}
    return drafted


async def _mark(connection: asyncpg.Connection, registers: Registers, wish: Wish) -> str:
    """What is looked at cheaply every time; while it stays the same, so do the inputs."""
    mark = ""  # what was imported never changes
    if not _missing(wish):
        match wish.source["kind"]:
            case "round":
                mark = await round_mark(connection, wish)
            case "satisfaction":
                mark = await satisfaction_mark(connection, wish)
            case "figures":
                mark = await figures_mark(connection, wish)
    return f"{mark}|{registers.revision}|{ENGINE_VERSION}"


def _missing(wish: Wish) -> list[str]:
    """Members that the source does not name; `kind` where that is none we know."""
    return [
        key for key in SOURCES.get(wish.source.get("kind", ""), ("kind",)) if key not in wish.source or key == "kind"
    ]


async def _draft(database: Database, registers: Registers, wish: Wish) -> tuple[bool, Drafted | None]:
    """One transaction. (False, None) when another process is at it, (True, None) when the newest draft is up to date."""
    # Repeatable read: what the inputs are gathered from is one state of the database.
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read"):
        if not await connection.fetchval(_LOCK, str(wish.tenant_id), str(wish.publication_id)):
            return False, None
        built = await _build(connection, registers, wish)
        latest = await connection.fetchrow(_LATEST, *wish.key)
        if latest is not None and _same(latest, built):
            return True, None
        draft_no = 1 if latest is None else latest["draft_no"] + 1
        await connection.execute(
            _INSERT,
            *wish.key,
            draft_no,
            None if built.body is None else built.body.decode(),
            built.body_sha256,
            None if built.inputs is None else built.inputs.decode(),
            built.inputs_sha256,
            json.dumps(built.findings, ensure_ascii=False),
        )
    return True, Drafted(*wish.key, draft_no, built.body_sha256)


def _same(latest: asyncpg.Record, built: Built) -> bool:
    stored = (latest["body_sha256"], latest["inputs_sha256"], json.loads(latest["findings"]))
    return stored == (built.body_sha256, built.inputs_sha256, built.findings)


async def _build(connection: asyncpg.Connection, registers: Registers, wish: Wish) -> Built:
    try:
        inputs = await _gather(connection, registers, wish)
        return await asyncio.to_thread(compute, inputs)
    except ParindexError as error:
        findings = error.findings or [Finding(error.code, "source", error.message, error.hint)]
        return Built(None, None, None, [{**_told(finding), "prevents": True} for finding in findings])


async def _gather(connection: asyncpg.Connection, registers: Registers, wish: Wish) -> dict[str, Any]:
    if missing := _missing(wish):
        named = ", ".join(missing)
        raise cannot_be_built(
            "source_incomplete",
            f"source.{missing[0]}",
            f"Nguồn thiếu hoặc sai mục {named}. / The source does not name {named}, or not in a way that is known.",
            "Withdraw the publication and draft it again.",
        )
    match wish.source["kind"]:
        case "round":
            return await round_inputs(connection, registers, wish)
        case "satisfaction":
            return await satisfaction_inputs(connection, registers, wish)
        case "figures":
            return await figures_inputs(connection, registers, wish)
        case _:
            return await imported_inputs(connection, registers, wish)


def compute(inputs: dict[str, Any]) -> Built:
    """The draft of an inputs document. Raises what `build_body` raises; may run in any thread, and twice."""
    with collector_paused():
        text = canonical_bytes(inputs)
        inputs_sha256 = hashlib.sha256(text).hexdigest()
        body = build_body(inputs, inputs_sha256=inputs_sha256)
        return Built(canonical_bytes(body), text, inputs_sha256, [_told(finding) for finding in _worth_knowing(body)])


def _told(finding: Finding) -> dict[str, Any]:
    told = asdict(finding)
    del told["retry"]
    return told


def _worth_knowing(body: Mapping[str, Any]) -> list[Finding]:
    """What a reviewer should know of a draft that can be published."""
    found = []
    if body["index"]["template"]:
        found.append(
            Finding(
                "template",
                "index",
                "Bộ tiêu chí là mẫu, không phải văn bản chính thức. / The framework is a template, not an official one.",
                body["index"]["status_note_vi"],
            )
        )
    if unranked := body["counts"]["unranked"]:
        found.append(
            Finding(
                "unranked",
                "rows",
                f"{unranked} đơn vị không được xếp hạng, có nêu lý do. / {unranked} units are listed without a rank, with the reason.",
            )
        )
    differing = [row for row in body["rows"] if row.get("printed_rank") not in (None, row["rank"]) and row["rank"]]
    if differing:
        found.append(
            Finding(
                "printed_rank_differs",
                "rows",
                f"{len(differing)} đơn vị có hạng in khác hạng tính theo quy tắc đã công bố. / The printed rank of {len(differing)} units differs from ours.",
                "The printed rank stands beside ours.",
            )
        )
    return found
