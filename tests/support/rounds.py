"""A small criteria set, the people of the invented province H99, and a round of three departments over HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx

from parindex.db.session import Database
from parindex.frameworks.criteria_file import FrameworkFile, read_framework_yaml
from parindex.register.frameworks import publish
from scoring_api.people.person import Person, Role
from scoring_api.rounds.events import read_cells, read_events, read_state
from scoring_api.rounds.fold import fold
from support.people import SignedPerson, make_person

H99 = 990_000
HOME, FINANCE, HEALTH, JUSTICE, CONTROL = 990_001, 990_002, 990_003, 990_004, 990_005
"""Departments: HOME and CONTROL are in charge of fields, the three between are assessed."""
UNITS = (FINANCE, HEALTH, JUSTICE)
ASSESSED = {"steering": HOME, "procedures": CONTROL, "extra": HOME}
PHASES = ("declaration", "appraisal_1", "answer", "appraisal_2", "council")

CRITERIA = """code: round-demo
version: "1"
title_vi: Bộ tiêu chí minh họa đợt đánh giá
publisher_vi: Sở Nội vụ tỉnh H99
status: example
status_note_vi: Minh họa, không phải văn bản chính thức
in_force: {from: 2025-01-01, to: null}
periods: [year]
max: 100
rounding: {digits: 2, at: component}
index: {digits: 2, ranked_on: percent}
blocks:
  - {code: department, title_vi: Sở}
ties: {rule: competition, provenance: declared}
external_indices: {grdp: {title_vi: Tổng sản phẩm trên địa bàn}}
children:
  - code: steering
    number: "1"
    title_vi: Chỉ đạo, điều hành
    max: 77.86
    provenance: illustrative
    children:
      - {code: plan, number: "1.1", title_vi: Ban hành kế hoạch, max: 48.86, rule: yes_no, source: appraised, provenance: illustrative}
      - {code: results, number: "1.2", title_vi: Kết quả thực hiện, max: 24, rule: linear, source: appraised, on_no_data: zero, provenance: illustrative}
      - {code: inspection, number: "1.3", title_vi: Kiểm tra đơn vị trực thuộc, max: 5, rule: yes_no, source: appraised, provenance: illustrative}
  - code: procedures
    number: "2"
    title_vi: Thủ tục hành chính
    max: 2.14
    provenance: illustrative
    children:
      - code: publication
        number: "2.1"
        title_vi: Công khai tiến độ, kết quả giải quyết hồ sơ
        max: 0.75
        rule: checklist
        options: [{id: a, points: 0.25, title_vi: Cấp tỉnh}, {id: b, points: 0.25, title_vi: Cấp xã}, {id: c, points: 0.25, title_vi: Cấp huyện}]
        source: appraised
        provenance: illustrative
        evidence_required: Văn bản, ảnh chụp trang công khai
      - {code: late, number: "2.2", title_vi: Xin lỗi khi trễ hạn, max: 1.39, rule: yes_no, source: appraised, provenance: illustrative}
  - code: impact
    number: "3"
    title_vi: Tác động
    max: 20
    provenance: illustrative
    children:
      - {code: satisfaction, number: "3.1", title_vi: Mức độ hài lòng, max: 10, rule: survey_top2, instrument: KIOSK3, source: survey, provenance: illustrative}
      - {code: growth, number: "3.2", title_vi: Tăng trưởng, max: 4, rule: external, index: grdp, scale: 100, source: external, provenance: illustrative}
      - {code: disbursement, number: "3.3", title_vi: Giải ngân, max: 6, rule: linear, source: data, on_no_data: zero, provenance: illustrative}
  - code: extra
    number: "4"
    title_vi: Điểm cộng
    max: 2
    section: bonus
    provenance: illustrative
    children:
      - {code: initiatives, number: "4.1", title_vi: Sáng kiến, max: 2, rule: per_item, points_each: 0.5, source: appraised, provenance: illustrative}
      - {code: marks, number: "4.2", title_vi: Điểm của Chủ tịch, max: 1, rule: manual, source: appraised, provenance: illustrative}
