"""One figure explained down to who entered what when: as JSON and as a letter, to those who may see it."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from support.editions import imported_inputs, round_inputs, satisfaction_inputs
from support.people import make_person
from support.rounds import FINANCE, H99, HEALTH, Stage
from support.sealed import publish_edition

pytestmark = pytest.mark.database
PUBLICATION = f"/units/{FINANCE}/explanations/publication"


@pytest.fixture
async def disputed(client, connection) -> Stage:
    """The unit ticked all three, the department granted one of them."""
    stage = await Stage.of(client, connection)
    await stage.open()
    await stage.declare(FINANCE, "publication", {"ticked": ["a", "b", "c"]}, note="Đã công khai đầy đủ")
    await stage.declare(FINANCE, "plan", {"value": True})
    await stage.move_to("appraisal_1")
    await stage.appraise(
        stage.cast.control, FINANCE, "publication", {"ticked": ["b"]}, note="Có công khai nhưng chưa đầy đủ"
    )
    return stage


async def letter(client: httpx.AsyncClient, path: str, form: str, **more: Any) -> str:
    answer = await client.get(path, params={"format": form}, **more)
    assert answer.status_code == 200, answer.text
    assert (
        answer.headers["content-type"]
        == {"html": "text/html; charset=utf-8", "text": "text/plain; charset=utf-8"}[form]
    )
    return answer.text


async def test_a_quarter_point_is_defended_from_the_rule_to_who_entered_it(disputed: Stage):
    cell = await disputed.done(disputed.cast.units[FINANCE], "GET", f"/{disputed.round_id}{PUBLICATION}")
    assert cell["result"] == {
        "state": "scored", "points": "0.25", "maximum": "0.75", "percent": None, "rank": None, "side": "appraised_1",
        "reason_vi": "Mới đạt 0,25/0,75: có (b); chưa có (a), (c).", "reason_en": "Reached only 0.25/0.75: (b); not (a), (c).",
    }  # fmt: skip
    assert (
        cell["subject"]["rule_vi"] == "Cộng điểm các ý đạt: (a) Cấp tỉnh: 0,25; (b) Cấp xã: 0,25; (c) Cấp huyện: 0,25."
    )
    assert cell["inputs"] == [
        {"label_vi": "(a) Cấp tỉnh", "value_vi": "Chưa đạt"},
        {"label_vi": "(b) Cấp xã", "value_vi": "Đạt"},
        {"label_vi": "(c) Cấp huyện", "value_vi": "Chưa đạt"},
    ]
    said = [(one["kind_vi"], one["person"], one["role_vi"], one["points"], one["note"]) for one in cell["entries"]]
    assert said == [
        ("Đơn vị tự đánh giá", f"Đơn vị {FINANCE}", "đơn vị tự đánh giá", "0.75", "Đã công khai đầy đủ"),
        (
            "Thẩm định lần 1",
            "Thẩm định Văn phòng",
            "cơ quan thẩm định lĩnh vực",
            "0.25",
            "Có công khai nhưng chưa đầy đủ",
        ),
    ]
    assert (cell["table"]["standing"], cell["framework"]["status"]) == ("provisional", "example")


async def test_a_component_nobody_decided_is_missing_and_no_zero(disputed: Stage):
    cell = await disputed.done(disputed.cast.officer, "GET", f"/{disputed.round_id}/units/{FINANCE}/explanations/plan")
    assert (cell["result"]["state"], cell["result"]["points"], cell["inputs"]) == ("missing", None, [])
    text = await letter(disputed.client, f"/v1/rounds/{disputed.round_id}/units/{FINANCE}/explanations/plan", "text", headers=disputed.cast.officer.headers)  # fmt: skip
    assert "Chưa có kết quả (khác với 0 điểm)." in text


@pytest.mark.parametrize("form", ["html", "text"])
async def test_the_letter_has_the_layout_of_official_papers_and_the_same_figures(disputed: Stage, form: str):
    path = f"/v1/rounds/{disputed.round_id}{PUBLICATION}"
    written = " ".join((await letter(disputed.client, path, form, headers=disputed.cast.chair.headers)).split())
    for piece in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "ngày ...... tháng ...... năm",
        "Căn cứ Bộ tiêu chí minh họa đợt đánh giá (round-demo@1)",
        "Minh họa, không phải văn bản chính thức",
        "DỮ LIỆU GIẢ LẬP",
        "GIẢI THÍCH KẾT QUẢ ĐÁNH GIÁ",
        "Điểm đạt được: 0,25/0,75.",
        "Lý do: Mới đạt 0,25/0,75: có (b); chưa có (a), (c).",
        "Thẩm định Văn phòng (cơ quan thẩm định lĩnh vực)",
        "Có công khai nhưng chưa đầy đủ",
        "(Ký, ghi rõ họ tên, đóng dấu)",
    ):
        assert piece in written, piece
    order = [written.index(words) for words in ("CỘNG HÒA", "Kính gửi", "Căn cứ", "1. Quy định", "2. Số liệu", "3. Kết quả", "4. Quá trình", "THỦ TRƯỞNG")]  # fmt: skip
    assert order == sorted(order)
    assert "{{" not in written
    if form == "html":
        assert "@page" in written
        assert not re.search(r"(src|href)=", written)
        assert "&lt;" not in written


async def test_words_of_officials_cannot_become_part_of_the_page(disputed: Stage):
    await disputed.appraise(disputed.cast.control, FINANCE, "publication", {"ticked": ["a"]}, note="<script>x</script>")
    path = f"/v1/rounds/{disputed.round_id}{PUBLICATION}"
    page = await disputed.client.get(path, params={"format": "html"}, headers=disputed.cast.chair.headers)
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "private, no-store"


async def test_only_those_who_may_see_a_component_have_it_explained(disputed: Stage):
    path = f"/{disputed.round_id}{PUBLICATION}"
    for role in ("officer", "control", "chair", "auditor"):
        assert (await disputed.send(getattr(disputed.cast, role), "GET", path)).status_code == 200
    await disputed.refused(disputed.cast.units[HEALTH], "GET", path, None, 403, "unit_not_yours")
    await disputed.refused(disputed.cast.home, "GET", path, None, 403, "unit_not_yours")
    stranger = await make_person(disputed.connection, 990_100, "Tỉnh khác", ["officer"])
    await disputed.refused(stranger, "GET", path, None, 404, "round_unknown")
    assert (await disputed.client.get(f"/v1/rounds{path}")).status_code == 401
    unknown = f"/{disputed.round_id}/units/{FINANCE}/explanations/nothing"
    await disputed.refused(disputed.cast.officer, "GET", unknown, None, 404, "component_unknown")
    await disputed.refused(disputed.cast.officer, "GET", f"{path}?format=pdf", None, 422, "request_invalid")


async def explained(client: httpx.AsyncClient, tenant_id: int, unit_id: int, code: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/editions/{tenant_id}/1/explanations/{unit_id}/{code}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_component_of_an_edition_is_explained_to_everybody_without_entries(client, connection):
    inputs = round_inputs()
    inputs["inputs"]["990003"]["satisfaction"]["from"] = {"kind": "survey", "instrument": "KIOSK3@1", "period": "2025", "responses": 100, "sha256": "ab"}  # fmt: skip
    await publish_edition(connection, H99, inputs, source={"kind": "round", "round_id": 7})
    cell = await explained(client, H99, 990_003, "satisfaction")
    assert (cell["result"]["points"], cell["result"]["reason_vi"]) == ("3.00", "Tỷ lệ hài lòng: 6 x 50/100 = 3.")
    assert (cell["counts"]["favourable"], cell["counts"]["responses"]) == ("50", 100)
    assert (cell["entries"], cell["evidence"]) == ([], [])
    assert cell["thread"] == "/v1/rounds/7/units/990003/explanations/satisfaction"
    text = await letter(client, f"/v1/editions/{H99}/1/explanations/990003/satisfaction", "text")
    assert "Căn cứ ấn bản số 1 đã công bố, 01/QĐ-UBND ngày 20/01/2026" in text
    assert "Nguồn số liệu | Khảo sát KIOSK3@1, kỳ 2025, 100 phiếu" in text
    total = await explained(client, H99, 990_003, "total")
    assert (total["result"]["rank"], total["result"]["points"], total["result"]["percent"]) == (3, "4.00", "40.00")
    missing = await explained(client, H99, 990_004, "satisfaction")
    assert (missing["result"]["state"], missing["result"]["points"]) == ("missing", None)
    unranked = await explained(client, H99, 990_004, "total")
    assert "còn 1 tiêu chí" in unranked["result"]["reason_vi"]


async def test_counts_of_too_few_people_are_withheld_from_everybody(client, connection):
    inputs = round_inputs()
    inputs["inputs"]["990003"]["satisfaction"] = {
        "favourable": "1",
        "answers": "4",
        "from": {"kind": "survey", "instrument": "KIOSK3@1", "period": "2025", "responses": 4},
    }
    await publish_edition(connection, H99, inputs)
    cell = await explained(client, H99, 990_003, "satisfaction")
    assert cell["withheld"] is not None
    assert (cell["result"]["points"], cell["input"], cell["inputs"], cell["counts"]) == (None, None, [], None)
    for form in ("html", "text"):
        written = await letter(client, f"/v1/editions/{H99}/1/explanations/990003/satisfaction", form)
        assert "1/4" not in written
        assert "1,50" not in written


async def test_a_survey_edition_withholds_what_its_table_withholds(client, connection):
    await publish_edition(connection, H99, satisfaction_inputs())
    shown = await explained(client, H99, 990_001, "total")
    assert (shown["result"]["percent"], shown["counts"]["responses"]) == ("90.00", 20)
    factor = await explained(client, H99, 990_001, "access")
    assert factor["result"]["percent"] == "90.00"
    small = await explained(client, H99, 990_004, "total")
    assert small["withheld"] is not None
    assert (small["result"]["percent"], small["counts"], small["inputs"]) == (None, None, [])
    nobody = await explained(client, H99, 990_005, "total")
    assert (nobody["withheld"], nobody["result"]["percent"]) == (None, None)
    assert "chưa có phiếu" in nobody["result"]["reason_vi"]


async def test_a_printed_table_is_explained_by_what_was_printed(client, connection):
    await publish_edition(connection, 0, imported_inputs())
    hue = await explained(client, 0, 46, "total")
    assert hue["result"]["points"] == "84.70"
    assert {"label_vi": "Hạng do cơ quan công bố in", "value_vi": "2"} in hue["inputs"]
    gap = await explained(client, 0, 8, "total")
    assert "thiếu điểm" in gap["result"]["reason_vi"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"/v1/editions/{H99}/9/explanations/990001/total", "edition_unknown"),
        (f"/v1/editions/{H99}/1/explanations/77/total", "unit_not_in_edition"),
        (f"/v1/editions/{H99}/1/explanations/990001/nothing", "subject_unknown"),
    ],
)
async def test_what_an_edition_does_not_have_is_said(client, connection, path: str, code: str):
    await publish_edition(connection, H99, round_inputs())
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, code)
