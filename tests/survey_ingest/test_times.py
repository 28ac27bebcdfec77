"""Instants as senders write them."""

from __future__ import annotations

import datetime as dt

import pytest

from survey_ingest.times import instant

MORNING = dt.datetime(2026, 11, 22, 1, 15, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T08:15:30+07:00",
        "2026-11-22T08:15:30+0700",
        "2026-11-22T08:15:30+07",
        "2026-11-22T01:15:30Z",
        "2026-11-22T01:15:30z",
        "2026-11-21T20:15:30-05:00",
        "2026-11-22T08:15:30",
        "2026-11-22 08:15:30",
        "20261122081530",
        " 20261122081530 ",
        "2026-11-22T08:15:30.000",
        "2026-11-22T08:15:30,000000000+07:00",
    ],
)
def test_every_way_to_write_an_instant_means_the_same(text: str):
    assert instant(text) == MORNING


def test_no_offset_means_plus_seven_in_every_year():
    assert instant("19720101070000") == dt.datetime(1972, 1, 1, tzinfo=dt.UTC)
    assert instant("1972-01-01T07:00") == dt.datetime(1972, 1, 1, tzinfo=dt.UTC)


def test_half_past_midnight_in_vietnam_is_the_day_before_in_utc():
    assert instant("2026-11-22T00:30:00") == dt.datetime(2026, 11, 21, 17, 30, tzinfo=dt.UTC)


def test_fractions_are_kept_to_the_microsecond():
    assert instant("2026-11-22T08:15:30.123456789+07:00") == MORNING.replace(microsecond=123456)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0000-00-00T00:00:00.000+0700",
        "22/11/2026 08:15",
        "2026-11-22",
        "2026-13-01T00:00:00",
        "2026-02-30T00:00:00",
        "2026-11-22T25:00:00",
        "2026-11-22T08:15:60",
        "20261122",
        "20261322081530",
        "２０２６１１２２０８１５３０",
        "2026-11-22T08:15:30+25:00",
        "0001-01-01T00:00:00+07:00",
        "9999-12-31T23:59:59-12:00",
        "now",
        "1795310130",
    ],
)
def test_what_cannot_be_read_as_an_instant_is_none(text: str):
    assert instant(text) is None
