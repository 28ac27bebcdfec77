"""A framework through Excel and back: the same digest untouched, one change for one edit, every fault at its cell."""

from __future__ import annotations

import copy
import datetime as dt
import io
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from parindex.errors import Invalid, ParindexError, TooLarge
from parindex.frameworks.criteria_catalogue import load_frameworks
from parindex.frameworks.criteria_file import FrameworkFile, read_framework_json
from parindex.workbooks.archive import MOST_BYTES
from parindex.workbooks.framework_reading import read_framework_workbook
from parindex.workbooks.framework_workbook import write_framework_workbook

pytestmark = pytest.mark.slow

SHIPPED = {file.name: file for file in load_frameworks().files}


def first_field(document: Mapping[str, Any]) -> dict[str, Any]:
    """The first field of a framework with the sources that it cites: as telling as the whole, and quicker to read."""
    (field, *_), kept = document["children"], {"own_rule", "groups"}

    def cited(node: Mapping[str, Any]) -> None:
        kept.update(node["cites"])
        for child in node.get("children", ()):
            cited(child)

    cited(field)
    sources = {key: source for key, source in document["sources"].items() if key in kept}
    return {**document, "max": field["max"], "children": [field], "views": [], "sources": sources}


GOOD = read_framework_json(first_field(SHIPPED["par-province@2017-1"].document))


@cache
def written(name: str, digest: str) -> bytes:
    file = GOOD if digest == GOOD.framework.sha256 else SHIPPED[name]
    return write_framework_workbook(file.framework)


TREE, RULES, GENERAL = "Bộ tiêu chí", "Thang điểm", "Thông tin chung"


class Book:
    """A written workbook, to be edited as an officer would."""

    def __init__(self, file: FrameworkFile = GOOD) -> None:
        self.book = load_workbook(io.BytesIO(written(file.name, file.framework.sha256)))

    def sheet(self, title: str) -> Worksheet:
        return self.book[title]

    def column(self, title: str, header: str) -> str:
        return next(
            cell.column_letter
            for row in self.sheet(title).iter_rows(max_row=20)
            for cell in row
            if cell.value == header
        )

    def at(self, title: str, key: str, header: str, nth: int = 0) -> str:
        """Address in the nth row whose code column (`Mã` or `Khóa`) says `key`."""
        keys = self.column(title, "Khóa" if title == "Nguồn" else "Mã")
        rows = [
            row for row in range(1, self.sheet(title).max_row + 1) if self.sheet(title)[f"{keys}{row}"].value == key
        ]
        return f"{self.column(title, header)}{rows[nth]}"

    def line(self, label: str) -> str:
        return next(f"B{row[0].row}" for row in self.sheet(GENERAL).iter_rows(max_col=1) if row[0].value == label)

    def put(self, title: str, address: str, value: Any) -> str:
        self.sheet(title)[address].value = value
        return f"{title}!{address}"

    def bytes(self) -> bytes:
        stream = io.BytesIO()
        self.book.save(stream)
        return stream.getvalue()


