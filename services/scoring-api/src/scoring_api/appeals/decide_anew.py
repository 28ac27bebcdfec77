"""The council decides anew, in the closed round, what an upheld appeal is about.

An upheld appeal is the only thing that changes a closed round. What changes stands in its events with the case number;
the published edition stays as it is until another one supersedes it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import asyncpg

from parindex.db.session import Database
from parindex.engine.criteria import Node
from parindex.errors import Conflict, Forbidden, Invalid
from scoring_api.appeals.covered import covers
from scoring_api.appeals.decide import need_not_of_unit
from scoring_api.appeals.disputed import read_table
from scoring_api.appeals.rows import Appeal, locked_appeal, read_appeal
from scoring_api.people.person import Person
from scoring_api.rounds.acting import Acting
from scoring_api.rounds.appraise import need_input
from scoring_api.rounds.events import lock_state, read_cells
from scoring_api.rounds.fold import Cell, NewEvent
from scoring_api.rounds.round import Round, load_round
from scoring_api.rounds.spoken import Entry, Said, read_spoken
from scoring_api.rounds.standing import read_units


@dataclass(frozen=True, slots=True)
class ToDecide:
    """Components that an upheld appeal covers, and what was said on the one that is looked at (None: none is chosen)."""

    appeal: Appeal
    unit: str
    assessed: Round
    components: list[Node]
    node: Node | None
    cell: Cell


async def to_decide(database: Database, person: Person, appeal_id: int, component: str | None) -> ToDecide:
    """What the council member may decide anew; the only component there is needs no choice. Raises as `decide_anew` does."""
    person.need("council")
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        appeal = await read_appeal(connection, person.tenant_id, appeal_id)
        assessed = await load_round(connection, person.tenant_id, await _need_decidable(connection, person, appeal))
        covered = [node for node in assessed.components if covers(assessed, appeal.component, node.code)]
        code = component or (covered[0].code if len(covered) == 1 else None)
        cell = Cell()
        if code is not None:
            _need_covered(assessed, appeal, code)
            cells = await read_cells(connection, person.tenant_id, assessed.round_id, [(appeal.unit_id, code)])
            cell = cells.get((appeal.unit_id, code), cell)
        names = await read_units(connection, assessed, [appeal.unit_id])
    node = None if code is None else assessed.node(code)
    return ToDecide(appeal, names[appeal.unit_id]["name"], assessed, covered, node, cell)


async def decide_anew(
    database: Database, person: Person, appeal_id: int, component: str, entry: Entry, now: dt.datetime
) -> Said:
    """Stores the council's decision on a component that an upheld appeal is about, in its closed round.

    By another person than the one who upheld it, and nobody who speaks or declared for the unit. Raises Forbidden,
    Conflict where nothing was upheld or the table was made of no round, Invalid for the input or without a reason.
    """
    person.need("council")
    async with database.transaction() as connection:
        appeal = await locked_appeal(connection, person.tenant_id, appeal_id)
        round_id = await _need_decidable(connection, person, appeal)
        state = await lock_state(connection, person.tenant_id, round_id)
        assessed = await load_round(connection, person.tenant_id, round_id)
        act = Acting(connection, person, assessed, state, now)
        _need_covered(assessed, appeal, component)
        await act.need_not_own_word(appeal.unit_id)
        spoken = read_spoken(assessed, component, need_input(entry))
        if not entry.note:
            raise Invalid("Chưa nêu lý do. / A reason is needed.", code="reason_missing", hint="Say why in `note`.")
        await act.cell(appeal.unit_id, component, entry.expected_event_no)
        after = await act.append(
            NewEvent(
                kind="decided",
                person_id=person.person_id,
                role="council",
                unit_id=appeal.unit_id,
                component=component,
                input=spoken.input,
                points=spoken.points,
                note=entry.note,
                late_reason=f"Khiếu nại {appeal.case_no} được chấp nhận",
                detail={"case_no": appeal.case_no},
            )
        )
    return Said(after.last_event_no, "decided", spoken, late=True)


async def _need_decidable(connection: asyncpg.Connection, person: Person, appeal: Appeal) -> int:
    """The round in which the person may decide anew."""
    need_not_of_unit(person, appeal)
    appeal.need_upheld()
    if appeal.outcome is not None and appeal.outcome.person_id == person.person_id:
        raise Forbidden(
            "Người kết luận chấp nhận khiếu nại không tự quyết định lại điểm. / Whoever upheld the appeal does not decide the figure.",
            code="second_person_needed",
            hint="Another council member decides it.",
        )
    table = await read_table(connection, person.tenant_id, appeal.publication_id)
    if table is None or table.source["kind"] != "round":
        raise Conflict(
            "Bảng này không lập từ một đợt đánh giá. / The table was not made of an assessment round.",
            code="no_round_to_correct",
            hint="Load the corrected figures where the table came from, then publish the errata.",
        )
    round_id: int = table.source["round_id"]
    return round_id


def _need_covered(assessed: Round, appeal: Appeal, component: str) -> None:
    assessed.node(component)
    if not covers(assessed, appeal.component, component):
        raise Conflict(
            f"Vụ {appeal.case_no} không khiếu nại tiêu chí {component}. / The case is not about {component}.",
            code="component_not_disputed",
            hint="Only what was disputed and upheld is decided anew.",
        )
