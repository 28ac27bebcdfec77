"""A unit answers an appraisal (giải trình): an explanation, with other figures where it has them."""

from __future__ import annotations

import datetime as dt

from parindex.db.session import Database
from parindex.errors import Invalid
from scoring_api.people.person import Person
from scoring_api.rounds.access import need_own_unit
from scoring_api.rounds.acting import acting
from scoring_api.rounds.deadlines import writing
from scoring_api.rounds.declare import read_declared
from scoring_api.rounds.fold import NewEvent
from scoring_api.rounds.spoken import Entry, Said


async def answer(
    database: Database, person: Person, round_id: int, unit_id: int, component: str, entry: Entry, now: dt.datetime
) -> Said:
    """Stores the unit's answer on one component; it never enters the index unless the second appraisal follows it.

    Raises as `declare` does, and Invalid without an explanation.
    """
    async with acting(database, person, round_id, now) as act:
        need_own_unit(person, act.assessed, unit_id)
        late = writing(act.state, "answer", unit_id, now, entry.late_reason)
        spoken = read_declared(act, component, entry)
        if not entry.note:
            raise Invalid(
                "Giải trình phải có nội dung. / An answer needs its explanation.",
                code="note_missing",
                hint="Write the explanation in `note`.",
            )
        await act.cell(unit_id, component, entry.expected_event_no)
        state = await act.append(
            NewEvent(
                kind="answered",
                person_id=person.person_id,
                role="unit",
                unit_id=unit_id,
                component=component,
                input=spoken.input,
                points=spoken.points,
                note=entry.note,
                late_reason=late,
            )
        )
    return Said(state.last_event_no, "answered", spoken, late is not None)
