"""Opens a workbook that somebody sent: refused by size before it is parsed, then read as plain cells. Nothing is executed.

What a workbook is able to carry (formulas, merged cells, hidden rows, macros, links) is only reported here; whoever reads
a sheet decides what it means.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import unicodedata
import warnings
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._reader import WorkSheetParser

from parindex.errors import Invalid, TooLarge
from parindex.workbooks.archive import refuse_unfit_archive, too_large

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS, MOST_COLUMNS, MOST_SHEETS, MOST_TEXT = 20_000, 60, 40, 8_000
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SHOWN_DIGITS = re.compile(r"0(?:\.(0*)#*)?(?:%)?")


@dataclass(frozen=True, slots=True)
class Cell:
    """One written cell. Text is NFC without surrounding blanks, numbers are exact with the digits that Excel shows at least."""

    sheet: str
    row: int
    column: int
    value: str | Decimal | bool | dt.date | None
    """None: empty, or a formula or error (see `problem`)."""
    problem: str = ""
    """`formula`, `error` or `unseen_character`: the cell cannot be used as it stands."""
    percent: bool = False
    """A number shown with a percent sign; `value` is then the percent (80 for 80%)."""

    @property
    def address(self) -> str:
        """As findings name it, for example `Bộ tiêu chí!C7`."""
        return address(self.sheet, self.row, self.column)


def address(sheet: str, row: int, column: int) -> str:
    """Sheet and cell as an officer finds them in Excel."""
    return f"{sheet}!{get_column_letter(column)}{row}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The written cells of a sheet by row and column, and what hides or joins them."""

    title: str
    rows: dict[int, dict[int, Cell]]
    hidden_rows: frozenset[int]
    merged: tuple[tuple[int, int, int, int], ...]
    """First row, first column, last row, last column."""

    def cell(self, row: int, column: int) -> Cell:
        """The cell there; an empty one where nothing was written."""
        return self.rows.get(row, {}).get(column) or Cell(self.title, row, column, None)


def open_workbook(data: bytes) -> dict[str, Sheet]:
    """The sheets of an .xlsx file by title (NFC).

    Raises TooLarge beyond the limits above, and Invalid for what is no workbook, is encrypted, holds macros or entities,
    or is damaged.
    """
    refuse_unfit_archive(data)
    try:
        with warnings.catch_warnings():
            # openpyxl warns of what it leaves out (charts, extensions): none of it is read here.
            warnings.simplefilter("ignore")
            return _sheets(load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False))
    except (Invalid, TooLarge):
        raise
    except Exception as error:  # noqa: BLE001 - any exception of the parser means that the file is damaged
        raise Invalid(
            f"Tệp Excel bị hỏng, không đọc được ({type(error).__name__}). / The workbook is damaged and cannot be read.",
            code="workbook_damaged",
            hint="Mở tệp bằng Excel, chọn Save As (.xlsx) rồi gửi lại. / Open it in Excel, save it as .xlsx and send it again.",
        ) from None


def _sheets(book: Any) -> dict[str, Sheet]:
    if len(book.worksheets) > MOST_SHEETS:
        raise too_large(f"{len(book.worksheets)} sheet", f"{MOST_SHEETS}")
    return {sheet.title: sheet for sheet in map(_sheet, book.worksheets)}


def _sheet(worksheet: Any) -> Sheet:
    """All cells in one sparse pass: openpyxl's own iteration would fill every gap that a hostile file leaves."""
    title = unicodedata.normalize("NFC", worksheet.title)
    parent = worksheet.parent
    with worksheet._get_source() as source:  # noqa: SLF001
        parser = WorkSheetParser(
            source,
            worksheet._shared_strings,  # noqa: SLF001
            epoch=parent.epoch,
            date_formats=parent._date_formats,  # noqa: SLF001
            timedelta_formats=parent._timedelta_formats,  # noqa: SLF001
        )
        rows: dict[int, dict[int, Cell]] = {}
        for number, found in parser.parse():
            cells = {
                cell["column"]: _cell(title, ReadOnlyCell(worksheet, **cell))
                for cell in found
                if cell["value"] is not None
            }
            if not cells:
                continue
            if number > MOST_ROWS or max(cells) > MOST_COLUMNS:
                raise too_large(f"ô {address(title, number, max(cells))}", f"{MOST_ROWS} dòng, {MOST_COLUMNS} cột")
            rows[number] = cells
        hidden = frozenset(
            int(number) for number, one in parser.row_dimensions.items() if one.get("hidden") in {"1", "true"}
        )
        merged = parser.merged_cells.mergeCell if parser.merged_cells else ()
    return Sheet(title, rows, hidden, tuple((one.min_row, one.min_col, one.max_row, one.max_col) for one in merged))


def _cell(title: str, cell: ReadOnlyCell) -> Cell:
    place = title, cell.row, cell.column
    value: Any = cell.value
    if cell.data_type == "f":
        return Cell(*place, None, "formula")
    if cell.data_type == "e":
        return Cell(*place, None, "error")
    match value:
        case bool():
            return Cell(*place, value)
        case int() | float():
            return _number(place, value, str(cell.number_format))
        case dt.datetime() if value.time() == dt.time():
            return Cell(*place, value.date())
        case dt.datetime() | dt.time() | dt.timedelta():
            return Cell(*place, str(value))
        case dt.date():
            return Cell(*place, value)
    text = unicodedata.normalize("NFC", str(value)).replace("\xa0", " ").replace("_x000D_", "").strip()
    if _UNSEEN.search(text) or len(text) > MOST_TEXT:
        return Cell(*place, None, "unseen_character")
    return Cell(*place, text or None)


def _number(place: tuple[str, int, int], value: float, shown: str) -> Cell:
    """The shortest digits that give the stored number, which are those that were typed, and no fewer than the format shows."""
    exact = Decimal(repr(value))
    if not exact.is_finite() or abs(exact) >= 10**15:
        return Cell(*place, None, "error")
    percent = "%" in shown
    if percent:
        exact *= 100
    exact = Decimal(format(exact.normalize(), "f"))
    match = _SHOWN_DIGITS.fullmatch(shown)
    places = len(match[1] or "") if match else 0
    if -int(exact.as_tuple().exponent) < places:
        exact = exact.quantize(Decimal(1).scaleb(-places))
    return Cell(*place, exact, percent=percent)
