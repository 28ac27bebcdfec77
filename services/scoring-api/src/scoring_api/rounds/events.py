"""Appends events to a round: numbered under the lock of its state, caches moved in the same transaction."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import asyncpg

from parindex.errors import NotFound
from scoring_api.rounds.fold import Cell, Event, NewEvent, State, cell_after, state_after

_STATE = """
SELECT phase, last_event_no, deadlines::text AS deadlines, close_proposed_by, late_rights::text AS late_rights,
       submissions::text AS submissions
FROM round_state WHERE tenant_id = $1 AND round_id = $2
"""
_CELLS = """
SELECT c.unit_id, c.component, c.sides::text AS sides, c.evidence, c.event_no
FROM unnest($3::int[], $4::text[]) AS wanted(unit_id, component)
JOIN round_cell c ON c.tenant_id = $1 AND c.round_id = $2 AND c.unit_id = wanted.unit_id AND c.component = wanted.component
"""
_INSERT_EVENTS = """
INSERT INTO round_event (tenant_id, round_id, event_no, kind, phase, person_id, role, unit_id, component, input, points,
                         note, late_reason, detail, recorded_at)
SELECT $1, $2, e.event_no, e.kind, $3, e.person_id, e.role, e.unit_id, e.component, e.input::jsonb, e.points, e.note,
       e.late_reason, e.detail::jsonb, $4
FROM unnest($5::int[], $6::text[], $7::int[], $8::text[], $9::int[], $10::text[], $11::text[], $12::numeric[], $13::text[],
            $14::text[], $15::text[])
     AS e(event_no, kind, person_id, role, unit_id, component, input, points, note, late_reason, detail)
"""
_UPSERT_CELLS = """
INSERT INTO round_cell (tenant_id, round_id, unit_id, component, sides, evidence, event_no)
SELECT $1, $2, c.unit_id, c.component, c.sides::jsonb, c.evidence, c.event_no
FROM unnest($3::int[], $4::text[], $5::text[], $6::int[], $7::int[]) AS c(unit_id, component, sides, evidence, event_no)
ON CONFLICT (tenant_id, round_id, unit_id, component)
DO UPDATE SET sides = excluded.sides, evidence = excluded.evidence, event_no = excluded.event_no
"""
_UPSERT_STATE = """
INSERT INTO round_state (tenant_id, round_id, phase, last_event_no, deadlines, close_proposed_by, late_rights, submissions, updated_at)
VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7::jsonb, $8::jsonb, $9)
ON CONFLICT (tenant_id, round_id)
DO UPDATE SET phase = excluded.phase, last_event_no = excluded.last_event_no, deadlines = excluded.deadlines,
  close_proposed_by = excluded.close_proposed_by, late_rights = excluded.late_rights, submissions = excluded.submissions,
  updated_at = excluded.updated_at
