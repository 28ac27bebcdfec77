"""A whole assessment round of three departments, over HTTP only, with the three services as processes.

Declared, disputed, handed in late, appraised twice, joined with a survey that citizens answered, closed by two persons.
The figures are those of two published cases: the checklist of Bình Định 2019 (self 0.75, council 0.25) and the adjusted
maxima of Bình Thuận 2018 (93.76 of 95 ranks before 93.95 of 98.61).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from cryptography.fernet import Fernet

from parindex.engine.period import VIETNAM, local_day
from support.documents import pdf
from support.plan import item
from support.processes import Site
from support.rounds import ASSESSED, FINANCE, HEALTH, JUSTICE, PHASES, UNITS, Cast, put_in_force
from support.town import PROVINCE, REALM, Town
from support.until import until

pytestmark = pytest.mark.processes

CODES = {FINANCE: "H99.02", HEALTH: "H99.03", JUSTICE: "H99.04"}
ALL, YES = {"ticked": ["a", "b", "c"]}, {"value": True}
DECLARED: dict[int, dict[str, Any]] = {
    FINANCE: {
        "plan": YES, "results": {"numerator": "99", "denominator": "100"}, "inspection": {"not_applicable": True},
        "publication": ALL, "late": YES,
    },
    HEALTH: {
        "plan": YES, "results": {"numerator": "2134", "denominator": "2400"}, "inspection": YES,
        "publication": ALL, "late": {"not_applicable": True},
    },
    JUSTICE: {
        "plan": YES, "results": {"numerator": "1", "denominator": "2"}, "inspection": YES,
        "publication": ALL, "late": YES,
    },
}  # fmt: skip
SATISFIED = {FINANCE: 9, HEALTH: 8, JUSTICE: 7}
"""Favourable of ten answers."""


@pytest.fixture
async def town(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """Everything runs, evidence lies in a folder, the one-stop software has its token."""
    site = Site(database_url, redis_url, tmp_path)
    try:
        ingest, _ = await site.start("survey_ingest", "ranking_worker")
        store = {
            "PARINDEX_SECRET_KEYS": Fernet.generate_key().decode(),
            "PARINDEX_EVIDENCE_STORE": (tmp_path / "evidence").as_uri(),
        }
        scoring = site.service("scoring_api", **store)
        await scoring.start()
        async with httpx.AsyncClient(timeout=20) as http:
            town = Town(site, ingest, scoring, http)
            await town.get_token("sender", "create", "Một cửa H99", "--unit", PROVINCE, "--realm", REALM)
            yield town
    finally:
        site.end()


class Officials:
    """The hands of those who take part in the round."""

    def __init__(self, town: Town, cast: Cast) -> None:
        self.town, self.cast, self.round = town, cast, ""

    async def ask(self, who: Any, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        url = f"{self.town.scoring.url}/v1/rounds{self.round}{path}"
        return await self.town.http.request(method, url, json=body, headers=who.headers, **more)

    async def done(self, who: Any, method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
        answer = await self.ask(who, method, path, body, **more)
        assert answer.status_code in (200, 201), answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def refused(self, who: Any, method: str, path: str, body: Any, status: int, code: str) -> dict[str, Any]:
        answer = await self.ask(who, method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        problem: dict[str, Any] = answer.json()
        return problem

    async def put(self, who: Any, unit: int, component: str, side: str, given: Any, note: str = "", **more: Any) -> Any:
        path = f"/units/{unit}/components/{component}/{side}"
        return await self.done(who, "PUT", path, {"input": given, "note": note, **more})

    async def declare_all(self, unit: int, **more: Any) -> None:
        who = self.cast.units[unit]
        for component, given in DECLARED[unit].items():
            await self.put(who, unit, component, "declaration", given, "Theo báo cáo của Sở", **more)
        path = f"/units/{unit}/components/publication/evidence"
        files = {"file": ("ảnh chụp trang công khai.pdf", pdf(str(unit)), "application/pdf")}
        await self.done(who, "POST", path, files=files, data={"late_reason": more.get("late_reason", "")})
        await self.done(who, "POST", f"/units/{unit}/submission", {"step": "declaration", **more})

    async def move(self, to: str) -> None:
        moved = await self.done(self.cast.officer, "POST", "/phase", {"to": to})
        assert moved["phase"] == to


@pytest.fixture
async def officials(town: Town, database_url: str) -> Officials:
    connection = await asyncpg.connect(database_url)
    try:
        await put_in_force(connection)
        return Officials(town, await Cast.of(connection))
    finally:
        await connection.close()


async def test_a_round_from_its_opening_to_a_table_ready_for_publication(officials: Officials) -> None:
    town, cast = officials.town, officials.cast
    year = str(local_day(dt.datetime.now(VIETNAM) - dt.timedelta(hours=1)).year)
    now = dt.datetime.now(dt.UTC)

    # Opened: framework frozen, departments in charge, a deadline for each step.
    opened = await officials.done(
        cast.officer,
        "POST",
        "",
        {
            "title_vi": f"Đánh giá CCHC các sở năm {year}",
            "realm": REALM,
            "framework": "round-demo",
            "block": "department",
            "period": year,
            "units": list(UNITS),
            "departments": ASSESSED,
            "deadlines": {
                phase: (now + dt.timedelta(days=30 * place)).isoformat() for place, phase in enumerate(PHASES, 1)
            },
        },
    )
    officials.round = f"/{opened['round']['round_id']}"
    assert opened["round"]["notice"] is not None, "invented figures say so"

    # Two units hand in with their evidence. The third lets the deadline pass: refused, then granted, then late.
    await officials.declare_all(FINANCE)
    await officials.declare_all(HEALTH)
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    body = {"phase": "declaration", "until": soon.isoformat(), "note": "Chốt sớm theo Kế hoạch 12"}
    await officials.done(cast.officer, "POST", "/deadlines", body)
    justice = cast.units[JUSTICE]
    path = f"/units/{JUSTICE}/components/publication/declaration"

    async def over() -> bool:
        # Names an event that never was, so that nothing is stored while the deadline is still ahead.
        answer = await officials.ask(justice, "PUT", path, {"input": ALL, "expected_event_no": 99_999})
        return bool(answer.json()["code"] == "deadline_over")

    await until(over)
    late = {"input": ALL, "late_reason": "Mất kết nối do bão"}
    problem = await officials.refused(justice, "PUT", path, late, 409, "deadline_over")
    assert f"{soon.astimezone(VIETNAM):%d/%m/%Y}" in problem["detail"]
    await officials.move("appraisal_1")
    grant = {
        "phase": "declaration",
        "unit_id": JUSTICE,
        "until": (now + dt.timedelta(days=2)).isoformat(),
        "note": "Bão số 9",
    }
    await officials.done(cast.officer, "POST", "/late-rights", grant)
    await officials.refused(justice, "PUT", path, {"input": ALL}, 409, "late_reason_missing")
    await officials.declare_all(JUSTICE, late_reason="Mất kết nối do bão")

    # Nobody sees another unit's figures or evidence.
    seen = await officials.done(cast.units[FINANCE], "GET", "")
    assert {cell["unit_id"] for cell in seen["cells"]} == {FINANCE}
    answer = await officials.ask(cast.units[FINANCE], "GET", f"/units/{JUSTICE}/evidence")
    assert answer.status_code == 403

    # Appraisal 1: each department in its field. The checklist of JUSTICE is disputed.
    for unit in UNITS:
        for component, given in DECLARED[unit].items():
            who = cast.control if component in ("publication", "late") else cast.home
            if (unit, component) == (JUSTICE, "publication"):
                opinion = "Có công khai nhưng chưa đầy đủ: chỉ công khai 49.533/62.027 hồ sơ"
                await officials.put(who, unit, component, "appraisal", {"ticked": ["b"]}, opinion)
            else:
                await officials.put(who, unit, component, "appraisal", given)
        await officials.put(cast.home, unit, "initiatives", "appraisal", {"count": 0}, "Không có sáng kiến")
        await officials.put(cast.home, unit, "marks", "appraisal", {"points": "0"}, "Không chấm điểm cộng")
    await officials.move("answer")

    # The unit answers, the department keeps its opinion, the council decides.
    await officials.put(justice, JUSTICE, "publication", "answer", ALL, "Đã bổ sung, đề nghị 0,75 điểm")
    for unit in UNITS:
        await officials.done(cast.units[unit], "POST", f"/units/{unit}/submission", {"step": "answer"})
    await officials.move("appraisal_2")
    kept = "Số liệu bổ sung phát sinh sau ngày 31/12"
    await officials.put(cast.control, JUSTICE, "publication", "appraisal", {"ticked": ["b"]}, kept)
    await officials.move("council")
    decided = await officials.put(
        cast.chair, JUSTICE, "publication", "decision", {"ticked": ["b"]}, "Giữ ý kiến thẩm định"
    )
    assert decided["points"] == "0.25"
    thread = await officials.done(justice, "GET", f"/events?unit_id={JUSTICE}&component=publication")
    spoken = [(event["kind"], event["points"], event["late_reason"] is not None) for event in thread["events"]]
    assert spoken == [
        ("declared", "0.75", True),
        ("evidence_added", None, True),
        ("appraised_1", "0.25", False),
        ("answered", "0.75", False),
        ("appraised_2", "0.25", False),
        ("decided", "0.25", False),
    ]

    # Citizens have answered meanwhile; survey, another index and a statistic are joined.
    sent = [
        item(f"{unit}-{number}", CODES[unit], 5 if number < SATISFIED[unit] else 2, f"{unit}-{number}")
        for unit in UNITS
        for number in range(10)
    ]
    assert (await town.post("/v1/responses/batch", sent)).status_code in (200, 201, 207)
    await officials.refused(cast.chair, "POST", "/closing", {}, 409, "round_incomplete")

    async def surveyed() -> bool:
        answer = await officials.done(cast.officer, "POST", "/joins", {"kind": "survey"})
        state = await officials.done(cast.auditor, "GET", "")
        counted = [
            cell["sides"]["joined"]["input"]["answers"]
            for cell in state["cells"]
            if cell["component"] == "satisfaction"
        ]
        return answer["absent"] == [] and counted == ["10"] * 3

    await until(surveyed)
    figures = [
        {"unit_id": unit, "component": component, "input": given}
        for unit in UNITS
        for component, given in (("growth", {"value": "100"}), ("disbursement", {"numerator": "7", "denominator": "7"}))
    ]
    body = {"kind": "figures", "figures": figures, "source": "Niên giám thống kê, Kho bạc Nhà nước"}
    await officials.done(cast.officer, "POST", "/joins", body)

    # 93.76 of 95 goes before 93.95 of 98.61: what does not apply leaves the denominator.
    table = await officials.done(cast.auditor, "GET", "/table")
    assert table["state"] == "provisional"
    rows = [
        (row["unit_id"], row["rank"], row["points"], row["maximum"], row["index"]) for row in table["table"]["rows"]
    ]
    assert rows[:2] == [(FINANCE, 1, "93.76", "95", "98.69"), (HEALTH, 2, "93.95", "98.61", "95.27")]
    assert (rows[2][0], rows[2][1]) == (JUSTICE, 3)

    # The variance report has the dispute; the explained score says what was not reached and why.
    report = await officials.done(cast.officer, "GET", "/variance")
    disputed = next(
        line for line in report["lines"] if (line["unit_id"], line["component"]) == (JUSTICE, "publication")
    )
    assert (disputed["declared"], disputed["final"], disputed["difference"]) == ("0.75", "0.25", "0.50")
    score = (await officials.done(justice, "GET", f"/units/{JUSTICE}/score"))["score"]
    lost = {line["code"]: line["lost"] for line in score["not_reached"]}
    assert (lost["publication"], lost["satisfaction"], lost["results"]) == ("0.50", "3.00", "12.00")

    # Closed by two persons: the chair has scored, the member has not.
    await officials.done(cast.chair, "POST", "/closing", {})
    await officials.refused(cast.chair, "POST", "/closing/confirmation", {}, 403, "second_person_needed")
    closed = await officials.done(cast.member, "POST", "/closing/confirmation", {"note": "Nhất trí"})
    assert closed["phase"] == "closed"
    await officials.refused(justice, "PUT", path, late, 409, "round_closed")

    # The worker has stored the final table by itself: ready for publication, the same figures.
    async def stored() -> bool:
        final = await officials.done(cast.auditor, "GET", "/table")
        return (final["computed"], final["state"]) == ("stored", "final")

    await until(stored)
    final = await officials.done(cast.auditor, "GET", "/table")
    assert [(row["unit_id"], row["index"]) for row in final["table"]["rows"]] == [(row[0], row[4]) for row in rows]
    assert (await officials.done(cast.officer, "GET", ""))["round"]["ready_for_publication"] is True
