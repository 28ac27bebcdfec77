"""Counts of many dossiers: the columns of `dossier_rollup` summed, open ones judged at the end of one local day. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, fields

from parindex.dossiers.measures import unpack
from parindex.dossiers.portal_rules import Settled
from parindex.engine.period import Period


@dataclass(frozen=True, slots=True)
class Sums:
    """Dossiers of some units, days and procedures. Every count is a whole number; `working_minutes` belong to `timed`."""

    n: int = 0
    """Accepted."""
    ended: int = 0
    on_time: int = 0
    """Settled on time."""
    late: int = 0
    """Settled late."""
    open_within: int = 0
    """Open, and within time at the end of the day asked for."""
    open_late: int = 0
    filed_online: int = 0
    online: int = 0
    postal: int = 0
    fee_due: int = 0
    paid_online: int = 0
    paid_on_portal: int = 0
    result_due: int = 0
    result_electronic: int = 0
    digitised: int = 0
    reused: int = 0
    personal_storage: int = 0
    population: int = 0
    of_citizens: int = 0
    timed: int = 0
    working_minutes: int = 0

    @property
    def all_on_time(self) -> int:
        """Settled on time, or still within time: the numerator of 2.1."""
        return self.on_time + self.open_within

    @property
    def all_late(self) -> int:
        """Settled late, or open and over time."""
        return self.late + self.open_late

    @property
    def direct(self) -> int:
        """Came in directly, or nobody said how."""
        return self.n - self.filed_online - self.postal


NAMES = tuple(field.name for field in fields(Sums))


def added(parts: Iterable[Sums]) -> Sums:
    """The sum of all parts."""
    totals = [0] * len(NAMES)
    for part in parts:
        for place, name in enumerate(NAMES):
            totals[place] += getattr(part, name)
    return Sums(*totals)


def sums_of(settled: Settled, last_day: dt.date) -> Sums:
    """One dossier as sums, at the end of a local day; nothing for one that counts nowhere."""
    if settled.outcome == "not_counted":
        return Sums()
    counts = dict.fromkeys(unpack(settled.measures), 1)
    if settled.outcome == "open":
        counts["open_late" if settled.late_on(last_day) else "open_within"] = 1
    return Sums(n=1, working_minutes=settled.working_minutes or 0, **counts)


def judged_on(period: Period, today: dt.date) -> dt.date:
    """The last whole day of a period, or yesterday while it runs: open dossiers are judged at its end."""
    return min(period.last, today - dt.timedelta(days=1))
