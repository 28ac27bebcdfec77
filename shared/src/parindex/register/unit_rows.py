"""Writes unit records into the tables of the register, whole units at a time. Run inside a register load's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from parindex.units.names import fold

if TYPE_CHECKING:
    from collections.abc import Collection

    from parindex.units.records import Dated, LineageLink, UnitRecord

_COLUMNS = {
    "unit": ("unit_id", "kind", "realm", "valid", "provenance", "source", "revision"),
    "unit_name": ("unit_id", "valid", "name", "unit_type", "search_name", "source"),
    "unit_code": ("scheme", "code", "valid", "unit_id", "evidence", "source"),
    "unit_parent": ("unit_id", "valid", "parent_id", "source"),
    "unit_block": ("unit_id", "framework", "valid", "block"),
}
_LINEAGE_COLUMNS = ("predecessor_id", "successor_id", "extent", "effective", "legal_basis", "source")


def _days(dated: Dated) -> asyncpg.Range:
    return asyncpg.Range(dated.start, dated.end)


async def replace_units(connection: asyncpg.Connection, units: Collection[UnitRecord], revision: int) -> None:
    """Makes all stored rows of these units equal to the records, under the given revision. May run twice."""
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in _COLUMNS}
    for unit in units:
        key = unit.unit_id
        rows["unit"].append((key, unit.kind, unit.realm, _days(unit), unit.provenance, unit.source, revision))
        rows["unit_name"] += [(key, _days(n), n.name, n.unit_type, fold(n.name), n.source) for n in unit.names]
        rows["unit_code"] += [(c.scheme, c.code, _days(c), key, c.evidence, c.source) for c in unit.codes]
        rows["unit_parent"] += [(key, _days(p), p.parent_id, p.source) for p in unit.parents]
        rows["unit_block"] += [(key, b.framework, _days(b), b.block) for b in unit.blocks]
    ids = [unit.unit_id for unit in units]
    for table, records in rows.items():
        await connection.execute(f"DELETE FROM {table} WHERE unit_id = ANY($1::int[])", ids)
        await connection.copy_records_to_table(table, records=records, columns=_COLUMNS[table])


async def replace_links(
    connection: asyncpg.Connection, gone: Collection[LineageLink], new: Collection[LineageLink]
) -> None:
    """Takes out the links that are gone and adds the new ones. May run twice."""
    await connection.execute(
        "DELETE FROM unit_lineage USING unnest($1::int[], $2::int[]) AS gone (predecessor, successor)"
        " WHERE predecessor_id = predecessor AND successor_id = successor",
        [link.predecessor_id for link in gone],
        [link.successor_id for link in gone],
    )
    records = [
        (link.predecessor_id, link.successor_id, link.extent, link.effective, link.legal_basis, link.source)
        for link in new
    ]
    await connection.copy_records_to_table("unit_lineage", records=records, columns=_LINEAGE_COLUMNS)
