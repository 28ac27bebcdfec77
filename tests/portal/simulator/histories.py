"""Lives of dossiers drawn from a seed, each by a named rule with a verdict that no reading of the portal's rules changes.

The state machine is the portal's (`TrangThaiHoSo` 1..10): 2 -> 4 -> 9 -> 10, loops 5 <-> 4, ends by 7 and 8, refusals before
acceptance (1 -> 3), moves backwards (10 -> 2), due dates that are missing. The portal's rules (formula text 2.1): the end is
the first "Đã xử lý xong" (9), else 10, else 7 / 8; one supplement request without an end is the end, two are late;
supplement time is taken off; without an end the period's last day counts; without a due date the procedure's longest time.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from .clock import VIETNAM
from .country import Agency, Country, old_form
from .procedures import Procedure, procedures

Days = float


@dataclass(frozen=True)
class Step:
    """A status from a moment on."""

    status: int
    at: dt.datetime


@dataclass(frozen=True)
class History:
    """One dossier. `on_time` is the verdict at the end of the period it was received in; None: never accepted, not counted."""

    number: int
    code: str
    rule: str
    on_time: bool | None
    agency: Agency
    procedure: Procedure
    channel: int | None
    received: dt.datetime
    due: dt.datetime | None
    steps: tuple[Step, ...]


Draw = random.Random
Drawn = tuple[bool, tuple[Step, ...]]
Rule = Callable[[Draw, dt.datetime, dt.datetime], tuple[Step, ...]]


def _after(moment: dt.datetime, days: Days) -> dt.datetime:
    return moment + dt.timedelta(seconds=int(days * 86_400))


def _steps(received: dt.datetime, *later: tuple[int, dt.datetime]) -> tuple[Step, ...]:
    """Acceptance and the start of the work, then what follows."""
    begun = received + dt.timedelta(minutes=30)
    return (Step(2, received), Step(4, begun), *(Step(status, at) for status, at in later))


def _inside(draw: Draw, start: dt.datetime, end: dt.datetime, low: float = 0.3, high: float = 0.9) -> dt.datetime:
    return start + dt.timedelta(seconds=int((end - start).total_seconds() * draw.uniform(low, high)))


def finished(draw: Draw, start: dt.datetime, due: dt.datetime) -> tuple[Step, ...]:
    end = _inside(draw, start, due)
    return _steps(start, (9, end), (10, _after(end, 0.01)))


def nine_before_ten_after(draw: Draw, start: dt.datetime, due: dt.datetime) -> tuple[Step, ...]:
    return _steps(start, (9, _inside(draw, start, due)), (10, _after(due, 1)))


def only_returned(draw: Draw, start: dt.datetime, due: dt.datetime) -> tuple[Step, ...]:
    return _steps(start, (10, _inside(draw, start, due)))


def saved_by_the_pause(draw: Draw, start: dt.datetime, due: dt.datetime) -> tuple[Step, ...]:
    asked = _inside(draw, start, due, 0.1, 0.5)
    pause = due - asked + dt.timedelta(days=1)
    return _steps(start, (5, asked), (4, asked + pause), (9, asked + pause + dt.timedelta(hours=1)))


def two_pauses(draw: Draw, start: dt.datetime, due: dt.datetime) -> tuple[Step, ...]:
    """5 <-> 4 twice and finished before the due date even with the pauses."""
    moments = [start + (due - start) * share for share in (0.2, 0.3, 0.4, 0.5, 0.7)]
    return _steps(start, *zip((5, 4, 5, 4, 9), moments, strict=True))


def ended_by_one_supplement(draw: Draw, start: dt.datetime, due: dt.datetime) -> tuple[Step, ...]:
    return _steps(start, (5, _inside(draw, start, due)))


def withdrawn(draw: Draw, start: dt.datetime, due: dt.datetime) -> tuple[Step, ...]:
    return _steps(start, (7, _inside(draw, start, due)))


def moved_backwards(draw: Draw, start: dt.datetime, due: dt.datetime) -> tuple[Step, ...]:
    """Returned, cancelled (10 -> 2), worked on again and finished, all before the due date."""
    moments = [start + (due - start) * share for share in (0.2, 0.25, 0.4, 0.45, 0.7, 0.75)]
    return _steps(start, *zip((9, 10, 2, 4, 9, 10), moments, strict=True))


def open_(_draw: Draw, start: dt.datetime, _due: dt.datetime) -> tuple[Step, ...]:
    return _steps(start)


def finished_late(draw: Draw, start: dt.datetime, due: dt.datetime) -> tuple[Step, ...]:
    end = _after(due, draw.uniform(0.2, 1.5))
    return _steps(start, (9, end), (10, _after(end, 0.01)))


def stopped_late(draw: Draw, start: dt.datetime, due: dt.datetime) -> tuple[Step, ...]:
    return _steps(start, (8, _after(due, draw.uniform(0.2, 1.5))))


def pause_not_enough(draw: Draw, start: dt.datetime, due: dt.datetime) -> tuple[Step, ...]:
    asked = _inside(draw, start, due, 0.1, 0.5)
    return _steps(start, (5, asked), (4, _after(asked, 0.05)), (9, _after(due, draw.uniform(0.5, 1.5))))


def two_supplements_open(draw: Draw, start: dt.datetime, due: dt.datetime) -> tuple[Step, ...]:
    """The due date may still be ahead: two requests without an end are late by themselves."""
    moments = [start + (due - start) * share for share in (0.2, 0.3, 0.5)]
    return _steps(start, *zip((5, 4, 5), moments, strict=True))


ON_TIME: dict[str, tuple[Rule, int]] = {
    "finished": (finished, 60), "nine_before_ten_after": (nine_before_ten_after, 5), "only_returned": (only_returned, 5),
    "saved_by_the_pause": (saved_by_the_pause, 4), "ended_by_one_supplement": (ended_by_one_supplement, 3),
    "withdrawn": (withdrawn, 3), "moved_backwards": (moved_backwards, 2), "two_pauses": (two_pauses, 3), "no_due_date": (finished, 3), "open": (open_, 15),
}  # fmt: skip
"""Rules with a dossier that is on time, and how often of 100."""
LATE: dict[str, tuple[Rule, int]] = {
    "finished_late": (finished_late, 60), "open_late": (open_, 20), "stopped_late": (stopped_late, 5),
    "pause_not_enough": (pause_not_enough, 5), "two_supplements_open": (two_supplements_open, 5),
    "no_due_date_late": (finished_late, 5),
}  # fmt: skip
REFUSED = "refused"
PAST_DUE = {"nine_before_ten_after", "saved_by_the_pause", *LATE} - {"two_supplements_open"}
"""Rules whose events go past the due date: it must leave room before the period's end."""
CODE_STYLES = ("new", "new", "old", "five_digits", "eight_digit_date", "internal")


