"""Supplement requests and the time until they were answered, told by several sources and counted once. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Interval = tuple[dt.datetime, dt.datetime | None]
"""Asked, and supplemented (None: not yet, or not told)."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """The requests of a dossier."""

    answered: tuple[tuple[dt.datetime, dt.datetime], ...] = ()
    """Without overlaps, oldest first."""
    open: tuple[dt.datetime, ...] = ()
    """When each unanswered one was asked."""
    requests: int = 0
    """How often the applicant was asked."""

    def within(self, start: dt.datetime, end: dt.datetime | None) -> list[tuple[dt.datetime, dt.datetime]]:
        """The parts of the answered ones that lie between two instants (None: without end)."""
        cut = ((max(one, start), two if end is None else min(two, end)) for one, two in self.answered)
        return [(one, two) for one, two in cut if one < two]

    def total(self, start: dt.datetime, end: dt.datetime | None) -> dt.timedelta:
        """Their time on the clock between two instants."""
        return sum((two - one for one, two in self.within(start, end)), dt.timedelta(0))

    def minutes(
        self, start: dt.datetime, end: dt.datetime | None, between: Callable[[dt.datetime, dt.datetime], int]
    ) -> int:
        """Their working minutes, as `between` counts them."""
        return sum(between(one, two) for one, two in self.within(start, end))


_NONE = Pauses()


def pauses_of(listed: Sequence[Interval], walked: Sequence[Interval], told: Sequence[Interval]) -> Pauses:
    """What the record lists and what its steps walked through; what versions tell only where neither says anything.

    The same request in two sources is one: what overlaps is merged, and an unanswered one is answered where another
    source says so first. Unanswered ones are counted by the source that has most of them.
    """
    sources = [one for one in (listed, walked) if one] or ([told] if told else [])
    if not sources:
        return _NONE
    ended = sorted({(one, two) for source in sources for one, two in source if two is not None})
    left: list[list[dt.datetime]] = []
    closed = list(ended)
    for source in sources:
        waiting = []
        for asked in sorted(one for one, two in source if two is None):
            answer = min((two for _, two in ended if two > asked), default=None)
            if answer is None:
                waiting.append(asked)
            else:
                closed.append((asked, answer))
        left.append(waiting)
    merged: list[tuple[dt.datetime, dt.datetime]] = []
    for one, two in sorted(closed):
        if merged and one <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(two, merged[-1][1]))
        else:
            merged.append((one, two))
    unanswered = min(left, key=lambda waiting: (-len(waiting), waiting))
    requests = max(len(merged) + len(unanswered), *(len(source) for source in sources))
    return Pauses(tuple(merged), tuple(unanswered), requests)