"""


def criteria(*replaced: tuple[str, str]) -> FrameworkFile:
    """The criteria set with pieces of it replaced, each of which must be there."""
    text = CRITERIA
    for old, new in replaced:
        assert old in text, old
        text = text.replace(old, new)
    return read_framework_yaml(text, "round-demo.yaml")


async def put_in_force(connection: asyncpg.Connection, *replaced: tuple[str, str]) -> None:
    await publish(connection, [criteria(*replaced)], why="test")


@dataclass
class Cast:
    """Who takes part. `units`: the person of each assessed unit."""

    officer: SignedPerson
    units: dict[int, SignedPerson]
    home: SignedPerson
    control: SignedPerson
    chair: SignedPerson
    member: SignedPerson
    auditor: SignedPerson

    @classmethod
    async def of(cls, where: asyncpg.Connection | Database) -> Cast:
        async def one(name: str, *roles: Any) -> SignedPerson:
            return await make_person(where, H99, name, roles)

        return cls(
            await one("Cán bộ Sở Nội vụ", "officer"),
            {unit: await one(f"Đơn vị {unit}", ("unit", unit)) for unit in UNITS},
            await one("Thẩm định Nội vụ", ("appraiser", HOME)),
            await one("Thẩm định Văn phòng", ("appraiser", CONTROL)),
            await one("Chủ tịch hội đồng", "council"),
            await one("Ủy viên hội đồng", "council"),
            await one("Kiểm tra", "auditor"),
        )


@dataclass
class Stage:
    """A round over HTTP with a clock of its own: real time at first, moved on by the test."""

    client: httpx.AsyncClient
    connection: asyncpg.Connection
    cast: Cast
    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    round_id: int = 0

    @classmethod
    async def of(cls, client: httpx.AsyncClient, connection: asyncpg.Connection, *replaced: tuple[str, str]) -> Stage:
        """Criteria in force, people there, no round yet."""
        await put_in_force(connection, *replaced)
        stage = cls(client, connection, await Cast.of(connection))
        client.app.state.clock = lambda: stage.now  # type: ignore[attr-defined]
        return stage

    def deadlines(self) -> dict[str, str]:
        """Ten days for each step."""
        return {phase: (self.now + dt.timedelta(days=10 * place)).isoformat() for place, phase in enumerate(PHASES, 1)}

    def opening(self, **changes: Any) -> dict[str, Any]:
        return {
            "title_vi": "Đánh giá cải cách hành chính các sở năm 2026",
            "realm": "synthetic",
            "framework": "round-demo",
            "block": "department",
            "period": "2026",
            "units": list(UNITS),
            "departments": ASSESSED,
            "deadlines": self.deadlines(),
            **changes,
        }

    async def send(self, who: SignedPerson, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """A request under /v1/rounds."""
        return await self.client.request(method, f"/v1/rounds{path}", json=body, headers=who.headers, **more)

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

    async def open(self, **changes: Any) -> int:
        document = await self.done(self.cast.officer, "POST", "", self.opening(**changes))
        self.round_id = document["round"]["round_id"]
        return self.round_id

    def cell(self, unit: int, component: str, side: str) -> str:
        return f"/{self.round_id}/units/{unit}/components/{component}/{side}"

    async def declare(self, unit: int, component: str, given: Any, **more: Any) -> dict[str, Any]:
        return await self.done(
            self.cast.units[unit], "PUT", self.cell(unit, component, "declaration"), {"input": given, **more}
        )

    async def appraise(self, who: SignedPerson, unit: int, component: str, given: Any, note: str = "Đúng hồ sơ") -> Any:
        return await self.done(who, "PUT", self.cell(unit, component, "appraisal"), {"input": given, "note": note})

    async def past(self, phase: str) -> None:
        """The deadline of a step passes."""
        at = await self.connection.fetchval(
            "SELECT deadlines->>$2 FROM round_state WHERE tenant_id = $1 AND round_id = $3", H99, phase, self.round_id
        )
        self.now = max(self.now, dt.datetime.fromisoformat(at))

    async def move_to(self, *phases: str) -> None:
        """Each deadline passes and the officer opens the next step."""
        for phase in phases:
            await self.past(PHASES[PHASES.index(phase) - 1])
            await self.done(self.cast.officer, "POST", f"/{self.round_id}/phase", {"to": phase})

    async def state(self, who: SignedPerson | None = None) -> dict[str, Any]:
        return await self.done(who or self.cast.auditor, "GET", f"/{self.round_id}")


async def caches_hold(connection: asyncpg.Connection, round_id: int, units: Sequence[int] = UNITS) -> None:
    """State and cells as stored are what the events give."""
    events = await read_events(connection, H99, round_id)
    assert [event.event_no for event in events] == list(range(1, len(events) + 1))
    state, cells = fold(events)
    assert await read_state(connection, H99, round_id) == state
    count = await connection.fetchval("SELECT count(*) FROM round_cell WHERE round_id = $1", round_id)
    assert count == len(cells)
    assert await read_cells(connection, H99, round_id, list(cells)) == cells


def person(signed: SignedPerson, *roles: tuple[str, int | None]) -> Person:
    """The person as use cases know it."""
    return Person(signed.tenant_id, signed.person_id, signed.name, frozenset(Role(*role) for role in roles))  # type: ignore[arg-type]
