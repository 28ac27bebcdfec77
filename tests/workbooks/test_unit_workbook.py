"""A unit's workbook: out with what was declared, filled in, in again; every fault at its cell and nothing half-imported."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from parindex.engine.criteria import Framework
from parindex.errors import Invalid
from parindex.frameworks.criteria_file import read_framework_json
from parindex.workbooks.unit_workbook import Declared, UnitWorkbook, read_unit_workbook, write_unit_workbook

pytestmark = pytest.mark.slow


def leaf(code: str, rule: str, maximum: str = "2", source: str = "appraised", **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "number": code,
        "title_vi": f"Tiêu chí {code}",
        "max": maximum,
        "rule": rule,
        "source": source,
        "provenance": "declared",
        **more,
    }


def option(key: str, points: str) -> dict[str, str]:
    return {"id": key, "points": points, "title_vi": f"Ý {key}"}


DOCUMENT: dict[str, Any] = {
    "code": "every-rule",
    "version": "1",
    "title_vi": "Mọi cách chấm điểm",
    "publisher_vi": "Sở Nội vụ",
    "status": "example",
    "status_note_vi": "Ví dụ để kiểm thử.",
    "in_force": {"from": "2025-01-01"},
    "periods": ["year"],
    "max": "26",
    "rounding": {"digits": 2, "at": "component"},
    "index": {"digits": 2, "ranked_on": "percent"},
    "blocks": [{"code": "department", "title_vi": "Sở"}, {"code": "commune", "title_vi": "Xã"}],
    "ties": {"rule": "competition", "provenance": "declared"},
    "children": [
        {
            "code": "field",
            "number": "1",
            "title_vi": "Lĩnh vực",
            "max": "26",
            "provenance": "declared",
            "children": [
                leaf("asked", "yes_no", on_no_data="max"),
                leaf("ticks", "checklist", "0.75", options=[option("a", "0.25"), option("b", "0.5")]),
                leaf("pick", "choice", options=[option("full", "2"), option("none", "0")]),
                leaf("amount", "steps", of="number", steps=[{"min": "3", "points": "2"}, {"max": "3", "points": "0"}]),
                leaf("part", "steps", of="ratio", steps=[{"min": "0.3", "points": "2"}, {"max": "0.3", "points": "0"}]),
                leaf("day", "steps", of="date", steps=[{"max": "2025-04-01", "points": "2"}, {"min": "2025-04-01", "points": "0"}]),
                leaf("share", "linear", on_no_data="zero"),
                leaf("floor", "ratio_floor", floor="0.8"),
                leaf("items", "per_item", points_each="0.5"),
                leaf("faults", "deduct", events=[option("late", "0.5"), option("wrong", "1")]),
                leaf("growth", "yoy", direction="up"),
                leaf("council", "manual"),
                leaf("shown", "info", "0"),
                leaf("survey", "survey_top2", source="survey"),
                leaf("elsewhere", "linear", "1.25", applies_to=["commune"]),
            ],
        },
        {
            "code": "bonus",
            "number": "",
            "title_vi": "Điểm cộng",
            "max": "1",
            "section": "bonus",
            "provenance": "declared",
            "children": [leaf("prize", "yes_no", "1")],
        },
    ],
}  # fmt: skip
FRAMEWORK: Framework = read_framework_json(DOCUMENT).framework
DECLARED: dict[str, Declared] = {
    "asked": ({"value": True}, "Kế hoạch số 12/KH-SNV"),
    "ticks": ({"ticked": ["a", "b"]}, ""),
    "pick": ({"chosen": "none"}, ""),
    "amount": ({"value": "2.50"}, ""),
    "part": ({"numerator": "3", "denominator": "10"}, ""),
    "day": ({"date": "2025-03-31"}, ""),
    "share": ({"no_data": True}, "Không phát sinh hồ sơ"),
    "floor": ({"percent": "0.5"}, "chỉ có tỷ lệ"),
    "items": ({"count": 3}, ""),
    "faults": ({"events": {"late": 2, "wrong": 1}}, ""),
    "growth": ({"current": "5.1", "previous": "4.85"}, "=1+1 là văn bản, không phải công thức"),
    "council": (None, "Đề nghị hội đồng xem xét"),
    "shown": ({"value": "12 ngày"}, ""),
}
IDENTITY = {"round_id": 7, "unit_id": 41}


def written(cells: dict[str, Declared] | None = None, framework: Framework = FRAMEWORK, **identity: Any) -> bytes:
    return write_unit_workbook(
        framework,
        "department",
        "Sở Tài chính",
        "Năm 2025",
        DECLARED if cells is None else cells,
        **{**IDENTITY, **identity},
    )


def read(data: bytes, **identity: Any) -> UnitWorkbook:
    return read_unit_workbook(data, FRAMEWORK, "department", **{**IDENTITY, **identity})


class Sheet:
    """The sheet to fill in, cells by component and header."""

    def __init__(self, data: bytes) -> None:
        self.book = load_workbook(io.BytesIO(data))
        self.sheet = self.book["Kê khai"]
        self.header = next(row[0].row for row in self.sheet.iter_rows() if row[0].value == "STT")
        self.columns = {cell.value: cell.column_letter for cell in self.sheet[self.header]}

    def at(self, component: str, header: str) -> str:
        row = next(
            row
            for row in range(1, self.sheet.max_row + 1)
            if self.sheet[f"{self.columns['Mã']}{row}"].value == component
        )
        return f"{self.columns[header]}{row}"

    def fill(self, component: str, header: str, value: Any, number_format: str | None = None) -> str:
        cell = self.sheet[self.at(component, header)]
        cell.value = value
        if number_format:
            cell.number_format = number_format
        return f"Kê khai!{cell.coordinate}"

    def bytes(self) -> bytes:
        stream = io.BytesIO()
        self.book.save(stream)
        return stream.getvalue()


def test_what_was_declared_comes_back_as_it_went_out():
    assert read(written()).cells == DECLARED


def test_an_empty_workbook_declares_nothing_and_zero_is_not_nothing():
    sheet = Sheet(written({}))
    sheet.fill("items", "Giá trị", 0)
    sheet.fill("ticks", "Các ý đạt", "Không")
    sheet.fill("faults", "Các ý đạt", "không")
    cells = read(sheet.bytes()).cells
    assert {code: value for code, value in cells.items() if value != (None, "")} == {
        "items": ({"count": 0}, ""),
        "ticks": ({"ticked": []}, ""),
        "faults": ({"events": {}}, ""),
    }
    assert cells.keys() == DECLARED.keys()


@pytest.mark.parametrize(
    ("component", "cells", "expected"),
    [
        ("part", {"Tử số": "1.234,5", "Mẫu số": "85.000,00"}, {"numerator": "1234.5", "denominator": "85000.00"}),
        ("amount", {"Giá trị": "85,30"}, {"value": "85.30"}),
        ("amount", {"Giá trị": 0.1}, {"value": "0.1"}),
        ("floor", {"Giá trị": "62,5 %"}, {"percent": "62.5"}),
        ("floor", {"Giá trị": 87.5}, {"percent": "87.5"}),
        ("day", {"Giá trị": dt.date(2025, 3, 1)}, {"date": "2025-03-01"}),
        ("day", {"Giá trị": "1/3/2025"}, {"date": "2025-03-01"}),
        ("asked", {"Giá trị": "KHÔNG"}, {"value": False}),
        ("asked", {"Giá trị": "Kho\u0302ng"}, {"value": False}),
        ("asked", {"Giá trị": True}, {"value": True}),
        ("ticks", {"Các ý đạt": "b, a"}, {"ticked": ["a", "b"]}),
        ("share", {"Tình trạng": "không áp dụng"}, {"not_applicable": True}),
    ],
)  # fmt: skip
def test_figures_are_read_as_vietnamese_officials_type_them(
    component: str, cells: dict[str, Any], expected: dict[str, Any]
):
    sheet = Sheet(written({}))
    for header, value in cells.items():
        sheet.fill(component, header, value)
    assert read(sheet.bytes()).cells[component] == (expected, "")


def test_a_percent_cell_of_excel_is_the_percent_that_it_shows():
    sheet = Sheet(written({}))
    sheet.fill("floor", "Giá trị", 0.875, "0.0%")
    assert read(sheet.bytes()).cells["floor"][0] == {"percent": "87.5"}


@pytest.mark.parametrize(
    ("component", "cells", "header", "code", "words"),
    [
        ("part", {"Tử số": 3}, "Mẫu số", "cell_missing", "còn trống"),
        ("part", {"Tử số": 3, "Mẫu số": "mười"}, "Mẫu số", "cell_kind", "cần một số"),
        ("part", {"Tử số": "1.234", "Mẫu số": 5000}, "Tử số", "number_ambiguous", "1234 hoặc 1,234"),
        ("part", {"Tử số": "=2+3", "Mẫu số": 5}, "Tử số", "cell_formula", "công thức"),
        ("floor", {"Tử số": 9, "Mẫu số": 5}, "Tử số", "numerator_above_denominator", "lớn hơn mẫu số"),
        ("floor", {"Giá trị": 0.8}, "Giá trị", "percent_ambiguous", "phần trăm"),
        ("floor", {"Giá trị": "101%"}, "Giá trị", "percent_outside_scale", "0% đến 100%"),
        ("floor", {"Giá trị": "80%", "Tử số": 4, "Mẫu số": 5}, "Giá trị", "said_twice", "đã có tử số"),
        ("amount", {"Giá trị": "12%"}, "Giá trị", "cell_kind", "không có dấu %"),
        ("asked", {"Giá trị": "có lẽ"}, "Giá trị", "word_unknown", "có lẽ"),
        ("ticks", {"Các ý đạt": "a; z"}, "Các ý đạt", "option_unknown", "không có ý nào"),
        ("ticks", {"Tử số": 1}, "Tử số", "cell_unused", "không dùng cột này"),
        ("pick", {"Các ý đạt": "a; b"}, "Các ý đạt", "option_unknown", "không có ý nào"),
        ("items", {"Giá trị": 2.5}, "Giá trị", "value_not_count", "số nguyên"),
        ("faults", {"Các ý đạt": "late 2"}, "Các ý đạt", "events_form", "ký hiệu: số lần"),
        ("day", {"Giá trị": "31/2/2025"}, "Giá trị", "value_not_day", "lịch"),
        ("growth", {"Giá trị": 5}, "Kỳ trước", "cell_missing", "còn trống"),
        ("share", {"Tình trạng": "Không phát sinh", "Tử số": 1}, "Tử số", "cell_unused", "thì không điền số liệu"),
        ("floor", {"Tình trạng": "Không phát sinh"}, "Tình trạng", "no_data_undeclared", "không quy định"),
        ("asked", {"Tình trạng": "Chưa biết"}, "Tình trạng", "word_unknown", "Chưa biết"),
        ("asked", {"Giải trình": "x" * 4001}, "Giải trình", "note_too_long", "4001 ký tự"),
        ("survey", {"Giá trị": "80%"}, "Giá trị", "not_self_assessed", "không tự kê khai"),
        ("prize", {"Giá trị": "Có"}, "Giá trị", "not_self_assessed", "không tự kê khai"),
        ("council", {"Giá trị": 2}, "Giá trị", "cell_unused", "không dùng cột này"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named_with_what_was_found(
    component: str, cells: dict[str, Any], header: str, code: str, words: str
):
    sheet = Sheet(written({}))
    for title, value in cells.items():
        sheet.fill(component, title, value)
    with pytest.raises(Invalid) as caught:
        read(sheet.bytes())
    (finding,) = caught.value.findings
    assert finding.field == f"Kê khai!{sheet.at(component, header)}"
    assert finding.code == code
    assert words in f"{finding.message} {finding.hint}"


def test_every_wrong_cell_is_named_at_once_and_nothing_is_imported():
    sheet = Sheet(written())
    places = [
        sheet.fill("part", "Tử số", "ba"),
        sheet.fill("asked", "Giá trị", "?"),
        sheet.fill("items", "Giá trị", -1),
    ]
    with pytest.raises(Invalid, match="3 lỗi, chưa nhập gì") as caught:
        read(sheet.bytes())
    assert {finding.field for finding in caught.value.findings} == set(places)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (lambda: written(round_id=8), "Đợt đánh giá"),
        (lambda: written(unit_id=42), "Đơn vị"),
        (lambda: written(framework=read_framework_json({**DOCUMENT, "version": "2"}).framework), "Bộ tiêu chí"),
        (
            lambda: written(framework=read_framework_json({**DOCUMENT, "title_vi": "Khác"}).framework),
            "Dấu của bộ tiêu chí",
        ),
    ],
)
def test_the_workbook_of_another_round_unit_or_framework_is_refused(data: Any, line: str):
    with pytest.raises(Invalid) as caught:
        read(data())
    assert caught.value.code == "workbook_of_another"
    assert f"Nhận dạng!{line}" in {finding.field for finding in caught.value.findings}


def test_rows_may_be_sorted_but_none_may_be_missing_double_or_new():
    sheet = Sheet(written())
    asked, ticks = sheet.at("asked", "Mã"), sheet.at("ticks", "Mã")
    sheet.sheet[asked].value = "ticks"
    with pytest.raises(Invalid) as caught:
        read(sheet.bytes())
    assert {(finding.code, finding.field) for finding in caught.value.findings} >= {
        ("component_twice", f"Kê khai!{ticks}"),
        ("component_missing", "Kê khai!asked"),
    }


def test_a_hidden_row_with_figures_is_not_imported_unseen():
    sheet = Sheet(written())
    row = sheet.sheet[sheet.at("ticks", "Mã")].row
    sheet.sheet.row_dimensions[row].hidden = True
    with pytest.raises(Invalid) as caught:
        read(sheet.bytes())
    assert [finding.code for finding in caught.value.findings] == ["row_hidden"]


def test_an_explanation_that_looks_like_a_formula_is_written_as_text():
    sheet = Sheet(written())
    cell = sheet.sheet[sheet.at("growth", "Giải trình")]
    assert (cell.data_type, cell.value) == ("s", DECLARED["growth"][1])


def test_only_the_cells_to_fill_in_can_be_changed():
    sheet = Sheet(written())
    assert sheet.sheet.protection.sheet
    unlocked = {
        title
        for title, letter in sheet.columns.items()
        if not sheet.sheet[f"{letter}{sheet.sheet[sheet.at('part', 'Mã')].row}"].protection.locked
    }
    assert unlocked == {"Tình trạng", "Tử số", "Mẫu số", "Giá trị", "Giải trình"}
