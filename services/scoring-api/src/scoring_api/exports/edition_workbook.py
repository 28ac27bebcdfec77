"""An edition as Excel in the layout of Vietnamese official tables: numbers as numbers, data never merged, panes frozen.

Layout: issuing body left, the nation's name right, title, `(Ban hành kèm theo ...)`, period and source, table, means, place
and date, NGƯỜI TỔNG HỢP. Written row by row (openpyxl, write-only); the same edition gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.writer.excel import ExcelWriter

from parindex.engine.numerals import vi
from parindex.engine.period import Period
from scoring_api.exports.edition_table import notices_of

_NAME = "Times New Roman"
_PLAIN, _BOLD, _ITALIC = (
    Font(name=_NAME, size=11),
    Font(name=_NAME, size=11, bold=True),
    Font(name=_NAME, size=11, italic=True),
)
_TITLE, _WARNING = Font(name=_NAME, size=14, bold=True), Font(name=_NAME, size=11, bold=True, color="C00000")
_SIDE = Side(style="thin", color="808080")
_BOX, _RULE = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE), Border(bottom=Side(style="thin"))
_HEAD = PatternFill("solid", fgColor="D9E2F3")
_CENTRE, _LEFT = (
    Alignment(horizontal="center", vertical="center", wrap_text=True),
    Alignment(vertical="top", wrap_text=True),
)
_RIGHT = Alignment(horizontal="right", vertical="top")
_FROZEN_COLUMNS = 3
_EXACT_DIGITS = 15
"""What Excel keeps of a number."""
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    width: int
    number: bool = False


def edition_workbook(document: Mapping[str, Any], sha256: str, authority: str | None) -> bytes:
    """The file. `authority`: the issuing body, as its editions name it; None: the scope of the table stands there."""
    body, publication = document["body"], document["publication"]
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Bảng xếp hạng")
    columns = _columns(body)
    head = _head(body, publication, authority)
    # Everything that stands before the rows in the file must be set before the first is written.
    sheet.freeze_panes = f"{get_column_letter(_FROZEN_COLUMNS + 1)}{len(head) + 2}"
    sheet.print_title_rows = f"{len(head) + 1}:{len(head) + 1}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToHeight = "landscape", 9, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for place, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    number = 0

    def append(cells: Iterable[Any]) -> None:
        nonlocal number
        number += 1
        sheet.append(list(cells))

    def line(text: str, font: Font, first: int = 1, last: int = len(columns), rule: bool = False) -> None:
        append([None] * (first - 1) + [_text(sheet, text, font, _CENTRE, _RULE if rule else None)])
        sheet.merged_cells.add(CellRange(min_row=number, max_row=number, min_col=first, max_col=last))

    for left, right, font in head:
        if right is None:
            line(left, font)
            continue
        half = max(2, len(columns) // 3)
        append([_text(sheet, left, font, _CENTRE), *[None] * (half - 1), _text(sheet, right, font, _CENTRE)])
        for first, last in ((1, half), (half + 1, len(columns))):
            sheet.merged_cells.add(CellRange(min_row=number, max_row=number, min_col=first, max_col=last))
    append(_text(sheet, column.title, _BOLD, _CENTRE, _BOX, _HEAD) for column in columns)
    for place, row in enumerate(body["rows"], 1):
        append(_data(sheet, column, value) for column, value in zip(columns, _values(body, row, place), strict=True))
    for mean in body["means"]:
        if mean["value"] is not None:
            append(
                _text(sheet, text, _ITALIC)
                for text in ("", "", f"Bình quân {mean['title_vi']} ({mean['units']} đơn vị): {vi(mean['value'])}")
            )
    append([])
    half = max(2, len(columns) // 2)
    day = dt.datetime.fromisoformat(publication["published_at"]).astimezone(dt.timezone(dt.timedelta(hours=7)))
    line(f"..., ngày {day:%d} tháng {day:%m} năm {day:%Y}", _ITALIC, half + 1)
    line("NGƯỜI TỔNG HỢP", _BOLD, half + 1)
    line("(Ký, ghi rõ họ tên)", _ITALIC, half + 1)
    append([])
    edition = f"Ấn bản {publication['tenant_id']}/{publication['edition_no']}"
    append([_text(sheet, f"{edition}, SHA-256 {sha256}", _ITALIC)])
    book.properties.title = _clean(body["title_vi"])
    book.properties.creator = "parindex"
    book.properties.identifier = f"{edition} {sha256}"
    book.properties.created = book.properties.modified = day.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
    return _bytes(book)


def _head(
    body: Mapping[str, Any], publication: Mapping[str, Any], authority: str | None
) -> list[tuple[str, str | None, Font]]:
    """(left or whole line, right block or None, font) down to the table's header."""
    period = body["period"]
    lines: list[tuple[str, str | None, Font]] = [
        ((authority or body["scope"]["name"]).upper(), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", _BOLD),
        (body["scope"]["name"] if authority else "", "Độc lập - Tự do - Hạnh phúc", _BOLD),
        ("", "_______________", _PLAIN),
        (body["title_vi"].upper(), None, _TITLE),
        (f"(Ban hành kèm theo {body['decision'] or 'Quyết định số ......'})", None, _ITALIC),
        (f"Kỳ đánh giá: {_period_words(period)}", None, _ITALIC),
    ]
    if body["observed_at"]:
        lines.append((f"Số liệu ghi nhận lúc {_moment(body['observed_at'])}", None, _ITALIC))
    lines.append((f"Nguồn: {body['source']}", None, _ITALIC))
    lines.append((body["policy"]["tie_words"]["vi"], None, _ITALIC))
    if publication["supersedes"] is not None:
        lines.append((f"Thay thế ấn bản số {publication['supersedes']}: {publication['erratum'] or ''}", None, _BOLD))
    if disputes := publication.get("open_disputes"):
        numbers = ", ".join(disputes["case_numbers"])
        lines.append((f"Công bố khi còn khiếu nại chưa giải quyết ({numbers}): {disputes['why']}", None, _BOLD))
    return [*lines, *((notice, None, _WARNING) for notice in notices_of(body)), ("", None, _PLAIN)]


def _columns(body: Mapping[str, Any]) -> list[_Column]:
    rows = body["rows"]
    parts = [
        _Column(f"{part['number']} {part['title_vi']}{_maximum(part['maximum'])}".strip(), 13, number=True)
        for part in body["columns"]
    ]
    return [
        _Column("TT", 6, number=True),
        _Column("Mã đơn vị", 11),
        _Column("Đơn vị", 30),
        *parts,
        _Column(f"{_figure_title(body)}{_maximum(body['index']['maximum'])}", 13, number=True),
        *([_Column("Tỷ lệ (%)", 11, number=True)] if body["kind"] == "round" else []),
        _Column("Hạng", 8, number=True),
        *([_Column("Hạng đã in", 10, number=True)] if body["kind"] == "imported" else []),
        *([_Column("Số phiếu", 10, number=True)] if body["kind"] == "satisfaction" else []),
        *([_Column("Xếp loại", 14)] if any(row["grade"] for row in rows) else []),
        *([_Column("Nhóm", 14)] if any(row["group"] for row in rows) else []),
        _Column("Ghi chú", 48),
    ]


def _values(body: Mapping[str, Any], row: Mapping[str, Any], place: int) -> list[Any]:
    cells = (row["parts"].get(part["code"]) or {} for part in body["columns"])
    parts = [cell.get("percent") if cell.get("points") is None else cell["points"] for cell in cells]
    return [
        place,
        row["codes"].get("h_code") or row["codes"].get("gso"),
        row["name"],
        *parts,
        row["value"] if body["kind"] == "satisfaction" or row["points"] is None else row["points"],
        *([row["percent"]] if body["kind"] == "round" else []),
        row["rank"],
        *([row["printed_rank"]] if body["kind"] == "imported" else []),
        *([row["responses"]] if body["kind"] == "satisfaction" else []),
        *([(row["grade"] or {}).get("label_vi")] if any(one["grade"] for one in body["rows"]) else []),
        *([(row["group"] or {}).get("label_vi")] if any(one["group"] for one in body["rows"]) else []),
        _remark(row),
    ]


def _remark(row: Mapping[str, Any]) -> str | None:
    said = [row["unranked"]["reason_vi"]] if row["unranked"] else []
    if row["constructed"]:
        said.append("Số liệu cấu thành từ các đơn vị trước khi sắp xếp.")
    return " ".join([*said, *(note["vi"] for note in row["notes"])]) or None


def _figure_title(body: Mapping[str, Any]) -> str:
    if body["kind"] != "satisfaction":
        return "Tổng điểm"
    return "Tỷ lệ hài lòng (%)" if body["index"]["method"] == "top2" else "Điểm trung bình"


def _maximum(maximum: str | None) -> str:
    return "" if maximum is None else f" (tối đa {vi(maximum)})"


def _period_words(period: Mapping[str, Any]) -> str:
    first, last = (dt.date.fromisoformat(period[key]) for key in ("first", "last"))
    open_end = ", chưa chốt" if period["to_date"] else ""
    return f"{Period.parse(period['code']).code} (từ {first:%d/%m/%Y} đến {last:%d/%m/%Y}{open_end})"


def _moment(text: str) -> str:
    at = dt.datetime.fromisoformat(text).astimezone(dt.timezone(dt.timedelta(hours=7)))
    return f"{at:%H:%M} ngày {at:%d/%m/%Y}"


def _data(sheet: Any, column: _Column, value: Any) -> Cell:
    if value is None or not column.number:
        return _text(sheet, "" if value is None else str(value), _PLAIN, _LEFT, _BOX)
    try:
        number = Decimal(value)
    except ArithmeticError:  # a printed place such as 21/63
        return _text(sheet, str(value), _PLAIN, _RIGHT, _BOX)
    places = max(0, -int(number.as_tuple().exponent))
    if len(number.as_tuple().digits) > _EXACT_DIGITS:
        return _text(sheet, vi(f"{number:f}"), _PLAIN, _RIGHT, _BOX)
    cell = WriteOnlyCell(sheet, int(number) if places == 0 else float(number))
    cell.number_format = f"0.{'0' * places}" if places else "0"
    cell.font, cell.alignment, cell.border = _PLAIN, _RIGHT, _BOX
    return cell


def _text(
    sheet: Any,
    text: str,
    font: Font,
    alignment: Alignment | None = None,
    border: Border | None = None,
    fill: PatternFill | None = None,
) -> Cell:
    """Text that is never a formula, whatever it begins with."""
    cell = WriteOnlyCell(sheet, _clean(text) or None)
    if cell.value is not None:
        cell.data_type = "s"
        cell.number_format = "@"
    cell.font = font
    if alignment is not None:
        cell.alignment = alignment
    if border is not None:
        cell.border = border
    if fill is not None:
        cell.fill = fill
    return cell


def _clean(text: str) -> str:
    return re.sub(ILLEGAL_CHARACTERS_RE, "", text)


def _bytes(book: Workbook) -> bytes:
    """The file without the hour at which it was written: the zip's times are fixed, so that equal editions are equal bytes."""
    written, fixed = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        ExcelWriter(book, archive).save()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return fixed.getvalue()
