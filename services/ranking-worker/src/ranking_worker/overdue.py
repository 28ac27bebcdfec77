"""Finds tables that no response touched and that are out of date all the same, and makes their units due.

Two things age a table without a delta: its period ends (it is no longer partial), or the register of units changes.
"""

from __future__ import annotations

import datetime as dt

import asyncpg

from parindex.db.session import Database
from parindex.engine.period import VIETNAM, Period

Aged = tuple[str, int, str, dt.datetime]
"""Realm, questionnaire version, period, the instant that the table is older than."""


async def announce_overdue(database: Database, known: set[Aged]) -> list[Aged]:
    """Makes due what aged since it was written. `known`: what this process announced already; it is added to."""
    async with database.transaction() as connection:
        now: dt.datetime = await connection.fetchval("SELECT clock_timestamp()")
        loaded = await connection.fetchval("SELECT max(recorded_at) FROM register_load WHERE register = 'units'")
        tables = await connection.fetch(
            "SELECT realm, instrument_version_id, period, min(as_of) FROM league_table WHERE state = 'current' GROUP BY 1, 2, 3"
        )
        aged = []
        for realm, version, code, as_of in tables:
            over = dt.datetime.combine(Period.parse(code).end, dt.time(), VIETNAM)
            events = [instant for instant in (over, loaded) if instant is not None and as_of < instant <= now]
            if events and (found := (realm, version, code, max(events))) not in known:
                aged.append(found)
        for realm, version, code, _ in aged:
            await _make_due(connection, realm, version, Period.parse(code))
    known.update(aged)
    return aged


async def _make_due(connection: asyncpg.Connection, realm: str, version: int, period: Period) -> None:
    await connection.execute(
        "INSERT INTO due (tenant_id, realm, instrument_version_id, unit_id, month)"
        " SELECT DISTINCT tenant_id, realm, instrument_version_id, unit_id, month FROM tally"
        " WHERE realm = $1 AND instrument_version_id = $2 AND month >= $3 AND month < $4",
        realm,
        version,
        period.first,
        period.end,
    )
