"""Reconciliation balance of a sending system: what we received by verdict, day by day, and what became of it later."""

from __future__ import annotations

import datetime as dt

import asyncpg

from parindex.errors import Finding, Invalid
from parindex.web.auth import Caller
from survey_ingest.wire import Balance, BalanceLine

MOST_DAYS = 400
_AT_RECEIPT = ("received", "accepted", "duplicate", "conflict", "repeat", "refused", "quarantined")
_LATER = ("released", "superseded", "rejected_later", "withdrawn")

_RECEIVED = """
SELECT local_day, sum(items)::int, sum(accepted)::int, sum(duplicate)::int, sum(conflict)::int, sum(repeat)::int, sum(refused)::int, sum(quarantined)::int
FROM receipt WHERE tenant_id = $1 AND system_id = $2 AND local_day BETWEEN $3 AND $4 GROUP BY local_day
"""
_BECAME = """
SELECT (recorded_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day,
       count(*) FILTER (WHERE outcome IN ('released', 'repeat'))::int, count(*) FILTER (WHERE outcome = 'superseded')::int,
       count(*) FILTER (WHERE outcome = 'rejected_later')::int, count(*) FILTER (WHERE outcome = 'withdrawn')::int
FROM (
    SELECT recorded_at, outcome FROM quarantine_outcome WHERE tenant_id = $1 AND system_id = $2
    UNION ALL
    SELECT recorded_at, 'withdrawn' FROM response_change
    WHERE tenant_id = $1 AND system_id = $2 AND kind IN ('withdrawn', 'replaced')
) ended
WHERE (recorded_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date BETWEEN $3 AND $4 GROUP BY 1
"""


def read_days(first: str, last: str) -> tuple[dt.date, dt.date]:
    """Two local days, both included. Raises Invalid naming the parameter."""
    days = []
    for name, text in (("from", first), ("to", last)):
        try:
            days.append(dt.datetime.strptime(text, "%Y-%m-%d").date())  # noqa: DTZ007 (a local day has no offset)
        except ValueError:
            raise Invalid(
                f"{name} is not a day.",
                code="day_unreadable",
                findings=[Finding("day_unreadable", name, "Expected a day such as 2026-11-22.")],
            ) from None
    if days[1] < days[0] or (days[1] - days[0]).days >= MOST_DAYS:
        raise Invalid(
            f"Expected from <= to and at most {MOST_DAYS} days.", code="days_out_of_range", hint="Ask in parts."
        )
    return days[0], days[1]


async def balance_of(connection: asyncpg.Connection, caller: Caller, first: dt.date, last: dt.date) -> Balance:
    """The balance over local days of receipt; the lines after `quarantined` are by the day on which it was recorded."""
    keys = (caller.tenant_id, caller.system_id, first, last)
    lines: dict[dt.date, dict[str, int]] = {}
    for names, query in ((_AT_RECEIPT, _RECEIVED), (_LATER, _BECAME)):
        for row in await connection.fetch(query, *keys):
            lines.setdefault(row[0], {}).update(zip(names, row[1:], strict=True))
    name = await connection.fetchval(
        "SELECT name FROM sending_system WHERE tenant_id = $1 AND system_id = $2", caller.tenant_id, caller.system_id
    )
    columns = (*_AT_RECEIPT, *_LATER)
    days = [
        BalanceLine(day=day.isoformat(), **{column: counts.get(column, 0) for column in columns})
        for day, counts in sorted(lines.items())
    ]
    total = BalanceLine(day="total", **{column: sum(getattr(line, column) for line in days) for column in columns})
    return Balance(name, caller.realm, first.isoformat(), last.isoformat(), days, total)
