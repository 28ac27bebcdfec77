"""A criteria framework as an Excel workbook in the layout of Vietnamese decisions, for an officer to read and edit."""

from __future__ import annotations

import datetime as dt
from typing import Any

from openpyxl import Workbook

from parindex.engine.criteria import Framework
from parindex.workbooks import framework_sheets as sheets
from parindex.workbooks.framework_rows import framework_rows
from parindex.workbooks.sheet_writing import book_bytes, write_head, write_record, write_table

NOT_OFFICIAL = {
    "template": "Bộ tiêu chí MẪU, không phải văn bản chính thức",
    "example": "Bộ tiêu chí VÍ DỤ, không phải văn bản chính thức",
}


def write_framework_workbook(framework: Framework) -> bytes:
    """The .xlsx file of a framework version. Reading it back unchanged gives a framework with the same digest."""
    document, rows = framework.document, framework_rows(framework)
    book = Workbook()
    tree = book.active
    assert tree is not None
    tree.title = sheets.TREE
    header = write_head(
        tree,
        len(sheets.TREE_COLUMNS),
        str(document["publisher_vi"]),
        f"BỘ TIÊU CHÍ: {document['title_vi']}",
        [_decision(document), f"{framework.name}. Hiệu lực từ {_day(document['in_force']['from'])}."],
        _standing(document),
    )
    write_table(tree, sheets.TREE_COLUMNS, rows[sheets.TREE], header, frozen_columns=2)
    for title, columns in sheets.TABLES.items():
        if title != sheets.TREE:
            write_table(book.create_sheet(title), columns, rows[title])
    general = book.create_sheet(sheets.GENERAL, 2)
    write_record(general, sheets.GENERAL_LINES, rows[sheets.GENERAL][0])
    return book_bytes(book)


def _decision(document: Any) -> str:
    decision = document.get("decision")
    if not decision:
        return "(Không kèm theo quyết định nào)"
    day = f" ngày {_day(decision['date'])}" if decision["date"] else ""
    return f"(Theo {decision['number']}{day} của {document['publisher_vi']})"


def _standing(document: Any) -> str:
    warning = NOT_OFFICIAL.get(document["status"], "")
    note = document.get("status_note_vi", "")
    return ". ".join(part for part in (warning, note) if part)


def _day(iso: str) -> str:
    day = dt.date.fromisoformat(iso)
    return f"{day.day}/{day.month}/{day.year}"
