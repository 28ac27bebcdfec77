"""One filled-in row of a unit's workbook as the input of its component, checked by the component's rule."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from parindex.engine.criteria import (
    Checklist,
    Choice,
    Deduct,
    External,
    Info,
    Node,
    PerItem,
    Rule,
    Steps,
    YearOnYear,
    YesNo,
)
from parindex.engine.inputs import input_json
from parindex.engine.read_inputs import read_input
from parindex.errors import Invalid
from parindex.workbooks.columns import Unusable, day_of, decimal_of, folded, is_percent, parts_of, shown, word_of
from parindex.workbooks.opening import Cell
from parindex.workbooks.tables import Findings, Row
from parindex.workbooks.unit_layout import COLUMNS, NONE, STATES, cells_of

LONGEST_NOTE = 4000
Input = dict[str, Any]

_HEADERS = {column.key: column.header for column in COLUMNS}
_YES_NO = {"yes": "Có", "no": "Không"}
_CELL_OF_KEY = {
    "no_data": "state",
    "not_applicable": "state",
    "numerator": "numerator",
    "denominator": "denominator",
    "previous": "previous",
    "ticked": "options",
    "chosen": "options",
    "events": "options",
}
"""Key of an input -> the cell it was read from; every other key is read from `Giá trị`."""
_WORDS = {
    "no_data_undeclared": "bộ tiêu chí không quy định cách tính khi không phát sinh",
    "option_unknown": "không có ý nào mang ký hiệu này",
    "event_unknown": "không có lỗi nào mang ký hiệu này",
    "numerator_above_denominator": "tử số lớn hơn mẫu số",
    "percent_outside_scale": "tỷ lệ phải từ 0% đến 100%",
    "value_negative": "không được là số âm",
    "value_not_count": "cần số nguyên từ 0 trở lên",
    "value_not_day": "không có ngày này trong lịch",
    "value_not_options": "một ký hiệu được ghi hai lần",
    "value_outside_steps": "giá trị không thuộc bậc nào",
    "denominator_zero": "mẫu số bằng 0",
}


def declaration_of(node: Node, digits: int, row: Row, findings: Findings) -> tuple[Input | None, str]:
    """Input JSON (None: nothing declared) and explanation; faults are noted at their cells and give nothing.

    `digits`: decimals of the framework's points.
    """
    assert node.leaf is not None
    rule, note = node.leaf.rule, str(row.values.get("note", ""))
    if len(note) > LONGEST_NOTE:
        findings.note(
            "note_too_long", row.places["note"], f"giải trình dài {len(note)} ký tự.", f"Tối đa {LONGEST_NOTE} ký tự."
        )
    value = _input(rule, row, findings)
    if value is None:
        return None, note
    try:
        return input_json(read_input(node, value, digits=digits)), note
    except Invalid as invalid:
        for found in invalid.findings:
            key = found.field.removeprefix(f"inputs.{node.code}").removeprefix(".") or next(iter(value))
            words = _WORDS.get(found.code)
            message = f"{words} / {found.message}" if words else found.message
            findings.note(found.code, row.places[_CELL_OF_KEY.get(key, "value")], message, found.hint)
        return None, note


def _input(rule: Rule, row: Row, findings: Findings) -> Input | None:
    used, how = cells_of(rule)
    filled = [key for key in ("numerator", "denominator", "value", "previous", "options") if key in row.values]
    state = row.values.get("state")
    stray = filled if state else [key for key in filled if key not in used]
    for key in stray:
        findings.note(
            "cell_unused",
            row.places[key],
            f"đã ghi {STATES[state]!r} thì không điền số liệu." if state else "tiêu chí này không dùng cột này.",
            how,
        )
    if state:
        return {state: True}
    if not filled or stray:
        return None
    try:
        return _reader(rule)(row)
    except _AtCell as fault:
        findings.note(fault.code, row.places[fault.key], f"{_HEADERS[fault.key]}: {fault.message}", fault.hint or how)
    except Unusable as fault:
        findings.note(fault.code, row.places[filled[0]], f"{_HEADERS[filled[0]]}: {fault.message}", fault.hint)
    return None


class _AtCell(Unusable):
    def __init__(self, key: str, code: str, message: str, hint: str = "") -> None:
        super().__init__(code, message, hint)
        self.key = key


def _needed(row: Row, *keys: str) -> None:
    for key in keys:
        if key not in row.values:
            raise _AtCell(key, "cell_missing", "còn trống.")


def _figure(cell: Cell) -> str:
    if is_percent(cell) or isinstance(cell.value, bool):
        raise _AtCell("value", "cell_kind", f"có {shown(cell.value)}, cần một số không có dấu %.")
    return format(decimal_of(cell), "f")


def _yes_no(row: Row) -> Input:
    cell: Cell = row.values["value"]
    if isinstance(cell.value, bool):
        return {"value": cell.value}
    return {"value": word_of(str(cell.value), _YES_NO) == "yes"}


def _checklist(row: Row) -> Input:
    return {"ticked": _parts(row)}


def _choice(row: Row) -> Input:
    return {"chosen": row.values["options"]}


def _deduct(row: Row) -> Input:
    events: dict[str, int] = {}
    for part in _parts(row):
        event, _, count = (piece.strip() for piece in part.partition(":"))
        if not count.isascii() or not count.isdigit() or event in events or len(count) > 9:
            raise _AtCell(
                "options", "events_form", f"không hiểu {part[:60]!r}.", "Viết ký hiệu: số lần; mỗi ký hiệu một lần."
            )
        events[event] = int(count)
    return {"events": events}


def _parts(row: Row) -> list[str]:
    text: str = row.values["options"]
    return [] if folded(text) == NONE else parts_of(text.replace(",", ";"))


def _number(row: Row) -> Input:
    return {"value": _figure(row.values["value"])}


def _day(row: Row) -> Input:
    return {"date": day_of(row.values["value"])}


def _count(row: Row) -> Input:
    count = Decimal(_figure(row.values["value"]))
    return {"count": int(count) if count == int(count) else format(count, "f")}


def _year_on_year(row: Row) -> Input:
    _needed(row, "value", "previous")
    return {"current": _figure(row.values["value"]), "previous": row.values["previous"]}


def _share(row: Row) -> Input:
    """Numerator and denominator; or a percent, where nothing else is known."""
    if "value" not in row.values:
        _needed(row, "numerator", "denominator")
        return {"numerator": row.values["numerator"], "denominator": row.values["denominator"]}
    if "numerator" in row.values or "denominator" in row.values:
        raise _AtCell("value", "said_twice", "đã có tử số, mẫu số thì để trống ô này.")
    cell: Cell = row.values["value"]
    percent = decimal_of(cell)
    if 0 < percent <= 1 and not is_percent(cell):
        raise _AtCell(
            "value",
            "percent_ambiguous",
            f"{shown(cell.value)} có thể là tỷ lệ hoặc phần trăm.",
            "Ghi rõ dấu %, ví dụ 80%.",
        )
    return {"percent": format(percent, "f")}


def _info(row: Row) -> Input:
    if "value" not in row.values or "numerator" in row.values or "denominator" in row.values:
        return _share(row)
    cell: Cell = row.values["value"]
    if is_percent(cell):
        return _share(row)
    return {"value": format(cell.value, "f") if isinstance(cell.value, Decimal) else str(cell.value)}


def _reader(rule: Rule) -> Callable[[Row], Input]:
    match rule:
        case YesNo():
            return _yes_no
        case Checklist():
            return _checklist
        case Choice():
            return _choice
        case Deduct():
            return _deduct
        case PerItem():
            return _count
        case YearOnYear():
            return _year_on_year
        case Info():
            return _info
        case Steps("number") | External():
            return _number
        case Steps("date"):
            return _day
        case _:
            return _share
