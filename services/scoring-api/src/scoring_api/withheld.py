"""Reads what decides who is hidden, for the tables that a unit, or a table, can be compared with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

import msgspec

from parindex.engine.period import Period
from parindex.engine.small_cells import Suppression, suppress
from parindex.frameworks.policy import RankingPolicy
from parindex.frameworks.policy_files import load_policies
from parindex.instruments.catalogue import Instrument
from scoring_api.disclosure import Disclosure, Sketch
from scoring_api.siblings import pooled_into, unranked_siblings
from scoring_api.snapshot import Snapshot
from scoring_api.stored import STATES, instrument_version_id

_SKETCHES = """
SELECT t.period, t.scope_unit_id, t.block, t.state, t.document->'scope_result'->>'suppressed' AS scope_hidden,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(r->'unit_id', r->'suppressed', r->'responses')), '[]'::jsonb)::text
          FROM jsonb_array_elements(t.document->'rows') AS r) AS rows
FROM league_table t
WHERE t.tenant_id = ANY($4::int[]) AND t.tenant_id = t.scope_unit_id AND t.realm = $1 AND t.instrument_version_id = $2 AND t.period = ANY($3::text[]) AND t.scope_unit_id = ANY($4::int[])
"""


def satisfaction_policy(period: Period) -> RankingPolicy:
    """The policy that ranks a period: the one in force on its last day."""
    return load_policies().on("satisfaction", period.last)


async def disclosures(
    snapshot: Snapshot, instrument: Instrument, periods: Collection[str], scopes: Collection[int]
) -> dict[str, Disclosure]:
    """Period -> who is hidden in the tables of the given scopes, from both states of every block."""
    found: dict[str, list[Sketch]] = {period: [] for period in periods}
    rows = await snapshot.connection.fetch(
        _SKETCHES, snapshot.realm, instrument_version_id(instrument), list(periods), list(scopes)
    )
    for row in rows:
        units = {unit_id: (reason, responses or 0) for unit_id, reason, responses in msgspec.json.decode(row["rows"])}
        found[row["period"]].append(
            Sketch(row["scope_unit_id"], row["block"], row["state"], units, row["scope_hidden"])
        )
    return {period: Disclosure(tuple(sketches)) for period, sketches in found.items()}


async def withheld_units(
    snapshot: Snapshot,
    instrument: Instrument,
    unit_id: int,
    periods: Mapping[str, Period],
    sizes: Mapping[str, Collection[int]],
) -> dict[str, Suppression]:
    """Period -> why the unit's figures are withheld there; periods in which they are shown are left out.

    `sizes`: the unit's own numbers of responses per period, in each state.
    """
    above = {code: summed_in(snapshot, unit_id, period.last) for code, period in periods.items()}
    scopes = {unit_id, *(one for chain in above.values() for one in chain)}
    hidden: dict[str, Suppression] = {}
    for code, disclosure in (await disclosures(snapshot, instrument, list(periods), scopes)).items():
        minimum = satisfaction_policy(periods[code]).rules().small_cell_minimum
        reason = disclosure.of_unit(unit_id, above[code])
        if reason is None and any(0 < size < minimum for size in sizes.get(code, ())):
            reason = "small_cell"
        if reason is None and unit_id != 0 and above[code] and not disclosure.ranks(unit_id):
            reason = await _among_unranked(snapshot, instrument, unit_id, periods[code], above[code][0], minimum)
        if reason is not None:
            hidden[code] = reason
    return hidden


def summed_in(snapshot: Snapshot, unit_id: int, day: dt.date) -> tuple[int, ...]:
    """Whoever shows the unit's responses in a sum: those above it, and the unit that it went into."""
    successor = pooled_into(snapshot.units, unit_id, day)
    ancestors = snapshot.units.ancestors_or_lineage(unit_id, day)[0]
    return ancestors if successor is None else (successor, *(one for one in ancestors if one != successor))


async def _among_unranked(
    snapshot: Snapshot, instrument: Instrument, unit_id: int, period: Period, parent_id: int, minimum: int
) -> Suppression | None:
    """The same rule for units that no table ranks: offices of a department, and closed units pooled into another."""
    successor = pooled_into(snapshot.units, unit_id, period.last)
    siblings = unranked_siblings(snapshot, unit_id, parent_id, period.last)
    rows = await snapshot.connection.fetch(
        "SELECT unit_id, state, (document->>'responses')::int AS responses FROM unit_result"
        " WHERE realm = $1 AND instrument_version_id = $2 AND period = $3 AND unit_id = ANY($4::int[])",
        snapshot.realm,
        instrument_version_id(instrument),
        period.code,
        [*siblings, *([successor] if successor is not None else [])],
    )
    for state in STATES:
        sizes = {row["unit_id"]: row["responses"] for row in rows if row["state"] == state}
        if successor in sizes:
            # What is its own: all that it shows minus those who went into it.
            sizes[successor] = max(0, 2 * sizes[successor] - sum(sizes.values()))
        reason = suppress(sizes, minimum).get(unit_id)
        if reason is not None:
            return reason
    return None
