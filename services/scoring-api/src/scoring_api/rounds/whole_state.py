"""Reads the whole state of a round as far as a person's roles reach: forty units with a hundred components in one go."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import asyncpg

from parindex.db.session import Database
from parindex.engine.assessment import final_side
from parindex.engine.criteria import kind_of
from scoring_api.people.person import Person
from scoring_api.rounds import access
from scoring_api.rounds.access import Reach, need_reach
from scoring_api.rounds.answers import (
    CellLine,
    ComponentLine,
    FieldLine,
    RoundDocument,
    RoundHead,
    RoundList,
    StoredSides,
    UnitLine,
    round_head,
)
from scoring_api.rounds.events import read_state
from scoring_api.rounds.fold import State
from scoring_api.rounds.round import Round, load_round
from scoring_api.rounds.standing import read_units
from scoring_api.rounds.submit_step import declarable

_CELLS = """
SELECT unit_id, component, sides::text AS sides, evidence, event_no, ARRAY(SELECT jsonb_object_keys(sides)) AS spoken,
       sides #>> '{declared,input}' IS NOT NULL AS declared
FROM round_cell
WHERE tenant_id = $1 AND round_id = $2 AND ($3 OR unit_id = ANY($4::int[]) OR component = ANY($5::text[]))
ORDER BY unit_id, component COLLATE "C"
"""
_PERSONS = """
SELECT person_id, name FROM person p WHERE tenant_id = $1 AND ($3 OR EXISTS (
  SELECT FROM round_event e WHERE e.tenant_id = $1 AND e.round_id = $2 AND e.person_id = p.person_id
  AND (e.unit_id IS NULL OR e.unit_id = ANY($4::int[]) OR e.component = ANY($5::text[]))))
"""
_ROUNDS = "SELECT round_id FROM assessment_round WHERE tenant_id = $1 ORDER BY round_id DESC LIMIT 200"


async def list_rounds(database: Database, person: Person) -> RoundList:
    """The authority's rounds (the newest 200) in which one of the person's roles has a part."""
    heads: list[RoundHead] = []
    async with database.transaction() as connection:
        for (round_id,) in await connection.fetch(_ROUNDS, person.tenant_id):
            assessed = await load_round(connection, person.tenant_id, round_id)
            if not access.reach(person, assessed).nothing:
                heads.append(round_head(assessed, await read_state(connection, person.tenant_id, round_id)))
    return RoundList(heads)


async def whole_state(database: Database, person: Person, round_id: int) -> RoundDocument:
    """State, components, units and every cell that the person may see, of one instant. Raises NotFound or Forbidden."""
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        assessed = await load_round(connection, person.tenant_id, round_id)
        reach = need_reach(person, assessed)
        state = await read_state(connection, person.tenant_id, round_id)
        scope = (person.tenant_id, round_id, *visible(assessed, reach))
        cells = await connection.fetch(_CELLS, *scope)
        persons = await connection.fetch(_PERSONS, *scope)
        units = await read_units(connection, assessed, [*assessed.units, *assessed.departments.values()])
    return await asyncio.to_thread(_document, assessed, reach, state, cells, persons, units)


def visible(assessed: Round, reach: Reach) -> tuple[bool, list[int], list[str]]:
    """The reach as queries take it: everything, else units and codes of components."""
    codes = [node.code for node in assessed.components if assessed.field(node.code).code in reach.fields]
    return reach.whole, sorted(reach.units), codes


def _document(
    assessed: Round,
    reach: Reach,
    state: State,
    rows: Sequence[asyncpg.Record],
    persons: Sequence[asyncpg.Record],
    units: dict[int, dict[str, Any]],
) -> RoundDocument:
    sources = {node.code: assessed.source(node.code) for node in assessed.components}
    cells = []
    counts: Counter[tuple[int, str]] = Counter()
    for unit_id, component, text, evidence, event_no, sides, declared in rows:
        # The sides go out as they are stored: thousands of them are read and written in no time.
        final = final_side(sources[component], dict.fromkeys(sides, True))
        cells.append(CellLine(unit_id, component, final, StoredSides(text), evidence, event_no))
        counts[unit_id, "evidence"] += evidence
        counts[unit_id, "final"] += final is not None
        counts[unit_id, "declared"] += declared
        counts[unit_id, "appraised"] += "appraised_1" in sides or "appraised_2" in sides
        counts[unit_id, "answered"] += "answered" in sides
    seen = [unit_id for unit_id in assessed.units if reach.whole or reach.fields or unit_id in reach.units]
    return RoundDocument(
        round_head(assessed, state),
        reach.whole,
        _late_rights(state, reach),
        state.close_proposed_by,
        [_field(assessed, code, units) for code in _field_codes(assessed)],
        _components(assessed, reach),
        [
            UnitLine(
                unit_id,
                units[unit_id]["name"],
                units[unit_id]["codes"],
                dict(state.submissions.get(str(unit_id), {})),
                *(counts[unit_id, what] for what in ("declared", "appraised", "answered", "final", "evidence")),
            )
            for unit_id in seen
        ],
        cells,
        {str(person_id): name for person_id, name in persons},
    )


def _late_rights(state: State, reach: Reach) -> dict[str, dict[str, str]]:
    if reach.whole:
        return {phase: dict(rights) for phase, rights in state.late_rights.items()}
    own = {str(unit_id) for unit_id in reach.units}
    return {
        phase: {subject: until for subject, until in rights.items() if subject in own or phase.startswith("appraisal")}
        for phase, rights in state.late_rights.items()
    }


def _field_codes(assessed: Round) -> list[str]:
    return [one.node.code for one in assessed.plan.nodes if one.parent < 0]


def _field(assessed: Round, code: str, units: dict[int, dict[str, Any]]) -> FieldLine:
    node = assessed.plan.nodes[assessed.plan.places[code]].node
    department = assessed.departments.get(code)
    name = units[department]["name"] if department is not None else ""
    return FieldLine(code, node.number, node.title_vi, node.section, department, name)


def _components(assessed: Round, reach: Reach) -> list[ComponentLine]:
    own = {node.code for node in declarable(assessed)}
    lines = []
    for node in assessed.components:
        field = assessed.field(node.code)
        if not (reach.whole or reach.units or field.code in reach.fields):
            continue
        leaf = node.leaf
        lines.append(
            ComponentLine(
                node.code,
                node.number,
                node.title_vi,
                field.code,
                field.section,
                f"{node.maximum:f}",
                None if leaf is None else kind_of(leaf.rule),
                assessed.source(node.code),
                "" if leaf is None else leaf.evidence_required,
                node.provenance,
                node.code in own,
            )
        )
    return lines
