"""The authority (tenant) that persons belong to: a province or the nation, and which units are its own."""

from __future__ import annotations

import datetime as dt

import asyncpg

from parindex.engine.period import local_day
from parindex.errors import Invalid
from parindex.register.roles import acting_as
from parindex.units.catalogue import UnitCatalogue
from parindex.units.records import NATION


async def ensure_authority(connection: asyncpg.Connection, units: UnitCatalogue, unit_id: int, day: dt.date) -> int:
    """The tenant of a province or of the nation, made where it is missing. For the operator: connects as the owner.

    Raises Invalid for any other unit. May run twice.
    """
    if unit_id != NATION and units.unit(unit_id).kind != "province":
        raise Invalid(
            f"{units.name(unit_id, day)} is no authority of its own: persons belong to a province or the nation.",
            code="authority_invalid",
            hint="Name the province (H01), or 'nation'; give the person a role for the unit.",
        )
    # `tenant` is written by survey-ingest alone (parindex/db/ownership.py).
    async with acting_as(connection, "survey-ingest"):
        await connection.execute(
            "INSERT INTO tenant (tenant_id, unit_id, name, joined_on) VALUES ($1, $1, $2, $3) ON CONFLICT DO NOTHING",
            unit_id,
            units.name(unit_id, day),
            day,
        )
    return unit_id


async def check_unit(connection: asyncpg.Connection, units: UnitCatalogue, tenant_id: int, unit_id: int) -> None:
    """Raises Invalid unless the unit exists today and stands at or under the authority's own unit."""
    now, root = await connection.fetchrow(
        "SELECT clock_timestamp(), (SELECT unit_id FROM tenant WHERE tenant_id = $1)", tenant_id
    )
    today = local_day(now)
    if unit_id not in units or not units.unit(unit_id).on(today):
        raise Invalid(
            f"Không có đơn vị số {unit_id} vào ngày {today:%d/%m/%Y}. / There is no unit {unit_id} on {today}.",
            code="unit_unknown",
            hint="Find units at GET /v1/units.",
        )
    if root is None or not units.in_subtree(frozenset({root}), unit_id, today):
        raise Invalid(
            f"{units.name(unit_id, today)} không thuộc cơ quan này. / Unit {unit_id} is outside this authority.",
            code="unit_outside_authority",
            hint="Give roles for units at or under the authority's own.",
        )