def differences(before: Any, after: Any, path: str = "") -> list[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            one
            for key in before.keys() | after.keys()
            for one in differences(before.get(key), after.get(key), f"{path}.{key}")
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [
            one for i, pair in enumerate(zip(before, after, strict=True)) for one in differences(*pair, f"{path}[{i}]")
        ]
    return [] if before == after else [path]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_framework_that_went_through_excel_has_the_same_digest(name: str):
    file = SHIPPED[name]
    data = written(name, file.framework.sha256)
    assert read_framework_workbook(data).framework.sha256 == file.framework.sha256
    # The same after Excel (here openpyxl) has opened and saved it.
    assert read_framework_workbook(Book(file).bytes()).framework.sha256 == file.framework.sha256


def test_the_sheet_of_criteria_is_laid_out_as_a_decision():
    book = Book()
    sheet = book.sheet(TREE)
    said = [cell.value for row in sheet.iter_rows(max_row=8) for cell in row if cell.value]
    assert "BỘ NỘI VỤ" in said
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in said
    assert any("2948/QĐ-BNV ngày 28/12/2017" in text for text in said)
    assert any(text.startswith("Bộ tiêu chí MẪU, không phải văn bản chính thức") for text in said)
    header = [cell.value for cell in sheet[9]]
    assert header[:4] == ["STT", "Lĩnh vực/Tiêu chí/Tiêu chí thành phần", "Điểm tối đa", "Cách chấm điểm"]
    assert sheet.freeze_panes == "C10"
    maximum = sheet[book.at(TREE, "plan_done", "Điểm tối đa")]
    assert (maximum.value, maximum.data_type) == (1.5, "n")
    assert sheet[book.at(TREE, "plan_done", "Diễn giải (tự sinh; sửa ở sheet Thang điểm)")].value == (
        "Dưới 80%: 0 điểm; từ 80% đến dưới 100%: 1,5 × tỷ lệ đạt; từ 100% trở lên: 1,5 điểm."
    )


def test_an_official_framework_does_not_call_itself_a_template():
    book = Book(SHIPPED["qd766@2022-1"])
    said = [str(cell.value) for row in book.sheet(TREE).iter_rows(max_row=8) for cell in row if cell.value]
    assert not any("MẪU" in text for text in said)


@pytest.mark.parametrize(
    ("edit", "value", "path", "after"),
    [
        (lambda book: (TREE, book.at(TREE, "plan_done", "Lĩnh vực/Tiêu chí/Tiêu chí thành phần")), "Tên mới", ".children[0].children[0].children[1].title_vi", "Tên mới"),
        (lambda book: (RULES, book.at(RULES, "plan_done", "Giá trị")), 0.85, ".children[0].children[0].children[1].floor", "0.85"),
        (lambda book: (RULES, book.at(RULES, "plan_done", "Giá trị")), "0,75", ".children[0].children[0].children[1].floor", "0.75"),
        (lambda book: (TREE, book.at(TREE, "plan_done", "Khi không phát sinh")), "điểm TỐI đa", ".children[0].children[0].children[1].on_no_data", "max"),
        (lambda book: (TREE, book.at(TREE, "plan_done", "Tài liệu kiểm chứng")), unicodedata.normalize("NFD", "Báo cáo số liệu"), ".children[0].children[0].children[1].evidence_required", "Báo cáo số liệu"),
        (lambda book: (TREE, book.at(TREE, "plan_issued", "STT")), "1.10", ".children[0].children[0].children[0].number", "1.10"),
        (lambda book: (GENERAL, book.line("Hết hiệu lực từ ngày")), "10/12/2018", ".in_force.to", "2018-12-10"),
        (lambda book: (GENERAL, book.line("Tên tiếng Anh")), "Another", ".title_en", "Another"),
        (lambda book: ("Nguồn", book.at("Nguồn", "groups", "Tên văn bản, tài liệu")), "Báo", ".sources.groups.title", "Báo"),
        (lambda book: ("Xếp loại", "C2"), "89,5", ".grades.default[0].min", "89.5"),
    ],
)  # fmt: skip
def test_an_edit_of_one_cell_changes_exactly_that(edit: Callable[[Book], Any], value: Any, path: str, after: str):
    book = Book()
    book.put(*edit(book), value)
    read = read_framework_workbook(book.bytes())
    changed = differences(GOOD.document, read.document)
    assert changed in ([path], []) if path == ".in_force.to" else changed == [path]
    found: Any = read.document
    for key in path.replace("[", ".[").split(".")[1:]:
        found = found[int(key[1:-1])] if key.startswith("[") else found[key]
    assert found == after


def test_a_row_inserted_between_others_is_a_new_component():
    book = Book()
    sheet = book.sheet(TREE)
    row = sheet[book.at(TREE, "plan_done", "Mã")].row
    sheet.insert_rows(row)
    for header, value in {"Lĩnh vực/Tiêu chí/Tiêu chí thành phần": "Mới", "Điểm tối đa": 0.5, "Cách chấm điểm": "Có/Không", "Nguồn điểm": "Thẩm định", "Xuất xứ số liệu": "Tự quy định", "Cấp": 3, "Mã": "fresh"}.items():  # fmt: skip
        sheet[f"{book.column(TREE, header)}{row}"].value = value
    read = read_framework_workbook(book.bytes())
    codes = [leaf.code for leaf in read.framework.leaves()]
    assert codes[:3] == ["plan_issued", "fresh", "plan_done"]
    assert [warning.code for warning in read.warnings] == ["maxima_differ"]
    assert read.warnings[0].field == f"{TREE}!{book.at(TREE, 'plan', 'Mã')}"


def tree(key: str, header: str, value: Any) -> Callable[[Book], str]:
    return lambda book: book.put(TREE, book.at(TREE, key, header), value)


def rules(key: str, header: str, value: Any, nth: int = 0) -> Callable[[Book], str]:
    return lambda book: book.put(RULES, book.at(RULES, key, header, nth), value)


def general(label: str, value: Any) -> Callable[[Book], str]:
    return lambda book: book.put(GENERAL, book.line(label), value)


def elsewhere(
    edit: Callable[[Book], str], title: str, key: str, header: str = "Tham số", nth: int = 0
) -> Callable[[Book], str]:
    """An edit whose fault stands at another cell: where the list begins, or where the value is."""

    def edited(book: Book) -> str:
        edit(book)
        return f"{title}!{book.at(title, key, header, nth)}"

    return edited


def risen(book: Book) -> str:
    book.put("Xếp loại", "C3", 95)
    return "Xếp loại!A2"


def renamed_header(book: Book) -> str:
    return book.put(TREE, f"{book.column(TREE, 'Ghi chú')}9", "Ghi chú thêm")


def merged(book: Book) -> str:
    first = book.at(TREE, "plan_issued", "Ghi chú")
    row = int(first.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    book.sheet(TREE).merge_cells(f"{first}:{first.rstrip('0123456789')}{row + 1}")
    return f"{TREE}!{first}"


def hidden(book: Book) -> str:
    row = book.sheet(TREE)[book.at(TREE, "plan_issued", "Mã")].row
    book.sheet(TREE).row_dimensions[row].hidden = True
    return f"{TREE}!A{row}"


def stray(book: Book) -> str:
    return book.put(TREE, "X12", "ghi riêng")


def added_sheet(book: Book) -> str:
    book.book.create_sheet("Nháp")["A1"] = "ghi riêng"
    return "Nháp!A1"


def removed_sheet(book: Book) -> str:
    del book.book["Nguồn"]
    return "Nguồn!A1"


def removed_general(book: Book) -> str:
    del book.book[GENERAL]
    return f"{GENERAL}!A1"


def no_header(book: Book) -> str:
    book.sheet("Nguồn").delete_rows(1)
    return "Nguồn!A1"


BAD: dict[str, tuple[Callable[[Book], str], str]] = {
    "formula": (tree("plan_done", "Điểm tối đa", "=1+1"), "cell_formula"),
    "words in a number": (tree("plan_done", "Điểm tối đa", "một rưỡi"), "cell_kind"),
    "thousands or decimals": (tree("plan_done", "Điểm tối đa", "1.500"), "number_ambiguous"),
    "a day in a number": (tree("plan_done", "Điểm tối đa", dt.date(2025, 5, 1)), "cell_kind"),
    "a number that became a day": (tree("plan_done", "STT", dt.date(2025, 1, 2)), "text_became_other"),
    "percent in points": (tree("plan_done", "Điểm tối đa", "50%"), "cell_kind"),
    "an unknown way to score": (tree("plan_done", "Cách chấm điểm", "Theo cảm tính"), "word_unknown"),
    "an unknown source": (tree("plan_done", "Nguồn điểm", "Đoán"), "word_unknown"),
    "an unknown citation": (tree("plan_done", "Căn cứ", "luat_x"), "unknown_source"),
    "an unknown block": (tree("plan_done", "Khối áp dụng", "phường"), "unknown_block"),
    "a level that skips": (tree("plan_done", "Cấp", 5), "level_wrong"),
    "no level": (tree("steering", "Cấp", None), "level_wrong"),
    "a code with diacritics": (tree("initiatives", "Mã", "sáng kiến"), "code_form"),
    "no title": (tree("plan_done", "Lĩnh vực/Tiêu chí/Tiêu chí thành phần", None), "missing"),
    "too many decimals": (tree("plan_done", "Điểm tối đa", 1.5001), "maximum_digits"),
    "a bad mark": (tree("plan", "Cách chia điểm là suy luận", "hình như"), "cell_kind"),
    "options above the maximum": (elsewhere(tree("communication_forms", "Điểm tối đa", 1), RULES, "communication_forms"), "maximum_not_reached"),
    "an option of no component": (rules("communication_forms", "Mã", "nowhere"), "component_unknown"),
    "no parameter": (rules("plan_done", "Tham số", None), "parameter_missing"),
    "a parameter of another rule": (elsewhere(rules("plan_done", "Tham số", "Điểm mỗi trường hợp"), RULES, "plan_done", "Giá trị"), "unknown_key"),
    "a cell that the parameter does not use": (rules("plan_done", "Từ (≥)", 3), "cell_unused"),
    "a share above 1": (rules("plan_done", "Giá trị", 80), "number_range"),
    "a broken row of steps": (elsewhere(rules("units_inspected", "Đến dưới (<)", 0.25, 2), RULES, "units_inspected", nth=1), "steps_gap"),
    "an unknown quantity": (rules("units_inspected", "Giá trị", "mét", 0), "word_unknown"),
    "no code of the set": (general("Mã bộ tiêu chí", None), "missing"),
    "an unreadable day": (general("Hiệu lực từ ngày", "hôm qua"), "cell_kind"),
    "a validity that ends before it begins": (general("Hết hiệu lực từ ngày", "1/1/2017"), "empty_validity"),
    "a template that hides it": (general("Ghi chú về tính chất", None), "status_note_missing"),
    "an unknown period": (general("Kỳ đánh giá", "năm; tuần"), "word_unknown"),
    "a fraction of digits": (general("Số chữ số thập phân của điểm", 1.5), "wrong_kind"),
    "grades that rise": (risen, "grades_order"),
    "a renamed column": (renamed_header, "column_unknown"),
    "joined cells": (merged, "cells_merged"),
    "a hidden row": (hidden, "row_hidden"),
    "a cell beside the table": (stray, "column_unknown"),
    "a sheet of one's own": (added_sheet, "sheet_unknown"),
    "a missing sheet": (removed_sheet, "sheet_missing"),
    "no general sheet": (removed_general, "sheet_missing"),
    "no header": (no_header, "header_missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_each_fault_of_a_workbook_is_found_at_its_cell(name: str):
    edit, code = BAD[name]
    book = Book()
    at = edit(book)
    with pytest.raises(Invalid, match="chưa nhập gì") as caught:
        read_framework_workbook(book.bytes(), "sửa.xlsx")
    assert (code, at) in {(finding.code, finding.field) for finding in caught.value.findings}
    assert all(finding.message for finding in caught.value.findings)


def test_all_faults_come_at_once():
    book = Book()
    places = {BAD[name][0](book) for name in ("formula", "an unknown source", "no code of the set", "grades that rise")}
    with pytest.raises(Invalid) as caught:
        read_framework_workbook(book.bytes())
    assert places <= {finding.field for finding in caught.value.findings}


def entry(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
        zipfile.ZipFile(io.BytesIO(Book().bytes())) as good,
    ):
        for one in good.infolist():
            if one.filename != name:
                archive.writestr(one, good.read(one))
        archive.writestr(name, content)
    return stream.getvalue()


def edited(name: str, old: bytes, new: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(Book().bytes())) as good:
        return entry(name, good.read(name).replace(old, new, 1))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "workbook_unreadable"),
        (b"%PDF-1.7", "workbook_unreadable"),
        (b"PK\x03\x04" + b"\x00" * 60, "workbook_unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "workbook_encrypted"),
        (b"\x00" * (MOST_BYTES + 1), "workbook_too_large"),
        (entry("xl/vbaProject.bin", b"macro"), "workbook_macros"),
        (entry("xl/media/bomb.bin", b"\x00" * 40_000_000), "workbook_too_large"),
        (entry("xl/bomb.xml", b"<a/>" * 1_000_000), "workbook_too_large"),
        (
            entry("xl/worksheets/sheet1.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet>&a;</worksheet>'),
            "workbook_unreadable",
        ),
        (entry("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row"), "workbook_damaged"),
        (edited("xl/worksheets/sheet1.xml", b'r="A1"', b'r="XFD1048576"'), "workbook_too_large"),
        (Book().bytes()[:-2000], "workbook_unreadable"),
    ],
    ids=[str(number) for number in range(12)],
)
def test_what_is_no_usable_workbook_is_refused_clearly(data: bytes, code: str):
    with pytest.raises((Invalid, TooLarge)) as caught:
        read_framework_workbook(data)
    assert caught.value.code == code
    assert caught.value.hint


def test_cells_joined_over_a_whole_sheet_cost_nothing_and_are_refused():
    data = edited(
        "xl/worksheets/sheet2.xml",
        b"</sheetData>",
        b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>',
    )
    with pytest.raises(Invalid) as caught:
        read_framework_workbook(data)
    assert "cells_merged" in {finding.code for finding in caught.value.findings}


def test_a_workbook_of_something_else_is_named_as_such():
    book = Workbook()
    book.active["A1"] = "Danh bạ"
    stream = io.BytesIO()
    book.save(stream)
    with pytest.raises(Invalid) as caught:
        read_framework_workbook(stream.getvalue())
    assert {"sheet_unknown", "sheet_missing"} <= {finding.code for finding in caught.value.findings}


def test_text_that_looks_like_a_formula_stays_text():
    document = copy.deepcopy(GOOD.document)
    document["children"][0]["note_vi"] = '=HYPERLINK("http://x","y")'
    file = read_framework_json(document)
    data = write_framework_workbook(file.framework)
    book = load_workbook(io.BytesIO(data))
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert read_framework_workbook(data).framework.sha256 == file.framework.sha256


def test_a_refusal_is_an_error_of_ours_whatever_the_bytes():
    good = Book().bytes()
    for cut in range(0, len(good) - 1, len(good) // 10):
        with pytest.raises(ParindexError):
            read_framework_workbook(good[:cut] + b"\xff" + good[cut + 1 : -1])
