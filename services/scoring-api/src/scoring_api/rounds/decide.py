"""The council decides a component: its word is final, over appraisals and over joined figures."""

from __future__ import annotations

import datetime as dt

from parindex.db.session import Database
from parindex.engine.assessment import final_input
from scoring_api.people.person import Person
from scoring_api.rounds.acting import acting
from scoring_api.rounds.appraise import need_input, need_opinion
from scoring_api.rounds.deadlines import writing
from scoring_api.rounds.fold import NewEvent
from scoring_api.rounds.spoken import Entry, Said, read_spoken


async def decide(
    database: Database, person: Person, round_id: int, unit_id: int, component: str, entry: Entry, now: dt.datetime
) -> Said:
    """Stores the council's decision on one component of one unit; the last one holds and enters the index.

    A reason is needed wherever it differs from what would be final without it. Raises Forbidden for others than the
    council and for a person who declared for the unit, Conflict outside the step, Invalid for the input.
    """
    person.need("council")
    async with acting(database, person, round_id, now) as act:
        act.assessed.need_unit(unit_id)
        act.assessed.node(component)
        late = writing(act.state, "council", None, now, entry.late_reason)
        await act.need_not_own_word(unit_id)
        spoken = read_spoken(act.assessed, component, need_input(entry))
        cell = await act.cell(unit_id, component, entry.expected_event_no)
        need_opinion(entry, differs=spoken.input != final_input(act.assessed.source(component), cell.sides))
        state = await act.append(
            NewEvent(
                kind="decided",
                person_id=person.person_id,
                role="council",
                unit_id=unit_id,
                component=component,
                input=spoken.input,
                points=spoken.points,
                note=entry.note,
                late_reason=late,
            )
        )
    return Said(state.last_event_no, "decided", spoken, late is not None)
