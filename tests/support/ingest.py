"""Plays a sending system: gets its token, posts items and remembers every verdict that it was given, as a witness."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import msgspec
from sqlalchemy.engine import make_url

from parindex.settings import Settings
from support import motcua
from survey_ingest.app import create_app
from survey_ingest.credentials import IssuedCredential, create_system
from survey_ingest.resources import Resources

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
AN_HOUR_AGO = (NOW - dt.timedelta(hours=1)).isoformat()
H99 = 990000
"""Unit id of the invented province H99 of realm `synthetic`."""
VERDICTS = ("accepted", "duplicate", "repeat", "quarantined", "conflict", "refused")
_dossiers = itertools.count(1)


def new_id() -> str:
    """A response_id that nobody used."""
    return uuid.uuid4().hex


def new_dossier(unit: str = "H99.101") -> str:
    """A dossier code of the national form that no other call gives."""
    number = next(_dossiers)
    return f"{unit}-{20200101 + number // 1_000_000:08d}-{number % 1_000_000:06d}"


def item(**overrides: Any) -> dict[str, Any]:
    """A kiosk response of a commune of H99, without a dossier; a field given as None is left out."""
    fields: dict[str, Any] = {
        "response_id": new_id(),
        "unit_code": "H99.101",
        "instrument": "KIOSK3",
        "instrument_version": "1",
        "answered_at": AN_HOUR_AGO,
        "stage": "result",
        "collected_via": "kiosk",
        "mode": "self",
        "overall": 5,
        **overrides,
    }
    return {name: value for name, value in fields.items() if value is not None}


def app_client(settings: Settings, resources: Resources) -> httpx.AsyncClient:
    """A client of the application in this process, without a socket."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(create_app(settings, resources=resources)), base_url="http://ingest"
    )


async def owner(database_url: str) -> asyncpg.Connection:
    """A connection as the owner of the schema; close it."""
    return await asyncpg.connect(make_url(database_url).set(drivername="postgresql").render_as_string(False))


@dataclass
class Sender:
    """One sending system over any HTTP client. `verdicts` and `log` hold every verdict that it was given.

    Tests speak canonically to it. With the dialect `motcua` everything about responses goes over the wire in Vietnamese,
    and its answers are read back, so that one test holds for both.
    """

    client: httpx.AsyncClient
    issued: IssuedCredential
    token: str = ""
    verdicts: Counter[str] = field(default_factory=Counter)
    log: list[dict[str, Any]] = field(default_factory=list)
    dialect: str = "canonical"

    @classmethod
    async def register(
        cls,
        client: httpx.AsyncClient,
        database_url: str,
        *,
        unit_ids: Sequence[int] = (H99,),
        dialect: str = "canonical",
        **options: Any,
    ) -> Sender:
        """A new system (realm `synthetic` unless named) with its token. `options` as `create_system`."""
        connection = await owner(database_url)
        try:
            async with connection.transaction():
                options = {"name": f"Một cửa {new_id()}", "realm": "synthetic", **options}
                issued = await create_system(connection, unit_ids=unit_ids, now=dt.datetime.now(dt.UTC), **options)
        finally:
            await connection.close()
        sender = cls(client, issued, dialect=dialect)
        await sender.renew_token()
        return sender

    async def renew_token(self) -> str:
        """Gets a token for the credential and keeps it."""
        keys = (self.issued.credential_id, self.issued.secret)
        grant = {"grant_type": "client_credentials"}
        if self.dialect == "motcua":
            answer = await self.client.post("/token", data=grant, auth=keys)
        else:
            form = dict(zip(("client_id", "client_secret"), keys, strict=True))
            answer = await self.client.post("/v1/token", data={**grant, **form})
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["access_token"]
        return self.token

    @property
    def headers(self) -> dict[str, str]:
        """The Authorization header."""
        return {"Authorization": f"Bearer {self.token}"}

    def _remember(self, results: list[dict[str, Any]]) -> None:
        self.log += results
        self.verdicts.update(result["verdict"] for result in results)

    async def send(self, body: Any, path: str = "/v1/responses", **headers: str) -> httpx.Response:
        """Posts a body (bytes as they are, anything else as JSON) without remembering what is answered."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers = {"Content-Type": "application/json", **self.headers, **headers}
        there = motcua.path_in_dialect(path) if self.dialect == "motcua" else path
        if there != path:
            content = motcua.body_in_dialect(body, path, headers)
            return motcua.answer_back(await self.client.post(there, content=content, headers=headers))
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return await self.client.post(path, content=content, headers=headers)

    async def answer(self, one: Any) -> httpx.Response:
        """Posts one item; the whole answer."""
        answer = await self.send(one)
        if answer.headers["content-type"] == "application/json":
            self._remember([answer.json()])
        return answer

    async def post(self, one: Any) -> dict[str, Any]:
        """Posts one item; its result. Fails where the request got no verdict."""
        answer = await self.answer(one)
        assert answer.headers["content-type"] == "application/json", answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def batch_answer(self, items: Any, key: str | None = None, **headers: str) -> httpx.Response:
        """Posts a batch; the whole answer. A stored answer given again is not remembered twice."""
        if key is not None:
            headers["Idempotency_Key"] = key
        answer = await self.send(items, "/v1/responses/batch", **headers)
        if answer.headers["content-type"] == "application/json" and "idempotency-replayed" not in answer.headers:
            self._remember(answer.json()["results"])
        return answer

    async def batch(self, items: Any, key: str | None = None) -> list[dict[str, Any]]:
        """Posts a batch; its results. Fails where the request got no verdicts."""
        answer = await self.batch_answer(items, key)
        assert answer.headers["content-type"] == "application/json", answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Asks with the token."""
        there = motcua.path_in_dialect(path) if self.dialect == "motcua" else path
        answer = await self.client.get(there, headers={**self.headers, **headers})
        return answer if there == path else motcua.answer_back(answer)

    async def state(self, response_id: str) -> dict[str, Any]:
        """State of one response; fails where nothing is stored."""
        answer = await self.get(f"/v1/responses/{response_id}")
        assert answer.status_code == 200, answer.text
        stored: dict[str, Any] = answer.json()
        return stored

    async def withdraw(self, response_id: str, reason: str = "entered_in_error") -> httpx.Response:
        """Withdraws a response."""
        return await self.send({"reason": reason}, f"/v1/responses/{response_id}/withdrawal")

    async def balance(self) -> dict[str, int]:
        """The total line of the balance over the last days."""
        today = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=7)).date()
        first = today - dt.timedelta(days=3)
        if self.dialect == "motcua":
            span = {"TuNgay": f"{first:%Y%m%d}", "DenNgay": f"{today:%d/%m/%Y}"}
            asked = await self.client.post("/api/v1/doi-soat", json=span, headers=self.headers)
            assert (asked.status_code, asked.json()["error_code"]) == (200, 0), asked.text
            return {motcua.BALANCE[name]: count for name, count in asked.json()["result"]["CanDoi"].items()}
        answer = await self.get(f"/v1/balance?from={first}&to={today}")
        assert answer.status_code == 200, answer.text
        total: dict[str, int] = answer.json()["total"]
        return total

    async def assert_balanced(self) -> None:
        """Every verdict that this sender holds is in the balance, and nothing else."""
        total = await self.balance()
        assert {name: total[name] for name in VERDICTS} == {name: self.verdicts[name] for name in VERDICTS}
        assert total["received"] == sum(self.verdicts.values())
