"""Explains one component of one unit of a round, for persons who may see it: with evidence and every entry."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import asyncpg

from parindex.db.session import Database
from parindex.engine.assessment import final_side
from parindex.engine.inputs import Given
from parindex.engine.score_document import document
from scoring_api.answers import NOTICES
from scoring_api.evidence.rows import EvidenceLine, unit_lines
from scoring_api.letters.cell import CellExplanation, EntryLine, EvidenceBrief, InputLine, TableOf
from scoring_api.letters.input_words import input_lines, origin_line, survey_counts
from scoring_api.letters.subject import framework_of, result_of, subject_of
from scoring_api.people.person import ROLE_WORDS_VI, Person
from scoring_api.rounds.access import need_sight
from scoring_api.rounds.answers import EventLine
from scoring_api.rounds.event_pages import event_page
from scoring_api.rounds.events import read_cells, read_state
from scoring_api.rounds.round import Round, load_round
from scoring_api.rounds.standing import final_inputs, read_units

KINDS_VI = {
    "declared": "Đơn vị tự đánh giá",
    "answered": "Đơn vị giải trình",
    "appraised_1": "Thẩm định lần 1",
    "appraised_2": "Thẩm định lần 2",
    "joined": "Ghép số liệu",
    "decided": "Hội đồng quyết định",
    "evidence_added": "Đính kèm tài liệu kiểm chứng",
    "evidence_erased": "Xóa tài liệu kiểm chứng",
}


async def explain_round_cell(
    database: Database, person: Person, round_id: int, unit_id: int, component: str
) -> CellExplanation:
    """The explanation from the present final input. Raises NotFound, and Forbidden where the person may not see it."""
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        assessed = await load_round(connection, person.tenant_id, round_id)
        need_sight(person, assessed, unit_id, component)
        state = await read_state(connection, person.tenant_id, round_id)
        cells = await read_cells(connection, person.tenant_id, round_id, [(unit_id, component)])
        inputs = (await final_inputs(connection, assessed, [unit_id]))[unit_id]
        units = await read_units(connection, assessed, [unit_id, assessed.scope_unit_id])
        files = await unit_lines(connection, person.tenant_id, round_id, unit_id, component)
        authority = await _authority(connection, person.tenant_id)
    events = await _thread(database, person, round_id, unit_id, component)
    node = await asyncio.to_thread(_node, assessed, inputs, component)
    cell = cells.get((unit_id, component))
    side = None if cell is None else final_side(assessed.source(component), cell.sides)
    given = None if cell is None or side is None else cell.sides[side]["input"]
    origin = origin_line(given)
    return CellExplanation(
        assessed.realm,
        NOTICES.get(assessed.realm),
        TableOf(
            "round",
            assessed.title_vi,
            assessed.period.code,
            "final" if state.phase == "closed" else "provisional",
            authority or units[assessed.scope_unit_id]["name"],
            {"round_id": round_id, "event_no": state.last_event_no},
        ),
        framework_of(assessed.file),
        unit_id,
        units[unit_id]["name"],
        units[unit_id]["codes"],
        subject_of(assessed.file, assessed.plan, component, node["declared_maximum"]),
        result_of(node, side),
        [*input_lines(assessed.node(component), given), *([origin] if origin else [])],
        given,
        survey_counts(given),
        [_brief(line) for line in files],
        [_entry(assessed, event) for event in events],
        None,
        None,
    )


def _node(assessed: Round, inputs: dict[str, Given], component: str) -> dict[str, str | None]:
    plan = assessed.plan
    nodes: Sequence[dict[str, str | None]] = document(plan, plan.score(inputs), inputs)["nodes"]
    return nodes[plan.places[component]]


async def _authority(connection: asyncpg.Connection, tenant_id: int) -> str:
    return await connection.fetchval("SELECT name FROM tenant WHERE tenant_id = $1", tenant_id) or ""


async def _thread(database: Database, person: Person, round_id: int, unit_id: int, component: str) -> list[EventLine]:
    events: list[EventLine] = []
    after: int | None = 0
    while after is not None:
        page = await event_page(database, person, round_id, after=after, unit_id=unit_id, component=component)
        events += page.events
        after = page.next_after
    return events


def _brief(line: EvidenceLine) -> EvidenceBrief:
    return EvidenceBrief(
        str(line.evidence_id),
        line.media_type,
        line.size,
        line.sha256,
        line.recorded_at,
        line.person,
        line.erased.at if line.erased else None,
    )


def _entry(assessed: Round, event: EventLine) -> EntryLine:
    lines: list[InputLine] = []
    if event.component is not None:
        lines = input_lines(assessed.node(event.component), event.input)
    return EntryLine(
        event.event_no,
        event.kind,
        KINDS_VI.get(event.kind, event.kind),
        event.person,
        next((words for role, words in ROLE_WORDS_VI.items() if role == event.role), event.role),
        event.at,
        lines,
        event.points,
        event.note,
        event.late_reason,
    )