"""


async def read_state(
    connection: asyncpg.Connection, tenant_id: int, round_id: int, *, for_update: bool = False
) -> State:
    """Where the round stands. Raises NotFound."""
    row = await connection.fetchrow(_STATE + ("FOR UPDATE" if for_update else ""), tenant_id, round_id)
    if row is None:
        raise NotFound(
            f"Không có đợt đánh giá {round_id}. / There is no round {round_id}.",
            code="round_unknown",
            hint="GET /v1/rounds lists the rounds of your authority.",
        )
    return State(
        row["phase"],
        row["last_event_no"],
        json.loads(row["deadlines"]),
        row["close_proposed_by"],
        json.loads(row["late_rights"]),
        json.loads(row["submissions"]),
    )


async def lock_state(connection: asyncpg.Connection, tenant_id: int, round_id: int) -> State:
    """The state, locked until the transaction ends: the first statement of everything that changes a round."""
    return await read_state(connection, tenant_id, round_id, for_update=True)


async def read_cells(
    connection: asyncpg.Connection, tenant_id: int, round_id: int, keys: Sequence[tuple[int, str]]
) -> dict[tuple[int, str], Cell]:
    """The cells (unit, component) on which somebody has spoken."""
    rows = await connection.fetch(_CELLS, tenant_id, round_id, [unit for unit, _ in keys], [code for _, code in keys])
    return {
        (row["unit_id"], row["component"]): Cell(json.loads(row["sides"]), row["evidence"], row["event_no"])
        for row in rows
    }


async def append(
    connection: asyncpg.Connection,
    tenant_id: int,
    round_id: int,
    state: State,
    happened: Sequence[NewEvent],
    now: dt.datetime,
) -> State:
    """Appends the events in their order and moves the caches; returns the state after them.

    `state` comes from `lock_state` of the same transaction (a new round: `State()`). Not to be run twice.
    """
    if not happened:
        return state
    phase = state.phase
    events = [
        Event(event_no=state.last_event_no + place, phase=phase, at=now, **_content(one))
        for place, one in enumerate(happened, start=1)
    ]
    touched = {(one.unit_id, one.component): None for one in events if one.unit_id is not None and one.component}
    keys = [(unit_id, component) for unit_id, component in touched if unit_id is not None and component is not None]
    cells = await read_cells(connection, tenant_id, round_id, keys) if keys else {}
    for event in events:
        state = state_after(state, event)
        if event.unit_id is not None and event.component is not None:
            key = event.unit_id, event.component
            cells[key] = cell_after(cells.get(key, Cell()), event)
    await _insert_events(connection, tenant_id, round_id, events)
    if cells:
        await _upsert_cells(connection, tenant_id, round_id, cells)
    await connection.execute(
        _UPSERT_STATE, tenant_id, round_id, state.phase, state.last_event_no, _json(state.deadlines),
        state.close_proposed_by, _json(state.late_rights), _json(state.submissions), now,
    )  # fmt: skip
    return state


def _content(event: NewEvent) -> dict[str, Any]:
    return {one.name: getattr(event, one.name) for one in fields(NewEvent)}


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


async def _insert_events(
    connection: asyncpg.Connection, tenant_id: int, round_id: int, events: Sequence[Event]
) -> None:
    await connection.execute(
        _INSERT_EVENTS, tenant_id, round_id, events[0].phase, events[0].at,
        [one.event_no for one in events], [one.kind for one in events], [one.person_id for one in events],
        [one.role for one in events], [one.unit_id for one in events], [one.component for one in events],
        [_json(one.input) for one in events], [one.points for one in events], [one.note for one in events],
        [one.late_reason for one in events], [_json(one.detail) for one in events],
    )  # fmt: skip


async def _upsert_cells(
    connection: asyncpg.Connection, tenant_id: int, round_id: int, cells: Mapping[tuple[int, str], Cell]
) -> None:
    await connection.execute(
        _UPSERT_CELLS, tenant_id, round_id, [unit for unit, _ in cells], [code for _, code in cells],
        [_json(cell.sides) for cell in cells.values()], [cell.evidence for cell in cells.values()],
        [cell.event_no for cell in cells.values()],
    )  # fmt: skip


_EVENTS = """
SELECT event_no, kind, phase, person_id, role, unit_id, component, input::text AS input, points, note, late_reason,
       detail::text AS detail, recorded_at
FROM round_event WHERE tenant_id = $1 AND round_id = $2 ORDER BY event_no
"""


async def read_events(connection: asyncpg.Connection, tenant_id: int, round_id: int) -> list[Event]:
    """Every event of a round in its order: what `fold.fold` makes the caches of."""
    return [
        Event(
            **{key: row[key] for key in ("event_no", "kind", "phase", "person_id", "role", "unit_id", "component")},
            input=None if row["input"] is None else json.loads(row["input"]),
            points=row["points"],
            note=row["note"],
            late_reason=row["late_reason"],
            detail=json.loads(row["detail"]),
            at=row["recorded_at"],
        )
        for row in await connection.fetch(_EVENTS, tenant_id, round_id)
    ]
