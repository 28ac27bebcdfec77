"""A unit declares: figures, self-assessment and explanation of one component. The rule gives the points."""

from __future__ import annotations

import datetime as dt

from parindex.db.session import Database
from scoring_api.people.person import Person
from scoring_api.rounds.access import need_own_unit, need_self_assessed
from scoring_api.rounds.acting import Acting, acting
from scoring_api.rounds.deadlines import writing
from scoring_api.rounds.fold import NewEvent
from scoring_api.rounds.spoken import Entry, Said, Spoken, need_no_manual_points, read_spoken


async def declare(
    database: Database, person: Person, round_id: int, unit_id: int, component: str, entry: Entry, now: dt.datetime
) -> Said:
    """Stores the declaration of one component; the last one holds, all are kept. Self-assessment never enters the index.

    An input of None declares nothing (any more), with an explanation. Raises Forbidden for another unit, Conflict after
    the deadline and for components that are never self-assessed, Invalid naming every fault of the input.
    """
    async with acting(database, person, round_id, now) as act:
        need_own_unit(person, act.assessed, unit_id)
        late = writing(act.state, "declaration", unit_id, now, entry.late_reason)
        spoken = read_declared(act, component, entry)
        await act.cell(unit_id, component, entry.expected_event_no)
        state = await act.append(declared(act, unit_id, component, spoken, entry.note, late))
    return Said(state.last_event_no, "declared", spoken, late is not None)


def read_declared(act: Acting, component: str, entry: Entry) -> Spoken:
    """What a unit may say on the component. Raises as `declare` does."""
    need_self_assessed(act.assessed, component)
    need_no_manual_points(act.assessed, component, entry.input)
    return read_spoken(act.assessed, component, entry.input)


def declared(act: Acting, unit_id: int, component: str, spoken: Spoken, note: str, late_reason: str | None) -> NewEvent:
    """The event of a declaration."""
    return NewEvent(
        kind="declared",
        person_id=act.person.person_id,
        role="unit",
        unit_id=unit_id,
        component=component,
        input=spoken.input,
        points=spoken.points,
        note=note,
        late_reason=late_reason,
    )
