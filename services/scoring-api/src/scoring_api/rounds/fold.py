"""A round is its events: what each event makes of the state of the round and of the cell it touches. Pure.

`round_state` and `round_cell` are caches of these two functions, written in the transaction of the event.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, get_args

from parindex.engine.assessment import Side

SIDES: frozenset[str] = frozenset(get_args(Side))
"""Kinds of events by which a side speaks on a component: the kind is the side."""
EVERYBODY = "*"
"""Subject of a late right that is not one unit's or department's: the council's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """What happened, before it has its number: who, in which role, on what, why."""

    kind: str
    person_id: int
    role: str
    unit_id: int | None = None
    component: str | None = None
    input: Mapping[str, Any] | None = None
    points: Decimal | None = None
    note: str = ""
    late_reason: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(NewEvent):
    """What happened, numbered in commit order within its round."""

    event_no: int
    phase: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class State:
    """Where a round stands. `deadlines`: phase -> ISO instant; instants are ISO text throughout."""

    phase: str = "declaration"
    last_event_no: int = 0
    deadlines: Mapping[str, str] = field(default_factory=dict)
    close_proposed_by: int | None = None
    late_rights: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Phase -> unit id as text (or `*`, the council) -> until when one may still write."""
    submissions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Unit id as text -> step (declaration, answer) -> {event_no, person_id, at}; gone once the unit changes the step."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The latest word of each side on one component of one unit, and how many files prove it."""

    sides: Mapping[str, Any] = field(default_factory=dict)
    evidence: int = 0
    event_no: int = 0


def instant_text(instant: dt.datetime) -> str:
    """An instant as the events keep it: ISO 8601 in UTC."""
    return instant.astimezone(dt.UTC).isoformat()


def state_after(state: State, event: Event) -> State:
    """The state of the round once the event has happened."""
    state = replace(state, last_event_no=event.event_no)
    detail = event.detail
    match event.kind:
        case "opened":
            return replace(state, deadlines=dict(detail["deadlines"]))
        case "deadline_set":
            return replace(state, deadlines={**state.deadlines, detail["phase"]: detail["until"]})
        case "phase_opened":
            return replace(state, phase=detail["to"])
        case "late_granted":
            rights = {**state.late_rights.get(detail["phase"], {}), detail["subject"]: detail["until"]}
            return replace(state, late_rights={**state.late_rights, detail["phase"]: rights})
        case "submitted":
            done = {"event_no": event.event_no, "person_id": event.person_id, "at": instant_text(event.at)}
            unit = str(event.unit_id)
            steps = {**state.submissions.get(unit, {}), detail["step"]: done}
            return replace(state, submissions={**state.submissions, unit: steps})
        case "declared":
            return _unsubmitted(state, event.unit_id, "declaration")
        case "answered":
            return _unsubmitted(state, event.unit_id, "answer")
        case "close_proposed":
            return replace(state, close_proposed_by=event.person_id)
        case "close_withdrawn":
            return replace(state, close_proposed_by=None)
        case "closed":
            return replace(state, close_proposed_by=None, phase="closed")
        case kind if kind in SIDES:
            # A proposal to close is about the results that stood there when it was made; a unit's own word is none.
            return replace(state, close_proposed_by=None)
        case _:
            return state


def cell_after(cell: Cell, event: Event) -> Cell:
    """The cell once the event has happened; an event that is not about a component leaves it as it is."""
    if event.kind in SIDES:
        said = {
            "input": None if event.input is None else dict(event.input),
            "points": None if event.points is None else f"{event.points:f}",
            "note": event.note,
            "event_no": event.event_no,
            "person_id": event.person_id,
            "at": instant_text(event.at),
            "late_reason": event.late_reason,
        }
        return replace(cell, sides={**cell.sides, event.kind: said}, event_no=event.event_no)
    if event.kind in ("evidence_added", "evidence_erased"):
        more = 1 if event.kind == "evidence_added" else -1
        return replace(cell, evidence=cell.evidence + more, event_no=event.event_no)
    return cell


def fold(events: Iterable[Event]) -> tuple[State, dict[tuple[int, str], Cell]]:
    """State and cells (by unit and component) of a round from all its events, in their order."""
    state, cells = State(), dict[tuple[int, str], Cell]()
    for event in events:
        state = state_after(state, event)
        if event.unit_id is not None and event.component is not None:
            key = event.unit_id, event.component
            cells[key] = cell_after(cells.get(key, Cell()), event)
    return state, cells


def _unsubmitted(state: State, unit_id: int | None, step: str) -> State:
    """What a unit changes after handing a step in must be handed in again."""
    unit = str(unit_id)
    if step not in state.submissions.get(unit, {}):
        return state
    left = {name: done for name, done in state.submissions[unit].items() if name != step}
    return replace(state, submissions={**state.submissions, unit: left})
