"""Loads the shipped register of units into the database: compares, applies what differs, says what changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from parindex.db.catalogue import load_units
from parindex.errors import Conflict
from parindex.register.csv_table import ImportReport
from parindex.register.import_units import import_units
from parindex.register.revision import hold_register_lock, next_revision
from parindex.register.roles import acting_as
from parindex.register.unit_rows import replace_links, replace_units
from parindex.units.records import EVERY_FRAMEWORK, FIRST_IMPORTED_ID, IMPORTED, UnitRecord
from parindex.units.shipped import ShippedRegister, read_shipped

if TYPE_CHECKING:
    from collections.abc import Mapping

    import asyncpg

    from parindex.units.catalogue import UnitCatalogue
    from parindex.units.records import DatedCode

__all__ = ["ImportReport", "import_units", "load_units_register"]


async def load_units_register(connection: asyncpg.Connection, register: ShippedRegister | None = None) -> list[str]:
    """Makes the stored units equal to the shipped register (by default the packaged one). Returns what changed.

    Runs in the caller's transaction (or its own) and may run twice: the second run changes nothing and takes no
    revision. Imported units and codes stay. Raises Conflict when a shipped unit would vanish (ids are frozen) or when
    an imported code contradicts a shipped one.
    """
    shipped = register or read_shipped()
    async with connection.transaction(), acting_as(connection, "ranking-worker"):
        # Before the comparison, so that two loads at once do not both find the same difference.
        await hold_register_lock(connection)
        stored = await load_units(connection)
        _keep_frozen_ids(stored, shipped)
        changed = _changed_units(stored, shipped)
        stored_links = {
            link for link in stored.lineage.links if max(link.predecessor_id, link.successor_id) < FIRST_IMPORTED_ID
        }
        gone, new = stored_links - set(shipped.lineage), set(shipped.lineage) - stored_links
        if not (changed or gone or new):
            return ["units: nothing changed"]
        summary = _summary(stored, changed, len(gone), len(new))
        revision = await next_revision(connection, "units", shipped.sha256, {"changes": summary})
        touched = {unit_id for link in gone | new for unit_id in (link.predecessor_id, link.successor_id)}
        moved = touched - {unit.unit_id for unit in changed}
        await replace_units(connection, [*changed, *(stored.unit(unit_id) for unit_id in sorted(moved))], revision)
        await replace_links(connection, gone, new)
    return [f"units: {sentence}" for sentence in summary]


def _keep_frozen_ids(stored: UnitCatalogue, shipped: ShippedRegister) -> None:
    known = {unit.unit_id for unit in shipped.units}
    gone = [unit.unit_id for unit in stored.units if unit.unit_id < FIRST_IMPORTED_ID and unit.unit_id not in known]
    if gone:
        raise Conflict(
            f"The register no longer names {len(gone)} units that the database holds (ids {gone[:5]} ...).",
            code="unit_vanished",
            hint="A unit that ended keeps its id and gets a last day (valid_to): correct the register.",
        )


def _changed_units(stored: UnitCatalogue, shipped: ShippedRegister) -> list[UnitRecord]:
    """Shipped units that are not stored so, with what imports and frameworks added to the stored ones."""
    owned: defaultdict[tuple[str, str], list[tuple[DatedCode, int]]] = defaultdict(list)
    for unit in shipped.units:
        for code in unit.codes:
            owned[code.scheme, code.code].append((code, unit.unit_id))
    imported = {unit.unit_id: _imported_codes(unit, owned) for unit in stored.units}
    changed = []
    for unit in shipped.units:
        wanted = unit
        if unit.unit_id in stored:
            now = stored.unit(unit.unit_id)
            codes = (*unit.codes, *imported[unit.unit_id])
            blocks = (*unit.blocks, *(block for block in now.blocks if block.framework != EVERY_FRAMEWORK))
            wanted = replace(
                unit,
                revision=now.revision,
                codes=tuple(sorted(codes, key=lambda code: (code.scheme, code.code, code.order))),
                blocks=tuple(sorted(blocks, key=lambda block: (block.framework, block.order))),
            )
            if wanted == now:
                continue
        changed.append(wanted)
    return changed


def _imported_codes(unit: UnitRecord, owned: Mapping[tuple[str, str], list[tuple[DatedCode, int]]]) -> list[DatedCode]:
    """Codes that an import gave the unit and that the shipped register does not give it itself."""
    kept = []
    for code in unit.codes:
        if code.evidence != IMPORTED:
            continue
        holders = [unit_id for shipped, unit_id in owned.get((code.scheme, code.code), ()) if shipped.overlaps(code)]
        if any(holder != unit.unit_id for holder in holders):
            raise Conflict(
                f"The register gives {code.scheme} {code.code} to unit {holders[0]}, an import gave it to"
                f" {unit.unit_id} ({unit.names[-1].name}) for days they share.",
                code="unit_code_taken",
                hint="Import the unit again without that code, or with the days on which it really held it.",
            )
        if not holders:
            kept.append(code)
    return kept


def _summary(stored: UnitCatalogue, changed: list[UnitRecord], gone: int, new: int) -> list[str]:
    sentences = []
    for title, units in (
        ("added", [unit for unit in changed if unit.unit_id not in stored]),
        ("changed", [unit for unit in changed if unit.unit_id in stored]),
    ):
        if units:
            kinds = Counter(unit.kind for unit in units)
            detail = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
            few = ": " + ", ".join(f"{unit.unit_id} {unit.names[-1].name}" for unit in units) if len(units) <= 5 else ""
            sentences.append(f"{len(units):,} units {title} ({detail}){few}")
    if new:
        sentences.append(f"{new:,} lineage links added")
    if gone:
        sentences.append(f"{gone:,} lineage links removed")
    return sentences
