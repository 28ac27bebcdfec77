"""Who speaks: verifies opaque bearer tokens against the database, remembered for at most `REMEMBER_SECONDS`.

Revoking a credential or a token therefore takes effect within 5 seconds in every process.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from parindex.db.session import Database
from parindex.errors import Forbidden, Unauthenticated

REMEMBER_SECONDS = 3.0
_MOST_REMEMBERED = 10_000
_TOKEN = re.compile(r"t(\d{1,9})\.[A-Za-z0-9_-]{20,86}")


@dataclass(frozen=True, slots=True)
class Caller:
    """The principal behind a token, its credential, and what they may do where."""

    tenant_id: int
    credential_id: str
    principal_id: int
    system_id: int | None
    realm: str
    scopes: frozenset[str]
    scope_unit_ids: frozenset[int]
    expires_at: dt.datetime
    personal_data: str = "refuse"
    respondent_kinds: dict[str, str] = field(default_factory=dict)
    dossier_codes: dict[str, dict[str, str | None]] = field(default_factory=dict)
    """The vendor's own codes in dossiers, by field: theirs -> the portal's (None: means nothing)."""
    items_per_minute: int = 0
    requests_per_minute: int = 0

    def need(self, scope: str) -> None:
        """Raises Forbidden unless the credential has the scope."""
        if scope not in self.scopes:
            raise Forbidden(
                f"This credential lacks the scope {scope!r}.",
                code="scope_missing",
                hint=f"Ask the operator for a credential with scope {scope}.",
            )


_SELECT = """
SELECT t.tenant_id, t.credential_id, c.principal_id, c.system_id, c.realm, c.scopes, t.expires_at,
       coalesce(s.scope_unit_ids, c.scope_unit_ids) AS scope_unit_ids, s.personal_data, s.respondent_kinds::text, s.dossier_codes::text, s.items_per_minute, s.requests_per_minute
FROM access_token t
JOIN credential c ON c.tenant_id = t.tenant_id AND c.credential_id = t.credential_id
LEFT JOIN sending_system s ON s.tenant_id = c.tenant_id AND s.system_id = c.system_id
WHERE t.tenant_id = $1 AND t.token_sha256 = $2 AND t.expires_at > now() AND c.revoked_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > now())
"""


class Authenticator:
    """Token -> Caller. One per process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._remembered: dict[str, tuple[float, Caller]] = {}
        self._asking: dict[str, asyncio.Task[Caller]] = {}

    async def caller(self, authorization: str | None) -> Caller:
        """The caller of an `Authorization` header. Raises Unauthenticated saying what is wrong with it."""
        if not authorization:
            raise Unauthenticated(
                "No bearer token was sent.",
                code="token_missing",
                hint="Get one at POST /v1/token and send it as 'Authorization: Bearer ...'.",
            )
        remembered = self._remembered.get(authorization)
        if remembered is not None and remembered[0] > time.monotonic():
            return remembered[1]
        task = self._asking.get(authorization)
        if task is None:
            task = self._asking[authorization] = asyncio.create_task(self._ask(authorization))
            task.add_done_callback(lambda _: self._asking.pop(authorization, None))
        return await asyncio.shield(task)

    async def _ask(self, authorization: str) -> Caller:
        scheme, _, token = authorization.partition(" ")
        match = _TOKEN.fullmatch(token.strip())
        if scheme.lower() != "bearer" or not match or int(match[1]) > 2_147_483_647:
            raise Unauthenticated(
                "The Authorization header is not a bearer token of this system.",
                code="token_unreadable",
                hint="Send 'Authorization: Bearer <access_token>' as given by POST /v1/token.",
            )
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_SELECT, int(match[1]), hashlib.sha256(token.strip().encode()).digest())
        if row is None:
            raise Unauthenticated(
                "The token is unknown, expired or revoked.",
                code="token_invalid",
                hint="Get a new one at POST /v1/token.",
            )
        caller = _caller(row)
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        left = (caller.expires_at - dt.datetime.now(dt.UTC)).total_seconds()
        self._remembered[authorization] = (time.monotonic() + min(REMEMBER_SECONDS, left), caller)
        return caller


def _caller(row: asyncpg.Record) -> Caller:
    optional: dict[str, Any] = {}
    if row["system_id"] is not None:
        optional = {
            "personal_data": row["personal_data"],
            "respondent_kinds": json.loads(row["respondent_kinds"]),
            "dossier_codes": json.loads(row["dossier_codes"]),
            "items_per_minute": row["items_per_minute"],
            "requests_per_minute": row["requests_per_minute"],
        }
    return Caller(
        row["tenant_id"],
        row["credential_id"],
        row["principal_id"],
        row["system_id"],
        row["realm"],
        frozenset(row["scopes"]),
        frozenset(row["scope_unit_ids"]),
        row["expires_at"],
        **optional,
    )
