"""Working days and working minutes of state offices: holidays, days off in lieu, Saturdays worked instead, as data. Pure.

Instants are aware and answered in Asia/Ho_Chi_Minh; "minutes" are whole working minutes (480 are a working day of 8 hours).
Outside the years that the calendar covers every question raises Invalid (`calendar_uncovered`): nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from itertools import accumulate
from typing import Literal

from parindex.engine.digest import sha256
from parindex.engine.period import VIETNAM
from parindex.errors import Invalid
from parindex.instruments.fields import UNREAD, Fields
from parindex.instruments.strict_yaml import read_strict

LimitUnit = Literal["working_day", "calendar_day", "hour"]
PROVENANCE = ("law", "sourced", "memory", "declared")
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day on which work differs from the week's habit (Monday to Friday)."""

    day: dt.date
    works: bool
    title_vi: str
    provenance: str
    source: str


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """A calendar file as read."""

    name: str
    version: str
    years: tuple[int, ...]
    sessions: tuple[tuple[int, int], ...]
    """Opening and closing minute of the day of each session, in order."""
    days: tuple[SpecialDay, ...]


class WorkCalendar:
    """An immutable calendar over whole years without a gap; every question takes constant or logarithmic time."""

    def __init__(
        self, years: Iterable[int], days: Mapping[dt.date, bool], sessions: tuple[tuple[int, int], ...]
    ) -> None:
        covered = sorted(set(years))
        if not covered or covered[-1] - covered[0] + 1 != len(covered):
            raise Invalid(
                f"The work calendar covers {covered}: whole years without a gap were expected.",
                code="calendar_gap",
                hint="Import the days of the missing years.",
            )
        self.first, self.end = dt.date(covered[0], 1, 1), dt.date(covered[-1] + 1, 1, 1)
        self.sessions = sessions
        self.minutes_a_day = sum(close - opening for opening, close in sessions)
        self._start = self.first.toordinal()
        length = (self.end - self.first).days
        special = {day.toordinal() - self._start: works for day, works in days.items()}
        weekday = self.first.weekday()
        self._works = [special.get(place, (weekday + place) % 7 < 5) for place in range(length)]
        self._before = [0, *accumulate(self._works)]
        """Working days before the day at that place."""
        changed = [(day.isoformat(), works) for day, works in sorted(days.items()) if self.first <= day < self.end]
        self.digest = sha256([self.first.isoformat(), self.end.isoformat(), sessions, changed]).hex()[:8]
        """Of everything that decides an answer."""

    def _place(self, day: dt.date) -> int:
        place = day.toordinal() - self._start
        if not 0 <= place < len(self._works):
            raise Invalid(
                f"{day.isoformat()} lies outside the work calendar ({self.first.year} to {self.end.year - 1}).",
                code="calendar_uncovered",
                hint="Import that year's days: parindex calendar import FILE.",
            )
        return place

    def _nth(self, number: int) -> dt.date:
        """The working day before which there are `number` working days."""
        if number >= self._before[-1]:
            self._place(self.end)
        return dt.date.fromordinal(self._start + bisect_left(self._before, number + 1) - 1)

    def is_working_day(self, day: dt.date) -> bool:
        """Whether offices work on the day."""
        return self._works[self._place(day)]

    def add_working_days(self, day: dt.date, days: int) -> dt.date:
        """The `days`-th working day after the day, which itself does not count; 0: the day itself or the next working day."""
        place = self._place(day)
        return self._nth(self._before[place + 1] + days - 1 if days else self._before[place])

    def _worked(self, instant: dt.datetime) -> int:
        """Working minutes from the calendar's first day to the instant; seconds are dropped."""
        local = instant.astimezone(VIETNAM)
        place = self._place(local.date())
        total = self._before[place] * self.minutes_a_day
        if not self._works[place]:
            return total
        minute = local.hour * 60 + local.minute
        return total + sum(min(max(minute - opening, 0), close - opening) for opening, close in self.sessions)

    def working_minutes_between(self, start: dt.datetime, end: dt.datetime) -> int:
        """Working minutes from one instant to a later one; 0 when `end` is not later."""
        return max(0, self._worked(end) - self._worked(start))

    def add_working_minutes(self, start: dt.datetime, minutes: int) -> dt.datetime:
        """The earliest instant by which so many working minutes have passed; what starts after hours starts next morning."""
        if minutes < 0:
            raise Invalid(f"{minutes} working minutes: 0 or more were expected.", code="minutes_negative")
        target = self._worked(start) + minutes
        days, rest = divmod(target, self.minutes_a_day)
        if minutes and not rest:
            days, rest = days - 1, self.minutes_a_day
        day = self._nth(days)
        for opening, close in self.sessions:
            if rest < close - opening or (minutes and rest == close - opening):
                return _at(day, opening + rest)
            rest -= close - opening
        return _at(day, self.sessions[-1][1])

    def add_working_hours(self, start: dt.datetime, hours: Decimal) -> dt.datetime:
        """As `add_working_minutes`, in hours; parts of a minute are rounded half-up."""
        return self.add_working_minutes(start, _minutes(hours, 60))

    def limit_minutes(self, amount: Decimal, unit: LimitUnit) -> int | None:
        """A handling time in working minutes; None for calendar days, which are no working time."""
        if unit == "calendar_day":
            return None
        return _minutes(amount, 60 if unit == "hour" else self.minutes_a_day)

    def due(self, accepted: dt.datetime, amount: Decimal, unit: LimitUnit) -> dt.datetime:
        """When a dossier accepted then is due. Calendar days end at closing time, and never on a day off."""
        minutes = self.limit_minutes(amount, unit)
        if minutes is not None:
            return self.add_working_minutes(accepted, minutes)
        whole = min(int(amount.to_integral_value(rounding="ROUND_CEILING")), (self.end - self.first).days)
        day = self.add_working_days(accepted.astimezone(VIETNAM).date() + whole * _DAY, 0)
        return _at(day, self.sessions[-1][1])

    def late_from(self, start: dt.datetime, minutes: int) -> dt.date:
        """The first local day at whose end more than `minutes` working minutes have passed since `start`."""
        return self._nth((self._worked(start) + minutes) // self.minutes_a_day)


def _minutes(amount: Decimal, each: int) -> int:
    return int((amount * each).to_integral_value(rounding=ROUND_HALF_UP))


def _at(day: dt.date, minute: int) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=VIETNAM)


