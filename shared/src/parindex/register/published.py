"""Stores league tables as published: each observation once, never overwritten, units resolved as of the day it was observed.

Tables of the nation belong to tenant 0, those of a province's units to the province.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from typing import TYPE_CHECKING

from parindex.db.catalogue import load_units
from parindex.engine.digest import sha256
from parindex.engine.period import local_day
from parindex.errors import Conflict, Finding, Invalid
from parindex.register.published_file import PublishedRow, PublishedTable, read_published
from parindex.register.revision import hold_register_lock, next_revision
from parindex.register.roles import acting_as
from parindex.units.codes import level_one, parse_unit_code

if TYPE_CHECKING:
    import asyncpg

    from parindex.units.catalogue import UnitCatalogue

FRAMEWORK = "qd766"
REALM = "production"
NATION = 0
UNCHANGED = "published figures: nothing changed"
SHIPPED = "qd766_scores_2025_10.csv"


@dataclass(frozen=True, slots=True)
class _Placed:
    """A printed table whose units are known."""

    table: PublishedTable
    scope_unit_id: int
    rows: tuple[tuple[int, PublishedRow], ...]


async def load_published_figures(connection: asyncpg.Connection) -> list[str]:
    """Stores the shipped tables of QĐ 766 that the database does not have. Returns what changed, in sentences.

    May run twice: the second time changes nothing. Raises as `import_published` does.
    """
    text = (files("parindex.register") / "data" / SHIPPED).read_text("utf-8")
    return await import_published(connection, text, file=SHIPPED)


async def import_published(connection: asyncpg.Connection, csv_text: str, *, file: str) -> list[str]:
    """Stores the tables of a CSV file (see `published_file`). May run twice.

    Raises Invalid naming every row that cannot be read or whose unit is unknown on the day observed, and Conflict when
    other figures are already stored for the same observation; then nothing is stored.
    """
    tables = read_published(csv_text, file)
    async with connection.transaction():
        await hold_register_lock(connection)
        placed = _place(tables, await load_units(connection), file)
        stored = await _stored(connection)
        _refuse_rewriting(placed, stored)
        new = [one for one in placed if _key(one) not in stored]
        if not new:
            return [UNCHANGED]
        summary = {"tables": [one.table.label for one in new], "rows": sum(len(one.rows) for one in new)}
        await next_revision(connection, "published", sha256([one.table.sha256 for one in new]).hex(), summary)
        async with acting_as(connection, "ranking-worker"):
            for one in new:
                await _store(connection, one)
    return [f"published figures: {one.table.label}, {len(one.rows)} units" for one in new]


def _place(tables: list[PublishedTable], units: UnitCatalogue, file: str) -> list[_Placed]:
    findings: list[Finding] = []
    placed = []
    for table in tables:
        rows: dict[int, PublishedRow] = {}
        scopes: set[int | None] = set()
        for row in table.rows:
            unit_id = _resolve(units, row.printed_code, table, f"{file}:{row.line}", findings)
            if unit_id is None:
                continue
            if unit_id in rows:
                findings.append(
                    Finding(
                        "unit_twice",
                        f"{file}:{row.line}",
                        f"{row.printed_code} is the unit of line {rows[unit_id].line} in the same table.",
                        "Expected each unit once.",
                    )
                )
            rows[unit_id] = row
            province = level_one(parse_unit_code(row.printed_code).code)
            scopes.add(
                NATION
                if table.block == "province"
                else _resolve(units, province, table, f"{file}:{row.line}", findings)
            )
        if len(scopes - {None}) > 1:
            findings.append(
                Finding(
                    "several_scopes",
                    f"{file}:{table.rows[0].line}",
                    f"{table.label} mixes units of several provinces.",
                    "Expected one table per province.",
                )
            )
        placed += [_Placed(table, scope, tuple(rows.items())) for scope in scopes if scope is not None]
    if findings:
        raise Invalid(
            f"{file}: {len(findings)} row(s) cannot be placed, the first at {findings[0].field}: {findings[0].message}",
            code="units_unknown",
            hint="Import the units first (`parindex units import`), then load again; nothing was stored.",
            findings=findings,
        )
    return placed


def _resolve(units: UnitCatalogue, code: str, table: PublishedTable, place: str, findings: list[Finding]) -> int | None:
    """Unit that the printed code means on the day the table was observed; a finding when there is none."""
    day = local_day(table.observed_at)
    try:
        form = parse_unit_code(code)
    except Invalid as error:
        findings.append(Finding(error.code, place, error.message, error.hint))
        return None
    resolution = units.resolve(form.scheme, form.code, day, REALM)
    if resolution.status != "found" or resolution.unit_id is None:
        findings.append(
            Finding(
                "unit_unknown",
                place,
                f"the code {code} means no unit on {day} ({resolution.status}).",
                "Expected a code of the unit register on that day.",
            )
        )
        return None
    return resolution.unit_id


_Key = tuple[int, str, str, dt.datetime]


def _key(one: _Placed) -> _Key:
    return (one.scope_unit_id, one.table.block, one.table.period, one.table.observed_at)


async def _stored(connection: asyncpg.Connection) -> dict[_Key, str]:
    rows = await connection.fetch(
        "SELECT scope_unit_id, block, period, observed_at, sha256 FROM imported_table WHERE realm = $1 AND framework = $2",
        REALM,
        FRAMEWORK,
    )
    return {(row["scope_unit_id"], row["block"], row["period"], row["observed_at"]): row["sha256"] for row in rows}


def _refuse_rewriting(placed: list[_Placed], stored: dict[_Key, str]) -> None:
    seen = dict(stored)
    differing = [one.table.label for one in placed if seen.setdefault(_key(one), one.table.sha256) != one.table.sha256]
    if differing:
        raise Conflict(
            f"Other figures are already stored for the same observation: {'; '.join(differing)}. Nothing was stored.",
            code="published_figures_differ",
            hint="What was observed never changes: give a later export its own exported_at, or put the figures back.",
        )


async def _store(connection: asyncpg.Connection, one: _Placed) -> None:
    table = one.table
    table_id = await connection.fetchval(
        "INSERT INTO imported_table (tenant_id, realm, framework, scope_unit_id, block, period, to_date, observed_at, source, sha256, recorded_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, clock_timestamp()) RETURNING imported_table_id",
        one.scope_unit_id,
        REALM,
        FRAMEWORK,
        one.scope_unit_id,
        table.block,
        table.period,
        table.to_date,
        table.observed_at,
        table.source,
        table.sha256,
    )
    await connection.executemany(
        "INSERT INTO imported_row (tenant_id, imported_table_id, unit_id, printed_code, printed_name, printed_rank, total, parts)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)",
        [
            (
                one.scope_unit_id,
                table_id,
                unit_id,
                row.printed_code,
                row.printed_name,
                row.printed_rank,
                Decimal(row.total),
                json.dumps(row.parts),
            )
            for unit_id, row in one.rows
        ],
    )