def histories(
    seed: int, count: int, *, on_time: int, first: dt.date, last: dt.date, province: str = "H44",
    refused: int = 0, small: bool = True, rules: Sequence[str] | None = None,
) -> Iterator[History]:  # fmt: skip
    """`count` dossiers received from `first` to `last`, exactly `on_time` of them on time, and `refused` never accepted.

    Every event lies inside the period, so the verdict does not depend on when it is asked for afterwards. `rules`
    limits the rules by name. Streams: half a million need no memory.
    """
    draw = random.Random(f"{seed}/histories/{province}/{first}/{last}")
    agencies = Country(seed, small=small).children(province, last)
    by_days = _by_days(seed, small=small)
    chosen = {True: _weighted(ON_TIME, rules), False: _weighted(LATE, rules)}
    running: dict[tuple[str, dt.date], int] = {}
    left = {True: on_time, False: count - on_time, None: refused}
    for number in range(count + refused):
        place = draw.randrange(sum(left.values()))
        verdict = True if place < left[True] else False if place < left[True] + left[False] else None
        left[verdict] -= 1
        rule = REFUSED if verdict is None else draw.choices(*chosen[verdict])[0]
        yield _drawn(draw, number, rule, verdict, draw.choice(agencies), by_days, first, last, running)


def _drawn(
    draw: Draw, number: int, rule: str, verdict: bool | None, agency: Agency,
    by_days: dict[int, list[Procedure]], first: dt.date, last: dt.date, running: dict[tuple[str, dt.date], int],
) -> History:  # fmt: skip
    window = (last - first).days + 1
    room = [days for days in by_days if _calendar(days) + 4 <= window] or [min(by_days)]
    days = draw.choice(room)
    procedure = draw.choice(by_days[days])
    latest = last
    if rule in PAST_DUE:
        latest = last - dt.timedelta(days=_calendar(days) + 3)
    elif rule != "open":
        latest = last - dt.timedelta(days=_calendar(days))
    earliest = first
    if rule == "open":  # the due date must lie after the period
        earliest = max(first, last - dt.timedelta(days=days - 1))
    day = _office_day(earliest + dt.timedelta(days=draw.randint(0, max(0, (latest - earliest).days))), earliest, latest)
    received = dt.datetime(
        day.year, day.month, day.day, draw.randint(7, 10), draw.randint(0, 59), draw.randint(0, 59), tzinfo=VIETNAM
    )
    due = _due(day, days)
    if verdict is None:
        steps: tuple[Step, ...] = (Step(1, received), Step(3, _after(received, 0.1)))
    else:
        rules = ON_TIME if verdict else LATE
        # without a due date the longest time is in working days: late is far beyond it
        shown_due = _after(received, 3 * days + 4) if rule == "no_due_date_late" else due
        steps = rules[rule][0](draw, received, shown_due)
    channel = draw.choices((1, 2, 3, None), (25, 60, 5, 10))[0]
    kept_due = None if rule.startswith("no_due_date") else due
    today = running[agency.code, day] = running.get((agency.code, day), 0) + 1
    code = _code(draw.choice(CODE_STYLES), agency.code, number, received, today)
    return History(number, code, rule, verdict, agency, procedure, channel, received, kept_due, steps)


