"""Reads what dossiers are counted with (calendar, procedures) and what was counted (rollup, petitions), for every service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from parindex.dossiers.figures import Petitions, offered_by
from parindex.dossiers.procedures import Procedure
from parindex.dossiers.sums import NAMES, Sums
from parindex.dossiers.work_calendar import WorkCalendar, calendar_with
from parindex.engine.period import Period
from parindex.units.codes import H_CODE
from parindex.units.under import Run, runs_under

if TYPE_CHECKING:
    import asyncpg

    from parindex.units.catalogue import UnitCatalogue

_OPEN = "n - on_time - late"
_SUMMED = {
    "open_within": f"sum({_OPEN}) FILTER (WHERE late_from > $4)",
    "open_late": f"sum({_OPEN}) FILTER (WHERE late_from <= $4)",
}
_COLUMNS = ", ".join(f"coalesce({_SUMMED.get(name, f'sum({name})')}, 0)::bigint AS {name}" for name in NAMES)
_PARTS = "unnest($6::int[], $7::date[], $8::date[]) AS part(unit_id, first, last)"

SUMS = f"""
SELECT procedure_base, {_COLUMNS}
FROM dossier_rollup JOIN {_PARTS} USING (unit_id)
WHERE tenant_id = ANY($5::int[]) AND realm = $1 AND accepted_day BETWEEN $2 AND $3 AND accepted_day BETWEEN part.first AND part.last
GROUP BY procedure_base
"""
# One look into the primary key for each authority.
_TENANTS = """
WITH RECURSIVE owner AS (
  (SELECT tenant_id FROM dossier_rollup ORDER BY tenant_id LIMIT 1)
  UNION ALL
  SELECT (SELECT tenant_id FROM dossier_rollup WHERE tenant_id > owner.tenant_id ORDER BY tenant_id LIMIT 1)
  FROM owner WHERE owner.tenant_id IS NOT NULL
)
SELECT tenant_id FROM owner WHERE tenant_id IS NOT NULL
"""
SUMS_OF_EACH = f"""
SELECT part.root, {_COLUMNS}
FROM dossier_rollup JOIN unnest($6::int[], $7::date[], $8::date[], $9::int[]) AS part(unit_id, first, last, root) USING (unit_id)
WHERE tenant_id = ANY($5::int[]) AND realm = $1 AND accepted_day BETWEEN $2 AND $3 AND accepted_day BETWEEN part.first AND part.last
GROUP BY part.root
"""
_UNITS = """
SELECT DISTINCT unit_id FROM dossier_rollup
WHERE tenant_id = ANY($4::int[]) AND realm = $1 AND accepted_day BETWEEN $2 AND $3
"""
# The highest revision of a sender's count holds; several senders of one unit add up.
_PETITIONS = """
SELECT month, sum(received)::bigint, sum(about_rules)::bigint, sum(about_staff)::bigint, sum(due)::bigint, sum(on_time)::bigint,
  sum(satisfied)::bigint, sum(dossiers_complained)::bigint
FROM (
  SELECT DISTINCT ON (tenant_id, system_id, unit_id, month) * FROM petition_count
  WHERE realm = $1 AND month BETWEEN $2 AND $3 AND ($4::timestamptz IS NULL OR recorded_at < $4)
  ORDER BY tenant_id, system_id, unit_id, month, revision DESC
) AS newest JOIN unnest($5::int[], $6::date[], $7::date[]) AS part(unit_id, first, last) USING (unit_id)
WHERE month BETWEEN part.first AND part.last
GROUP BY month
"""


async def load_work_calendar(connection: asyncpg.Connection) -> WorkCalendar:
    """The shipped calendar with the site's own days over it."""
    rows = await connection.fetch("SELECT day, works FROM work_calendar_day")
    return calendar_with({row["day"]: row["works"] for row in rows})


