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


_NAMES = """
SELECT DISTINCT ON (unit_id) unit_id, name FROM unit_name
WHERE unit_id = ANY($1::int[]) AND coalesce(lower(valid), '-infinity') <= $2::date ORDER BY unit_id, lower(valid) DESC NULLS LAST
"""
_CODES = "SELECT unit_id, scheme, code, valid @> $2::date AS held FROM unit_code WHERE unit_id = ANY($1::int[])"


async def read_units(
    connection: asyncpg.Connection, assessed: Round, units: Sequence[int]
) -> dict[int, dict[str, Any]]:
    """Unit -> {name, codes} on the last day of the round's period."""
    wanted, day = sorted(set(units)), assessed.period.last
    found: dict[int, dict[str, Any]] = {unit_id: {"name": "", "codes": {}} for unit_id in wanted}
    for unit_id, name in await connection.fetch(_NAMES, wanted, day):
        found[unit_id]["name"] = name
    for unit_id, scheme, code, held in await connection.fetch(_CODES, wanted, day):
        if held:
            found[unit_id]["codes"][scheme] = code
    return found
