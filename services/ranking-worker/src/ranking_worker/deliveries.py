"""Delivers changes to webhook endpoints: at least once, in order where a receiver lets us, no endpoint waiting for another.

A delivery is claimed by moving its next attempt past the time that one may take; then the message is sent outside any
transaction; then the outcome is recorded. Killed anywhere between, it is claimed and sent again under the same id.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
from dataclasses import dataclass

import asyncpg
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from parindex.db.session import Database
from parindex.errors import Invalid
from parindex.settings import Settings
from parindex.web.logs import get_logger
from ranking_worker.metrics import Metrics
from ranking_worker.webhook_message import Message, change_message, trial_message
from ranking_worker.webhook_plan import plan_deliveries
from ranking_worker.webhook_post import SECONDS, Answered, post, webhook_client

RETRIES = tuple(
    dt.timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
"""Pauses between the attempts: ten attempts in about three days, then the delivery is dead."""
JITTER = 0.1
"""Each pause is longer by up to this share, so that what failed together is not tried together."""
HOLDING_ATTEMPTS = 3
"""A change holds back the later ones of its endpoint until it was tried so often; then they pass it."""
CLAIM = dt.timedelta(seconds=SECONDS + 5)
"""How long a claim holds: past the longest attempt and the recording of its outcome."""
MOST_AT_ONCE = 64
"""Endpoints that are sent to at the same time."""

_DUE = "SELECT DISTINCT tenant_id, endpoint_id FROM webhook_delivery WHERE state = 'waiting' AND next_at <= clock_timestamp()"
_CLAIM = """
WITH own AS (
  SELECT change_no, replay_no, attempts, next_at FROM webhook_delivery WHERE tenant_id = $1 AND endpoint_id = $2 AND state = 'waiting'
), head AS (
  SELECT change_no, replay_no FROM own WHERE change_no > 0 AND attempts < $3 ORDER BY replay_no, change_no LIMIT 1
), due AS (
  SELECT change_no, replay_no FROM own
  WHERE next_at <= clock_timestamp() AND (change_no = 0 OR attempts >= $3 OR (change_no, replay_no) IN (SELECT * FROM head))
  ORDER BY change_no <> 0, replay_no, change_no LIMIT 1
)
UPDATE webhook_delivery d SET next_at = clock_timestamp() + $4, updated_at = clock_timestamp()
FROM due
WHERE d.tenant_id = $1 AND d.endpoint_id = $2 AND d.change_no = due.change_no AND d.replay_no = due.replay_no
  AND d.state = 'waiting' AND d.next_at <= clock_timestamp()
RETURNING d.change_no, d.replay_no, d.attempts
"""
_ENDPOINT = """
SELECT url, realm, secret_sealed, CASE WHEN old_secret_until > clock_timestamp() THEN old_secret_sealed END AS old_secret_sealed
FROM webhook_endpoint WHERE tenant_id = $1 AND endpoint_id = $2 AND disabled_at IS NULL
"""
_CHANGE = (
    "SELECT kind, realm, subject::text AS subject, recorded_at FROM change_entry WHERE tenant_id = 0 AND change_no = $1"
)
_ASKED_AT = "SELECT recorded_at FROM webhook_replay WHERE tenant_id = $1 AND endpoint_id = $2 AND replay_no = $3"
_RECORD = """
UPDATE webhook_delivery SET state = $6, attempts = attempts + 1, next_at = statement_timestamp() + $7, last_status = $8, last_error = $9,
       updated_at = statement_timestamp()
WHERE tenant_id = $1 AND endpoint_id = $2 AND change_no = $3 AND replay_no = $4 AND attempts = $5 AND state = 'waiting'
"""
_STOP = "UPDATE webhook_cursor SET stopped_at = clock_timestamp() WHERE tenant_id = $1 AND endpoint_id = $2 AND stopped_at IS NULL"
_STOP_WAITING = """
UPDATE webhook_delivery SET state = 'stopped', next_at = NULL, updated_at = clock_timestamp()
WHERE tenant_id = $1 AND endpoint_id = $2 AND state = 'waiting'
"""
_STANDING = "SELECT state, count(*) AS number FROM webhook_delivery WHERE state IN ('waiting', 'dead') GROUP BY state"

Endpoint = tuple[int, int]
"""Authority and endpoint."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours to attempt now, with what it takes."""

    endpoint: Endpoint
    change_no: int
    replay_no: int
    attempts: int
    url: str
    secrets: tuple[str, ...]
    message: Message


def next_step(answered: Answered, attempts: int, *, trial: bool, jitter: float) -> tuple[str, dt.timedelta | None]:
    """State of a delivery after its attempt number `attempts + 1`, and the pause before the next one. `jitter` is 0..1."""
    if answered.delivered:
        return "delivered", None
    if trial:
        return "dead", None
    if answered.status == 410:
        return "stopped", None
    if attempts >= len(RETRIES):
        return "dead", None
    pause = RETRIES[attempts] * (1 + JITTER * jitter)
    return "waiting", max(pause, answered.retry_after or dt.timedelta())


