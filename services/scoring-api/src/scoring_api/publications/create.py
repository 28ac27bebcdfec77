"""A person drafts a publication: what it is made of, its title and decision, and which edition it corrects and why."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

from parindex.db.session import Database
from parindex.errors import Conflict, Finding, Invalid
from scoring_api.people.person import Person
from scoring_api.publications.rows import append_step, locked
from scoring_api.publications.sources import source_findings
from scoring_api.snapshot import Registers

_SAME = """
SELECT p.publication_id FROM publication p
WHERE p.tenant_id = $1 AND p.source = $2::jsonb AND p.supersedes IS NOT DISTINCT FROM $3
  AND NOT EXISTS (SELECT FROM edition e WHERE e.tenant_id = p.tenant_id AND e.publication_id = p.publication_id)
  AND NOT EXISTS (SELECT FROM publication_event v
                  WHERE v.tenant_id = p.tenant_id AND v.publication_id = p.publication_id AND v.kind = 'withdrawn')
"""
_CORRECTED = """
SELECT e.edition_no, s.edition_no AS superseded_by
FROM edition e LEFT JOIN edition s ON s.tenant_id = e.tenant_id AND s.supersedes = e.edition_no
WHERE e.tenant_id = $1 AND e.edition_no = $2
"""
_INSERT = """
INSERT INTO publication (tenant_id, source, title_vi, decision, supersedes, erratum, person_id, recorded_at)
VALUES ($1, $2::jsonb, $3, $4, $5, $6, $7, $8) RETURNING publication_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be published. `source` as `Publication.source` has it; `erratum` only with `supersedes`."""

    source: Mapping[str, Any]
    title_vi: str
    decision: str | None = None
    supersedes: int | None = None
    erratum: str | None = None


async def create(database: Database, person: Person, wish: Wish, registers: Registers, now: dt.datetime) -> int:
    """Stores the wish and returns its number; the worker then builds the draft.

    Raises Invalid with every fault at once, Conflict when the same table is being published already: sent twice, it is
    drafted once.
    """
    person.need("officer", "council")
    source = json.dumps(wish.source, ensure_ascii=False, sort_keys=True)
    async with locked(database, person.tenant_id) as connection:
        findings = await source_findings(connection, registers, person.tenant_id, wish.source)
        findings += await _correction_findings(connection, person.tenant_id, wish)
        if findings:
            raise Invalid(
                f"Chưa lập được bản công bố: {len(findings)} điểm cần sửa. / {findings[0].message}",
                code="publication_invalid",
                hint="Correct each finding and send it again; nothing was stored.",
                findings=findings,
            )
        same = await connection.fetchval(_SAME, person.tenant_id, source, wish.supersedes)
        if same is not None:
            raise Conflict(
                f"Bảng này đang được công bố ở bản số {same}. / Publication {same} of the same table is under way.",
                code="publication_exists",
                hint="Go on with that one, or withdraw it first.",
            )
        publication_id: int = await connection.fetchval(
            _INSERT, person.tenant_id, source, wish.title_vi, wish.decision, wish.supersedes, wish.erratum,
            person.person_id, now,
        )  # fmt: skip
        await append_step(connection, person, publication_id, "drafted", body_sha256=None, why="", now=now)
    return publication_id


async def _correction_findings(connection: asyncpg.Connection, tenant_id: int, wish: Wish) -> list[Finding]:
    """That it is the same table is checked on its body; here, that there is something to correct and a reason."""
    if wish.supersedes is None:
        if not wish.erratum:
            return []
        return [
            Finding(
                "erratum_alone",
                "supersedes",
                "Có đính chính nhưng không nêu ấn bản. / An erratum names no edition.",
                "Name the edition that it corrects.",
            )
        ]
    found = []
    if not wish.erratum:
        found.append(
            Finding(
                "erratum_missing",
                "erratum",
                "Chưa nêu đã thay đổi gì và vì sao. / It does not say what changed and why.",
                "Say what changed and why.",
            )
        )
    row = await connection.fetchrow(_CORRECTED, tenant_id, wish.supersedes)
    if row is None:
        found.append(
            Finding(
                "superseded_unknown",
                "supersedes",
                f"Không có ấn bản số {wish.supersedes}. / There is no edition {wish.supersedes}.",
                "Name an edition of this authority.",
            )
        )
    elif row["superseded_by"] is not None:
        found.append(
            Finding(
                "superseded_already",
                "supersedes",
                f"Ấn bản số {wish.supersedes} đã được thay bằng ấn bản số {row['superseded_by']}. / It was superseded already.",
                f"Supersede edition {row['superseded_by']}.",
            )
        )
    return found
