"""Whose cells add up to a cell of the unit above: the siblings among which a small cell must be able to hide."""

from __future__ import annotations

import datetime as dt

from parindex.units.records import NATION
from scoring_api.snapshot import Snapshot

FRAMEWORK = "satisfaction"
_UNDER_PROVINCE = ("department", "district", "commune")


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
            siblings = set(units.children(chain[place + 1], day, snapshot.realm))
        found.append((one, tuple(sorted(siblings | {one}))))
    return found[::-1]
