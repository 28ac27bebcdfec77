"""The sheets of a unit's workbook: columns to fill in, which of them a rule uses, and whose workbook it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parindex.engine.criteria import (
    Checklist,
    Choice,
    Deduct,
    External,
    Framework,
    Info,
    Manual,
    PerItem,
    Rule,
    Steps,
    YearOnYear,
    YesNo,
)
from parindex.engine.placed import Placed
from parindex.workbooks.columns import Column

SHEET, IDENTITY = "Kê khai", "Nhận dạng"
SELF_ASSESSED = frozenset({"appraised", "data"})
"""Sources of leaves that a unit declares itself; the others are joined by the officer."""
STATES = {"no_data": "Không phát sinh", "not_applicable": "Không áp dụng"}
NONE = "không"
"""What is written where no option is met and no event happened: an empty cell means not declared."""

COLUMNS = (
    Column("STT", "number", width=9, generated=True),
    Column("Tiêu chí thành phần", "title", width=50, generated=True),
    Column("Điểm tối đa", "max", "number", 9, generated=True),
    Column("Cách chấm điểm", "rule", width=48, generated=True),
    Column("Tài liệu kiểm chứng", "evidence", width=28, generated=True),
    Column("Cách điền", "how", width=34, generated=True),
    Column("Tình trạng", "state", "word", 17, STATES),
    Column("Tử số", "numerator", "number", 13),
    Column("Mẫu số", "denominator", "number", 13),
    Column("Giá trị", "value", "cell", 14),
    Column("Kỳ trước", "previous", "number", 13),
    Column("Các ý đạt", "options", width=22),
    Column("Giải trình", "note", width=50),
    Column("Mã", "component", width=24),
    Column("Căn cứ của điểm", "provenance", width=18, generated=True),
)
FILLED = ("state", "numerator", "denominator", "value", "previous", "options", "note")
IDENTITY_LINES = (
    Column("Đợt đánh giá", "round_id", "whole"),
    Column("Đơn vị", "unit_id", "whole"),
    Column("Khối", "block"),
    Column("Bộ tiêu chí", "framework"),
    Column("Dấu của bộ tiêu chí", "sha256"),
)


def identity(framework: Framework, block: str, round_id: int, unit_id: int) -> dict[str, Any]:
    """Whose workbook it is; a workbook of anything else is refused."""
    return {
        "round_id": round_id,
        "unit_id": unit_id,
        "block": block,
        "framework": framework.name,
        "sha256": framework.sha256,
    }


def is_self_assessed(placed: Placed, fields: Sequence[Placed]) -> bool:
    """Whether a unit declares the leaf: appraised components and figures of the main section."""
    leaf = placed.node.leaf
    return leaf is not None and leaf.source in SELF_ASSESSED and fields[placed.root].node.section == "main"


def cells_of(rule: Rule) -> tuple[tuple[str, ...], str]:
    """Which cells a declaration under the rule uses besides state and explanation, and how to fill them in, in words."""
    match rule:
        case YesNo():
            return ("value",), "Giá trị: Có hoặc Không"
        case Checklist(options):
            return ("options",), f"Các ý đạt: {'; '.join(one.id for one in options)} (không đạt ý nào: {NONE})"
        case Choice(options):
            return ("options",), f"Các ý đạt: một trong {'; '.join(one.id for one in options)}"
        case Deduct(events):
            return ("options",), f"Các ý đạt: ký hiệu: số lần, ví dụ {events[0].id}: 2 (không có: {NONE})"
        case Steps("number") | External():
            return ("value",), "Giá trị: một số"
        case Steps("date"):
            return ("value",), "Giá trị: một ngày, ví dụ 28/12/2025"
        case PerItem():
            return ("value",), "Giá trị: số lượng (số nguyên)"
        case YearOnYear():
            return ("value", "previous"), "Giá trị: kỳ này; Kỳ trước: kỳ liền trước"
        case Manual():
            return (), "Hội đồng cho điểm: chỉ giải trình"
        case Info():
            return ("numerator", "denominator", "value"), "Tử số và mẫu số, hoặc Giá trị"
        case _:
            return ("numerator", "denominator", "value"), "Tử số và mẫu số; chỉ có tỷ lệ thì Giá trị: 62,5%"
