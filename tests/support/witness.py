"""The sender's own log: every id it sent and every verdict it got, over real HTTP, retrying blindly until answered.

What the product says is compared with this log and with the plan, never with what the product says elsewhere.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx

from parindex.engine.period import local_day
from support.plan import Plan, Shipment, Withdrawal
from support.until import until

VERDICTS = ("accepted", "duplicate", "repeat", "quarantined", "conflict", "refused")
SINGLE_STATUS = {"accepted": 201, "duplicate": 200, "repeat": 200, "quarantined": 202, "conflict": 409, "refused": 422}
ANSWER_SECONDS = 60
"""A sender gives up, and the test fails, when no answer comes for so long."""
PAUSE_SECONDS = 0.03
JSON = {"Content-Type": "application/json"}


def _bytes(body: Any) -> bytes:
    """The same bytes at every attempt: an Idempotency-Key stands for them."""
    return json.dumps(body).encode()


def _request(step: Shipment | Withdrawal) -> tuple[str, Any, dict[str, str]]:
    """Path, body and headers of a step."""
    if isinstance(step, Withdrawal):
        return f"/v1/responses/{step.response_id}/withdrawal", {"reason": step.reason}, {}
    if step.key is None and len(step.items) == 1:
        return "/v1/responses", step.items[0], {}
    return "/v1/responses/batch", step.items, {"Idempotency-Key": step.key} if step.key else {}


@dataclass
class Witness:
    """One sending system that trusts nobody and writes everything down."""

    url: str
    client_id: str
    secret: str
    system: tuple[int, int]
    """tenant_id, system_id: to find its rows in the database."""
    verdicts: Counter[str] = field(default_factory=Counter)
    """Verdicts held, as the balance counts them: an answer given again from store is not received again."""
    held: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    """response_id -> (verdict, receipt) of every answer."""
    withdrawn: list[str] = field(default_factory=list)
    unanswered: int = 0
    """Requests whose answer was lost, or that were asked to come again."""
    hanging: int = 0
    """Requests that neither got an answer nor a closed connection."""
    on_answer: Callable[[], None] = lambda: None
    """Called after each answer, for whoever kills by progress."""
    _token: str | None = None
    _keys: set[str] = field(default_factory=set)

    async def send(self, plan: Plan) -> None:
        """Sends every step of the plan, each until it is answered."""
        async with self.client() as client:
            for step in plan.steps:
                await self.take(client, step)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, timeout=20)

    async def take(self, client: httpx.AsyncClient, step: Shipment | Withdrawal) -> None:
        """Sends one step until it is answered."""
        path, body, headers = _request(step)
        answer = await self._until_answered(client, path, body, headers)
        if isinstance(step, Withdrawal):
            assert answer.status_code == 200, answer.text
            self.withdrawn.append(step.response_id)
        elif isinstance(body, list):
            assert answer.status_code in (200, 207, 422), answer.text
            self._note(step.items, answer.json()["results"], counted=step.key is None or step.key not in self._keys)
            self._keys.add(step.key or "")
        else:
            result = answer.json()
            assert answer.status_code == SINGLE_STATUS[result["verdict"]], answer.text
            self._note(step.items, [result], counted=True)
        self.on_answer()

    async def lose_answer(self, step: Shipment | Withdrawal, *, once_done: bool) -> None:
        """Sends one step whole and cuts the line without reading the answer: at once, or only when the step is done."""
        path, body, headers = _request(step)
        async with self.client() as client:
            access = await self.header(client)
        before = await self._done()
        content = _bytes(body)
        fields = {
            **access,
            **headers,
            **JSON,
            "Host": "ingest",
            "Content-Length": str(len(content)),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        _, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(self.url).port)
        try:
            writer.write(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + content)
            await writer.drain()
            if once_done:
                await until(lambda: self._more_than(before))
        finally:
            writer.transport.abort()
        self.unanswered += 1

    async def _more_than(self, before: int) -> bool:
        return await self._done() > before

    async def _done(self) -> int:
        total = await self.balance()
        return total["received"] + total["withdrawn"]

    async def header(self, client: httpx.AsyncClient) -> dict[str, str]:
        """The bearer token's header; asked for at first use, until answered."""
        if self._token is None:
            grant = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.secret}
            answer = await self._until_answered(client, "/v1/token", grant, authorised=False)
            assert answer.status_code == 200, answer.text
            self._token = answer.json()["access_token"]
        return {"Authorization": f"Bearer {self._token}"}

    async def _until_answered(
        self,
        client: httpx.AsyncClient,
        path: str,
        body: Any,
        headers: dict[str, str] | None = None,
        *,
        authorised: bool = True,
    ) -> httpx.Response:
        async with asyncio.timeout(ANSWER_SECONDS):
            access = await self.header(client) if authorised else {}
            while True:
                answer = await self._attempt(client, path, body, {**access, **(headers or {})})
                if answer is not None:
                    return answer
                self.unanswered += 1
                await asyncio.sleep(PAUSE_SECONDS)

    async def _attempt(
        self, client: httpx.AsyncClient, path: str, body: Any, headers: dict[str, str]
    ) -> httpx.Response | None:
        try:
            answer = await client.post(path, content=_bytes(body), headers={**headers, **JSON})
        except httpx.ReadTimeout:
            self.hanging += 1
            return None
        except httpx.TransportError:
            return None
        if answer.status_code in (429, 503) or (
            answer.status_code == 409 and "results" not in answer.json() and "verdict" not in answer.json()
        ):
            assert int(answer.headers["Retry-After"]) > 0, "who is to come again is told when"
            return None
        assert answer.status_code < 500, answer.text
        return answer

    def _note(self, items: list[dict[str, Any]], results: list[dict[str, Any]], *, counted: bool) -> None:
        assert [result["response_id"] for result in results] == [item["response_id"] for item in items]
        for result in results:
            self.held[result["response_id"]].append((result["verdict"], result["receipt"]))
            if counted:
                self.verdicts[result["verdict"]] += 1

    async def balance(self) -> dict[str, int]:
        """The product's reconciliation balance of this system, over the days around today."""
        today = local_day(dt.datetime.now(dt.UTC))
        days = {"from": str(today - dt.timedelta(days=1)), "to": str(today + dt.timedelta(days=1))}
        async with self.client() as client:
            answer = await client.get("/v1/balance", params=days, headers=await self.header(client))
        assert answer.status_code == 200, answer.text
        total: dict[str, int] = answer.json()["total"]
        return total

    async def agrees_with(self, connection: asyncpg.Connection, plan: Plan) -> None:
        """Asserts that log, plan, balance and database tell the same story of this system."""
        self._verdicts_are_right(plan)
        await self._every_id_is_stored_once(connection, plan)
        await self._balance_holds_every_verdict(connection)

    def _verdicts_are_right(self, plan: Plan) -> None:
        assert set(self.held) == set(plan.allowed), "every id that was sent is answered"
        for response_id, answers in self.held.items():
            given = {verdict for verdict, _ in answers}
            assert given <= plan.allowed[response_id], (response_id, answers)
            if plan.allowed[response_id] != {"refused"}:
                assert len({receipt for _, receipt in answers}) == 1, f"one id, one receipt: {response_id} {answers}"

    async def _every_id_is_stored_once(self, connection: asyncpg.Connection, plan: Plan) -> None:
        rows = await connection.fetch(
            "SELECT response_id, receipt_id, position FROM response WHERE tenant_id = $1 AND system_id = $2",
            *self.system,
        )
        assert len(rows) == len({row[0] for row in rows})
        assert {row[0] for row in rows} == plan.stored
        waiting = await connection.fetch(
            "SELECT response_id, receipt_id, position FROM quarantine WHERE tenant_id = $1 AND system_id = $2",
            *self.system,
        )
        assert sorted(row[0] for row in waiting) == sorted(plan.quarantined)
        for response_id, receipt_id, position in [*rows, *waiting]:
            assert self.held[response_id][0][1] == f"{receipt_id.hex}-{position}", "the receipt held is the one stored"

    async def _balance_holds_every_verdict(self, connection: asyncpg.Connection) -> None:
        total = await self.balance()
        assert total["received"] == sum(total[verdict] for verdict in VERDICTS)
        short = {verdict: (count, total[verdict]) for verdict, count in self.verdicts.items() if count > total[verdict]}
        assert not short, f"verdicts held that are not in the balance: {short}"
        receipts = await connection.fetchrow(
            f"SELECT sum(items), {', '.join(f'sum({verdict})' for verdict in VERDICTS)} FROM receipt WHERE tenant_id = $1 AND system_id = $2",
            *self.system,
        )
        assert [int(count) for count in receipts] == [total["received"], *(total[verdict] for verdict in VERDICTS)]
        # An id is taken in by exactly one receipt, however often it was sent and whatever answers were lost.
        assert total["accepted"] + total["repeat"] == await self._number(connection, "response")
        assert total["quarantined"] == await self._number(connection, "quarantine")
        assert total["refused"] == await connection.fetchval(
            "SELECT count(*) FROM refusal WHERE tenant_id = $1 AND system_id = $2", *self.system
        )
        if not self.unanswered:
            assert total["received"] == sum(self.verdicts.values()), "nothing was lost, so nothing was sent twice"

    async def _number(self, connection: asyncpg.Connection, table: str) -> int:
        count: int = await connection.fetchval(
            f"SELECT count(*) FROM {table} WHERE tenant_id = $1 AND system_id = $2", *self.system
        )
        return count
