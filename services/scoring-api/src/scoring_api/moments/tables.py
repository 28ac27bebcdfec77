"""Tables as known at a moment: what publishers had printed, and our own editions. Public."""

from __future__ import annotations

import datetime as dt
from typing import Any

import asyncpg
import msgspec

from parindex.editions.moments import Figure, Known
from parindex.editions.policies import policy_of_printed
from parindex.engine.numerals import written
from parindex.engine.period import VIETNAM, Period, local_day
from parindex.errors import NotFound
from parindex.frameworks.policy_files import load_policies
from scoring_api.snapshot import Snapshot

_OBSERVED = """
SELECT tenant_id, imported_table_id, observed_at, source FROM imported_table
WHERE tenant_id = $1 AND scope_unit_id = $1 AND realm = $2 AND framework = $3 AND block = $4 AND period = $5 AND observed_at <= $6
ORDER BY observed_at DESC LIMIT 1
"""
_ROWS = """
SELECT unit_id, total, parts::text AS parts FROM imported_row WHERE tenant_id = $1 AND imported_table_id = $2
"""
_EDITION = """
SELECT tenant_id, edition_no, document, published_at FROM edition
WHERE scope_unit_id = $1 AND realm = $2 AND index_code = $3 AND block = $4 AND period = $5 AND published_at <= $6
ORDER BY published_at DESC, edition_no DESC LIMIT 1
"""
_FIRSTS = {
    "published": "SELECT min(observed_at) FROM imported_table WHERE scope_unit_id = $1 AND realm = $2 AND framework = $3 AND block = $4 AND period = $5",
    "edition": "SELECT min(published_at) FROM edition WHERE scope_unit_id = $1 AND realm = $2 AND index_code = $3 AND block = $4 AND period = $5",
}

Table = tuple[int, str, str, str, str]
"""Scope unit id, realm, index code, block, period code."""


async def table_known(snapshot: Snapshot, kind: str, table: Table, moment: dt.datetime) -> Known:
    """The table as known at the moment. Raises NotFound when nothing was known by then, saying since when something is."""
    read = _published if kind == "published" else _edition
    known = await read(snapshot, table, moment)
    if known is None:
        raise await _nothing(snapshot.connection, kind, table, moment)
    return known


async def _published(snapshot: Snapshot, table: Table, moment: dt.datetime) -> Known | None:
    row = await snapshot.connection.fetchrow(_OBSERVED, *table, moment)
    if row is None:
        return None
    observed: dt.datetime = row["observed_at"]
    day = min(Period.parse(table[4]).last, local_day(observed))
    policy = policy_of_printed(load_policies(), table[2], day)
    figures = {
        one["unit_id"]: Figure(
            snapshot.units.name(one["unit_id"], day),
            None if one["total"] is None else written(one["total"]),
            msgspec.json.decode(one["parts"]),
        )
        for one in await snapshot.connection.fetch(_ROWS, row["tenant_id"], row["imported_table_id"])
    }
    holder = f"bảng quan sát lúc {observed.astimezone(VIETNAM):%H:%M:%S %d/%m/%Y}"
    return Known("published", observed, holder, policy.name, None, figures)


async def _edition(snapshot: Snapshot, table: Table, moment: dt.datetime) -> Known | None:
    row = await snapshot.connection.fetchrow(_EDITION, *table, moment)
    if row is None:
        return None
    document: dict[str, Any] = msgspec.json.decode(row["document"])
    body = document["body"]
    figures = {
        one["unit_id"]: Figure(one["name"], one["value"], {code: _part(cell) for code, cell in one["parts"].items()})
        for one in body["rows"]
    }
    version = body["index"]["version"]
    return Known(
        "edition",
        row["published_at"],
        f"ấn bản {row['tenant_id']}/{row['edition_no']}",
        f"{body['index']['code']}@{version}; {body['policy']['name']}" if version else body["policy"]["name"],
        body["engine_version"],
        figures,
        document["publication"]["erratum"] or "",
    )


def _part(cell: dict[str, Any]) -> str | None:
    figure: str | None = cell["points"] if cell["points"] is not None else cell["percent"]
    return figure


async def _nothing(connection: asyncpg.Connection, kind: str, table: Table, moment: dt.datetime) -> NotFound:
    first = await connection.fetchval(_FIRSTS[kind], *table)
    scope, realm, index, block, period = table
    what = f"{kind} table of {index}, block {block} under unit {scope} for {period} in realm {realm}"
    if first is None:
        return NotFound(
            f"There is no {what}.",
            code="table_unknown",
            hint="GET /v1/editions and /v1/published/qd766/observations list what there is.",
        )
    return NotFound(
        f"The {what} was not known by {moment.isoformat()}.",
        code="not_known_yet",
        hint=f"It is known since {first.isoformat()}.",
    )
