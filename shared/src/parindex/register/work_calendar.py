"""The work calendar in the database: the shipped days, and a site's own, which overlay them (`parindex calendar import`)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from parindex.dossiers.work_calendar import read_calendar, shipped_file
from parindex.register.revision import hold_register_lock, next_revision
from parindex.register.roles import acting_as

if TYPE_CHECKING:
    import asyncpg

    from parindex.dossiers.work_calendar import CalendarFile

SHIPPED, OWN = "work_calendar", "work_calendar_own"
"""Names of the two registers in `register_load`: a load of shipped days never touches a day that a site gave."""
UNCHANGED = "work calendar: nothing changed"


async def load_work_calendar(connection: asyncpg.Connection) -> list[str]:
    """Stores the shipped days, but for those that the site gave itself. Returns what changed; may run twice."""
    return await _store(connection, shipped_file(), SHIPPED)


async def import_calendar(connection: asyncpg.Connection, yaml_text: str, *, file: str) -> list[str]:
    """Stores the days of a calendar file of the shipped form, all or, when any is wrong, none. May run twice.

    Raises Invalid with every fault of the file. A year that no calendar covers yet is covered by the file that names it
    in `years`: it must hold all special days of that year.
    """
    known = {one.day for one in shipped_file().days}
    return await _store(connection, read_calendar(yaml_text, file, known=known), OWN)


async def _store(connection: asyncpg.Connection, calendar: CalendarFile, register: str) -> list[str]:
    async with connection.transaction(), acting_as(connection, "ranking-worker"):
        await hold_register_lock(connection)
        stored = {
            row["day"]: row
            for row in await connection.fetch(
                "SELECT day, works, title_vi, provenance, source, register FROM work_calendar_day JOIN register_load USING (revision)"
            )
        }
        fields = ("works", "title_vi", "provenance", "source")
        new = [
            one
            for one in calendar.days
            if (kept := stored.get(one.day)) is None
            or (
                any(kept[name] != getattr(one, name) for name in fields)
                and (register == OWN or kept["register"] == SHIPPED)
            )
        ]
        if not new:
            return [UNCHANGED]
        digest = hashlib.sha256(repr(new).encode()).hexdigest()
        revision = await next_revision(connection, register, digest, {"days": len(new)})
        await connection.executemany(
            "INSERT INTO work_calendar_day (day, works, title_vi, provenance, source, revision) VALUES ($1, $2, $3, $4, $5, $6)"
            " ON CONFLICT (day) DO UPDATE SET works = excluded.works, title_vi = excluded.title_vi,"
            " provenance = excluded.provenance, source = excluded.source, revision = excluded.revision",
            [(one.day, one.works, one.title_vi, one.provenance, one.source, revision) for one in new],
        )
    years = ", ".join(map(str, sorted({one.day.year for one in new})))
    return [f"work calendar: {len(new)} days of {years} stored (revision {revision})"]
