"""Reads the register of units from its tables into the immutable snapshot that every service works with."""

from __future__ import annotations

from collections import defaultdict
from sys import intern
from typing import TYPE_CHECKING

from parindex.db.collector import collector_paused
from parindex.units.catalogue import UnitCatalogue
from parindex.units.records import DatedBlock, DatedCode, DatedName, DatedParent, LineageLink, UnitRecord

if TYPE_CHECKING:
    import asyncpg

_BOUNDS = 'lower(valid) AS start, upper(valid) AS "end"'
_NEWER = "SELECT unit_id FROM unit WHERE revision > $1"
_ASKED = "WHERE $1::int[] IS NULL OR unit_id = ANY ($1)"


async def units_revision(connection: asyncpg.Connection) -> int:
    """Number of the newest register load, 0 before the first: a snapshot with a smaller one is out of date."""
    revision: int = await connection.fetchval("SELECT coalesce(max(revision), 0) FROM register_load")
    return revision


async def load_units(connection: asyncpg.Connection, known: UnitCatalogue | None = None) -> UnitCatalogue:
    """The whole register (about 15,000 units, under a second) as of one register load, inside a transaction or not.

    `known`: an older snapshot of the same database, or of another with the same loads up to it. Then only units of newer
    loads are read: every load writes whole units under its revision, takes none away, and stamps both ends of a link.
    """
    with collector_paused():
        while True:
            # The tables are read one after the other: a load that commits between two of them moves the revision.
            revision = await units_revision(connection)
            if known is not None and known.revision > revision:
                known = None
            newer = (
                None if known is None else [unit_id for (unit_id,) in await connection.fetch(_NEWER, known.revision)]
            )
            if known is not None and not newer:
                return known.as_of(revision)
            units, lineage = await _read_units(connection, newer), await _read_lineage(connection)
            if await units_revision(connection) == revision:
                before = known.units if known is not None else ()
                return UnitCatalogue(revision, {unit.unit_id: unit for unit in (*before, *units)}.values(), lineage)


async def _read_units(connection: asyncpg.Connection, ids: list[int] | None) -> list[UnitRecord]:
    """Units with these ids; None: all."""
    names: defaultdict[int, list[DatedName]] = defaultdict(list)
    codes: defaultdict[int, list[DatedCode]] = defaultdict(list)
    parents: defaultdict[int, list[DatedParent]] = defaultdict(list)
    blocks: defaultdict[int, list[DatedBlock]] = defaultdict(list)
    # In the order of the records: unbounded below first, codes by scheme and code in byte order.
    by_day = "lower(valid) NULLS FIRST"
    for unit_id, start, end, name, unit_type, source in await connection.fetch(
        f"SELECT unit_id, {_BOUNDS}, name, unit_type, source FROM unit_name {_ASKED} ORDER BY {by_day}",
        ids,
    ):
        names[unit_id].append(DatedName(start, end, name, intern(unit_type), intern(source)))
    for unit_id, start, end, scheme, code, evidence, source in await connection.fetch(
        f"SELECT unit_id, {_BOUNDS}, scheme, code, evidence, source FROM unit_code {_ASKED}"
        f' ORDER BY scheme COLLATE "C", code COLLATE "C", {by_day}',
        ids,
    ):
        codes[unit_id].append(DatedCode(start, end, intern(scheme), code, intern(evidence), intern(source)))
    for unit_id, start, end, parent_id, source in await connection.fetch(
        f"SELECT unit_id, {_BOUNDS}, parent_id, source FROM unit_parent {_ASKED} ORDER BY {by_day}",
        ids,
    ):
        parents[unit_id].append(DatedParent(start, end, parent_id, intern(source)))
    for unit_id, start, end, framework, block in await connection.fetch(
        f'SELECT unit_id, {_BOUNDS}, framework, block FROM unit_block {_ASKED} ORDER BY framework COLLATE "C", {by_day}',
        ids,
    ):
        blocks[unit_id].append(DatedBlock(start, end, intern(framework), intern(block)))
    rows = await connection.fetch(
        f"SELECT {_BOUNDS}, unit_id, kind, realm, provenance, source, revision FROM unit {_ASKED} ORDER BY unit_id",
        ids,
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
    return [
        LineageLink(before, after, intern(extent), effective, intern(legal_basis), intern(source))
        for before, after, extent, effective, legal_basis, source in rows
    ]
