"""Rows of dossiers: reads what was received and what was counted, and books differences in the rollup."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import asyncpg

from parindex.dossiers.measures import BITS, MEASURES
from parindex.dossiers.portal_rules import Settled
from parindex.dossiers.records import STEP_COLUMNS, VERSION_COLUMNS, Step, Version

NEVER = dt.date.max
"""How asyncpg says `infinity`: a settled dossier, or one without any time limit."""
Cell = tuple[int, dt.date, str, dt.date]
"""Unit, day of acceptance, procedure base, late from."""
WIDTH = len(MEASURES) + 2
"""Numbers of a rollup row: n, the measures, working minutes."""
_supplements = slice(VERSION_COLUMNS.index("supplement_from"), VERSION_COLUMNS.index("supplement_to") + 1)
_VERSIONS = ", ".join(VERSION_COLUMNS)
_STEPS = ", ".join(f'"{name}"' for name in STEP_COLUMNS)


@dataclass(slots=True)
class Received:
    """What was received of one dossier."""

    versions: list[Version] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


async def read_received(
    connection: asyncpg.Connection, tenant_id: int, realm: str, keys: Sequence[str], before: dt.datetime | None = None
) -> dict[str, Received]:
    """Versions and steps of the dossiers (recorded before an instant), by key; those without any version are left out."""
    found: defaultdict[str, Received] = defaultdict(Received)
    where = "tenant_id = $1 AND realm = $2 AND dossier_key = ANY($3::text[]) AND ($4::timestamptz IS NULL OR recorded_at < $4)"
    chosen = (tenant_id, realm, list(keys), before)
    for row in await connection.fetch(f"SELECT {_VERSIONS} FROM dossier_version WHERE {where}", *chosen):
        found[row[0]].versions.append(_version(row))
    for row in await connection.fetch(f"SELECT {_STEPS} FROM dossier_step WHERE {where}", *chosen):
        if row[0] in found:
            found[row[0]].steps.append(Step(*row))
    return dict(found)


def _version(row: Any) -> Version:
    values = list(row)
    values[_supplements] = [tuple(one) for one in values[_supplements]]
    return Version(*values)


@dataclass(frozen=True, slots=True)
class Counted:
    """What `dossier_counted` says of a dossier."""

    version_no: int
    rules: str
    unit_id: int
    accepted_day: dt.date | None
    procedure_base: str
    late_from: dt.date | None
    measures: int
    working_minutes: int | None
    findings: list[str]

    @classmethod
    def of(cls, one: Settled) -> Counted:
        """What a settled dossier is counted as."""
        return cls(
            one.version_no,
            one.rules,
            one.unit_id,
            one.accepted_day,
            one.procedure_base,
            one.late_from,
            one.measures,
            one.working_minutes,
            one.codes,
        )

    @property
    def cell(self) -> Cell | None:
        """The row of the rollup that it is part of; None: counts nowhere."""
        if self.accepted_day is None:
            return None
        return self.unit_id, self.accepted_day, self.procedure_base, self.late_from or NEVER


COUNTED_COLUMNS = tuple(Counted.__dataclass_fields__)
_COUNTED = ", ".join(COUNTED_COLUMNS)
_KEY = "tenant_id, realm, dossier_key"


async def read_counted(
    connection: asyncpg.Connection, tenant_id: int, realm: str, keys: Sequence[str]
) -> dict[str, Counted]:
    """What the dossiers are counted as at the moment, by key."""
    rows = await connection.fetch(
        f"SELECT dossier_key, {_COUNTED} FROM dossier_counted"
        " WHERE tenant_id = $1 AND realm = $2 AND dossier_key = ANY($3::text[])",
        tenant_id,
        realm,
        list(keys),
    )
    return {row[0]: Counted(*row[1:]) for row in rows}


_WRITE = f"""
INSERT INTO dossier_counted ({_KEY}, {_COUNTED})
SELECT $1, $2, dossier_key, version_no, rules, unit_id, accepted_day, procedure_base, late_from, measures, working_minutes,
  string_to_array(findings, ' ')
FROM unnest($3::text[], $4::int[], $5::text[], $6::int[], $7::date[], $8::text[], $9::date[], $10::int[], $11::int[], $12::text[])
  AS new(dossier_key, {_COUNTED})
ON CONFLICT ({_KEY}) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COUNTED_COLUMNS)}
"""


async def write_counted(
    connection: asyncpg.Connection, tenant_id: int, realm: str, counted: Mapping[str, Counted]
) -> None:
    """Replaces what the dossiers are counted as, in key order."""
    rows = [(key, *_plain(counted[key])) for key in sorted(counted)]
    columns = [list(column) for column in zip(*rows, strict=True)]
    if rows:
        await connection.execute(_WRITE, tenant_id, realm, *columns)


def _plain(one: Counted) -> tuple[Any, ...]:
    return tuple(" ".join(one.findings) if name == "findings" else getattr(one, name) for name in COUNTED_COLUMNS)


@lru_cache(maxsize=10_000)
def _places(measures: int) -> tuple[int, ...]:
    """Where in a rollup row a set of measures counts; few sets are common."""
    return tuple(place for place, bit in enumerate(BITS.values(), 1) if measures & bit)


class Sheet:
    """Sums by rollup row, to be added to what is kept."""

    def __init__(self) -> None:
        self.cells: dict[Cell, list[int]] = {}

    def book(self, one: Counted, times: int = 1) -> None:
        """Adds a dossier, or with -1 takes it out."""
        if (cell := one.cell) is None:
            return
        sums = self.cells.get(cell)
        if sums is None:
            sums = self.cells[cell] = [0] * WIDTH
        sums[0] += times
        for place in _places(one.measures):
            sums[place] += times
        sums[-1] += times * (one.working_minutes or 0)

    def moved(self) -> list[tuple[Cell, list[int]]]:
        """What is not nothing, in the order of the rows."""
        return sorted((cell, sums) for cell, sums in self.cells.items() if any(sums))


NUMBERS = ("n", *MEASURES, "working_minutes")
_CELL = "unit_id, accepted_day, procedure_base, late_from"
_TYPES = ["int", "date", "text", "date", *["int"] * (WIDTH - 1), "bigint"]
_UNNEST = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(_TYPES, 3))
_BOOK = f"""
INSERT INTO dossier_rollup AS kept (tenant_id, realm, {_CELL}, {", ".join(NUMBERS)})
SELECT $1, $2, * FROM unnest({_UNNEST})
ON CONFLICT (tenant_id, realm, {_CELL}) DO UPDATE SET {", ".join(f"{name} = kept.{name} + excluded.{name}" for name in NUMBERS)}
"""
_SWEEP = f"""
DELETE FROM dossier_rollup AS kept USING unnest($3::int[], $4::date[], $5::text[], $6::date[]) AS moved({_CELL})
WHERE kept.tenant_id = $1 AND kept.realm = $2 AND kept.unit_id = moved.unit_id AND kept.accepted_day = moved.accepted_day
  AND kept.procedure_base = moved.procedure_base AND kept.late_from = moved.late_from AND kept.n = 0
"""


async def book(connection: asyncpg.Connection, tenant_id: int, realm: str, sheet: Sheet) -> None:
    """Adds the sheet to the rollup; a row that comes back to no dossier goes."""
    rows: list[Iterable[Any]] = [(*cell, *sums) for cell, sums in sheet.moved()]
    if not rows:
        return
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(_BOOK, tenant_id, realm, *columns)
    await connection.execute(_SWEEP, tenant_id, realm, *columns[:4])
