"""Where the units of a round stand: the final input of every component, read for the engine, and the scores they give."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import asyncpg

from parindex.engine.assessment import final_input
from parindex.engine.inputs import Given
from parindex.engine.read_inputs import read_for
from parindex.engine.score_document import document
from scoring_api.rounds.round import Round

_CELLS = """
SELECT unit_id, component, sides::text AS sides FROM round_cell
WHERE tenant_id = $1 AND round_id = $2 AND unit_id = ANY($3::int[])
"""
UnitInputs = dict[int, dict[str, Given]]


async def final_inputs(connection: asyncpg.Connection, assessed: Round, units: Sequence[int]) -> UnitInputs:
    """Unit -> component -> final input; a component without one is missing, never guessed."""
    rows = await connection.fetch(_CELLS, assessed.tenant_id, assessed.round_id, list(units))
    return await asyncio.to_thread(_read, assessed, units, rows)


def _read(assessed: Round, units: Sequence[int], rows: Sequence[asyncpg.Record]) -> UnitInputs:
    final: dict[int, dict[str, Any]] = {unit_id: {} for unit_id in units}
    for unit_id, component, sides in rows:
        given = final_input(assessed.source(component), json.loads(sides))
        if given is not None:
            final[unit_id][component] = given
    return {unit_id: read_for(assessed.plan, of) for unit_id, of in final.items()}


def missing_components(assessed: Round, inputs: UnitInputs) -> dict[int, list[str]]:
    """Unit -> codes of the components that still have no final input; units without any are left out."""
    plan = assessed.plan
    found = {
        unit_id: [plan.nodes[place].node.code for place in plan.score(of, unit=str(unit_id)).missing]
        for unit_id, of in inputs.items()
    }
    return {unit_id: codes for unit_id, codes in found.items() if codes}


def score_documents(assessed: Round, inputs: UnitInputs) -> dict[int, dict[str, Any]]:
    """Unit -> explained score (the score document of docs/design.md)."""
    plan = assessed.plan
    return {unit_id: document(plan, plan.score(of, unit=str(unit_id)), of) for unit_id, of in inputs.items()}


_UNITS = """
SELECT wanted.unit_id,
       (SELECT name FROM unit_name n WHERE n.unit_id = wanted.unit_id AND coalesce(lower(n.valid), '-infinity') <= $2
         ORDER BY coalesce(lower(n.valid), '-infinity') DESC LIMIT 1) AS name,
       (SELECT jsonb_object_agg(scheme, code) FROM unit_code c WHERE c.unit_id = wanted.unit_id AND c.valid @> $2)::text AS codes
FROM unnest($1::int[]) AS wanted(unit_id)
"""


async def read_units(
    connection: asyncpg.Connection, assessed: Round, units: Sequence[int]
) -> dict[int, dict[str, Any]]:
    """Unit -> {name, codes} on the last day of the round's period."""
    rows = await connection.fetch(_UNITS, sorted(set(units)), assessed.period.last)
    return {row["unit_id"]: {"name": row["name"] or "", "codes": json.loads(row["codes"] or "{}")} for row in rows}
