"""Periods of the reporting API: what is offered on a day, and which days it covers so far."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

FIRST_DAY = dt.date(2025, 7, 1)
"""The two-tier administration began; nothing is reported before."""


@dataclass(frozen=True)
class Period:
    """Days `first` to `last`, both in it. `label` is 2026, 2026-Q3, 2026-09, or the two days."""

    label: str
    first: dt.date
    last: dt.date

    def counted(self, today: dt.date) -> tuple[dt.date, dt.date] | None:
        """The days that have figures: figures come the night after a day. None when there are none."""
        first, last = max(self.first, FIRST_DAY), min(self.last, today - dt.timedelta(days=1))
        return (first, last) if first <= last else None


def year(number: int) -> Period:
    return Period(str(number), dt.date(number, 1, 1), dt.date(number, 12, 31))


def quarter(of_year: int, number: int) -> Period:
    return Period(f"{of_year}-Q{number}", dt.date(of_year, 3 * number - 2, 1), _end(of_year, 3 * number))


def month(of_year: int, number: int) -> Period:
    return Period(f"{of_year}-{number:02d}", dt.date(of_year, number, 1), _end(of_year, number))


def between(first: dt.date, last: dt.date, today: dt.date) -> Period:
    """Days asked for one by one; with a period's label when they are the whole of it, or all of it so far."""
    whole = [year(first.year), quarter(first.year, (first.month + 2) // 3), month(first.year, first.month)]
    for period in whole:
        if period.first == first and (last == period.last or period.last > last >= today - dt.timedelta(days=1)):
            return Period(period.label, first, last)
    return Period(f"{first}/{last}", first, last)


def before(period: Period) -> Period:
    """The period to compare with: of the same kind, just before."""
    last = period.first - dt.timedelta(days=1)
    if "Q" in period.label:
        return quarter(last.year, (last.month + 2) // 3)
    if len(period.label) == 4:
        return year(last.year)
    if len(period.label) == 7:
        return month(last.year, last.month)
    days = (period.last - period.first).days
    return Period("", last - dt.timedelta(days=days), last)


def asked(body: dict[str, Any], today: dt.date) -> Period | str:
    """The period of a request, or what is wrong with it. A month is offered only after it ends."""
    kind, number = body.get("timeType"), body.get("year")
    if kind not in {"year", "quarter", "month"} or not isinstance(number, int) or not 2020 <= number <= 2100:
        return "timeType là year, quarter hoặc month; year là số nguyên"
    if kind == "year":
        return year(number)
    part = body.get(kind)
    if not isinstance(part, int) or not 1 <= part <= (4 if kind == "quarter" else 12):
        return f"{kind} không hợp lệ"
    if kind == "quarter":
        return quarter(number, part)
    found = month(number, part)
    return found if found.last < today else Period(found.label, today, today - dt.timedelta(days=1))


def asked_days(body: dict[str, Any], today: dt.date) -> Period | str:
    """`fromDate` and `toDate` of handling-satisfaction, both days in it, or what is wrong with them."""
    try:
        first, last = (dt.date.fromisoformat(body[name]) for name in ("fromDate", "toDate"))
    except (KeyError, TypeError, ValueError):
        return "fromDate và toDate là ngày dạng YYYY-MM-DD"
    return between(first, last, today) if first <= last else "fromDate phải trước toDate"


def _end(of_year: int, number: int) -> dt.date:
    following = dt.date(of_year + number // 12, number % 12 + 1, 1)
    return following - dt.timedelta(days=1)
