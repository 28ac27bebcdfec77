"""One call to the other side, and everything that keeps calls decent: one at a time, a gap, a breaker, limits.

Throttle and breaker are kept in `portal_state` and written before a call as well as after it: a restart changes nothing.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from parindex.db.session import Database
from parindex.errors import Unavailable
from parindex.web.logs import get_logger
from ranking_worker.metrics import Metrics
from ranking_worker.portal.answer import Answer, Reply, Words, judged
from ranking_worker.portal.attention import Attention, raise_attention, settle
from ranking_worker.portal.breaker import BreakerState, Turned
from ranking_worker.portal.clock import Clock
from ranking_worker.portal.profiles import Profile
from ranking_worker.portal.state import read_state, write_state

LONGEST_PAUSE = dt.timedelta(seconds=60)
"""A gap that is shorter is slept through; for anything longer the work is left until later."""
_json = msgspec.json.Encoder(decimal_format="number").encode


class NotNow(Unavailable):
    """The other side is not called before `until`: maintenance, an open breaker, a refusal, a pause by a person."""

    def __init__(self, until: dt.datetime, why: str) -> None:
        super().__init__(f"The portal is not called before {until.isoformat()}: {why}.", code="portal_not_now")
        self.until = until
        self.why = why


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. `operation` names it in logs, metrics and attempts."""

    operation: str
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    """Decimals are written as numbers, digit for digit."""
    form: Mapping[str, str] | None = None

    def content(self) -> bytes:
        """The body as JSON."""
        return b"" if self.json is None else _json(self.json)


