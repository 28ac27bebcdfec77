"""Stored results and league tables, as the worker wrote them: whole documents, nothing withheld yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec

from parindex.engine.period import Period
from parindex.errors import NotFound
from parindex.instruments.catalogue import Instrument
from scoring_api.snapshot import Snapshot

STATES = ("current", "frozen")


@dataclass(frozen=True, slots=True)
class Stored:
    """A document with the instant that it stands for."""

    document: dict[str, Any]
    as_of: dt.datetime
    policy: str | None = None


def instrument_version_id(instrument: Instrument) -> int:
    """Row id of a questionnaire version that was read from the database."""
    assert instrument.instrument_version_id is not None
    return instrument.instrument_version_id


async def unit_results(
    snapshot: Snapshot, instrument: Instrument, unit_ids: Collection[int], periods: Collection[str]
) -> dict[tuple[int, str, str], Stored]:
    """(unit id, period, state) -> result, for those that exist."""
    rows = await snapshot.connection.fetch(
        "SELECT unit_id, period, state, as_of, document::text AS document FROM unit_result"
        " WHERE realm = $1 AND instrument_version_id = $2 AND unit_id = ANY($3::int[]) AND period = ANY($4::text[])",
        snapshot.realm,
        instrument_version_id(instrument),
        list(unit_ids),
        list(periods),
    )
    return {(row["unit_id"], row["period"], row["state"]): _stored(row) for row in rows}


async def league_table(
    snapshot: Snapshot, instrument: Instrument, scope: int, block: str, period: str, state: str
) -> Stored | None:
    """One stored table, or None."""
    row = await snapshot.connection.fetchrow(
        "SELECT as_of, policy, document::text AS document FROM league_table"
        " WHERE tenant_id = $3 AND realm = $1 AND instrument_version_id = $2 AND scope_unit_id = $3 AND block = $4 AND period = $5 AND state = $6",
        snapshot.realm,
        instrument_version_id(instrument),
        scope,
        block,
        period,
        state,
    )
    return None if row is None else Stored(msgspec.json.decode(row["document"]), row["as_of"], row["policy"])


def _stored(row: asyncpg.Record) -> Stored:
    return Stored(msgspec.json.decode(row["document"]), row["as_of"])


async def no_such_table(
    snapshot: Snapshot, instrument: Instrument, scope: int, block: str, period: Period, state: str
) -> NotFound:
    """The error for a table that is not there, naming the tables nearest to it."""
    rows = await snapshot.connection.fetch(
        "SELECT block, period, state FROM league_table WHERE tenant_id = $3 AND realm = $1 AND instrument_version_id = $2 AND scope_unit_id = $3"
        " ORDER BY block = $4 DESC, state = $5 DESC, abs(to_date(left(period, 4), 'YYYY') - $6::date), period DESC LIMIT 6",
        snapshot.realm,
        instrument_version_id(instrument),
        scope,
        block,
        state,
        period.first,
    )
    what = f"no {state} league table of block {block} under unit {scope} for {period.code} by {instrument.code} {instrument.version} in realm {snapshot.realm}"
    if rows:
        hint = "There are: " + "; ".join(f"{row['block']} {row['period']} ({row['state']})" for row in rows) + "."
    else:
        hint = "See /v1/league-tables/index for what exists in this realm."
    if state == "frozen" and snapshot.pulse.now < period.closes_at:
        hint = f"{period.code} closes at {period.closes_at.isoformat()}: until then only state=current exists. {hint}"
    return NotFound(f"There is {what}.", code="league_table_not_found", hint=hint)
