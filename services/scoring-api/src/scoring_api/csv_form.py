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
