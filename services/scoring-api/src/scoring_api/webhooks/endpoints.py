"""Endpoints made, given a new secret, disabled: by officers of the authority. A secret is shown once and kept sealed."""

from __future__ import annotations

import base64
import datetime as dt
import json
import secrets
from dataclasses import dataclass

import asyncpg

from parindex.errors import Conflict, Invalid, NotFound
from parindex.web.logs import get_logger
from parindex.web.receivers import examine_url
from scoring_api.feed.page import feed_head
from scoring_api.people.person import Person
from scoring_api.people.seal import Seal

OLD_SECRET_HOLDS = dt.timedelta(hours=24)
"""After a rotation messages carry signatures of both secrets for so long."""
MOST_ENDPOINTS = 20
"""Of one authority, disabled ones not counted."""


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret that was just made."""

    endpoint_id: int
    secret: str
    old_secret_until: dt.datetime | None = None


async def make_endpoint(
    connection: asyncpg.Connection,
    seal: Seal,
    person: Person,
    *,
    url: str,
    kinds: list[str],
    realm: str,
    after: int | None,
    private: bool,
) -> NewSecret:
    """A new endpoint that hears every change after `after`, from now on by default.

    Raises Forbidden, Invalid with everything that stands against the URL, Conflict where the authority has too many.
    """
    person.need("officer")
    findings = examine_url(url, realm, private=private)
    if findings:
        raise Invalid(
            " ".join(finding.message for finding in findings),
            code=findings[0].code,
            hint=findings[0].hint,
            findings=findings,
        )
    secret, sealed = _new_secret(seal)
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('parindex-webhooks', $1))", person.tenant_id
    )
    number = await connection.fetchval(
        "SELECT count(*) FROM webhook_endpoint WHERE tenant_id = $1 AND disabled_at IS NULL", person.tenant_id
    )
    if number >= MOST_ENDPOINTS:
        raise Conflict(
            f"Cơ quan đã có {MOST_ENDPOINTS} địa chỉ nhận. / The authority has {MOST_ENDPOINTS} endpoints already.",
            code="webhooks_too_many",
            hint="Disable one that is not used.",
        )
    head = await feed_head(connection)
    endpoint_id = await connection.fetchval(
        "INSERT INTO webhook_endpoint (tenant_id, url, kinds, realm, from_change_no, secret_sealed, person_id, recorded_at)"
        " VALUES ($1, $2, $3::jsonb, $4, $5, $6, $7, clock_timestamp()) RETURNING endpoint_id",
        person.tenant_id,
        url,
        json.dumps(kinds),
        realm,
        head if after is None else min(after, head),
        sealed,
        person.person_id,
    )
    _log(person, endpoint_id, "made")
    return NewSecret(endpoint_id, secret)


async def rotate_secret(connection: asyncpg.Connection, seal: Seal, person: Person, endpoint_id: int) -> NewSecret:
    """A new secret; the one before it signs, too, for 24 hours more. Not for running twice: each call makes another one.

    Raises Forbidden, NotFound outside the authority, Conflict for a disabled endpoint.
    """
    await lock_endpoint(connection, person, endpoint_id)
    secret, sealed = _new_secret(seal)
    until = await connection.fetchval(
        "UPDATE webhook_endpoint SET old_secret_sealed = secret_sealed, old_secret_until = clock_timestamp() + $3, secret_sealed = $4"
        " WHERE tenant_id = $1 AND endpoint_id = $2 RETURNING old_secret_until",
        person.tenant_id,
        endpoint_id,
        OLD_SECRET_HOLDS,
        sealed,
    )
    _log(person, endpoint_id, "secret_rotated")
    return NewSecret(endpoint_id, secret, until)


async def disable_endpoint(connection: asyncpg.Connection, person: Person, endpoint_id: int) -> None:
    """Sends nothing more there, for good. Disabling twice changes nothing. Raises Forbidden, NotFound outside the authority."""
    person.need("officer")
    done = await connection.execute(
        "UPDATE webhook_endpoint SET disabled_at = coalesce(disabled_at, clock_timestamp()), old_secret_sealed = NULL, old_secret_until = NULL"
        " WHERE tenant_id = $1 AND endpoint_id = $2",
        person.tenant_id,
        endpoint_id,
    )
    if done == "UPDATE 0":
        raise endpoint_unknown(endpoint_id)
    _log(person, endpoint_id, "disabled")


async def lock_endpoint(connection: asyncpg.Connection, person: Person, endpoint_id: int) -> None:
    """Keeps others from changing the endpoint till the commit. Raises Forbidden, NotFound, Conflict where it is disabled."""
    person.need("officer")
    row = await connection.fetchrow(
        "SELECT disabled_at FROM webhook_endpoint WHERE tenant_id = $1 AND endpoint_id = $2 FOR UPDATE",
        person.tenant_id,
        endpoint_id,
    )
    if row is None:
        raise endpoint_unknown(endpoint_id)
    if row["disabled_at"] is not None:
        raise Conflict(
            f"Địa chỉ nhận số {endpoint_id} đã ngừng. / Endpoint {endpoint_id} is disabled.",
            code="webhook_disabled",
            hint="Make a new one.",
        )


async def reseal_secrets(connection: asyncpg.Connection, seal: Seal) -> int:
    """Seals every endpoint's secrets with the first key; returns how many endpoints. May run twice. Raises Unavailable."""
    rows = await connection.fetch(
        "SELECT tenant_id, endpoint_id, secret_sealed, old_secret_sealed FROM webhook_endpoint FOR UPDATE"
    )
    await connection.executemany(
        "UPDATE webhook_endpoint SET secret_sealed = $3, old_secret_sealed = $4 WHERE tenant_id = $1 AND endpoint_id = $2",
        [
            (
                row["tenant_id"],
                row["endpoint_id"],
                seal.reseal(row["secret_sealed"]),
                None if row["old_secret_sealed"] is None else seal.reseal(row["old_secret_sealed"]),
            )
            for row in rows
        ],
    )
    return len(rows)


def endpoint_unknown(endpoint_id: int) -> NotFound:
    """The error for an endpoint that the authority does not have."""
    return NotFound(
        f"Cơ quan không có địa chỉ nhận số {endpoint_id}. / The authority has no endpoint {endpoint_id}.",
        code="webhook_unknown",
        hint="See GET /v1/webhooks.",
    )


def _new_secret(seal: Seal) -> tuple[str, bytes]:
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    return secret, seal.seal(secret.encode())


def _log(person: Person, endpoint_id: int, what: str) -> None:
    get_logger().info(
        "webhook_endpoint", tenant=person.tenant_id, endpoint=endpoint_id, what=what, person=person.person_id
    )
