"""Whose cells add up to a cell of the unit above: the siblings among which a small cell must be able to hide."""

from __future__ import annotations

import datetime as dt

from parindex.units.catalogue import UnitCatalogue
from parindex.units.records import NATION
from scoring_api.snapshot import Snapshot

FRAMEWORK = "satisfaction"
_UNDER_PROVINCE = ("department", "district", "commune")


def pooled_into(units: UnitCatalogue, unit_id: int, day: dt.date) -> int | None:
    """The unit whose figures on that day take this one's responses in, because it had wholly gone into it; else None."""
    return None if units.unit(unit_id).on(day) else units.full_successor(unit_id, day)


def unranked_siblings(snapshot: Snapshot, unit_id: int, parent_id: int, day: dt.date) -> tuple[int, ...]:
    """Siblings of a unit that no table ranks: of a closed one all that went into the same unit, else those beside it."""
    successor = pooled_into(snapshot.units, unit_id, day)
    if successor is not None:
        return snapshot.units.full_predecessors(successor)
    return snapshot.units.children(parent_id, day, snapshot.realm)


def levels(snapshot: Snapshot, unit_id: int, day: dt.date) -> list[tuple[int, tuple[int, ...]]]:
    """From the nation down to the unit: each unit on the way with its siblings (itself among them) on a day."""
    units = snapshot.units
    chain = (unit_id, *units.ancestors_or_lineage(unit_id, day)[0])
    found: list[tuple[int, tuple[int, ...]]] = []
    for place, one in enumerate(chain):
        scope = next(
            (above for above in chain[place + 1 :] if above == NATION or units.unit(above).kind == "province"), None
        )
        if scope is None:
            found.append((one, (one,)))
            continue
        blocks = ("province",) if scope == NATION else _UNDER_PROVINCE
        siblings = {
            member for block in blocks for member in units.members(scope, block, day, snapshot.realm, FRAMEWORK)
        }
        if one not in siblings:
            siblings = set(unranked_siblings(snapshot, one, chain[place + 1], day))
        found.append((one, tuple(sorted(siblings | {one}))))
    return found[::-1]
