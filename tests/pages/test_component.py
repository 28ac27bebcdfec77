"""A component's page: each side speaks by its own form; what is wrong stands beside the field; files; the thread."""

from __future__ import annotations

import pytest

from support.documents import pdf
from support.rounds import FINANCE, HEALTH, HOME, Stage


def at(stage: Stage, component: str, unit: int = FINANCE) -> str:
    return f"/pages/rounds/{stage.round_id}/units/{unit}/components/{component}"


async def test_a_unit_declares_with_a_decimal_comma_and_sees_its_points(stage: Stage, browser):
    unit = browser(stage.cast.units[FINANCE])
    page = await unit.get(at(stage, "results"))
    assert "Điểm = 24 × tỷ lệ đạt." in page.text
    saved = await unit.send(page, "/declaration", numerator="62,5", denominator="100", note="Theo báo cáo số 12")
    assert "Đã lưu." in saved.text
    assert "62,5/100 → 15,00 điểm" in saved.text
    assert "Theo báo cáo số 12" in saved.text
    again = saved.form("/declaration").fields
    assert (again["numerator"], again["denominator"], again["note"]) == (["62,5"], ["100"], ["Theo báo cáo số 12"])


@pytest.mark.parametrize(
    ("component", "fields", "field", "words"),
    [
        ("results", {"numerator": "9", "denominator": "8"}, "numerator", "Tử số lớn hơn mẫu số"),
        ("results", {"numerator": "chín", "denominator": "8"}, "numerator", "cần một số"),
        ("results", {"numerator": "9"}, "denominator", "Chưa điền số"),
        ("results", {}, "numerator", "Chưa điền tử số và mẫu số"),
        ("results", {"percent": "120"}, "percent", "0 đến 100"),
        ("results", {"numerator": "1", "denominator": "2", "percent": "50"}, "percent", "để trống ô này"),
        ("plan", {}, "chosen", "Chưa chọn mức nào"),
    ],
)
async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    stage: Stage, browser, component, fields, field, words
):
    unit = browser(stage.cast.units[FINANCE])
    page = await unit.get(at(stage, component))
    faulty = await unit.send(page, "/declaration", status=422, note="giữ nguyên", **fields)
    assert words in faulty.text
    assert f'id="{field}-fault"' in faulty.html
    assert 'role="alert"' in faulty.html
    kept = faulty.form("/declaration").fields
    assert kept["note"] == ["giữ nguyên"]
    assert all(kept[name] == [value] for name, value in fields.items())


async def test_each_rule_has_its_own_form(stage: Stage, browser):
    unit = browser(stage.cast.units[FINANCE])
    for component, fields, shown in [
        ("plan", {"chosen": "yes"}, "Có → 48,86 điểm"),
        ("inspection", {"state": "not_applicable"}, "Không áp dụng"),
        ("publication", {"ticked": ["a", "c"]}, "Đạt: a, c → 0,50 điểm"),
        ("results", {"state": "no_data"}, "Không phát sinh → 0,00 điểm"),
        ("results", {"state": "given", "percent": "50"}, "50% → 12,00 điểm"),
        ("disbursement", {"numerator": "1", "denominator": "3"}, "1/3 → 2,00 điểm"),
    ]:
        saved = await unit.send(await unit.get(at(stage, component)), "/declaration", **fields)
        assert shown in saved.text


async def test_figures_filled_in_under_a_state_that_has_none_are_not_dropped_in_silence(stage: Stage, browser):
    unit = browser(stage.cast.units[FINANCE])
    page = await unit.send(await unit.get(at(stage, "results")), "/declaration", state="no_data")
    faulty = await unit.send(page, "/declaration", status=422, percent="50")
    assert "chưa chọn “Có số liệu”" in faulty.text
    page = await unit.send(faulty, "/declaration", state="given", percent="50")
    page = await unit.send(page, "/declaration", state="not_applicable")
    assert "Không áp dụng" in page.text


async def test_components_that_are_never_self_assessed_say_so(stage: Stage, browser):
    page = await browser(stage.cast.units[FINANCE]).get(at(stage, "satisfaction"))
    assert "đơn vị không tự đánh giá" in page.text
    assert [form.action for form in page.forms] == ["/pages/sign-out"]


