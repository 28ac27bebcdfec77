"""Answer, outcome and withdrawal of an appeal. Whoever scored what is disputed, or spoke for the unit, decides nothing of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

import asyncpg

from parindex.db.session import Database
from parindex.errors import Forbidden
from scoring_api.appeals.access import need_own_unit, need_sight
from scoring_api.appeals.covered import covers
from scoring_api.appeals.disputed import read_table
from scoring_api.appeals.rows import Appeal, append_step, locked_appeal
from scoring_api.people.person import Person
from scoring_api.rounds.round import load_round

_SPOKEN = """
SELECT kind, component FROM round_event
WHERE tenant_id = $1 AND round_id = $2 AND unit_id = $3 AND person_id = $4
  AND kind IN ('declared', 'answered', 'submitted', 'appraised_1', 'appraised_2', 'joined', 'decided', 'evidence_added')
"""
_OWN = ("declared", "answered", "submitted", "evidence_added")


async def answer(database: Database, person: Person, appeal_id: int, *, text: str, now: dt.datetime) -> None:
    """Appends an answer to the unit; more may follow until the outcome. Raises Forbidden, NotFound or Conflict."""
    person.need("officer", "council")
    async with database.transaction() as connection:
        appeal = await locked_appeal(connection, person.tenant_id, appeal_id)
        appeal.need_undecided()
        await need_not_involved(connection, person, appeal)
        await append_step(connection, person, appeal_id, "answered", text, now)


async def decide(
    database: Database,
    person: Person,
    appeal_id: int,
    *,
    outcome: Literal["upheld", "dismissed"],
    why: str,
    now: dt.datetime,
) -> None:
    """Appends the outcome with its reason, which becomes public. Raises Forbidden, NotFound or Conflict."""
    person.need("officer", "council")
    async with database.transaction() as connection:
        appeal = await locked_appeal(connection, person.tenant_id, appeal_id)
        appeal.need_undecided()
        await need_not_involved(connection, person, appeal)
        await append_step(connection, person, appeal_id, outcome, why, now)


async def withdraw(database: Database, person: Person, appeal_id: int, *, why: str, now: dt.datetime) -> None:
    """The unit withdraws its appeal before the outcome; final. Raises Forbidden, NotFound or Conflict."""
    async with database.transaction() as connection:
        appeal = await locked_appeal(connection, person.tenant_id, appeal_id)
        need_sight(person, appeal)
        need_own_unit(person, appeal.unit_id)
        appeal.need_undecided()
        await append_step(connection, person, appeal_id, "withdrawn", why, now)


def need_not_of_unit(person: Person, appeal: Appeal) -> None:
    """Raises Forbidden for whoever filed the appeal or speaks for the unit, whatever the other roles."""
    if appeal.person_id == person.person_id or person.has("unit", appeal.unit_id):
        raise _involved(
            "Người của đơn vị khiếu nại không tự giải quyết.", "Who speaks for the unit does not decide its appeal."
        )


async def need_not_involved(connection: asyncpg.Connection, person: Person, appeal: Appeal) -> None:
    """Raises Forbidden for whoever filed the appeal or speaks for the unit, and for whoever scored what is disputed."""
    need_not_of_unit(person, appeal)
    table = await read_table(connection, appeal.tenant_id, appeal.publication_id)
    source: Mapping[str, Any] = {} if table is None else table.source
    if source.get("kind") != "round":
        return
    assessed = await load_round(connection, appeal.tenant_id, source["round_id"])
    spoken = await connection.fetch(_SPOKEN, appeal.tenant_id, source["round_id"], appeal.unit_id, person.person_id)
    for row in spoken:
        if row["kind"] in _OWN:
            raise _involved(
                "Người đã kê khai cho đơn vị không giải quyết.", "Who declared for the unit does not decide."
            )
        if row["component"] is not None and covers(assessed, appeal.component, row["component"]):
            raise _involved(
                "Người đã chấm điểm nội dung bị khiếu nại không giải quyết vụ này.",
                f"This person scored {row['component']}, which is disputed.",
            )


def _involved(vi: str, en: str) -> Forbidden:
    return Forbidden(
        f"{vi} / {en}",
        code="involved_in_case",
        hint="Another officer or council member answers and decides.",
    )
