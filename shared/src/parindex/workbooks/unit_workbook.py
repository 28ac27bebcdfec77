"""A unit's workbook for a round: one row for each component, written with what was declared, and read back filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from parindex.engine.criteria import Framework
from parindex.engine.placed import Placed, placed_nodes
from parindex.errors import Finding, Invalid
from parindex.workbooks.opening import Sheet, open_workbook
from parindex.workbooks.rule_sentence import points_vi, rule_sentence
from parindex.workbooks.sheet_writing import (
    book_bytes,
    cell_at,
    fill_in,
    write_day,
    write_head,
    write_number,
    write_record,
    write_table,
    write_value,
)
from parindex.workbooks.tables import Findings, Row, read_record, read_table
from parindex.workbooks.unit_declaration import declaration_of
from parindex.workbooks.unit_layout import (
    COLUMNS,
    FILLED,
    IDENTITY,
    IDENTITY_LINES,
    NONE,
    SHEET,
    STATES,
    cells_of,
    identity,
    is_self_assessed,
)
from parindex.workbooks.words import PROVENANCES

Declared = tuple[dict[str, Any] | None, str]
"""Input of a component as JSON (None: not declared) and the explanation."""


@dataclass(frozen=True, slots=True)
class UnitWorkbook:
    """What a unit filled in, every component that it declares itself, in the order of the decision."""

    cells: Mapping[str, Declared]


def write_unit_workbook(
    framework: Framework,
    block: str,
    unit_name: str,
    round_title: str,
    cells: Mapping[str, Declared],
    *,
    round_id: int,
    unit_id: int,
) -> bytes:
    """The .xlsx file that a unit fills in, with what it declared so far; only the cells to fill in can be changed.

    Raises Invalid for a block that the framework does not have.
    """
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = SHEET
    header = write_head(
        sheet,
        len(COLUMNS),
        unit_name,
        f"BẢNG KÊ KHAI, TỰ ĐÁNH GIÁ: {round_title}",
        [f"{framework.document['title_vi']} ({framework.name})", "Chỉ điền các ô màu vàng. Ô trống là chưa kê khai."],
        str(framework.document.get("status_note_vi", "")) if framework.template else "",
    )
    nodes = nodes_of(framework, block)
    write_table(sheet, COLUMNS, [_row(placed, nodes) for placed in nodes], header, frozen_columns=3)
    places = {column.key: number for number, column in enumerate(COLUMNS, 1)}
    for number, placed in enumerate(nodes, header + 1):
        if is_self_assessed(placed, nodes):
            assert placed.node.leaf is not None
            used = {"state", "note", *cells_of(placed.node.leaf.rule)[0]}
            for key in used:
                fill_in(cell_at(sheet, number, places[key]))
            given, note = cells.get(placed.node.code, (None, ""))
            _write_input(sheet, number, places, given)
            write_value(cell_at(sheet, number, places["note"]), note)
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False
    sheet.column_dimensions[get_column_letter(places["component"])].hidden = True
    hidden = book.create_sheet(IDENTITY)
    write_record(hidden, IDENTITY_LINES, identity(framework, block, round_id, unit_id))
    hidden.sheet_state = "hidden"
    return book_bytes(book)


def read_unit_workbook(
    data: bytes, framework: Framework, block: str, *, round_id: int, unit_id: int, name: str = "workbook.xlsx"
) -> UnitWorkbook:
    """What a unit filled in. Every component that it declares itself is named, an empty row as (None, "").

    Raises TooLarge or Invalid for what is no usable workbook, Invalid for the workbook of another round, unit, block or
    framework version, and Invalid with every finding at once (`field` is sheet and cell); then nothing is imported.
    """
    book = open_workbook(data)
    findings = Findings()
    _refuse_another(book, identity(framework, block, round_id, unit_id), name)
    nodes = nodes_of(framework, block)
    rows = _rows_by_code(read_table(book[SHEET], COLUMNS, findings), nodes, findings)
    cells: dict[str, Declared] = {}
    for placed in nodes:
        row = rows.get(placed.node.code)
        if row is None:
            continue
        if is_self_assessed(placed, nodes):
            cells[placed.node.code] = declaration_of(placed.node, framework.digits, row, findings)
        else:
            _nothing_filled_in(row, findings)
    if findings.all:
        first = findings.all[0]
        raise Invalid(
            f"{name}: {len(findings.all)} lỗi, chưa nhập gì. Lỗi đầu tiên ở {first.field}: {first.message}",
            code="workbook_invalid",
            hint="Sửa các ô được nêu rồi gửi lại. / Correct each cell named and send it again.",
            findings=findings.all,
        )
    return UnitWorkbook(cells)


def nodes_of(framework: Framework, block: str) -> list[Placed]:
    """The nodes of the block in the order of the decision. Raises Invalid for a block that the framework does not have."""
    if block not in framework.blocks:
        raise Invalid(
            f"{framework.name} has no block {block!r}; it has {', '.join(framework.blocks)}.", code="block_unknown"
        )
    return list(placed_nodes(framework, block))


def _row(placed: Placed, nodes: Sequence[Placed]) -> dict[str, Any]:
    node, how = placed.node, ""
    if node.leaf is not None:
        how = (
            cells_of(node.leaf.rule)[1]
            if is_self_assessed(placed, nodes)
            else "Không tự kê khai: cơ quan thẩm định hoặc Sở Nội vụ nhập"
        )
    return {
        "number": node.number,
        "title": node.title_vi,
        "max": format(node.maximum, "f"),
        "rule": rule_sentence(node),
        "evidence": node.leaf.evidence_required if node.leaf else "",
        "how": how,
        "component": node.code,
        "provenance": PROVENANCES[node.provenance],
        "level": placed.depth + 1,
    }


def _write_input(sheet: Worksheet, number: int, places: Mapping[str, int], given: dict[str, Any] | None) -> None:
    for key, value in (given or {}).items():
        match key:
            case "no_data" | "not_applicable":
                write_value(cell_at(sheet, number, places["state"]), STATES[key])
            case "numerator" | "denominator" | "previous":
                write_number(cell_at(sheet, number, places[key]), Decimal(value))
            case "current" | "count":
                write_number(cell_at(sheet, number, places["value"]), Decimal(value))
            case "percent":
                write_value(cell_at(sheet, number, places["value"]), f"{points_vi(Decimal(value))}%")
            case "date":
                write_day(cell_at(sheet, number, places["value"]), value)
            case "value":
                _write_value(cell_at(sheet, number, places["value"]), value)
            case "ticked":
                write_value(cell_at(sheet, number, places["options"]), "; ".join(value) or NONE)
            case "chosen":
                write_value(cell_at(sheet, number, places["options"]), value)
            case "events":
                happened = "; ".join(f"{event}: {count}" for event, count in value.items())
                write_value(cell_at(sheet, number, places["options"]), happened or NONE)


def _write_value(cell: Cell, value: bool | str) -> None:
    if isinstance(value, bool):
        write_value(cell, "Có" if value else "Không")
        return
    try:
        write_number(cell, Decimal(value))
    except ArithmeticError:
        write_value(cell, value)


def _refuse_another(book: Mapping[str, Sheet], expected: Mapping[str, Any], name: str) -> None:
    missing = [title for title in (SHEET, IDENTITY) if title not in book]
    if missing:
        raise Invalid(
            f"{name}: thiếu sheet {', '.join(missing)}. / This is no unit's workbook of a round.",
            code="workbook_not_of_a_round",
            hint="Tải lại tệp của đơn vị từ đợt đánh giá. / Download the unit's workbook from the round again.",
        )
    found = read_record(book[IDENTITY], IDENTITY_LINES, Findings()).values
    differing = [
        Finding(
            f"another_{line.key}",
            f"{IDENTITY}!{line.header}",
            f"{line.header}: tệp ghi {found.get(line.key)!r}, đợt này là {expected[line.key]!r}.",
        )
        for line in IDENTITY_LINES
        if found.get(line.key) != expected[line.key]
    ]
    if differing:
        raise Invalid(
            f"{name} là tệp của đợt, đơn vị hoặc bộ tiêu chí khác: {differing[0].message}"
            " / The workbook belongs to another round, unit or framework version.",
            code="workbook_of_another",
            hint="Tải lại tệp của đơn vị từ đợt đánh giá. / Download the unit's workbook from the round again.",
            findings=differing,
        )


def _rows_by_code(rows: Sequence[Row], nodes: Sequence[Placed], findings: Findings) -> dict[str, Row]:
    by_code: dict[str, Row] = {}
    known = {placed.node.code for placed in nodes}
    for row in rows:
        code = str(row.values.get("component", ""))
        at = row.places.get("component", row.places.get("title", SHEET))
        if code not in known:
            findings.note(
                "component_unknown",
                at,
                f"không có tiêu chí mã {code!r} trong đợt này.",
                "Không thêm dòng, không sửa mã.",
            )
        elif code in by_code:
            findings.note("component_twice", at, f"tiêu chí {code!r} có hai dòng.", "Giữ một dòng.")
        else:
            by_code[code] = row
    for placed in nodes:
        if placed.node.leaf is not None and placed.node.code not in by_code:
            findings.note(
                "component_missing",
                f"{SHEET}!{placed.node.code}",
                f"thiếu dòng của tiêu chí {placed.node.number} {placed.node.title_vi}.",
                "Tải lại tệp của đơn vị và điền vào đó.",
            )
    return by_code


def _nothing_filled_in(row: Row, findings: Findings) -> None:
    for key in FILLED:
        if key in row.values:
            findings.note(
                "not_self_assessed",
                row.places[key],
                "dòng này đơn vị không tự kê khai.",
                "Xóa ô; số liệu do cơ quan thẩm định hoặc Sở Nội vụ nhập.",
            )
