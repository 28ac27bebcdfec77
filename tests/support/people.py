"""Officials with a real sign-in, put into the database as scoring-api would have left them."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import secrets
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import asyncpg

from parindex.db.session import Database

_numbers = itertools.count(1)
GivenRole = str | tuple[str, int | None]
"""A role's word, or with the unit that it is for: `"officer"`, `("unit", 990001)`."""


@dataclass(frozen=True)
class SignedPerson:
    """A person who has signed in. `headers` make a request that person's."""

    tenant_id: int
    person_id: int
    name: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


async def make_person(
    where: asyncpg.Connection | Database,
    tenant_id: int,
    name: str,
    roles: Sequence[GivenRole] = (),
    *,
    work_address: str | None = None,
    minutes: int = 60,
) -> SignedPerson:
    """Inserts person, roles and a sign-in of that many minutes; the authority too where the login may (the owner's may)."""
    async with where.transaction() if isinstance(where, Database) else nullcontext(where) as connection:
        return await _insert(connection, tenant_id, name, roles, work_address, minutes)


async def _insert(
    connection: Any,
    tenant_id: int,
    name: str,
    roles: Sequence[GivenRole],
    work_address: str | None,
    minutes: int,
) -> SignedPerson:
    now = dt.datetime.now(dt.UTC)
    if await connection.fetchval("SELECT has_table_privilege('tenant', 'INSERT')"):
        await connection.execute(
            "INSERT INTO tenant (tenant_id, unit_id, name, joined_on) VALUES ($1, $1, $2, $3) ON CONFLICT DO NOTHING",
            tenant_id,
            f"Cơ quan {tenant_id}",
            now.date(),
        )
    person_id = await connection.fetchval(
        "INSERT INTO person (tenant_id, name, work_address, recorded_at) VALUES ($1, $2, $3, $4) RETURNING person_id",
        tenant_id,
        name,
        work_address or f"nguoi{next(_numbers)}.{secrets.token_hex(3)}@example.gov.vn",
        now,
    )
    await connection.execute(
        "INSERT INTO person_secret (tenant_id, person_id, changed_at) VALUES ($1, $2, $3)", tenant_id, person_id, now
    )
    for given in roles:
        role, unit_id = (given, None) if isinstance(given, str) else given
        await connection.execute(
            "INSERT INTO person_role (tenant_id, person_id, role, unit_id, why, granted_at) VALUES ($1, $2, $3, $4, 'test', $5)",
            tenant_id,
            person_id,
            role,
            unit_id,
            now,
        )
    token = f"p{tenant_id}.{secrets.token_urlsafe(32)}"
    await connection.execute(
        "INSERT INTO sign_in (tenant_id, token_sha256, person_id, method, started_at, expires_at) VALUES ($1, $2, $3, 'local', $4, $5)",
        tenant_id,
        hashlib.sha256(token.encode()).digest(),
        person_id,
        now,
        now + dt.timedelta(minutes=minutes),
    )
    return SignedPerson(tenant_id, person_id, name, token)
