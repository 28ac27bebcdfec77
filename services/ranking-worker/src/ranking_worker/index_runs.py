"""Computes assessment rounds: the explained score of each unit and the table of the round, whenever inputs changed.

What is due is computed from rows: a round whose last event no run has seen. A unit is computed again only when its
final inputs, the framework or the engine changed; a run is stored only when its table could differ. Everything is
inserted, never replaced, so it may run twice, in several processes, or be killed anywhere.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from parindex.db.session import Database
from parindex.engine.assessment import final_input
from parindex.engine.digest import sha256
from parindex.engine.index_table import index_table
from parindex.engine.inputs import input_digest
from parindex.engine.period import Period
from parindex.engine.read_inputs import read_for
from parindex.engine.score import ENGINE_VERSION, Plan, compile_framework
from parindex.engine.score_document import document as score_document
from parindex.frameworks.criteria_file import read_framework_json
from ranking_worker.registers import RegisterCache

_DUE = """
SELECT s.tenant_id, s.round_id, s.last_event_no FROM round_state s
WHERE NOT EXISTS (SELECT FROM index_run r WHERE r.tenant_id = s.tenant_id AND r.round_id = s.round_id AND r.event_no = s.last_event_no AND r.engine_version = $1)
ORDER BY s.tenant_id, s.round_id
"""
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('parindex-index-run/' || $1 || '/' || $2, 0))"
_ROUND = """
SELECT r.realm, r.block, r.period, r.scope_unit_id, r.framework_version_id, v.document::text AS document, s.phase, s.last_event_no,
       clock_timestamp() AS now
FROM assessment_round r
JOIN round_state s ON s.tenant_id = r.tenant_id AND s.round_id = r.round_id
JOIN framework_version v ON v.framework_version_id = r.framework_version_id
WHERE r.tenant_id = $1 AND r.round_id = $2
"""
_UNITS = "SELECT unit_id FROM round_unit WHERE tenant_id = $1 AND round_id = $2"
_CELLS = "SELECT unit_id, component, sides::text AS sides FROM round_cell WHERE tenant_id = $1 AND round_id = $2"
_LAST = """
SELECT state, input_sha256, framework_sha256 FROM index_run
WHERE tenant_id = $1 AND round_id = $2 AND engine_version = $3 ORDER BY event_no DESC LIMIT 1
"""
_STORED = """
SELECT unit_id, document::text AS document FROM index_result
WHERE tenant_id = $1 AND round_id = $2 AND engine_version = $3
  AND (unit_id, input_sha256) IN (SELECT * FROM unnest($4::int[], $5::text[]))
"""
_INSERT_RESULTS = """
INSERT INTO index_result (tenant_id, round_id, unit_id, input_sha256, engine_version, framework_sha256, document, sha256, recorded_at)
SELECT $1, $2, row.unit_id, row.input_sha256, $3, $4, row.document::jsonb, row.sha256, $5
FROM unnest($6::int[], $7::text[], $8::text[], $9::text[]) AS row(unit_id, input_sha256, document, sha256)
ON CONFLICT DO NOTHING
"""
_INSERT_RUN = """
INSERT INTO index_run (tenant_id, round_id, event_no, engine_version, realm, state, framework_version_id, framework_sha256, input_sha256,
                       as_of, document, sha256, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12, $10)
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Computed:
    """What one look at a round did."""

    tenant_id: int
    round_id: int
    event_no: int
    units: int
    """Units that were computed anew; the others' inputs had not changed."""
    stored: bool
    """False: nothing that the table shows had changed."""


@dataclass(slots=True)
class RoundBook:
    """What this process knows of rounds: compiled frameworks, and how far each round was looked at without a change."""

    plans: dict[tuple[int, str], Plan] = field(default_factory=dict)
    seen: dict[tuple[int, int], int] = field(default_factory=dict)

    def plan(self, framework_version_id: int, block: str, document: str) -> Plan:
        """The compiled framework version for a block; a published version never changes."""
        key = framework_version_id, block
        if key not in self.plans:
            framework = read_framework_json(json.loads(document)).framework
            self.plans[key] = compile_framework(framework, block)
        return self.plans[key]


