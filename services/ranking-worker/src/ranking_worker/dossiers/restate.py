"""Restatements: how a dossier counts in a closed period changed by what was recorded after its closing. Pure but for storing.

Found from the records alone, so it does not matter when or how often the worker looks: each late record is compared with
what was known before it, period by period. A restatement is never taken back.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from parindex.dossiers.measures import unpack
from parindex.dossiers.portal_rules import Settled
from parindex.engine.period import KINDS, Period, local_day
from ranking_worker.dossiers.books import Received
from ranking_worker.dossiers.ground import Ground

CAUSES = (
    "due_date_reset",
    "end_date_reset",
    "accepted_date_reset",
    "unit_moved",
    "procedure_changed",
    "reopened",
    "backwards_move",
)
"""Findings that explain a restatement, the plainest first; without any of them it is a `late_version`."""
_NAMESPACE = uuid.UUID(int=766)
_OF_TIME = frozenset({"ended", "on_time", "late", "timed"})
"""Measures that say how far a dossier got: `late` at the period's end stands for them."""
_INSTANT = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Restatement:
    """One dossier in one closed period."""

    dossier_key: str
    unit_id: int
    period: str
    cause: str
    before: dict[str, Any] | None
    """How it counted; None: not at all."""
    after: dict[str, Any] | None
    recorded_at: dt.datetime
    """Of the record that changed it."""


def restatements(received: Received, ground: Ground, joined: dt.datetime) -> list[Restatement]:
    """Everything that late records of one dossier changed in periods closed before them, oldest first.

    `joined`: when the authority's first version was recorded; a period that had closed by then has nothing to restate.
    """
    days = {one.accepted_at for one in received.versions if one.accepted_at is not None}
    if not days:
        return []
    first_closing = min(Period.containing(local_day(day), "month").closes_at for day in days)
    moments = sorted({one.recorded_at for one in received.versions} | {one.recorded_at for one in received.steps})
    late = [moment for moment in moments if moment >= first_closing]
    found: list[Restatement] = []
    for moment in late:
        before = ground.settle(received.versions, received.steps, before=moment)
        after = ground.settle(received.versions, received.steps, before=moment + _INSTANT)
        if after is not None:
            found += _changes(before, after, moment, joined)
    return found


def _changes(before: Settled | None, after: Settled, moment: dt.datetime, joined: dt.datetime) -> Iterable[Restatement]:
    days = {one.accepted_day for one in (before, after) if one is not None and one.accepted_day is not None}
    periods = {Period.containing(day, kind) for day in days for kind in KINDS}
    for period in sorted(one for one in periods if joined < one.closes_at <= moment):
        was, now = _standing(before, period), _standing(after, period)
        if was != now:
            unit_id = (now or was or {})["unit_id"]
            yield Restatement(after.dossier_key, unit_id, period.code, _cause(before, after), was, now, moment)


def _standing(one: Settled | None, period: Period) -> dict[str, Any] | None:
    """How the dossier counts in the period; None: it does not."""
    if one is None or one.accepted_day is None or not period.first <= one.accepted_day < period.end:
        return None
    return {
        "unit_id": one.unit_id,
        "procedure_base": one.procedure_base,
        "accepted_day": one.accepted_day.isoformat(),
        "late": one.late_on(period.last),
        "measures": [name for name in unpack(one.measures) if name not in _OF_TIME],
    }


def _cause(before: Settled | None, after: Settled) -> str:
    known = {(one.code, one.message) for one in before.findings} if before else set()
    new = {one.code for one in after.findings if (one.code, one.message) not in known}
    return next((cause for cause in CAUSES if before and cause in new), "late_version")


_STORE = """
INSERT INTO dossier_restatement (tenant_id, restatement_id, realm, dossier_key, unit_id, period, cause, before, after, recorded_at)
SELECT $1, restatement_id, $2, dossier_key, unit_id, period, cause, before::jsonb, after::jsonb, recorded_at
FROM unnest($3::uuid[], $4::text[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[], $10::timestamptz[])
  AS new(restatement_id, dossier_key, unit_id, period, cause, before, after, recorded_at)
ON CONFLICT (tenant_id, restatement_id) DO NOTHING
"""


async def store_restatements(
    connection: asyncpg.Connection, tenant_id: int, realm: str, found: Sequence[Restatement]
) -> None:
    """Appends those that are not stored yet; may run twice."""
    rows = [
        (
            uuid.uuid5(_NAMESPACE, f"{tenant_id}/{realm}/{one.dossier_key}/{one.period}/{one.recorded_at.timestamp()}"),
            one.dossier_key,
            one.unit_id,
            one.period,
            one.cause,
            None if one.before is None else json.dumps(one.before),
            None if one.after is None else json.dumps(one.after),
            one.recorded_at,
        )
        for one in found
    ]
    if rows:
        await connection.execute(_STORE, tenant_id, realm, *(list(column) for column in zip(*rows, strict=True)))
