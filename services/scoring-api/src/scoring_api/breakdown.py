"""Counts of a unit's subtree by one circumstance (channel, way of collecting, ...), from the daily rollup."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from parindex.engine.aggregate import Cell
from parindex.engine.period import Period
from parindex.instruments.catalogue import Instrument
from scoring_api.snapshot import Snapshot
from scoring_api.stored import instrument_version_id
from scoring_api.subtrees import pooled_with

COLUMNS = {
    "channel": "service_channel",
    "collected_via": "collected_via",
    "stage": "stage",
    "mode": "mode",
    "respondent_kind": "respondent_kind",
}
"""What may be asked -> column of the rollup."""
NOT_GIVEN = "not_given"
"""Shown where a response says nothing about the circumstance."""

_FROM = """
FROM rollup WHERE tenant_id = ANY(ARRAY(SELECT tenant_id FROM tenant)) AND realm = $1 AND unit_id = ANY($2::int[]) AND instrument_version_id = $3
 AND local_day >= $4 AND local_day < $5
"""


async def cells_by(
    snapshot: Snapshot, instrument: Instrument, roots: frozenset[int], period: Period, by: str
) -> dict[str, dict[tuple[int, int], Cell]]:
    """Category -> counts of the subtrees of `roots` (a unit with the predecessors pooled into it)."""
    found: defaultdict[str, dict[tuple[int, int], Cell]] = defaultdict(dict)
    for stretch in snapshot.registers.subtrees.stretches(period):
        rows = await snapshot.connection.fetch(
            f"SELECT {COLUMNS[by]} AS category, item, code, sum(n)::bigint AS n, sum(w) AS w, sum(w2) AS w2 {_FROM} GROUP BY 1, 2, 3",
            snapshot.realm,
            stretch.under(roots),
            instrument_version_id(instrument),
            stretch.first,
            stretch.end,
        )
        for category, item, code, n, w, w2 in rows:
            n0, w0, w20 = found[category or NOT_GIVEN].get((item, code), (0, 0, 0))
            found[category or NOT_GIVEN][item, code] = (n0 + n, w0 + w, w20 + w2)
    return dict(found)


async def responses_by(
    snapshot: Snapshot, instrument: Instrument, siblings: Collection[int], period: Period, by: str
) -> dict[tuple[int, str], int]:
    """(sibling, category) -> responses of the sibling's subtree, predecessors pooled in; cells without any are left out."""
    owner = {root: unit_id for unit_id in siblings for root in pooled_with(snapshot.units, unit_id, period.last)}
    found: defaultdict[tuple[int, str], int] = defaultdict(int)
    for stretch in snapshot.registers.subtrees.stretches(period):
        under = _owners(stretch.above, owner)
        rows = await snapshot.connection.fetch(
            f"SELECT unit_id, {COLUMNS[by]} AS category, sum(n)::bigint AS n {_FROM} AND item = 0 AND code = 0 GROUP BY 1, 2",
            snapshot.realm,
            list(under),
            instrument_version_id(instrument),
            stretch.first,
            stretch.end,
        )
        for unit_id, category, n in rows:
            for sibling in under[unit_id]:
                found[sibling, category or NOT_GIVEN] += n
    return {cell: n for cell, n in found.items() if n}


def _owners(above: dict[int, tuple[int, ...]], owner: dict[int, int]) -> dict[int, Iterable[int]]:
    """Unit -> the siblings whose subtree it is in (a commune of a ranked district is in both)."""
    found: dict[int, Iterable[int]] = {}
    for unit_id, chain in above.items():
        owners = {owner[one] for one in (unit_id, *chain) if one in owner}
        if owners:
            found[unit_id] = owners
    return found
