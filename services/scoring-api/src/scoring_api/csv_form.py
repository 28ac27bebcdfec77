"""CSV for spreadsheets: UTF-8 with BOM, and no text cell that a spreadsheet would run as a formula."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

MEDIA_TYPE = "text/csv; charset=utf-8"
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_QUALITY = re.compile(r"[01](?:\.[0-9]{0,3})?")
_RISKY = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")

Sheet = tuple[Sequence[str], Iterable[Sequence[Any]]]
"""Column names, then rows."""


def cell(value: Any) -> str:
    """One cell: empty for a missing value, true/false, ISO instants; text that looks like a formula gets an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return value.isoformat()
    text = str(value)
    if text.lstrip().startswith(_RISKY) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def encode(sheet: Sheet) -> bytes:
    """The bytes of a sheet, lines ended by CRLF (RFC 4180)."""
    columns, rows = sheet
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def preferred(accept: bytes) -> bool:
    """Whether an Accept field (RFC 9110, section 12.5.1) wants CSV more than JSON; of equals, the one named first."""
    weights: dict[str, float] = {}
    for part in accept.decode("latin-1").lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
        weights.setdefault(kind, float(quality) if _QUALITY.fullmatch(quality) else 0.0)
    csv_weight, json_weight = weights.get("text/csv", 0.0), weights.get("application/json", 0.0)
    first = next((kind for kind in weights if kind in ("text/csv", "application/json")), "")
    return csv_weight > json_weight or (csv_weight == json_weight > 0 and first == "text/csv")
