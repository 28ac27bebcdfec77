"""Sending systems, auditors and their credentials: created, listed, rotated, revoked by the operator's command line.

A secret is shown once and stored as SHA-256 (it is 256 random bits, so no slow hash is needed). Every event records
the principal that acted, as far as the operator names it, and the credential.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from parindex.errors import Conflict, Invalid, NotFound
from survey_ingest.facts import new_id

SCOPES = ("ingest", "backfill", "audit")


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """A new credential with its secret, which is never shown again."""

    tenant_id: int
    credential_id: str
    secret: str
    realm: str
    system_id: int | None
    name: str


async def _principal(
    connection: asyncpg.Connection, tenant_id: int, kind: str, name: str, work_address: str | None, now: dt.datetime
) -> int:
    row = await connection.fetchval(
        "SELECT principal_id FROM principal WHERE tenant_id = $1 AND kind = $2 AND name = $3 AND work_address IS NOT DISTINCT FROM $4",
        tenant_id,
        kind,
        name,
        work_address,
    )
    if row is None:
        row = await connection.fetchval(
            "INSERT INTO principal (tenant_id, kind, name, work_address, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING principal_id",
            tenant_id,
            kind,
            name,
            work_address,
            now,
        )
    return int(row)


async def _event(
    connection: asyncpg.Connection,
    tenant_id: int,
    credential_id: str,
    principal_id: int,
    kind: str,
    detail: dict[str, object],
    now: dt.datetime,
) -> None:
    await connection.execute(
        "INSERT INTO credential_event (tenant_id, event_id, credential_id, principal_id, kind, detail, recorded_at) VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7)",
        tenant_id,
        new_id(),
        credential_id,
        principal_id,
        kind,
        json.dumps(detail),
        now,
    )


async def _issue(
    connection: asyncpg.Connection,
    *,
    tenant_id: int,
    principal_id: int,
    system_id: int | None,
    realm: str,
    scopes: Sequence[str],
    units: Sequence[int],
    name: str,
    by: str,
    now: dt.datetime,
) -> IssuedCredential:
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise Invalid(
            f"Unknown scope {', '.join(unknown) or '(none)'}.",
            code="scope_unknown",
            hint=f"Choose of: {', '.join(SCOPES)}.",
        )
    credential_id, secret = f"c{tenant_id}-{secrets.token_hex(8)}", secrets.token_urlsafe(32)
    await connection.execute(
        "INSERT INTO credential (tenant_id, credential_id, principal_id, system_id, realm, scopes, scope_unit_ids, secret_sha256, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant_id,
        credential_id,
        principal_id,
        system_id,
        realm,
        list(scopes),
        list(units),
        hashlib.sha256(secret.encode()).digest(),
        now,
    )
    await _event(connection, tenant_id, credential_id, principal_id, "created", {"scopes": list(scopes), "by": by}, now)
    return IssuedCredential(tenant_id, credential_id, secret, realm, system_id, name)


async def _tenant_of(connection: asyncpg.Connection, unit_ids: Sequence[int], realm: str, today: dt.date) -> int:
    """The authority that owns the rows: the province above all the roots, made a tenant on first use; several: the nation."""
    rows = await connection.fetch(
        "SELECT unit_id, realm, kind FROM unit WHERE unit_id = ANY($1::int[])", list(unit_ids)
    )
    if missing := sorted(set(unit_ids) - {row["unit_id"] for row in rows}):
        raise NotFound(
            f"No unit has the id {missing}.", code="unit_not_found", hint="Find ids with: parindex units search NAME"
        )
    if wrong := [row["unit_id"] for row in rows if row["realm"] not in ("production", realm)]:
        raise Invalid(
            f"Units {wrong} are invented and belong to another realm than {realm}.",
            code="realm_mismatch",
            hint="Name the realm of those units.",
        )
    provinces = set()
    for row in rows:
        unit_id: int | None = row["unit_id"]
        while unit_id is not None and unit_id != 0:
            kind = await connection.fetchval("SELECT kind FROM unit WHERE unit_id = $1", unit_id)
            if kind == "province":
                break
            unit_id = await connection.fetchval(
                "SELECT parent_id FROM unit_parent WHERE unit_id = $1 ORDER BY upper_inf(valid) DESC, upper(valid) DESC LIMIT 1",
                unit_id,
            )
        provinces.add(unit_id or 0)
    tenant_id = provinces.pop() if len(provinces) == 1 else 0
    name = await connection.fetchval(
        "SELECT name FROM unit_name WHERE unit_id = $1 ORDER BY upper_inf(valid) DESC, upper(valid) DESC LIMIT 1",
        tenant_id,
    )
    await connection.execute(
        "INSERT INTO tenant (tenant_id, unit_id, name, joined_on) VALUES ($1, $1, $2, $3) ON CONFLICT DO NOTHING",
        tenant_id,
        name,
        today,
    )
    return tenant_id


async def create_system(
    connection: asyncpg.Connection,
    *,
    name: str,
    realm: str,
    unit_ids: Sequence[int],
    scopes: Sequence[str] = ("ingest",),
    personal_data: str = "refuse",
    respondent_kinds: dict[str, str] | None = None,
    by: str = "operator",
    now: dt.datetime,
) -> IssuedCredential:
    """A sending system with its first credential. Raises Conflict where the tenant has a system of that name in that realm."""
    if realm not in ("production", "sandbox", "synthetic"):
        raise Invalid(f"Unknown realm {realm!r}.", code="realm_unknown", hint="production, sandbox or synthetic.")
    if personal_data not in ("refuse", "strip"):
        raise Invalid(f"Unknown policy {personal_data!r}.", code="policy_unknown", hint="refuse or strip.")
    if not unit_ids:
        raise Invalid("A sending system needs at least one unit to speak for.", code="scope_empty", hint="--unit H01")
    tenant_id = await _tenant_of(connection, unit_ids, realm, now.date())
    if await connection.fetchval(
        "SELECT 1 FROM sending_system WHERE tenant_id = $1 AND realm = $2 AND name = $3", tenant_id, realm, name
    ):
        raise Conflict(
            f"Tenant {tenant_id} already has a system {name!r} in realm {realm}.",
            code="system_exists",
            hint="Rotate its credential with: parindex systems rotate CREDENTIAL",
        )
    principal_id = await _principal(connection, tenant_id, "system", name, None, now)
    system_id = await connection.fetchval(
        "INSERT INTO sending_system (tenant_id, principal_id, name, realm, scope_unit_ids, personal_data, respondent_kinds, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8) RETURNING system_id",
        tenant_id,
        principal_id,
        name,
        realm,
        list(unit_ids),
        personal_data,
        json.dumps(respondent_kinds or {}),
        now,
    )
    return await _issue(
        connection,
        tenant_id=tenant_id,
        principal_id=principal_id,
        system_id=system_id,
        realm=realm,
        scopes=scopes,
        units=unit_ids,
        name=name,
        by=by,
        now=now,
    )


async def create_auditor(
    connection: asyncpg.Connection,
    *,
    name: str,
    work_address: str,
    realm: str,
    unit_ids: Sequence[int],
    by: str = "operator",
    now: dt.datetime,
) -> IssuedCredential:
    """A person's read credential with scope `audit` over subtrees of units (name and work address only)."""
    tenant_id = await _tenant_of(connection, unit_ids, realm, now.date())
    principal_id = await _principal(connection, tenant_id, "person", name, work_address, now)
    return await _issue(
        connection,
        tenant_id=tenant_id,
        principal_id=principal_id,
        system_id=None,
        realm=realm,
        scopes=("audit",),
        units=unit_ids,
        name=name,
        by=by,
        now=now,
    )


