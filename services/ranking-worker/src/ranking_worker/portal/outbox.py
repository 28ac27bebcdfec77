"""The outbox: every item in exactly one state, every change of state in a transaction. What may be done next is decided here.

waiting -> sending -> received | known | retry | rejected | asking;  asking -> known | retry | paused | dead;  retry -> sending | dead.
`sending` is committed before the call. Found by whoever has the turn, it belongs to a process that died: its outcome is unknown.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import asyncpg

from parindex.engine.digest import sha256

Kind = Literal["votes", "rating"]
STATES = ("waiting", "sending", "received", "known", "retry", "rejected", "paused", "asking", "dead", "superseded")
DELIVERED = ("received", "known")
RETRIES = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
HOURLY = dt.timedelta(hours=1)
GIVE_UP = dt.timedelta(hours=24)
"""From the first attempt; then the item is dead and a person looks at it."""
JITTER = 0.1
"""Each pause is longer by up to this share."""

_COLUMNS = (
    "kind, subject, version, realm, body::text AS body, body_sha256, state, attempts, first_at, next_at, updated_at"
)
_LATEST = "SELECT version, body_sha256 FROM outbox WHERE tenant_id = $1 AND kind = $2 AND subject = $3 ORDER BY version DESC LIMIT 1"
_INSERT = """
INSERT INTO outbox (tenant_id, kind, subject, version, realm, profile, body, body_sha256, state, attempts, next_at, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, 'waiting', 0, $9, $9, $9)
ON CONFLICT (tenant_id, kind, subject, version) DO NOTHING
"""
_SUPERSEDE = """
UPDATE outbox SET state = 'superseded', next_at = NULL, updated_at = $5
WHERE tenant_id = $1 AND kind = $2 AND subject = $3 AND version < $4 AND state IN ('waiting', 'retry', 'rejected', 'dead')
"""
# An older version whose outcome is open goes first: otherwise it could overtake the newer one.
_DUE = f"""
SELECT {_COLUMNS} FROM outbox o
WHERE tenant_id = $1 AND profile = $2 AND state IN ('waiting', 'retry', 'asking') AND next_at <= $3
  AND NOT EXISTS (SELECT FROM outbox e WHERE e.tenant_id = o.tenant_id AND e.kind = o.kind AND e.subject = o.subject
                  AND e.version < o.version AND e.state IN ('sending', 'asking', 'paused'))
ORDER BY state = 'asking' DESC, attempts > 0 DESC, created_at, kind, subject, version LIMIT $4
"""
_MOVE = """
UPDATE outbox SET state = $6, next_at = $7, last_error = $8, updated_at = $9, attempts = attempts + $10, first_at = coalesce(first_at, $11)
WHERE tenant_id = $1 AND kind = $2 AND subject = $3 AND version = $4 AND state = $5
"""
_NEWER = "SELECT EXISTS (SELECT FROM outbox WHERE tenant_id = $1 AND kind = $2 AND subject = $3 AND version > $4)"
_LEFT = f"SELECT {_COLUMNS} FROM outbox WHERE tenant_id = $1 AND profile = $2 AND state = 'sending' ORDER BY kind, subject, version"


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the outbox."""

    kind: Kind
    subject: str
    version: int
    realm: str
    body: Mapping[str, Any]
    body_sha256: str
    state: str
    attempts: int
    first_at: dt.datetime | None
    next_at: dt.datetime | None
    updated_at: dt.datetime

    @property
    def key(self) -> str:
        """How people name it: `votes/phu-tho-lgsp/H44/2026-09`."""
        return f"{self.kind}/{self.subject}"

    @classmethod
    def of(cls, row: asyncpg.Record) -> Item:
        """The item of a row."""
        return cls(**{**row, "body": json.loads(row["body"])})


async def put(
    connection: asyncpg.Connection, tenant_id: int, profile: str, realm: str, kind: Kind, subject: str, body: dict[str, Any], at: dt.datetime,
) -> bool:  # fmt: skip
    """A new version when the content is another one than last time; versions that still wait give way to it. Call in the profile's turn."""
    digest = sha256(body).hex()
    last = await connection.fetchrow(_LATEST, tenant_id, kind, subject)
    if last and last["body_sha256"] == digest:
        return False
    version = last["version"] + 1 if last else 1
    await connection.execute(_INSERT, tenant_id, kind, subject, version, realm, profile, json.dumps(body), digest, at)
    await connection.execute(_SUPERSEDE, tenant_id, kind, subject, version, at)
    return True


async def due(connection: asyncpg.Connection, tenant_id: int, profile: str, now: dt.datetime, limit: int) -> list[Item]:
    """What may be worked on now: first what must be asked about, then what was tried before, then what is new."""
    return [Item.of(row) for row in await connection.fetch(_DUE, tenant_id, profile, now, limit)]


async def left_behind(connection: asyncpg.Connection, tenant_id: int, profile: str) -> list[Item]:
    """Items in `sending`. Who has the turn and is not sending knows that their sender died."""
    return [Item.of(row) for row in await connection.fetch(_LEFT, tenant_id, profile)]


async def superseded(connection: asyncpg.Connection, tenant_id: int, item: Item) -> bool:
    """Whether a newer version waits."""
    found: bool = await connection.fetchval(_NEWER, tenant_id, item.kind, item.subject, item.version)
    return found


async def move(
    connection: asyncpg.Connection, tenant_id: int, item: Item, state: str, at: dt.datetime, *,
    next_at: dt.datetime | None = None, error: str | None = None, sent: int = 0,
) -> bool:  # fmt: skip
    """Moves an item from the state it was read in to another; False when it is not there any more (a person moved it).

    `sent`: +1 when a sending begins, -1 when it turned out not to have begun.
    """
    done = await connection.execute(
        _MOVE, tenant_id, item.kind, item.subject, item.version, item.state, state, next_at, error, at, sent,
        at if sent > 0 else None,
    )  # fmt: skip
    return str(done) == "UPDATE 1"


def next_try(attempts: int, first_at: dt.datetime, now: dt.datetime, draw: float) -> dt.datetime | None:
    """When to try again after so many attempts: 1, 5, 15, 60 minutes, then hourly; None once a day has passed."""
    pause = RETRIES[attempts - 1] if 0 < attempts <= len(RETRIES) else HOURLY
    at = now + pause * (1 + JITTER * draw)
    return at if at - first_at <= GIVE_UP else None
