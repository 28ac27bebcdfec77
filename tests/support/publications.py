"""An authority that publishes: people signed in, the worker's own steps, a publication brought to any state over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx

from parindex.db.session import Database
from parindex.editions.keys import PrivateKey
from parindex.settings import Settings
from ranking_worker.drafts import DraftBook, build_drafts
from ranking_worker.publish import Published, RefusalBook, publish_approved
from ranking_worker.registers import RegisterCache, Registers
from support.people import SignedPerson, make_person

NATION = 0


@dataclass
class Press:
    """People of one authority and the worker that signs for them."""

    client: httpx.AsyncClient
    connection: asyncpg.Connection
    database: Database
    tenant_id: int
    officer: SignedPerson
    reviewer: SignedPerson
    chair: SignedPerson
    auditor: SignedPerson
    registers: RegisterCache
    key: PrivateKey = field(default_factory=lambda: PrivateKey.of_bytes(bytes(range(32))))
    drafts: DraftBook = field(default_factory=DraftBook)

    async def work(self) -> list[Published]:
        """One look of the worker: drafts that are due, then what is approved."""
        await build_drafts(self.database, self.registers, self.drafts)
        return await publish_approved(self.database, self.key, RefusalBook())

    async def imported_tables(self, framework: str = "qd766") -> list[asyncpg.Record]:
        """Printed tables of the authority, oldest observation first."""
        rows: list[asyncpg.Record] = await self.connection.fetch(
            "SELECT * FROM imported_table WHERE tenant_id = $1 AND framework = $2 ORDER BY period, block, observed_at",
            self.tenant_id,
            framework,
        )
        return rows

    async def send(self, who: SignedPerson, method: str, path: str, body: Any = None) -> httpx.Response:
        """A request under /v1/publications."""
        return await self.client.request(method, f"/v1/publications{path}", json=body, headers=who.headers)

    async def done(self, who: SignedPerson, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """A request that must succeed; its document."""
        response = await self.send(who, method, path, body)
        assert response.status_code in (200, 201), response.text
        document: dict[str, Any] = response.json()
        return document

    async def refused(
        self, who: SignedPerson, method: str, path: str, body: Any, status: int, code: str
    ) -> dict[str, Any]:
        """A request that must be refused that way; its problem."""
        response = await self.send(who, method, path, body)
        problem: dict[str, Any] = response.json()
        assert (response.status_code, problem["code"]) == (status, code), response.text
        return problem

    async def drafted(self, source: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A publication of the officer, with the draft that the worker built."""
        document = await self.done(
            self.officer, "POST", "", {"source": source, "title_vi": "Bảng xếp hạng thử", **more}
        )
        await build_drafts(self.database, self.registers, self.drafts)
        return await self.shown(document["publication"]["publication_id"])

    async def shown(self, publication_id: int) -> dict[str, Any]:
        """The publication as the auditor sees it."""
        return await self.done(self.auditor, "GET", f"/{publication_id}")

    async def reviewed(self, source: dict[str, Any], **more: Any) -> dict[str, Any]:
        """... with the agreement of another person."""
        found = await self.drafted(source, **more)
        return await self.done(self.reviewer, "POST", self.path(found, "review"), agreement(found))

    async def approved(self, source: dict[str, Any], **more: Any) -> dict[str, Any]:
        """... and approved by a third one."""
        found = await self.reviewed(source, **more)
        return await self.done(self.chair, "POST", self.path(found, "approval"), approval(found))

    async def published(self, source: dict[str, Any], **more: Any) -> int:
        """... and signed; the number of the edition."""
        found = await self.approved(source, **more)
        wanted = found["publication"]["publication_id"]
        (one,) = [one for one in await self.work() if one.publication_id == wanted]
        assert one.edition_no is not None, one.findings
        return one.edition_no

    @staticmethod
    def path(found: dict[str, Any], step: str) -> str:
        return f"/{found['publication']['publication_id']}/{step}"


def agreement(found: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A review that agrees with the newest draft."""
    return {"body_sha256": found["publication"]["body_sha256"], "agrees": True, **more}


def approval(found: dict[str, Any]) -> dict[str, Any]:
    """An approval of the newest draft."""
    return {"body_sha256": found["publication"]["body_sha256"]}


@asynccontextmanager
async def press(
    client: httpx.AsyncClient,
    connection: asyncpg.Connection,
    settings: Settings,
    registers: Registers,
    tenant_id: int = NATION,
) -> AsyncIterator[Press]:
    """The authority's people and its worker, which knows the registers of the template."""
    database = Database.for_service(settings, "ranking-worker")
    people = [
        await make_person(connection, tenant_id, name, [role])
        for name, role in (
            ("Cán bộ lập dự thảo", "officer"),
            ("Cán bộ rà soát", "officer"),
            ("Chủ tịch hội đồng", "council"),
            ("Kiểm tra", "auditor"),
        )
    ]
    try:
        yield Press(client, connection, database, tenant_id, *people, RegisterCache(registers))
    finally:
        await database.close()
