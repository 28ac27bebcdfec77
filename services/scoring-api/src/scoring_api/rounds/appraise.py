"""The department in charge of a field appraises a component (thẩm định lần 1, lần 2), with its opinion."""

from __future__ import annotations

import datetime as dt

from parindex.db.session import Database
from parindex.errors import Invalid
from scoring_api.people.person import Person
from scoring_api.rounds.access import need_appraised, need_charge
from scoring_api.rounds.acting import acting
from scoring_api.rounds.deadlines import STEPS, writing
from scoring_api.rounds.fold import NewEvent, State
from scoring_api.rounds.spoken import Entry, Said, read_spoken

_SIDES = {"appraisal_1": "appraised_1", "appraisal_2": "appraised_2"}


async def appraise(
    database: Database, person: Person, round_id: int, unit_id: int, component: str, entry: Entry, now: dt.datetime
) -> Said:
    """Stores the appraisal of one component of one unit, in the round of appraisal that is open; the last one holds.

    An opinion is needed wherever the appraisal differs from what the unit declared. Raises Forbidden outside the
    department's fields and for a person who declared for the unit; Conflict after the deadline; Invalid for the input.
    """
    async with acting(database, person, round_id, now) as act:
        department = need_charge(person, act.assessed, component)
        act.assessed.need_unit(unit_id)
        need_appraised(act.assessed, component)
        step = open_appraisal(act.state, department)
        late = writing(act.state, step, department, now, entry.late_reason)
        await act.need_not_own_word(unit_id)
        spoken = read_spoken(act.assessed, component, need_input(entry))
        cell = await act.cell(unit_id, component, entry.expected_event_no)
        declared = cell.sides.get("answered") or cell.sides.get("declared") or {}
        need_opinion(entry, differs=spoken.input != declared.get("input"))
        side = _SIDES[step]
        state = await act.append(
            NewEvent(
                kind=side,
                person_id=person.person_id,
                role="appraiser",
                unit_id=unit_id,
                component=component,
                input=spoken.input,
                points=spoken.points,
                note=entry.note,
                late_reason=late,
                detail={"department": department},
            )
        )
    return Said(state.last_event_no, side, spoken, late is not None)


def open_appraisal(state: State, department: int) -> str:
    """Which appraisal an entry belongs to now: the one under way, else the last one begun for which a late right is held."""
    begun = [step for step in _SIDES if state.phase == "closed" or STEPS.index(step) <= STEPS.index(state.phase)]
    if state.phase in _SIDES or not begun:
        return state.phase if state.phase in _SIDES else "appraisal_1"
    held = [step for step in begun if str(department) in state.late_rights.get(step, {})]
    return (held or begun)[-1]


def need_input(entry: Entry) -> object:
    """The input of an entry that must have one. Raises Invalid."""
    if entry.input is None:
        raise Invalid(
            "Phải nhập kết quả của tiêu chí, hoặc “không áp dụng”. / An appraisal or decision needs an input.",
            code="input_missing",
            hint="Send `input`; {'not_applicable': true} accepts that the component does not apply.",
        )
    return entry.input


def need_opinion(entry: Entry, *, differs: bool) -> None:
    """Raises Invalid when a judgement that changes something gives no reason."""
    if differs and not entry.note:
        raise Invalid(
            "Kết quả khác với đề nghị trước đó: phải ghi ý kiến. / What differs from the word before needs an opinion.",
            code="opinion_missing",
            hint="Say in `note` why: the unit sees it and may answer.",
        )
