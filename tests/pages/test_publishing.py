"""From a closed table to a public page: drafted, reviewed, approved and corrected by officials on their pages."""

from __future__ import annotations

import datetime as dt

import pytest

from parindex.engine.period import local_day
from support.people import make_person
from support.publications import press


@pytest.fixture
async def stage(client, connection, settings, template_registers):
    async with press(client, connection, settings, template_registers) as found:
        yield found


async def tables(stage) -> list[str]:
    rows = await stage.imported_tables()
    return [str(row["imported_table_id"]) for row in rows if (row["period"], row["block"]) == ("2025-10", "province")]


async def publish(stage, browser, table: str, **more: str) -> str:
    """The path of the publication, through the pages of three persons."""
    officer, reviewer, chair = (browser(who) for who in (stage.officer, stage.reviewer, stage.chair))
    page = await officer.get("/pages/publications/new?kind=imported")
    drafted = await officer.send(page, "/new", imported_table_id=table, title_vi="Xếp hạng tháng 10", **more)
    assert "Đã lập dự thảo công bố" in drafted.text
    await stage.work()
    path = drafted.path.partition("?")[0]
    assert "không tự rà soát" in (await officer.get(path)).text
    page = await reviewer.get(path)
    assert "Bảng dự thảo" in page.text
    refused = await reviewer.send(page, "/review", status=422, agrees="no", why="")
    assert "Chưa nêu lý do" in refused.text
    page = await reviewer.send(page, "/review", agrees="yes")
    assert "đã rà soát, chờ phê duyệt" in page.text
    approved = await chair.send(await chair.get(path), "/approval", why="Đúng")
    assert "hệ thống ký số" in approved.text
    await stage.work()
    return path


async def test_a_table_goes_through_three_persons_to_the_public_page(stage, browser):
    path = await publish(stage, browser, (await tables(stage))[0], decision="766/QĐ-TTg")
    shown = await browser(stage.auditor).get(path)
    assert "đã công bố" in shown.text
    assert "Rút lại" not in shown.text
    nobody = browser(None)
    listed = await nobody.get("/pages/editions")
    assert "còn hiệu lực" in listed.text
    page = await nobody.get("/pages/editions/0/1")
    for words in ("Xếp hạng tháng 10", "766/QĐ-TTg", "Tỉnh Bắc Ninh", "85,24", "SHA-256", "parindex verify"):
        assert words in page.text
    assert "so với" not in page.text
    assert "không có ấn bản số 9" in (await nobody.get("/pages/editions/0/9", status=404)).text


async def test_an_erratum_on_the_pages_names_what_moved_and_leaves_the_old_page_readable(stage, browser):
    first, second = await tables(stage)
    await publish(stage, browser, first)
    why = "Cổng cập nhật cột mức độ hài lòng"
    path = await publish(stage, browser, second, supersedes="1", erratum=why)
    shown = await browser(stage.auditor).get(path)
    assert "Đính chính làm thay đổi" in shown.text
    assert "đổi hạng" in shown.text
    nobody = browser(None)
    old = await nobody.get("/pages/editions/0/1")
    assert "đã được thay thế bằng" in old.text
    assert why in old.text
    new = await nobody.get("/pages/editions/0/2")
    assert "Thay đổi so với" in new.text
    assert "bậc" in new.text


async def test_faults_stand_above_the_form_and_nothing_is_stored(stage, browser):
    officer = browser(stage.officer)
    page = await officer.get("/pages/publications/new?kind=imported")
    faulty = await officer.send(page, "/new", status=422, title_vi="")
    assert "Chưa ghi tên bảng" in faulty.text
    assert "Chưa có đợt đánh giá nào kết thúc" in (await officer.get("/pages/publications/new")).text
    page = await officer.get("/pages/publications/new?kind=satisfaction")
    faulty = await officer.send(page, "/new", status=422, title_vi="Thử", period="2025", scope_unit_id="123456789")
    assert "không thuộc phạm vi" in faulty.text
    faulty = await officer.send(faulty, "/new", status=422, period="tháng mười")
    assert "Kỳ đánh giá không đúng" in faulty.text
    assert "Chưa có bản công bố nào" in (await officer.get("/pages/publications")).text
    auditor = browser(stage.auditor)
    assert "Lập dự thảo công bố" not in (await auditor.get("/pages/publications")).text
    await auditor.get("/pages/publications/new", status=403)


