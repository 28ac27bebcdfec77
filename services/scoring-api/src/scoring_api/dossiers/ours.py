"""Our own figures of a unit and period: from the counts of the moment, and as they were frozen when the period closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg
import msgspec

from parindex.db.dossiers import load_procedures, offered_under, read_petitions, read_sums
from parindex.dossiers.figures import Figure, gather, sync_share
from parindex.dossiers.sums import Sums, added, judged_on
from parindex.engine.period import Period
from parindex.units.catalogue import UnitCatalogue

_FROZEN = """
SELECT (document->'figures')::text AS figures, document->>'rules' AS rules, sha256, closes_at, recorded_at FROM dossier_figures
WHERE realm = $1 AND unit_id = $2 AND period = $3
"""
_WAITING = "SELECT coalesce(sum(cardinality(dossier_keys)), 0) FROM dossier_touched WHERE realm = $1"


@dataclass(frozen=True, slots=True)
class Ours:
    """Counts of the moment. `waiting`: dossiers of the realm received and not counted yet."""

    figures: Mapping[str, Figure]
    by_procedure: Mapping[str, Sums]
    judged_on: dt.date
    waiting: int

    @property
    def total(self) -> Sums:
        """All dossiers of the unit and those under it."""
        return added(self.by_procedure.values())


@dataclass(frozen=True, slots=True)
class Frozen:
    """The figures as they were when the period closed: written once."""

    figures: Mapping[str, Figure]
    rules: str
    sha256: str
    closes_at: dt.datetime
    recorded_at: dt.datetime


async def read_ours(
    connection: asyncpg.Connection, units: UnitCatalogue, realm: str, unit_id: int, period: Period, today: dt.date,
    *, reported: int | None = None,
) -> Ours:  # fmt: skip
    """The figures of a unit with everyone under it. `reported`: the denominator that the portal gives for 1.4."""
    day = judged_on(period, today)
    by_procedure = await read_sums(connection, units, realm, unit_id, period.first, period.last, day)
    petitions = await read_petitions(connection, units, realm, unit_id, period)
    offered = offered_under(units, await load_procedures(connection), unit_id, min(period.last, today), realm)
    sync = sync_share(added(by_procedure.values()).n, period, reported=reported, previous_year=None)
    waiting: int = await connection.fetchval(_WAITING, realm)
    return Ours(gather(by_procedure, offered, petitions, sync=sync), by_procedure, day, waiting)


async def read_frozen(connection: asyncpg.Connection, realm: str, unit_id: int, period: Period) -> Frozen | None:
    """The frozen figures, or None: the period is open, or the unit had no dossiers when it closed."""
    row = await connection.fetchrow(_FROZEN, realm, unit_id, period.code)
    if row is None:
        return None
    figures = {
        code: Figure(code, one["numerator"], one["denominator"], one.get("missing", ""))
        for code, one in msgspec.json.decode(row["figures"]).items()
    }
    return Frozen(figures, row["rules"], row["sha256"], row["closes_at"], row["recorded_at"])


def with_sync(figures: Mapping[str, Figure], period: Period, reported: int | None) -> dict[str, Figure]:
    """Frozen figures with 1.4 and 3.3 over the portal's denominator, which was not known when they were frozen."""
    counted, online = figures.get("dossier_sync"), figures.get("dossier_online")
    sync = sync_share(counted.numerator or 0, period, reported=reported, previous_year=None) if counted else None
    if sync is None:
        return dict(figures)
    found = {**figures, "dossier_sync": Figure("dossier_sync", *sync)}
    if online is not None and online.numerator is not None and online.denominator:
        found["dossier_online"] = Figure("dossier_online", online.numerator * sync[0], online.denominator * sync[1])
    return found
