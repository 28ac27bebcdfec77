"""Adds administrative procedures (thủ tục hành chính) from a CSV: `parindex units import-procedures`.

Columns: `code` (as the national database or a province's copy gives it), `name`, `field_code`, `valid_from`, `source`;
optional `valid_to`. National base code: `<1|2|3>.<6 digits>`; a suffix such as `.000.00.00.H56` or `.H56` names the
publishing agency, not another procedure.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import asyncpg

from parindex.register.csv_table import Findings, ImportReport, Line, read_lines
from parindex.register.revision import hold_register_lock, next_revision
from parindex.register.roles import acting_as

if TYPE_CHECKING:
    import datetime as dt

REQUIRED = ("code", "name", "field_code", "valid_from", "source")
OPTIONAL = ("valid_to",)
_RAW = re.compile(r"([123]\.[0-9]{6})(?:\.[0-9A-Z]+)*")
Row = tuple[str, str, str, "dt.date", "dt.date | None", str]
"""Base code, name, field code, first day, day after the last, source."""


def procedure_base(code: str) -> str:
    """National base code of a raw one: `1.000894.000.00.00.H56` -> `1.000894`; '' for a code outside the scheme."""
    match = _RAW.fullmatch(code.strip().upper())
    return match[1] if match else ""


async def import_procedures(connection: asyncpg.Connection, csv_text: str, *, dry_run: bool = False) -> ImportReport:
    """Stores the procedures of the file, all or, when any row is wrong, none. May run twice; never deletes.

    A base code that is stored already takes the file's name, field, days and source.
    """
    findings = Findings()
    lines = read_lines(csv_text, REQUIRED, OPTIONAL, findings)
    rows = _by_base(lines, findings)
    if findings.found:
        return ImportReport(len(lines), findings=findings.by_line, dry_run=dry_run)
    async with connection.transaction(), acting_as(connection, "ranking-worker"):
        await hold_register_lock(connection)
        stored = {
            row["base_code"]: tuple(row)
            for row in await connection.fetch(
                "SELECT base_code, name, field_code, lower(valid), upper(valid), source FROM procedure"
                " WHERE base_code = ANY($1::text[])",
                list(rows),
            )
        }
        different = [row for base, row in sorted(rows.items()) if stored.get(base) != row]
        added = sum(row[0] not in stored for row in different)
        counts = {"added": added, "changed": len(different) - added}
        revision = None
        if different and not dry_run:
            digest = hashlib.sha256(csv_text.encode()).hexdigest()
            revision = await next_revision(connection, "procedures", digest, counts)
            await _store(connection, different, revision)
    unchanged = len(rows) - len(different)
    return ImportReport(len(lines), counts["added"], counts["changed"], unchanged, dry_run=dry_run, revision=revision)


def _by_base(lines: list[Line], findings: Findings) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    first_line: dict[str, int] = {}
    for line in lines:
        before = len(findings.found)
        raw = line.required("code", findings)
        name, field_code, source = (line.required(column, findings) for column in ("name", "field_code", "source"))
        start, end = line.day("valid_from", findings, required=True), line.day("valid_to", findings)
        if raw and not procedure_base(raw):
            message = f"{raw[:40]!r} was found, a code such as 1.000894 or 1.000894.000.00.00.H56 was expected."
            hint = "Leave out codes of a vendor's own; responses that use them are counted all the same."
            findings.add(line.number, "code", "procedure_code_unreadable", message, hint)
        if start and end and end <= start:
            message = f"valid_to {end} was found, a day after valid_from {start} was expected."
            findings.add(line.number, "valid_to", "days_empty", message, "valid_to is the day after the last day.")
        if len(findings.found) > before or start is None:
            continue
        base = procedure_base(raw)
        row = (base, name, field_code, start, end, source)
        if rows.setdefault(base, row) != row:
            message = f"{base} is given otherwise in line {first_line[base]}."
            findings.add(line.number, "code", "procedure_twice", message, "Keep one row for a base code.")
        first_line.setdefault(base, line.number)
    return rows


async def _store(connection: asyncpg.Connection, rows: list[Row], revision: int) -> None:
    await connection.executemany(
        "INSERT INTO procedure (base_code, name, field_code, valid, source, revision) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (base_code) DO UPDATE SET name = excluded.name, field_code = excluded.field_code,"
        " valid = excluded.valid, source = excluded.source, revision = excluded.revision",
        [
            (base, name, field_code, asyncpg.Range(start, end), source, revision)
            for base, name, field_code, start, end, source in rows
        ],
    )
