"""The body of `DongBoDanhGia`: the neutral record, or a schema that the control API describes.

No public text has the real body, so the client must be able to send any. A schema is
`{"items": "data", "fields": {"MaHoSo": "hoSo.ma", ...}, "time": "%d/%m/%Y %H:%M:%S"}`: where the list of ratings stands,
where in one rating each neutral field stands (dotted), and how its time is written.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from .options import Options

NEUTRAL_TIME = "%Y%m%d%H%M%S"


def items(options: Options, body: dict[str, Any]) -> Any:
    """The list of ratings in a body, or None."""
    return found(body, (options.rating_schema or {}).get("items", "data"))


def neutral(schema: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """One rating with the neutral names; fields that the schema does not name do not count."""
    return {name: found(row, path) for name, path in schema["fields"].items()}


def found(value: Any, path: str) -> Any:
    """What stands at a dotted path, or None."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def readable_time(schema: dict[str, Any] | None, text: Any) -> bool:
    """Whether the time is written as the schema says; the neutral body takes `yyyyMMddHHmmss` and ISO 8601."""
    if not isinstance(text, str):
        return False
    try:
        dt.datetime.strptime(text, (schema or {}).get("time", NEUTRAL_TIME))  # noqa: DTZ007  (only whether it can be read)
    except ValueError:
        pass
    else:
        return True
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return schema is None
