"""What an edition of a satisfaction table is computed from: the frozen counts of a closed period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg
import msgspec

from parindex.engine.period import Period
from parindex.engine.table import size
from parindex.instruments.catalogue import Instrument
from parindex.units.records import NATION
from ranking_worker.drafts_heading import Wish, cannot_be_built, described_units, heading
from ranking_worker.registers import POLICY, Registers
from ranking_worker.store import State, TableKey, read_results, read_tables
from ranking_worker.tables import blocks_of

_COUNTS = """
SELECT unit_id, jsonb_build_object('cells', document->'cells', 'pooled_unit_ids', document->'pooled_unit_ids',
                                   'constructed', document->'constructed')::text AS counts
FROM unit_result
WHERE realm = $1 AND instrument_version_id = $2 AND period = $3 AND state = 'frozen' AND unit_id = ANY($4::int[])
"""
_STATES: tuple[State, ...] = ("frozen", "current")
Tables = Mapping[TableKey, Mapping[str, Any]]


def _key(source: Mapping[str, Any]) -> TableKey:
    return TableKey(Period.parse(source["period"]), source["scope_unit_id"], source["block"])


async def satisfaction_mark(connection: asyncpg.Connection, wish: Wish) -> str:
    """Changes whenever the inputs may have: the tables of the period in the scope and above, in both states."""
    source = wish.source
    rows = await connection.fetch(
        "SELECT encode(sha256, 'hex') AS sha256 FROM league_table WHERE tenant_id = scope_unit_id AND realm = $1"
        " AND period = $2 AND scope_unit_id = ANY($3::int[]) ORDER BY scope_unit_id, block, instrument_version_id, state",
        source["realm"],
        source["period"],
        [source["scope_unit_id"], NATION],
    )
    return "/".join(row["sha256"][:16] for row in rows)


async def satisfaction_inputs(connection: asyncpg.Connection, registers: Registers, wish: Wish) -> dict[str, Any]:
    """The inputs document. Raises Invalid while the period is open, or when nobody answered in it."""
    source, key = wish.source, _key(wish.source)
    instrument = registers.instruments.get(source["instrument"], source["version"])
    if instrument is None or instrument.instrument_version_id is None:
        raise cannot_be_built(
            "instrument_unknown",
            "source.instrument",
            f"Không có bộ câu hỏi này. / There is no questionnaire {source['instrument']} version {source['version']}.",
            "Withdraw the publication and draft it again.",
        )
    await _refuse_open(connection, source["realm"], key.period)
    tables = await _tables(connection, source["realm"], instrument, key)
    if key not in tables["frozen"]:
        raise cannot_be_built(
            "table_unknown",
            "source",
            f"Không có phiếu nào trong kỳ. / No response about a {key.block} under unit {key.scope_unit_id} was counted in {key.period.code}.",
            "Choose another period, scope or block.",
        )
    day = key.period.last
    members = [row["unit_id"] for row in tables["frozen"][key]["rows"]]
    counts = await _counts(connection, source["realm"], instrument, key.period, [*members, key.scope_unit_id])
    as_of = await connection.fetchval(
        "SELECT as_of FROM league_table WHERE tenant_id = $1 AND realm = $2 AND scope_unit_id = $1 AND block = $3"
        " AND instrument_version_id = $4 AND period = $5 AND state = 'frozen'",
        key.scope_unit_id,
        source["realm"],
        key.block,
        instrument.instrument_version_id,
        key.period.code,
    )
    return {
        "kind": "satisfaction",
        **heading(
            wish,
            registers,
            as_of=as_of,
            realm=source["realm"],
            scope_unit_id=key.scope_unit_id,
            block=key.block,
            period=key.period.code,
            day=day,
            source=f"{instrument.title_vi} ({instrument.code}, phiên bản {instrument.version}), số liệu chốt {key.period.code}",
        ),
        "units": described_units(registers, members, day),
        "policy": registers.policies.on(POLICY, day).document,
        "instrument": instrument.document,
        "method": source["method"],
        "results": {str(unit_id): counts[unit_id] for unit_id in members if unit_id in counts},
        "scope_result": counts.get(key.scope_unit_id),
        "scope_withheld": _scope_withheld(tables, key),
        "siblings": await _siblings(connection, source["realm"], instrument, key, tables),
        "withheld": _withheld(tables, key, members),
    }


async def _refuse_open(connection: asyncpg.Connection, realm: str, period: Period) -> None:
    closed = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM period_closing WHERE tenant_id = 0 AND realm = $1 AND period = $2)",
        realm,
        period.code,
    )
    if not closed:
        raise cannot_be_built(
            "period_open",
            "source.period",
            f"Kỳ {period.code} chưa chốt. / Period {period.code} is not closed in realm {realm}; it closes at {period.closes_at.isoformat()}.",
            "Wait for the closing; the draft is then built by itself.",
        )


async def _tables(
    connection: asyncpg.Connection, realm: str, instrument: Instrument, key: TableKey
) -> dict[State, Tables]:
    """The scope's tables of every block, and the national ones that the scope itself is a row of, in both states."""
    version = instrument.instrument_version_id
    assert version is not None
    keys = {TableKey(key.period, scope, block) for scope in {key.scope_unit_id, NATION} for block in blocks_of(scope)}
    return {state: await read_tables(connection, realm, version, keys, state) for state in _STATES}


async def _counts(
    connection: asyncpg.Connection, realm: str, instrument: Instrument, period: Period, unit_ids: Iterable[int]
) -> dict[int, dict[str, Any]]:
    rows = await connection.fetch(_COUNTS, realm, instrument.instrument_version_id, period.code, list(unit_ids))
    return {unit_id: msgspec.json.decode(counts) for unit_id, counts in rows}


async def _siblings(
    connection: asyncpg.Connection,
    realm: str,
    instrument: Instrument,
    key: TableKey,
    tables: Mapping[State, Tables],
) -> dict[str, int]:
    """Responses of the scope's units in its other blocks: one small unit among them must not follow from a total."""
    others = [
        row["unit_id"]
        for other, table in tables["frozen"].items()
        if other.scope_unit_id == key.scope_unit_id and other.block != key.block
        for row in table["rows"]
    ]
    assert instrument.instrument_version_id is not None
    results = await read_results(
        connection, realm, instrument.instrument_version_id, [(key.period, one) for one in others], "frozen"
    )
    return {str(unit_id): size(result) for (_, unit_id), result in results.items()}


def _withheld(tables: Mapping[State, Tables], key: TableKey, members: list[int]) -> dict[str, str]:
    """Units that a public table of the period withholds already: two states or levels must not give one away together."""
    above = [
        row["suppressed"]
        for state in _STATES
        for other, table in tables[state].items()
        if other.scope_unit_id != key.scope_unit_id
        for row in table["rows"]
        if row["unit_id"] == key.scope_unit_id and row["suppressed"] is not None
    ]
    if above:
        return {str(unit_id): above[0] for unit_id in members}
    return {
        str(row["unit_id"]): row["suppressed"]
        for state in reversed(_STATES)  # the frozen table's own reason goes before that of the restated one
        if key in tables[state]
        for row in tables[state][key]["rows"]
        if row["suppressed"] is not None and row["unit_id"] in members
    }


def _scope_withheld(tables: Mapping[State, Tables], key: TableKey) -> bool:
    scopes = [tables[state][key]["scope_result"] for state in _STATES if key in tables[state]]
    return any(scope is not None and scope["suppressed"] is not None for scope in scopes)