async def test_the_thread_shows_both_sides_ticks_side_by_side(stage: Stage, browser):
    unit, control = browser(stage.cast.units[FINANCE]), browser(stage.cast.control)
    await unit.send(await unit.get(at(stage, "publication")), "/declaration", ticked=["a", "b", "c"])
    await stage.move_to("appraisal_1")
    page = await control.get(at(stage, "publication"))
    without = await control.send(page, "/appraisal", status=422, ticked=["b"])
    assert "phải ghi ý kiến" in without.text
    said = await control.send(without, "/appraisal", ticked=["b"], note="Cấp tỉnh chỉ công khai 49.533/62.027 hồ sơ")
    assert "Đạt: b → 0,25 điểm" in said.text
    assert "Các ý đạt theo từng bên" in said.text
    assert said.html.count('class="tag good">đạt<') == 4
    assert said.html.count("không đạt</span>") == 2
    await stage.move_to("answer")
    page = await unit.get(at(stage, "publication"))
    assert "Cấp tỉnh chỉ công khai" in page.text
    await unit.send(page, "/answer", ticked=["a", "b", "c"], note="Đã bổ sung đủ")
    await stage.move_to("appraisal_2")
    page = await control.get(at(stage, "publication"))
    await control.send(page, "/appraisal", ticked=["a", "b"], note="Chấp nhận ý a")
    await stage.move_to("council")
    chair = browser(stage.cast.chair)
    page = await chair.send(await chair.get(at(stage, "publication")), "/decision", ticked=["a", "b"])
    order = ["Đơn vị tự đánh giá", "Thẩm định lần 1", "Đơn vị giải trình", "Thẩm định lần 2", "Hội đồng quyết định"]
    thread = page.html[page.html.index('class="thread"') :]
    places = [thread.index(words) for words in order]
    assert places == sorted(places)


async def test_files_are_attached_opened_and_erased_by_forms(stage: Stage, browser):
    unit, officer = browser(stage.cast.units[FINANCE]), browser(stage.cast.officer)
    page = await unit.get(at(stage, "publication"))
    refused = await unit.send(page, "/evidence", status=422, file=("a.exe", b"MZ", "application/octet-stream"))
    assert "Loại tệp không được nhận" in refused.text
    page = await unit.send(refused, "/evidence", file=("Kế hoạch.pdf", pdf(), "application/pdf"))
    assert "Đã đính kèm tài liệu." in page.text
    assert "Kế hoạch.pdf" in page.text
    (link,) = [link for link in page.links if link.startswith("/pages/evidence/")]
    headers = {"Cookie": f"parindex_sign_in={stage.cast.units[FINANCE].token}"}
    assert (await stage.client.get(link, headers=headers)).content == pdf()
    other = {"Cookie": f"parindex_sign_in={stage.cast.units[HEALTH].token}"}
    assert (await stage.client.get(link, headers=other)).status_code == 403
    seen = await officer.get(at(stage, "publication"))
    gone = await officer.send(seen, "/erasure", why="nhầm tệp")
    assert "đã xóa" in gone.text
    assert "nhầm tệp" in gone.text


async def test_a_page_left_open_while_somebody_else_wrote_is_refused(stage: Stage, browser):
    unit = browser(stage.cast.units[FINANCE])
    page = await unit.get(at(stage, "plan"))
    await unit.send(page, "/declaration", chosen="yes")
    late = await unit.send(page, "/declaration", status=409, chosen="no")
    assert "vừa được người khác cập nhật" in late.text


async def test_nobody_sees_or_changes_what_is_not_theirs(stage: Stage, browser):
    for who, component, unit, status in [
        (stage.cast.units[HEALTH], "plan", FINANCE, 403),
        (stage.cast.home, "publication", FINANCE, 403),
        (stage.cast.units[FINANCE], "no_such", FINANCE, 404),
        (stage.cast.units[FINANCE], "plan", HOME, 404),
    ]:
        page = await browser(who).get(at(stage, component, unit), status)
        assert 'role="alert"' in page.html
    auditor = await browser(stage.cast.auditor).get(at(stage, "plan"))
    assert [form.action for form in auditor.forms] == ["/pages/sign-out"]


async def test_a_form_from_elsewhere_is_refused(stage: Stage, client):
    cookie = {"Cookie": f"parindex_sign_in={stage.cast.units[FINANCE].token}"}
    for headers in ({}, {"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await client.post(
            at(stage, "plan") + "/declaration", data={"chosen": "yes"}, headers={**cookie, **headers}
        )
        assert answer.status_code == 403
    assert await stage.connection.fetchval("SELECT count(*) FROM round_cell") == 0


async def test_after_the_deadline_the_page_says_what_to_do(stage: Stage, browser):
    await stage.past("declaration")
    page = await browser(stage.cast.units[FINANCE]).get(at(stage, "plan"))
    assert "hạn đã qua" in page.text
    assert "Đề nghị cán bộ Sở Nội vụ cho phép nộp muộn" in page.text


@pytest.mark.parametrize("fields", [{}, {"state": "", "state_was": "", "note": "", "expected_event_no": ""}])
async def test_a_form_that_no_page_of_ours_made_is_answered_with_the_form(stage: Stage, client, fields):
    who = stage.cast.units[FINANCE].headers
    answer = await client.post(f"{at(stage, 'plan')}/declaration", data=fields, headers=who)
    assert answer.status_code == 422
    assert 'name="state_was" value="given"' in answer.text
