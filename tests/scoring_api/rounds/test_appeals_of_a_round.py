"""Disputes of a table that was made of a round: who is involved, what the council decides anew, and what the case then shows."""

from __future__ import annotations

import datetime as dt

import pytest

from scoring_api.people.cookie import COOKIE
from support.disputed import ask, draft_of_round, filed, upheld
from support.people import make_person
from support.rounds import H99, JUSTICE

pytestmark = pytest.mark.database


@pytest.fixture
async def disputed(opened):
    return opened, await draft_of_round(opened)


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


async def test_a_council_member_who_speaks_for_the_unit_decides_nothing_of_its_case_anew(disputed):
    stage, number = disputed
    both = await make_person(stage.connection, H99, "Hai vai trò", ["council", ("unit", JUSTICE)])
    path = await upheld(stage, number, "publication", stage.cast.officer)
    decision = {"component": "publication", "input": {"ticked": ["a", "b", "c"]}, "note": "Hồ sơ đủ ba cấp"}
    for step, body in (("decision", decision), ("correction", {"edition_no": 1})):
        refused = await ask(stage, both, "POST", f"{path}/{step}", body)
        assert (refused.status_code, refused.json()["code"]) == (403, "involved_in_case"), refused.text