async def test_a_publication_is_withdrawn_on_its_page_with_a_reason(stage, browser):
    officer = browser(stage.officer)
    page = await officer.get("/pages/publications/new?kind=imported")
    page = await officer.send(page, "/new", imported_table_id=(await tables(stage))[0], title_vi="Thử")
    refused = await officer.send(page, "/withdrawal", status=422, why="")
    assert "Chưa nêu lý do" in refused.text
    assert "đã rút lại" in (await officer.send(refused, "/withdrawal", why="Chờ quyết định")).text


async def test_open_disputes_stand_on_the_draft_and_its_row_and_are_ticked_with_a_reason_that_is_printed(
    stage, connection, browser
):
    reviewed = await stage.reviewed({"kind": "imported", "imported_table_id": int((await tables(stage))[0])})
    row = reviewed["draft"]["body"]["rows"][0]
    unit = await make_person(connection, stage.tenant_id, "Đơn vị", [("unit", row["unit_id"])])
    dispute = {"publication_id": 1, "unit_id": row["unit_id"], "argument": "Sai số liệu"}
    filed = await stage.client.post("/v1/appeals", json=dispute, headers=unit.headers)
    case_no = filed.json()["appeal"]["case_no"]
    chair = browser(stage.chair)
    page = await chair.get("/pages/publications/1")
    assert f"đang khiếu nại: {case_no}" in page.text
    assert f"{row['name']}, Tổng điểm, thứ hạng" in page.text
    refused = await chair.send(page, "/approval", status=409, why="Trước kỳ họp")
    assert f"Đang có khiếu nại chưa giải quyết: {case_no}" in refused.text
    approved = await chair.send(refused, "/approval", why="Trước kỳ họp", acknowledged=case_no)
    assert f"(khi còn khiếu nại {case_no}): Trước kỳ họp" in approved.text
    await stage.work()
    public = await browser(None).get("/pages/editions/0/1")
    assert f"Được phê duyệt khi còn khiếu nại chưa giải quyết ({case_no}). Lý do: Trước kỳ họp" in public.text
    assert "Sai số liệu" not in public.text


async def test_an_officer_lets_a_unit_come_late_and_the_right_stands_on_the_page(stage, connection, browser):
    await stage.published({"kind": "imported", "imported_table_id": int((await tables(stage))[0])})
    row = (await stage.shown(1))["draft"]["body"]["rows"][0]
    table = f"1.{row['unit_id']}"
    speaker = await make_person(connection, stage.tenant_id, "Đơn vị", [("unit", row["unit_id"])])
    now = dt.datetime.now(dt.UTC) + dt.timedelta(days=60)
    stage.client.app.state.clock = lambda: now
    last = local_day(now) + dt.timedelta(days=2)
    officer, unit = browser(stage.officer), browser(speaker)
    page = await officer.get("/pages/publications/1")
    assert "Chưa cho phép đơn vị nào." in page.text
    nothing = await officer.send(page, "/late-appeals", status=422, why="")
    for words in ("Chưa chọn đơn vị.", "Chưa chọn ngày.", "Chưa nêu lý do cho phép gửi muộn."):
        assert words in nothing.text
    asked = {"unit_id": str(row["unit_id"]), "until": "2026-01-01", "why": "Bão số 9"}
    over = await officer.send(page, "/late-appeals", status=422, **asked)
    assert "phải ở tương lai" in over.text
    assert over.form("/late-appeals").fields["why"] == ["Bão số 9"]
    assert "hết hạn" in (await unit.get("/pages/appeals/new")).text
    granted = await officer.send(over, "/late-appeals", until=last.isoformat())
    assert f"{row['name']}: được gửi đến 00:00 {last + dt.timedelta(days=1):%d/%m/%Y}" in granted.text
    form = await unit.get(f"/pages/appeals/new?table={table}")
    assert "Được phép gửi muộn" in form.text
    unexplained = await unit.send(form, "/new", status=409, argument="Thiếu một ý")
    assert "phải nêu lý do" in unexplained.text
    filed = await unit.send(unexplained, "/new", late_reason="Mất kết nối")
    for words in ("gửi muộn", "Mất kết nối", "Bão số 9"):
        assert words in filed.text
    for who in (stage.chair, stage.auditor):
        seen = await browser(who).get("/pages/publications/1")
        assert "Bão số 9" in seen.text
        assert [form.action for form in seen.forms if form.action.endswith("/late-appeals")] == []
