"""Reading a CSV that somebody made by hand: every fault becomes a finding with its line, none stops the reading. Pure."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from parindex.errors import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do (`dry_run`). With findings nothing at all was stored."""

    rows: int
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    findings: tuple[Finding, ...] = ()
    dry_run: bool = False
    revision: int | None = None
    """Register load that stored it; None when nothing was stored."""

    @property
    def sentence(self) -> str:
        """The report in a sentence."""
        if self.findings:
            return f"{len(self.findings)} findings in {self.rows} rows: nothing was stored."
        counts = f"{self.added} added, {self.changed} changed, {self.unchanged} unchanged"
        if self.dry_run:
            return f"{self.rows} rows are in order; they would give: {counts}. Nothing was stored (dry run)."
        return f"{counts}; revision {self.revision}." if self.revision else "nothing changed."


@dataclass(slots=True)
class Findings:
    """Findings of one file, each with line and column."""

    found: list[tuple[int, Finding]] = field(default_factory=list)

    def add(self, line: int, column: str, code: str, message: str, hint: str) -> None:
        """Notes a fault. `message`: what was found and what was expected; `hint`: what to do."""
        where = f"line {line}: {column}" if column else f"line {line}"
        self.found.append((line, Finding(code=code, field=where, message=message, hint=hint)))

    @property
    def by_line(self) -> tuple[Finding, ...]:
        """The findings in the order of the file."""
        return tuple(finding for _, finding in sorted(self.found, key=lambda item: item[0]))


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its line in the file and its values by column, in NFC, without spaces around them."""

    number: int
    values: dict[str, str]

    def required(self, column: str, findings: Findings) -> str:
        """The value; an empty one is a finding."""
        if not (value := self.values.get(column, "")):
            findings.add(
                self.number, column, "value_missing", f"{column} is empty, a value was expected.", f"Fill in {column}."
            )
        return value

    def one_of(self, column: str, choices: Sequence[str], findings: Findings) -> str:
        """The value if it is one of the choices, else '' and a finding."""
        value = self.required(column, findings)
        if value and value not in choices:
            expected = ", ".join(choices)
            findings.add(
                self.number,
                column,
                "value_unknown",
                f"{value!r} was found, one of {expected} was expected.",
                "Correct it.",
            )
            return ""
        return value

    def day(self, column: str, findings: Findings, *, required: bool = False) -> dt.date | None:
        """A date yyyy-mm-dd; None when empty or, with a finding, when unreadable."""
        value = self.required(column, findings) if required else self.values.get(column, "")
        if not value:
            return None
        try:
            if _DAY.fullmatch(value):
                return dt.date.fromisoformat(value)
        except ValueError:
            pass
        findings.add(
            self.number,
            column,
            "day_unreadable",
            f"{value!r} was found, a day such as 2025-07-01 was expected.",
            "Write year-month-day.",
        )
        return None


def read_lines(csv_text: str, required: Sequence[str], optional: Sequence[str], findings: Findings) -> list[Line]:
    """The rows of a CSV with a header (comma or semicolon, BOM allowed); blank lines are skipped.

    Faults of the header end the reading; a row with a wrong number of values or invisible characters is left out.
    All become findings.
    """
    text = csv_text.removeprefix("\ufeff")
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if ";" in first and "," not in first else ",", strict=True)
    lines: list[Line] = []
    try:
        header = [unicodedata.normalize("NFC", column).strip() for column in next(reader, [])]
        if not _header_holds(header, required, optional, findings):
            return []
        for values in reader:
            if not any(value.strip() for value in values):
                continue
            if len(values) != len(header):
                message = f"{len(values)} values were found, {len(header)} were expected."
                findings.add(reader.line_num, "", "row_uneven", message, "Quote values that contain the separator.")
                continue
            cleaned = {
                column: unicodedata.normalize("NFC", value).strip()
                for column, value in zip(header, values, strict=True)
            }
            hidden = [
                name for name, value in cleaned.items() if any(unicodedata.category(c) in _INVISIBLE for c in value)
            ]
            for column in hidden:
                message = "Invisible or control characters were found, plain text was expected."
                findings.add(reader.line_num, column, "text_unprintable", message, "Type the value again.")
            if not hidden:
                lines.append(Line(reader.line_num, cleaned))
    except csv.Error as error:
        message = f"The file cannot be read as CSV from here on: {error}."
        findings.add(reader.line_num, "", "csv_unreadable", message, "Check the quotation marks; save as CSV UTF-8.")
    if not lines and not findings.found:
        findings.add(2, "", "file_empty", "No row was found, at least one was expected.", "Add rows below the header.")
    return lines


def _header_holds(header: list[str], required: Sequence[str], optional: Sequence[str], findings: Findings) -> bool:
    missing = [column for column in required if column not in header]
    unknown = [column for column in header if column not in required and column not in optional]
    twice = sorted({column for column in header if header.count(column) > 1})
    expected = f"Columns: {', '.join(required)}; may be left out: {', '.join(optional)}."
    for code, columns, what in (
        ("column_missing", missing, "missing"),
        ("column_unknown", unknown, "unknown"),
        ("column_twice", twice, "given twice"),
    ):
        if columns:
            findings.add(1, "", code, f"Columns {what}: {', '.join(columns)}.", expected)
    return not (missing or unknown or twice)
