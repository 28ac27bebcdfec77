"""How a component is scored, in one Vietnamese sentence as decisions print it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from parindex.engine.criteria import (
    Checklist,
    Choice,
    Deduct,
    External,
    Info,
    Linear,
    Manual,
    Node,
    Option,
    PerItem,
    RatioFloor,
    Step,
    Steps,
    Survey,
    Threshold,
    YearOnYear,
    YesNo,
)


def rule_sentence(node: Node) -> str:
    """The rule of a leaf in words, with its figures; '' for a branch."""
    if node.leaf is None:
        return ""
    full = points_vi(node.maximum)
    match node.leaf.rule:
        case YesNo():
            return f"Có: {full} điểm. Không: 0 điểm."
        case Checklist(options):
            return f"Cộng điểm các ý đạt: {_options(options)}."
        case Choice(options):
            return f"Chọn một mức: {_options(options)}."
        case Steps(of, steps):
            return "; ".join(_step(step, of) for step in steps).capitalize() + "."
        case Linear():
            return f"Điểm = {full} × tỷ lệ đạt."
        case RatioFloor(floor, top):
            return (
                f"Dưới {_percent(floor)}: 0 điểm; từ {_percent(floor)} đến dưới {_percent(top)}: {full} × tỷ lệ đạt;"
                f" từ {_percent(top)} trở lên: {full} điểm."
            )
        case Threshold(full_at):
            return (
                f"Từ {_percent(full_at)} trở lên: {full} điểm;"
                f" dưới {_percent(full_at)}: {full} × tỷ lệ đạt / {_percent(full_at)}."
            )
        case PerItem(each):
            return f"Mỗi trường hợp {points_vi(each)} điểm, nhiều nhất {full} điểm."
        case Deduct(events):
            return f"Bắt đầu từ {full} điểm, trừ mỗi trường hợp: {_options(events)}; không dưới 0 điểm."
        case Survey("top2"):
            return f"Điểm = {full} × tỷ lệ câu trả lời hài lòng trong khảo sát."
        case Survey():
            return f"Điểm = {full} × điểm trung bình khảo sát trên thang cao nhất."
        case External(index, scale):
            return f"Điểm = {full} × chỉ số {index} / {points_vi(scale)}."
        case YearOnYear(direction, tolerance, partial):
            better = "tăng" if direction == "up" else "giảm"
            more = f" hơn {points_vi(tolerance)}" if tolerance else ""
            same = f"chênh không quá {points_vi(tolerance)}" if tolerance else "không đổi"
            return f"{better.capitalize()}{more} so với kỳ trước: {full} điểm; {same}: {points_vi(partial)} điểm; còn lại: 0 điểm."
        case Manual():
            return f"Hội đồng cho điểm từ 0 đến {full}."
        case Info():
            return "Chỉ theo dõi, không chấm điểm."


def points_vi(value: Decimal) -> str:
    """A number as Vietnamese write it, with the digits that it has."""
    return format(value, "f").replace(".", ",")


def _percent(share: Decimal) -> str:
    return f"{points_vi(Decimal(format((share * 100).normalize(), 'f')))}%"


def _options(options: tuple[Option, ...]) -> str:
    return "; ".join(f"({option.id}) {option.title_vi}: {points_vi(option.points)}" for option in options)


def _step(step: Step, of: str) -> str:
    low, high = (None if bound is None else _bound(bound, of) for bound in (step.minimum, step.maximum))
    match low, high:
        case None, None:
            where = "mọi giá trị"
        case None, _:
            where = f"trước {high}" if of == "date" else f"dưới {high}"
        case _, None:
            where = f"từ {low} trở đi" if of == "date" else f"từ {low} trở lên"
        case _:
            where = f"từ {low} đến {'trước' if of == 'date' else 'dưới'} {high}"
    return f"{where}: {points_vi(step.points)}"


def _bound(bound: Decimal | str, of: str) -> str:
    if isinstance(bound, str):
        day = dt.date.fromisoformat(bound)
        return f"{day.day}/{day.month}/{day.year}"
    return _percent(bound) if of == "ratio" else points_vi(bound)
