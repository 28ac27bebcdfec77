"""Sign-in at an OIDC issuer: begun with state, nonce and PKCE in a sealed cookie, ended when the browser comes back.

The person is known by (issuer, subject); the first time by a verified e-mail address that is the work address of an
enabled person. Nobody is created by signing in.
"""

from __future__ import annotations

import hmac
import json
import secrets
import uuid
from dataclasses import asdict, dataclass

import asyncpg

from parindex.db.session import Database
from parindex.errors import Unavailable
from scoring_api.people import events
from scoring_api.people.addresses import same_form
from scoring_api.people.door import Door
from scoring_api.people.id_token import Identity, refused
from scoring_api.people.oidc import OidcIssuer
from scoring_api.people.started import Started, start

FLOW_SECONDS = 600
"""How long somebody may take at the issuer."""
_STATES = uuid.UUID("6f1b1c5e-9a57-4c0e-8d5c-0b7f2f0d9b11")
"""Name space of the event ids of OIDC sign-ins: one state, one id, so that a state serves once."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What must come back unchanged from the issuer, kept in the browser under our seal."""

    state: str
    nonce: str
    verifier: str
    tenant_id: int | None
    next_path: str


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and what it carries meanwhile."""

    url: str
    sealed: str


async def begin_oidc(door: Door, *, tenant_id: int | None, next_path: str) -> Begun:
    """Begins a sign-in. Raises Unavailable where no issuer is set, it does not answer, or there are no secret keys."""
    issuer = _issuer(door)
    door.seal.need()
    door.knocks.take()
    flow = Flow(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), tenant_id, next_path)
    url = await issuer.authorization_url(state=flow.state, nonce=flow.nonce, verifier=flow.verifier)
    return Begun(url, door.seal.seal(json.dumps(asdict(flow)).encode()).decode())


async def finish_oidc(
    database: Database, door: Door, *, sealed: str | None, state: str, code: str, issuer_named: str | None = None
) -> tuple[Started, str]:
    """The sign-in and the page to go to. Raises Unauthenticated where anything does not fit, and for a state used before."""
    issuer = _issuer(door)
    door.knocks.take()
    flow = _flow(door, sealed)
    if flow is None or not hmac.compare_digest(flow.state.encode(), state.encode()):
        raise refused("it was not begun in this browser, or took longer than ten minutes.")
    if issuer_named not in (None, issuer.issuer):
        raise refused("another issuer sent the browser back.")
    identity = await issuer.identity(code=code, verifier=flow.verifier, nonce=flow.nonce)
    try:
        async with database.transaction() as connection:
            started = await _start(connection, door, identity, flow)
    except asyncpg.UniqueViolationError:
        raise refused("this sign-in was used before.") from None
    if started is None:
        door.count("oidc", "refused")
        raise refused(
            "no enabled person has this identity or its verified address as work address"
            " (an address in several authorities needs ?tenant=)."
        )
    door.count("oidc", "succeeded")
    return started, flow.next_path


def _issuer(door: Door) -> OidcIssuer:
    if door.oidc is None:
        raise Unavailable(
            "Máy chủ chưa cấu hình nhà cung cấp danh tính. / No OIDC issuer is set.",
            code="oidc_not_configured",
            hint="Set PARINDEX_OIDC_ISSUER and PARINDEX_OIDC_CLIENT_ID, or sign in with password and code.",
            retry_after=300,
        )
    return door.oidc


def _flow(door: Door, sealed: str | None) -> Flow | None:
    plain = door.seal.open_young(sealed.encode(), FLOW_SECONDS) if sealed else None
    try:
        return Flow(**json.loads(plain)) if plain else None
    except (ValueError, TypeError):
        # Sealed by us, but not as a flow: it was meant for something else.
        return None


async def _start(connection: asyncpg.Connection, door: Door, identity: Identity, flow: Flow) -> Started | None:
    now = await events.instant(connection)
    found = await _by_identity(connection, identity, flow.tenant_id)
    if found is None:
        found = await _by_address(connection, identity, flow.tenant_id)
        if found is None:
            return None
        tenant_id, person_id = found
        await connection.execute(
            "INSERT INTO person_identity (tenant_id, issuer, subject, person_id, recorded_at) VALUES ($1, $2, $3, $4, $5)",
            tenant_id,
            identity.issuer,
            identity.subject,
            person_id,
            now,
        )
        detail: dict[str, object] = {"issuer": identity.issuer}
        await events.append(connection, tenant_id, person_id, "identity_linked", now, by=person_id, detail=detail)
    tenant_id, person_id = found
    event_id = uuid.uuid5(_STATES, flow.state)
    return await start(connection, tenant_id, person_id, "oidc", minutes=door.minutes, now=now, event_id=event_id)


async def _by_identity(
    connection: asyncpg.Connection, identity: Identity, tenant_id: int | None
) -> tuple[int, int] | None:
    rows = await connection.fetch(
        "SELECT p.tenant_id, p.person_id FROM person_identity i JOIN person p ON p.tenant_id = i.tenant_id AND p.person_id = i.person_id"
        " WHERE i.tenant_id = ANY(ARRAY(SELECT tenant_id FROM tenant)) AND i.issuer = $1 AND i.subject = $2"
        " AND p.disabled_at IS NULL AND ($3::int IS NULL OR p.tenant_id = $3)",
        identity.issuer,
        identity.subject,
        tenant_id,
    )
    return (rows[0][0], rows[0][1]) if len(rows) == 1 else None


async def _by_address(
    connection: asyncpg.Connection, identity: Identity, tenant_id: int | None
) -> tuple[int, int] | None:
    """The one enabled person with the verified address; not one whom the issuer already knows under another subject."""
    if identity.verified_address is None:
        return None
    rows = await connection.fetch(
        "SELECT p.tenant_id, p.person_id, EXISTS (SELECT FROM person_identity i WHERE i.tenant_id = p.tenant_id AND i.person_id = p.person_id AND i.issuer = $3) AS linked"
        " FROM person p WHERE p.tenant_id = ANY(ARRAY(SELECT tenant_id FROM tenant)) AND p.work_address = $1 AND p.disabled_at IS NULL"
        " AND ($2::int IS NULL OR p.tenant_id = $2)",
        same_form(identity.verified_address),
        tenant_id,
        identity.issuer,
    )
    return (rows[0][0], rows[0][1]) if len(rows) == 1 and not rows[0]["linked"] else None
