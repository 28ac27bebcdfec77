"""The full circle, with the three services and the portal as processes: an unchanged exporter's bodies and a kiosk's sheets come in,
dossiers and responses are counted, a round of Decision 766 takes the counts, a league table is signed, the month's votes go up, and the
portal's own books hold exactly what was counted here.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from cryptography.fernet import Fernet

from e2e.test_edition_story import Publishing
from parindex.engine.period import Period, local_day
from portal.simulator.exports import Sent, dossier_calls, personal_values
from portal.simulator.handle import Simulator, running
from portal.simulator.histories import History, histories
from support.portal import HUB, SECRETS
from support.processes import Site
from support.rounds import FINANCE, H99, PHASES, Cast
from support.town import PROVINCE, REALM
from support.until import until

pytestmark = pytest.mark.processes

DOSSIERS, ON_TIME = 15, 12
RULES = ("finished", "moved_backwards", "two_pauses", "finished_late")
PRESSED = {5: 40, 4: 8, 2: 2}
"""Level -> how many people pressed it at the counter of the department."""
WORDS = {5: "RẤT HÀI LÒNG", 4: "Hài lòng ", 2: "KHÔNG HÀI LÒNG"}
PETITIONS = {"TiepNhan": 10, "VeQuyDinh": 6, "VeCanBo": 1, "DenHan": 8, "DungHan": 6, "HaiLong": 4, "HoSoBiPhanAnh": 1}
POSTED = {
    "publish_on_time": {"numerator": "50", "denominator": "54"}, "public_update_on_time": {"numerator": "60", "denominator": "68"},
    "public_content_full": {"numerator": "87", "denominator": "89"}, "dossier_sync": {"numerator": "15", "denominator": "15"},
    "electronic_certified_copy": {"percent": "100"}, "online": {"imported_points": "6.66"},
    "citizen_data_connected_formality": {"no_data": True}, "fee_formality_integrated": {"no_data": True},
    "formality_with_online_payment": {"no_data": True},
}  # fmt: skip
"""What dossiers cannot tell, with its source."""


def open_month() -> Period:
    """A month that is not closed yet and has days behind it: this one, or in its first week the one before."""
    today = local_day(dt.datetime.now(dt.UTC))
    month = Period.containing(today, "month")
    return month if today.day > 8 else month.previous


MONTH = open_month()
LAST = min(MONTH.last, local_day(dt.datetime.now(dt.UTC)) - dt.timedelta(days=1))


def lives() -> list[History]:
    """Dossiers of the department in the month, every event behind us; 12 of 15 on time by rules that no reading changes."""
    drawn = histories(7, DOSSIERS, on_time=ON_TIME, first=MONTH.first, last=LAST, rules=RULES)
    found = []
    for number, life in enumerate(drawn, 1):
        agency = dataclasses.replace(life.agency, code="H99.02", name="Sở Tài chính", root="H99")
        found.append(dataclasses.replace(life, code=f"H99.02-{life.received:%y%m%d}-{number:04d}", agency=agency))
    return found


class Exporter:
    """A vendor's exporter of 2020 that was told another host name and nothing else."""

    def __init__(self, http: httpx.AsyncClient, url: str, account: dict[str, str]) -> None:
        self.http, self.url, self.account, self.session = http, url, account, ""

    async def log_in(self) -> None:
        answer = await self._post(
            "mapi/login", {"username": self.account["client_id"], "password": self.account["client_secret"]}
        )
        self.session = answer["session"]

    async def export(self, calls: Iterator[Sent]) -> None:
        """Asks whether a dossier is known, sends it, then its progress; success is a code and the word."""
        for call in calls:
            if call.service == "DongBoHoSoMC" and call.body["isUpdating"] == "False":
                (code,) = {record["MaHoSo"] for record in call.body["data"]}
                found = await self.call({"service": "TraCuuHoSo", "madonvi": "H99.02", "mahoso": code})
                assert found["result"] == [], "nothing is known of it yet"
            answer = await self.call({**call.body, "madonvi": "H99.02"})
            assert answer["error_code"] == 0, answer
            assert "thành công" in answer["message"]

    async def rate(self, sheets: list[dict[str, Any]]) -> None:
        answer = await self.call({"service": "DongBoDanhGia", "madonvi": "H99.02", "data": sheets})
        assert answer["error_code"] == 0, answer
        assert "thành công" in answer["message"]

    async def call(self, body: dict[str, Any]) -> dict[str, Any]:
        return await self._post("mapi/g", {**body, "session": self.session})

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.http.post(f"{self.url}/XrdAdapter/RestService/forward/{path}", json=body)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document


