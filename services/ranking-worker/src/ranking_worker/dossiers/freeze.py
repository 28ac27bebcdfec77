"""Freezes the counts of dossiers when a period closes: from what was recorded before that instant, once, for every unit.

The nation's row (unit 0) is always written, also with nothing in it: it says that the period is frozen for the realm.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg

from parindex.db.clock import wait_for_recorders
from parindex.db.dossiers import offered_under, read_petitions
from parindex.db.session import Database
from parindex.dossiers.figures import Figure, gather
from parindex.dossiers.sums import NAMES, Sums, added, sums_of
from parindex.engine.digest import canonical_json, sha256
from parindex.engine.period import KINDS, VIETNAM, Period, local_day
from parindex.units.records import NATION
from ranking_worker.dossiers.books import Received, read_received
from ranking_worker.dossiers.count import CHUNK, COUNT_LOCK
from ranking_worker.dossiers.ground import Ground, GroundCache
from ranking_worker.registers import RegisterCache, Registers

_MONTHS = "SELECT DISTINCT realm, date_trunc('month', accepted_day)::date FROM dossier_rollup"
_SINCE = "SELECT realm, min(recorded_at) FROM dossier_version GROUP BY realm"
_FROZEN = "SELECT realm, period FROM dossier_figures WHERE tenant_id = 0 AND unit_id = 0"
_IN_TIME = """
SELECT DISTINCT tenant_id, dossier_key FROM dossier_version
WHERE realm = $1 AND accepted_at >= $2 AND accepted_at < $3 AND recorded_at < $4 ORDER BY tenant_id, dossier_key
"""
_STORE = """
INSERT INTO dossier_figures (tenant_id, realm, unit_id, period, closes_at, recorded_at, document, sha256)
VALUES ($1, $2, $3, $4, $5, clock_timestamp(), $6::jsonb, $7)
"""
ByProcedure = dict[str, Sums]


class Freezer:
    """Freezes what is past its closing; looks at the counts once a local day, for nothing closes in between."""

    def __init__(self, database: Database, registers: RegisterCache, grounds: GroundCache) -> None:
        self._database, self._registers, self._grounds = database, registers, grounds
        self._looked: dt.date | None = None

    async def step(self) -> list[tuple[str, str]]:
        """Freezes one period if any waits. Returns (realm, period) of what was frozen."""
        async with self._database.connection() as connection:
            now: dt.datetime = await connection.fetchval("SELECT clock_timestamp()")
            if self._looked == local_day(now):
                return []
            waiting = await closable(connection, now)
        if not waiting:
            self._looked = local_day(now)
            return []
        realm, period = waiting[0]
        await freeze(self._database, self._registers, self._grounds, realm, period)
        return [(realm, period.code)]


async def closable(connection: asyncpg.Connection, now: dt.datetime) -> list[tuple[str, Period]]:
    """Periods past `closes_at` that dossiers fall into and that are not frozen, oldest first.

    A period that closed before the first version was received has nothing to freeze.
    """
    frozen = {(realm, code) for realm, code in await connection.fetch(_FROZEN)}
    since = dict(await connection.fetch(_SINCE))
    months = await connection.fetch(_MONTHS)
    found = {(realm, Period.containing(month, kind)) for realm, month in months for kind in KINDS}
    waiting = [
        (realm, period)
        for realm, period in found
        if since[realm] < period.closes_at <= now and (realm, period.code) not in frozen
    ]
    return sorted(waiting, key=lambda one: (one[1].closes_at, KINDS.index(one[1].kind), one[0]))


async def freeze(database: Database, registers: RegisterCache, grounds: GroundCache, realm: str, period: Period) -> int:
    """Writes the frozen counts of every unit with dossiers in the period. Returns their number, 0 when it was frozen."""
    async with database.transaction() as connection:
        # Everything recorded before closes_at is committed once this returns, since closes_at has passed.
        await wait_for_recorders(connection)
    async with database.transaction() as connection:
        await connection.execute("SET LOCAL statement_timeout = '30min'")
        await connection.execute("SELECT pg_advisory_xact_lock($1)", COUNT_LOCK)
        if (realm, period.code) in {tuple(row) for row in await connection.fetch(_FROZEN)}:
            return 0
        await registers.renew(connection)
        await grounds.renew(connection)
        sums = await _in_time(connection, registers.current, grounds.current, realm, period)
        for unit_id in sorted({NATION, *sums}):
            document = await _document(
                connection, registers.current, grounds.current, realm, period, unit_id, sums.get(unit_id, {})
            )
            tenant_id = registers.current.province(unit_id, period.last)
            digest = sha256(document).hex()
            text = canonical_json(document).decode()
            await connection.execute(_STORE, tenant_id, realm, unit_id, period.code, period.closes_at, text, digest)
    return len(sums)


async def _in_time(
    connection: asyncpg.Connection, registers: Registers, ground: Ground, realm: str, period: Period
) -> dict[int, ByProcedure]:
    """Sums by unit (and everyone above it) and procedure, of what was recorded before the period closed."""
    start, end = (dt.datetime.combine(day, dt.time(), VIETNAM) for day in (period.first, period.end))
    keys: defaultdict[int, list[str]] = defaultdict(list)
    for tenant_id, key in await connection.fetch(_IN_TIME, realm, start, end, period.closes_at):
        keys[tenant_id].append(key)
    parts: defaultdict[tuple[int, str], list[Sums]] = defaultdict(list)
    for tenant_id, owned in keys.items():
        for place in range(0, len(owned), CHUNK):
            chunk = owned[place : place + CHUNK]
            received = await read_received(connection, tenant_id, realm, chunk, period.closes_at)
            for cell, counted in (
                await asyncio.to_thread(_count, received.values(), registers, ground, period)
            ).items():
                parts[cell].append(counted)
    by_unit: defaultdict[int, ByProcedure] = defaultdict(dict)
    for (unit_id, base), counted_parts in parts.items():
        by_unit[unit_id][base] = added(counted_parts)
    return dict(by_unit)


def _count(
    received: Iterable[Received], registers: Registers, ground: Ground, period: Period
) -> dict[tuple[int, str], Sums]:
    own: defaultdict[tuple[int, dt.date, str], list[Sums]] = defaultdict(list)
    for one in received:
        settled = ground.settle(one.versions, one.steps)
        if settled and settled.accepted_day and period.first <= settled.accepted_day < period.end:
            cell = (settled.unit_id, settled.accepted_day, settled.procedure_base)
            own[cell].append(sums_of(settled, period.last))
    counted: defaultdict[tuple[int, str], list[Sums]] = defaultdict(list)
    for (unit_id, day, base), sums in own.items():
        whole = added(sums)
        for above in {*registers.chain(unit_id, day), NATION}:
            counted[above, base].append(whole)
    return {cell: added(sums) for cell, sums in counted.items()}


async def _document(
    connection: asyncpg.Connection,
    registers: Registers,
    ground: Ground,
    realm: str,
    period: Period,
    unit_id: int,
    by_procedure: Mapping[str, Sums],
) -> dict[str, Any]:
    units = registers.units
    petitions = await read_petitions(connection, units, realm, unit_id, period, before=period.closes_at)
    offered = offered_under(units, ground.procedures, unit_id, period.last, realm)
    total = added(by_procedure.values())
    return {
        "period": period.code,
        "judged_on": period.last.isoformat(),
        "rules": ground.rules.label,
        "rules_sha256": ground.rules.digest,
        "calendar_sha256": ground.calendar.digest,
        "dossiers": {name: getattr(total, name) for name in NAMES},
        "procedures": {
            base: {name: value for name in NAMES if (value := getattr(sums, name))}
            for base, sums in sorted(by_procedure.items())
        },
        "petitions": None
        if petitions is None
        else {name: getattr(petitions, name) for name in petitions.__dataclass_fields__},
        "figures": {code: _figure(figure) for code, figure in sorted(gather(by_procedure, offered, petitions).items())},
    }


def _figure(figure: Figure) -> dict[str, Any]:
    if figure.missing:
        return {"missing": figure.missing, "numerator": figure.numerator, "denominator": figure.denominator}
    return {"numerator": figure.numerator, "denominator": figure.denominator}


def sums_in(document: Mapping[str, Any] | str) -> ByProcedure:
    """The sums by procedure of a frozen document, as `gather` takes them."""
    read = json.loads(document) if isinstance(document, str) else document
    return {base: Sums(**counts) for base, counts in read["procedures"].items()}
