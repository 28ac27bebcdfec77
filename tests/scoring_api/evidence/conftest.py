"""A round of three departments of the invented province, and the officials around it, over a store in a folder."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest
from cryptography.fernet import Fernet

from parindex.settings import Settings
from scoring_api.rounds.events import append, lock_state
from scoring_api.rounds.fold import NewEvent, State
from support.documents import pdf
from support.people import SignedPerson, make_person

H99, UNIT, OTHER, HOME = 990_000, 990_001, 990_002, 990_003
COMPONENT, OTHER_COMPONENT = "plan_issued", "drafting_done"


@pytest.fixture
def store_folder(tmp_path: Path) -> Path:
    return tmp_path / "evidence store"


@pytest.fixture
def settings(make_settings: Callable[..., Settings], store_folder: Path) -> Settings:
    return make_settings(
        secret_keys=Fernet.generate_key().decode(),
        evidence_store=store_folder.as_uri(),
        evidence_max_mb=1,
    )


@dataclass
class Town:
    """The round and who takes part in it."""

    client: httpx.AsyncClient
    connection: asyncpg.Connection
    round_id: int
    officer: SignedPerson
    unit: SignedPerson
    other_unit: SignedPerson
    appraiser: SignedPerson
    other_appraiser: SignedPerson
    council: SignedPerson
    auditor: SignedPerson
    stranger: SignedPerson

    async def attach(
        self,
        content: bytes | None = None,
        *,
        name: str = "Kế hoạch 12.pdf",
        who: SignedPerson | None = None,
        unit_id: int = UNIT,
        component: str = COMPONENT,
        media_type: str = "application/pdf",
        **fields: str,
    ) -> httpx.Response:
        return await self.client.post(
            f"/v1/rounds/{self.round_id}/units/{unit_id}/components/{component}/evidence",
            files={"file": (name, pdf() if content is None else content, media_type)},
            data=fields,
            headers=(who or self.unit).headers,
        )

    async def open(self, evidence_id: str, who: SignedPerson) -> httpx.Response:
        return await self.client.get(f"/v1/evidence/{evidence_id}", headers=who.headers)

    async def erase(self, evidence_id: str, who: SignedPerson | None = None, why: str = "nhầm tệp") -> httpx.Response:
        return await self.client.post(
            f"/v1/evidence/{evidence_id}/erasure", json={"why": why}, headers=(who or self.officer).headers
        )

    async def move_to(self, phase: str) -> None:
        """The officer moves the round on."""
        now = dt.datetime.now(dt.UTC)
        async with self.connection.transaction():
            state = await lock_state(self.connection, H99, self.round_id)
            moved = NewEvent(kind="phase_opened", person_id=1, role="officer", detail={"to": phase})
            await append(self.connection, H99, self.round_id, state, [moved], now)

    async def evidence_in_cell(self, component: str = COMPONENT) -> int:
        return await self.connection.fetchval(
            "SELECT evidence FROM round_cell WHERE unit_id = $1 AND component = $2", UNIT, component
        )


async def make_round(connection: asyncpg.Connection, person_id: int, *, until: dt.datetime | None = None) -> int:
    """A synthetic round of three departments: HOME is in charge of the field of COMPONENT, OTHER of the rest."""
    now = dt.datetime.now(dt.UTC)
    version = await connection.fetchrow(
        "SELECT framework_version_id, document::text AS document FROM framework_version WHERE code = 'par-department'"
    )
    fields = [child["code"] for child in json.loads(version["document"])["children"]]
    until = until or now + dt.timedelta(days=30)
    steps = ("declaration", "appraisal_1", "answer", "appraisal_2", "council")
    deadlines = {step: (until + dt.timedelta(days=n)).isoformat() for n, step in enumerate(steps)}
    async with connection.transaction():
        round_id = await connection.fetchval(
            "INSERT INTO assessment_round (tenant_id, realm, framework_version_id, block, period, scope_unit_id, title_vi, person_id, recorded_at)"
            " VALUES ($1, 'synthetic', $2, 'so', '2025', $1, 'Đợt thử', $3, $4) RETURNING round_id",
            H99, version["framework_version_id"], person_id, now,
        )  # fmt: skip
        for unit_id in (UNIT, OTHER, HOME):
            await connection.execute("INSERT INTO round_unit VALUES ($1, $2, $3)", H99, round_id, unit_id)
        for code in fields:
            department = HOME if code == fields[0] else OTHER
            await connection.execute("INSERT INTO round_field VALUES ($1, $2, $3, $4)", H99, round_id, code, department)
        opened = NewEvent(kind="opened", person_id=person_id, role="officer", detail={"deadlines": deadlines})
        await append(connection, H99, round_id, State(), [opened], now)
    return round_id


@pytest.fixture
async def town(connection: asyncpg.Connection, client: httpx.AsyncClient) -> Town:
    officer = await make_person(connection, H99, "Cán bộ Sở Nội vụ", ["officer"])
    round_id = await make_round(connection, officer.person_id)
    return Town(
        client,
        connection,
        round_id,
        officer,
        await make_person(connection, H99, "Đơn vị", [("unit", UNIT)]),
        await make_person(connection, H99, "Đơn vị khác", [("unit", OTHER)]),
        await make_person(connection, H99, "Thẩm định", [("appraiser", HOME)]),
        await make_person(connection, H99, "Thẩm định khác", [("appraiser", OTHER)]),
        await make_person(connection, H99, "Hội đồng", ["council"]),
        await make_person(connection, H99, "Kiểm tra", ["auditor"]),
        await make_person(connection, 980_000, "Tỉnh khác", ["officer", "council", "auditor"]),
    )
