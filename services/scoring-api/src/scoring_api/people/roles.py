"""Roles given and taken: by an officer inside the own authority, or by the operator; never leaving an authority without officer."""

from __future__ import annotations

import datetime as dt

import asyncpg

from parindex.errors import Conflict, Forbidden, Invalid, NotFound
from parindex.units.catalogue import UnitCatalogue
from scoring_api.people import events
from scoring_api.people.acting import Acting
from scoring_api.people.authority import check_unit
from scoring_api.people.invite import person_unknown
from scoring_api.people.person import ROLE_WORDS_VI, Role

OF_A_UNIT = ("unit", "appraiser")


async def grant_role(
    connection: asyncpg.Connection, units: UnitCatalogue, acting: Acting, person_id: int, role: Role, why: str
) -> int:
    """Id of the role, which the person may have had before (then nothing changes). May run twice.

    Raises NotFound outside the authority, Invalid for a unit that is missing, too much, or outside the authority,
    Conflict for a disabled person, Forbidden for an officer's own self: who steers rounds does not become their judge alone.
    """
    if acting.person_id == person_id:
        raise Forbidden(
            "Không tự giao vai trò cho chính mình. / Nobody gives a role to himself.",
            code="own_roles",
            hint="Another officer, or the operator (parindex persons), gives it.",
        )
    await _check(connection, units, acting, role)
    row = await connection.fetchrow(
        "SELECT disabled_at FROM person WHERE tenant_id = $1 AND person_id = $2 FOR UPDATE", acting.tenant_id, person_id
    )
    if row is None:
        raise person_unknown(person_id)
    if row["disabled_at"] is not None:
        raise Conflict(
            "Người này đã bị ngừng truy cập. / The person is disabled.",
            code="person_disabled",
            hint="Invite the person again first.",
        )
    held: int | None = await connection.fetchval(
        "SELECT person_role_id FROM person_role WHERE tenant_id = $1 AND person_id = $2 AND role = $3 AND unit_id IS NOT DISTINCT FROM $4 AND revoked_at IS NULL",
        acting.tenant_id,
        person_id,
        role.name,
        role.unit_id,
    )
    if held is not None:
        return held
    now = await events.instant(connection)
    role_id: int = await connection.fetchval(
        "INSERT INTO person_role (tenant_id, person_id, role, unit_id, granted_by, why, granted_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING person_role_id",
        acting.tenant_id,
        person_id,
        role.name,
        role.unit_id,
        acting.person_id,
        why,
        now,
    )
    detail = acting.record(why, role=role.name, unit_id=role.unit_id, role_id=role_id)
    await events.append(
        connection, acting.tenant_id, person_id, "role_granted", now, by=acting.person_id, detail=detail
    )
    return role_id


async def revoke_role(connection: asyncpg.Connection, acting: Acting, person_id: int, role_id: int, why: str) -> None:
    """Takes a role; it ends with the next request. Taking it twice changes nothing.

    Raises NotFound for a role that this person never had, Conflict where nobody would be left as officer.
    """
    await lock_officers(connection, acting.tenant_id)
    row = await connection.fetchrow(
        "SELECT role, unit_id, revoked_at FROM person_role WHERE tenant_id = $1 AND person_id = $2 AND person_role_id = $3 FOR UPDATE",
        acting.tenant_id,
        person_id,
        role_id,
    )
    if row is None:
        raise NotFound(
            f"Người dùng số {person_id} không có vai trò số {role_id}. / Person {person_id} has no role {role_id}.",
            code="role_unknown",
            hint="See GET /v1/persons.",
        )
    if row["revoked_at"] is None:
        await _end(connection, acting, person_id, role_id, why)
        if row["role"] == "officer":
            await keep_an_officer(connection, acting.tenant_id)


async def revoke_all(connection: asyncpg.Connection, acting: Acting, person_id: int, why: str) -> None:
    """Takes every role of a person; the caller holds `lock_officers` and keeps an officer."""
    rows = await connection.fetch(
        "SELECT person_role_id FROM person_role WHERE tenant_id = $1 AND person_id = $2 AND revoked_at IS NULL ORDER BY person_role_id",
        acting.tenant_id,
        person_id,
    )
    for row in rows:
        await _end(connection, acting, person_id, row["person_role_id"], why)


async def lock_officers(connection: asyncpg.Connection, tenant_id: int) -> None:
    """Two officers who remove each other at the same time take turns here."""
    await connection.execute(
        "SELECT FROM person_role WHERE tenant_id = $1 AND role = 'officer' AND revoked_at IS NULL ORDER BY person_role_id FOR UPDATE",
        tenant_id,
    )


async def keep_an_officer(connection: asyncpg.Connection, tenant_id: int) -> None:
    """Raises Conflict where what was done in this transaction leaves the authority without any officer."""
    left = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM person_role r JOIN person p ON p.tenant_id = r.tenant_id AND p.person_id = r.person_id"
        " WHERE r.tenant_id = $1 AND r.role = 'officer' AND r.revoked_at IS NULL AND p.disabled_at IS NULL)",
        tenant_id,
    )
    if not left:
        raise Conflict(
            "Cơ quan phải còn ít nhất một cán bộ quản trị. / The authority would be left without an officer.",
            code="last_officer",
            hint="Give somebody else the role officer first.",
        )


async def _check(connection: asyncpg.Connection, units: UnitCatalogue, acting: Acting, role: Role) -> None:
    if (role.name in OF_A_UNIT) != (role.unit_id is not None):
        needs = "needs a unit" if role.name in OF_A_UNIT else "is for the whole authority: give no unit"
        raise Invalid(
            f"Vai trò “{ROLE_WORDS_VI[role.name]}”: thiếu hoặc thừa đơn vị. / The role {role.name} {needs}.",
            code="role_unit",
            hint="unit and appraiser are for one unit; officer, council and auditor for the authority.",
        )
    if role.unit_id is not None:
        await check_unit(connection, units, acting.tenant_id, role.unit_id)


async def _end(connection: asyncpg.Connection, acting: Acting, person_id: int, role_id: int, why: str) -> None:
    now: dt.datetime = await events.instant(connection)
    role, unit_id = await connection.fetchrow(
        "UPDATE person_role SET revoked_by = $3, revoked_at = $4 WHERE tenant_id = $1 AND person_role_id = $2 RETURNING role, unit_id",
        acting.tenant_id,
        role_id,
        acting.person_id,
        now,
    )
    detail = acting.record(why, role=role, unit_id=unit_id, role_id=role_id)
    await events.append(
        connection, acting.tenant_id, person_id, "role_revoked", now, by=acting.person_id, detail=detail
    )
