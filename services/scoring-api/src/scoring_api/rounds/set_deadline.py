"""The officer moves the deadline of a step that is not over yet, saying why."""

from __future__ import annotations

import datetime as dt

from parindex.db.session import Database
from parindex.errors import Conflict, Invalid
from scoring_api.people.person import Person
from scoring_api.rounds.acting import acting
from scoring_api.rounds.deadlines import PHASE_WORDS_VI, STEPS, deadline, deadline_findings, need_open
from scoring_api.rounds.fold import NewEvent, State, instant_text


async def set_deadline(
    database: Database, person: Person, round_id: int, *, phase: str, until: dt.datetime, note: str, now: dt.datetime
) -> State:
    """Sets the deadline of the present step or a later one. Raises Invalid for one that is over or out of order."""
    person.need("officer")
    async with acting(database, person, round_id, now) as act:
        need_open(act.state)
        if STEPS.index(phase) < STEPS.index(act.state.phase):
            raise Conflict(
                f"Bước “{PHASE_WORDS_VI[phase]}” đã kết thúc, không gia hạn được. / The step {phase} is over.",
                code="phase_over",
                hint="Grant single units or departments a late right instead.",
            )
        need_reason(note)
        deadlines = {step: deadline(act.state, step) for step in STEPS} | {phase: until}
        findings = [
            one
            for one in deadline_findings(deadlines, now)
            if one.field == f"deadlines.{phase}" or one.code == "deadline_order"
        ]
        if findings:
            raise Invalid(findings[0].message, code=findings[0].code, hint=findings[0].hint, findings=findings)
        before = act.state.deadlines[phase]
        return await act.append(
            NewEvent(
                kind="deadline_set",
                person_id=person.person_id,
                role="officer",
                note=note,
                detail={"phase": phase, "until": instant_text(until), "before": before},
            )
        )


def need_reason(note: str) -> None:
    """Raises Invalid for an empty reason."""
    if not note:
        raise Invalid(
            "Phải ghi lý do. / A reason is needed.",
            code="note_missing",
            hint="Say why in `note`: it stays in the record.",
        )
