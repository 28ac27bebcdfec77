"""From a request to the person who sent it: bearer token or cookie of a sign-in that has not ended."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated

import asyncpg
from fastapi import Depends, Request

from parindex.errors import Unauthenticated
from scoring_api.dependencies import database_of
from scoring_api.people.person import Person, Role

COOKIE = "parindex_sign_in"
_TOKEN = re.compile(r"p(\d{1,9})\.[A-Za-z0-9_-]{43}")
_SELECT = """
SELECT s.tenant_id, s.person_id, p.name,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(r.role, r.unit_id)), '[]') FROM person_role r
         WHERE r.tenant_id = s.tenant_id AND r.person_id = s.person_id AND r.revoked_at IS NULL)::text AS roles
FROM sign_in s JOIN person p ON p.tenant_id = s.tenant_id AND p.person_id = s.person_id
WHERE s.tenant_id = $1 AND s.token_sha256 = $2 AND s.ended_at IS NULL AND s.expires_at > now() AND p.disabled_at IS NULL
"""


def token_of(request: Request) -> str | None:
    """The sign-in token that a request carries: `Authorization: Bearer`, else the cookie of the pages."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.cookies.get(COOKIE)


async def person_of(connection: asyncpg.Connection, token: str | None) -> Person:
    """The person behind a sign-in token, with the roles of this moment. Raises Unauthenticated saying what is wrong."""
    if not token:
        raise Unauthenticated(
            "Chưa đăng nhập. / Nobody is signed in.", code="sign_in_missing", hint="Sign in at POST /v1/sign-in."
        )
    match = _TOKEN.fullmatch(token)
    row = None
    if match and int(match[1]) <= 2_147_483_647:
        row = await connection.fetchrow(_SELECT, int(match[1]), hashlib.sha256(token.encode()).digest())
    if row is None:
        raise Unauthenticated(
            "Phiên đăng nhập đã hết hạn hoặc không đúng. / The sign-in is unknown or over.",
            code="sign_in_over",
            hint="Sign in again.",
        )
    roles = frozenset(Role(name, unit_id) for name, unit_id in json.loads(row["roles"]))
    return Person(row["tenant_id"], row["person_id"], row["name"], roles)


async def signed_in(request: Request) -> Person:
    """FastAPI dependency: the signed-in person. Raises Unauthenticated."""
    async with database_of(request).connection() as connection:
        return await person_of(connection, token_of(request))


SignedIn = Annotated[Person, Depends(signed_in)]
"""Parameter type of every route that needs a person; what the person may do is decided by the use case."""
