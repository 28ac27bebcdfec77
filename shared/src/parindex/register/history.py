"""The published history as wishes for editions: which printed tables and figures are stored, and the operator's events on them.

The operator's command stands in for persons (person None): what was published by others is not decided here again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parindex.engine.period import VIETNAM, Period
from parindex.register.roles import acting_as

if TYPE_CHECKING:
    import asyncpg

REALM = "production"
FIGURES = {
    "papi": "Chỉ số PAPI",
    "par-province": "Chỉ số cải cách hành chính (PAR INDEX)",
    "sipas": "Chỉ số hài lòng (SIPAS)",
    "par-internal": "Chỉ số cải cách hành chính nội bộ",
}
"""Frameworks whose single figures make tables; those of others are no table (read on different days, or no policy)."""
_BLOCKS = {
    "province": "các tỉnh, thành phố",
    "department": "các sở, ban, ngành",
    "district": "các huyện, quận, thị xã",
    "commune": "các xã, phường, đặc khu",
}
_TABLES = """
SELECT tenant_id, imported_table_id, framework, scope_unit_id, block, period, to_date, observed_at FROM imported_table
WHERE realm = $1 ORDER BY framework COLLATE "C", tenant_id, block COLLATE "C", period COLLATE "C", observed_at
"""
_GROUPS = """
SELECT DISTINCT tenant_id, framework COLLATE "C" AS framework, scope_unit_id, block COLLATE "C" AS block, period COLLATE "C" AS period
FROM published_figure
WHERE realm = $1 AND framework = ANY($2) AND block <> 'nation' AND measure IN ('index', 'points')
  AND (unit_id IS NOT NULL OR printed_name NOT LIKE 'trung bình%')
ORDER BY 2, 1, 4, 5
"""
_OPEN = """
SELECT p.publication_id, e.edition_no FROM publication p
LEFT JOIN edition e ON e.tenant_id = p.tenant_id AND e.publication_id = p.publication_id
WHERE p.tenant_id = $1 AND p.source = $2::jsonb AND p.person_id IS NULL
  AND NOT EXISTS (SELECT FROM publication_event v
                  WHERE v.tenant_id = p.tenant_id AND v.publication_id = p.publication_id AND v.kind = 'withdrawn')
ORDER BY p.publication_id LIMIT 1
"""
_INSERT = """
INSERT INTO publication (tenant_id, source, title_vi, decision, supersedes, erratum, person_id, recorded_at)
VALUES ($1, $2::jsonb, $3, NULL, $4, $5, NULL, clock_timestamp()) RETURNING publication_id
"""
_EVENT = """
INSERT INTO publication_event (tenant_id, publication_id, event_no, kind, person_id, body_sha256, why, recorded_at)
SELECT $1, $2, coalesce(max(event_no), 0) + 1, $3, NULL, $4, $5, clock_timestamp() FROM publication_event
WHERE tenant_id = $1 AND publication_id = $2
"""


@dataclass(frozen=True, slots=True)
class Past:
    """One table of the published history."""

    tenant_id: int
    source: Mapping[str, Any]
    title_vi: str
    series: tuple[Any, ...]
    """Authority, framework, scope, block, period. Tables of one series are observations of the same table: each later one
    corrects the one before."""

    @property
    def table(self) -> dict[str, Any]:
        """The head of the body that its edition will have: what makes it the same table as another edition's."""
        _, framework, scope, block, period = self.series
        return {
            "index": {"code": framework},
            "realm": REALM,
            "scope": {"unit_id": scope},
            "block": block,
            "period": {"code": period},
        }


async def published_history(connection: asyncpg.Connection) -> list[Past]:
    """Every stored table and group of figures that can be an edition, observations of one table in their order."""
    pasts = [_of_table(row) for row in await connection.fetch(_TABLES, REALM)]
    return pasts + [_of_figures(row) for row in await connection.fetch(_GROUPS, REALM, list(FIGURES))]


def _of_table(row: asyncpg.Record) -> Past:
    when = f"{row['observed_at'].astimezone(VIETNAM):%d/%m/%Y}"
    standing = f"lũy kế, cổng công bố ngày {when}" if row["to_date"] else f"cổng công bố ngày {when}"
    return Past(
        row["tenant_id"],
        {"kind": "imported", "imported_table_id": row["imported_table_id"]},
        f"Bộ chỉ số theo Quyết định 766/QĐ-TTg, {_BLOCKS[row['block']]}, {_period(row['period'])} ({standing})",
        (row["tenant_id"], row["framework"], row["scope_unit_id"], row["block"], row["period"]),
    )


def _of_figures(row: asyncpg.Record) -> Past:
    names = ("framework", "period", "scope_unit_id", "block")
    return Past(
        row["tenant_id"],
        {"kind": "figures", **{name: row[name] for name in names}},
        f"{FIGURES[row['framework']]}, {_BLOCKS[row['block']]}, {_period(row['period'])} (số liệu đã công bố)",
        (row["tenant_id"], row["framework"], row["scope_unit_id"], row["block"], row["period"]),
    )


def _period(code: str) -> str:
    period = Period.parse(code)
    match period.kind:
        case "year":
            return f"năm {code}"
        case "month":
            return f"tháng {period.first:%m/%Y}"
        case _:
            return f"kỳ {code}"


async def standing(connection: asyncpg.Connection, past: Past) -> tuple[int | None, int | None]:
    """The operator's publication of a table and its edition number, each None while there is none."""
    row = await connection.fetchrow(_OPEN, past.tenant_id, json.dumps(past.source))
    return (None, None) if row is None else (row["publication_id"], row["edition_no"])


async def wish_for(connection: asyncpg.Connection, past: Past, supersedes: int | None, erratum: str | None) -> int:
    """Drafts the publication in the operator's name; gives its number. `erratum` only with `supersedes`."""
    async with connection.transaction(), acting_as(connection, "scoring-api"):
        publication_id: int = await connection.fetchval(
            _INSERT, past.tenant_id, json.dumps(past.source), past.title_vi, supersedes, erratum
        )
        await connection.execute(_EVENT, past.tenant_id, publication_id, "drafted", None, "Số liệu đã công bố")
    return publication_id


async def approve(connection: asyncpg.Connection, past: Past, publication_id: int, body_sha256: str) -> None:
    """Reviews and approves exactly that draft in the operator's name."""
    async with connection.transaction(), acting_as(connection, "scoring-api"):
        for kind in ("reviewed", "approved"):
            await connection.execute(
                _EVENT, past.tenant_id, publication_id, kind, body_sha256, "Giữ nguyên số liệu của cơ quan công bố"
            )
