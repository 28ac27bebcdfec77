"""Reads our sheets: a table found by its headers, a general sheet found by its labels; every fault with its cell, at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from parindex.errors import Finding
from parindex.workbooks.columns import Column, Unusable, cell_value, folded
from parindex.workbooks.opening import Cell, Sheet, address

_HEADER_WITHIN = 30
"""Rows from the top in which the header of a table is looked for."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its values by key (empty cells left out), and the address of every cell by key."""

    number: int
    values: dict[str, Any]
    places: dict[str, str]


class Findings:
    """Findings per cell, one for each cell, in the order in which they were noted."""

    def __init__(self) -> None:
        self.all: list[Finding] = []
        self.cells: set[str] = set()

    def note(self, code: str, at: str, message: str, hint: str = "") -> None:
        """Notes a finding at a cell (or a sheet); what is found later at the same cell follows from it and is left out."""
        if at not in self.cells:
            self.cells.add(at)
            self.all.append(Finding(code, at, message, hint))


def read_table(sheet: Sheet, columns: Sequence[Column], findings: Findings) -> list[Row]:
    """The rows under the header that has our column titles. Blank rows are skipped."""
    header = _header_row(sheet, columns)
    if header is None:
        findings.note(
            "header_missing",
            address(sheet.title, 1, 1),
            f"sheet {sheet.title!r} không có dòng tiêu đề cột.",
            f"Cần các cột: {'; '.join(column.header for column in columns)}.",
        )
        return []
    found = _columns(sheet, header, columns, findings)
    _joined(sheet, header, findings)
    rows = []
    for number in sorted(number for number in sheet.rows if number > header):
        cells = sheet.rows[number]
        written = {key: cells[place] for place, column in found.items() if place in cells for key in [column.key]}
        stray = [cell for place, cell in cells.items() if place not in found and cell.value is not None]
        if not written and not stray:
            continue
        if number in sheet.hidden_rows:
            findings.note(
                "row_hidden",
                address(sheet.title, number, 1),
                "dòng đang bị ẩn hoặc bị lọc.",
                "Bỏ ẩn, bỏ lọc rồi xem lại dòng này; không cần thì xóa dòng.",
            )
        for cell in stray:
            _unknown_column(cell, findings)
        values = {}
        for place, column in found.items():
            if not column.generated:
                value = read_cell(sheet.cell(number, place), column, findings)
                if value is not None:
                    values[column.key] = value
        if values or any(not column.generated for column in found.values() if column.key in written):
            rows.append(Row(number, values, {c.key: address(sheet.title, number, place) for place, c in found.items()}))
    return rows


def read_record(sheet: Sheet, lines: Sequence[Column], findings: Findings) -> Row:
    """Label and value in the first two columns; `places` has the address of each line, written or not."""
    labels: dict[str, int] = {}
    known = {folded(line.header) for line in lines}
    for number in sorted(sheet.rows):
        label = sheet.cell(number, 1)
        text = folded(label.value) if isinstance(label.value, str) else ""
        if text in known and text in labels:
            findings.note("label_twice", label.address, f"mục {label.value!r} có hai dòng.", "Giữ một dòng.")
        elif text in known:
            labels[text] = number
        elif sheet.cell(number, 2).value is not None:
            findings.note(
                "label_unknown", label.address, f"không có mục nào tên {label.value!r}.", "Xóa dòng hoặc sửa tên mục."
            )
        if number in sheet.hidden_rows:
            findings.note("row_hidden", label.address, "dòng đang bị ẩn.", "Bỏ ẩn rồi xem lại dòng này.")
    values, places = {}, {}
    for line in lines:
        row = labels.get(folded(line.header))
        if row is None:
            places[line.key] = address(sheet.title, 1, 1)
            findings.note(
                "label_missing", f"{sheet.title}!{line.header}", f"thiếu dòng {line.header!r}.", "Thêm lại dòng này."
            )
            continue
        places[line.key] = address(sheet.title, row, 2)
        value = read_cell(sheet.cell(row, 2), line, findings)
        if value is not None:
            values[line.key] = value
    return Row(1, values, places)


def read_cell(cell: Cell, column: Column, findings: Findings) -> Any:
    """The value of a cell, None when it is empty or unusable (then noted)."""
    try:
        return cell_value(cell, column)
    except Unusable as fault:
        findings.note(fault.code, cell.address, f"{column.header}: {fault.message}", fault.hint)
        return None


def _header_row(sheet: Sheet, columns: Sequence[Column]) -> int | None:
    wanted = {folded(column.header) for column in columns}

    def known(number: int) -> int:
        return len(wanted & {folded(cell.value) for cell in sheet.rows[number].values() if isinstance(cell.value, str)})

    candidates = [number for number in sheet.rows if number <= _HEADER_WITHIN]
    best = max(candidates, key=known, default=None)
    return best if best is not None and known(best) * 2 >= len(columns) else None


def _columns(sheet: Sheet, header: int, columns: Sequence[Column], findings: Findings) -> dict[int, Column]:
    by_title = {folded(column.header): column for column in columns}
    found: dict[int, Column] = {}
    for place, cell in sorted(sheet.rows[header].items()):
        title = folded(cell.value) if isinstance(cell.value, str) else ""
        column = by_title.get(title)
        if column is None:
            _unknown_column(cell, findings)
        elif column in found.values():
            findings.note("column_twice", cell.address, f"cột {cell.value!r} có hai lần.", "Giữ một cột.")
        else:
            found[place] = column
    for column in columns:
        if column not in found.values() and not column.generated:
            findings.note(
                "column_missing",
                f"{address(sheet.title, header, 1)} ({column.header})",
                f"thiếu cột {column.header!r}.",
                "Thêm lại cột này ở dòng tiêu đề; để trống các ô nếu không dùng.",
            )
    return found


def _unknown_column(cell: Cell, findings: Findings) -> None:
    if cell.value is not None or cell.problem:
        findings.note(
            "column_unknown",
            cell.address,
            f"ô ngoài các cột của bảng, nội dung {str(cell.value)[:60]!r}.",
            "Xóa cột hoặc ô này, hoặc chuyển nội dung vào cột Ghi chú.",
        )


def _joined(sheet: Sheet, header: int, findings: Findings) -> None:
    for first, left, last, right in sheet.merged:
        if last >= header and first <= max(sheet.rows, default=0):
            findings.note(
                "cells_merged",
                address(sheet.title, max(first, header), left),
                f"các ô {address(sheet.title, first, left)} đến {address(sheet.title, last, right)} bị gộp.",
                "Bỏ gộp ô (Unmerge Cells) và điền từng ô.",
            )
