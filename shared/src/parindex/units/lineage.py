"""Who came out of whom: the graph of lineage links. Pure; knows ids and days, no names and no codes."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parindex.units.records import LineageLink


class Lineage:
    """All links, to be walked forwards (successors) and backwards (predecessors). Immutable once made."""

    def __init__(self, links: Iterable[LineageLink]) -> None:
        forward: defaultdict[int, list[LineageLink]] = defaultdict(list)
        backward: defaultdict[int, list[LineageLink]] = defaultdict(list)
        self.links = tuple(sorted(links, key=lambda link: (link.predecessor_id, link.successor_id)))
        for link in self.links:
            forward[link.predecessor_id].append(link)
            backward[link.successor_id].append(link)
        self._forward, self._backward = dict(forward), dict(backward)

    def successors(self, unit_id: int) -> tuple[LineageLink, ...]:
        """Links out of the unit, ordered by successor."""
        return tuple(self._forward.get(unit_id, ()))

    def predecessors(self, unit_id: int) -> tuple[LineageLink, ...]:
        """Links into the unit, ordered by predecessor."""
        return tuple(self._backward.get(unit_id, ()))

    def full_successor(self, unit_id: int, day: dt.date = dt.date.max) -> int | None:
        """The end, on that day, of the chain of units that each went wholly into the next; None where it does not begin."""
        followed: list[int] = [unit_id]
        while True:
            links = [link for link in self.successors(followed[-1]) if link.effective <= day]
            if len(links) != 1 or links[0].extent != "full" or links[0].successor_id in followed:
                return followed[-1] if len(followed) > 1 else None
            followed.append(links[0].successor_id)

    def ends(self, unit_id: int, day: dt.date = dt.date.max) -> dict[int, dt.date]:
        """Units that the unit's territory ended up in by that day, wholly or in part -> day on which it came to them."""
        found: dict[int, dt.date] = {}
        waiting, seen = [(unit_id, dt.date.min)], {unit_id}
        while waiting:
            current, since = waiting.pop()
            links = [link for link in self.successors(current) if link.effective <= day]
            if not links and current != unit_id:
                found[current] = since
            for link in links:
                if link.successor_id not in seen:
                    seen.add(link.successor_id)
                    waiting.append((link.successor_id, link.effective))
        return found

    def full_predecessors(self, unit_id: int) -> tuple[int, ...]:
        """Every unit that went wholly into this one, directly or through others, ordered by id."""
        return tuple(sorted(self._wholly(unit_id, forwards=False)))

    def partial_predecessors(self, unit_id: int) -> tuple[int, ...]:
        """Units of which a part, of unknown share, went into this one or into one of its full predecessors, by id."""
        into = (unit_id, *self.full_predecessors(unit_id))
        return tuple(
            sorted(
                {link.predecessor_id for unit in into for link in self.predecessors(unit) if link.extent == "partial"}
            )
        )

    def widened(self, units: Iterable[int]) -> frozenset[int]:
        """The units, those they wholly went into, and every unit that wholly went into any of these."""
        later = {found for unit in units for found in (unit, *self._wholly(unit, forwards=True))}
        return frozenset(later | {earlier for unit in later for earlier in self._wholly(unit, forwards=False)})

    def _wholly(self, unit_id: int, *, forwards: bool) -> set[int]:
        found: set[int] = set()
        waiting = [unit_id]
        while waiting:
            current = waiting.pop()
            links = self.successors(current) if forwards else self.predecessors(current)
            for link in links:
                unit = link.successor_id if forwards else link.predecessor_id
                if link.extent == "full" and unit not in found and unit != unit_id:
                    found.add(unit)
                    waiting.append(unit)
        return found
