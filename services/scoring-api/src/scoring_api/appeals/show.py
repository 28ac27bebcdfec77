"""What the parties see of appeals, which tables a unit may dispute, and what everybody may know of the cases of an edition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import asyncpg

from parindex.db.session import Database
from parindex.engine.period import local_day
from scoring_api.appeals.access import need_sight, sees_all
from scoring_api.appeals.answers import (
    AppealDocument,
    AppealLine,
    AppealList,
    DisputableTable,
    DisputableTables,
    PublicAppeal,
    PublicAppeals,
    corrected_by,
    line,
    steps,
)
from scoring_api.appeals.disputed import DisputedTable, late_until, open_tables, read_table
from scoring_api.appeals.evidence import appeal_files
from scoring_api.appeals.follow_up import decisions, late_rights
from scoring_api.appeals.rows import STATE_WORDS_VI, Appeal, read_appeal, read_appeals
from scoring_api.editions.rows import edition_head
from scoring_api.people.person import Person

_PEOPLE = "SELECT person_id, name FROM person WHERE tenant_id = $1 AND person_id = ANY($2::int[])"


async def list_appeals(database: Database, person: Person, *, before: int | None = None, limit: int = 50) -> AppealList:
    """A page of the appeals that the person may see, newest first: all, or those of the own unit. Raises Forbidden."""
    person.need("officer", "council", "auditor", "unit")
    units = None if sees_all(person) else sorted(person.units("unit"))
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        found = await read_appeals(connection, person.tenant_id, units=units, before=before, limit=limit + 1)
        page = found[:limit]
        tables = await _tables(connection, page)
    more = page[-1].appeal_id if len(found) > limit else None
    return AppealList([_line(one, tables.get(one.publication_id)) for one in page], more)


async def show_appeal(database: Database, person: Person, appeal_id: int) -> AppealDocument:
    """The whole case. Raises Forbidden for others than the parties and the auditor, NotFound."""
    person.need("officer", "council", "auditor", "unit")
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        appeal = await read_appeal(connection, person.tenant_id, appeal_id)
        need_sight(person, appeal)
        table = await read_table(connection, appeal.tenant_id, appeal.publication_id)
        people = await connection.fetch(_PEOPLE, appeal.tenant_id, [step.person_id for step in appeal.steps])
        files = await appeal_files(connection, appeal.tenant_id, appeal.appeal_id)
        rights = await late_rights(connection, appeal)
        decided = await decisions(connection, appeal, table)
    row = None if table is None else table.row(appeal.unit_id)
    return AppealDocument(
        _line(appeal, table),
        appeal.argument,
        appeal.late_reason,
        list(appeal.evidence_ids),
        files,
        None if row is None else row["value"],
        None if row is None else row["rank"],
        steps(appeal, {one["person_id"]: one["name"] for one in people}),
        rights,
        decided,
    )


async def disputable_tables(database: Database, person: Person, now: dt.datetime) -> DisputableTables:
    """Tables that list a unit of the person, each with that unit's row only. Raises Forbidden."""
    person.need("unit")
    found = []
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        for table in await open_tables(connection, person.tenant_id):
            for unit_id in sorted(person.units("unit")):
                row = table.row(unit_id)
                if row is None or table.closes_at is None or table.windows is None:
                    continue
                late = await late_until(connection, person.tenant_id, table.publication_id, unit_id)
                found.append(
                    DisputableTable(
                        table.publication_id,
                        table.edition_no,
                        table.title_vi,
                        unit_id,
                        row["name"],
                        row["value"],
                        row["rank"],
                        table.closes_at,
                        late,
                        now < table.closes_at or (late is not None and now < late),
                        f"{table.windows.name}@{table.windows.version}",
                        dict(table.components),
                    )
                )
    return DisputableTables(found)


async def public_appeals(database: Database, tenant_id: int, edition_no: int) -> PublicAppeals:
    """Cases of the edition's draft and of itself. Raises NotFound."""
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        head = await edition_head(connection, tenant_id, edition_no)
        found = await read_appeals(connection, tenant_id, publication_id=head.publication_id, limit=10_000)
        tables = await _tables(connection, found)
    return PublicAppeals(
        tenant_id, edition_no, [_public(one, tables.get(one.publication_id)) for one in reversed(found)]
    )


def _public(appeal: Appeal, table: DisputedTable | None) -> PublicAppeal:
    outcome = appeal.outcome
    told = outcome is not None
    shown = _line(appeal, table)
    return PublicAppeal(
        appeal.case_no,
        appeal.state,
        STATE_WORDS_VI[appeal.state],
        local_day(appeal.recorded_at),
        shown.late,
        appeal.unit_id if told else None,
        shown.unit if told else None,
        appeal.component if told else None,
        shown.component_vi if told else None,
        None if outcome is None else outcome.kind,
        None if outcome is None else outcome.text,
        None if outcome is None else outcome.at,
        corrected_by(appeal),
    )


def _line(appeal: Appeal, table: DisputedTable | None) -> AppealLine:
    row = None if table is None else table.row(appeal.unit_id)
    titles: Mapping[str, str] = {} if table is None else table.components
    return line(appeal, str(appeal.unit_id) if row is None else row["name"], titles)


async def _tables(connection: asyncpg.Connection, appeals: list[Appeal]) -> dict[int, DisputedTable]:
    found = {}
    for one in appeals:
        if one.publication_id not in found:
            table = await read_table(connection, one.tenant_id, one.publication_id)
            if table is not None:
                found[one.publication_id] = table
    return found
