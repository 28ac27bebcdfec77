"""Whose results the bulk export shows, period by period: ranked units, and why those of some are withheld.

The same rule as for one unit (`withheld.py`), taken for whole tables at once; only its outcome is kept in memory.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from parindex.engine.period import Period
from parindex.engine.small_cells import Suppression
from parindex.instruments.catalogue import Instrument
from parindex.units.records import NATION
from scoring_api.disclosure import Disclosure
from scoring_api.places import reading_day
from scoring_api.snapshot import Snapshot
from scoring_api.stored import instrument_version_id
from scoring_api.withheld import disclosures, summed_in

_TABLES = """
SELECT DISTINCT period, scope_unit_id FROM league_table
WHERE realm = $1 AND instrument_version_id = $2 AND ($3::text IS NULL OR period = $3)
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """Of one period: the units whose rows stand in the export, and those among them whose figures are withheld."""

    reading_day: dt.date
    units: AbstractSet[int]
    hidden: dict[int, Suppression]


async def shown_by_period(snapshot: Snapshot, instrument: Instrument, period: str | None) -> dict[bytes, Shown]:
    """Period code (as bytes, as it is read from the copy) -> what of it is shown; periods without a table are left out."""
    rows = await snapshot.connection.fetch(_TABLES, snapshot.realm, instrument_version_id(instrument), period)
    scopes: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        scopes[row["period"]].add(row["scope_unit_id"])
    found: dict[bytes, Shown] = {}
    units: frozenset[int] = frozenset()
    for code, of in sorted(scopes.items()):
        disclosure = (await disclosures(snapshot, instrument, [code], of))[code]
        ranked = frozenset({NATION}.union(*(sketch.rows for sketch in disclosure.sketches)))
        units = units if units == ranked else ranked  # one set for all periods that rank the same units
        one = Period.parse(code)
        found[code.encode()] = Shown(reading_day(snapshot, one), units, _hidden(snapshot, disclosure, units, one, of))
    return found


def _hidden(
    snapshot: Snapshot, disclosure: Disclosure, units: AbstractSet[int], period: Period, scopes: set[int]
) -> dict[int, Suppression]:
    """Unit -> why it is withheld."""
    rows = {unit_id for scope in scopes for unit_id in disclosure.hidden_under(scope)}
    totals = {sketch.scope_unit_id for sketch in disclosure.sketches if sketch.scope_hidden is not None}
    if not rows and not totals:
        return {}
    hidden: dict[int, Suppression] = {}
    for unit_id in units:
        above = () if unit_id == NATION else summed_in(snapshot, unit_id, period)
        if unit_id in totals or not rows.isdisjoint((unit_id, *above)):
            reason = disclosure.of_unit(unit_id, above)
            if reason is not None:
                hidden[unit_id] = reason
    return hidden
