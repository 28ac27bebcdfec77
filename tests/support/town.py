"""The invented province seen from outside: its one-stop software, an auditor and the public, each over HTTP."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from parindex.engine.period import VIETNAM, Period, local_day
from support.processes import ServiceProcess, Site
from support.until import until

PROVINCE, REALM, INSTRUMENT = "H99", "synthetic", "KIOSK3"


@dataclass
class Town:
    """The invented province H99 with its one-stop software, an auditor and the public, each over HTTP only."""

    site: Site
    ingest: ServiceProcess
    scoring: ServiceProcess
    http: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)

    async def get_token(self, who: str, *command: str) -> str:
        """Makes a credential by command line and fetches its bearer token; the token is kept under the name."""
        issued = json.loads(self.site.command("systems", *command, "--json"))
        grant = {"grant_type": "client_credentials"}
        answer = await self.http.post(
            f"{self.ingest.url}/v1/token", data=grant, auth=(issued["client_id"], issued["client_secret"])
        )
        assert answer.status_code == 200, answer.text
        self.tokens[who] = answer.json()["access_token"]
        return self.tokens[who]

    async def post(self, path: str, body: Any, who: str = "sender") -> httpx.Response:
        """POST to ingest with that bearer token."""
        return await self.http.post(f"{self.ingest.url}{path}", json=body, headers=self.header(who))

    async def ask(self, path: str, who: str | None = None) -> dict[str, Any]:
        """GET from ingest; the answer's document."""
        answer = await self.http.get(f"{self.ingest.url}{path}", headers=self.header(who or "sender"))
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def withdraw(self, response_id: str, reason: str) -> dict[str, Any]:
        answer = await self.post(f"/v1/responses/{response_id}/withdrawal", {"reason": reason})
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    def header(self, who: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}

    async def read(self, path: str, who: str | None = None, **query: str) -> httpx.Response:
        """GET from scoring-api; nobody in particular unless named."""
        return await self.http.get(f"{self.scoring.url}{path}", params=query or None, headers=self.header(who))

    async def table(self, period: str, state: str = "current") -> dict[str, Any] | None:
        """The league table of the province's departments, as the public sees it; None while there is none."""
        answer = await self.read("/v1/league-tables", **self.named(period), state=state)
        if answer.status_code == 404:
            return None
        assert answer.status_code == 200, answer.text
        table: dict[str, Any] = answer.json()
        return table

    def named(self, period: str) -> dict[str, str]:
        """The query that names the table."""
        return {
            "scope": PROVINCE,
            "block": "department",
            "period": period,
            "instrument": INSTRUMENT,
            "realm": REALM,
        }

    async def table_when(self, period: str, holds: Callable[[dict[str, dict[str, Any]]], bool]) -> dict[str, Any]:
        """The table as soon as its rows (by code) are as wanted; it follows by itself."""
        seen: list[dict[str, Any] | None] = []

        async def as_wanted() -> bool:
            seen.append(await self.table(period))
            return seen[-1] is not None and holds(rows_by_code(seen[-1]))

        try:
            await until(as_wanted)
        except TimeoutError:
            rows = {} if seen[-1] is None else rows_by_code(seen[-1])
            pytest.fail(f"the table did not follow: { {code: brief(row) for code, row in rows.items()} }")
        assert seen[-1] is not None
        return seen[-1]


def rows_by_code(table: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Rows of a table by their H code."""
    return {row["codes"]["h_code"]: row for row in table["rows"]}


def brief(row: dict[str, Any]) -> tuple[int | None, str | None, int | None]:
    """Rank, value and responses of a row."""
    return row["top2"]["rank"], row["top2"]["value"], row["responses"]


def this_month() -> str:
    """Code of the month that responses of an hour ago fall into."""
    return Period.containing(local_day(dt.datetime.now(VIETNAM) - dt.timedelta(hours=1)), "month").code
