"""Opening a round of forty units over HTTP: every component declared and appraised, one in five answered, one in twenty decided."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import time
from typing import Any

import asyncpg

from bench.client import request_bytes, send
from bench.measures import Line
from bench.stage import Stage
from parindex.frameworks.criteria_catalogue import load_frameworks
from support.people import make_person

UNITS, H99, ROUND = 40, 990_000, 1
TARGET_MS = 150
TIMES = 25
ALWAYS, DISPUTED, DECIDED = ("declared", "appraised_1"), ("answered", "appraised_2"), ("decided",)
WORDS = "Đã công khai tiến độ, kết quả giải quyết hồ sơ trên Cổng dịch vụ công của tỉnh theo Kế hoạch số 12/KH-UBND. "


def round_lines(stage: Stage) -> list[Line]:
    """One line: the median of sequential requests, against the same number of constant bytes from the same application."""
    return asyncio.run(_measure(stage))


async def _measure(stage: Stage) -> list[Line]:
    connection = await asyncpg.connect(stage.url)
    try:
        components = await _open(connection)
        auditor = await make_person(connection, H99, "Kiểm tra", ["auditor"])
    finally:
        await connection.close()
    port = stage.ports["scoring"]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def median(path: str, headers: dict[str, str]) -> tuple[float, bytes]:
        request, taken, body = request_bytes("GET", path, headers), [], b""
        for _ in range(TIMES):
            began = time.perf_counter()
            status, body = await send(reader, writer, request)
            taken.append(1000 * (time.perf_counter() - began))
            if status != 200:
                raise RuntimeError(f"{path} answered {status}: {body[:300]!r}")
        return sorted(taken)[TIMES // 2], body

    measured, body = await median(f"/v1/rounds/{ROUND}", auditor.headers)
    cells = len(json.loads(body)["cells"])
    if cells != UNITS * components:
        raise RuntimeError(f"the state has {cells} cells, expected {UNITS} x {components}")
    floor, _ = await median(f"/bench/constant/{len(body)}", {})
    writer.close()
    what = f"synthetic, whole state of a round over HTTP: {UNITS} units x {components} components, {len(body):,} bytes"
    return [
        Line(
            what,
            f"{measured:,.1f} ms",
            f"{floor:,.1f} ms (same bytes, constant)",
            measured / floor,
            f"<= {TARGET_MS} ms",
            measured <= TARGET_MS,
        )
    ]


async def _open(connection: asyncpg.Connection) -> int:
    """Stores the round as the use cases leave it; returns the number of its components."""
    framework = load_frameworks().get("par-department", "2025-1").framework
    block, now = framework.blocks[0], dt.datetime.now(dt.UTC)
    components = [leaf.code for leaf in framework.leaves(block)]
    units = [
        row["unit_id"] for row in await connection.fetch("SELECT unit_id FROM unit ORDER BY unit_id LIMIT $1", UNITS)
    ]
    version = await connection.fetchval(
        "SELECT framework_version_id FROM framework_version WHERE code = 'par-department' AND version = '2025-1'"
    )
    await connection.execute(
        "INSERT INTO tenant (tenant_id, unit_id, name, joined_on) VALUES ($1, $1, 'H99', $2) ON CONFLICT DO NOTHING",
        H99, now.date(),
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO assessment_round (tenant_id, round_id, realm, framework_version_id, block, period, scope_unit_id, title_vi, person_id, recorded_at)"
        " OVERRIDING SYSTEM VALUE VALUES ($1, $2, 'synthetic', $3, $4, '2025', $1, 'Đợt đo tốc độ', 1, $5)",
        H99, ROUND, version, block, now,
    )  # fmt: skip
    deadlines = {
        phase: (now + dt.timedelta(days=10 * place)).isoformat()
        for place, phase in enumerate(("declaration", "appraisal_1", "answer", "appraisal_2", "council"), 1)
    }
    await connection.execute(
        "INSERT INTO round_state (tenant_id, round_id, phase, last_event_no, deadlines, late_rights, submissions, updated_at)"
        " VALUES ($1, $2, 'council', 1, $3, '{}', '{}', $4)",
        H99, ROUND, json.dumps(deadlines), now,
    )  # fmt: skip
    await connection.executemany(
        "INSERT INTO round_unit (tenant_id, round_id, unit_id) VALUES ($1, $2, $3)",
        [(H99, ROUND, unit) for unit in units],
    )
    cells = [(unit, component) for unit in units for component in components]
    await connection.executemany(
        "INSERT INTO round_cell (tenant_id, round_id, unit_id, component, sides, evidence, event_no)"
        " VALUES ($1, $2, $3, $4, $5::jsonb, 2, 1)",
        [(H99, ROUND, *cell, _sides(place, now)) for place, cell in enumerate(cells)],
    )
    return len(components)


def _sides(place: int, now: dt.datetime) -> str:
    sides = (*ALWAYS, *(DISPUTED if place % 5 == 0 else ()), *(DECIDED if place % 20 == 0 else ()))
    return json.dumps({side: _side(now) for side in sides}, ensure_ascii=False)


def _side(now: dt.datetime) -> dict[str, Any]:
    return {
        "input": {"numerator": "49533", "denominator": "62027"},
        "points": "0.25",
        "note": WORDS,
        "event_no": 1,
        "person_id": 1,
        "at": now.isoformat(),
        "late_reason": None,
    }
