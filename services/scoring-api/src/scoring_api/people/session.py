"""From a request to the person who sent it: bearer token or cookie of a sign-in that has not ended."""

from __future__ import annotations

import json
from typing import Annotated

import asyncpg
from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from parindex.errors import Unauthenticated
from scoring_api.dependencies import database_of, settings_of
from scoring_api.people.cookie import COOKIE, bearer_of, guard_cookie
from scoring_api.people.person import Person, Role
from scoring_api.people.tokens import digest, tenant_of

__all__ = ["COOKIE", "SignedIn", "person_of", "signed_in", "token_of"]

_SIGN_IN = HTTPBearer(
    scheme_name="sign_in", description="From POST /v1/sign-in; the pages send it as a cookie.", auto_error=False
)
"""Only for the OpenAPI document: the token is read by `token_of`."""
_SELECT = """
SELECT s.tenant_id, s.person_id, p.name,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(r.role, r.unit_id)), '[]') FROM person_role r
         WHERE r.tenant_id = s.tenant_id AND r.person_id = s.person_id AND r.revoked_at IS NULL)::text AS roles
FROM sign_in s JOIN person p ON p.tenant_id = s.tenant_id AND p.person_id = s.person_id
WHERE s.tenant_id = $1 AND s.token_sha256 = $2 AND s.ended_at IS NULL AND s.expires_at > now() AND p.disabled_at IS NULL
"""


def token_of(request: Request) -> str | None:
    """The sign-in token that a request carries: `Authorization: Bearer`, else the cookie of the pages."""
    bearer = bearer_of(request)
    return request.cookies.get(COOKIE) if bearer is None else bearer


async def person_of(connection: asyncpg.Connection, token: str | None) -> Person:
    """The person behind a sign-in token, with the roles of this moment. Raises Unauthenticated saying what is wrong."""
    if not token:
        raise Unauthenticated(
            "Chưa đăng nhập. / Nobody is signed in.", code="sign_in_missing", hint="Sign in at POST /v1/sign-in."
        )
    tenant_id = tenant_of("p", token)
    row = None if tenant_id is None else await connection.fetchrow(_SELECT, tenant_id, digest(token))
    if row is None:
        raise Unauthenticated(
            "Phiên đăng nhập đã hết hạn hoặc không đúng. / The sign-in is unknown or over.",
            code="sign_in_over",
            hint="Sign in again.",
        )
    roles = frozenset(Role(name, unit_id) for name, unit_id in json.loads(row["roles"]))
    return Person(row["tenant_id"], row["person_id"], row["name"], roles)


async def signed_in(
    request: Request, _documented: Annotated[HTTPAuthorizationCredentials | None, Security(_SIGN_IN)] = None
) -> Person:
    """FastAPI dependency: the signed-in person. Raises Unauthenticated; Forbidden where another site's page acts."""
    guard_cookie(request, settings_of(request).public_url)
    async with database_of(request).connection() as connection:
        return await person_of(connection, token_of(request))


SignedIn = Annotated[Person, Depends(signed_in)]
"""Parameter type of every route that needs a person; what the person may do is decided by the use case."""
