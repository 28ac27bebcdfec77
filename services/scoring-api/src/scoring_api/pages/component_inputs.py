"""The input of a component as a form of its own rule, and back: each rule kind has its fields, each field its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from parindex.engine.criteria import (
    Checklist,
    Choice,
    Deduct,
    External,
    Info,
    Manual,
    Node,
    PerItem,
    Steps,
    Survey,
    YearOnYear,
    YesNo,
)
from scoring_api.pages.forms import Form
from scoring_api.pages.vietnamese import decimal_vi

Input = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form; its name is the key of the input."""

    name: str
    label: str
    kind: str = "number"
    """number, whole, day or text."""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """One line that may be ticked, chosen or counted."""

    id: str
    label: str
    points: str


@dataclass(frozen=True, slots=True)
class InputForm:
    """What the form of a rule consists of. `ticks_are`: checklist, choice, yes_no, events or ''."""

    fields: tuple[Field, ...]
    alternative: tuple[Field, ...] = ()
    """Fields that may be filled in instead (a percent where nothing else is known)."""
    ticks: tuple[Tick, ...] = ()
    ticks_are: str = ""
    no_data: bool = False
    """Whether `không phát sinh` may be said: the framework says what it means."""


_PERCENT = Field("percent", "Hoặc chỉ có tỷ lệ (%)", hint="ví dụ 62,5; để trống nếu đã có tử số, mẫu số")
_SHARE = (Field("numerator", "Số đạt (tử số)"), Field("denominator", "Tổng số (mẫu số)"))
_TOP2 = (Field("favourable", "Số câu trả lời hài lòng"), Field("answers", "Tổng số câu trả lời"))
_MEAN = (Field("sum", "Tổng điểm các câu trả lời"), Field("largest", "Tổng điểm cao nhất có thể"))


def form_of(node: Node) -> InputForm:
    """The form for a component, or for a branch that may take an imported score."""
    if node.leaf is None:
        return InputForm((Field("imported_points", "Điểm đã công bố của cả nhóm"),))
    no_data = node.leaf.on_no_data is not None
    match node.leaf.rule:
        case YesNo():
            ticks = (Tick("yes", "Có", decimal_vi(f"{node.maximum:f}")), Tick("no", "Không", "0"))
            return InputForm((), ticks=ticks, ticks_are="yes_no", no_data=no_data)
        case Checklist(options):
            return InputForm((), ticks=_ticks(options), ticks_are="checklist", no_data=no_data)
        case Choice(options):
            return InputForm((), ticks=_ticks(options), ticks_are="choice", no_data=no_data)
        case Deduct(events):
            return InputForm((), ticks=_ticks(events, "−"), ticks_are="events", no_data=no_data)
        case Steps("number"):
            return InputForm((Field("value", "Giá trị"),), no_data=no_data)
        case Steps("date"):
            return InputForm((Field("date", "Ngày", "day", "ví dụ 28/12/2025"),), no_data=no_data)
        case PerItem():
            return InputForm((Field("count", "Số lượng", "whole"),), no_data=no_data)
        case External():
            return InputForm((Field("value", "Giá trị của chỉ số"),), no_data=no_data)
        case YearOnYear():
            fields = (Field("current", "Kỳ này"), Field("previous", "Kỳ trước"))
            return InputForm(fields, no_data=no_data)
        case Manual():
            most = decimal_vi(f"{node.maximum:f}")
            return InputForm((Field("points", "Điểm", hint=f"từ 0 đến {most}"),), no_data=no_data)
        case Survey(method):
            return InputForm(_TOP2 if method == "top2" else _MEAN, (_PERCENT,), no_data=no_data)
        case Info():
            return InputForm((Field("value", "Nội dung", "text"),), no_data=no_data)
        case _:
            return InputForm(_SHARE, (_PERCENT,), no_data=no_data)


def _ticks(options: Sequence[Any], sign: str = "") -> tuple[Tick, ...]:
    return tuple(Tick(one.id, one.title_vi, sign + decimal_vi(f"{one.points:f}")) for one in options)


def read_input_form(node: Node, form: Form) -> Input | None:
    """The input meant; None where nothing is said. Faults are noted at the form's fields."""
    state = form.text("state")
    wanted = form_of(node)
    if state in ("no_data", "not_applicable", "nothing"):
        if state == form.text("state_was") and _touched(wanted, form):
            form.note("state", "Đã điền số liệu nhưng chưa chọn “Có số liệu”.")
        return None if state == "nothing" else {state: True}
    if wanted.ticks_are:
        return _ticked(wanted, form)
    if wanted.alternative and not any(form.text(field.name) for field in wanted.fields):
        (percent,) = wanted.alternative
        number = form.number(percent.name, needed=False)
        if number is not None:
            return {"percent": f"{number:f}"}
        if not form.findings:
            form.note(wanted.fields[0].name, "Chưa điền tử số và mẫu số (hoặc tỷ lệ).")
        return None
    read: Input = {}
    for field in wanted.fields:
        value = _value(field, form)
        if value is not None:
            read[field.name] = value
    for field in wanted.alternative:
        if form.text(field.name):
            form.note(field.name, "Đã có tử số, mẫu số thì để trống ô này.")
    return read or None


