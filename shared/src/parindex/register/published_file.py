"""Reads league tables as a publisher printed them from CSV: figures digit for digit, every faulty row named at once."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from parindex.engine.digest import sha256
from parindex.engine.period import Period
from parindex.errors import Finding, Invalid

PART_COLUMNS = {
    "transparency": "transparency_18",
    "progress": "progress_20",
    "online": "online_12",
    "payment": "payment_10",
    "digitization": "digitization_22",
    "satisfaction": "satisfaction_18",
}
"""Group code of QĐ 766 -> column of the file, in the order of the portal."""

COLUMNS = (
    "exported_at",
    "period",
    "level",
    "h_code",
    "unit",
    *PART_COLUMNS.values(),
    "total",
    "printed_rank",
    "source",
)
_LEVELS = {"tỉnh": "province", "sở, ban": "department", "xã": "commune"}
_LEVEL = re.compile(r"(?P<level>[^(]+?)(?: \(.+\))?")
_PERIOD = re.compile(r"(?P<code>\S+?)(?P<to_date> \((?:year|half-year|quarter|month) to date\))?")
_POINTS = re.compile(r"[0-9]{1,3}\.[0-9]{2}")


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One unit's printed line."""

    line: int
    """Line of the file, for messages."""
    printed_code: str
    printed_name: str
    printed_rank: int | None
    total: str
    parts: dict[str, str]
    """Group code -> points as printed."""


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """One printed table as observed at one moment."""

    block: str
    period: str
    to_date: bool
    observed_at: dt.datetime
    source: str
    rows: tuple[PublishedRow, ...]

    @property
    def label(self) -> str:
        """Which table, in messages: `qd766 province 2025-10 as observed 2025-10-11T20:01:35+07:00`."""
        return f"qd766 {self.block} {self.period} as observed {self.observed_at.isoformat()}"

    @property
    def sha256(self) -> str:
        """Hex digest over what was printed (codes, names, ranks, points), whatever the order of the lines."""
        printed = sorted(
            [row.printed_code, row.printed_name, row.printed_rank, row.total, row.parts] for row in self.rows
        )
        return sha256({"block": self.block, "period": self.period, "to_date": self.to_date, "rows": printed}).hex()


def read_published(text: str, file: str) -> list[PublishedTable]:
    """The tables in a CSV file with the columns `COLUMNS` (others are ignored). Raises Invalid with every fault.

    A row's points must have two decimals and its total must be exactly the sum of its groups, as on the portal.
    """
    reader = csv.DictReader(io.StringIO(unicodedata.normalize("NFC", text.removeprefix("\ufeff"))))
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise Invalid(
            f"{file} lacks the column(s) {', '.join(missing)}.",
            code="columns_missing",
            hint=f"Expected: {', '.join(COLUMNS)}.",
        )
    findings: list[Finding] = []
    tables: dict[tuple[str, str, str, str], list[PublishedRow]] = {}
    for cells in reader:
        faults = list(_faults(cells))
        findings += [Finding(code, f"{file}:{reader.line_num}", message, hint) for code, message, hint in faults]
        if not faults:
            key = (cells["exported_at"], cells["period"], cells["level"], cells["source"])
            tables.setdefault(key, []).append(_row(reader.line_num, cells))
    if findings:
        raise Invalid(
            f"{file} has {len(findings)} fault(s), the first at {findings[0].field}: {findings[0].message}",
            code="data_file_invalid",
            hint="Correct every line named and load the file again; nothing was stored.",
            findings=findings,
        )
    return [_table(*key, rows) for key, rows in tables.items()]


def _table(exported_at: str, period: str, level: str, source: str, rows: list[PublishedRow]) -> PublishedTable:
    level_match, period_match = _LEVEL.fullmatch(level), _PERIOD.fullmatch(period)
    assert level_match
    assert period_match
    return PublishedTable(
        block=_LEVELS[level_match["level"]],
        period=Period.parse(period_match["code"]).code,
        to_date=period_match["to_date"] is not None,
        observed_at=dt.datetime.fromisoformat(exported_at),
        source=source,
        rows=tuple(rows),
    )


def _row(line: int, cells: dict[str, str]) -> PublishedRow:
    return PublishedRow(
        line=line,
        printed_code=cells["h_code"],
        printed_name=cells["unit"],
        printed_rank=int(cells["printed_rank"]) if cells["printed_rank"] else None,
        total=cells["total"],
        parts={code: cells[column] for code, column in PART_COLUMNS.items()},
    )


def _faults(cells: dict[str, str | None]) -> list[tuple[str, str, str]]:
    """What is wrong with one row: (code, what happened, what was expected)."""
    if None in cells or None in cells.values():
        return [
            (
                "cells_count",
                "has more or fewer cells than the head.",
                "Expected one cell per column; quote text with commas.",
            )
        ]
    given = {column: value or "" for column, value in cells.items()}
    faults = [
        ("missing", f"{column} is empty.", "Expected a value.")
        for column in ("h_code", "unit", "source")
        if not given[column]
    ]
    level = _LEVEL.fullmatch(given["level"])
    if not level or level["level"] not in _LEVELS:
        faults.append(
            ("unknown_level", f"level {given['level']!r} is unknown.", f"Expected one of {', '.join(_LEVELS)}.")
        )
    try:
        period = _PERIOD.fullmatch(given["period"])
        Period.parse(period["code"] if period else given["period"])
    except Invalid as error:
        faults.append((error.code, error.message, error.hint))
    try:
        if dt.datetime.fromisoformat(given["exported_at"]).tzinfo is None:
            faults.append(
                ("offset_missing", f"exported_at {given['exported_at']} has no offset.", "Expected one such as +07:00.")
            )
    except ValueError:
        faults.append(
            (
                "instant_unreadable",
                f"exported_at {given['exported_at']!r} is no instant.",
                "Expected ISO 8601 with offset.",
            )
        )
    if given["printed_rank"] and not re.fullmatch(r"[1-9][0-9]{0,4}", given["printed_rank"]):
        faults.append(
            ("rank_unreadable", f"printed_rank {given['printed_rank']!r} is no rank.", "Expected 1, 2, ... or nothing.")
        )
    columns = [*PART_COLUMNS.values(), "total"]
    unread = [column for column in columns if not _POINTS.fullmatch(given[column])]
    faults += [
        ("points_unreadable", f"{column} is {given[column]!r}.", "Expected points with two decimals such as 84.70.")
        for column in unread
    ]
    if not unread:
        total = sum((Decimal(given[column]) for column in PART_COLUMNS.values()), Decimal(0))
        if total != Decimal(given["total"]):
            faults.append(
                (
                    "total_differs",
                    f"the groups sum to {total}, the total is {given['total']}.",
                    "Expected the exact sum: check the copy.",
                )
            )
    return faults