class Caller:
    """The one way to the other side of a profile. Use inside the profile's turn (`turn.py`): then no second process calls."""

    def __init__(
        self, database: Database, tenant_id: int, profile: Profile, clock: Clock, metrics: Metrics, *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:  # fmt: skip
        self.profile = profile
        self.tenant_id = tenant_id
        self.clock = clock
        self.database = database
        self._metrics = metrics
        limits = profile.limits
        # A connection that lay idle may be dead, and what is sent on it has an unknown outcome: each call opens its own.
        self._client = httpx.AsyncClient(
            transport=transport,
            verify=ssl.create_default_context(cafile=profile.ca_file) if profile.ca_file else True,
            timeout=httpx.Timeout(limits.total_seconds, connect=limits.connect_seconds),
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
        )
        self._one = asyncio.Lock()
        self._log = get_logger()

    async def close(self) -> None:
        """Closes what is open."""
        await self._client.aclose()

    async def await_turn(self) -> None:
        """Returns when a call may be made: sleeps through a short gap. Raises NotNow when it would take longer."""
        profile, now = self.profile, self.clock.now()
        if until := profile.closed_until(now):
            raise NotNow(until, "a declared maintenance window")
        async with self.database.connection() as connection:
            paused = await read_state(connection, self.tenant_id, profile.name, "paused")
            breaker = BreakerState.of(await read_state(connection, self.tenant_id, profile.name, "breaker"))
            throttle = await read_state(connection, self.tenant_id, profile.name, "throttle")
        if paused.get("paused"):
            raise NotNow(now + LONGEST_PAUSE, "a person paused the profile")
        if breaker.open_until and breaker.open_until > now:
            raise NotNow(breaker.open_until, "the connection failed several times in a row")
        next_at = dt.datetime.fromisoformat(throttle["next_at"]) if throttle else now
        if next_at - now > LONGEST_PAUSE:
            raise NotNow(next_at, throttle.get("why") or "the gap between calls")
        if next_at > now:
            await self.clock.sleep((next_at - now).total_seconds())

    async def call(
        self, request: Request, *, words: Words | None = None, ok_statuses: tuple[int, ...] = (200, 201, 202)
    ) -> Answer:
        """Makes the call when it may be made. Raises NotNow; never raises for what the other side or the network does."""
        async with self._one:
            await self.await_turn()
            began = self.clock.now()
            async with self.database.transaction() as connection:
                await self._keep_gap(connection, began)
            reply = await self._sent(request)
            answer = judged(reply, words or self.profile.words, self.profile.charset, ok_statuses=ok_statuses)
            await self._ended(answer)
        self._metrics.portal_calls.labels(self.profile.name, request.operation, answer.outcome).inc()
        self._log.info(
            "portal_call", profile=self.profile.name, operation=request.operation, outcome=answer.outcome,
            status=reply.status, seconds=float(reply.seconds),
        )  # fmt: skip
        return answer

    async def visit(self, request: Request) -> Reply:
        """Looks at a page for the cookies that it sets; what it says means nothing. Raises NotNow."""
        async with self._one:
            await self.await_turn()
            async with self.database.transaction() as connection:
                await self._keep_gap(connection, self.clock.now())
            reply = await self._sent(request)
            async with self.database.transaction() as connection:
                await self._keep_gap(connection, self.clock.now())
            return reply

    async def hold(self, until: dt.datetime, why: str) -> None:
        """Keeps every call of the profile back until then."""
        async with self.database.transaction() as connection:
            await self._keep(connection, "throttle", {"next_at": until.isoformat(), "why": why})

    async def _sent(self, request: Request) -> Reply:
        limits = self.profile.limits
        heard = bytearray()
        status: int | None = None
        headers: dict[str, str] = {}
        started = time.monotonic()

        def reply(failure: str = "", *, sent: bool = True) -> Reply:
            seconds = Decimal(round((time.monotonic() - started) * 1000)).scaleb(-3)
            return Reply(None if failure else status, headers, bytes(heard), seconds, failure, sent)

        body: dict[str, Any] = {"data": dict(request.form)} if request.form is not None else {}
        own = {"content-type": "application/json"} if request.form is None else {}
        if request.json is not None:
            body = {"content": request.content()}
        try:
            async with (
                asyncio.timeout(limits.total_seconds),
                self._client.stream(
                    request.method,
                    self.profile.address + quote(request.path, safe="/:@!$&'()*+,;=~-._%"),
                    params={**self.profile.query, **request.query},
                    headers={"accept": "application/json", **own, **self.profile.headers, **request.headers},
                    **body,
                ) as response,
            ):
                status = response.status_code
                headers = {name.lower(): value for name, value in response.headers.items()}
                async for part in response.aiter_bytes(65_536):
                    heard += part
                    if len(heard) > limits.answer_bytes:
                        return reply(f"the answer is larger than {limits.answer_bytes // 2**20} MB")
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return reply(f"no connection: {type(error).__name__}", sent=False)
        except (TimeoutError, httpx.TimeoutException):
            return reply(f"no whole answer within {limits.total_seconds:g} seconds")
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            # The error's own words may hold the address with its parameters.
            return reply(f"the connection broke: {type(error).__name__}")
        return reply()

    async def _keep_gap(self, connection: Any, ended: dt.datetime) -> None:
        throttle = self.profile.throttle
        next_at = ended + throttle.gap + self.clock.draw() * throttle.jitter
        await self._keep(connection, "throttle", {"next_at": next_at.isoformat()})

    async def _ended(self, answer: Answer) -> None:
        now = self.clock.now()
        async with self.database.transaction() as connection:
            before = BreakerState.of(await read_state(connection, self.tenant_id, self.profile.name, "breaker"))
            after, turned = before.after(now, failed=answer.channel_failed, rules=self.profile.breaker)
            if after != before:
                await self._keep(connection, "breaker", after.as_json())
            if turned:
                await self._tell(connection, turned, answer, now)
            if answer.refused or answer.retry_after is not None:
                pause = max(
                    self.profile.throttle.refusal if answer.refused else dt.timedelta(),
                    answer.retry_after or dt.timedelta(),
                )
                until = now + max(pause, self.profile.throttle.gap)
                await self._keep(connection, "throttle", {"next_at": until.isoformat(), "why": answer.detail})
            else:
                await self._keep_gap(connection, now)

    async def _tell(self, connection: Any, turned: Turned, answer: Answer, now: dt.datetime) -> None:
        name, rules = self.profile.name, self.profile.breaker
        subject = f"breaker/{name}"
        if turned == "closed":
            await settle(connection, self.tenant_id, subject, now, "Kết nối đã trở lại.", "The connection works again.")
            return
        attention = Attention(
            name,
            subject,
            "breaker_open",
            f"Kết nối “{name}” hỏng {rules.failures} lần liên tiếp, tạm ngừng gọi.",
            f"The connection {name} failed {rules.failures} times in a row and is not called for now.",
            "Kiểm tra đường truyền, adapter hoặc trục LGSP. Hệ thống tự thử lại; không cần gửi lại bằng tay.",
            {"last": answer.detail},
        )
        await raise_attention(connection, self.tenant_id, attention, now)

    async def _keep(self, connection: Any, subject: str, document: dict[str, Any]) -> None:
        await write_state(connection, self.tenant_id, self.profile.name, subject, document, self.clock.now())
