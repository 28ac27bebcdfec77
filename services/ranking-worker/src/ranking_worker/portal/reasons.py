"""Why a call or an item failed, as an official reads it: the English detail of `answer.py`, `call.py` and the guard in Vietnamese. Pure.

The detail itself stays as it is: items that failed alike are found by it. What the portal said is repeated as it said it.
"""

from __future__ import annotations

import re

NOTHING_CAME = "the process ended before the outcome was known"
NO_LOOK_UP = "the profile names no look-up any more"
_WHOLE = {
    NOTHING_CAME: "tiến trình gửi bị ngắt trước khi biết kết quả",
    NO_LOOK_UP: "hồ sơ kết nối không còn khai cách tra cứu",
}
_FOUND = {
    "an HTML or XML page": "một trang HTML hoặc XML",
    "JSON cut short": "JSON bị cụt",
    "JSON": "JSON không đọc được",
    "text": "văn bản thường",
    "nothing": "nội dung trống",
}
_GUARD = {
    "field_not_allowed": "trường không được phép gửi",
    "personal_field": "tên trường của dữ liệu cá nhân",
    "looks_personal": "giống số điện thoại, số định danh hoặc thư điện tử",
    "long_number": "số dài, có thể là số của một người",
    "long_text": "văn bản quá dài",
    "kind_not_allowed": "kiểu dữ liệu không được phép",
}
_FORMS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(HTTP \d+), code None(.*)", re.DOTALL), "{0}, không có mã{1}"),
    (re.compile(r"(HTTP \d+), code (.*)", re.DOTALL), "{0}, mã {1}"),
    (re.compile(r"(HTTP \d+): the bytes are text in no known charset"), "{0}: không đọc được bảng mã"),
    (re.compile(r"the answer is larger than (\d+) MB"), "câu trả lời lớn hơn {0} MB"),
    (re.compile(r"no whole answer within (\S+) seconds"), "không có câu trả lời trọn vẹn trong {0} giây"),
    (re.compile(r"no connection: (\w+)"), "không kết nối được ({0})"),
    (re.compile(r"the connection broke: (\w+)"), "kết nối bị đứt ({0})"),
)
_NOT_JSON = re.compile(r"(HTTP \d+): expected JSON, found (.+)")
_PLACE = re.compile(r"\((" + "|".join(_GUARD) + r")\)(?=;|$)")


def in_vietnamese(why: str) -> str:
    """The reason in Vietnamese; one that is not known here stays as it is (`HTTP 503`, a person's own note)."""
    if why in _WHOLE:
        return _WHOLE[why]
    if found := _NOT_JSON.fullmatch(why):
        return f"{found[1]}: chờ JSON nhưng nhận {_FOUND.get(found[2], found[2])}"
    for form, words in _FORMS:
        if found := form.fullmatch(why):
            return words.format(*found.groups())
    return _PLACE.sub(lambda place: f"({_GUARD[place[1]]})", why)
