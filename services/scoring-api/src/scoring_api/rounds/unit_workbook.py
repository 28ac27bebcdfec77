"""A unit's workbook of a round: out with what was declared, in again as declarations, all or nothing."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parindex.db.session import Database
from parindex.errors import Finding, Invalid
from parindex.workbooks.unit_workbook import read_unit_workbook, write_unit_workbook
from scoring_api.people.person import Person
from scoring_api.rounds.access import need_own_unit
from scoring_api.rounds.acting import Acting, acting
from scoring_api.rounds.deadlines import writing
from scoring_api.rounds.declare import declared, read_declared
from scoring_api.rounds.events import read_cells
from scoring_api.rounds.fold import Cell, NewEvent
from scoring_api.rounds.round import load_round
from scoring_api.rounds.spoken import Entry, clean_note
from scoring_api.rounds.standing import read_units


@dataclass(frozen=True, slots=True)
class Imported:
    """What a workbook changed: declarations appended, and rows that said what was declared already."""

    last_event_no: int
    changed: int
    unchanged: int


async def export_workbook(database: Database, person: Person, round_id: int, unit_id: int) -> bytes:
    """The unit's .xlsx with what it declared so far. Raises Forbidden for another unit."""
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        assessed = await load_round(connection, person.tenant_id, round_id)
        need_own_unit(person, assessed, unit_id)
        keys = [(unit_id, node.code) for node in assessed.components]
        cells = await read_cells(connection, person.tenant_id, round_id, keys)
        unit = (await read_units(connection, assessed, [unit_id]))[unit_id]
    present = {code: _present(cell) for (_, code), cell in cells.items() if "declared" in cell.sides}
    return await asyncio.to_thread(
        write_unit_workbook, assessed.file.framework, assessed.block, unit["name"], assessed.title_vi, present,
        round_id=round_id, unit_id=unit_id,
    )  # fmt: skip


async def import_workbook(
    database: Database,
    person: Person,
    round_id: int,
    unit_id: int,
    data: bytes,
    *,
    late_reason: str | None,
    now: dt.datetime,
) -> Imported:
    """Declares what the filled-in workbook says where it differs from what was declared; an emptied row withdraws.

    All rows in one transaction, or none: raises Invalid with a finding per cell, Conflict after the deadline.
    """
    async with database.connection() as connection:
        assessed = await load_round(connection, person.tenant_id, round_id)
        need_own_unit(person, assessed, unit_id)
    # Read before the round is locked: others go on writing meanwhile.
    book = await asyncio.to_thread(
        read_unit_workbook, data, assessed.file.framework, assessed.block, round_id=round_id, unit_id=unit_id
    )
    async with acting(database, person, round_id, now) as act:
        late = writing(act.state, "declaration", unit_id, now, late_reason)
        cells = await act.cells([(unit_id, code) for code in book.cells])
        events = _events(act, unit_id, book.cells, {code: cell for (_, code), cell in cells.items()}, late)
        state = await act.append(*events)
    return Imported(state.last_event_no, len(events), len(book.cells) - len(events))


def _present(cell: Cell | None) -> tuple[dict[str, Any] | None, str]:
    """What the unit has declared so far: input without its origin, and explanation."""
    said = {} if cell is None else cell.sides.get("declared", {})
    given = said.get("input")
    return None if given is None else {key: given[key] for key in given if key != "from"}, said.get("note", "")


def _events(
    act: Acting,
    unit_id: int,
    rows: Mapping[str, tuple[dict[str, Any] | None, str]],
    cells: Mapping[str, Cell],
    late_reason: str | None,
) -> list[NewEvent]:
    events: list[NewEvent] = []
    findings: list[Finding] = []
    for code, (given, words) in rows.items():
        try:
            note = clean_note(words)
        except ValueError as error:
            findings.append(
                Finding("note_unusable", code, f"{code}: giải trình có ký tự lạ. / The explanation: expected {error}.")
            )
            continue
        if (given, note) != _present(cells.get(code)):
            spoken = read_declared(act, code, Entry(given, note))
            events.append(declared(act, unit_id, code, spoken, note, late_reason))
    if findings:
        raise Invalid(
            f"{len(findings)} lỗi, chưa nhập gì. / {findings[0].message}",
            code="workbook_invalid",
            hint="Sửa rồi gửi lại. / Correct them and send it again.",
            findings=findings,
        )
    return events
