"""What faults do to an answer that was already decided: its words, its rows, its bytes."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .faults import Fault
from .wire import Answer

WORDS = {"message", "Message"}
ROWS = ("evaluation", "children", "items", "rows", "result")
"""Where the rows of one page stand, in `data` or beside it."""


def spoilt(answer: Answer, drawn: dict[str, Fault]) -> Answer:
    """The answer with every drawn fault that concerns its content."""
    if isinstance(answer.body, dict):
        answer.body = _document(answer.body, drawn)
    if "wrong_charset" in drawn:
        answer.content_type = f"application/json; charset={drawn['wrong_charset'].parameter('charset')}"
    if drawn.keys() & {"bom", "cut_json", "oversized"}:
        body = answer.encoded()
        if "oversized" in drawn:
            body += b" " * int(drawn["oversized"].parameter("bytes"))
        if "cut_json" in drawn:
            body = body[: len(body) // 2]
        if "bom" in drawn:
            body = b"\xef\xbb\xbf" + body
        answer.body = body
    return answer


def _document(body: dict[str, Any], drawn: dict[str, Fault]) -> dict[str, Any]:
    if "capital" in drawn:
        body = _told(body, lambda text: text.replace("thành công", "THÀNH CÔNG").replace("Thành công", "THÀNH CÔNG"))
    if "nfd" in drawn:
        body = _told(body, lambda text: unicodedata.normalize("NFD", text))
    if drawn.keys() & {"unknown_fields", "lost_fields", "wrong_root"}:
        body = json.loads(json.dumps(body, default=float))
        for row in _rows(body):
            if "unknown_fields" in drawn:
                row["truongMoi"] = {"giaTri": 1}
            if "lost_fields" in drawn:
                row.pop(drawn["lost_fields"].parameter("name"), None)
        if "wrong_root" in drawn and isinstance(data := body.get("data"), dict):
            _other_root(data)
    return _as_strings(body) if "numbers_as_strings" in drawn else body


def _told(value: Any, change: Callable[[str], str]) -> Any:
    """The document with its messages changed."""
    if isinstance(value, dict):
        return {
            name: change(inner) if name in WORDS and isinstance(inner, str) else _told(inner, change)
            for name, inner in value.items()
        }
    return [_told(inner, change) for inner in value] if isinstance(value, list) else value


def _rows(body: dict[str, Any]) -> list[dict[str, Any]]:
    data = body.get("data")
    for holder in (data if isinstance(data, dict) else {}, body):
        for name in ROWS:
            if isinstance(holder.get(name), list):
                return [row for row in holder[name] if isinstance(row, dict)]
    return []


def _other_root(data: dict[str, Any]) -> None:
    for name in ("parent", "overview"):
        if isinstance(data.get(name), dict):
            data[name]["departmentId"] = "00000000-0000-4000-8000-000000000000"
            data[name]["departmentCode"] = "H00"


def _as_strings(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_strings(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_strings(inner) for inner in value]
    if isinstance(value, bool):
        return "True" if value else "False"
    return str(value) if isinstance(value, int | float | Decimal) else value
