"""Reads the rows of a file for `parindex units import`. Pure; what they mean is decided in `unit_import_plan`.

Columns:

- `code`: the unit's code, `H44.07`, `000.00.07.H44` or `gso:08866`;
- `name`, `unit_type`: full name and type word, for example `Sở Nội vụ`, `Sở`;
- `kind`: province, district, commune, department or office;
- `parent_code`: code of the unit above it on `valid_from`, of the register or of the same file; `nation` for the nation;
- `valid_from`, `valid_to`: first day and the day after the last (empty: still valid), yyyy-mm-dd;
- `source`: where it is published;
- `block` (optional): block that it is ranked in; empty: its kind (an office is ranked in none);
- `dvcqg_id` (optional): id on the National Public Service Portal;
- `existing_code` (optional): code of a unit that the register already holds; the row then only adds `code` (and
  `dvcqg_id`) to that unit, and `name`, if given, must be its name; other columns may stay empty.

A file states the whole story of each unit it names: several rows with one code are the successive states of one unit
(renamed, moved, closed), and take the place of what an earlier import said of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parindex.errors import Invalid
from parindex.register.csv_table import Findings, Line, read_lines
from parindex.units.codes import UnitCodeForm, parse_unit_code
from parindex.units.records import BLOCKS, KINDS, Dated

if TYPE_CHECKING:
    import datetime as dt

REQUIRED = ("code", "name", "unit_type", "kind", "parent_code", "valid_from", "source")
OPTIONAL = ("valid_to", "block", "dvcqg_id", "existing_code")
NATION_CODE = "nation"
_PORTAL_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_IMPORTABLE = tuple(kind for kind in KINDS if kind != "nation")


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One state of one unit, as the file gives it. `parent` None: the nation, or not stated beside `existing`."""

    line: int
    code: UnitCodeForm
    existing: UnitCodeForm | None
    name: str
    unit_type: str
    kind: str
    block: str
    parent: UnitCodeForm | None
    start: dt.date
    end: dt.date | None
    dvcqg_id: str
    source: str

    @property
    def days(self) -> Dated:
        """Days on which the state holds."""
        return Dated(self.start, self.end)


def read_unit_rows(csv_text: str, findings: Findings) -> tuple[list[UnitRow], int]:
    """The rows that can be read, and how many there were; the others leave findings."""
    lines = read_lines(csv_text, REQUIRED, OPTIONAL, findings)
    rows = (_row(line, findings) for line in lines)
    return [row for row in rows if row is not None], len(lines)


def _row(line: Line, findings: Findings) -> UnitRow | None:
    before = len(findings.found)
    code = _code(line, "code", findings)
    existing = _code(line, "existing_code", findings) if line.values.get("existing_code") else None
    start, end = line.day("valid_from", findings, required=True), line.day("valid_to", findings)
    source, portal_id = line.required("source", findings), line.values.get("dvcqg_id", "")
    parent, kind, block = None, line.values["kind"], line.values.get("block", "")
    if existing is None:
        line.required("name", findings)
        line.required("unit_type", findings)
        kind = line.one_of("kind", _IMPORTABLE, findings)
        block = line.one_of("block", BLOCKS, findings) if block else ("" if kind == "office" else kind)
        if line.values["parent_code"] != NATION_CODE:
            parent = _code(line, "parent_code", findings)
    if start and end and end <= start:
        message = f"valid_to {end} was found, a day after valid_from {start} was expected."
        findings.add(line.number, "valid_to", "days_empty", message, "valid_to is the day after the last day.")
    if portal_id and not _PORTAL_ID.fullmatch(portal_id):
        message = f"{portal_id[:40]!r} was found, the portal's number or UUID was expected."
        findings.add(line.number, "dvcqg_id", "portal_id_unreadable", message, "Copy the id as the portal gives it.")
    if len(findings.found) > before or code is None or start is None:
        return None
    return UnitRow(
        line.number,
        code,
        existing,
        line.values["name"],
        line.values["unit_type"],
        kind,
        block,
        parent,
        start,
        end,
        portal_id,
        source,
    )


def _code(line: Line, column: str, findings: Findings) -> UnitCodeForm | None:
    if not (text := line.required(column, findings)):
        return None
    try:
        return parse_unit_code(text)
    except Invalid as error:
        findings.add(line.number, column, error.code, error.message, error.hint)
        return None