def sheets(rated: list[History]) -> list[dict[str, Any]]:
    """One sheet a press, of dossiers by turns and of people who only asked; words and times as kiosks write them."""
    at = dt.datetime.combine(LAST, dt.time(9, 30))
    pressed = [level for level, count in PRESSED.items() for _ in range(count)]
    return [
        {
            "MaPhieu": f"KIOSK-{number:04d}", "MaHoSo": rated[number].code if number < len(rated) else f"H99.02-{LAST:%y%m%d}-{number + 500:04d}",
            "GiaiDoan": "3", "KenhThuThap": "1", "CheDo": "1", "MaBoCauHoi": "KIOSK3", "PhienBan": "1", "MucDoHaiLong": WORDS[level],
            "ThoiDiemDanhGia": f"{at + dt.timedelta(minutes=number):%Y%m%d%H%M%S}",
        }
        for number, level in enumerate(pressed)
    ]  # fmt: skip


@pytest.fixture
def portal() -> Iterator[Simulator]:
    with running(seed=3) as simulator:
        simulator.control(options={"extra_units": ["H99"]})
        yield simulator


@pytest.fixture
async def circle(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[tuple[Publishing, Exporter]]:
    site = Site(database_url, redis_url, tmp_path)
    connection = await asyncpg.connect(database_url)
    try:
        key = tmp_path / "signing.key"
        site.command("editions", "new-key", str(key))
        store = {
            "PARINDEX_SECRET_KEYS": Fernet.generate_key().decode(),
            "PARINDEX_EVIDENCE_STORE": (tmp_path / "evidence").as_uri(),
        }
        ingest, scoring = site.service("survey_ingest"), site.service("scoring_api", **store)
        worker = site.service("ranking_worker", PARINDEX_SIGNING_KEY_FILE=str(key))
        await asyncio.gather(*(service.start() for service in (ingest, scoring, worker)))
        account = json.loads(
            site.command("systems", "create", "Một cửa H99", "--unit", PROVINCE, "--realm", REALM, "--json")
        )
        async with httpx.AsyncClient(timeout=30) as http:
            publishing = Publishing(site, scoring, http, await Cast.of(connection), MONTH.code)
            yield publishing, Exporter(http, ingest.url, account)
    finally:
        await connection.close()
        site.end()


async def test_what_an_exporter_sent_comes_back_in_the_portals_books(
    circle: tuple[Publishing, Exporter], portal: Simulator, tmp_path: Path
) -> None:
    publishing, exporter = circle
    rated = lives()

    # In: an unchanged exporter and a kiosk.
    await exporter.log_in()
    calls = list(dossier_calls(7, DOSSIERS, "OCPS", lives=rated))
    await exporter.export(iter(calls))
    await exporter.rate(sheets(rated))
    await report_petitions(exporter)

    # Dossier -> the inputs of Decision 766, by the rules of the portal; the responses beside them, never merged.
    asked = {"unit": "H99.02", "period": MONTH.code, "realm": REALM}

    async def read(path: str) -> dict[str, Any]:
        answer = await publishing.http.get(f"{publishing.scoring.url}/v1/{path}", params=asked)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def counted() -> bool:
        received = (await read("dossiers/on-time"))["unit"]["counts"]["received"]
        answered = (await read("qd766/compare-satisfaction"))["answered"]
        return received == DOSSIERS and [one["responses"] for one in answered] == [sum(PRESSED.values())]

    await until(counted)
    on_time = await read("dossiers/on-time")
    assert on_time["sentence_vi"] == "Tiếp nhận, giải quyết 15 hồ sơ, 80,0% đúng hạn."
    compared = await read("qd766/compare-satisfaction")
    (answered,) = compared["answered"]
    assert (answered["satisfied"]["numerator"], answered["satisfied"]["denominator"]) == ("48", "50")
    assert (compared["ours"]["numerator"], compared["ours"]["denominator"]) == (11, 15), (
        "late or complained about: 3 + 1"
    )

    # -> a round -> closed by two persons -> an edition.
    round_id = await closed_round(publishing)
    await publishing.publish({"kind": "round", "round_id": round_id})
    edition = await publishing.done(None, "GET", f"editions/{H99}/1")
    (row,) = edition["body"]["rows"]
    assert row["parts"]["progress"]["points"] == "16.00", "20 x 12/15"
    assert row["parts"]["satisfaction"]["points"] == "12.39", "6 x 6/8 + 6 x 4/8 + 6 x (11/15)/0.90"
    assert (row["rank"], row["value"]) == (1, row["points"])
    assert "identical to what was signed" in publishing.site.command("rederive", f"{H99}/1")

    # -> the portal: what its books hold is what was counted here, once, and nobody is in it.
    await publishing.site.service("ranking_worker", PARINDEX_PORTAL_FILE=str(profile(tmp_path, portal.url))).start()

    async def delivered() -> bool:
        async with publishing.site.connection() as connection:
            states = {
                row["state"]
                for row in await connection.fetch(
                    "SELECT state FROM outbox WHERE subject LIKE $1", f"hub/H99/{MONTH.code}"
                )
            }
        return states == {"received"}

    await until(delivered)
    (entry,) = [one for one in portal.books(kind="vote", bodies=1)["committed"] if one["key"] == f"H99/{MONTH.code}"]
    votes = entry["body"]
    assert (votes["TotalVoted"], votes["PercentVeryGood"], votes["PercentGood"], votes["PercentBad"]) == (50, 80, 16, 4)
    books = portal.books()
    assert (books["privacy"], books["twice"]) == ([], [])
    await nobody_is_in(publishing.site, personal_values(call.body for call in calls))


async def report_petitions(exporter: Exporter) -> None:
    """Petitions as counts, by the account's own token."""
    account = exporter.account
    grant = {"grant_type": "client_credentials"}
    token = (
        await exporter.http.post(
            f"{exporter.url}/token", data=grant, auth=(account["client_id"], account["client_secret"])
        )
    ).json()
    body = {"MaDonVi": "H99.02", "Thang": MONTH.code, **PETITIONS}
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    answer = await exporter.http.post(f"{exporter.url}/api/v1/pakn", json=body, headers=headers)
    assert answer.status_code in (200, 201), answer.text


async def closed_round(publishing: Publishing) -> int:
    """One department in a round of Decision 766: dossiers joined, the rest posted with its source, closed by two."""
    cast, now = publishing.cast, dt.datetime.now(dt.UTC)
    deadlines = {phase: (now + dt.timedelta(days=30 * place)).isoformat() for place, phase in enumerate(PHASES, 1)}
    opening = {
        "title_vi": "Chỉ số 766 các sở", "realm": REALM, "framework": "qd766", "block": "department", "period": MONTH.code,
        "units": [FINANCE], "departments": {}, "deadlines": deadlines,
    }  # fmt: skip
    number: int = (await publishing.done(cast.officer, "POST", "rounds", opening))["round"]["round_id"]
    base = f"rounds/{number}"
    joined = await publishing.done(cast.officer, "POST", f"{base}/joins", {"kind": "dossiers"})
    missing = {one["component"] for one in joined["absent"]}
    figures = [{"unit_id": FINANCE, "component": code, "input": given} for code, given in POSTED.items()]
    posted = {"kind": "figures", "figures": figures, "source": "Báo cáo kiểm soát TTHC tháng của Sở"}
    await publishing.done(cast.officer, "POST", f"{base}/joins", posted)
    below_online = {"formality_online", "service_with_dossier", "dossier_online"}
    assert missing - set(POSTED) <= below_online, "everything else came from dossiers"
    for phase in PHASES[1:]:
        if (step := PHASES[PHASES.index(phase) - 1]) in ("declaration", "answer"):
            handed_in = {"step": step, "accept_incomplete": True, "note": "Số liệu do hệ thống ghép"}
            await publishing.done(cast.units[FINANCE], "POST", f"{base}/units/{FINANCE}/submission", handed_in)
        await publishing.done(cast.officer, "POST", f"{base}/phase", {"to": phase})
    await publishing.done(cast.chair, "POST", f"{base}/closing", {})
    await publishing.done(cast.member, "POST", f"{base}/closing/confirmation", {"note": "Nhất trí"})
    return number


def profile(folder: Path, url: str) -> Path:
    """The hub's profile: open months too, an unhurried gap."""
    for name, text in SECRETS.items():
        (folder / name).write_text(text)
    text = (
        'version: "1"\nprofiles:\n'
        + HUB
        + "    authority: H99\n    realm: synthetic\n    throttle: {gap_seconds: 0.1, jitter_seconds: 0.1}\n"
    )
    text = text.replace("URL", url).replace("first_month: 2026-08-01", f"first_month: {MONTH.first}")
    text = text.replace("organisations: level_1\n", "organisations: level_1\n      state: current\n")
    file = folder / "portal.yaml"
    file.write_text(text)
    return file


async def nobody_is_in(site: Site, planted: set[str]) -> None:
    """No personal value that the exporter sent stands in any table or log."""
    assert len(planted) > DOSSIERS
    async with site.connection() as connection:
        tables = [
            row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ]
        kept = "".join(
            [
                str(await connection.fetch(f'SELECT to_jsonb(t)::text FROM "{table}" t'))
                for table in tables
                if table.startswith(("dossier", "outbox", "portal", "receipt", "refusal", "response"))
            ]
        )
    logs = "".join(service.log.read_text(errors="replace") for service in site.started)
    assert [value for value in planted if value in kept or value in logs] == []
