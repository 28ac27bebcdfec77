"""Reads the register of units from its tables into the immutable snapshot that every service works with."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from parindex.units.catalogue import UnitCatalogue
from parindex.units.records import DatedBlock, DatedCode, DatedName, DatedParent, LineageLink, UnitRecord

if TYPE_CHECKING:
    import asyncpg

_BOUNDS = 'lower(valid) AS start, upper(valid) AS "end"'


async def units_revision(connection: asyncpg.Connection) -> int:
    """Number of the newest register load, 0 before the first: a snapshot with a smaller one is out of date."""
    revision: int = await connection.fetchval("SELECT coalesce(max(revision), 0) FROM register_load")
    return revision


async def load_units(connection: asyncpg.Connection) -> UnitCatalogue:
    """The whole register (about 15,000 units, under a second) as of one register load, inside a transaction or not."""
    while True:
        # The tables are read one after the other: a load that commits between two of them moves the revision.
        revision = await units_revision(connection)
        units, lineage = await _read_units(connection), await _read_lineage(connection)
        if await units_revision(connection) == revision:
            return UnitCatalogue(revision, units, lineage)


async def _read_units(connection: asyncpg.Connection) -> list[UnitRecord]:
    names: defaultdict[int, list[DatedName]] = defaultdict(list)
    codes: defaultdict[int, list[DatedCode]] = defaultdict(list)
    parents: defaultdict[int, list[DatedParent]] = defaultdict(list)
    blocks: defaultdict[int, list[DatedBlock]] = defaultdict(list)
    # In the order of the records: unbounded below first, codes by scheme and code in byte order.
    by_day = "lower(valid) NULLS FIRST"
    for unit_id, *fields in await connection.fetch(
        f"SELECT unit_id, {_BOUNDS}, name, unit_type, source FROM unit_name ORDER BY {by_day}"
    ):
        names[unit_id].append(DatedName(*fields))
    for unit_id, *fields in await connection.fetch(
        f"SELECT unit_id, {_BOUNDS}, scheme, code, evidence, source FROM unit_code"
        f' ORDER BY scheme COLLATE "C", code COLLATE "C", {by_day}'
    ):
        codes[unit_id].append(DatedCode(*fields))
    for unit_id, *fields in await connection.fetch(
        f"SELECT unit_id, {_BOUNDS}, parent_id, source FROM unit_parent ORDER BY {by_day}"
    ):
        parents[unit_id].append(DatedParent(*fields))
    for unit_id, *fields in await connection.fetch(
        f'SELECT unit_id, {_BOUNDS}, framework, block FROM unit_block ORDER BY framework COLLATE "C", {by_day}'
    ):
        blocks[unit_id].append(DatedBlock(*fields))
    rows = await connection.fetch(
        f"SELECT {_BOUNDS}, unit_id, kind, realm, provenance, source, revision FROM unit ORDER BY unit_id"
    )
    return [
        UnitRecord(
            **row,
            names=tuple(names.get(row["unit_id"], ())),
            codes=tuple(codes.get(row["unit_id"], ())),
            parents=tuple(parents.get(row["unit_id"], ())),
            blocks=tuple(blocks.get(row["unit_id"], ())),
        )
        for row in rows
    ]


async def _read_lineage(connection: asyncpg.Connection) -> list[LineageLink]:
    rows = await connection.fetch(
        "SELECT predecessor_id, successor_id, extent, effective, legal_basis, source FROM unit_lineage"
        " ORDER BY predecessor_id, successor_id"
    )
    return [LineageLink(*row) for row in rows]
