"""Until when a step of a round may be written, and what a late writer needs. Pure: the clock is passed in.

Days are local days in Asia/Ho_Chi_Minh and are printed as officials read them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from parindex.db.models.scoring import PHASES
from parindex.engine.period import VIETNAM
from parindex.errors import Conflict, Finding
from scoring_api.rounds.fold import EVERYBODY, State

PHASE_WORDS_VI: dict[str, str] = {
    "declaration": "đơn vị tự đánh giá",
    "appraisal_1": "thẩm định lần 1",
    "answer": "đơn vị giải trình",
    "appraisal_2": "thẩm định lần 2",
    "council": "hội đồng thẩm định",
    "closed": "đã kết thúc",
}
STEPS = PHASES[:-1]
"""Phases that have a deadline, in their order."""


def printed(instant: dt.datetime) -> str:
    """An instant in Asia/Ho_Chi_Minh as it is printed; midnight is the end of the day before."""
    local = instant.astimezone(VIETNAM)
    if local.time() == dt.time():
        return f"hết ngày {local.date() - dt.timedelta(days=1):%d/%m/%Y}"
    return f"{local:%H:%M ngày %d/%m/%Y}"


def deadline(state: State, phase: str) -> dt.datetime:
    """The deadline of a step."""
    return dt.datetime.fromisoformat(state.deadlines[phase])


def need_open(state: State) -> None:
    """Raises Conflict once the round is closed: nothing in it changes any more."""
    if state.phase == "closed":
        raise Conflict(
            "Đợt đánh giá đã kết thúc, không thể thay đổi. / The round is closed: nothing in it changes any more.",
            code="round_closed",
            hint="Corrections after closing belong into the next edition of the table.",
        )


def writing(state: State, phase: str, subject: int | None, now: dt.datetime, late_reason: str | None) -> str | None:
    """Whether a step may be written now: None in time, the reason for a granted late entry, else raises Conflict.

    `subject`: the unit or department whose step it is; None for the council.
    """
    need_open(state)
    if STEPS.index(state.phase) < STEPS.index(phase):
        raise Conflict(
            f"Bước “{PHASE_WORDS_VI[phase]}” chưa mở; đợt đánh giá đang ở bước “{PHASE_WORDS_VI[state.phase]}”."
            f" / The step {phase} is not open yet: the round is in {state.phase}.",
            code="phase_not_open",
            hint="Wait until the officer of Sở Nội vụ moves the round on.",
        )
    until = deadline(state, phase)
    if state.phase == phase and now < until:
        return None
    right = state.late_rights.get(phase, {}).get(EVERYBODY if subject is None else str(subject))
    over = (
        f"hạn đã qua ({printed(until)})"
        if now >= until
        else f"bước này đã kết thúc, đang ở bước “{PHASE_WORDS_VI[state.phase]}”"
    )
    if right is None or now >= dt.datetime.fromisoformat(right):
        ended = "" if right is None else f" Quyền nộp muộn cũng đã hết ({printed(dt.datetime.fromisoformat(right))})."
        raise Conflict(
            f"Bước “{PHASE_WORDS_VI[phase]}”: {over}.{ended} / The step {phase} was due by {until.isoformat()}.",
            code="deadline_over",
            hint="Đề nghị cán bộ Sở Nội vụ cho phép nộp muộn (kèm lý do). / Ask the officer for a late right"
            " (POST /v1/rounds/{id}/late-rights), then send it again with `late_reason`.",
        )
    if not late_reason:
        raise Conflict(
            f"Bước “{PHASE_WORDS_VI[phase]}”: {over}; được phép nộp muộn nhưng phải nêu lý do."
            f" / A late entry in {phase} needs its reason.",
            code="late_reason_missing",
            hint="Ghi lý do nộp muộn vào `late_reason`. / Say why in `late_reason`.",
        )
    return late_reason


def deadline_findings(deadlines: Mapping[str, dt.datetime], now: dt.datetime) -> list[Finding]:
    """What is wrong with a set of deadlines: missing, over already, or out of order."""
    findings = [
        Finding(
            "deadline_missing",
            f"deadlines.{phase}",
            f"Bước “{PHASE_WORDS_VI[phase]}” chưa có hạn. / The step {phase} has no deadline.",
            "Give one for each of " + ", ".join(STEPS) + ".",
        )
        for phase in STEPS
        if phase not in deadlines
    ]
    before: tuple[str, dt.datetime] | None = None
    for phase in STEPS:
        if phase not in deadlines:
            continue
        if deadlines[phase] <= now:
            findings.append(
                Finding(
                    "deadline_over",
                    f"deadlines.{phase}",
                    f"Hạn của bước “{PHASE_WORDS_VI[phase]}” ({printed(deadlines[phase])}) đã qua. / It is over already.",
                    "Give a later instant.",
                )
            )
        if before is not None and deadlines[phase] <= before[1]:
            findings.append(
                Finding(
                    "deadline_order",
                    f"deadlines.{phase}",
                    f"Hạn của bước “{PHASE_WORDS_VI[phase]}” ({printed(deadlines[phase])}) không sau hạn của bước"
                    f" “{PHASE_WORDS_VI[before[0]]}” ({printed(before[1])}). / Deadlines follow the order of the steps.",
                    "Give a later instant.",
                )
            )
        before = phase, deadlines[phase]
    return findings
