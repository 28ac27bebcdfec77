"""A league table from the closed round to its correction, over HTTP, with the worker and scoring-api as processes.

Drafted, reviewed and approved by different persons, signed; disputed by a unit, upheld, decided anew, published as errata.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from cryptography.fernet import Fernet

from parindex.engine.period import VIETNAM, local_day
from support.documents import pdf
from support.people import SignedPerson, make_person
from support.processes import ServiceProcess, Site
from support.rounds import ASSESSED, FINANCE, H99, HEALTH, JUSTICE, PHASES, UNITS, Cast, put_in_force
from support.until import until

pytestmark = pytest.mark.processes

YES = {"value": True}
TICKED = {FINANCE: ["a", "b", "c"], HEALTH: ["a", "b"], JUSTICE: ["b"]}
"""What appraisal accepts of the checklist: it alone divides the three departments."""
EVERYTHING = {"ticked": ["a", "b", "c"]}
SAME = {"plan": YES, "results": {"numerator": "9", "denominator": "10"}, "inspection": YES, "late": YES}
TITLE = "Chỉ số cải cách hành chính các sở"
ERRATUM = "Theo kết luận vụ khiếu nại: tài liệu công khai của Sở đủ cả ba cấp; điểm mục 2.1 được tính lại."


class Publishing:
    """The people of one authority before its two services."""

    def __init__(self, site: Site, scoring: ServiceProcess, http: httpx.AsyncClient, cast: Cast, year: str) -> None:
        self.site, self.scoring, self.http, self.cast, self.year = site, scoring, http, cast, year

    async def ask(
        self, who: SignedPerson | None, method: str, path: str, body: Any = None, **more: Any
    ) -> httpx.Response:
        headers = {} if who is None else who.headers
        return await self.http.request(method, f"{self.scoring.url}/v1/{path}", json=body, headers=headers, **more)

    async def done(self, who: SignedPerson | None, method: str, path: str, body: Any = None, **more: Any) -> Any:
        answer = await self.ask(who, method, path, body, **more)
        assert answer.status_code in (200, 201), f"{path}: {answer.text}"
        return answer.json()

    async def refused(self, who: SignedPerson, method: str, path: str, body: Any, status: int, code: str) -> None:
        answer = await self.ask(who, method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text

    async def close_a_round(self) -> int:
        """Three departments are declared for, appraised, decided; closed by two persons."""
        cast, now = self.cast, dt.datetime.now(dt.UTC)
        deadlines = {phase: (now + dt.timedelta(days=30 * place)).isoformat() for place, phase in enumerate(PHASES, 1)}
        opening = {
            "title_vi": f"Đánh giá CCHC các sở năm {self.year}", "realm": "synthetic", "framework": "round-demo",
            "block": "department", "period": self.year, "units": list(UNITS), "departments": ASSESSED,
            "deadlines": deadlines,
        }  # fmt: skip
        number: int = (await self.done(cast.officer, "POST", "rounds", opening))["round"]["round_id"]
        base = f"rounds/{number}"

        async def put(who: SignedPerson, unit: int, component: str, side: str, given: Any, note: str = "") -> None:
            path = f"{base}/units/{unit}/components/{component}/{side}"
            await self.done(who, "PUT", path, {"input": given, "note": note})

        async def move(*phases: str) -> None:
            for phase in phases:
                await self.done(cast.officer, "POST", f"{base}/phase", {"to": phase})

        for unit in UNITS:
            for component, given in {**SAME, "publication": EVERYTHING}.items():
                await put(cast.units[unit], unit, component, "declaration", given, "Theo báo cáo của Sở")
            file = {"file": ("trang-cong-khai.pdf", pdf(str(unit)), "application/pdf")}
            path = f"{base}/units/{unit}/components/publication/evidence"
            await self.done(cast.units[unit], "POST", path, files=file)
            await self.done(cast.units[unit], "POST", f"{base}/units/{unit}/submission", {"step": "declaration"})
        await move("appraisal_1")
        for unit in UNITS:
            accepted = {
                **SAME,
                "publication": {"ticked": TICKED[unit]},
                "initiatives": {"count": 0},
                "marks": {"points": "0"},
            }
            for component, given in accepted.items():
                who = cast.control if component in ("publication", "late") else cast.home
                await put(who, unit, component, "appraisal", given, "Theo hồ sơ kiểm chứng")
        await move("answer")
        for unit in UNITS:
            await self.done(cast.units[unit], "POST", f"{base}/units/{unit}/submission", {"step": "answer"})
        await move("appraisal_2", "council")
        figures = [
            {"unit_id": unit, "component": component, "input": given}
            for unit in UNITS
            for component, given in (
                ("growth", {"value": "90"}),
                ("disbursement", {"numerator": "6", "denominator": "7"}),
            )
        ]
        joined = {"kind": "figures", "figures": figures, "source": "Niên giám thống kê"}
        await self.done(cast.officer, "POST", f"{base}/joins", joined)
        for unit in UNITS:
            await put(cast.chair, unit, "satisfaction", "decision", {"percent": "82.30"}, "Theo báo cáo khảo sát")
        await self.done(cast.chair, "POST", f"{base}/closing", {})
        await self.done(cast.member, "POST", f"{base}/closing/confirmation", {"note": "Nhất trí"})
        return number

    async def publish(self, source: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Drafted, reviewed, approved, signed by the worker; the publication as it was approved."""
        cast = self.cast
        wish = {"source": source, "title_vi": TITLE, **more}
        number = (await self.done(cast.officer, "POST", "publications", wish))["publication"]["publication_id"]
        found: dict[str, Any] = {}

        async def built() -> bool:
            nonlocal found
            found = await self.done(cast.auditor, "GET", f"publications/{number}")
            return found["publication"]["body_sha256"] is not None

        await until(built)
        digest = {"body_sha256": found["publication"]["body_sha256"]}
        agreed = {**digest, "agrees": True}
        await self.refused(cast.officer, "POST", f"publications/{number}/review", agreed, 403, "second_person_needed")
        await self.done(cast.chair, "POST", f"publications/{number}/review", agreed)
        await self.done(cast.member, "POST", f"publications/{number}/approval", digest)

        async def signed() -> bool:
            shown = await self.done(cast.auditor, "GET", f"publications/{number}")
            return shown["publication"]["edition_no"] is not None

        await until(signed)
        return found

    async def places(self, edition: int) -> dict[int, int]:
        rows = (await self.done(None, "GET", f"editions/{H99}/{edition}"))["body"]["rows"]
        return {row["unit_id"]: row["rank"] for row in rows}

    async def known_on(self, moment: dt.datetime) -> dict[str, Any]:
        asked = {
            "kind": "edition", "index": "round-demo", "scope": "H99", "block": "department", "period": self.year,
            "realm": "synthetic", "known_on": moment.isoformat(),
        }  # fmt: skip
        found: dict[str, Any] = await self.done(None, "GET", "as-known-on", params=asked)
        return found


