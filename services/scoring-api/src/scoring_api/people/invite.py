"""Single-use invitations: how a person comes to a password and an authenticator, and how both are reset."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import quote

import asyncpg

from parindex.db.session import Database
from parindex.errors import Conflict, NotFound, Unauthenticated
from scoring_api.people import events, tokens, totp
from scoring_api.people.acting import Acting
from scoring_api.people.door import Door
from scoring_api.people.passwords import check_password
from scoring_api.people.started import Started, end_all, start

LIFE = dt.timedelta(hours=48)
PAGE = "/pages/invitation"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A new invitation. The token is shown this once; only its hash is stored."""

    person_id: int
    token: str
    until: dt.datetime

    def link(self, public_url: str) -> str:
        """What the person is sent: a page of the service."""
        return f"{public_url.rstrip('/')}{PAGE}?invitation={quote(self.token)}"


@dataclass(frozen=True, slots=True)
class Setup:
    """What an authenticator app is set up with. Shown only to who holds the invitation."""

    name: str
    work_address: str
    otpauth_uri: str
    qr_data_uri: str


async def invite(connection: asyncpg.Connection, acting: Acting, person_id: int, why: str) -> Invitation:
    """Resets what the person signs in with (password, authenticator, OIDC identity), ends all sign-ins, and invites.

    A disabled person is admitted again, without roles. Each call makes the invitation before it worthless.
    Raises NotFound outside the authority.
    """
    now = await events.instant(connection)
    row = await connection.fetchrow(
        "SELECT disabled_at FROM person WHERE tenant_id = $1 AND person_id = $2 FOR UPDATE", acting.tenant_id, person_id
    )
    if row is None:
        raise person_unknown(person_id)
    token = tokens.new_token("i", acting.tenant_id)
    await connection.execute(
        "INSERT INTO person_secret (tenant_id, person_id, invitation_sha256, invitation_until, changed_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (tenant_id, person_id) DO UPDATE SET password_hash = NULL, totp_sealed = NULL, totp_last_step = 0, failures = 0,"
        " locked_until = NULL, invitation_sha256 = $3, invitation_until = $4, changed_at = $5",
        acting.tenant_id,
        person_id,
        tokens.digest(token),
        now + LIFE,
        now,
    )
    await connection.execute(
        "DELETE FROM person_identity WHERE tenant_id = $1 AND person_id = $2", acting.tenant_id, person_id
    )
    await end_all(connection, acting.tenant_id, person_id, now)
    if row["disabled_at"] is not None:
        await connection.execute(
            "UPDATE person SET disabled_at = NULL WHERE tenant_id = $1 AND person_id = $2", acting.tenant_id, person_id
        )
        await events.append(
            connection,
            acting.tenant_id,
            person_id,
            "admitted_again",
            now,
            by=acting.person_id,
            detail=acting.record(why),
        )
    await events.append(
        connection, acting.tenant_id, person_id, "invited", now, by=acting.person_id, detail=acting.record(why)
    )
    return Invitation(person_id, token, now + LIFE)


async def accept_invitation(database: Database, door: Door, *, invitation: str, password: str) -> Setup:
    """Sets the password and a new authenticator secret; `confirm_invitation` makes both hold. May run again until then.

    Raises Unauthenticated where the invitation does not hold, Invalid for a weak password.
    """
    door.seal.need()
    door.knocks.take(invitation)
    async with database.connection() as connection:
        row = await _invited(connection, invitation)
    check_password(password, row["work_address"])
    encoded, secret = await door.passwords.hash(password), totp.new_secret()
    async with database.transaction() as connection:
        row = await _invited(connection, invitation, lock=True)
        await connection.execute(
            "UPDATE person_secret SET password_hash = $3, totp_sealed = $4, totp_last_step = 0, changed_at = clock_timestamp()"
            " WHERE tenant_id = $1 AND person_id = $2",
            row["tenant_id"],
            row["person_id"],
            encoded,
            door.seal.seal(secret.encode()),
        )
    uri = totp.otpauth_uri(secret, row["work_address"])
    return Setup(row["name"], row["work_address"], uri, totp.qr_data_uri(uri))


async def confirm_invitation(database: Database, door: Door, *, invitation: str, code: str) -> Started:
    """Uses the invitation up with the first code of the new authenticator, and signs the person in with it.

    Raises Unauthenticated where the invitation does not hold or the code is wrong, Conflict before a password is set.
    """
    door.seal.need()
    door.knocks.take(invitation)
    async with database.transaction() as connection:
        row = await _invited(connection, invitation, lock=True)
        if row["totp_sealed"] is None or row["password_hash"] is None:
            raise Conflict(
                "Hãy đặt mật khẩu trước khi nhập mã. / The password comes before the code.",
                code="invitation_unfinished",
                hint="Send the invitation with a password first.",
            )
        now = await events.instant(connection)
        secret = door.seal.open(row["totp_sealed"]).decode()
        step = totp.accepted_step(secret, code, now.timestamp(), 0)
        if step is None:
            raise Unauthenticated(
                "Mã xác thực không đúng. / The code is wrong.",
                code="code_wrong",
                hint="Check the clock of the telephone and give the code that it shows now.",
            )
        await connection.execute(
            "UPDATE person_secret SET invitation_sha256 = NULL, invitation_until = NULL, totp_last_step = $3, failures = 0, locked_until = NULL, changed_at = $4"
            " WHERE tenant_id = $1 AND person_id = $2",
            row["tenant_id"],
            row["person_id"],
            step,
            now,
        )
        await events.append(connection, row["tenant_id"], row["person_id"], "secret_set", now, by=row["person_id"])
        started = await start(connection, row["tenant_id"], row["person_id"], "local", minutes=door.minutes, now=now)
    door.count("local", "succeeded")
    return started


async def _invited(connection: asyncpg.Connection, invitation: str, *, lock: bool = False) -> asyncpg.Record:
    tenant_id = tokens.tenant_of("i", invitation)
    row = None
    if tenant_id is not None:
        row = await connection.fetchrow(
            "SELECT p.tenant_id, p.person_id, p.name, p.work_address, s.password_hash, s.totp_sealed"
            " FROM person_secret s JOIN person p ON p.tenant_id = s.tenant_id AND p.person_id = s.person_id"
            " WHERE s.tenant_id = $1 AND s.invitation_sha256 = $2 AND s.invitation_until > clock_timestamp() AND p.disabled_at IS NULL"
            + (" FOR UPDATE OF s" if lock else ""),
            tenant_id,
            tokens.digest(invitation),
        )
    if row is None:
        raise Unauthenticated(
            "Lời mời không đúng, đã dùng hoặc đã quá 48 giờ. / The invitation is unknown, used or older than 48 hours.",
            code="invitation_over",
            hint="Ask your officer for a new one.",
        )
    return row


def person_unknown(person_id: int) -> NotFound:
    """Nobody of that id in this authority."""
    return NotFound(
        f"Không có người dùng số {person_id} trong cơ quan này. / There is no person {person_id} in this authority.",
        code="person_unknown",
        hint="See GET /v1/persons.",
    )
