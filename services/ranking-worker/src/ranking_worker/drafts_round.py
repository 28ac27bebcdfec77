"""What an edition of an assessment round is computed from: the final inputs of a closed round."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import asyncpg

from parindex.engine.assessment import final_input
from parindex.engine.criteria import Framework
from parindex.engine.digest import sha256
from parindex.engine.inputs import input_digest
from parindex.engine.period import Period
from parindex.engine.placed import placed_nodes
from parindex.engine.read_inputs import read_for
from parindex.engine.score import ENGINE_VERSION, compile_framework
from parindex.frameworks.criteria_file import read_framework_json
from ranking_worker.drafts_heading import Wish, cannot_be_built, described_units, heading
from ranking_worker.registers import Registers

_ROUND = """
SELECT r.realm, r.block, r.period, r.scope_unit_id, r.title_vi, v.document::text AS framework, s.phase, s.last_event_no
FROM assessment_round r
JOIN round_state s ON s.tenant_id = r.tenant_id AND s.round_id = r.round_id
JOIN framework_version v ON v.framework_version_id = r.framework_version_id
WHERE r.tenant_id = $1 AND r.round_id = $2
"""
_RUN = """
SELECT input_sha256, as_of FROM index_run
WHERE tenant_id = $1 AND round_id = $2 AND engine_version = $3 AND state = 'final' ORDER BY event_no DESC LIMIT 1
"""
_UNITS = "SELECT unit_id FROM round_unit WHERE tenant_id = $1 AND round_id = $2"
_CELLS = "SELECT unit_id, component, sides::text AS sides FROM round_cell WHERE tenant_id = $1 AND round_id = $2"


async def round_mark(connection: asyncpg.Connection, wish: Wish) -> str:
    """Changes whenever the inputs may have: the round's last event, and its last run."""
    row = await connection.fetchrow(
        "SELECT s.last_event_no, s.phase, max(r.event_no) AS run FROM round_state s"
        " LEFT JOIN index_run r ON r.tenant_id = s.tenant_id AND r.round_id = s.round_id AND r.engine_version = $3"
        " WHERE s.tenant_id = $1 AND s.round_id = $2 GROUP BY 1, 2",
        wish.tenant_id,
        wish.source["round_id"],
        ENGINE_VERSION,
    )
    return "" if row is None else f"{row['last_event_no']}/{row['phase']}/{row['run']}"


async def round_inputs(connection: asyncpg.Connection, registers: Registers, wish: Wish) -> dict[str, Any]:
    """The inputs document. Raises Invalid while the round is not closed, or its final table is not computed yet."""
    key = wish.tenant_id, wish.source["round_id"]
    row = await connection.fetchrow(_ROUND, *key)
    if row is None:
        raise cannot_be_built(
            "round_unknown",
            "source.round_id",
            f"Không có đợt đánh giá {key[1]}. / Authority {key[0]} has no round {key[1]}.",
            "Withdraw the publication and draft it again from a round of this authority.",
        )
    if row["phase"] != "closed":
        raise cannot_be_built(
            "round_open",
            "source.round_id",
            f"Đợt đánh giá chưa đóng. / Round {key[1]} is in phase {row['phase']}; only a closed round is published.",
            "Close the round (two council members); the draft is then built by itself.",
        )
    run = await connection.fetchrow(_RUN, *key, ENGINE_VERSION)
    if run is None:
        raise cannot_be_built(
            "round_not_computed",
            "source.round_id",
            f"Chưa tính xong bảng cuối cùng. / The final table of round {key[1]} is not computed yet.",
            "Wait a moment; if it stays so, look at the log of ranking-worker.",
        )
    units = [unit_id for (unit_id,) in await connection.fetch(_UNITS, *key)]
    cells = await connection.fetch(_CELLS, *key)
    document = json.loads(row["framework"])
    inputs, digest = await asyncio.to_thread(_final, document, row["block"], units, cells)
    if digest != run["input_sha256"]:
        raise cannot_be_built(
            "round_not_computed",
            "source.round_id",
            f"Bảng cuối cùng chưa theo kịp số liệu của đợt. / The final table of round {key[1]} was computed from other inputs than its cells hold now.",
            "Wait for the next computation; if it stays so, the round's events and its cells disagree.",
        )
    day = Period.parse(row["period"]).last
    return {
        "kind": "round",
        **heading(
            wish,
            registers,
            as_of=run["as_of"],
            realm=row["realm"],
            scope_unit_id=row["scope_unit_id"],
            block=row["block"],
            period=row["period"],
            day=day,
            source=f"{row['title_vi']} (đợt đánh giá {key[0]}/{key[1]}, sự kiện {row['last_event_no']})",
        ),
        "units": described_units(registers, units, day),
        "framework": document,
        "inputs": inputs,
    }


def _final(
    document: dict[str, Any], block: str, units: list[int], cells: Iterable[asyncpg.Record]
) -> tuple[dict[str, dict[str, Any]], str]:
    """The final inputs of each unit as JSON, and the digest that a run over them names."""
    framework: Framework = read_framework_json(document, "the round's framework").framework
    nodes = {placed.node.code: placed.node for placed in placed_nodes(framework, block)}
    final: dict[str, dict[str, Any]] = {str(unit_id): {} for unit_id in units}
    for unit_id, component, sides in cells:
        node = nodes.get(component)
        if node is not None:
            source = node.leaf.source if node.leaf is not None else "external"
            given = final_input(source, json.loads(sides))
            if given is not None:
                final[str(unit_id)][component] = given
    plan = compile_framework(framework, block)
    digest = sha256({unit_id: input_digest(read_for(plan, given)) for unit_id, given in final.items()})
    return final, digest.hex()
