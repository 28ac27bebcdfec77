"""Which units stood under a unit, and when: runs of days with the same answer, for counts by unit and day. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache

from parindex.units.catalogue import UnitCatalogue
from parindex.units.records import NATION

Run = tuple[int, dt.date, dt.date]
"""Unit, first and last day."""


@lru_cache(maxsize=2)
def _change_days(units: UnitCatalogue) -> tuple[dt.date, ...]:
    days = {day for unit in units.units for parent in unit.parents for day in (parent.start, parent.end)}
    days |= {link.effective for link in units.lineage.links}
    return tuple(sorted(day for day in days if day is not None))


def runs_under(units: UnitCatalogue, root: int, unit_ids: Iterable[int], first: dt.date, last: dt.date) -> list[Run]:
    """For each of the units the days from `first` to `last` on which it was `root` or stood under it (or came out of such)."""
    starts = [first, *(day for day in _change_days(units) if first < day <= last)]
    ends = [*(day - dt.timedelta(days=1) for day in starts[1:]), last]
    stretches = list(zip(starts, ends, strict=True))
    return [
        (unit_id, start, end)
        for unit_id in sorted(set(unit_ids))
        for start, end in stretches
        if root in (NATION, unit_id) or root in units.ancestors_or_lineage(unit_id, start)[0]
    ]
