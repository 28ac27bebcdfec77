"""Working days, working minutes and due instants of state offices."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parindex.dossiers.work_calendar import calendar_with, read_calendar, shipped_calendar, shipped_file
from parindex.engine.period import VIETNAM
from parindex.errors import Invalid

CALENDAR = shipped_calendar()
START = dt.datetime(2015, 1, 1, tzinfo=VIETNAM)
MINUTES = st.integers(0, 11 * 365 * 1440).map(lambda minutes: START + dt.timedelta(minutes=minutes))


def at(text: str) -> dt.datetime:
    return dt.datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=VIETNAM)


def days_off(first: dt.date, last: dt.date) -> int:
    days = (last - first).days + 1
    return sum(not CALENDAR.is_working_day(first + dt.timedelta(days=place)) for place in range(days))


@pytest.mark.parametrize(
    ("first", "last"),
    [("2015-02-15", "2015-02-23"), ("2018-02-14", "2018-02-20"), ("2019-02-02", "2019-02-10"), ("2020-01-23", "2020-01-29"),
     ("2021-02-10", "2021-02-16"), ("2022-01-29", "2022-02-06"), ("2023-01-20", "2023-01-26"), ("2024-02-08", "2024-02-14"),
     ("2025-01-25", "2025-02-02"), ("2026-02-14", "2026-02-22"), ("2024-04-27", "2024-05-01"), ("2026-08-29", "2026-09-02")],
)  # fmt: skip
def test_a_known_run_of_days_off_is_whole_and_work_goes_on_before_and_after_it(first: str, last: str):
    start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    assert days_off(start, end) == (end - start).days + 1
    assert CALENDAR.is_working_day(CALENDAR.add_working_days(end, 1))
    assert CALENDAR.add_working_days(start - dt.timedelta(days=1), 1) > end


@pytest.mark.parametrize("day", ["2015-02-14", "2019-01-05", "2019-05-04", "2024-05-04", "2025-04-26", "2026-08-22"])
def test_a_saturday_worked_instead_is_a_working_day(day: str):
    saturday = dt.date.fromisoformat(day)
    assert saturday.weekday() == 5
    assert CALENDAR.is_working_day(saturday)


def test_a_holiday_on_a_weekend_is_given_back_on_the_next_working_day():
    assert not CALENDAR.is_working_day(dt.date(2022, 5, 2))
    assert not CALENDAR.is_working_day(dt.date(2022, 5, 3))
    assert CALENDAR.is_working_day(dt.date(2022, 5, 4))


def test_no_shipped_day_is_without_provenance_and_what_is_from_memory_says_so():
    days = shipped_file().days
    assert {day.provenance for day in days} == {"law", "sourced", "memory"}
    remembered = [day.day.isoformat() for day in days if day.provenance == "memory"]
    assert remembered == ["2025-04-26", "2025-05-02", "2026-01-02", "2026-01-10", "2026-08-22", "2026-08-31"]
    assert all("2026" not in day.source for day in days)


def test_a_working_day_has_eight_hours_in_two_sessions():
    assert CALENDAR.minutes_a_day == 480
    assert CALENDAR.working_minutes_between(at("21/09/2026 00:00"), at("22/09/2026 00:00")) == 480
    assert CALENDAR.working_minutes_between(at("21/09/2026 11:00"), at("21/09/2026 14:00")) == 60
    assert CALENDAR.working_minutes_between(at("21/09/2026 14:00"), at("21/09/2026 11:00")) == 0


def test_what_is_received_after_hours_starts_next_morning():
    assert CALENDAR.add_working_hours(at("25/09/2026 17:30"), Decimal(1)) == at("28/09/2026 08:00")
    assert CALENDAR.add_working_minutes(at("25/09/2026 20:00"), 0) == at("28/09/2026 07:00")


def test_a_limit_that_ends_with_the_day_is_due_at_closing_time_not_next_morning():
    assert CALENDAR.due(at("21/09/2026 07:00"), Decimal(1), "working_day") == at("21/09/2026 17:00")
    assert CALENDAR.due(at("21/09/2026 07:00"), Decimal("0.5625"), "working_day") == at("21/09/2026 11:30")
    assert CALENDAR.due(at("30/04/2026 09:00"), Decimal(2), "working_day") == at("05/05/2026 17:00")


def test_calendar_days_are_due_at_closing_time_and_never_on_a_day_off():
    assert CALENDAR.due(at("28/08/2026 09:00"), Decimal(4), "calendar_day") == at("03/09/2026 17:00")
    assert CALENDAR.due(at("21/09/2026 09:00"), Decimal(2), "calendar_day") == at("23/09/2026 17:00")


def test_late_from_is_the_first_day_at_whose_end_the_limit_is_exceeded():
    whole_day = at("21/09/2026 07:00")
    assert CALENDAR.late_from(whole_day, 480) == dt.date(2026, 9, 22)
    assert CALENDAR.late_from(whole_day, 479) == dt.date(2026, 9, 21)
    assert CALENDAR.late_from(at("25/09/2026 18:00"), 480) == dt.date(2026, 9, 29)


@pytest.mark.parametrize("day", [dt.date(2014, 12, 31), dt.date(2027, 1, 1)])
def test_a_day_outside_the_covered_years_is_refused_not_guessed(day: dt.date):
    with pytest.raises(Invalid, match="lies outside the work calendar") as refused:
        CALENDAR.is_working_day(day)
    assert refused.value.code == "calendar_uncovered"


def test_a_limit_that_runs_past_the_covered_years_is_refused():
    with pytest.raises(Invalid, match="2027-01-01 lies outside"):
        CALENDAR.due(at("30/12/2026 09:00"), Decimal(5), "working_day")


def test_a_sites_own_days_overlay_the_shipped_ones_and_change_the_digest():
    calendar = calendar_with({dt.date(2026, 11, 24): False, dt.date(2027, 1, 1): False})
    assert not calendar.is_working_day(dt.date(2026, 11, 24))
    assert calendar.is_working_day(dt.date(2027, 1, 4))
    assert calendar.digest != CALENDAR.digest


def test_years_with_a_gap_are_refused():
    with pytest.raises(Invalid, match="whole years without a gap"):
        calendar_with({dt.date(2029, 1, 1): False})


def test_every_fault_of_a_calendar_file_is_named_at_once():
    text = """
