"""A round on its pages: overview, a unit's list, handing in, steering, the council, closing by two persons, results."""

from __future__ import annotations

import datetime as dt
import io
import re

from openpyxl import load_workbook

from parindex.engine.period import VIETNAM
from support.rounds import CONTROL, FINANCE, HEALTH, HOME, JUSTICE, UNITS, Stage

DECLARED = {
    "plan": {"value": True},
    "results": {"numerator": "5", "denominator": "8"},
    "inspection": {"value": True},
    "publication": {"ticked": ["a", "b", "c"]},
    "late": {"value": True},
}


async def declare_everything(stage: Stage, unit: int) -> None:
    for component, given in DECLARED.items():
        await stage.declare(unit, component, given)


async def appraise_everything(stage: Stage) -> None:
    for unit in UNITS:
        for component, given in DECLARED.items():
            who = stage.cast.control if component in ("publication", "late") else stage.cast.home
            await stage.appraise(who, unit, component, {"ticked": ["b"]} if component == "publication" else given)


async def test_everybody_starts_at_their_own_part_of_the_round(stage: Stage, browser):
    at = f"/pages/rounds/{stage.round_id}"
    for who, words, absent in [
        (stage.cast.units[FINANCE], "kê khai, giải trình", "Điều hành"),
        (stage.cast.home, "Việc thẩm định đang chờ", "Điều hành"),
        (stage.cast.chair, "Hội đồng: chênh lệch", "Điều hành"),
        (stage.cast.officer, "Điều hành: bước, hạn", "Hội đồng: chênh lệch"),
        (stage.cast.auditor, "Bảng tạm tính", "Điều hành"),
    ]:
        home = await browser(who).get("/pages/")
        assert at in home.links
        page = await browser(who).get(at)
        assert words in page.text
        assert absent not in page.text
        assert "DỮ LIỆU GIẢ LẬP" in page.text
        assert "BỘ TIÊU CHÍ VÍ DỤ, không phải văn bản chính thức" in page.text


async def test_a_unit_sees_its_own_line_only(stage: Stage, browser):
    unit = browser(stage.cast.units[FINANCE])
    page = await unit.get(f"/pages/rounds/{stage.round_id}")
    assert f"/pages/rounds/{stage.round_id}/units/{FINANCE}" in page.links
    assert f"/pages/rounds/{stage.round_id}/units/{HEALTH}" not in page.links
    await unit.get(f"/pages/rounds/{stage.round_id}/units/{HEALTH}", 404)
    await unit.get(f"/pages/rounds/{stage.round_id}/units/{HEALTH}/score", 403)


async def test_handing_in_names_what_is_open_and_takes_it_all_the_same_when_told_so(stage: Stage, browser):
    unit = browser(stage.cast.units[FINANCE])
    await stage.declare(FINANCE, "plan", {"value": True})
    page = await unit.get(f"/pages/rounds/{stage.round_id}/units/{FINANCE}")
    assert "chưa kê khai" in page.text
    refused = await unit.send(page, "/submission", status=409)
    assert "1.2 Kết quả thực hiện: chưa kê khai" in refused.text
    done = await unit.send(refused, "/submission", accept_incomplete="yes", note="Bổ sung sau")
    assert "Đã nộp" in done.text


async def test_a_unit_declares_by_a_workbook_and_sees_each_cell_at_fault(stage: Stage, browser):
    unit = browser(stage.cast.units[FINANCE])
    page = await unit.get(f"/pages/rounds/{stage.round_id}/units/{FINANCE}")
    (link,) = [link for link in page.links if link.endswith("/workbook")]
    exported = (await stage.client.get(link, headers=stage.cast.units[FINANCE].headers)).content

    def filled_in(numerator: int) -> tuple[str, bytes, str]:
        book = load_workbook(io.BytesIO(exported))
        sheet = book["Kê khai"]
        (head,) = [row for row in sheet.iter_rows() if any(cell.value == "Tử số" for cell in row)]
        columns = {cell.value: cell.column for cell in head}
        (row,) = [row for row in sheet.iter_rows() if row[columns["Mã"] - 1].value == "results"]
        row[columns["Tử số"] - 1].value, row[columns["Mẫu số"] - 1].value = numerator, 8
        saved = io.BytesIO()
        book.save(saved)
        return "kê khai.xlsx", saved.getvalue(), "application/octet-stream"

    refused = await unit.send(page, "/workbook", status=422, file=filled_in(9))
    assert re.search(r"Kê khai!\w+\d+: .*tử số lớn hơn mẫu số", refused.text)
    empty = await unit.send(page, "/workbook", status=422)
    assert "Chưa chọn tệp Excel." in empty.text
    done = await unit.send(page, "/workbook", file=filled_in(5))
    assert "Đã nhận bảng kê khai" in done.text
    assert "15,00" in done.text


