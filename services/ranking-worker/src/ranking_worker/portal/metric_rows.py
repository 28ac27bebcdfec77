"""Stores the observations of good answers as `portal_metric`, under the units that the register knows them by."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import asyncpg

from parindex.engine.period import Period
from parindex.errors import Invalid
from parindex.units.catalogue import UnitCatalogue
from parindex.units.codes import DVCQG_ID, parse_unit_code
from ranking_worker.portal.rows_766 import Observation

_COLUMNS = (
    "tenant_id", "snapshot_id", "department_id", "metric", "realm", "unit_id", "printed_code", "printed_name", "period",
    "observed_at", "numerator", "denominator", "ratio", "score", "max_score", "quality", "further",
)  # fmt: skip
_CODES = """
SELECT DISTINCT ON (department_id) department_id, printed_code FROM portal_metric
WHERE tenant_id = $1 AND department_id = ANY($2::text[]) AND printed_code IS NOT NULL
ORDER BY department_id, observed_at DESC
"""
_ENTRIES = """
SELECT document->>'id' AS department_id, code FROM portal_entry
WHERE tenant_id = $1 AND catalogue = 'agency' AND document->>'id' = ANY($2::text[])
"""


async def codes_of(connection: asyncpg.Connection, tenant_id: int, departments: Iterable[str]) -> dict[str, str]:
    """Codes of agencies that some answers name by the portal's id only, from the catalogue and from other answers."""
    wanted = sorted(set(departments))
    found = dict(await connection.fetch(_CODES, tenant_id, wanted))
    return found | dict(await connection.fetch(_ENTRIES, tenant_id, wanted))


def unit_of(units: UnitCatalogue, department_id: str, code: str | None, day: dt.date, realm: str) -> int | None:
    """The unit that an agency of the portal is on a day: by its code, else by the portal's id; None: the register knows neither."""
    if code:
        try:
            form = parse_unit_code(code)
        except Invalid:
            form = None
        if form is not None and (found := units.resolve(form.scheme, form.code, day, realm)).unit_id is not None:
            return found.unit_id
    return units.resolve(DVCQG_ID, department_id, day, realm).unit_id


async def store_observations(
    connection: asyncpg.Connection,
    units: UnitCatalogue,
    observed: Sequence[tuple[uuid.UUID, Observation]],
    *,
    tenant_id: int,
    realm: str,
    period: Period,
    observed_at: dt.datetime,
    today: dt.date,
) -> int:
    """Stores observations under their snapshots; how many agencies the register does not know. Null stays null."""
    departments = {one.department_id for _, one in observed}
    codes = await codes_of(connection, tenant_id, departments)
    codes |= {one.department_id: one.printed_code for _, one in observed if one.printed_code}
    day = min(period.last, today)
    known: Mapping[str, int | None] = {
        department: unit_of(units, department, codes.get(department), day, realm) for department in departments
    }
    records = [
        (
            tenant_id, snapshot_id, one.department_id, one.metric, realm, known[one.department_id], one.printed_code,
            one.printed_name, period.code, observed_at, one.numerator, one.denominator, one.ratio, one.score, one.max_score,
            one.quality, _json(one.further),
        )
        for snapshot_id, one in observed
    ]  # fmt: skip
    await connection.copy_records_to_table("portal_metric", records=records, columns=_COLUMNS)
    return sum(unit_id is None for unit_id in known.values())


def _json(further: Mapping[str, Any]) -> str:
    """Decimals of unknown fields as text, digit for digit."""
    return json.dumps(dict(further), ensure_ascii=False, default=_digits)


def _digits(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
