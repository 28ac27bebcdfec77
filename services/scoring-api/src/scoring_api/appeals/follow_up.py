"""What stands beside a case: the rights by which it may come late, and what the council decided anew because of it."""

from __future__ import annotations

from decimal import Decimal

import asyncpg

from scoring_api.appeals.answers import AppealDecision, LateRight, TableLateRight, component_words
from scoring_api.appeals.disputed import DisputedTable
from scoring_api.appeals.rows import Appeal

_RIGHTS = """
SELECT r.until, r.why, p.name, r.recorded_at FROM appeal_late_right r
JOIN person p ON p.tenant_id = r.tenant_id AND p.person_id = r.person_id
WHERE r.tenant_id = $1 AND r.publication_id = $2 AND r.unit_id = $3 ORDER BY r.right_no
"""
_RIGHTS_OF_TABLE = """
SELECT r.unit_id, r.until, r.why, p.name, r.recorded_at FROM appeal_late_right r
JOIN person p ON p.tenant_id = r.tenant_id AND p.person_id = r.person_id
WHERE r.tenant_id = $1 AND r.publication_id = $2 ORDER BY r.recorded_at, r.unit_id, r.right_no
"""
_DECISIONS = """
SELECT v.event_no, v.component, v.points, p.name, v.note, v.recorded_at FROM round_event v
JOIN person p ON p.tenant_id = v.tenant_id AND p.person_id = v.person_id
WHERE v.tenant_id = $1 AND v.round_id = $2 AND v.unit_id = $3 AND v.kind = 'decided' AND v.detail ->> 'case_no' = $4
ORDER BY v.event_no
"""


async def late_rights(connection: asyncpg.Connection, appeal: Appeal) -> list[LateRight]:
    """Rights that officers granted the unit for this table, oldest first."""
    rows = await connection.fetch(_RIGHTS, appeal.tenant_id, appeal.publication_id, appeal.unit_id)
    return [LateRight(*row) for row in rows]


async def rights_of_table(connection: asyncpg.Connection, tenant_id: int, publication_id: int) -> list[TableLateRight]:
    """Every right that was granted on the table of one publication, oldest first."""
    rows = await connection.fetch(_RIGHTS_OF_TABLE, tenant_id, publication_id)
    return [TableLateRight(*row) for row in rows]


async def decisions(
    connection: asyncpg.Connection, appeal: Appeal, table: DisputedTable | None
) -> list[AppealDecision]:
    """Decisions in the closed round that name the case; none where the table was made of no round."""
    if table is None or table.source["kind"] != "round":
        return []
    rows = await connection.fetch(
        _DECISIONS, appeal.tenant_id, table.source["round_id"], appeal.unit_id, appeal.case_no
    )
    return [
        AppealDecision(number, code, component_words(code, table.components), _points(points), name, note, at)
        for number, code, points, name, note, at in rows
    ]


def _points(points: Decimal | None) -> str | None:
    return None if points is None else f"{points:f}"
