"""A unit of an assessment round as the start of a target or what-if, as far as the person's roles reach.

Who sees the whole round is measured against its provisional figures. Who speaks for a unit starts from its own inputs and is
measured against the last published table only.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import asyncpg

from parindex.db.session import Database
from parindex.engine.assessment import final_input
from parindex.engine.inputs import Inputs
from parindex.engine.read_inputs import read_for
from scoring_api.improve.bases import Base, figures, number, refused
from scoring_api.improve.published_others import published_others
from scoring_api.people.person import Person
from scoring_api.rounds.access import need_reach, need_unit_sight
from scoring_api.rounds.events import read_state
from scoring_api.rounds.round import Round, load_round
from scoring_api.rounds.standing import final_inputs, read_units

_CELLS = """
SELECT component, sides::text AS sides FROM round_cell WHERE tenant_id = $1 AND round_id = $2 AND unit_id = $3
"""


async def round_base(database: Database, person: Person, base: Mapping[str, Any], unit: Any) -> Base:
    """The unit with its final inputs, or with `inputs: latest` what it said last where nobody has decided yet.

    Raises NotFound, Forbidden, and Invalid for another form.
    """
    round_id, which, unit_id = number(base.get("round")), base.get("inputs", "final"), number(unit)
    if base.keys() - {"round", "inputs"} or round_id is None or which not in ("final", "latest"):
        raise refused("The round has another form.", "base")
    if unit_id is None:
        raise refused(f"unit is {str(unit)[:60]!r}.", "unit", "Expected our own id of a unit of the round.")
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        assessed = await load_round(connection, person.tenant_id, round_id)
        reach = need_reach(person, assessed)
        need_unit_sight(person, assessed, unit_id)
        state = await read_state(connection, person.tenant_id, round_id)
        inputs = await final_inputs(connection, assessed, assessed.units)
        own: Inputs = inputs[unit_id] if which == "final" else await _latest(connection, assessed, unit_id)
        names = {one: line["name"] for one, line in (await read_units(connection, assessed, assessed.units)).items()}
        published = None if reach.whole else await published_others(connection, assessed, unit_id)
    about: dict[str, int | str] = {
        "round_id": round_id, "inputs": which, "event_no": state.last_event_no, "period": assessed.period.code,
    }  # fmt: skip
    standing = "final" if state.phase == "closed" else "provisional"
    head = ("round", assessed.file, assessed.plan, unit_id, names[unit_id], own)
    if published is not None:
        about |= {"others": "published", "others_edition": published.edition_no, "others_period": published.period}
        return Base(*head, published.figures, published.names, standing, assessed.realm, about)
    if not reach.whole:
        return Base(*head, {}, None, standing, assessed.realm, {**about, "others": "none"}, places=False)
    others = await asyncio.to_thread(
        figures, assessed.plan, {one: given for one, given in inputs.items() if one != unit_id}
    )
    return Base(*head, others, names, standing, assessed.realm, {**about, "others": standing})


async def _latest(connection: asyncpg.Connection, assessed: Round, unit_id: int) -> Inputs:
    rows = await connection.fetch(_CELLS, assessed.tenant_id, assessed.round_id, unit_id)
    said = {}
    for component, text in rows:
        sides = json.loads(text)
        given = final_input(assessed.source(component), sides)
        for side in ("answered", "declared"):
            given = given if given is not None else sides.get(side, {}).get("input")
        if given is not None:
            said[component] = given
    return read_for(assessed.plan, said)
