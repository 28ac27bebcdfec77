"""Instants as exporters of one-stop software write them, always of Vietnamese time unless they say otherwise. Pure.

Seen in the wild: `yyyyMMddHHmmss`, ISO 8601 with and without offset, `dd/MM/yyyy HH:mm:ss`, days alone, and values that
mean "no date": `0000-00-00T00:00:00.000+0700`, the first day of year 1 and of 1900.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterable
from typing import Any

from survey_ingest import times

VIETNAM = dt.timezone(dt.timedelta(hours=7))
FIRST_YEAR, LAST_YEAR = 1970, 2200
"""Other years are typing mistakes, and too far to be counted with: a due date of 9000 put off by its supplements has no day."""
_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?)?", re.ASCII)
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})", re.ASCII)
_TO_THE_MINUTE = re.compile(r"\d{12}", re.ASCII)
_NO_DATE = re.compile(
    r"(?:0000|0001|1900)-?\d\d-?\d\d(?:[T ]?\d.*)?|0?\d/0?\d/(?:0000|0001|1900)(?:[T ].*)?|0+", re.ASCII
)


class UnreadableMoment(ValueError):
    """A text that is no instant."""


class _Midnights(dict[str, dt.datetime]):
    """`yyyyMMdd` -> its first second. Raises ValueError where there is no such day."""

    def __missing__(self, text: str) -> dt.datetime:
        number = _digits(text, 8)
        day = dt.datetime(number // 10_000, number // 100 % 100, number % 100, tzinfo=VIETNAM)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError(text)
        # No more than the days of those years.
        self[text] = day
        return day


class _Minutes(dict[str, dt.timedelta]):
    """`HHmm` -> how long after midnight. Raises ValueError where there is no such minute."""

    def __missing__(self, text: str) -> dt.timedelta:
        hour, minute = divmod(_digits(text, 4), 100)
        time = dt.time(hour, minute)
        after = self[text] = dt.timedelta(hours=time.hour, minutes=time.minute)
        return after


class _Seconds(dict[str, dt.timedelta]):
    """`ss` -> so many seconds. Raises ValueError from 60 on."""

    def __missing__(self, text: str) -> dt.timedelta:
        after = self[text] = dt.timedelta(seconds=dt.time(0, 0, _digits(text, 2)).second)
        return after


def _digits(text: str, length: int) -> int:
    if not (len(text) == length and text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


_MIDNIGHTS, _MINUTES, _SECONDS = _Midnights(), _Minutes(), _Seconds()


def moment(value: Any) -> dt.datetime | None:
    """The instant (+07:00) that a field means; None for no date. Raises UnreadableMoment.

    A day without a time is its first second, as most exporters write it; what that means for a due date the portal's
    rules say.
    """
    if type(value) is str and len(value) == 14:  # as nearly all of them are written
        try:
            return _MIDNIGHTS[value[:8]] + _MINUTES[value[8:12]] + _SECONDS[value[12:]]
        except ValueError:
            pass  # no date, a mistake, or something else of that length
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > 40:
        raise UnreadableMoment
    return _moment(value)


def moments(values: Iterable[Any]) -> tuple[list[dt.datetime | None], list[int]]:
    """As `moment` of each value; and the places of those that cannot be read, which are None."""
    found: list[dt.datetime | None] = []
    unreadable: list[int] = []
    last: Any = None
    at: dt.datetime | None = None
    for value in values:
        if value is None or value == "":
            found.append(None)
            continue
        if value != last:  # at a counter a dossier is accepted as it is submitted
            try:
                # What `moment` does first, without its call: a record has six of them.
                at = _MIDNIGHTS[value[:8]] + _MINUTES[value[8:12]] + _SECONDS[value[12:]]
                last = value
            except (ValueError, TypeError, KeyError):
                last = None
                try:
                    at = moment(value)
                except UnreadableMoment:
                    at = None
                    unreadable.append(len(found))
        found.append(at)
    return found, unreadable


@functools.lru_cache(maxsize=65536)
def _moment(text: str) -> dt.datetime | None:
    try:
        text = text.strip()
        if not text or _NO_DATE.fullmatch(text):
            return None
        if match := _DAY_FIRST.fullmatch(text):
            date = dt.date(int(match[3]), int(match[2]), int(match[1]))
            if match[4] is None:
                return _within(dt.datetime.combine(date, dt.time(), VIETNAM))
            time = dt.time(int(match[4]), int(match[5]), int(match[6] or 0))
            return _within(dt.datetime.combine(date, time, VIETNAM))
        if match := _DAY.fullmatch(text):
            return _within(dt.datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=VIETNAM))
        if _TO_THE_MINUTE.fullmatch(text):
            text += "00"
    except ValueError:
        raise UnreadableMoment from None
    found = times.instant(text)
    if found is None:
        raise UnreadableMoment
    return _within(found.astimezone(VIETNAM))


def _within(found: dt.datetime) -> dt.datetime:
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise UnreadableMoment
    return found
