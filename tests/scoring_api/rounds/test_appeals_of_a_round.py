"""Disputes of a table that was made of a round: who is involved, what the council decides anew, and what the case then shows."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from scoring_api.people.cookie import COOKIE
from support.rounds import H99, JUSTICE, UNITS

pytestmark = pytest.mark.database
DRAFTED = """
INSERT INTO publication (tenant_id, source, title_vi, recorded_at) VALUES ($1, $2, 'Bảng xếp hạng các sở', $3) RETURNING publication_id
"""
DRAFT = """
INSERT INTO edition_draft (tenant_id, publication_id, draft_no, body, body_sha256, inputs, inputs_sha256, findings, built_at)
VALUES ($1, $2, 1, $3, repeat('0', 64), '{}', repeat('0', 64), '[]', $4)
"""


@pytest.fixture
async def disputed(opened):
    """The round before its council, which has decided the survey of a unit; a draft of its table as the worker stores it."""
    await opened.move_to("appraisal_1", "answer", "appraisal_2", "council")
    given = {"input": {"percent": "82.30"}, "note": "Theo báo cáo khảo sát"}
    await opened.done(opened.cast.chair, "PUT", opened.cell(JUSTICE, "satisfaction", "decision"), given)
    source = json.dumps({"kind": "round", "round_id": opened.round_id})
    number = await opened.connection.fetchval(DRAFTED, H99, source, opened.now)
    rows = [{"unit_id": unit, "name": f"Sở {unit}", "value": None, "rank": None} for unit in UNITS]
    body = {
        "index": {"code": "round-demo"}, "realm": "synthetic", "scope": {"unit_id": H99}, "block": "department",
        "period": {"code": "2026"}, "columns": [], "rows": rows,
    }  # fmt: skip
    await opened.connection.execute(DRAFT, H99, number, json.dumps(body), opened.now)
    return opened, number


async def ask(stage, who, method, path, body=None):
    return await stage.client.request(method, f"/v1/{path}", json=body, headers=who.headers)


async def filed(stage, number, component, **more):
    body = {"publication_id": number, "unit_id": JUSTICE, "component": component, "argument": "Thiếu một ý", **more}
    answer = await ask(stage, stage.cast.units[JUSTICE], "POST", "appeals", body)
    assert answer.status_code == 201, answer.text
    return f"appeals/{answer.json()['appeal']['appeal_id']}"


async def test_whoever_scored_what_is_disputed_neither_answers_nor_decides_another_does(disputed):
    stage, number = disputed
    for component in ("satisfaction", "impact", None):
        path = await filed(stage, number, component)
        for step, body in (("answer", {"text": "Đúng"}), ("outcome", {"outcome": "dismissed", "why": "Đúng"})):
            refused = await ask(stage, stage.cast.chair, "POST", f"{path}/{step}", body)
            assert (refused.status_code, refused.json()["code"]) == (403, "involved_in_case"), refused.text
            assert "Người đã chấm điểm" in refused.json()["detail"]
        assert (await ask(stage, stage.cast.member, "POST", f"{path}/answer", {"text": "Đúng"})).status_code == 200
    path = await filed(stage, number, "publication")
    assert (await ask(stage, stage.cast.chair, "POST", f"{path}/answer", {"text": "Đúng"})).status_code == 200


async def test_a_late_case_shows_its_right_and_an_upheld_one_what_the_council_decided_anew(disputed):
    stage, number = disputed
    stage.now += dt.timedelta(days=60)
    until = stage.now + dt.timedelta(days=2)
    right = {"unit_id": JUSTICE, "until": until.isoformat(), "why": "Bão số 9"}
    granted = await ask(stage, stage.cast.officer, "POST", f"publications/{number}/late-appeals", right)
    assert granted.status_code == 200, granted.text
    path = await filed(stage, number, "publication", late_reason="Mất kết nối")
    outcome = {"outcome": "upheld", "why": "Đủ ba cấp"}
    assert (await ask(stage, stage.cast.member, "POST", f"{path}/outcome", outcome)).status_code == 200
    page = f"/pages/{path}"
    cookie = {"Cookie": f"{COOKIE}={stage.cast.units[JUSTICE].token}"}
    assert "hội đồng chưa quyết định lại" in (await stage.client.get(page, headers=cookie)).text
    decision = {"component": "publication", "input": {"ticked": ["a", "b", "c"]}, "note": "Hồ sơ đủ ba cấp"}
    said = await ask(stage, stage.cast.chair, "POST", f"{path}/decision", decision)
    assert said.status_code == 200, said.text
    found = (await ask(stage, stage.cast.units[JUSTICE], "GET", path)).json()
    (late,) = found["late_rights"]
    assert (late["why"], late["person"], dt.datetime.fromisoformat(late["until"])) == (
        "Bão số 9", "Cán bộ Sở Nội vụ", until,
    )  # fmt: skip
    assert (found["appeal"]["late"], found["late_reason"]) == (True, "Mất kết nối")
    (decided,) = found["decisions"]
    assert {key: decided[key] for key in ("component", "points", "person", "why")} == {
        "component": "publication", "points": "0.75", "person": "Chủ tịch hội đồng", "why": "Hồ sơ đủ ba cấp",
    }  # fmt: skip
    shown = (await stage.client.get(page, headers=cookie)).text
    for words in ("gửi muộn", "Bão số 9", "Mất kết nối", "Hội đồng quyết định lại", "0,75 điểm", "Hồ sơ đủ ba cấp"):
        assert words in shown, words