async def test_an_appraiser_works_through_a_list(stage: Stage, browser):
    await declare_everything(stage, FINANCE)
    await stage.move_to("appraisal_1")
    control = browser(stage.cast.control)
    at = f"/pages/rounds/{stage.round_id}/appraisal"
    page = await control.get(at)
    assert "Còn 6 mục" in page.text
    await stage.appraise(stage.cast.control, FINANCE, "late", {"value": True})
    assert "Còn 5 mục" in (await control.get(at)).text
    await browser(stage.cast.units[FINANCE]).get(at, 403)


async def test_the_officer_steers_by_forms(stage: Stage, browser):
    officer = browser(stage.cast.officer)
    at = f"/pages/rounds/{stage.round_id}/steering"
    page = await officer.get(at)
    early = await officer.send(page, "/phase", status=409)
    assert "còn hạn đến" in early.text
    later = (stage.now + dt.timedelta(days=15)).astimezone(VIETNAM).date()
    without = await officer.send(page, "/deadline", status=422, phase="declaration", until=later.isoformat())
    assert "Ghi lý do đổi hạn." in without.text
    moved = await officer.send(without, "/deadline", note="Mưa bão", until=later.isoformat(), phase="declaration")
    assert f"hết ngày {later:%d/%m/%Y}" in moved.text
    await stage.past("declaration")
    page = await officer.send(await officer.get(at), "/phase", note="Hết hạn")
    assert "thẩm định lần 1" in page.text
    future = (stage.now + dt.timedelta(days=3)).astimezone(VIETNAM).date()
    late = await officer.send(
        page, "/late", phase="declaration", unit=str(FINANCE), until=future.isoformat(), note="Mất điện"
    )
    assert "Đã cho phép nộp muộn." in late.text
    unit = browser(stage.cast.units[FINANCE])
    component = await unit.get(f"/pages/rounds/{stage.round_id}/units/{FINANCE}/components/plan")
    refused = await unit.send(component, "/declaration", status=409, chosen="yes")
    assert "phải nêu lý do" in refused.text
    done = await unit.send(refused, "/declaration", chosen="yes", late_reason="Mất điện ngày cuối")
    assert "Nộp muộn: Mất điện ngày cuối" in done.text


async def test_figures_are_joined_from_a_file_and_who_is_without_is_listed(stage: Stage, browser):
    officer = browser(stage.cast.officer)
    page = await officer.get(f"/pages/rounds/{stage.round_id}/steering")
    for row, words in [
        (b"1,satisfaction,80", "Dòng 2: '1' không phải đơn vị của đợt"),
        (b"990002,satisfaction,120", "Dòng 2: Tỷ lệ phải từ 0 đến 100%."),
    ]:
        sent = ("so.csv", b"unit,component,percent\n" + row + b"\n", "text/csv")
        refused = await officer.send(page, "/figures", status=422, file=sent, source="Báo cáo 5")
        assert words in refused.text
        assert refused.form("/figures").fields["source"] == ["Báo cáo 5"]
    good = b"unit;component;percent\n990002;satisfaction;82,30\n"
    done = await officer.send(page, "/figures", file=("so.csv", good, "text/csv"), source="Báo cáo 5")
    assert "Đã ghép 1 số liệu." in done.text
    assert "Chưa có số liệu cho 2 mục" in done.text
    surveys = await officer.send(page, "/surveys")
    assert "Đã ghép 0 số liệu." in surveys.text


