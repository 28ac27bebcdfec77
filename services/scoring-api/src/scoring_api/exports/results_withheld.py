"""Whose results the bulk export shows, period by period: ranked units, and why those of some are withheld.

The same rule as for one unit (`withheld.py`), taken for whole tables at once; only its outcome is kept in memory.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import asyncpg
import msgspec

from parindex.engine.period import Period
from parindex.engine.small_cells import Suppression
from parindex.instruments.catalogue import Instrument
from parindex.units.records import NATION
from scoring_api.disclosure import Disclosure, Sketch
from scoring_api.places import reading_day
from scoring_api.snapshot import Snapshot
from scoring_api.stored import instrument_version_id
from scoring_api.withheld import disclosures, summed_in

_TABLES_AT_ONCE = 20
_TABLES = """
SELECT t.period, t.scope_unit_id, t.block, t.state, t.document->'scope_result'->>'suppressed' AS scope_hidden, one.units, one.hidden
FROM league_table t
CROSS JOIN LATERAL (
  SELECT coalesce(array_agg((r->>'unit_id')::int), '{}') AS units,
         coalesce(jsonb_object_agg(r->>'unit_id', r->>'suppressed') FILTER (WHERE r->>'suppressed' IS NOT NULL), '{}')::text AS hidden
  FROM jsonb_array_elements(t.document->'rows') AS r) AS one
WHERE t.realm = $1 AND t.instrument_version_id = $2 AND ($3::text IS NULL OR t.period = $3) ORDER BY t.period
"""
"""Of each table who stands in it and who is withheld; how many answered is not needed, but where a single one is withheld."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Of one period: the units whose rows stand in the export, and those among them whose figures are withheld."""

    reading_day: dt.date
    units: AbstractSet[int]
    hidden: dict[int, Suppression]


async def shown_by_period(snapshot: Snapshot, instrument: Instrument, period: str | None) -> dict[bytes, Shown]:
    """Period code (as bytes, as it is read from the copy) -> what of it is shown; periods without a table are left out."""
    found: dict[bytes, Shown] = {}
    units: frozenset[int] = frozenset()
    chains = Chains(snapshot)
    async for code, tables in _tables(snapshot, instrument, period):
        ranked = frozenset({NATION}.union(*(table["units"] for table in tables)))
        units = units if units == ranked else ranked  # one set for all periods that rank the same units
        one = Period.parse(code)
        hidden = _hidden(await _disclosure(snapshot, instrument, code, tables), units, chains.on(one.last))
        found[code.encode()] = Shown(reading_day(snapshot, one), units, hidden)
    return found


async def _tables(
    snapshot: Snapshot, instrument: Instrument, period: str | None
) -> AsyncIterator[tuple[str, list[asyncpg.Record]]]:
    """Tables by period, those of one period in memory at a time."""
    tables: list[asyncpg.Record] = []
    cursor = snapshot.connection.cursor(
        _TABLES, snapshot.realm, instrument_version_id(instrument), period, prefetch=_TABLES_AT_ONCE
    )
    async for table in cursor:
        if tables and tables[-1]["period"] != table["period"]:
            yield tables[-1]["period"], tables
            tables = []
        tables.append(table)
    if tables:
        yield tables[-1]["period"], tables


async def _disclosure(
    snapshot: Snapshot, instrument: Instrument, period: str, tables: list[asyncpg.Record]
) -> Disclosure:
    """Who is hidden. A single one under a scope takes the smallest other with it: then all sizes are read."""
    sketches = []
    single: dict[int, set[str]] = defaultdict(set)
    for table in tables:
        hidden = msgspec.json.decode(table["hidden"])
        single[table["scope_unit_id"]] |= hidden.keys()
        rows = {int(unit_id): (reason, 0) for unit_id, reason in hidden.items()}
        sketches.append(Sketch(table["scope_unit_id"], table["block"], table["state"], rows, table["scope_hidden"]))
    if any(len(hidden) == 1 for hidden in single.values()):
        return (await disclosures(snapshot, instrument, [period], list(single)))[period]
    return Disclosure(tuple(sketches))


class Chains:
    """Whoever shows a unit's responses in a sum (`summed_in`), kept while nothing in the register changes between two days."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot, units = snapshot, snapshot.units
        days = {day for unit in units.units for one in (unit, *unit.parents) for day in (one.start, one.end)}
        days |= {link.effective for link in units.lineage.links}
        self._changes = sorted(day for day in days if day is not None)
        self._kept: dict[int, dict[int, tuple[int, ...]]] = defaultdict(dict)

    def on(self, day: dt.date) -> Callable[[int], tuple[int, ...]]:
        """Unit -> everyone above it, on a day."""
        kept = self._kept[bisect_right(self._changes, day)]

        def above(unit_id: int) -> tuple[int, ...]:
            found = kept.get(unit_id)
            if found is None:
                found = kept[unit_id] = () if unit_id == NATION else summed_in(self._snapshot, unit_id, day)
            return found

        return above


def _hidden(
    disclosure: Disclosure, units: AbstractSet[int], above: Callable[[int], tuple[int, ...]]
) -> dict[int, Suppression]:
    """Unit -> why it is withheld."""
    scopes = {sketch.scope_unit_id for sketch in disclosure.sketches}
    rows = {unit_id for scope in scopes for unit_id in disclosure.hidden_under(scope)}
    totals = {sketch.scope_unit_id for sketch in disclosure.sketches if sketch.scope_hidden is not None}
    if not rows and not totals:
        return {}
    hidden: dict[int, Suppression] = {}
    for unit_id in units:
        chain = above(unit_id)
        if unit_id in totals or unit_id in rows or not rows.isdisjoint(chain):
            reason = disclosure.of_unit(unit_id, chain)
            if reason is not None:
                hidden[unit_id] = reason
    return hidden
