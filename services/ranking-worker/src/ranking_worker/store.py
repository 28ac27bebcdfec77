"""Reads and writes results and league tables: `current` rows are replaced, `frozen` rows are written once."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import asyncpg
import msgspec

from parindex.engine.aggregate import Cell
from parindex.engine.period import Period

State = Literal["current", "frozen"]
Counts = dict[tuple[int, int], Cell]

_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder()


@dataclass(frozen=True, slots=True, order=True)
class TableKey:
    """One league table of a realm and questionnaire version. Its owner is its scope: 0, or the province."""

    period: Period
    scope_unit_id: int
    block: str


@dataclass(frozen=True, slots=True)
class Written:
    """A document as it is stored: canonical JSON (RFC 8785) and its digest."""

    text: str
    sha256: bytes

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Written:
        """Encodes. Documents have ASCII keys, text, integers, booleans and null only: then sorted msgspec is RFC 8785."""
        raw = _encoder.encode(document)
        return cls(raw.decode(), hashlib.sha256(raw).digest())


# The totals of several periods at once; `counted` bounds each period by its months.
_TALLIES = """
SELECT counted.period, tally.unit_id, tally.item, tally.code, sum(tally.n)::bigint AS n, sum(tally.w) AS w, sum(tally.w2) AS w2,
       min(tally.month) AS first_month
FROM unnest($1::text[], $2::date[], $3::date[]) AS counted(period, first, beyond)
JOIN tally ON tally.month >= counted.first AND tally.month < counted.beyond
WHERE tally.realm = $4 AND tally.instrument_version_id = $5 AND tally.unit_id = ANY($6::int[])
GROUP BY counted.period, tally.unit_id, tally.item, tally.code
HAVING sum(tally.n) <> 0
"""


async def read_counts(
    connection: asyncpg.Connection,
    realm: str,
    instrument_version_id: int,
    periods: Iterable[Period],
    unit_ids: Iterable[int],
) -> tuple[dict[tuple[Period, int], Counts], dict[tuple[Period, int], dt.date]]:
    """Counts of whole subtrees per period and unit, from the tallies only, and the first month that has any."""
    by_code = {period.code: period for period in periods}
    rows = await connection.fetch(
        _TALLIES,
        list(by_code),
        [period.first for period in by_code.values()],
        [period.end for period in by_code.values()],
        realm,
        instrument_version_id,
        sorted(unit_ids),
    )
    counts: dict[tuple[Period, int], Counts] = {}
    since: dict[tuple[Period, int], dt.date] = {}
    for code, unit_id, item, answer, n, w, w2, first_month in rows:
        key = (by_code[code], unit_id)
        counts.setdefault(key, {})[item, answer] = (n, w, w2)
        since[key] = min(first_month, since.get(key, first_month))
    return counts, since


# What a table takes from a result; the counts per item stay where they are.
_RESULTS = """
SELECT wanted.period, wanted.unit_id, jsonb_build_object(
  'responses', document->'responses', 'balance', document->'balance', 'whole', document->'whole',
  'constructed', document->'constructed', 'pooled_unit_ids', document->'pooled_unit_ids')::text
