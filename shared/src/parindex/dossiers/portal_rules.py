"""When a dossier ended, whether on time, and what it adds to QĐ 766: the portal's rules over its history. Pure.

Formula text 2.1: the end is «Đã xử lý xong», else «Đã trả kết quả», else «Dừng xử lý / Từ chối / Rút» of an accepted dossier;
one request for papers that nobody answered ends the clock at its moment, more than one without a result is late; the time of
answered requests is taken off; without a due date the working time is held against the procedure's longest; a dossier
without an end is judged by whoever asks, at the end of a day (`late_from`). Everything else: `data/portal-766.yaml`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from parindex.dossiers.findings import day, found
from parindex.dossiers.history import FINISHED, OPEN, STOPPED, Event, History
from parindex.dossiers.measures import pack
from parindex.dossiers.procedures import Procedure
from parindex.dossiers.records import Channel, Payment, Status, Version
from parindex.dossiers.rules import Rules
from parindex.dossiers.work_calendar import WorkCalendar
from parindex.engine.period import VIETNAM, local_day
from parindex.errors import Finding, Invalid

Outcome = Literal["on_time", "late", "open", "not_counted"]
_UNKNOWN = Procedure("")
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Settled:
    """One dossier under the rules."""

    dossier_key: str
    version_no: int
    rules: str
    """What settled it (`settled_by`)."""
    unit_id: int
    procedure_base: str
    accepted_day: dt.date | None
    """Local day of acceptance; None: never accepted, or nobody said when: counts nowhere."""
    outcome: Outcome
    end: dt.datetime | None
    """When its clock stopped; None while it runs."""
    late_from: dt.date | None
    """Of an open one: the local day at whose end it is late; None: settled, or without any time limit."""
    measures: int
    working_minutes: int | None
    """From acceptance to its result without the time of requests; None: not handled to the end, or not countable."""
    findings: tuple[Finding, ...]

    @property
    def codes(self) -> list[str]:
        """Codes of the findings, each once, in order."""
        return list(dict.fromkeys(one.code for one in self.findings))

    def late_on(self, last_day: dt.date) -> bool | None:
        """Whether it is late at the end of that local day; None: it counts nowhere."""
        if self.outcome == "not_counted":
            return None
        if self.outcome == "open":
            return self.late_from is not None and self.late_from <= last_day
        return self.outcome == "late"


def settled_by(rules: Rules, calendar: WorkCalendar, procedure: Procedure | None) -> str:
    """Names everything but the history that decides a count: another name, and the dossier must be counted anew."""
    return f"{rules.label}.{rules.digest}.{calendar.digest}.{procedure.digest if procedure else 'unknown'}"


def settle(history: History, calendar: WorkCalendar, procedures: Mapping[str, Procedure], rules: Rules) -> Settled:
    """Applies the rules to one history. Knows no clock: the same history always gives the same."""
    record = history.record
    procedure = procedures.get(record.procedure_base)
    findings = list(history.findings)
    if procedure is None:
        findings.append(found("procedure_unknown"))
    accepted = record.accepted_at if history.stated & rules.accepted else None
    if record.accepted_at is None and history.stated & rules.accepted:
        findings.append(found("accepted_missing"))
    label = settled_by(rules, calendar, procedure)
    head = (record.dossier_key, record.version_no, label, record.unit_id, record.procedure_base)
    if accepted is None:
        return Settled(*head, None, "not_counted", None, None, 0, None, tuple(findings))
    clock = _Clock(history, accepted, calendar, procedure or _UNKNOWN, rules, findings)
    end, finished = _end(history, rules, findings)
    outcome, stopped, late_from = clock.judge(end)
    minutes = clock.minutes(end) if end and finished else None
    names = set(_measures(record, procedure, rules, findings))
    if end:
        names.add("ended")
    if minutes is not None:
        names.add("timed")
    if outcome != "open":
        names.add(outcome)
    return Settled(*head, local_day(accepted), outcome, stopped, late_from, pack(names), minutes, tuple(findings))


def _end(history: History, rules: Rules, findings: list[Finding]) -> tuple[dt.datetime | None, bool]:
    """The instant of the end, and whether it is a result (9, 10) rather than a stop (3, 7, 8)."""
    finished = [one for one in history.events if one.status in FINISHED]
    if finished and not (rules.after_finish == "open_again" and _reopened(history, finished)):
        return _finish(history, finished, rules, findings), True
    stops = [one for one in history.events if one.status in STOPPED]
    if rules.after_stop == "open_again":
        stops = [one for one in stops if not _reopened(history, [one])]
    if not stops or finished:
        return None, False
    record, first = history.record, stops[0]
    given = (record.refused_at, record.finished_at)
    at = next((one for one in (given if first.status == Status.NOT_ACCEPTED else given[::-1]) if one), None)
    if at is None and not first.dated:
        findings.append(found("finished_without_end"))
    return at or first.at, False


def _reopened(history: History, ends: list[Event]) -> bool:
    return any(one.status in OPEN and all(one.after(end) for end in ends) for one in history.events)


def _finish(history: History, finished: list[Event], rules: Rules, findings: list[Finding]) -> dt.datetime:
    """«Đã xử lý xong» before «Đã trả kết quả»; of several the first."""
    record = history.record
    step = next((one.at for one in finished if one.status == Status.DONE and one.source == "step" and one.dated), None)
    given = record.finished_at
    if given and step and local_day(given) != local_day(step):
        findings.append(found("end_differs_from_step", before=day(step), after=day(given)))
    order = (given, step) if rules.end_from == "record" else (step, given)
    done = next((one for one in order if one), None)
    if done:
        return done
    returned = record.returned_at or next(
        (one.at for one in finished if one.status == Status.RETURNED and one.dated), None
    )
    if returned:
        return returned
    findings.append(found("finished_without_end"))
    return min(one.at for one in finished)


@dataclass(slots=True)
class _Clock:
    """The time that a dossier may take and took."""

    history: History
    accepted: dt.datetime
    calendar: WorkCalendar
    procedure: Procedure
    rules: Rules
    findings: list[Finding]

    def judge(self, end: dt.datetime | None) -> tuple[Outcome, dt.datetime | None, dt.date | None]:
        """Outcome, when the clock stopped, and for an open one the day at whose end it is late."""
        pauses, rules = self.history.pauses, self.rules
        if end is None and pauses.requests > 1 and rules.repeated_supplement == "late":
            self.findings.append(found("supplements_repeated"))
            return "late", None, None
        if end is None and pauses.requests == 1 and (pauses.open or rules.answered_supplement == "ends"):
            end = pauses.open[0] if pauses.open else pauses.answered[0][0]
        elif pauses.open:
            self.findings.append(found("supplement_unanswered"))
        due = self._due()
        if due is not None:
            return self._against(due, end)
        try:
            late_from = self._against_limit(end)
        except Invalid as error:
            if error.code != "calendar_uncovered":
                raise
            self.findings.append(found("calendar_missing"))
            late_from = None
        if end is None:
            return "open", None, late_from if isinstance(late_from, dt.date) else None
        return "late" if late_from else "on_time", end, None

    def _due(self) -> dt.datetime | None:
        due = self.history.record.due_at
        if due is None:
            self.findings.append(found("due_missing"))
            return None
        local = due.astimezone(VIETNAM)
        if (local.hour, local.minute, local.second) == (0, 0, 0):
            self.findings.append(found("due_without_time"))
            if self.rules.due_without_time == "end_of_day":
                return due + _DAY - dt.timedelta(microseconds=1)
        return due

    def _against(self, due: dt.datetime, end: dt.datetime | None) -> tuple[Outcome, dt.datetime | None, dt.date | None]:
        off = dt.timedelta(0)
        if self.rules.supplement_time == "taken_off" or self.history.record.due_at is None:
            off = self.history.pauses.total(self.accepted, end)
        by_day = self.rules.compare == "day"
        if end is None:
            return "open", None, local_day(due + off) + (_DAY if by_day else dt.timedelta(0))
        late = local_day(end - off) > local_day(due) if by_day else end - off > due
        return "late" if late else "on_time", end, None

    def _against_limit(self, end: dt.datetime | None) -> dt.date | bool | None:
        """Of an open dossier the day from which it is late, of an ended one whether it is; None: no limit is known."""
        limit, unit = self.procedure.limit, self.procedure.limit_unit
        if limit is None or unit is None:
            self.findings.append(found("limit_unknown"))
            return None
        allowed = self.calendar.limit_minutes(limit, unit)
        if allowed is None:
            outcome, _, late_from = self._against(self.calendar.due(self.accepted, limit, unit), end)
            return late_from if end is None else outcome == "late"
        pauses = self.history.pauses.minutes(self.accepted, end, self.calendar.working_minutes_between)
        if end is None:
            return self.calendar.late_from(self.accepted, allowed + pauses)
        return self.calendar.working_minutes_between(self.accepted, end) - pauses > allowed

    def minutes(self, end: dt.datetime) -> int | None:
        """Working minutes until the end without those of requests."""
        if end < self.accepted:
            return None
        between = self.calendar.working_minutes_between
        try:
            return between(self.accepted, end) - self.history.pauses.minutes(self.accepted, end, between)
        except Invalid as error:
            if error.code != "calendar_uncovered":
                raise
            self.findings.append(found("calendar_missing"))
            return None


def _measures(record: Version, procedure: Procedure | None, rules: Rules, findings: list[Finding]) -> list[str]:
    """What does not depend on time: channel, fee, result, digitisation."""
    names = []
    due = procedure.result_due if procedure else None
    if due is None:
        due = rules.result_due_when_unknown == "due" or bool(record.results)
    electronic = bool(record.results_electronic)
    if due:
        names.append("result_due")
        if electronic:
            names.append("result_electronic")
    if record.channel == Channel.ONLINE:
        names.append("filed_online")
        if electronic or not due:
            names.append("online")
    elif record.channel == Channel.POSTAL:
        names.append("postal")
    if record.digitised and (electronic or not due or rules.digitised_needs_result == "paper_only"):
        names.append("digitised")
    if (record.reused and rules.reused_by != "digitised") or (record.digitised and rules.reused_by != "reused"):
        names.append("reused")
    if record.personal_storage:
        names.append("personal_storage")
    if record.population:
        names.append("population")
    if record.applicant == "citizen":
        names.append("of_citizens")
    paid = record.payment in (Payment.ON_PORTAL, Payment.ON_OWN_GATEWAY)
    if _fee_due(record, procedure, rules, findings):
        names.append("fee_due")
        if paid:
            names.append("paid_online")
        if record.payment == Payment.ON_PORTAL:
            names.append("paid_on_portal")
    elif paid:
        findings.append(found("paid_without_fee"))
    return names


def _fee_due(record: Version, procedure: Procedure | None, rules: Rules, findings: list[Finding]) -> bool:
    """Obliged: the procedure has a fee, unless every line of the dossier's list costs nothing (3.6)."""
    has_fee = procedure.has_fee if procedure else None
    if has_fee is None:
        return bool(record.fee_due) and rules.fee_when_unknown == "by_fee_list"
    if not has_fee:
        if record.fee_due:
            findings.append(found("fee_unexpected"))
        return False
    if not record.fee_lines:
        findings.append(found("fee_list_missing"))
        return True
    return bool(record.fee_due)
