"""The table of a round as a draft that units may dispute, and a unit's appeal against it over HTTP."""

from __future__ import annotations

import json
from typing import Any

import httpx

from support.people import SignedPerson
from support.rounds import H99, JUSTICE, UNITS, Stage

DRAFTED = """
INSERT INTO publication (tenant_id, source, title_vi, recorded_at) VALUES ($1, $2, 'Bảng xếp hạng các sở', $3) RETURNING publication_id
"""
DRAFT = """
INSERT INTO edition_draft (tenant_id, publication_id, draft_no, body, body_sha256, inputs, inputs_sha256, findings, built_at)
VALUES ($1, $2, 1, $3, repeat('0', 64), '{}', repeat('0', 64), '[]', $4)
"""


async def draft_of_round(stage: Stage) -> int:
    """The round before its council, which has decided the survey of a unit; its table's draft as the worker stores it."""
    await stage.move_to("appraisal_1", "answer", "appraisal_2", "council")
    given = {"input": {"percent": "82.30"}, "note": "Theo báo cáo khảo sát"}
    await stage.done(stage.cast.chair, "PUT", stage.cell(JUSTICE, "satisfaction", "decision"), given)
    source = json.dumps({"kind": "round", "round_id": stage.round_id})
    number: int = await stage.connection.fetchval(DRAFTED, H99, source, stage.now)
    rows = [{"unit_id": unit, "name": f"Sở {unit}", "value": None, "rank": None} for unit in UNITS]
    body = {
        "index": {"code": "round-demo"}, "realm": "synthetic", "scope": {"unit_id": H99}, "block": "department",
        "period": {"code": "2026"}, "columns": [], "rows": rows,
    }  # fmt: skip
    await stage.connection.execute(DRAFT, H99, number, json.dumps(body), stage.now)
    return number


async def ask(stage: Stage, who: SignedPerson, method: str, path: str, body: Any = None) -> httpx.Response:
    """A request under /v1."""
    return await stage.client.request(method, f"/v1/{path}", json=body, headers=who.headers)


async def filed(stage: Stage, number: int, component: str | None, **more: Any) -> str:
    """The path of the appeal of department JUSTICE."""
    body = {"publication_id": number, "unit_id": JUSTICE, "component": component, "argument": "Thiếu một ý", **more}
    answer = await ask(stage, stage.cast.units[JUSTICE], "POST", "appeals", body)
    assert answer.status_code == 201, answer.text
    return f"appeals/{answer.json()['appeal']['appeal_id']}"


async def upheld(stage: Stage, number: int, component: str | None, by: SignedPerson) -> str:
    """... and that it was upheld."""
    path = await filed(stage, number, component)
    answer = await ask(stage, by, "POST", f"{path}/outcome", {"outcome": "upheld", "why": "Đủ ba cấp"})
    assert answer.status_code == 200, answer.text
    return path
