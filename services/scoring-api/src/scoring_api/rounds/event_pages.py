"""Reads the events of a round page by page, as far as a person's roles reach."""

from __future__ import annotations

import json

import asyncpg

from parindex.db.session import Database
from scoring_api.people.person import Person
from scoring_api.rounds.access import need_reach
from scoring_api.rounds.answers import EventLine, EventPage
from scoring_api.rounds.round import load_round
from scoring_api.rounds.whole_state import visible

LARGEST_PAGE = 500
_EVENTS = """
SELECT e.event_no, e.kind, e.phase, e.person_id, coalesce(p.name, '') AS person, e.role, e.unit_id, e.component,
       e.input::text AS input, e.points, e.note, e.late_reason, e.detail::text AS detail, e.recorded_at
FROM round_event e LEFT JOIN person p ON p.tenant_id = e.tenant_id AND p.person_id = e.person_id
WHERE e.tenant_id = $1 AND e.round_id = $2
  AND ($3 OR e.unit_id IS NULL OR e.unit_id = ANY($4::int[]) OR e.component = ANY($5::text[]))
  AND e.event_no > $6 AND ($7::int IS NULL OR e.unit_id = $7) AND ($8::text IS NULL OR e.component = $8)
ORDER BY e.event_no LIMIT $9
"""
_ABOUT_ALL_UNITS = ("close_proposed", "close_withdrawn", "closed")


async def event_page(
    database: Database,
    person: Person,
    round_id: int,
    *,
    after: int = 0,
    limit: int = LARGEST_PAGE,
    unit_id: int | None = None,
    component: str | None = None,
) -> EventPage:
    """Events after a number, in their order; of one unit or one component where named (the thread of a component)."""
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        assessed = await load_round(connection, person.tenant_id, round_id)
        reach = need_reach(person, assessed)
        rows = await connection.fetch(
            _EVENTS, person.tenant_id, round_id, *visible(assessed, reach), after, unit_id, component, limit + 1
        )
    lines = [_line(row, whole=reach.whole) for row in rows[:limit]]
    return EventPage(round_id, lines, lines[-1].event_no if len(rows) > limit else None)


def _line(row: asyncpg.Record, *, whole: bool) -> EventLine:
    # What is missing elsewhere is no business of a single unit or field.
    hidden = row["kind"] in _ABOUT_ALL_UNITS and not whole
    return EventLine(
        event_no=row["event_no"],
        kind=row["kind"],
        phase=row["phase"],
        person_id=row["person_id"],
        person=row["person"],
        role=row["role"],
        unit_id=row["unit_id"],
        component=row["component"],
        input=None if row["input"] is None else json.loads(row["input"]),
        points=None if row["points"] is None else f"{row['points']:f}",
        note=row["note"],
        late_reason=row["late_reason"],
        detail={} if hidden else json.loads(row["detail"]),
        at=row["recorded_at"],
    )
