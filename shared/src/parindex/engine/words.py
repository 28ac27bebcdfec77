"""Why a component has the points it has: its rule with its values, in Vietnamese and English. Pure.

A sentence carries the values and the arithmetic, so that a reader can do it again with a pocket calculator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from parindex.engine import criteria
from parindex.engine import inputs as given
from parindex.engine.aggregate import plain
from parindex.engine.numerals import cut, figure, vi
from parindex.engine.rules import step_locator

Reason = tuple[str, str]
"""Vietnamese, English."""
Explain = Callable[[Any, str], Reason]
"""Input and arithmetic ("= 0.875 → 0.88") -> reason."""

MISSING: Reason = ("Chưa có số liệu.", "No input yet.")
INFO: Reason = ("Chỉ để theo dõi, không tính điểm.", "Shown only, never scored.")
UNDER_IMPORT: Reason = (
    "Không tính riêng: điểm của cả nhóm lấy theo kết quả đã công bố.",
    "Not scored by itself: the imported points of its branch stand in.",
)
NO_DATA: dict[str, Reason] = {
    "max": ("Không phát sinh: tính điểm tối đa.", "Nothing occurred: maximum points."),
    "zero": ("Không phát sinh: 0 điểm theo quy định.", "Nothing occurred: 0 points, as the framework says."),
    "null": (
        "Không phát sinh: để trống, không cộng điểm, vẫn giữ điểm tối đa.",
        "Nothing occurred: shown empty, adds no points, the maximum is kept.",
    ),
    "not_applicable": (
        "Không phát sinh: coi như không áp dụng, loại khỏi tổng điểm tối đa.",
        "Nothing occurred: not applicable, its maximum leaves the denominator.",
    ),
}
NOT_APPLICABLE: Reason = (
    "Không áp dụng: loại khỏi tổng điểm tối đa.",
    "Not applicable: its maximum leaves the denominator.",
)


def imported(points: str) -> Reason:
    """The reason of a branch whose published points stand in for its components."""
    return (
        f"Lấy điểm đã công bố của cả nhóm: {vi(points)} (cách chia điểm cho các thành phần chưa thống nhất).",
        f"The published points of the whole branch: {points} (how they split over its components is not settled).",
    )


def from_zero(reason: Reason) -> Reason:
    """The reason of a component whose figures are 0/0: nothing occurred."""
    return f"0/0. {reason[0]}", f"0/0. {reason[1]}"


def capped(maximum: str) -> Reason:
    """The reason of a bonus or penalty section that was cut at its maximum."""
    return f"Vượt mức tối đa của mục: tính {vi(maximum)}.", f"Above the section's maximum: counted as {maximum}."


def explainer(node: criteria.Node) -> Explain:
    """What to say about one leaf, compiled once."""
    assert node.leaf is not None
    full = figure(Decimal(plain(node.maximum)))
    match node.leaf.rule:
        case criteria.YesNo():
            yes = f"Có: điểm tối đa {vi(full)}.", f"Yes: maximum points {full}."
            no = f"Không: 0/{vi(full)} điểm.", f"No: 0/{full} points."
            return lambda value, _: yes if value.value else no
        case criteria.Checklist(options):
            return _checklist([option.id for option in options], full)
        case criteria.Choice(options):
            titles = {option.id: (option.title_vi, option.title_en or option.title_vi) for option in options}
            return lambda value, end: _pair(
                f"Chọn ({value.option}) {titles[value.option][0]}: ",
                f"Chosen ({value.option}) {titles[value.option][1]}: ",
                f"{end[2:]}/{full}",
            )
        case criteria.Steps() as rule:
            return _steps(rule, full)
        case criteria.Linear():
            return lambda value, end: _reached(full, _share(value), end)
        case criteria.RatioFloor(floor, from_here):
            return _ratio_floor(floor, from_here, full)
        case criteria.Threshold(full_at):
            return _threshold(full_at, full)
        case criteria.PerItem(each):
            most = vi(full), full
            return lambda value, end: _pair(
                "",
                "",
                f"{figure(value.count)} x {plain(each)} {end}",
                f" (tối đa {most[0]}).",
                f" (at most {most[1]}).",
            )
        case criteria.Deduct(events):
            return _deduct(events, full)
        case criteria.Survey(method):
            lead = (
                ("Tỷ lệ hài lòng: ", "Satisfied share: ") if method == "top2" else ("Điểm trung bình: ", "Mean score: ")
            )
            return lambda value, end: _pair(*lead, f"{full} x {_share(value)} {end}")
        case criteria.External(index, scale):
            whole = figure(Decimal(plain(scale)))
            return lambda value, end: _pair(
                f"Chỉ số {index} đạt ",
                f"Index {index}: ",
                f"{figure(value.value)}/{whole}: {full} x {figure(value.value)}/{whole} {end}",
            )
        case criteria.YearOnYear() as rule:
            return _year_on_year(rule, full)
        case criteria.Manual():
            return lambda value, _: _pair("Hội đồng chấm ", "Given by the council: ", f"{figure(value.points)}/{full}")
        case criteria.Info():
            return lambda _, __: INFO


def _pair(lead_vi: str, lead_en: str, numbers: str, tail_vi: str = ".", tail_en: str = ".") -> Reason:
    return f"{lead_vi}{vi(numbers)}{tail_vi}", f"{lead_en}{numbers}{tail_en}"


def _share(value: given.Ratio | given.Percent) -> str:
    if type(value) is given.Ratio:
        return f"{value.numerator:,f}/{value.denominator:,f}"
    return f"{value.percent:,f}/100"  # type: ignore[union-attr]


def _percent(share: Decimal) -> str:
    return f"{plain(100 * share)}%"


def _reached(full: str, share: str, end: str, bound: str = "") -> Reason:
    return _pair("Đạt ", "Reached ", f"{share}: {full} x {share}{bound} {end}")


def _threshold(full_at: Decimal, full: str) -> Explain:
    bound = _percent(full_at)
    share, unit = full_at.as_integer_ratio()

    def explain(value: given.Ratio | given.Percent, end: str) -> Reason:
        if value.top * unit < value.bottom * share:
            return _reached(full, _share(value), end, f" / {bound}")
        return _pair(
            "Đạt ",
            "Reached ",
            _share(value),
            f", từ {vi(bound)} trở lên: điểm tối đa {vi(full)}.",
            f", {bound} or more: maximum points {full}.",
        )

    return explain


def _ratio_floor(floor: Decimal, from_here: Decimal, full: str) -> Explain:
    low, high = _percent(floor), _percent(from_here)
    (share, unit), (most, most_unit) = floor.as_integer_ratio(), from_here.as_integer_ratio()

    def explain(value: given.Ratio | given.Percent, end: str) -> Reason:
        share_given = _share(value)
        reached = f"{share_given} = {cut(100 * value.top, value.bottom, 2)}%"
        if value.top * unit < share * value.bottom:
            return _pair("Đạt ", "Reached ", reached, f", dưới {vi(low)}: 0 điểm.", f", below {low}: 0 points.")
        if value.top * most_unit >= most * value.bottom:
            return _pair(
                "Đạt ",
                "Reached ",
                reached,
                f", từ {vi(high)} trở lên: điểm tối đa {vi(full)}.",
                f", {high} or more: maximum points {full}.",
            )
        return _reached(full, share_given, end)

    return explain


def _checklist(ids: list[str], full: str) -> Explain:
    def explain(value: given.Ticked, end: str) -> Reason:
        ticked = set(value.options)
        has = ", ".join([f"({one})" for one in ids if one in ticked])
        lacks = ", ".join([f"({one})" for one in ids if one not in ticked])
        points = f"{end[2:]}/{full}"
        if not lacks:
            return _pair("Đạt đủ ", "All reached: ", points, f": có {has}.", f": {has}.")
        only = (
            (f": có {has}; chưa có {lacks}.", f": {has}; not {lacks}.")
            if has
            else (
                f": chưa có {lacks}.",
                f": not {lacks}.",
            )
        )
        return _pair("Mới đạt ", "Reached only ", points, *only)

    return explain


def _deduct(events: Sequence[criteria.Option], full: str) -> Explain:
    titles = {event.id: (event.title_vi, event.title_en or event.title_vi, plain(event.points)) for event in events}

    def explain(value: given.Events, end: str) -> Reason:
        happened = [(figure(count), *titles[event]) for event, count in value.events if count]
        if not happened:
            return f"Không có trường hợp bị trừ: giữ nguyên {vi(full)} điểm.", f"Nothing to deduct: all {full} points."
        said = [
            "; ".join(f"{name[place]}: {convert(f'{count} x {each}')}" for count, *name, each in happened)
            for place, convert in ((0, vi), (1, str))
        ]
        return _pair(f"Trừ điểm ({said[0]}): còn ", f"Deducted ({said[1]}): ", f"{end[2:]}/{full}")

    return explain


def _year_on_year(rule: criteria.YearOnYear, full: str) -> Explain:
    need_vi, need_en = ("tăng", "a rise") if rule.direction == "up" else ("giảm", "a fall")
    margin = plain(rule.tolerance)

    def explain(value: given.Comparison, end: str) -> Reason:
        return _pair(
            "Kỳ trước ",
            "Previous period ",
            f"{figure(value.previous)} → {figure(value.current)}",
            f"; yêu cầu {need_vi} quá {vi(margin)}: {vi(end[2:])}/{vi(full)} điểm.",
            f"; {need_en} of more than {margin} is asked for: {end[2:]}/{full} points.",
        )

    return explain


def _steps(rule: criteria.Steps, full: str) -> Explain:
    locate = step_locator(rule)
    ranges = [_range(rule, step) for step in rule.steps]

    def explain(value: Any, end: str) -> Reason:
        place = locate(value)
        assert place is not None
        if isinstance(value, given.Day):
            said = _day(value.date), value.date
        elif isinstance(value, given.Number):
            said = vi(figure(value.value)), figure(value.value)
        else:
            text = f"{_share(value)} = {cut(100 * value.top, value.bottom, 2)}%"
            said = vi(text), text
        points = f"{end[2:]}/{full}"
        return (
            f"{said[0]} thuộc mức {ranges[place][0]}: {vi(points)} điểm.",
            f"{said[1]} lies in the step {ranges[place][1]}: {points} points.",
        )

    return explain


def _range(rule: criteria.Steps, step: criteria.Step) -> Reason:
    def bound(value: Decimal | str) -> Reason:
        if rule.of == "date":
            return _day(str(value)), str(value)
        text = _percent(Decimal(value)) if rule.of == "ratio" else figure(Decimal(value))
        return vi(text), text

    before = "trước" if rule.of == "date" else "dưới"
    low = None if step.minimum is None else bound(step.minimum)
    high = None if step.maximum is None else bound(step.maximum)
    if low and high:
        return f"từ {low[0]} đến {before} {high[0]}", f"from {low[1]} to below {high[1]}"
    if low:
        return f"từ {low[0]} trở đi" if rule.of == "date" else f"từ {low[0]} trở lên", f"from {low[1]} on"
    return (f"{before} {high[0]}", f"below {high[1]}") if high else ("mọi giá trị", "any value")


def _day(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{day}/{month}/{year}"
