"""Whether somebody is who they say: password and code against the row, failures counted there, growing waits. In one place."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import asyncpg

from parindex.errors import Unauthenticated
from scoring_api.people import events, totp
from scoring_api.people.door import Door

FREE_FAILURES = 5
"""So many failures in a row cost nothing; each further one doubles the wait, from one minute to an hour."""
LONGEST_WAIT = dt.timedelta(hours=1)
Verdict = Literal["right", "failed", "locked"]


@dataclass(frozen=True, slots=True)
class Known:
    """A person who could sign in locally, as read before the password was hashed."""

    tenant_id: int
    person_id: int
    work_address: str
    password_hash: str | None
    """None while an invitation is open: nothing signs in then."""


def refused() -> Unauthenticated:
    """The one answer to every failure: an unknown address, a wrong password, a wrong or used code, a lock."""
    return Unauthenticated(
        "Địa chỉ, mật khẩu hoặc mã xác thực không đúng. / The address, password or code is wrong.",
        code="sign_in_refused",
        hint="A code works once. After several failures in a row the account waits before it looks again. An address that "
        "belongs to several authorities needs the authority named (tenant). Forgotten: ask your officer for an invitation.",
    )


def wait_after(failures: int) -> dt.timedelta | None:
    """How long an account waits after so many failures in a row."""
    if failures < FREE_FAILURES:
        return None
    return min(LONGEST_WAIT, dt.timedelta(minutes=2 ** min(failures - FREE_FAILURES, 10)))


async def judge(
    connection: asyncpg.Connection, door: Door, known: Known, *, password_right: bool, code: str, now: dt.datetime
) -> Verdict:
    """Decides with the person's row locked, and records a failure. The caller commits whatever the verdict is."""
    row = await connection.fetchrow(
        "SELECT s.password_hash, s.totp_sealed, s.totp_last_step, s.failures, s.locked_until, p.disabled_at"
        " FROM person_secret s JOIN person p ON p.tenant_id = s.tenant_id AND p.person_id = s.person_id"
        " WHERE s.tenant_id = $1 AND s.person_id = $2 FOR UPDATE OF s",
        known.tenant_id,
        known.person_id,
    )
    if row["locked_until"] is not None and row["locked_until"] > now:
        await events.append(connection, known.tenant_id, known.person_id, "failed", now, detail={"reason": "locked"})
        return "locked"
    step = None
    if row["disabled_at"] is not None:
        reason = "disabled"
    elif not password_right or row["password_hash"] != known.password_hash or row["totp_sealed"] is None:
        reason = "password"
    else:
        reason = "code"
        secret = door.seal.open(row["totp_sealed"]).decode()
        step = totp.accepted_step(secret, code, now.timestamp(), row["totp_last_step"])
    if step is None:
        await _failed(connection, known, row["failures"] + 1, reason, now)
        return "failed"
    await connection.execute(
        "UPDATE person_secret SET failures = 0, locked_until = NULL, totp_last_step = $3 WHERE tenant_id = $1 AND person_id = $2",
        known.tenant_id,
        known.person_id,
        step,
    )
    return "right"


async def _failed(connection: asyncpg.Connection, known: Known, failures: int, reason: str, now: dt.datetime) -> None:
    wait = wait_after(failures)
    await connection.execute(
        "UPDATE person_secret SET failures = $3, locked_until = $4 WHERE tenant_id = $1 AND person_id = $2",
        known.tenant_id,
        known.person_id,
        failures,
        None if wait is None else now + wait,
    )
    await events.append(connection, known.tenant_id, known.person_id, "failed", now, detail={"reason": reason})
    if wait is not None:
        detail: dict[str, object] = {"failures": failures, "seconds": int(wait.total_seconds())}
        await events.append(connection, known.tenant_id, known.person_id, "locked", now, detail=detail)
