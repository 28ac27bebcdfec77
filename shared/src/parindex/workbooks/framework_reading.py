"""Reads a framework workbook that an officer sent: a framework, or every finding with its cell."""

from __future__ import annotations

from dataclasses import replace

from parindex.errors import Finding, Invalid
from parindex.frameworks.criteria_file import FrameworkFile, read_framework_json
from parindex.workbooks import framework_sheets as sheets
from parindex.workbooks.finding_words import in_vietnamese
from parindex.workbooks.framework_document import DocumentBuilder, place_of
from parindex.workbooks.opening import open_workbook
from parindex.workbooks.tables import Findings, Row, read_record, read_table

_OPTIONAL = frozenset(
    {
        sheets.RULES,
        sheets.GRADES,
        sheets.CONDITIONS,
        sheets.GROUPS,
        sheets.VIEWS,
        sheets.GAPS,
        sheets.INDICES,
        sheets.NOT_MODELLED,
    }
)


def read_framework_workbook(data: bytes, name: str = "workbook.xlsx") -> FrameworkFile:
    """The framework of an .xlsx file in our layout; `name` is what messages call it.

    Raises TooLarge or Invalid for what is no usable workbook, and Invalid with every finding at once (`field` is sheet and
    cell, the words are Vietnamese), with nothing imported.
    """
    book = open_workbook(data)
    findings = Findings()
    for title in book:
        if title not in sheets.TABLES and title != sheets.GENERAL:
            findings.note(
                "sheet_unknown", f"{title}!A1", "sheet này không thuộc mẫu, nội dung sẽ không được đọc.", "Xóa sheet."
            )
    tables: dict[str, list[Row]] = {}
    for title, columns in sheets.TABLES.items():
        if title in book:
            tables[title] = read_table(book[title], columns, findings)
        else:
            tables[title] = []
            if title not in _OPTIONAL:
                _sheet_missing(title, findings)
    if sheets.GENERAL not in book:
        _sheet_missing(sheets.GENERAL, findings)
        raise _refusal(name, findings.all)
    general = read_record(book[sheets.GENERAL], sheets.GENERAL_LINES, findings)
    builder = DocumentBuilder(tables, general, findings)
    document = builder.document()
    file: FrameworkFile | None = None
    try:
        file = read_framework_json(document, name)
    except Invalid as invalid:
        for found in invalid.findings:
            # What the document lacks at a cell that could not be read is said already.
            by_cell = _by_cell(found, builder)
            findings.note(by_cell.code, by_cell.field, by_cell.message, by_cell.hint)
    if findings.all or file is None:
        raise _refusal(name, findings.all)
    return replace(file, warnings=tuple(_by_cell(one, builder) for one in file.warnings))


def _by_cell(found: Finding, builder: DocumentBuilder) -> Finding:
    return Finding(found.code, place_of(found.field, builder.places), in_vietnamese(found), found.hint)


def _sheet_missing(title: str, findings: Findings) -> None:
    findings.note("sheet_missing", f"{title}!A1", f"thiếu sheet {title!r}.", "Thêm lại sheet như trong tệp đã xuất.")


def _refusal(name: str, found: list[Finding]) -> Invalid:
    first = found[0]
    return Invalid(
        f"{name}: {len(found)} lỗi, chưa nhập gì. Lỗi đầu tiên ở {first.field}: {first.message}",
        code="workbook_invalid",
        hint="Sửa các ô được nêu rồi gửi lại. / Correct each cell named and send it again.",
        findings=found,
    )
