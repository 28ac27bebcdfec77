"""OAuth2 client credentials (RFC 6749, section 4.4): a secret for a short-lived opaque bearer token, stored hashed."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
import secrets
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import asyncpg
import msgspec

from parindex.errors import Unauthenticated, Unreadable
from survey_ingest.wire import Token

_CLIENT = re.compile(r"c(\d{1,9})-[0-9a-f]{16}")


def read_grant(body: bytes, content_type: str, authorization: str | None) -> tuple[str, str, list[str]]:
    """Client id, secret and wanted scopes, from a form, JSON, or Basic header. Raises Unreadable: 400, as section 5.2 says."""
    fields = _fields(body, content_type)
    grant = fields.get("grant_type", "client_credentials")
    if grant != "client_credentials":
        raise Unreadable(
            "Only grant_type=client_credentials is given.",
            code="unsupported_grant_type",
            hint="Send grant_type=client_credentials.",
        )
    client, secret = fields.get("client_id", ""), fields.get("client_secret", "")
    if authorization and authorization.lower().startswith("basic "):
        try:
            client, _, secret = base64.b64decode(authorization[6:].strip(), validate=True).decode().partition(":")
        except ValueError:
            raise Unreadable(
                "The Basic header is not base64 of 'client_id:client_secret'.",
                code="invalid_request",
                hint="See RFC 6749, section 2.3.1.",
            ) from None
        client, secret = unquote_plus(client), unquote_plus(secret)
    if not client or not secret:
        raise Unreadable(
            "client_id and client_secret are required.",
            code="invalid_request",
            hint="As form fields, as JSON, or as a Basic header.",
        )
    return client, secret, fields.get("scope", "").split()


def _fields(body: bytes, content_type: str) -> dict[str, str]:
    try:
        if "json" in content_type.lower():
            value: Any = msgspec.json.decode(body or b"{}")
            if not isinstance(value, dict) or not all(isinstance(field, str) for field in value.values()):
                raise Unreadable(
                    "The body is not a JSON object of text fields.",
                    code="invalid_request",
                    hint='{"client_id": "...", "client_secret": "..."}',
                )
            return value
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Unreadable(
            "The body cannot be read as a form or as JSON.",
            code="invalid_request",
            hint="application/x-www-form-urlencoded or application/json.",
        ) from error


async def issue_token(
    connection: asyncpg.Connection, client: str, secret: str, wanted: list[str], *, seconds: int, now: dt.datetime
) -> Token:
    """A token with all scopes of the credential. Raises Unauthenticated for a wrong, revoked or ended credential, Unreadable for a scope it lacks."""
    match = _CLIENT.fullmatch(client)
    row = None
    if match and int(match[1]) <= 2_147_483_647:
        row = await connection.fetchrow(
            "SELECT secret_sha256, scopes, realm, expires_at, revoked_at FROM credential WHERE tenant_id = $1 AND credential_id = $2",
            int(match[1]),
            client,
        )
    given = hashlib.sha256(secret.encode()).digest()
    known = hmac.compare_digest(row["secret_sha256"] if row is not None else bytes(32), given)
    if (
        row is None
        or not known
        or row["revoked_at"] is not None
        or (row["expires_at"] is not None and row["expires_at"] <= now)
    ):
        raise Unauthenticated(
            "The client id or secret is wrong, or the credential has ended.",
            code="invalid_client",
            hint="Ask the operator: parindex systems list, parindex systems rotate.",
        )
    if missing := sorted(set(wanted) - set(row["scopes"])):
        raise Unreadable(
            f"This credential lacks the scope {', '.join(missing)[:60]}.",
            code="invalid_scope",
            hint=f"It has: {' '.join(row['scopes'])}.",
        )
    assert match is not None
    token = f"t{match[1]}.{secrets.token_urlsafe(32)}"
    ends = now + dt.timedelta(seconds=seconds)
    if row["expires_at"] is not None:
        ends = min(ends, row["expires_at"])
    await connection.execute(
        "INSERT INTO access_token (tenant_id, token_sha256, credential_id, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        int(match[1]),
        hashlib.sha256(token.encode()).digest(),
        client,
        now,
        ends,
    )
    return Token(token, "Bearer", int((ends - now).total_seconds()), " ".join(row["scopes"]), row["realm"])