calendar: x
version: "1"
title_vi: a
title_en: b
years: [2027]
hours: {sessions: [{from: "13:30", to: "17:00"}, {from: "7 giờ", to: "11:30"}], provenance: declared, source: s}
sources: {s: {title: Quyết định}}
days:
  - {day: 2027-01-02, works: false, title_vi: a, provenance: declared, source: s}
  - {day: 2028-01-03, works: false, title_vi: a, provenance: guess, source: t}
"""
    with pytest.raises(Invalid) as refused:
        read_calendar(text, "x.yaml")
    assert {finding.code for finding in refused.value.findings} == {
        "sessions_order",
        "time_unreadable",
        "day_as_usual",
        "day_outside",
        "unknown_word",
        "unknown_source",
    }


@given(MINUTES, st.integers(0, 9000))
def test_adding_working_minutes_passes_exactly_so_many(start: dt.datetime, minutes: int):
    end = CALENDAR.add_working_minutes(start, minutes)
    assert CALENDAR.working_minutes_between(start, end) == minutes
    if minutes:
        assert CALENDAR.working_minutes_between(start, end - dt.timedelta(minutes=1)) == minutes - 1
    assert CALENDAR.is_working_day(end.date())


@given(MINUTES, MINUTES, MINUTES)
def test_working_time_adds_up(one: dt.datetime, two: dt.datetime, three: dt.datetime):
    first, second, third = sorted((one, two, three))
    whole = CALENDAR.working_minutes_between(first, third)
    assert whole == CALENDAR.working_minutes_between(first, second) + CALENDAR.working_minutes_between(second, third)


@given(st.dates(dt.date(2015, 1, 1), dt.date(2026, 6, 30)), st.integers(1, 60))
def test_working_days_are_counted_one_by_one(day: dt.date, days: int):
    counted, reached = 0, day
    while counted < days:
        reached += dt.timedelta(days=1)
        counted += CALENDAR.is_working_day(reached)
    assert CALENDAR.add_working_days(day, days) == reached
