"""Reads the score of a unit and the table of a round from the present final inputs: provisional until the round is closed."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import asyncpg

from parindex.db.session import Database
from parindex.engine.index_table import index_table
from parindex.engine.inputs import Inputs
from parindex.engine.score import ENGINE_VERSION
from scoring_api.answers import NOTICES
from scoring_api.improve.flagged import Flagged, flagged_components
from scoring_api.people.person import Person
from scoring_api.rounds.access import Reach, need_reach, need_unit_sight
from scoring_api.rounds.answers import RoundTable, UnitScore, framework_name
from scoring_api.rounds.events import read_state
from scoring_api.rounds.fold import SIDES, State
from scoring_api.rounds.round import Round, load_round
from scoring_api.rounds.standing import UnitInputs, final_inputs, read_units, score_documents

_TOTALS = ("points", "maximum", "index", "bonus", "penalty", "grade", "counts")
_RUN = """
SELECT event_no, state, as_of, document::text AS document FROM index_run r
WHERE tenant_id = $1 AND round_id = $2 AND engine_version = $3
  AND NOT EXISTS (SELECT FROM round_event e WHERE e.tenant_id = $1 AND e.round_id = $2 AND e.event_no > r.event_no
                  AND e.kind = ANY($4::text[]))
ORDER BY event_no DESC LIMIT 1
"""


async def unit_score(database: Database, person: Person, round_id: int, unit_id: int) -> UnitScore:
    """The explained score of one unit; an appraiser sees its fields of it. Raises NotFound or Forbidden."""
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        assessed = await load_round(connection, person.tenant_id, round_id)
        assessed.need_unit(unit_id)
        reach = need_reach(person, assessed)
        if not reach.sees_unit(unit_id) and not reach.fields:
            need_unit_sight(person, assessed, unit_id)
        state = await read_state(connection, person.tenant_id, round_id)
        inputs = await final_inputs(connection, assessed, [unit_id])
        unit = (await read_units(connection, assessed, [unit_id]))[unit_id]
    document = (await asyncio.to_thread(score_documents, assessed, inputs))[unit_id]
    if not reach.sees_unit(unit_id):
        document = _of_fields(document, reach.fields)
    return UnitScore(
        round_id,
        state.last_event_no,
        _standing(state),
        assessed.realm,
        NOTICES.get(assessed.realm),
        framework_name(assessed),
        unit_id,
        unit["name"],
        unit["codes"],
        document,
        _flagged(assessed, inputs[unit_id], {node["code"] for node in document["nodes"]}),
    )


async def round_table(database: Database, person: Person, round_id: int, now: dt.datetime) -> RoundTable:
    """The table: the worker's stored run if it has seen the last inputs, else computed now and marked so.

    A unit sees its own row, an appraiser the columns of its fields. Raises NotFound or Forbidden.
    """
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        assessed = await load_round(connection, person.tenant_id, round_id)
        reach = need_reach(person, assessed)
        state = await read_state(connection, person.tenant_id, round_id)
        run = await _stored_run(connection, assessed, state)
        inputs: UnitInputs = {}
        if run is None:
            inputs = await final_inputs(connection, assessed, assessed.units)
        units = await read_units(connection, assessed, assessed.units)
    if run is None:
        computed, as_of, table = "now", now, await asyncio.to_thread(_table, assessed, inputs, units)
    else:
        computed, as_of, table = "stored", run["as_of"], json.loads(run["document"])
    return RoundTable(
        round_id,
        state.last_event_no,
        _standing(state),
        computed,
        as_of,
        assessed.realm,
        NOTICES.get(assessed.realm),
        framework_name(assessed),
        _for_reader(table, reach),
    )


def _standing(state: State) -> str:
    return "final" if state.phase == "closed" else "provisional"


async def _stored_run(connection: asyncpg.Connection, assessed: Round, state: State) -> asyncpg.Record | None:
    """The newest run, unless somebody has spoken on a component since, or the round was closed since."""
    row = await connection.fetchrow(_RUN, assessed.tenant_id, assessed.round_id, ENGINE_VERSION, sorted(SIDES))
    return row if row is not None and row["state"] == _standing(state) else None


def _table(assessed: Round, inputs: UnitInputs, units: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    table = index_table(assessed.file.framework, score_documents(assessed, inputs))
    for line in table["rows"]:
        line["unit"] = dict(units[line["unit_id"]])
    return table | {
        "block": assessed.block,
        "period": assessed.period.code,
        "realm": assessed.realm,
        "round_id": assessed.round_id,
    }


def _for_reader(table: dict[str, Any], reach: Reach) -> dict[str, Any]:
    if reach.whole:
        return table
    rows = []
    for row in table["rows"]:
        if row["unit_id"] in reach.units:
            rows.append(row)
        elif reach.fields:
            rows.append(
                {**row, **dict.fromkeys(_TOTALS), "rank": None, "not_ranked": None, "views": []}
                | {part: [one for one in row[part] if one["code"] in reach.fields] for part in ("fields",)}
                | {"missing": [], "input_sha256": None}
            )
    # The mean of few units would give another's figure away.
    return {**table, "rows": rows, "mean": None}


def _flagged(assessed: Round, inputs: Inputs, seen: set[str]) -> list[Flagged]:
    found = flagged_components(assessed.plan, inputs, assessed.period.last)
    return [one for one in found if one.code in seen]


def _of_fields(document: dict[str, Any], fields: frozenset[str]) -> dict[str, Any]:
    """What a score says of some fields: without totals, which are made of the others too."""
    inside: set[str] = set()
    for node in document["nodes"]:
        if node["code"] in fields or node["parent"] in inside:
            inside.add(node["code"])
    return {
        **document,
        **dict.fromkeys((*_TOTALS, "complete", "input_sha256")),
        "views": [],
        **{
            part: [one for one in document[part] if one["code"] in inside]
            for part in ("missing", "fields", "not_reached", "nodes")
        },
    }