async def test_the_council_decides_and_two_persons_close(stage: Stage, browser):
    for unit in UNITS:
        await declare_everything(stage, unit)
    await stage.move_to("appraisal_1")
    await appraise_everything(stage)
    await stage.move_to("answer", "appraisal_2", "council")
    chair, member = browser(stage.cast.chair), browser(stage.cast.member)
    at = f"/pages/rounds/{stage.round_id}"
    page = await chair.get(f"{at}/council")
    assert "Tự đánh giá khác kết quả (3)" in page.text
    assert "0,50" in page.text
    component = await chair.get(f"{at}/units/{FINANCE}/components/publication")
    await chair.send(component, "/decision", ticked=["a", "b"], note="Chấp nhận ý a")
    refused = await chair.send(page, "/closing", status=409)
    assert "chưa có kết quả" in refused.text.lower()
    proposed = await chair.send(refused, "/closing", accept_incomplete="yes", note="Khảo sát chưa có")
    assert "đã đề nghị kết thúc" in proposed.text
    assert [form.action for form in proposed.forms if form.action.endswith("/confirmation")] == []
    page = await member.get(f"{at}/council")
    assert "Chủ tịch hội đồng đã đề nghị kết thúc" in page.text
    closed = await member.send(page, "/confirmation")
    assert "Đợt đánh giá đã kết thúc" in closed.text
    assert "Bảng kết quả" in (await browser(stage.cast.auditor).get(at)).text


async def test_results_are_shown_with_ranks_and_reasons(stage: Stage, browser):
    for unit in UNITS:
        await declare_everything(stage, unit)
    await stage.move_to("appraisal_1")
    await appraise_everything(stage)
    auditor = browser(stage.cast.auditor)
    at = f"/pages/rounds/{stage.round_id}"
    table = await auditor.get(f"{at}/table")
    assert "tạm tính" in table.text
    assert "không được công bố" in table.text
    variance = await auditor.get(f"{at}/variance")
    assert "Các mục khác nhau (3)" in variance.text
    score = await auditor.get(f"{at}/units/{JUSTICE}/score")
    assert "15,00" in score.text
    assert "5/8" in score.text
    assert "chưa có: còn thiếu" in score.text
    own = await browser(stage.cast.home).get(f"{at}/units/{JUSTICE}/score")
    assert "Kết quả thực hiện" in own.text
    assert "Công khai tiến độ" not in own.text


async def test_an_officer_opens_a_round_in_two_steps(stage: Stage, browser):
    officer = browser(stage.cast.officer)
    choice = await officer.get("/pages/rounds/new")
    wrong = await officer.send(choice, "/new", status=422, framework="round-demo@1/department", period="năm ngoái")
    assert "Kỳ đánh giá không đúng" in wrong.text
    page = await officer.send(wrong, "/new", framework="round-demo@1/department", period="2026", realm="synthetic")
    assert "Bước 2 trong 2" in page.text
    faulty = await officer.send(page, "/new", status=422, title="Đợt hai")
    assert "Chưa chọn ngày" in faulty.text
    days = {
        f"deadline.{step}": (stage.now + dt.timedelta(days=10 * place)).date().isoformat()
        for place, step in enumerate(("declaration", "appraisal_1", "answer", "appraisal_2", "council"), 1)
    }
    faulty = await officer.send(faulty, "/new", status=422, **days)
    assert "chưa có cơ quan thẩm định" in faulty.text
    departments = {
        "department.steering": str(HOME),
        "department.procedures": str(CONTROL),
        "department.extra": str(HOME),
    }
    opened = await officer.send(faulty, "/new", units=[str(FINANCE), str(HEALTH)], **departments)
    assert "Đã mở đợt đánh giá." in opened.text
    assert "Đợt hai" in opened.text
    await browser(stage.cast.chair).get("/pages/rounds/new", 403)


async def test_a_template_carries_no_production_round(stage: Stage, browser):
    officer = browser(stage.cast.officer)
    page = await officer.send(
        await officer.get("/pages/rounds/new"), "/new", framework="round-demo@1/department", period="2026",
        realm="production",
    )  # fmt: skip
    days = {
        f"deadline.{step}": (stage.now + dt.timedelta(days=10 * place)).date().isoformat()
        for place, step in enumerate(("declaration", "appraisal_1", "answer", "appraisal_2", "council"), 1)
    }
    refused = await officer.send(page, "/new", status=422, title="Đợt thật", **days)
    assert "không dùng cho đợt đánh giá chính thức" in refused.text
