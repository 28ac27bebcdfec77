"""The table that is disputed: an edition that stands, else the newest draft; its rows, its cells, until when it may be disputed."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

from parindex.engine.period import local_day
from parindex.frameworks.appeal_files import AppealWindows, windows_on
from scoring_api.rounds.round import load_round

_TABLE = """
SELECT p.publication_id, p.title_vi, p.source::text AS source, e.edition_no, e.published_at, s.edition_no AS superseded_by,
       d.draft_no, d.built_at, coalesce(e.document::jsonb -> 'body', d.body::jsonb)::text AS body,
       (SELECT v.kind = 'withdrawn' FROM publication_event v WHERE v.tenant_id = p.tenant_id AND v.publication_id = p.publication_id
         ORDER BY v.event_no DESC LIMIT 1) AS withdrawn
FROM publication p
LEFT JOIN LATERAL (SELECT draft_no, built_at, body FROM edition_draft d
                   WHERE d.tenant_id = p.tenant_id AND d.publication_id = p.publication_id ORDER BY draft_no DESC LIMIT 1) d ON true
LEFT JOIN edition e ON e.tenant_id = p.tenant_id AND e.publication_id = p.publication_id
LEFT JOIN edition s ON s.tenant_id = e.tenant_id AND s.supersedes = e.edition_no
WHERE p.tenant_id = $1
"""
_RIGHT = """
SELECT until FROM appeal_late_right WHERE tenant_id = $1 AND publication_id = $2 AND unit_id = $3 ORDER BY right_no DESC LIMIT 1
"""
TOTAL_VI = "Tổng điểm, thứ hạng"


@dataclass(frozen=True, slots=True)
class DisputedTable:
    """A publication's edition or newest draft. `components`: code -> title of every cell of a row that may be disputed."""

    tenant_id: int
    publication_id: int
    title_vi: str
    source: Mapping[str, Any]
    edition_no: int | None
    superseded_by: int | None
    draft_no: int | None
    withdrawn: bool
    opened_at: dt.datetime | None
    """When the newest draft was built, or the edition published; None: there is no table yet."""
    closes_at: dt.datetime | None
    windows: AppealWindows | None
    rows: Mapping[int, Mapping[str, Any]]
    components: Mapping[str, str]

    def row(self, unit_id: int) -> Mapping[str, Any] | None:
        """The unit's row; None where the table does not list it."""
        return self.rows.get(unit_id)

    @property
    def may_be_disputed(self) -> bool:
        """There is a table, and it was neither withdrawn nor superseded."""
        return bool(self.rows) and not self.withdrawn and self.superseded_by is None


async def read_table(connection: asyncpg.Connection, tenant_id: int, publication_id: int) -> DisputedTable | None:
    """The table of one publication; None where the authority has no such publication."""
    row = await connection.fetchrow(f"{_TABLE} AND p.publication_id = $2", tenant_id, publication_id)
    return None if row is None else await _table(connection, tenant_id, row)


async def open_tables(connection: asyncpg.Connection, tenant_id: int, limit: int = 50) -> list[DisputedTable]:
    """The newest tables that may be disputed at all, newest first; whether a window is over is told by `closes_at`."""
    rows = await connection.fetch(
        f"{_TABLE} AND s.edition_no IS NULL AND (e.edition_no IS NOT NULL OR d.body IS NOT NULL)"
        " ORDER BY p.publication_id DESC LIMIT $2",
        tenant_id,
        limit,
    )
    found = [await _table(connection, tenant_id, row) for row in rows]
    return [table for table in found if table.may_be_disputed]


async def late_until(
    connection: asyncpg.Connection, tenant_id: int, publication_id: int, unit_id: int
) -> dt.datetime | None:
    """Until when the unit may still dispute the table after its window; None without a granted right."""
    until: dt.datetime | None = await connection.fetchval(_RIGHT, tenant_id, publication_id, unit_id)
    return until


async def _table(connection: asyncpg.Connection, tenant_id: int, row: asyncpg.Record) -> DisputedTable:
    source = json.loads(row["source"])
    body = None if row["body"] is None else await asyncio.to_thread(json.loads, row["body"])
    published = row["edition_no"] is not None
    opened_at = row["published_at"] if published else row["built_at"]
    windows = None if body is None else windows_on(local_day(opened_at))
    components: dict[str, str] = {}
    if body is not None:
        components = {column["code"]: column["title_vi"] for column in body["columns"]}
        if source["kind"] == "round":
            assessed = await load_round(connection, tenant_id, source["round_id"])
            components = {one.node.code: one.node.title_vi for one in assessed.plan.nodes}
    return DisputedTable(
        tenant_id=tenant_id,
        publication_id=row["publication_id"],
        title_vi=row["title_vi"],
        source=source,
        edition_no=row["edition_no"],
        superseded_by=row["superseded_by"],
        draft_no=None if published else row["draft_no"],
        withdrawn=bool(row["withdrawn"]) and not published,
        opened_at=None if body is None else opened_at,
        closes_at=None if windows is None else windows.closes_at(opened_at, published=published),
        windows=windows,
        rows={} if body is None else {one["unit_id"]: one for one in body["rows"]},
        components=components,
    )