async def _existing(connection: asyncpg.Connection, credential_id: str) -> asyncpg.Record:
    row = await connection.fetchrow("SELECT * FROM credential WHERE credential_id = $1", credential_id)
    if row is None:
        raise NotFound(
            f"There is no credential {credential_id}.", code="credential_not_found", hint="See: parindex systems list"
        )
    return row


async def rotate(
    connection: asyncpg.Connection, credential_id: str, *, overlap: dt.timedelta, by: str = "operator", now: dt.datetime
) -> IssuedCredential:
    """A second credential of the same principal; the old one ends after `overlap`, so that a vendor can change over."""
    old = await _existing(connection, credential_id)
    if old["revoked_at"] is not None:
        raise Conflict(
            f"Credential {credential_id} is revoked.",
            code="credential_revoked",
            hint="Rotate a credential that still holds, or create another system.",
        )
    name = await connection.fetchval(
        "SELECT name FROM principal WHERE tenant_id = $1 AND principal_id = $2", old["tenant_id"], old["principal_id"]
    )
    issued = await _issue(
        connection,
        tenant_id=old["tenant_id"],
        principal_id=old["principal_id"],
        system_id=old["system_id"],
        realm=old["realm"],
        scopes=old["scopes"],
        units=old["scope_unit_ids"],
        name=name,
        by=by,
        now=now,
    )
    ends = now + overlap
    await connection.execute(
        "UPDATE credential SET expires_at = least(coalesce(expires_at, $3), $3) WHERE tenant_id = $1 AND credential_id = $2",
        old["tenant_id"],
        credential_id,
        ends,
    )
    await _event(
        connection,
        old["tenant_id"],
        credential_id,
        old["principal_id"],
        "rotated",
        {"to": issued.credential_id, "ends": ends.isoformat(), "by": by},
        now,
    )
    return issued


async def revoke(
    connection: asyncpg.Connection, credential_id: str, *, reason: str, by: str = "operator", now: dt.datetime
) -> bool:
    """Ends a credential and its tokens within 5 seconds everywhere. False: it was revoked before."""
    old = await _existing(connection, credential_id)
    if old["revoked_at"] is not None:
        return False
    await connection.execute(
        "UPDATE credential SET revoked_at = $3 WHERE tenant_id = $1 AND credential_id = $2",
        old["tenant_id"],
        credential_id,
        now,
    )
    await _event(
        connection, old["tenant_id"], credential_id, old["principal_id"], "revoked", {"reason": reason, "by": by}, now
    )
    return True


async def list_credentials(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    """Every credential with its system or person; never a secret."""
    rows: list[asyncpg.Record] = await connection.fetch(
        "SELECT c.tenant_id, c.credential_id, p.kind, p.name, c.realm, c.scopes, c.scope_unit_ids, c.created_at, c.expires_at, c.revoked_at FROM credential c"
        " JOIN principal p ON p.tenant_id = c.tenant_id AND p.principal_id = c.principal_id ORDER BY c.tenant_id, p.name, c.created_at"
    )
    return rows
