"""What follows an upheld appeal: the council decides anew in the closed round, and the edition that corrects is named.

An upheld appeal is the only thing that changes a closed round. What changes stands in its events with the case number;
the published edition stays as it is until another one supersedes it.
"""

from __future__ import annotations

import datetime as dt

import asyncpg

from parindex.db.session import Database
from parindex.errors import Conflict, Finding, Forbidden, Invalid
from scoring_api.appeals.covered import covers
from scoring_api.appeals.disputed import read_table
from scoring_api.appeals.rows import Appeal, append_step, locked_appeal
from scoring_api.people.person import Person
from scoring_api.rounds.acting import Acting
from scoring_api.rounds.appraise import need_input
from scoring_api.rounds.events import lock_state
from scoring_api.rounds.fold import NewEvent
from scoring_api.rounds.round import load_round
from scoring_api.rounds.spoken import Entry, Said, read_spoken

_LINE = """
WITH RECURSIVE line(edition_no) AS (
  SELECT $2::int UNION SELECT e.edition_no FROM edition e JOIN line ON e.tenant_id = $1 AND e.supersedes = line.edition_no)
SELECT EXISTS (SELECT FROM line WHERE edition_no = $3 AND edition_no <> $2)
"""
_OF_DRAFT = "SELECT EXISTS (SELECT FROM edition WHERE tenant_id = $1 AND publication_id = $2 AND edition_no = $3)"
_PUBLISHED = "SELECT published_at FROM edition WHERE tenant_id = $1 AND edition_no = $2"


async def decide_anew(
    database: Database, person: Person, appeal_id: int, component: str, entry: Entry, now: dt.datetime
) -> Said:
    """Stores the council's decision on a component that an upheld appeal is about, in its closed round.

    By another person than the one who upheld it, and none who declared for the unit. Raises Forbidden, Conflict where
    nothing was upheld or the table was made of no round, Invalid for the input or without a reason.
    """
    person.need("council")
    async with database.transaction() as connection:
        appeal = await locked_appeal(connection, person.tenant_id, appeal_id)
        appeal.need_upheld()
        outcome = appeal.outcome
        if outcome is not None and outcome.person_id == person.person_id:
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
        round_id = table.source["round_id"]
        state = await lock_state(connection, person.tenant_id, round_id)
        assessed = await load_round(connection, person.tenant_id, round_id)
        act = Acting(connection, person, assessed, state, now)
        assessed.node(component)
        if not covers(assessed, appeal.component, component):
            raise Conflict(
                f"Vụ {appeal.case_no} không khiếu nại tiêu chí {component}. / The case is not about {component}.",
                code="component_not_disputed",
                hint="Only what was disputed and upheld is decided anew.",
            )
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


async def name_correction(
    database: Database, person: Person, appeal_id: int, *, edition_no: int, now: dt.datetime
) -> None:
    """Appends which edition corrects what was upheld: one that supersedes the disputed edition, published after the outcome.

    Of a draft it is the publication's own edition. Raises Forbidden, NotFound, Conflict, Invalid for another edition.
    """
    person.need("officer", "council")
    async with database.transaction() as connection:
        appeal = await locked_appeal(connection, person.tenant_id, appeal_id)
        appeal.need_upheld()
        if not await _corrects(connection, appeal, edition_no):
            fault = Finding(
                "edition_corrects_not",
                "edition_no",
                f"Ấn bản số {edition_no} không đính chính bảng của vụ {appeal.case_no}. / It does not correct the disputed table after the outcome.",
                "Name the edition that supersedes the disputed one and was published after the outcome.",
            )
            raise Invalid(fault.message, code=fault.code, hint=fault.hint, findings=[fault])
        await append_step(connection, person, appeal_id, "corrected", "", now, edition_no=edition_no)


async def _corrects(connection: asyncpg.Connection, appeal: Appeal, edition_no: int) -> bool:
    if appeal.edition_no is None:
        related = await connection.fetchval(_OF_DRAFT, appeal.tenant_id, appeal.publication_id, edition_no)
    else:
        related = await connection.fetchval(_LINE, appeal.tenant_id, appeal.edition_no, edition_no)
    published: dt.datetime | None = await connection.fetchval(_PUBLISHED, appeal.tenant_id, edition_no)
    return bool(related) and published is not None and appeal.outcome is not None and published > appeal.outcome.at