def _calendar(days: int) -> int:
    """Calendar days that hold so many working days, and the room a late case without due date needs."""
    return 3 * days + 6


def _office_day(day: dt.date, earliest: dt.date, latest: dt.date) -> dt.date:
    """The day itself, or the nearest weekday inside the bounds; a weekend where there is none."""
    for distance in (0, 1, -1, 2, -2):
        near = day + dt.timedelta(days=distance)
        if earliest <= near <= latest and near.weekday() < 5:
            return near
    return day


@cache
def _due(day: dt.date, days: int) -> dt.datetime:
    """17:00 of the day so many working days later; holidays are left out, for the due date is sent, not computed."""
    left = days
    while left:
        day += dt.timedelta(days=1)
        left -= day.weekday() < 5
    return dt.datetime(day.year, day.month, day.day, 17, tzinfo=VIETNAM)


def _weighted(rules: dict[str, tuple[Rule, int]], wanted: Sequence[str] | None) -> tuple[list[str], list[int]]:
    names = [name for name in rules if wanted is None or name in wanted]
    return names, [rules[name][1] for name in names]


@cache
def _by_days(seed: int, *, small: bool) -> dict[int, list[Procedure]]:
    found: dict[int, list[Procedure]] = {}
    for procedure in procedures(seed, small=small):
        found.setdefault(procedure.days, []).append(procedure)
    return found


def _code(style: str, agency: str, number: int, day: dt.datetime, running: int) -> str:
    """Dossier codes as seen in the wild; unique in every style, since the agency's running number of the day is in it."""
    if style == "old":
        return f"{old_form(agency)}-{day:%y%m%d}-{running:04d}"
    if style == "five_digits":
        return f"{agency}-{day:%y%m%d}-9{running:04d}"
    if style == "eight_digit_date":
        return f"{agency}-{day:%Y%m%d}-{running:07d}"
    if style == "internal":
        return f"HS{number:06d}/{agency}/{day:%Y}"
    return f"{agency}-{day:%y%m%d}-{running:04d}"
