"""The officer moves a round on to its next step; before the deadline only when nobody is cut off."""

from __future__ import annotations

import datetime as dt
import json

from parindex.db.session import Database
from parindex.errors import Conflict, Finding
from scoring_api.people.person import Person
from scoring_api.rounds.acting import Acting, acting
from scoring_api.rounds.deadlines import PHASE_WORDS_VI, STEPS, deadline, need_open, printed
from scoring_api.rounds.fold import NewEvent, State

_SIDES = "SELECT unit_id, component, sides::text AS sides FROM round_cell WHERE tenant_id = $1 AND round_id = $2"


async def move_phase(
    database: Database, person: Person, round_id: int, *, to: str, note: str, now: dt.datetime
) -> State:
    """Opens the step `to`, which must be the next one: sending it twice moves once.

    Raises Conflict before the deadline while units or appraisers still have work in the step, naming each.
    """
    person.need("officer")
    async with acting(database, person, round_id, now) as act:
        need_open(act.state)
        phase = act.state.phase
        following = STEPS[STEPS.index(phase) + 1 :]
        if not following or to != following[0]:
            following_words = f"“{PHASE_WORDS_VI[following[0]]}”" if following else "do hội đồng kết thúc"
            raise Conflict(
                f"Đợt đánh giá đang ở bước “{PHASE_WORDS_VI[phase]}”; bước tiếp theo là {following_words}."
                f" / The round is in {phase}; it cannot move to {to}.",
                code="phase_not_next",
                hint="Steps follow one another; the last one ends by closing (two council members).",
            )
        until = deadline(act.state, phase)
        waiting = await _waiting(act) if now < until else []
        if waiting:
            raise Conflict(
                f"Bước “{PHASE_WORDS_VI[phase]}” còn hạn đến {printed(until)} và còn {len(waiting)} việc chưa xong."
                f" / The step {phase} runs until {until.isoformat()}; {len(waiting)} entries are still awaited.",
                code="deadline_not_reached",
                hint="Wait for the deadline, or set an earlier one that is still ahead.",
                findings=waiting[:200],
            )
        return await act.append(
            NewEvent(kind="phase_opened", person_id=person.person_id, role="officer", note=note, detail={"to": to})
        )


async def _waiting(act: Acting) -> list[Finding]:
    """What would be cut off by moving on now."""
    assessed, phase = act.assessed, act.state.phase
    if phase in ("declaration", "answer"):
        return [
            Finding("not_submitted", f"units.{unit_id}", f"Đơn vị {unit_id} chưa nộp. / Not handed in yet.")
            for unit_id in assessed.units
            if phase not in act.state.submissions.get(str(unit_id), {})
        ]
    rows = await act.connection.fetch(_SIDES, assessed.tenant_id, assessed.round_id)
    spoken = {(row["unit_id"], row["component"]): json.loads(row["sides"]) for row in rows}
    appraised = [
        node.code
        for node in assessed.components
        if assessed.source(node.code) == "appraised" and assessed.field(node.code).section == "main"
    ]
    return [
        Finding(
            "not_appraised", f"units.{unit_id}.{code}", f"Đơn vị {unit_id}, {code}: chưa thẩm định. / Not appraised."
        )
        for unit_id in assessed.units
        for code in appraised
        if _awaited(phase, spoken.get((unit_id, code), {}))
    ]


def _awaited(phase: str, sides: dict[str, object]) -> bool:
    if phase == "appraisal_1":
        return "appraised_1" not in sides
    return phase == "appraisal_2" and "answered" in sides and "appraised_2" not in sides
