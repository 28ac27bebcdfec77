"""Announces provisional tables that were replaced: one entry a table, however often it moved since the last look.

The queue `moved_table` is written in the transaction that replaced the table, so that a kill loses nothing; it is emptied
in the transaction that appends the entries. Only public tables are announced: a round's table is nobody's business
outside its authority before it is published.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import asyncpg

from parindex.db.session import Database
from ranking_worker.change_feed import Change, append_changes
from ranking_worker.registers import RegisterCache, Registers

# Tables whose document is another one now, and those that are gone. Run before the tables are written.
_MOVED = """
INSERT INTO moved_table (tenant_id, realm, subject)
SELECT new.scope_unit_id, $5, jsonb_build_object('scope_unit_id', new.scope_unit_id, 'block', new.block,
                                                 'instrument_version_id', $6::int, 'period', new.period)
FROM unnest($1::text[], $2::int[], $3::text[], $4::bytea[]) AS new(period, scope_unit_id, block, sha256)
LEFT JOIN league_table AS old ON old.tenant_id = new.scope_unit_id AND old.scope_unit_id = new.scope_unit_id
  AND old.block = new.block AND old.period = new.period AND old.realm = $5 AND old.instrument_version_id = $6
  AND old.state = 'current'
WHERE old.sha256 IS DISTINCT FROM new.sha256
"""


async def note_moved_tables(
    connection: asyncpg.Connection,
    realm: str,
    instrument_version_id: int,
    tables: list[tuple[str, int, str, bytes | None]],
) -> None:
    """Queues those of the current tables (period, scope, block, new digest) that are not stored with that digest.

    In the transaction that writes them, before it does. A digest of None: the table goes.
    """
    columns = [[table[place] for table in tables] for place in range(4)]
    await connection.execute(_MOVED, *columns, realm, instrument_version_id)


async def announce_moved_tables(database: Database, registers: RegisterCache) -> int:
    """Turns what is queued into change entries, one a table. Returns how many; 0 when nothing moved."""
    async with database.connection() as connection:
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM moved_table)"):
            return 0
    async with database.transaction() as connection:
        await registers.renew(connection)
        rows = await connection.fetch(
            "DELETE FROM moved_table RETURNING tenant_id, moved_id, realm, subject::text AS subject"
        )
        latest: dict[tuple[str, str], dict[str, Any]] = {}
        for row in sorted(rows, key=lambda one: (one["tenant_id"], one["moved_id"])):
            latest[row["realm"], row["subject"]] = json.loads(row["subject"])
        changes = [_change(registers.current, realm, subject) for (realm, _), subject in latest.items()]
        # Last: from here to the commit every other writer of the feed waits.
        await append_changes(connection, changes)
    return len(changes)


def _change(registers: Registers, realm: Any, subject: dict[str, Any]) -> Change:
    instrument = registers.instruments.by_id(subject.pop("instrument_version_id"))
    told = {**subject, "instrument": instrument.code, "version": instrument.version}
    asked = {
        "scope": subject["scope_unit_id"],
        "block": subject["block"],
        "period": subject["period"],
        "instrument": instrument.code,
        "version": instrument.version,
        "realm": realm,
    }
    return Change("provisional_table_changed", realm, {**told, "href": f"/v1/league-tables?{urlencode(asked)}"})
