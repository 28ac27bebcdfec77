"""The register of units as an immutable snapshot in memory. Pure, and fast enough to be asked for every response.

What a code meant on a day, who stood under whom, who came out of whom. Rules: `docs/design.md` (Units) and the ingest
contract (closed codes). Days are local days in Asia/Ho_Chi_Minh.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from parindex.errors import NotFound
from parindex.units.codes import H_CODE, level_one
from parindex.units.lineage import Lineage
from parindex.units.records import EVERY_FRAMEWORK, NATION, Dated, DatedName, LineageLink, UnitRecord
from parindex.units.search import NameIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Interval = tuple[dt.date, dt.date, int]
"""First day, day after the last, unit id; unbounded ends are the calendar's."""
_MEMO_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a code means on a day: `found` and `followed` name a unit, `ambiguous` its candidates, `unknown` nothing."""

    status: Literal["found", "followed", "ambiguous", "unknown"]
    unit_id: int | None = None
    candidates: tuple[int, ...] = ()


_UNKNOWN = Resolution("unknown")


def _interval(dated: Dated, unit_id: int) -> Interval:
    return (dated.start or dt.date.min, dated.end or dt.date.max, unit_id)


def _holder(intervals: Sequence[Interval], day: dt.date) -> int | None:
    for start, end, unit_id in intervals:
        if start <= day < end:
            return unit_id
    return None


class UnitCatalogue:
    """One snapshot of the register. `revision`: the newest register load in it; ids unknown to it raise NotFound."""

    def __init__(self, revision: int, units: Iterable[UnitRecord], lineage: Iterable[LineageLink]) -> None:
        self.revision = revision
        self.units = tuple(sorted(units, key=lambda unit: unit.unit_id))
        self.lineage = Lineage(lineage)
        self._units = {unit.unit_id: unit for unit in self.units}
        codes: defaultdict[tuple[str, str], list[Interval]] = defaultdict(list)
        children: defaultdict[int, list[Interval]] = defaultdict(list)
        for unit in self.units:
            for code in unit.codes:
                codes[code.scheme, code.code].append(_interval(code, unit.unit_id))
            for parent in unit.parents:
                children[parent.parent_id].append(_interval(parent, unit.unit_id))
        self._codes = {key: tuple(sorted(intervals)) for key, intervals in codes.items()}
        self._children = dict(children)
        self._parents = {
            unit.unit_id: tuple(_interval(parent, parent.parent_id) for parent in unit.parents) for unit in self.units
        }
        self._found = {unit.unit_id: Resolution("found", unit.unit_id) for unit in self.units}
        self._widened: dict[frozenset[int], frozenset[int]] = {}
        self._level_ones: dict[frozenset[int], frozenset[str]] = {}
        self._members: dict[tuple[int, str, dt.date, str, str], tuple[int, ...]] = {}

    def as_of(self, revision: int) -> UnitCatalogue:
        """The same units and links, known to be unchanged up to another register load."""
        same = copy.copy(self)
        same.revision = revision
        return same

    # Units and their dated names and codes.

    def unit(self, unit_id: int) -> UnitRecord:
        """The record of a unit. Raises NotFound."""
        try:
            return self._units[unit_id]
        except KeyError:
            raise NotFound(f"There is no unit {unit_id} in the register.", code="unit_unknown") from None

    def __contains__(self, unit_id: object) -> bool:
        return unit_id in self._units

    def named(self, unit_id: int, day: dt.date) -> DatedName:
        """Name and type word on a day; outside the unit's days the nearest: the last it bore, or the first."""
        names = self.unit(unit_id).names
        begun = [name for name in names if name.order <= day]
        return begun[-1] if begun else names[0]

    def name(self, unit_id: int, day: dt.date) -> str:
        """Full name on a day, as `named`."""
        return self.named(unit_id, day).name

    def codes(self, unit_id: int, day: dt.date) -> dict[str, str]:
        """Scheme -> code of the unit on a day; a scheme without one is left out."""
        return {code.scheme: code.code for code in reversed(self.unit(unit_id).codes) if code.on(day)}

    def visible(self, unit_id: int, realm: str) -> bool:
        """Whether the realm may use the unit: real units are usable in every realm, invented ones in theirs only."""
        return self.unit(unit_id).realm in ("production", realm)

    def search(self, text: str, day: dt.date | None, realm: str = "production", limit: int = 20) -> tuple[int, ...]:
        """Units by name, with or without diacritics, best first; see `NameIndex.search`. Day None: past names too."""
        return self._name_index.search(text, day, realm, limit)

    @cached_property
    def _name_index(self) -> NameIndex:
        return NameIndex(self.units)

    def changed_since(self, revision: int) -> tuple[UnitRecord, ...]:
        """Units that later loads changed, ordered by (revision, unit id): the order of public cursors."""
        changed = (unit for unit in self.units if unit.revision > revision)
        return tuple(sorted(changed, key=lambda unit: (unit.revision, unit.unit_id)))

    # What a code means.

    def resolve(self, scheme: str, code: str, day: dt.date, realm: str) -> Resolution:
        """The unit that a code means on a day, for a realm.

        A code held on that day is `found`. One that was closed before is `followed` to the one unit it wholly went
        into (or that only changed its code), `ambiguous` when it went to several or only in part, `unknown` when the
        unit ended without a successor. A code that is not yet in use is `unknown`.
        """
        intervals = self._codes.get((scheme, code), ())
        unit_id = _holder(intervals, day)
        if unit_id is not None:
            return self._found[unit_id] if self.visible(unit_id, realm) else _UNKNOWN
        closed = [holder for _, end, holder in intervals if end <= day]
        return self._follow(closed[-1], day) if closed and self.visible(closed[-1], realm) else _UNKNOWN

    def _follow(self, unit_id: int, day: dt.date) -> Resolution:
        if self.unit(unit_id).on(day):
            return Resolution("followed", unit_id)
        successor = self.lineage.full_successor(unit_id, day)
        if successor is not None and self.unit(successor).on(day):
            return Resolution("followed", successor)
        candidates = tuple(sorted(end for end in self.lineage.ends(unit_id, day) if self.unit(end).on(day)))
        return Resolution("ambiguous", None, candidates) if candidates else _UNKNOWN

    # Who stood under whom.

    def ancestors(self, unit_id: int, day: dt.date) -> tuple[int, ...]:
        """Units above it on a day, nearest first, by the dated rows only: () where the register knows no parent."""
        found: list[int] = []
        above = _holder(self._parents_of(unit_id), day)
        while above is not None:
            found.append(above)
            above = _holder(self._parents_of(above), day)
        return tuple(found)

    def _parents_of(self, unit_id: int) -> tuple[Interval, ...]:
        try:
            return self._parents[unit_id]
        except KeyError:
            raise NotFound(f"There is no unit {unit_id} in the register.", code="unit_unknown") from None

    def ancestors_or_lineage(self, unit_id: int, day: dt.date) -> tuple[tuple[int, ...], bool]:
        """`ancestors`, or where the register knows none: those that its successors have in common, then marked True.

        The lists of 2025 name no district or province of an old commune; the province that all its successors lie in
        is certain all the same. Without successors, or with successors in several provinces, only the nation remains.
        """
        above = self.ancestors(unit_id, day)
        if above or unit_id == NATION:
            return above, False
        ends = self.lineage.ends(unit_id).items()
        chains = {self.ancestors(end, max(day, since)) for end, since in ends}
        return (chains.pop() if len(chains) == 1 else (NATION,)), True

    def children(self, unit_id: int, day: dt.date, realm: str = "production") -> tuple[int, ...]:
        """Units directly under it on a day that the realm may use, by id."""
        found = (child for start, end, child in self._children.get(unit_id, ()) if start <= day < end)
        return tuple(sorted(child for child in found if self.visible(child, realm) and self._units[child].on(day)))

    def in_subtree(self, roots: frozenset[int], unit_id: int, day: dt.date) -> bool:
        """Whether the unit stands, on that day, at or under one of the roots, widened by full lineage.

        A merged province's root also reaches its predecessors and what stood under them, and a predecessor's root the
        merged province: the authority goes on.
        """
        reach = self._reach(roots)
        return unit_id in reach or not reach.isdisjoint(self.ancestors_or_lineage(unit_id, day)[0])

    def _reach(self, roots: frozenset[int]) -> frozenset[int]:
        reach = self._widened.get(roots)
        if reach is None:
            if len(self._widened) >= _MEMO_LIMIT:
                self._widened.clear()
            reach = self._widened[roots] = self.lineage.widened(roots)
        return reach

    def level_one_codes(self, roots: frozenset[int]) -> frozenset[str]:
        """Level-1 H codes, past ones included, of the provinces that the roots are or lie in, and of their predecessors."""
        known = self._level_ones.get(roots)
        if known is None:
            if len(self._level_ones) >= _MEMO_LIMIT:
                self._level_ones.clear()
            known = self._level_ones[roots] = self._read_level_ones(roots)
        return known

    def _read_level_ones(self, roots: frozenset[int]) -> frozenset[str]:
        provinces: set[int] = set()
        for root in self._reach(roots):
            if root == NATION:
                provinces.update(unit.unit_id for unit in self.units if unit.kind == "province")
                continue
            first = self.unit(root).order
            line = {root, *self.ancestors_or_lineage(root, first)[0]}
            line.update(
                above for start, _, _ in self._parents_of(root) for above in self.ancestors(root, max(start, first))
            )
            provinces.update(unit_id for unit_id in line if self.unit(unit_id).kind == "province")
        codes = (code for unit_id in self._reach(frozenset(provinces)) for code in self.unit(unit_id).codes)
        return frozenset(level_one(code.code) for code in codes if code.scheme == H_CODE)

    # Who is ranked with whom.

    def members(
        self, scope_unit_id: int, block: str, day: dt.date, realm: str = "production", framework: str = EVERY_FRAMEWORK
    ) -> tuple[int, ...]:
        """Units of a block under the scope, at any depth, on a day (a table's: its period's last), ordered by id.

        For the nation in realm `synthetic` only invented units: its national table is of an invented country.
        """
        key = (scope_unit_id, block, day, realm, framework)
        found = self._members.get(key)
        if found is None:
            if len(self._members) >= _MEMO_LIMIT:
                self._members.clear()
            units = self.units if scope_unit_id == NATION else map(self.unit, self._descendants(scope_unit_id, day))
            invented_only = scope_unit_id == NATION and realm == "synthetic"
            realms = (realm,) if invented_only else ("production", realm)
            found = self._members[key] = tuple(
                sorted(
                    unit.unit_id
                    for unit in units
                    if unit.realm in realms and unit.on(day) and _block(unit, framework, day) == block
                )
            )
        return found

    def _descendants(self, unit_id: int, day: dt.date) -> Iterable[int]:
        waiting = [unit_id]
        while waiting:
            below = [child for start, end, child in self._children.get(waiting.pop(), ()) if start <= day < end]
            yield from below
            waiting.extend(below)

    # Who came out of whom.

    def full_predecessors(self, unit_id: int) -> tuple[int, ...]:
        """Units that wholly went into this one, directly or through others: their responses are pooled, as constructed."""
        return self.lineage.full_predecessors(unit_id)

    def partial_predecessors(self, unit_id: int) -> tuple[int, ...]:
        """Units of which a part of unknown share went into this one: listed, never pooled."""
        return self.lineage.partial_predecessors(unit_id)

    def full_successor(self, unit_id: int, day: dt.date) -> int | None:
        """The unit that this one had wholly gone into by that day; None if it had not, or was divided."""
        return self.lineage.full_successor(unit_id, day)


def _block(unit: UnitRecord, framework: str, day: dt.date) -> str | None:
    """The block on a day: the framework's own membership before that of every framework."""
    memberships = {block.framework: block.block for block in unit.blocks if block.on(day)}
    return memberships.get(framework, memberships.get(EVERY_FRAMEWORK))
