"""What the council does on its pages about an upheld appeal: it decides anew, by the rule of the component."""

from __future__ import annotations

import datetime as dt

import pytest

from support.disputed import draft_of_round, filed, upheld
from support.people import make_person
from support.rounds import FINANCE, H99, JUSTICE


@pytest.fixture
async def number(stage) -> int:
    return await draft_of_round(stage)


async def test_a_unit_that_the_table_does_not_list_gets_no_late_right(stage, number):
    until = (stage.now + dt.timedelta(days=2)).isoformat()
    for unit_id, code in ((123_456_789, "unit_not_in_table"), (H99, "unit_not_in_table")):
        answer = await stage.client.post(
            f"/v1/publications/{number}/late-appeals",
            json={"unit_id": unit_id, "until": until, "why": "Bão"},
            headers=stage.cast.officer.headers,
        )
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert await stage.connection.fetchval("SELECT count(*) FROM appeal_late_right") == 0


async def test_the_council_decides_anew_on_a_page_by_the_rule_of_the_component(stage, browser, number):
    path = f"/pages/{await upheld(stage, number, 'publication', stage.cast.member)}"
    chair = browser(stage.cast.chair)
    page = await chair.get(f"{path}/decision")
    assert "2.1 Công khai tiến độ" in page.text
    assert "đã được chấp nhận: Đủ ba cấp" in page.text
    silent = await chair.send(page, "/decision", status=422, ticked=["a", "b", "c"])
    assert "Chưa nêu lý do." in silent.text
    assert 'id="note-fault"' in silent.html
    assert silent.form("/decision").fields["ticked"] == ["a", "b", "c"]
    decided = await chair.send(silent, "/decision", note="Hồ sơ đủ ba cấp")
    assert "Hội đồng đã quyết định lại" in decided.text
    assert "0,75 điểm – Chủ tịch hội đồng" in decided.text
    cell = await stage.connection.fetchval(
        "SELECT sides #>> '{decided,points}' FROM round_cell WHERE unit_id = $1 AND component = 'publication'", JUSTICE
    )
    assert cell == "0.75"
    stale = await chair.send(page, "/decision", status=409, ticked=["a"], note="Từ trang mở trước")
    assert "vừa được người khác cập nhật" in stale.text


async def test_of_a_disputed_total_the_council_chooses_the_component_and_of_a_field_only_its_own(
    stage, browser, number
):
    chair = browser(stage.cast.chair)
    of_total = f"/pages/{await upheld(stage, number, None, stage.cast.member)}"
    page = await chair.get(f"{of_total}/decision")
    assert "growth" in page.form("/decision").options["component"]
    chosen = await chair.send(page, "/decision", component="results")
    assert "1.2 Kết quả thực hiện" in chosen.text
    of_field = f"/pages/{await upheld(stage, number, 'procedures', stage.cast.member)}"
    page = await chair.get(f"{of_field}/decision")
    assert page.form("/decision").options["component"] == {"publication", "late"}
    elsewhere = await chair.get(f"{of_field}/decision?component=results", status=409)
    assert "không khiếu nại tiêu chí results" in elsewhere.text
    chosen = await chair.send(page, "/decision", component="late")
    (form,) = [one for one in chosen.forms if one.method == "post" and one.action.endswith("/decision")]
    assert form.options["chosen"] == {"yes", "no"}


async def test_who_may_not_decide_anew_is_told_so_on_the_case(stage, browser, number):
    path = f"/pages/{await filed(stage, number, 'publication')}"
    chair = browser(stage.cast.chair)
    assert "chờ trả lời" in (await chair.get(f"{path}/decision", status=409)).text
    page = await chair.get(path)
    unsaid = await chair.send(page, "/answer", status=422)
    assert "Chưa ghi nội dung trả lời." in unsaid.text
    undecided = await chair.send(page, "/outcome", status=422, why="")
    assert "Chưa chọn kết luận." in undecided.text
    own = await chair.send(page, "/outcome", outcome="upheld", why="Đủ ba cấp")
    assert "không tự quyết định lại điểm" in own.text
    assert f"{path}/decision" not in own.links
    await chair.get(f"{path}/decision", status=403)
    assert f"{path}/decision" in (await browser(stage.cast.member).get(path)).links
    both = await make_person(stage.connection, H99, "Hai vai trò", ["council", ("unit", JUSTICE)])
    assert f"{path}/decision" not in (await browser(both).get(path)).links
    for who in (both, stage.cast.officer, stage.cast.units[JUSTICE], stage.cast.units[FINANCE]):
        await browser(who).get(f"{path}/decision", status=403)
