"""Periods of a league table: month, quarter, half-year, year, by local day in Asia/Ho_Chi_Minh. Pure."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from parindex.errors import Invalid

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
CLOSES_AFTER_DAYS = 16
"""A period closes at 00:00 of the 16th day after its last day (October: 16 November)."""

Kind = Literal["month", "quarter", "half", "year"]
KINDS: tuple[Kind, ...] = ("month", "quarter", "half", "year")
_MONTHS: dict[Kind, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_FORM = re.compile(r"(?P<year>[0-9]{4})(?:-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])|H(?P<half>[12])))?")


def local_day(instant: dt.datetime) -> dt.date:
    """The day of an instant (with offset) in Asia/Ho_Chi_Minh."""
    return instant.astimezone(VIETNAM).date()


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A whole calendar period. `code`: 2026-11, 2026-Q4, 2026-H2 or 2026."""

    first: dt.date
    kind: Kind

    @classmethod
    def parse(cls, code: str) -> Period:
        """The period of a code. Raises Invalid naming the four forms."""
        match = _FORM.fullmatch(code)
        if not match or not 1900 <= int(match["year"]) <= 9000:
            raise Invalid(
                f"{code[:20]!r} is not a period.",
                code="period_unreadable",
                hint="Use 2026-11 (month), 2026-Q4, 2026-H2 or 2026.",
            )
        year = int(match["year"])
        if match["month"]:
            return cls(dt.date(year, int(match["month"]), 1), "month")
        if match["quarter"]:
            return cls(dt.date(year, int(match["quarter"]) * 3 - 2, 1), "quarter")
        if match["half"]:
            return cls(dt.date(year, int(match["half"]) * 6 - 5, 1), "half")
        return cls(dt.date(year, 1, 1), "year")

    @classmethod
    def containing(cls, day: dt.date, kind: Kind) -> Period:
        """The period of that kind that a local day lies in."""
        months = _MONTHS[kind]
        return cls(dt.date(day.year, (day.month - 1) // months * months + 1, 1), kind)

    @property
    def code(self) -> str:
        """Code of the period, see the class."""
        match self.kind:
            case "month":
                return f"{self.first:%Y-%m}"
            case "quarter":
                return f"{self.first.year:04d}-Q{(self.first.month + 2) // 3}"
            case "half":
                return f"{self.first.year:04d}-H{(self.first.month + 5) // 6}"
            case "year":
                return f"{self.first.year:04d}"

    @property
    def end(self) -> dt.date:
        """The day after the last day."""
        index = self.first.year * 12 + self.first.month - 1 + _MONTHS[self.kind]
        return dt.date(index // 12, index % 12 + 1, 1)

    @property
    def last(self) -> dt.date:
        """The last local day: membership of a table is decided on it."""
        return self.end - dt.timedelta(days=1)

    @property
    def months(self) -> list[dt.date]:
        """First days of the months of the period, in order."""
        return [dt.date(self.first.year, self.first.month + offset, 1) for offset in range(_MONTHS[self.kind])]

    @property
    def previous(self) -> Period:
        """The whole period of the same kind before this one: what changes are measured against."""
        return Period.containing(self.first - dt.timedelta(days=1), self.kind)

    @property
    def closes_at(self) -> dt.datetime:
        """The instant at which the period closes: facts recorded before it make the frozen result."""
        return dt.datetime.combine(self.last + dt.timedelta(days=CLOSES_AFTER_DAYS), dt.time(), VIETNAM)

    def partial_on(self, day: dt.date) -> bool:
        """Whether the period is not over yet on that local day."""
        return day < self.end
