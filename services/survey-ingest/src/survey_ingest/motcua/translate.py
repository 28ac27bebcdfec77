"""One item of the một-cửa dialect -> the same item in canonical names, for the checks of the canonical dialect. Pure.

Nothing is judged here: what cannot be translated goes on as sent, and the checks name it. So both dialects give the
same verdicts and the same digest, and a response sent in one may be replayed in the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from survey_ingest.motcua.names import ANSWERS, CODES, INNER, NOTICE, SAMPLE, SHEET, STRANGER
from survey_ingest.times import SENTINEL
from survey_ingest.words import plain

JOINED = "##"
"""Between the parts of a list that older software sends as one text."""
_WORDS = {field: {code: word for code, (word, _) in codes.items()} for field, codes in CODES.items()}
_REASONS = {plain(label): word for word, label in CODES["LyDo"].values()}


def code_of(value: Any) -> str:
    """A code sent as text or as a number; '' for anything else."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _coded(field: str) -> Callable[[Any], Any]:
    words = _WORDS[field]
    return lambda value: words.get(code_of(value), value)


def withdrawal_reason(value: Any) -> str:
    """The canonical reason that `LyDo` means: its code, its label or the canonical word; '' where it is no text."""
    code = code_of(value)
    return _WORDS["LyDo"].get(code) or _REASONS.get(plain(code), code)


def _moment(value: Any) -> Any:
    return None if isinstance(value, str) and value.strip().startswith(SENTINEL) else value


def _answer_value(value: Any) -> Any:
    return value.split(JOINED) if isinstance(value, str) and JOINED in value else value


def _answers(value: Any) -> Any:
    return [_renamed(answer, INNER[ANSWERS], _ANSWER) for answer in value] if isinstance(value, list) else value


_ANSWER: dict[str, Callable[[Any], Any]] = {"GiaTri": _answer_value}
_READERS: dict[str, Callable[[Any], Any]] = {
    "ThoiDiemDanhGia": _moment,
    "ThoiDiemGui": _moment,
    ANSWERS: _answers,
    SAMPLE: lambda value: _renamed(value, INNER[SAMPLE], {}),
    NOTICE: lambda value: _renamed(value, INNER[NOTICE], {}),
    **{field: _coded(field) for field in ("GiaiDoan", "KenhThuThap", "CheDo", "KenhThucHien", "LoaiDoiTuong")},
}


def canonical_item(raw: Any) -> Any:
    """The item in canonical names and codes; a value that is not an object goes on as it is."""
    return _renamed(raw, SHEET, _READERS)


def _renamed(raw: Any, names: Mapping[str, str], readers: Mapping[str, Callable[[Any], Any]]) -> Any:
    if not isinstance(raw, dict):
        return raw
    taken = names.values()
    item: dict[str, Any] = {}
    for key, value in raw.items():
        name = names.get(key)
        if name is None:
            item[STRANGER + key if key in taken else key] = value
        else:
            reader = readers.get(key)
            item[name] = value if reader is None else reader(value)
    return item
