"""Which units' own counts make up a unit's subtree, day by day: the reverse of "who stood above whom"."""

from __future__ import annotations

import bisect
import datetime as dt
from dataclasses import dataclass

from parindex.engine.period import Period
from parindex.units.catalogue import UnitCatalogue
from parindex.units.records import NATION


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on which nobody's parent changed: from `first` to the day before `end`."""

    first: dt.date
    end: dt.date
    above: dict[int, tuple[int, ...]]
    """Unit -> everyone above it on these days, nearest first."""

    def under(self, roots: frozenset[int]) -> list[int]:
        """The roots and every unit under one of them."""
        return [unit_id for unit_id, chain in self.above.items() if unit_id in roots or not roots.isdisjoint(chain)]


class Subtrees:
    """Stretches of one catalogue; each is worked out once."""

    def __init__(self, units: UnitCatalogue) -> None:
        self._units = units
        days = {day for unit in units.units for parent in unit.parents for day in (parent.start, parent.end)}
        days |= {link.effective for link in units.lineage.links}
        self._changes = sorted(day for day in days if day is not None)
        self._above: dict[dt.date, dict[int, tuple[int, ...]]] = {}

    def stretches(self, period: Period) -> list[Stretch]:
        """The period in stretches, in order."""
        inside = [day for day in self._changes if period.first < day < period.end]
        starts = [period.first, *inside]
        return [
            Stretch(first, end, self._chains(first)) for first, end in zip(starts, [*inside, period.end], strict=True)
        ]

    def _chains(self, day: dt.date) -> dict[int, tuple[int, ...]]:
        place = bisect.bisect_right(self._changes, day)
        since = self._changes[place - 1] if place else dt.date.min
        if since not in self._above:
            self._above[since] = {
                unit.unit_id: self._units.ancestors_or_lineage(unit.unit_id, day)[0] for unit in self._units.units
            }
        return self._above[since]


def pooled_with(units: UnitCatalogue, unit_id: int, day: dt.date) -> frozenset[int]:
    """The unit with the full predecessors whose responses its results take in: those that had ended by that day."""
    if unit_id == NATION:
        return frozenset({NATION})
    return frozenset({unit_id, *(one for one in units.full_predecessors(unit_id) if not units.unit(one).on(day))})
