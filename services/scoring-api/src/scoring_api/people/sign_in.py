"""Local sign-in with work address, password and code; sign-out; a new password. Failures are committed, then refused."""

from __future__ import annotations

import asyncio
import time

import asyncpg

from parindex.db.session import Database
from parindex.errors import Unauthenticated
from scoring_api.people import events, tokens
from scoring_api.people.addresses import same_form, storable
from scoring_api.people.door import Door
from scoring_api.people.local_proof import Known, judge, refused
from scoring_api.people.passwords import check_password
from scoring_api.people.person import Person
from scoring_api.people.started import Started, end_all, start

REFUSED_EVERY_SECONDS = 0.25
"""Refusals leave at whole multiples after the request came: how long the looking took tells nobody whether somebody is there."""
_KNOWN = """
SELECT p.tenant_id, p.person_id, p.work_address, CASE WHEN s.invitation_sha256 IS NULL THEN s.password_hash END AS password_hash
FROM person p JOIN person_secret s ON s.tenant_id = p.tenant_id AND s.person_id = p.person_id
"""


async def sign_in_locally(
    database: Database, door: Door, *, work_address: str, password: str, code: str, tenant_id: int | None = None
) -> Started:
    """A sign-in for the right address, password and code.

    Raises Unauthenticated, alike for every failure; TooMany; Unavailable where the service has no secret keys.
    """
    door.seal.need()
    began, address = time.monotonic(), same_form(work_address)
    door.knocks.take(address)
    known = await _known_by_address(database, address, tenant_id)
    password_right = await door.passwords.verify(known.password_hash if known else None, password)
    started = None if known is None else await _judged(database, door, known, password, code, right=password_right)
    door.count("local", "refused" if started is None else "succeeded")
    if started is None:
        await _wait_for_the_next_refusal(began)
        raise refused()
    return started


async def _judged(
    database: Database, door: Door, known: Known, password: str, code: str, *, right: bool
) -> Started | None:
    renewed = await _renewed_hash(door, known, password) if right else None
    async with database.transaction() as connection:
        now = await events.instant(connection)
        verdict = await judge(connection, door, known, password_right=right, code=code, now=now)
        if verdict != "right":
            return None
        if renewed is not None:
            await _keep_hash(connection, known, renewed)
        return await start(connection, known.tenant_id, known.person_id, "local", minutes=door.minutes, now=now)


async def _wait_for_the_next_refusal(began: float) -> None:
    await asyncio.sleep(-(time.monotonic() - began) % REFUSED_EVERY_SECONDS)


async def sign_out(database: Database, token: str | None) -> None:
    """Ends the sign-in of a token. Nothing happens where it was over or never was: signing out always succeeds."""
    tenant_id = tokens.tenant_of("p", token) if token else None
    if token is None or tenant_id is None:
        return
    async with database.transaction() as connection:
        now = await events.instant(connection)
        person_id = await connection.fetchval(
            "UPDATE sign_in SET ended_at = $3 WHERE tenant_id = $1 AND token_sha256 = $2 AND ended_at IS NULL AND expires_at > $3"
            " RETURNING person_id",
            tenant_id,
            tokens.digest(token),
            now,
        )
        if person_id is not None:
            await events.append(connection, tenant_id, person_id, "ended", now)


async def change_password(
    database: Database, door: Door, person: Person, *, password: str, new_password: str, code: str
) -> None:
    """A new password for who knows the present one and has a code; ends all of the person's sign-ins, this one too.

    Raises Invalid for a password that is too weak, Unauthenticated for a wrong password or code (counted as failures).
    """
    door.seal.need()
    door.knocks.take(f"{person.tenant_id}/{person.person_id}")
    async with database.connection() as connection:
        row = await connection.fetchrow(
            f"{_KNOWN} WHERE p.tenant_id = $1 AND p.person_id = $2", person.tenant_id, person.person_id
        )
    if row is None:
        raise refused()
    known = Known(**dict(row.items()))
    check_password(new_password, known.work_address)
    right = await door.passwords.verify(known.password_hash, password)
    encoded = await door.passwords.hash(new_password) if right else None
    async with database.transaction() as connection:
        now = await events.instant(connection)
        verdict = await judge(connection, door, known, password_right=right, code=code, now=now)
        if verdict == "right" and encoded is not None:
            await _keep_hash(connection, known, encoded)
            await end_all(connection, known.tenant_id, known.person_id, now)
            await events.append(
                connection, known.tenant_id, known.person_id, "password_changed", now, by=known.person_id
            )
    if verdict != "right":
        raise Unauthenticated(
            "Mật khẩu hiện tại hoặc mã xác thực không đúng. / The present password or the code is wrong.",
            code="sign_in_refused",
            hint="A code works once: wait for the next one.",
        )


async def _known_by_address(database: Database, address: str, tenant_id: int | None) -> Known | None:
    """The one person meant; None for nobody, and for several: then the authority must be named."""
    if not storable(address):
        return None
    # By authority, because the unique index begins with it.
    async with database.connection() as connection:
        rows = await connection.fetch(
            f"{_KNOWN} WHERE p.tenant_id = ANY(ARRAY(SELECT tenant_id FROM tenant)) AND p.work_address = $1 AND ($2::int IS NULL OR p.tenant_id = $2)",
            address,
            tenant_id,
        )
    return Known(**dict(rows[0].items())) if len(rows) == 1 else None


async def _renewed_hash(door: Door, known: Known, password: str) -> str | None:
    outdated = known.password_hash is not None and door.passwords.outdated(known.password_hash)
    return await door.passwords.hash(password) if outdated else None


async def _keep_hash(connection: asyncpg.Connection, known: Known, encoded: str) -> None:
    await connection.execute(
        "UPDATE person_secret SET password_hash = $3, changed_at = clock_timestamp() WHERE tenant_id = $1 AND person_id = $2",
        known.tenant_id,
        known.person_id,
        encoded,
    )