@pytest.fixture
async def publishing(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Publishing]:
    site = Site(database_url, redis_url, tmp_path)
    connection = await asyncpg.connect(database_url)
    try:
        await put_in_force(connection)
        cast = await Cast.of(connection)
        key = tmp_path / "signing.key"
        site.command("editions", "new-key", str(key))
        store = {
            "PARINDEX_SECRET_KEYS": Fernet.generate_key().decode(),
            "PARINDEX_EVIDENCE_STORE": (tmp_path / "evidence").as_uri(),
        }
        await site.service("ranking_worker", PARINDEX_SIGNING_KEY_FILE=str(key)).start()
        scoring = site.service("scoring_api", **store)
        await scoring.start()
        year = str(local_day(dt.datetime.now(VIETNAM) - dt.timedelta(hours=1)).year)
        async with httpx.AsyncClient(timeout=30) as http:
            yield Publishing(site, scoring, http, cast, year)
    finally:
        await connection.close()
        site.end()


async def test_a_table_is_published_disputed_and_corrected(publishing: Publishing, tmp_path: Path) -> None:
    cast, site = publishing.cast, publishing.site
    justice = cast.units[JUSTICE]
    round_id = await publishing.close_a_round()

    # Edition 1: signed after two other persons agreed to exactly that draft; it holds without the database.
    source = {"kind": "round", "round_id": round_id}
    await publishing.publish(source, decision="12/QĐ-UBND")
    assert await publishing.places(1) == {FINANCE: 1, HEALTH: 2, JUSTICE: 3}
    first = tmp_path / "first.json"
    first.write_text(json.dumps(await publishing.done(None, "GET", f"editions/{H99}/1/signed")))
    assert "the edition holds" in site.command("verify", str(first))
    before = dt.datetime.now(dt.UTC)

    # The unit disputes one component with its argument; everybody sees that there is a case, nobody what it says.
    (table,) = (await publishing.done(justice, "GET", "appeals/tables"))["tables"]
    assert (table["edition_no"], table["rank"], table["open"]) == (1, 3, True)
    files = (await publishing.done(justice, "GET", f"rounds/{round_id}/units/{JUSTICE}/evidence"))["evidence"]
    argument = "Ảnh chụp kèm hồ sơ cho thấy Sở công khai đủ ba cấp"
    appeal = {
        "publication_id": table["publication_id"], "unit_id": JUSTICE, "component": "publication",
        "argument": argument, "evidence_ids": [file["evidence_id"] for file in files],
    }  # fmt: skip
    filed = await publishing.done(justice, "POST", "appeals", appeal)
    case, path = filed["appeal"]["case_no"], f"appeals/{filed['appeal']['appeal_id']}"
    standing = await publishing.done(None, "GET", f"editions/{H99}/1/standing")
    assert standing["disputes"] == {
        "open": 1, "awaiting_correction": 0, "case_numbers": [case], "of_earlier": [],
    }  # fmt: skip
    assert argument not in (await publishing.ask(None, "GET", f"editions/{H99}/1/appeals")).text
    await publishing.refused(cast.units[HEALTH], "GET", path, None, 403, "appeal_not_yours")

    # Upheld, though not by whoever scored it; the closed round changes by nothing else.
    async with site.connection() as connection:
        scored = await make_person(connection, H99, "Ủy viên mới", ["council"])
    decision = {"component": "publication", "input": EVERYTHING, "note": "Hồ sơ đủ ba cấp"}
    await publishing.refused(cast.member, "POST", f"{path}/decision", decision, 409, "appeal_not_upheld")
    await publishing.done(scored, "POST", f"{path}/answer", {"text": "Đã đối chiếu ảnh chụp với trang của Sở"})
    await publishing.done(scored, "POST", f"{path}/outcome", {"outcome": "upheld", "why": "Công khai đủ ba cấp"})
    await publishing.refused(scored, "POST", f"{path}/decision", decision, 403, "second_person_needed")
    elsewhere = {**decision, "component": "plan"}
    await publishing.refused(cast.member, "POST", f"{path}/decision", elsewhere, 409, "component_not_disputed")
    said = await publishing.done(cast.member, "POST", f"{path}/decision", decision)
    assert said["points"] == "0.75"
    (shown,) = (await publishing.done(justice, "GET", path))["decisions"]
    assert (shown["component"], shown["points"], shown["why"]) == ("publication", "0.75", decision["note"])

    async def computed_again() -> bool:
        final = await publishing.done(cast.auditor, "GET", f"rounds/{round_id}/table")
        ranks = {row["unit_id"]: row["rank"] for row in final["table"]["rows"]}
        return bool(final["computed"] == "stored" and ranks == {FINANCE: 1, JUSTICE: 1, HEALTH: 3})

    await until(computed_again)

    # Edition 2 supersedes it, names what changed, why, and whose place moved.
    assert await publishing.places(1) == {FINANCE: 1, HEALTH: 2, JUSTICE: 3}
    approved = await publishing.publish(source, supersedes=1, erratum=ERRATUM, decision="15/QĐ-UBND")
    moved = {one["unit_id"]: (one["rank_before"], one["rank_after"]) for one in approved["moved"] if one["rank_moved"]}
    assert moved == {JUSTICE: (3, 1), HEALTH: (2, 3)}
    assert await publishing.places(2) == {FINANCE: 1, JUSTICE: 1, HEALTH: 3}
    document = await publishing.done(None, "GET", f"editions/{H99}/2")
    assert (
        document["publication"]["supersedes"],
        ERRATUM in json.dumps(document["publication"], ensure_ascii=False),
    ) == (1, True)
    await publishing.done(cast.officer, "POST", f"{path}/correction", {"edition_no": 2})
    (told,) = (await publishing.done(None, "GET", f"editions/{H99}/1/appeals"))["appeals"]
    assert (told["case_no"], told["outcome"], told["reason"], told["corrected_by"]) == (
        case, "upheld", "Công khai đủ ba cấp", 2,
    )  # fmt: skip
    standing = await publishing.done(None, "GET", f"editions/{H99}/1/standing")
    assert (standing["superseding_erratum"], standing["disputes"]["case_numbers"]) == (ERRATUM, [])

    # The chain holds from end to end; each edition is computed again byte for byte.
    chain = tmp_path / "chain.json"
    site.command("editions", "chain", "--tenant", str(H99), "-o", str(chain))
    head = (await publishing.done(None, "GET", f"chain-head?tenant={H99}"))["head"]
    assert "the chain of 2 editions holds" in site.command("verify", str(chain), "--head", head)
    for number in (1, 2):
        assert "identical to what was signed" in site.command("rederive", f"{H99}/{number}")

    # As known on a day before the correction, and after it.
    then, now = await publishing.known_on(before), await publishing.known_on(dt.datetime.now(dt.UTC))
    assert then["held"]["holder"] != now["held"]["holder"]
    figures = [{one["unit_id"]: one["value"] for one in known["figures"]} for known in (then, now)]
    assert figures[0][HEALTH] == figures[1][HEALTH]
    assert figures[0][JUSTICE] != figures[1][JUSTICE] == figures[1][FINANCE]
