"""Publishes what others have published as editions, signed like any other. May run twice, beside the worker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from parindex.db.editions import standing_edition
from parindex.db.session import Database
from parindex.editions.body import build_body
from parindex.editions.erratum import erratum_text
from parindex.editions.keys import PrivateKey
from parindex.errors import Conflict
from parindex.register.history import Past, approve, published_history, standing, wish_for
from ranking_worker.drafts import DraftBook, build_drafts
from ranking_worker.drafts_figures import figures_inputs
from ranking_worker.drafts_heading import Wish
from ranking_worker.drafts_imported import imported_inputs
from ranking_worker.publish import RefusalBook, publish_approved
from ranking_worker.registers import RegisterCache

WHY = "Cơ quan công bố đã in lại bảng này với số liệu khác."
_LOOKS, _PAUSE = 150, 0.2
"""How often, and how many seconds apart, a draft is looked for that another process builds."""
_DRAFT = """
SELECT body_sha256, findings::text AS findings FROM edition_draft
WHERE tenant_id = $1 AND publication_id = $2 ORDER BY draft_no DESC LIMIT 1
"""
_BODY = "SELECT document FROM edition WHERE tenant_id = $1 AND edition_no = $2"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one table of the history."""

    past: Past
    edition_no: int
    new: bool
    by_officials: bool = False
    """Officials published this table themselves: their edition stands, and is theirs to correct."""


async def publish_history(owner: asyncpg.Connection, database: Database, key: PrivateKey) -> list[Outcome]:
    """Publishes what is not published yet, in the order of observation, each later observation as an erratum of the one before.

    A table whose standing edition was published by officials is left to them: the same table never stands twice.
    `owner` may act as every service; `database` is that of ranking-worker. Raises Conflict when a table cannot be built or
    signed, naming it and why; what was published before stays.
    """
    registers, drafts, refused = RegisterCache(), DraftBook(), RefusalBook()
    outcomes: list[Outcome] = []
    last: dict[tuple[Any, ...], int] = {}
    for past in await published_history(owner):
        publication_id, edition_no = await standing(owner, past)
        new = edition_no is None
        stands = await standing_edition(owner, past.tenant_id, past.table)
        if new and stands is not None and stands != last.get(past.series):
            outcomes.append(Outcome(past, stands, new=False, by_officials=True))
            continue
        if publication_id is None:
            supersedes = last.get(past.series)
            erratum = await _erratum(owner, database, registers, past, supersedes) if supersedes else None
            publication_id = await wish_for(owner, past, supersedes, erratum)
        if edition_no is None:
            draft = await _draft(owner, database, registers, drafts, (past.tenant_id, publication_id))
            if draft is None or draft["body_sha256"] is None:
                raise _refusal(past, json.loads(draft["findings"]) if draft is not None else [])
            await approve(owner, past, publication_id, draft["body_sha256"])
            told = await publish_approved(database, key, refused)
            edition_no = (await standing(owner, past))[1]
            if edition_no is None:
                findings = [{"message": finding.message} for one in told for finding in one.findings]
                raise _refusal(past, findings)
        last[past.series] = edition_no
        outcomes.append(Outcome(past, edition_no, new))
    return outcomes


async def _draft(
    owner: asyncpg.Connection,
    database: Database,
    registers: RegisterCache,
    drafts: DraftBook,
    publication: tuple[int, int],
) -> asyncpg.Record | None:
    """The newest draft; the worker may be building that very one, so it is waited for. None after `_LOOKS` looks."""
    for look in range(_LOOKS):
        await build_drafts(database, registers, drafts)
        draft = await owner.fetchrow(_DRAFT, *publication)
        if draft is not None or look == _LOOKS - 1:
            return draft
        await asyncio.sleep(_PAUSE)
    return None


async def _erratum(
    owner: asyncpg.Connection, database: Database, registers: RegisterCache, past: Past, supersedes: int
) -> str:
    """The text that explains the later observation against the edition before it."""
    before = json.loads(await owner.fetchval(_BODY, past.tenant_id, supersedes))["body"]
    wish = Wish(past.tenant_id, 0, past.source, past.title_vi, None, supersedes, None)
    gather = imported_inputs if past.source["kind"] == "imported" else figures_inputs
    async with database.connection() as connection:
        await registers.renew(connection)
        inputs = await gather(connection, registers.current, wish)
    return erratum_text(await asyncio.to_thread(build_body, inputs), before, WHY)


def _refusal(past: Past, findings: Sequence[Mapping[str, Any]]) -> Conflict:
    why = (
        " ".join(str(finding["message"]) for finding in findings) or "another process is at it; run the command again."
    )
    return Conflict(f"{past.title_vi}: not published. {why}", code="history_not_published")