def _touched(wanted: InputForm, form: Form) -> bool:
    """Whether figures were filled in (a form that began without any: it showed a state)."""
    names = [field.name for field in (*wanted.fields, *wanted.alternative)]
    names += ["chosen", "ticked", *(f"event.{tick.id}" for tick in wanted.ticks)]
    return any(form.text(name) for name in names)


def _value(field: Field, form: Form) -> str | int | None:
    match field.kind:
        case "whole":
            return form.whole(field.name)
        case "day":
            chosen = form.day(field.name)
            return None if chosen is None else chosen.isoformat()
        case "text":
            return form.words(field.name, needed="Chưa điền nội dung.") or None
        case _:
            number = form.number(field.name)
            return None if number is None else f"{number:f}"


def _ticked(wanted: InputForm, form: Form) -> Input | None:
    if wanted.ticks_are == "checklist":
        return {"ticked": form.every("ticked")}
    if wanted.ticks_are == "events":
        counts = {tick.id: form.whole(f"event.{tick.id}", needed=False) for tick in wanted.ticks}
        return {"events": {event: count for event, count in counts.items() if count}}
    chosen = form.text("chosen")
    if not chosen:
        form.note("chosen", "Chưa chọn mức nào.")
        return None
    return {"value": chosen == "yes"} if wanted.ticks_are == "yes_no" else {"chosen": chosen}


def filled_in(given: Mapping[str, Any] | None) -> dict[str, list[str]]:
    """The fields of the form as they stand when it shows an input."""
    if given is None:
        return {}
    fields: dict[str, list[str]] = {"state": ["given"]}
    for key, value in given.items():
        if key in ("no_data", "not_applicable"):
            fields["state"] = [key]
        elif key == "ticked":
            fields["ticked"] = list(value)
        elif key == "events":
            fields |= {f"event.{event}": [str(count)] for event, count in value.items()}
        elif isinstance(value, bool):
            fields["chosen"] = ["yes" if value else "no"]
        elif key == "date":
            fields["date"] = ["/".join(reversed(str(value).split("-")))]
        elif key != "from":
            fields[key] = [_as_written(value)]
    return fields


def _as_written(value: Any) -> str:
    text = str(value)
    return decimal_vi(text) if text.replace(".", "", 1).removeprefix("-").isdigit() else text


def words_of(node: Node, given: Mapping[str, Any] | None) -> str:
    """An input in words, for reading: `5/8`, `a, b`, `Không áp dụng`; '' where nothing was given."""
    if given is None:
        return ""
    if given.get("not_applicable"):
        return "Không áp dụng"
    if given.get("no_data"):
        return "Không phát sinh"
    if "ticked" in given:
        return "Đạt: " + ", ".join(given["ticked"]) if given["ticked"] else "Không đạt ý nào"
    if "chosen" in given:
        titles = {tick.id: tick.label for tick in form_of(node).ticks}
        return titles.get(given["chosen"], str(given["chosen"]))
    if "events" in given:
        counted = ", ".join(f"{event}: {count} lần" for event, count in given["events"].items())
        return counted or "Không có lỗi nào"
    if isinstance(given.get("value"), bool):
        return "Có" if given["value"] else "Không"
    for top, bottom in (("numerator", "denominator"), ("favourable", "answers"), ("sum", "largest")):
        if top in given:
            return f"{_as_written(given[top])}/{_as_written(given[bottom])}"
    if "percent" in given:
        return f"{_as_written(given['percent'])}%"
    if "date" in given:
        return "/".join(reversed(str(given["date"]).split("-")))
    if "current" in given:
        return f"kỳ này {_as_written(given['current'])}, kỳ trước {_as_written(given['previous'])}"
    if "points" in given:
        return f"{_as_written(given['points'])} điểm"
    if "imported_points" in given:
        return f"{_as_written(given['imported_points'])} điểm (cả nhóm, đã công bố)"
    if "count" in given:
        return f"{given['count']} trường hợp"
    return _as_written(given.get("value", ""))


def difference(left: str | None, right: str | None) -> str | None:
    """Left less right, in points with their digits; None where one of them is missing."""
    return None if left is None or right is None else f"{Decimal(left) - Decimal(right):f}"