def read_calendar(text: str, file: str, *, known: Container[dt.date] = ()) -> CalendarFile:
    """The calendar of one strict YAML file. Raises Invalid with every fault (file, line, node, expected).

    Of the `known` days, which another file makes special, it may also say that they are as usual.
    """
    strict = read_strict(text, file)
    if not isinstance(strict.value, dict):
        strict.refuse_faults()
    top = Fields.of(strict)
    name, version = top.text("calendar"), top.quoted_text("version")
    top.text("title_vi")
    top.text("title_en")
    years = tuple(top.integers("years"))
    if any(not 1990 <= year <= 2200 for year in years):
        top.fault(
            "years", "year_range", "a year lies outside 1990 to 2200.", "Write the years that the days cover wholly."
        )
    declared = top.mapping("sources")
    sources = {key: declared.mapping(key) for key in declared.names}
    titles = {key: source.text("title") for key, source in sources.items()}
    for source in sources.values():
        source.close()
    declared.close()
    sessions: tuple[tuple[int, int], ...] = ()
    if top.has("hours"):
        hours = top.mapping("hours")
        sessions = tuple((_clock(one, "from"), _clock(one, "to")) for one in hours.entries("sessions"))
        ordered = [minute for session in sessions for minute in session]
        if not sessions or ordered != sorted(set(ordered)):
            hours.fault(
                "sessions", "sessions_order", "they overlap or run backwards.", "Write them in order of the day."
            )
        _sourced(hours, titles)
        hours.close()
    days = {}
    for entry in top.entries("days"):
        day = _special_day(entry, titles, known)
        if day.day in days:
            entry.fault("day", "day_twice", f"{day.day} stands there already.", "Keep one line a day.")
        if day.day.year not in years:
            entry.fault("day", "day_outside", f"{day.day} lies in none of the years.", "Add the year to `years`.")
        days[day.day] = day
        entry.close()
    top.close()
    strict.refuse_faults()
    return CalendarFile(name, version, years, sessions, tuple(days[day] for day in sorted(days)))


def _special_day(entry: Fields, titles: dict[str, str], known: Container[dt.date]) -> SpecialDay:
    day, works = entry.date("day"), entry.boolean("works", default=False)
    title, (provenance, source) = entry.text("title_vi"), _sourced(entry, titles)
    if not entry.has("works"):
        entry.fault("works", "missing", "is not said.", "Expected true (worked instead) or false (a day off).")
    elif day != dt.date.max and (day.weekday() < 5) == works and day not in known:
        habit = "a working day" if works else "a day off"
        entry.fault("works", "day_as_usual", f"{day} is {habit} anyway.", "List only days that differ from the week.")
    return SpecialDay(day, works, title, provenance, source)


def _sourced(entry: Fields, titles: dict[str, str]) -> tuple[str, str]:
    provenance, source = entry.word("provenance", PROVENANCE), entry.text("source")
    if source != UNREAD and source not in titles:
        entry.fault("source", "unknown_source", f"{source!r} is not declared.", "Expected a key of sources.")
    return provenance, titles.get(source, UNREAD)


def _clock(entry: Fields, key: str) -> int:
    written = entry.text(key)
    try:
        time = dt.time.fromisoformat(written)
    except ValueError:
        if written != UNREAD:
            entry.fault(key, "time_unreadable", f"{written!r} is no time of day.", 'Write it quoted, like "07:00".')
        return 0
    return time.hour * 60 + time.minute


@cache
def shipped_file() -> CalendarFile:
    """The calendar file of this release."""
    name = "work-calendar.yaml"
    return read_calendar((files("parindex.dossiers") / "data" / name).read_text("utf-8"), name)


def calendar_with(days: Mapping[dt.date, bool]) -> WorkCalendar:
    """The shipped calendar overlaid with a site's own days; a year of which the site holds any day is covered."""
    shipped = shipped_file()
    years = {*shipped.years, *(day.year for day in days)}
    return WorkCalendar(years, {**{one.day: one.works for one in shipped.days}, **days}, shipped.sessions)


@cache
def shipped_calendar() -> WorkCalendar:
    """The calendar of this release alone."""
    return calendar_with({})
