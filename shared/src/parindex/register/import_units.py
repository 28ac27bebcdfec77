"""Adds units from a CSV to the register: `parindex units import`. Columns: see `unit_import_rows`."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from parindex.db.base import REALMS
from parindex.db.catalogue import load_units
from parindex.errors import Invalid
from parindex.register.csv_table import Findings, ImportReport
from parindex.register.revision import hold_register_lock, next_revision
from parindex.register.roles import acting_as
from parindex.register.unit_import_plan import Planner
from parindex.register.unit_import_rows import read_unit_rows
from parindex.register.unit_rows import replace_units

if TYPE_CHECKING:
    import asyncpg

    from parindex.units.catalogue import UnitCatalogue


async def import_units(
    connection: asyncpg.Connection,
    csv_text: str,
    *,
    realm: str = "production",
    dry_run: bool = False,
    known: UnitCatalogue | None = None,
) -> ImportReport:
    """Stores the units of the file for a realm, all or, when any row is wrong, none.

    `known`: the register as a caller that holds its lock has just read it; otherwise it is read here.
    May run twice: the second run changes nothing. Units keep the id they got with their code (1,000,000 and up).
    Raises Invalid for an unknown realm only; every fault of the file is a finding of the report.
    """
    if realm not in REALMS:
        raise Invalid(f"{realm!r} is not a realm.", code="realm_unknown", hint=f"Use one of {', '.join(REALMS)}.")
    findings = Findings()
    rows, count = read_unit_rows(csv_text, findings)
    async with connection.transaction(), acting_as(connection, "ranking-worker"):
        await hold_register_lock(connection)
        plan = Planner(known or await load_units(connection), realm, findings).plan(rows)
        if findings.found:
            return ImportReport(count, findings=findings.by_line, dry_run=dry_run)
        changed, revision = len(plan.records) - plan.added, None
        if plan.records and not dry_run:
            summary = {"added": plan.added, "changed": changed, "realm": realm}
            revision = await next_revision(connection, "units", hashlib.sha256(csv_text.encode()).hexdigest(), summary)
            await replace_units(connection, plan.records, revision)
    return ImportReport(count, plan.added, changed, plan.unchanged, dry_run=dry_run, revision=revision)