async def load_procedures(connection: asyncpg.Connection) -> dict[str, Procedure]:
    """The newest detail of every procedure, by base code."""
    rows = await connection.fetch(
        "SELECT DISTINCT ON (base_code) base_code, service_level, limit_days, limit_unit, has_fee, payment_integrated,"
        " result_due, for_citizens, units FROM procedure_detail ORDER BY base_code, revision DESC"
    )
    return {
        row["base_code"]: Procedure(
            row["base_code"],
            row["service_level"],
            row["limit_days"],
            row["limit_unit"] or None,
            row["has_fee"],
            row["payment_integrated"],
            row["result_due"],
            row["for_citizens"],
            None if row["units"] is None else frozenset(row["units"]),
        )
        for row in rows
    }


async def read_sums(
    connection: asyncpg.Connection,
    units: UnitCatalogue,
    realm: str,
    unit_id: int,
    first: dt.date,
    last: dt.date,
    judged_on: dt.date,
) -> dict[str, Sums]:
    """Dossiers of the unit and those under it accepted from `first` to `last`, by procedure base ('' not given).

    Open ones are judged at the end of the local day `judged_on`. Whoever stood under the unit on the day of acceptance.
    """
    tenants = [row[0] for row in await connection.fetch(_TENANTS)]
    held = [row[0] for row in await connection.fetch(_UNITS, realm, first, last, tenants)]
    runs = runs_under(units, unit_id, held, first, last)
    rows = await connection.fetch(SUMS, realm, first, last, judged_on, tenants, *_columns(runs))
    return {row[0]: Sums(*row[1:]) for row in rows}


async def read_sums_of_each(
    connection: asyncpg.Connection,
    units: UnitCatalogue,
    realm: str,
    unit_ids: Sequence[int],
    first: dt.date,
    last: dt.date,
    judged_on: dt.date,
) -> dict[int, Sums]:
    """As `read_sums`, of each unit with everyone under it and over all procedures; units without dossiers are left out."""
    tenants = [row[0] for row in await connection.fetch(_TENANTS)]
    held = [row[0] for row in await connection.fetch(_UNITS, realm, first, last, tenants)]
    parts = [(unit_id, run) for unit_id in unit_ids for run in runs_under(units, unit_id, held, first, last)]
    columns = _columns([run for _, run in parts])
    rows = await connection.fetch(
        SUMS_OF_EACH, realm, first, last, judged_on, tenants, *columns, [unit_id for unit_id, _ in parts]
    )
    return {row[0]: Sums(*row[1:]) for row in rows}


async def read_petitions(
    connection: asyncpg.Connection,
    units: UnitCatalogue,
    realm: str,
    unit_id: int,
    period: Period,
    *,
    before: dt.datetime | None = None,
) -> Petitions | None:
    """Petition counts of the unit and those under it, as recorded before an instant; None: nobody reported any."""
    first, last = period.first, period.last
    held = [
        row[0]
        for row in await connection.fetch(
            "SELECT DISTINCT unit_id FROM petition_count WHERE realm = $1 AND month BETWEEN $2 AND $3",
            realm,
            first,
            last,
        )
    ]
    runs = runs_under(units, unit_id, held, first, last)
    rows = await connection.fetch(_PETITIONS, realm, first, last, before, *_columns(runs))
    if not rows:
        return None
    totals = [sum(column) for column in zip(*(tuple(row)[1:] for row in rows), strict=True)]
    return Petitions(*[*totals, len(period.months) - len(rows)])


def offered_under(
    units: UnitCatalogue, procedures: Mapping[str, Procedure], unit_id: int, day: dt.date, realm: str
) -> dict[str, Procedure]:
    """The procedures that the unit or anyone under it offers on a day; one that names no agency is everyone's.

    Codes that mean nobody then are nobody's.
    """
    named = {code for one in procedures.values() for code in one.units or ()}
    meaning = {code: units.resolve(H_CODE, code, day, realm).unit_id for code in named}
    held = [holder for holder in meaning.values() if holder is not None]
    below = {run[0] for run in runs_under(units, unit_id, held, day, day)}
    return offered_by(procedures, frozenset(code for code, holder in meaning.items() if holder in below))


def _columns(runs: list[Run]) -> tuple[list[int], list[dt.date], list[dt.date]]:
    return [run[0] for run in runs], [run[1] for run in runs], [run[2] for run in runs]