async def compute_rounds(database: Database, registers: RegisterCache, book: RoundBook) -> list[Computed]:
    """Looks at every round with events that no run has seen. Returns what was done, round by round."""
    async with database.connection() as connection:
        due = await connection.fetch(_DUE, ENGINE_VERSION)
    done = []
    for tenant_id, round_id, last_event_no in due:
        if book.seen.get((tenant_id, round_id)) != last_event_no:
            computed = await _compute_round(database, registers, book, tenant_id, round_id)
            if computed is not None:
                book.seen[tenant_id, round_id] = computed.event_no
                done.append(computed)
    return done


async def _compute_round(
    database: Database, registers: RegisterCache, book: RoundBook, tenant_id: int, round_id: int
) -> Computed | None:
    """One transaction; None when another process is at it.

    Repeatable read: the cells belong to the event number that the run names.
    """
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read"):
        if not await connection.fetchval(_LOCK, str(tenant_id), str(round_id)):
            return None
        row = await connection.fetchrow(_ROUND, tenant_id, round_id)
        assert row is not None, "round_state has no row without its round"
        await registers.renew(connection)
        plan = await asyncio.to_thread(book.plan, row["framework_version_id"], row["block"], row["document"])
        units = [unit_id for (unit_id,) in await connection.fetch(_UNITS, tenant_id, round_id)]
        cells = await connection.fetch(_CELLS, tenant_id, round_id)
        inputs = await asyncio.to_thread(_final_inputs, plan, units, cells)
        digests = {unit_id: input_digest(of) for unit_id, of in inputs.items()}
        state = "final" if row["phase"] == "closed" else "provisional"
        input_sha256 = sha256({str(unit_id): digest for unit_id, digest in digests.items()}).hex()
        last = await connection.fetchrow(_LAST, tenant_id, round_id, ENGINE_VERSION)
        if last is not None and tuple(last) == (state, input_sha256, plan.framework.sha256):
            return Computed(tenant_id, round_id, row["last_event_no"], 0, stored=False)
        documents = {
            unit_id: json.loads(document)
            for unit_id, document in await connection.fetch(
                _STORED, tenant_id, round_id, ENGINE_VERSION, list(digests), list(digests.values())
            )
        }
        touched = [unit_id for unit_id in units if unit_id not in documents]
        now: dt.datetime = row["now"]
        documents |= await asyncio.to_thread(_score, plan, {unit_id: inputs[unit_id] for unit_id in touched})
        await _store_results(connection, tenant_id, round_id, plan, now, {one: documents[one] for one in touched})
        table = index_table(plan.framework, documents)
        day = Period.parse(row["period"]).last
        for line in table["rows"]:
            name, codes, _ = registers.current.described(line["unit_id"], day)
            line["unit"] = {"name": name, "codes": codes}
        table |= {"block": row["block"], "period": row["period"], "realm": row["realm"], "round_id": round_id}
        await connection.execute(
            _INSERT_RUN, tenant_id, round_id, row["last_event_no"], ENGINE_VERSION, row["realm"], state,
            row["framework_version_id"], plan.framework.sha256, input_sha256, now, json.dumps(table), sha256(table).hex(),
        )  # fmt: skip
    return Computed(tenant_id, round_id, row["last_event_no"], len(touched), stored=True)


def _final_inputs(plan: Plan, units: list[int], cells: list[asyncpg.Record]) -> dict[int, dict[str, Any]]:
    """The final inputs of each unit, read for the engine; a component without one is missing."""
    final: dict[int, dict[str, Any]] = {unit_id: {} for unit_id in units}
    nodes = {placed.node.code: placed.node for placed in plan.nodes}
    for unit_id, component, sides in cells:
        node = nodes.get(component)
        if node is not None:
            source = node.leaf.source if node.leaf is not None else "external"
            if (given := final_input(source, json.loads(sides))) is not None:
                final[unit_id][component] = given
    return {unit_id: read_for(plan, of) for unit_id, of in final.items()}


def _score(plan: Plan, inputs: Mapping[int, Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
    return {unit_id: score_document(plan, plan.score(of, unit=str(unit_id)), of) for unit_id, of in inputs.items()}


async def _store_results(
    connection: asyncpg.Connection,
    tenant_id: int,
    round_id: int,
    plan: Plan,
    now: dt.datetime,
    documents: Mapping[int, dict[str, Any]],
) -> None:
    units = list(documents)
    await connection.execute(
        _INSERT_RESULTS, tenant_id, round_id, ENGINE_VERSION, plan.framework.sha256, now, units,
        [documents[one]["input_sha256"] for one in units], [json.dumps(documents[one]) for one in units],
        [sha256(documents[one]).hex() for one in units],
    )  # fmt: skip
