"""An edition of 3,321 communes: built, hashed, signed and stored, against the bytes alone in the same run."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import random
import time
from typing import Any

import asyncpg

from bench.measures import Line
from bench.stage import Stage
from parindex.editions.envelope import Publication, Sealed, seal
from parindex.editions.keys import PrivateKey
from parindex.engine import criteria
from parindex.engine.score import ENGINE_VERSION
from parindex.frameworks.criteria_catalogue import load_frameworks
from ranking_worker.drafts import compute

COMMUNES = 3321
TARGET_SECONDS = 2.0
RUNS = 5
BLOCK = "commune"
_TABLES = """
CREATE TEMP TABLE edition_bench (document text, sha256 text, signature bytea);
CREATE TEMP TABLE inputs_bench (document text, sha256 text);
"""


def round_inputs(communes: int = COMMUNES, *, seed: int = 7) -> dict[str, Any]:
    """A closed round over the commune template, every component of every commune with an invented input."""
    chance = random.Random(seed)
    framework = load_frameworks().versions("par-commune")[-1].framework
    block = BLOCK if BLOCK in framework.blocks else framework.blocks[0]
    leaves = framework.leaves(block)
    units = [str(200_000 + place) for place in range(communes)]
    return {
        "kind": "round",
        "engine_version": ENGINE_VERSION,
        "as_of": "2026-01-20T00:00:00+00:00",
        "realm": "synthetic",
        "scope": {"unit_id": 0, "name": "Cả nước", "codes": {}},
        "block": block,
        "period": "2025",
        "title_vi": "Dữ liệu giả lập",
        "decision": None,
        "source": "synthetic",
        "units": {
            unit_id: {"name": f"Xã {unit_id}", "codes": {"gso": unit_id[1:]}, "region": f"Vùng {place % 6}"}
            for place, unit_id in enumerate(units)
        },
        "framework": dict(framework.document),
        "inputs": {unit_id: {leaf.code: _input(leaf, chance) for leaf in leaves} for unit_id in units},
    }


def _input(node: criteria.Node, chance: random.Random) -> dict[str, Any]:
    """Input JSON that the component's rule can use."""
    assert node.leaf is not None
    bottom = chance.randrange(1, 90_000)
    match node.leaf.rule:
        case criteria.YesNo():
            return {"value": chance.random() < 0.8}
        case criteria.Checklist(options):
            return {"ticked": [option.id for option in options if chance.random() < 0.7]}
        case criteria.Choice(options):
            return {"chosen": chance.choice(options).id}
        case criteria.Steps(of="date"):
            return {"date": f"2025-{chance.randrange(1, 13):02d}-15"}
        case criteria.Steps(of="number"):
            return {"value": str(chance.randrange(100))}
        case criteria.PerItem():
            return {"count": chance.randrange(7)}
        case criteria.Deduct(events):
            return {"events": {event.id: chance.randrange(2) for event in events}}
        case criteria.Survey():
            return {"percent": f"{chance.randrange(6000, 10_001) / 100:.2f}"}
        case criteria.External(scale=scale):
            return {"value": str(scale * chance.randrange(60, 101) / 100)}
        case criteria.YearOnYear():
            return {"current": f"{chance.randrange(40, 60) / 10:.1f}", "previous": "5.0"}
        case criteria.Manual():
            return {"points": str(node.maximum * chance.randrange(5) / 4)}
        case criteria.Info():
            return {"value": "synthetic"}
    return {"numerator": str(chance.randrange(bottom + 1)), "denominator": str(bottom)}


def edition_lines(stage: Stage) -> list[Line]:
    """Seconds from the gathered inputs to the committed edition; the floor writes and hashes the same bytes, nothing else.

    In a process that has done it before, as the worker has; the middle of several runs.
    """
    inputs = round_inputs()
    return asyncio.run(_lines(stage.url, inputs))


async def _lines(url: str, inputs: dict[str, Any]) -> list[Line]:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_TABLES)
        runs = sorted([await _run(connection, inputs) for _ in range(RUNS)])
    finally:
        await connection.close()
    measured, busy, floor, size = runs[RUNS // 2]
    leaves = len(next(iter(inputs["inputs"].values())))
    return [
        Line(
            f"synthetic, edition of {COMMUNES:,} communes x {leaves} components, {size / 1e6:.0f} MB: built, hashed, signed, stored; middle of {RUNS}",
            f"{measured:.2f} s ({busy:.2f} s of it computing)",
            f"{floor:.2f} s (the same bytes hashed and stored)",
            measured / floor,
            f"<= {TARGET_SECONDS:.0f} s",
            measured <= TARGET_SECONDS,
        )
    ]


async def _run(connection: asyncpg.Connection, inputs: dict[str, Any]) -> tuple[float, float, float, int]:
    """Seconds in all, of them computing, seconds of the floor, and bytes."""
    key = PrivateKey.of_bytes(bytes(range(32)))
    publication = Publication(0, 1, 1, None, None, dt.datetime(2026, 1, 20, tzinfo=dt.UTC))
    began, busy = time.perf_counter(), time.process_time()
    built = compute(inputs)
    assert built.body is not None
    assert built.inputs is not None
    assert built.inputs_sha256 is not None
    sealed = seal(built.body.decode(), publication, None, key)
    await _store(connection, sealed, built.inputs.decode(), built.inputs_sha256)
    measured, busy = time.perf_counter() - began, time.process_time() - busy
    began = time.perf_counter()
    hashlib.sha256(built.inputs).hexdigest()
    await _store(connection, sealed, built.inputs.decode(), hashlib.sha256(sealed.text.encode()).hexdigest())
    floor = time.perf_counter() - began
    return measured, busy, floor, len(built.inputs) + len(sealed.text)


async def _store(connection: asyncpg.Connection, sealed: Sealed, inputs: str, inputs_sha256: str) -> None:
    async with connection.transaction():
        await connection.execute(
            "INSERT INTO edition_bench VALUES ($1, $2, $3)", sealed.text, sealed.sha256, sealed.signature
        )
        await connection.execute("INSERT INTO inputs_bench VALUES ($1, $2)", inputs, inputs_sha256)
