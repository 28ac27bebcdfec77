"""The officer grants one unit, one department or the council the right to write a step after its deadline."""

from __future__ import annotations

import datetime as dt

from parindex.db.session import Database
from parindex.errors import Invalid
from scoring_api.people.person import Person
from scoring_api.rounds.acting import acting
from scoring_api.rounds.deadlines import PHASE_WORDS_VI, need_open
from scoring_api.rounds.fold import EVERYBODY, NewEvent, State, instant_text
from scoring_api.rounds.round import Round
from scoring_api.rounds.set_deadline import need_reason


async def grant_late(
    database: Database,
    person: Person,
    round_id: int,
    *,
    phase: str,
    unit_id: int | None,
    until: dt.datetime,
    note: str,
    now: dt.datetime,
) -> State:
    """Grants a late right for a step until an instant; a later grant replaces an earlier one.

    `unit_id`: the unit (declaration, answer), the department in charge (appraisals), None for the council. Whoever uses
    it still gives a reason of his own. Raises Invalid for a subject that does not fit the step.
    """
    person.need("officer")
    async with acting(database, person, round_id, now) as act:
        need_open(act.state)
        need_reason(note)
        _need_subject(act.assessed, phase, unit_id)
        if until <= now:
            raise Invalid(
                "Thời hạn nộp muộn phải ở tương lai. / The late right would be over already.",
                code="until_over",
                hint="Give a later instant in `until`.",
            )
        subject = EVERYBODY if unit_id is None else str(unit_id)
        return await act.append(
            NewEvent(
                kind="late_granted",
                person_id=person.person_id,
                role="officer",
                unit_id=unit_id if phase in ("declaration", "answer") else None,
                note=note,
                detail={"phase": phase, "subject": subject, "until": instant_text(until)},
            )
        )


def _need_subject(assessed: Round, phase: str, unit_id: int | None) -> None:
    if phase == "council":
        fits = unit_id is None
    elif phase in ("declaration", "answer"):
        fits = unit_id in assessed.units
    else:
        fits = unit_id in assessed.departments.values()
    if not fits:
        wanted = {
            "council": ("không nêu đơn vị", "no unit"),
            "declaration": ("một đơn vị của đợt", "a unit of the round"),
            "answer": ("một đơn vị của đợt", "a unit of the round"),
        }.get(phase, ("một cơ quan thẩm định lĩnh vực", "a department in charge of a field"))
        raise Invalid(
            f"Bước “{PHASE_WORDS_VI[phase]}”: cần {wanted[0]}. / A late right for {phase} names {wanted[1]}.",
            code="late_subject",
            hint="See `units` and `departments` of the round.",
        )