FROM unnest($1::text[], $2::int[]) AS wanted(period, unit_id)
JOIN unit_result ON unit_result.unit_id = wanted.unit_id AND unit_result.period = wanted.period
WHERE unit_result.realm = $3 AND unit_result.instrument_version_id = $4 AND unit_result.state = $5
"""


async def read_results(
    connection: asyncpg.Connection,
    realm: str,
    instrument_version_id: int,
    wanted: Iterable[tuple[Period, int]],
    state: State = "current",
) -> dict[tuple[Period, int], dict[str, Any]]:
    """The stored results that a table needs; a unit without one is left out."""
    keys = list(wanted)
    by_code = {period.code: period for period, _ in keys}
    rows = await connection.fetch(
        _RESULTS,
        [period.code for period, _ in keys],
        [unit_id for _, unit_id in keys],
        realm,
        instrument_version_id,
        state,
    )
    return {(by_code[code], unit_id): _decoder.decode(text) for code, unit_id, text in rows}


async def read_tables(
    connection: asyncpg.Connection,
    realm: str,
    instrument_version_id: int,
    keys: Iterable[TableKey],
    state: State = "current",
) -> dict[TableKey, dict[str, Any]]:
    """The stored documents of those of the tables that exist."""
    wanted = {(key.period.code, key.scope_unit_id, key.block): key for key in keys}
    rows = await connection.fetch(
        "SELECT period, scope_unit_id, block, document::text FROM league_table"
        " JOIN unnest($1::text[], $2::int[], $3::text[]) AS wanted(period, scope_unit_id, block) USING (period, scope_unit_id, block)"
        " WHERE tenant_id = scope_unit_id AND realm = $4 AND instrument_version_id = $5 AND state = $6",
        *([key[place] for key in wanted] for place in range(3)),
        realm,
        instrument_version_id,
        state,
    )
    return {wanted[period, scope, block]: _decoder.decode(text) for period, scope, block, text in rows}


async def write_results(
    connection: asyncpg.Connection,
    realm: str,
    instrument_version_id: int,
    results: Mapping[tuple[Period, int], tuple[int, Written] | None],
    as_of: dt.datetime,
    state: State = "current",
) -> None:
    """Stores (owner, document) by period and unit; None: nobody answers about the unit (any more), the row goes.

    Current rows are replaced. A frozen row that exists already is an error of the database (unique violation).
    """
    keys = list(results)
    if state == "current":
        # By unit, not by primary key: a corrected register may have given the unit another owner.
        await connection.execute(
            "DELETE FROM unit_result USING unnest($1::text[], $2::int[]) AS old(period, unit_id)"
            " WHERE unit_result.unit_id = old.unit_id AND unit_result.period = old.period AND realm = $3 AND instrument_version_id = $4"
            " AND state = 'current'",
            [period.code for period, _ in keys],
            [unit_id for _, unit_id in keys],
            realm,
            instrument_version_id,
        )
    rows = [
        (owner, unit_id, period.code, written.text, written.sha256)
        for (period, unit_id), kept in results.items()
        if kept
        for owner, written in [kept]
    ]
    await connection.execute(
        "INSERT INTO unit_result (tenant_id, realm, unit_id, instrument_version_id, period, state, as_of, document, sha256)"
        " SELECT tenant_id, $6, unit_id, $7, period, $8, $9, document::jsonb, sha256"
        " FROM unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::bytea[]) AS new(tenant_id, unit_id, period, document, sha256)",
        *([row[place] for row in rows] for place in range(5)),
        realm,
        instrument_version_id,
        state,
        as_of,
    )


async def write_tables(
    connection: asyncpg.Connection,
    realm: str,
    instrument_version_id: int,
    tables: Mapping[TableKey, tuple[str, Written] | None],
    as_of: dt.datetime,
    state: State = "current",
) -> None:
    """Stores (policy, document) by table; None removes a table about which nobody answers any more.

    Each current table is replaced in one write; a frozen one that exists already is a unique violation.
    """
    gone = [key for key, kept in tables.items() if kept is None]
    if gone and state == "current":
        await connection.execute(
            "DELETE FROM league_table USING unnest($1::text[], $2::int[], $3::text[]) AS old(period, scope_unit_id, block)"
            " WHERE tenant_id = old.scope_unit_id AND league_table.scope_unit_id = old.scope_unit_id AND league_table.period = old.period"
            " AND league_table.block = old.block AND realm = $4 AND instrument_version_id = $5 AND state = 'current'",
            [key.period.code for key in gone],
            [key.scope_unit_id for key in gone],
            [key.block for key in gone],
            realm,
            instrument_version_id,
        )
    rows = [
        (key.scope_unit_id, key.block, key.period.code, policy, written.text, written.sha256)
        for key, kept in tables.items()
        if kept
        for policy, written in [kept]
    ]
    replace = (
        "ON CONFLICT (tenant_id, realm, scope_unit_id, block, instrument_version_id, period, state)"
        " DO UPDATE SET as_of = excluded.as_of, policy = excluded.policy, document = excluded.document, sha256 = excluded.sha256"
    )
    await connection.execute(
        "INSERT INTO league_table (tenant_id, realm, scope_unit_id, block, instrument_version_id, period, state, as_of, policy, document, sha256)"
        " SELECT scope_unit_id, $7, scope_unit_id, block, $8, period, $9, $10, policy, document::jsonb, sha256"
        " FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[]) AS new(scope_unit_id, block, period, policy, document, sha256)"
        f" {replace if state == 'current' else ''}",
        *([row[place] for row in rows] for place in range(6)),
        realm,
        instrument_version_id,
        state,
        as_of,
    )
