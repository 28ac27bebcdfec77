"""Versions and steps of one dossier -> what happened to it, in order, leniently: nothing is refused, oddities are findings. Pure.

The record that holds is the newest given value of every field, as the portal overwrites; a list that a later version sends
empty keeps what an earlier one said. Statuses come from versions (in the order received) and from steps (in the order of
their own instants): in whatever order steps arrive, the history is the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from parindex.dossiers.findings import day, found, title
from parindex.dossiers.pauses import Interval, Pauses, pauses_of
from parindex.dossiers.records import Status, Step, Version
from parindex.engine.period import local_day
from parindex.errors import Finding

OPEN = frozenset({Status.ACCEPTED, Status.IN_PROGRESS, Status.SUPPLEMENT_ASKED, Status.PAYMENT_ASKED})
FINISHED = frozenset({Status.DONE, Status.RETURNED})
STOPPED = frozenset({Status.NOT_ACCEPTED, Status.WITHDRAWN, Status.STOPPED})
_RANK = {1: 0, 2: 1, 4: 2, 5: 2, 6: 2, 3: 3, 7: 3, 8: 3, 9: 4, 10: 5}
_AT_ONE_INSTANT = {1: 0, 2: 1, 6: 2, 5: 3, 4: 4, 8: 5, 3: 6, 7: 7, 9: 8, 10: 9}
_TOLERANCE = dt.timedelta(minutes=5)
_SINGLE = ("channel", "applicant", "procedure_base", "submitted_at", "accepted_at", "due_at", "finished_at", "returned_at",
           "refused_at", "status", "payment", "digitised", "reused", "personal_storage", "population")  # fmt: skip
_LISTS = (("fee_lines", "fee_due"), ("results", "results_electronic"), ("supplement_from", "supplement_to"))
_RESETS = (
    ("accepted_at", "accepted_date_reset", "tiếp nhận"),
    ("due_at", "due_date_reset", "hẹn trả"),
    ("finished_at", "end_date_reset", "kết thúc xử lý"),
)


@dataclass(frozen=True, slots=True)
class Event:
    """The dossier reached a status."""

    at: dt.datetime
    status: int
    source: Literal["version", "step"]
    dated: bool
    """False: nobody gave an instant, `at` is when it was received."""
    recorded_at: dt.datetime

    def after(self, other: Event) -> bool:
        """Whether it came later: versions in the order received, everything else by its instant."""
        if self.source == other.source == "version":
            return self.recorded_at > other.recorded_at
        return self.at > other.at


@dataclass(frozen=True, slots=True)
class History:
    """One dossier."""

    record: Version
    """The newest given value of every field."""
    events: tuple[Event, ...]
    """Ordered by instant."""
    stated: frozenset[int]
    """Statuses that a version or step named."""
    pauses: Pauses
    findings: tuple[Finding, ...]


def history(versions: Iterable[Version], steps: Iterable[Step], *, before: dt.datetime | None = None) -> History | None:
    """The history as recorded before an instant (None: all of it). None: no version was received by then."""
    known = sorted(
        (one for one in versions if before is None or one.recorded_at < before), key=lambda one: one.version_no
    )
    if not known:
        return None
    walked = _walk(one for one in steps if before is None or one.recorded_at < before)
    record = _merge(known)
    runs = _runs(known)
    events = [*runs, *walked]
    if record.accepted_at is not None and all(one.status != Status.ACCEPTED for one in runs):
        events.append(Event(record.accepted_at, Status.ACCEPTED, "version", True, known[0].recorded_at))
    returned = next((one for one in runs if one.status == Status.RETURNED), None)
    if returned and record.finished_at is not None and all(one.status != Status.DONE for one in runs):
        events.append(Event(record.finished_at, Status.DONE, "version", True, returned.recorded_at))
    pauses = pauses_of(_listed(record), _asked(walked), _asked(runs))
    return History(
        record,
        tuple(sorted(events, key=_order)),
        frozenset(one.status for one in (*runs, *walked)),
        pauses,
        tuple(_findings(known, record, runs, walked)),
    )


def _order(event: Event) -> tuple[dt.datetime, int, str, dt.datetime]:
    return event.at, _AT_ONE_INSTANT.get(event.status, 10), event.source, event.recorded_at


def _merge(versions: Sequence[Version]) -> Version:
    newest = versions[-1]
    if len(versions) == 1:
        return newest
    older = versions[-2::-1]
    taken: dict[str, object] = {}
    for name in _SINGLE:
        if getattr(newest, name) in (None, ""):
            taken[name] = next(
                (value for one in older if (value := getattr(one, name)) not in (None, "")), getattr(newest, name)
            )
    for names in _LISTS:
        if not getattr(newest, names[0]):
            holder = next((one for one in older if getattr(one, names[0])), None)
            if holder is not None:
                taken.update({name: getattr(holder, name) for name in names})
    return replace(newest, **taken) if taken else newest  # type: ignore[arg-type]


def _instant(version: Version, status: int) -> dt.datetime | None:
    """The milestone of the record that dates a status."""
    match status:
        case Status.NEW:
            return version.submitted_at
        case Status.ACCEPTED:
            return version.accepted_at
        case Status.SUPPLEMENT_ASKED:
            return max(version.supplement_from, default=None)
        case Status.NOT_ACCEPTED:
            return version.refused_at or version.finished_at
        case Status.WITHDRAWN | Status.STOPPED:
            return version.finished_at or version.refused_at
        case Status.DONE:
            return version.finished_at
        case Status.RETURNED:
            return version.returned_at
    return None


def _runs(versions: Sequence[Version]) -> list[Event]:
    """One event for each run of versions with the same status, dated by the newest of them that gives its milestone."""
    events: list[Event] = []
    for version in versions:
        if version.status is None:
            continue
        at = _instant(version, version.status)
        same = bool(events) and events[-1].status == version.status
        if events and not same and version.status in (Status.NEW, Status.ACCEPTED):
            at = None  # its milestone dates the first time; this is a return to it
        recorded_at = events[-1].recorded_at if same else version.recorded_at
        if same:
            previous = events.pop()
            at = at or (previous.at if previous.dated else None)
        events.append(Event(at or recorded_at, version.status, "version", at is not None, recorded_at))
    return events


def _walk(steps: Iterable[Step]) -> list[Event]:
    """Steps as events in the order of their instants; the same step received twice is one."""
    first: dict[tuple[dt.datetime, int], Event] = {}
    for step in steps:
        if step.status is None:
            continue
        event = Event(step.at or step.recorded_at, step.status, "step", step.at is not None, step.recorded_at)
        kept = first.setdefault((event.at, event.status), event)
        if event.recorded_at < kept.recorded_at:
            first[event.at, event.status] = event
    return sorted(first.values(), key=_order)


def _listed(record: Version) -> list[Interval]:
    """The requests that the record itself lists."""
    return [
        (asked, answered if answered is None or answered >= asked else None)
        for asked, answered in zip(record.supplement_from, record.supplement_to, strict=False)
    ]


def _asked(events: Sequence[Event]) -> list[Interval]:
    """Requests told by statuses: from «Yêu cầu bổ sung» to the next accepted or in progress; repeats without an answer are one."""
    intervals: list[Interval] = []
    waiting: Event | None = None
    for event in events:
        if event.status == Status.SUPPLEMENT_ASKED:
            waiting = waiting or event
        elif waiting and event.status in (Status.ACCEPTED, Status.IN_PROGRESS):
            # A version says when it became so only where it has a milestone for it; acceptance came before the request.
            answered = event.recorded_at if event.source == "version" else event.at
            intervals.append((waiting.at, answered if answered >= waiting.at else None))
            waiting = None
        elif waiting and event.status in FINISHED | STOPPED:
            intervals.append((waiting.at, None))
            waiting = None
    return [*intervals, (waiting.at, None)] if waiting else intervals


def _findings(
    versions: Sequence[Version], record: Version, runs: Sequence[Event], walked: Sequence[Event]
) -> Iterable[Finding]:
    kept: dict[str, Finding] = {}
    for version in versions:
        if version.status is None and version.status_raw:
            kept.setdefault("status_unknown", found("status_unknown", raw=version.status_raw))
    for sequence in (runs, walked):
        for one, two in pairwise(sequence):
            for code in _oddities(one.status, two.status):
                kept.setdefault(code, found(code, before=title(one.status), after=title(two.status)))
    if any(not one.dated for one in walked):
        kept["step_undated"] = found("step_undated")
    _resets(versions, kept)
    for asked, answered in zip(record.supplement_from, record.supplement_to, strict=False):
        if answered is not None and answered < asked:
            kept["supplement_reversed"] = found("supplement_reversed")
    _dates(versions, record, kept)
    return kept.values()


def _oddities(before: int, after: int) -> Iterable[str]:
    if before == Status.STOPPED and after in OPEN:
        yield "resumed"
    elif _RANK.get(after, 0) < _RANK.get(before, 0) and not (before in (5, 6) and after in (2, 4)):
        yield "backwards_move"
        if before in FINISHED | STOPPED and after in OPEN:
            yield "reopened"


def _resets(versions: Sequence[Version], kept: dict[str, Finding]) -> None:
    for name, code, words in _RESETS:
        given: dt.datetime | None = None
        for version in versions:
            value: dt.datetime | None = getattr(version, name)
            if value is None and given is not None and not (name == "finished_at" and version.status in OPEN):
                kept.setdefault("date_dropped", found("date_dropped", field=words))
            elif value is not None and given is not None and value != given:
                kept[code] = found(code, before=day(given), after=day(value))
            given = value or given
    if len({version.unit_id for version in versions}) > 1:
        kept["unit_moved"] = found("unit_moved")
    if len({version.procedure_base for version in versions if version.procedure_base}) > 1:
        kept["procedure_changed"] = found("procedure_changed")


def _dates(versions: Sequence[Version], record: Version, kept: dict[str, Finding]) -> None:
    for name, code in (("accepted_at", "accepted_in_future"), ("finished_at", "end_in_future")):
        value: dt.datetime | None = getattr(record, name)
        if value is not None:
            said = next(one.recorded_at for one in versions if getattr(one, name) == value)
            if value > said + _TOLERANCE:
                kept[code] = found(code, after=day(value))
    accepted, finished, returned = record.accepted_at, record.finished_at, record.returned_at
    if finished and accepted and finished < accepted:
        kept["end_before_acceptance"] = found("end_before_acceptance", before=day(accepted), after=day(finished))
    if finished and returned and local_day(returned) < local_day(finished):
        kept["result_before_end"] = found("result_before_end", before=day(finished), after=day(returned))
    if finished and versions[-1].finished_at and record.status in OPEN:
        kept["end_while_open"] = found("end_while_open")
