"""An input in Vietnamese words: each key with what it means, options by their titles, figures as Vietnamese write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parindex.engine.criteria import Checklist, Choice, Deduct, Node, Option
from scoring_api.letters.cell import InputLine

_LABELS = {
    "numerator": "Tử số",
    "denominator": "Mẫu số",
    "percent": "Tỷ lệ đã công bố (%)",
    "value": "Giá trị",
    "date": "Ngày",
    "count": "Số lượng",
    "favourable": "Số câu trả lời hài lòng",
    "answers": "Tổng số câu trả lời",
    "sum": "Tổng điểm các câu trả lời",
    "largest": "Tổng điểm cao nhất có thể",
    "current": "Kỳ này",
    "previous": "Kỳ trước",
    "points": "Điểm chấm",
    "imported_points": "Điểm đã công bố của cả nhóm",
}


def input_lines(node: Node, given: Mapping[str, Any] | None) -> list[InputLine]:
    """The lines of an input (JSON, docs/design.md), without its origin; none where nothing was given."""
    if given is None:
        return []
    lines = []
    for key, value in given.items():
        match key, value:
            case "from", _:
                continue
            case "no_data", _:
                lines.append(InputLine("Số liệu trong kỳ", "Không phát sinh"))
            case "not_applicable", _:
                lines.append(InputLine("Áp dụng", "Không áp dụng cho đơn vị"))
            case "ticked", list(ids):
                lines += [
                    InputLine(f"({one.id}) {one.title_vi}", "Đạt" if one.id in ids else "Chưa đạt")
                    for one in _options(node)
                ]
            case "chosen", str(chosen):
                title = next((one.title_vi for one in _options(node) if one.id == chosen), "")
                lines.append(InputLine("Mức đã chọn", f"({chosen}) {title}".strip()))
            case "events", dict(counts):
                lines += [InputLine(one.title_vi or one.id, str(counts.get(one.id, 0))) for one in _options(node)]
            case "value", bool(value):
                lines.append(InputLine("Kết quả", "Có" if value else "Không"))
            case "date", str(day):
                lines.append(InputLine("Ngày", "/".join(reversed(day.split("-")))))
            case _:
                lines.append(InputLine(_LABELS.get(key, key), str(value).replace(".", ",")))
    return lines


def origin_line(given: Mapping[str, Any] | None) -> InputLine | None:
    """Where an input came from: a survey, another index, posted figures."""
    match (given or {}).get("from"):
        case {"kind": "survey", "instrument": str(instrument), **more}:
            return InputLine(
                "Nguồn số liệu",
                f"Khảo sát {instrument}, kỳ {more.get('period', '')}, {more.get('responses', '')} phiếu",
            )
        case {"kind": "imported_table", "framework": str(index), **more}:
            return InputLine("Nguồn số liệu", f"Bảng {index} đã công bố: {more.get('source', '')}")
        case {"source": str(source)}:
            return InputLine("Nguồn số liệu", source)
    return None


def survey_counts(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What a survey input was divided from, with the questionnaire and the number of responses; None for other inputs."""
    origin = (given or {}).get("from")
    if given is None or not isinstance(origin, dict) or origin.get("kind") != "survey":
        return None
    return {
        **{key: given[key] for key in ("favourable", "answers", "sum", "largest", "percent") if key in given},
        **{
            key: origin.get(key)
            for key in ("instrument", "period", "state", "method", "responses", "constructed", "as_of", "sha256")
        },
    }


def _options(node: Node) -> tuple[Option, ...]:
    match node.leaf.rule if node.leaf else None:
        case Checklist(options) | Choice(options):
            return options
        case Deduct(events):
            return events
    return ()
