"""Writes sheets in the manner of Vietnamese exports: head, frozen panes, numbers as numbers, text as text."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from parindex.workbooks.columns import Column

_FONT, _BOLD = Font(name="Times New Roman", size=11), Font(name="Times New Roman", size=11, bold=True)
_TITLE, _ITALIC = Font(name="Times New Roman", size=14, bold=True), Font(name="Times New Roman", size=11, italic=True)
_WARNING = Font(name="Times New Roman", size=11, bold=True, color="C00000")
_THIN = Side(style="thin", color="808080")
_BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEAD_FILL, _GENERATED_FILL = PatternFill("solid", fgColor="D9E2F3"), PatternFill("solid", fgColor="F2F2F2")
_FILL_IN = PatternFill("solid", fgColor="FFF9E5")
_WRAP = Alignment(wrap_text=True, vertical="top")
_CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
_EXACT_DIGITS = 15
"""What Excel keeps of a number."""
_SPARE_ROWS = 200
"""Rows below the table that offer the lists too."""


def book_bytes(book: Workbook) -> bytes:
    """The file."""
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def write_head(
    sheet: Worksheet, width: int, publisher: str, title: str, under: Sequence[str], warning: str = ""
) -> int:
    """Issuing body left, the nation's name right, title and lines below it; returns the row of the table's header."""
    half = max(2, width // 3)
    for row, (left, right) in enumerate(
        ((publisher.upper(), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), ("", "Độc lập - Tự do - Hạnh phúc")), 1
    ):
        _line(sheet, row, 1, half, left, _BOLD)
        _line(sheet, row, half + 1, width, right, _BOLD)
    row = 4
    _line(sheet, row, 1, width, title, _TITLE)
    for text in under:
        row += 1
        _line(sheet, row, 1, width, text, _ITALIC)
    if warning:
        row += 1
        _line(sheet, row, 1, width, warning, _WARNING)
    return row + 2


def write_table(
    sheet: Worksheet,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    header: int = 1,
    frozen_columns: int = 0,
) -> None:
    """Header row and one row for each mapping; lists of allowed words are offered in the cells."""
    for place, column in enumerate(columns, 1):
        cell = cell_at(sheet, header, place)
        write_value(cell, column.header)
        cell.font, cell.fill, cell.border, cell.alignment = _BOLD, _HEAD_FILL, _BORDER, _CENTRE
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    number = header
    for number, row in enumerate(rows, header + 1):
        bold = row.get("level") == 1
        for place, column in enumerate(columns, 1):
            cell = cell_at(sheet, number, place)
            write_cell(cell, column, row.get(column.key))
            cell.font, cell.border, cell.alignment = (_BOLD if bold else _FONT), _BORDER, _WRAP
            if column.generated:
                cell.fill = _GENERATED_FILL
    _offer_words(sheet, columns, header + 1, number + _SPARE_ROWS)
    sheet.freeze_panes = f"{get_column_letter(frozen_columns + 1)}{header + 1}"
    sheet.print_title_rows = f"{header}:{header}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr = 0, PageSetupProperties(fitToPage=True)


def write_record(sheet: Worksheet, lines: Sequence[Column], values: Mapping[str, Any]) -> None:
    """Label and value, one line each."""
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 40, 90
    for number, line in enumerate(lines, 1):
        write_value(cell_at(sheet, number, 1), line.header)
        write_cell(cell_at(sheet, number, 2), line, values.get(line.key))
        cell_at(sheet, number, 1).font, cell_at(sheet, number, 2).font = _BOLD, _FONT
        cell_at(sheet, number, 2).alignment = _WRAP
        if line.kind == "word":
            _offer(sheet, line.words.values(), f"B{number}")
    sheet.freeze_panes = "B1"


def write_cell(cell: Cell, column: Column, value: Any) -> None:
    """One JSON value in the form of its column."""
    # Text stays text in whatever is typed over it: Excel would turn 1.10 into 1.1 and 2025-1 into a month.
    cell.number_format = "@" if column.kind in ("text", "word", "words", "codes", "mark") else "General"
    if value is None or value in ("", []):
        return
    match column.kind:
        case "number" | "share":
            write_number(cell, Decimal(value))
        case "whole":
            cell.value = int(value)
        case "day":
            write_day(cell, value)
        case "bound":
            write_day(cell, value) if str(value)[4:5] == "-" else write_number(cell, Decimal(value))
        case "value":
            _write_any(cell, column, value)
        case "word":
            write_value(cell, column.words.get(value, value))
        case "words":
            write_value(cell, "; ".join(column.words.get(one, one) for one in value))
        case "codes":
            write_value(cell, "; ".join(value))
        case "mark":
            write_value(cell, "x" if value else "")
        case _:
            write_value(cell, str(value))


def cell_at(sheet: Worksheet, row: int, column: int) -> Cell:
    """A cell to write to; nothing is written into the hidden part of a merged one."""
    cell = sheet.cell(row, column)
    assert isinstance(cell, Cell)
    return cell


def write_value(cell: Cell, text: str) -> None:
    """Text that is never a formula, whatever it begins with."""
    cell.value = text or None
    if text:
        cell.data_type = "s"


def write_number(cell: Cell, number: Decimal) -> None:
    """A number with all its written digits: what Excel cannot keep stays text."""
    places = max(0, -int(number.as_tuple().exponent))
    if len(number.as_tuple().digits) > _EXACT_DIGITS or places > _EXACT_DIGITS:
        write_value(cell, format(number, "f").replace(".", ","))
        return
    cell.value = int(number) if places == 0 else float(number)
    # Shows the digits of the decision and hides none that is typed over it.
    cell.number_format = f"0.{'0' * places}####" if places else "General"


def write_day(cell: Cell, day: str) -> None:
    """An ISO day as a date."""
    cell.value = dt.date.fromisoformat(day)
    cell.number_format = "dd/mm/yyyy"


def fill_in(cell: Cell) -> None:
    """Marks a cell that the unit fills in; the others of a protected sheet cannot be changed."""
    cell.fill, cell.protection = _FILL_IN, Protection(locked=False)


def _write_any(cell: Cell, column: Column, value: Any) -> None:
    try:
        write_number(cell, Decimal(value))
    except ArithmeticError:
        cell.number_format = "@"
        write_value(cell, column.words.get(value, str(value)))


def _line(sheet: Worksheet, row: int, first: int, last: int, text: str, font: Font) -> None:
    write_value(cell_at(sheet, row, first), text)
    cell_at(sheet, row, first).font, cell_at(sheet, row, first).alignment = font, _CENTRE
    if last > first:
        sheet.merge_cells(start_row=row, start_column=first, end_row=row, end_column=last)


def _offer_words(sheet: Worksheet, columns: Sequence[Column], first: int, last: int) -> None:
    for place, column in enumerate(columns, 1):
        if column.kind == "word":
            letter = get_column_letter(place)
            _offer(sheet, column.words.values(), f"{letter}{first}:{letter}{last}")


def _offer(sheet: Worksheet, words: Iterable[str], cells: str) -> None:
    written = ",".join(words)
    # Excel takes a list of up to 255 signs, separated by commas.
    if len(written) <= 255 and not any("," in word for word in words):
        offered = DataValidation(type="list", formula1=f'"{written}"', allow_blank=True, showErrorMessage=False)
        offered.add(cells)
        sheet.add_data_validation(offered)
