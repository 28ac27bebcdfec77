"""Which tables of the 766 report are due: open periods once a day, closed ones once more after they closed. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from parindex.engine.period import Kind, Period, local_day

_KINDS: tuple[Kind, ...] = ("month", "quarter", "year")
RETRY = dt.timedelta(hours=1)
"""How long a table that was not believed is left alone."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What is known of earlier pulls of one table."""

    good_at: dt.datetime | None = None
    failed_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table: an endpoint, a root (level-1 code; '' for the national list) and a period."""

    endpoint: str
    root: str
    period: Period

    @property
    def subject(self) -> str:
        """Its name in `portal_state` and `portal_attention`."""
        return "/".join(filter(None, ("766", self.endpoint, self.root, self.period.code)))


def offered(first: dt.date, today: dt.date) -> list[Period]:
    """Periods from `first` on that the portal offers on a day, the newest first: a month only after it ended."""
    found: set[Period] = set()
    month = Period.containing(first, "month")
    while month.first <= today:
        found |= {Period.containing(month.first, kind) for kind in _KINDS}
        month = Period.containing(month.end, "month")
    begun = (period for period in found if period.first >= first and (period.kind != "month" or period.end <= today))
    return sorted(begun, key=lambda period: (period.last, _KINDS.index(period.kind)), reverse=True)


def due(period: Period, pulled: Pulled, now: dt.datetime) -> bool:
    """Whether a period is pulled (again): never good; open and not yet good today; closed and not good since it closed."""
    if pulled.failed_at is not None and now < pulled.failed_at + RETRY:
        return False
    if pulled.good_at is None:
        return True
    if now >= period.closes_at:
        return pulled.good_at < period.closes_at
    return local_day(pulled.good_at) < local_day(now)


def due_tables(
    endpoints: tuple[str, ...], roots: tuple[str, ...], national: str, first: dt.date, now: dt.datetime,
    pulled: Mapping[str, Pulled],
) -> Iterator[Table]:  # fmt: skip
    """Tables that are due, the newest periods first, one endpoint after the other."""
    for period in offered(first, local_day(now)):
        for endpoint in endpoints:
            for root in ("",) if endpoint == national else roots:
                table = Table(endpoint, root, period)
                if due(period, pulled.get(table.subject, Pulled()), now):
                    yield table
