"""What the words of framework files are called for officials who read them, in Vietnamese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STATUS_VI: Mapping[str, str] = {
    "official": "chính thức",
    "template": "mẫu, không chính thức",
    "example": "ví dụ, không chính thức",
}
PROVENANCE_VI: Mapping[str, str] = {
    "sourced": "có nguồn",
    "memory": "theo trí nhớ",
    "illustrative": "minh họa",
    "inferred": "suy luận",
    "declared": "tự quy định",
}
RULE_VI: Mapping[str, str] = {
    "yes_no": "có / không",
    "checklist": "cộng các ý đạt được",
    "choice": "chọn một mức",
    "steps": "theo bậc",
    "linear": "theo tỷ lệ",
    "ratio_floor": "theo tỷ lệ, dưới mức sàn 0 điểm",
    "threshold": "theo tỷ lệ, đạt ngưỡng được tối đa",
    "per_item": "mỗi mục một số điểm",
    "deduct": "trừ điểm theo vi phạm",
    "survey_top2": "khảo sát (tỷ lệ hài lòng)",
    "survey_mean": "khảo sát (điểm trung bình)",
    "external": "chỉ số bên ngoài",
    "yoy": "so với kỳ trước",
    "manual": "hội đồng cho điểm",
    "info": "chỉ để xem, không chấm",
}
SOURCE_VI: Mapping[str, str] = {
    "appraised": "thẩm định",
    "survey": "điều tra xã hội học",
    "external": "chỉ số bên ngoài",
    "data": "số liệu",
}
NO_DATA_VI: Mapping[str, str] = {
    "max": "tính điểm tối đa",
    "zero": "tính 0 điểm",
    "not_applicable": "loại khỏi tổng điểm tối đa",
    "null": "để trống, giữ điểm tối đa",
}
SECTION_VI: Mapping[str, str] = {"main": "điểm chính", "bonus": "điểm cộng", "penalty": "điểm trừ"}
PARAMETER_VI: Mapping[str, str] = {
    "floor": "mức sàn",
    "full": "mức đạt tối đa",
    "full_at": "ngưỡng đạt tối đa",
    "points_each": "điểm mỗi mục",
    "steps": "các bậc",
    "of": "đại lượng",
    "instrument": "phiếu khảo sát",
    "items": "câu hỏi",
    "factor": "nhóm câu hỏi",
    "index": "chỉ số",
    "scale": "thang",
    "direction": "chiều",
    "tolerance": "dung sai",
    "partial": "điểm khi không đổi",
}
_CALLED_VI: Mapping[str, Mapping[str, str]] = {
    "rule": RULE_VI,
    "source": SOURCE_VI,
    "no_data": NO_DATA_VI,
    "section": SECTION_VI,
    "provenance": PROVENANCE_VI,
}


def said_en(value: Any) -> str:
    """A value of the document in English."""
    return _said(value, "none")


def _said(value: Any, nothing: str) -> str:
    if value in (None, "", [], {}):
        return nothing
    match value:
        case bool():
            return "có" if value and nothing == "không có" else "không" if nothing == "không có" else str(value).lower()
        case list():
            return ", ".join(_said(one, nothing) for one in value)
        case dict():
            return "{" + "; ".join(f"{key}: {_said(one, nothing)}" for key, one in value.items()) + "}"
        case _:
            return str(value)


def said_vi(kind: str, value: Any) -> str:
    """A value of the document in Vietnamese; `kind` says which words it may be (rule, source, no_data, ...)."""
    called = _CALLED_VI.get(kind, {})
    return called[value] if isinstance(value, str) and value in called else comma(_said(value, "không có"))


def parameter_vi(key: str) -> str:
    """`floor` as mức sàn; `a.points` as the points of option a."""
    option, dot, name = key.rpartition(".")
    if dot:
        return f"{'điểm' if name == 'points' else 'tên'} của lựa chọn {option}"
    return PARAMETER_VI.get(key, key)


def comma(text: str) -> str:
    """Vietnamese decimals in a piece that is one number; anything else is left as it is."""
    whole, point, decimals = text.partition(".")
    return f"{whole},{decimals}" if point and whole.lstrip("-").isdigit() and decimals.isdigit() else text