class Deliveries:
    """One per worker process. `step` starts what is due and returns at once; endpoints are worked off side by side."""

    def __init__(self, settings: Settings, database: Database, metrics: Metrics) -> None:
        keys = [part.strip() for part in settings.secret_keys.split(",") if part.strip()]
        try:
            self._keys = MultiFernet([Fernet(key) for key in keys]) if keys else None
        except ValueError:
            raise Invalid(
                "An entry of PARINDEX_SECRET_KEYS is not a Fernet key (32 bytes in URL-safe base64).",
                code="setting_invalid",
                hint="Give the worker the same keys as scoring-api.",
            ) from None
        self._database = database
        self._metrics = metrics
        self._client = webhook_client(private=settings.webhook_private)
        self._running: dict[Endpoint, asyncio.Task[None]] = {}
        self._log = get_logger()

    async def step(self) -> bool:
        """Plans, and begins with every endpoint that has something due and is not being sent to. Always False: it paces itself."""
        if self._keys is None:
            return False  # Without keys no endpoint can have been made.
        await plan_deliveries(self._database)
        async with self._database.connection() as connection:
            due = [(row["tenant_id"], row["endpoint_id"]) for row in await connection.fetch(_DUE)]
        for endpoint in due:
            if endpoint not in self._running and len(self._running) < MOST_AT_ONCE:
                self._running[endpoint] = asyncio.create_task(self._work_off(endpoint))
        return False

    async def settle(self) -> None:
        """Returns when nothing that was begun is under way any more."""
        while self._running:
            await asyncio.gather(*self._running.values(), return_exceptions=True)
            await asyncio.sleep(0)

    async def close(self) -> None:
        """Gives up what is under way: it is claimed again later."""
        for task in list(self._running.values()):
            task.cancel()
        await self.settle()
        await self._client.aclose()

    async def observe(self, connection: asyncpg.Connection) -> None:
        """Counts what waits and what is dead, for the metrics."""
        standing = dict(await connection.fetch(_STANDING))
        for state in ("waiting", "dead"):
            self._metrics.deliveries.labels(state).set(standing.get(state, 0))

    async def _work_off(self, endpoint: Endpoint) -> None:
        """One delivery of an endpoint after another, until none is due."""
        try:
            while (claimed := await self._claim(endpoint)) is not None:
                await self._attempt(claimed)
        except Exception as error:  # noqa: BLE001 (whatever it was, the rows are still there: the next step tries again)
            self._metrics.errors.labels("deliver").inc()
            self._log.error("delivery_failed", tenant=endpoint[0], endpoint=endpoint[1], error=type(error).__name__)
        finally:
            self._running.pop(endpoint, None)

    async def _claim(self, endpoint: Endpoint) -> Claimed | None:
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(_CLAIM, *endpoint, HOLDING_ATTEMPTS, CLAIM)
            to = await connection.fetchrow(_ENDPOINT, *endpoint)
            if row is None or to is None:
                return None
            message = await self._message(connection, endpoint, row["change_no"], row["replay_no"], to["realm"])
        sealed = [secret for secret in (to["secret_sealed"], to["old_secret_sealed"]) if secret is not None]
        change_no, replay_no, attempts = row
        return Claimed(endpoint, change_no, replay_no, attempts, to["url"], self._opened(sealed), message)

    async def _message(
        self, connection: asyncpg.Connection, endpoint: Endpoint, change_no: int, replay_no: int, realm: str
    ) -> Message:
        if change_no == 0:
            asked_at = await connection.fetchval(_ASKED_AT, *endpoint, replay_no)
            return trial_message(*endpoint, replay_no, realm, asked_at)
        change = await connection.fetchrow(_CHANGE, change_no)
        return change_message(
            *endpoint, change_no, change["kind"], change["realm"], json.loads(change["subject"]), change["recorded_at"]
        )

    def _opened(self, sealed: list[bytes]) -> tuple[str, ...]:
        """The secrets; none where a key was lost. The schedule gives the operator three days to bring it back."""
        assert self._keys is not None
        try:
            return tuple(self._keys.decrypt(secret).decode() for secret in sealed)
        except InvalidToken:
            return ()

    async def _attempt(self, claimed: Claimed) -> None:
        if claimed.secrets:
            headers = claimed.message.headers(claimed.secrets, dt.datetime.now(dt.UTC))
            answered = await post(self._client, claimed.url, claimed.message.body, headers)
        else:
            answered = Answered(None, "none of PARINDEX_SECRET_KEYS opens the endpoint's secret")
        state, pause = next_step(
            answered,
            claimed.attempts,
            trial=claimed.change_no == 0,
            jitter=random.random(),  # noqa: S311 (spreads load, hides nothing)
        )
        key = (*claimed.endpoint, claimed.change_no, claimed.replay_no, claimed.attempts)
        async with self._database.transaction() as connection:
            await connection.execute(_RECORD, *key, state, pause, answered.status, answered.error or None)
            if answered.status == 410:
                await connection.execute(_STOP, *claimed.endpoint)
                await connection.execute(_STOP_WAITING, *claimed.endpoint)
        outcome = "failed" if state == "waiting" else state
        self._metrics.delivery_attempts.labels(outcome).inc()
        self._log.info(
            "webhook_attempt", tenant=claimed.endpoint[0], endpoint=claimed.endpoint[1], message_id=claimed.message.message_id,
            attempt=claimed.attempts + 1, status=answered.status, outcome=outcome,
        )  # fmt: skip
