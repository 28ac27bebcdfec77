"""Persons of an authority: added, listed, disabled. Nobody is ever deleted: events name them."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
import msgspec

from parindex.errors import Conflict, Invalid
from parindex.units.catalogue import UnitCatalogue
from scoring_api.people import addresses, events
from scoring_api.people.acting import Acting
from scoring_api.people.invite import Invitation, invite, person_unknown
from scoring_api.people.person import Person, Role, RoleName
from scoring_api.people.roles import grant_role, keep_an_officer, lock_officers, revoke_all
from scoring_api.people.started import end_all

LONGEST_NAME = 200


class HeldRole(msgspec.Struct, frozen=True):
    """A role that holds, with the id by which it is taken."""

    role_id: int
    role: RoleName
    unit_id: int | None
    granted_at: dt.datetime


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person as officers see them; nothing of what they sign in with."""

    person_id: int
    name: str
    work_address: str
    disabled: bool
    local_sign_in: bool
    """Password and authenticator are set."""
    invited_until: dt.datetime | None
    oidc: bool
    roles: tuple[HeldRole, ...]


_LINES = """
SELECT p.person_id, p.name, p.work_address, p.disabled_at IS NOT NULL AS disabled,
       coalesce(s.password_hash IS NOT NULL AND s.invitation_sha256 IS NULL, false) AS local_sign_in,
       CASE WHEN s.invitation_until > clock_timestamp() THEN s.invitation_until END AS invited_until,
       EXISTS (SELECT FROM person_identity i WHERE i.tenant_id = p.tenant_id AND i.person_id = p.person_id) AS oidc,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('role_id', r.person_role_id, 'role', r.role, 'unit_id', r.unit_id, 'granted_at', r.granted_at) ORDER BY r.person_role_id), '[]')
          FROM person_role r WHERE r.tenant_id = p.tenant_id AND r.person_id = p.person_id AND r.revoked_at IS NULL)::text AS roles
FROM person p LEFT JOIN person_secret s ON s.tenant_id = p.tenant_id AND s.person_id = p.person_id
WHERE p.tenant_id = $1 AND ($2::int IS NULL OR p.person_id = $2) ORDER BY p.name, p.person_id
"""
_roles = msgspec.json.Decoder(tuple[HeldRole, ...])


async def list_persons(connection: asyncpg.Connection, reader: Person) -> list[PersonLine]:
    """Everybody of the reader's authority, disabled ones too. Raises Forbidden for all but officers and auditors."""
    reader.need("officer", "auditor")
    return await lines(connection, reader.tenant_id)


async def lines(connection: asyncpg.Connection, tenant_id: int, person_id: int | None = None) -> list[PersonLine]:
    """Persons of an authority by name, or the one named."""
    rows = await connection.fetch(_LINES, tenant_id, person_id)
    return [PersonLine(**{**dict(row.items()), "roles": _roles.decode(row["roles"])}) for row in rows]


async def line(connection: asyncpg.Connection, tenant_id: int, person_id: int) -> PersonLine:
    """One person of an authority. Raises NotFound."""
    found = await lines(connection, tenant_id, person_id)
    if not found:
        raise person_unknown(person_id)
    return found[0]


async def add_person(
    connection: asyncpg.Connection,
    units: UnitCatalogue,
    acting: Acting,
    *,
    name: str,
    work_address: str,
    roles: Sequence[Role] = (),
    why: str,
) -> Invitation:
    """A new person with roles and an invitation. Raises Invalid, and Conflict where the authority knows the address."""
    full_name = " ".join(unicodedata.normalize("NFC", name).split())
    if not 0 < len(full_name) <= LONGEST_NAME:
        raise Invalid(
            f"Họ tên cần từ 1 đến {LONGEST_NAME} ký tự. / A name has 1 to {LONGEST_NAME} characters.",
            code="name_invalid",
            hint="Give the person's full name.",
        )
    now = await events.instant(connection)
    person_id = await connection.fetchval(
        "INSERT INTO person (tenant_id, name, work_address, recorded_at) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, work_address) DO NOTHING RETURNING person_id",
        acting.tenant_id,
        full_name,
        addresses.work_address(work_address),
        now,
    )
    if person_id is None:
        raise Conflict(
            "Địa chỉ công vụ này đã có trong cơ quan. / The authority already has a person with this work address.",
            code="person_exists",
            hint="Invite that person again instead; see GET /v1/persons.",
        )
    await events.append(
        connection, acting.tenant_id, person_id, "added", now, by=acting.person_id, detail=acting.record(why)
    )
    for role in roles:
        await grant_role(connection, units, acting, person_id, role, why)
    return await invite(connection, acting, person_id, why)


async def disable_person(connection: asyncpg.Connection, acting: Acting, person_id: int, why: str) -> None:
    """Ends a person's access at once: sign-ins, invitation, OIDC identity and roles. Disabling twice changes nothing.

    Raises NotFound outside the authority, Conflict where nobody would be left as officer.
    """
    await lock_officers(connection, acting.tenant_id)
    row = await connection.fetchrow(
        "SELECT disabled_at FROM person WHERE tenant_id = $1 AND person_id = $2 FOR UPDATE", acting.tenant_id, person_id
    )
    if row is None:
        raise person_unknown(person_id)
    if row["disabled_at"] is not None:
        return
    now = await events.instant(connection)
    was_officer = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM person_role WHERE tenant_id = $1 AND person_id = $2 AND role = 'officer' AND revoked_at IS NULL)",
        acting.tenant_id,
        person_id,
    )
    await revoke_all(connection, acting, person_id, why)
    if was_officer:
        await keep_an_officer(connection, acting.tenant_id)
    await connection.execute(
        "UPDATE person SET disabled_at = $3 WHERE tenant_id = $1 AND person_id = $2", acting.tenant_id, person_id, now
    )
    await connection.execute(
        "UPDATE person_secret SET password_hash = NULL, totp_sealed = NULL, invitation_sha256 = NULL, invitation_until = NULL, changed_at = $3 WHERE tenant_id = $1 AND person_id = $2",
        acting.tenant_id,
        person_id,
        now,
    )
    await connection.execute(
        "DELETE FROM person_identity WHERE tenant_id = $1 AND person_id = $2", acting.tenant_id, person_id
    )
    await end_all(connection, acting.tenant_id, person_id, now)
    await events.append(
        connection, acting.tenant_id, person_id, "disabled", now, by=acting.person_id, detail=acting.record(why)
    )
