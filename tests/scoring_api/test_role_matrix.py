"""Every route of the application x every role: allowed or refused as the table in docs/design.md says.

The table is read from the document, so that it cannot differ from the code; a route without a row, and a row without a
route, fail. Refused is 401 or 403 (a page leads to the door instead), of another authority also 404.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from fastapi import FastAPI

from scoring_api.people.cookie import COOKIE
from support.documents import pdf
from support.people import SignedPerson, make_person
from support.rounds import CONTROL, FINANCE, H99, HEALTH, HOME, Stage

DESIGN = Path(__file__).parents[2] / "docs" / "design.md"
ORIGIN = "http://127.0.0.1:8020"
WORDS = ("officer", "unit", "other unit", "appraiser", "other appraiser", "council", "auditor")
ELSEWHERE, NOBODY, NO_ROLE = "another authority", "nobody", "no role"
ACTORS = (NOBODY, NO_ROLE, *WORDS, ELSEWHERE)
COMPONENT = "plan"
"""Of the field that HOME is in charge of."""


def table() -> dict[str, frozenset[str]]:
    """Route -> who may use it, word for word."""
    section = DESIGN.read_text().split("\n## Who may do what\n")[1].split("\n## ")[0]
    found: dict[str, frozenset[str]] = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or cells[0] in ("who", "---"):
            continue
        who, routes = cells
        for route in re.findall(r"`((?:GET|POST|PUT|DELETE) /[^`]*)`", routes):
            assert route not in found, f"{route} stands twice in the table"
            found[route] = frozenset(re.sub(r" \(.*\)", "", who).split(", "))
    return found


TABLE = table()
AUDITOR_CREDENTIAL = "auditor's credential"
OPEN_WITHOUT_CREDENTIAL = "GET /v1/league-tables/explanation"


def routes_of(router: Any) -> Iterator[str]:
    """Method and path of every route, also of routers within."""
    for route in router.routes:
        if hasattr(route, "original_router"):
            yield from routes_of(route.original_router)
        elif hasattr(route, "methods"):
            yield from (f"{method} {route.path}" for method in sorted(route.methods - {"HEAD"}))


def test_every_route_has_a_row_and_every_row_a_route(client):
    routes = list(routes_of(client.app))
    forms = [re.compile(re.sub(r"\\{\w+(:\w+)?\\}", "[^/]+", re.escape(route))) for route in routes]
    served = {
        row: next((route for route, form in zip(routes, forms, strict=True) if form.fullmatch(row)), None)
        for row in TABLE
    }
    assert [row for row, route in served.items() if route is None] == [], "rows of the table without a route"
    assert sorted(set(routes) - set(served.values())) == [], "routes without a row in docs/design.md"


def test_the_table_uses_the_words_that_are_explained():
    assert set().union(*TABLE.values()) <= {*WORDS, "everyone", "signed in", AUDITOR_CREDENTIAL}


@pytest.fixture
def settings(make_settings, tmp_path):
    return make_settings(
        secret_keys=Fernet.generate_key().decode(), evidence_store=(tmp_path / "evidence").as_uri(), public_url=ORIGIN
    )


class Company:
    """Everybody of the table with one round, and things of the authority that the routes name."""

    def __init__(self, stage: Stage, people: dict[str, SignedPerson | None]) -> None:
        self.stage, self.people = stage, people
        self.named: dict[str, Any] = {}

    @classmethod
    async def of(cls, client: httpx.AsyncClient, connection: Any) -> Company:
        stage = await Stage.of(client, connection)
        await stage.open()
        cast = stage.cast
        everything = ("officer", "council", "auditor", ("unit", FINANCE), ("appraiser", HOME), ("appraiser", CONTROL))
        company = cls(
            stage,
            {
                NOBODY: None,
                NO_ROLE: await make_person(connection, H99, "Không vai trò"),
                "officer": cast.officer,
                "unit": cast.units[FINANCE],
                "other unit": cast.units[HEALTH],
                "appraiser": cast.home,
                "other appraiser": cast.control,
                "council": cast.chair,
                "auditor": cast.auditor,
                ELSEWHERE: await make_person(connection, 980_000, "Tỉnh khác", everything),
            },
        )
        await company._name_things(connection)
        return company

    async def _name_things(self, connection: Any) -> None:
        stage, officer = self.stage, self.stage.cast.officer
        path = stage.cell(FINANCE, COMPONENT, "evidence")
        attached = await stage.send(
            stage.cast.units[FINANCE], "POST", path, files={"file": ("van-ban.pdf", pdf("x"), "application/pdf")}
        )
        assert attached.status_code == 201, attached.text
        drafter = await make_person(connection, H99, "Người soạn", ["officer"])
        framework = (await stage.client.get("/v1/frameworks/round-demo/1")).json()["document"]
        draft = await stage.client.post(
            "/v1/framework-drafts", json={**framework, "code": "ma-tran"}, headers=drafter.headers
        )
        assert draft.status_code == 201, draft.text
        hook = {"url": "https://so.example.vn/parindex", "kinds": ["edition_published"], "realm": "synthetic"}
        endpoint = await stage.client.post("/v1/webhooks", json=hook, headers=officer.headers)
        assert endpoint.status_code == 201, endpoint.text
        publication_id = await connection.fetchval(
            "INSERT INTO publication (tenant_id, source, title_vi, person_id, recorded_at) VALUES ($1, $2, $3, $4, now())"
            " RETURNING publication_id",
            H99, json.dumps({"kind": "imported", "imported_table_id": 1}), "Bảng thử", drafter.person_id,
        )  # fmt: skip
        appeal_id = await connection.fetchval(
            "INSERT INTO appeal (tenant_id, case_no, publication_id, unit_id, argument, evidence_ids, person_id, recorded_at)"
            " VALUES ($1, 'KN-2026-0001', $2, $3, 'thử', '[]', $4, now()) RETURNING appeal_id",
            H99, publication_id, FINANCE, stage.cast.units[FINANCE].person_id,
        )  # fmt: skip
        file = {"file": ("khieu-nai.pdf", pdf("khiếu nại"), "application/pdf")}
        sent = await stage.client.post(
            f"/v1/appeals/{appeal_id}/evidence", files=file, headers=stage.cast.units[FINANCE].headers
        )
        assert sent.status_code == 201, sent.text
        file_id = sent.json()["evidence_id"]
        bystander = await make_person(connection, H99, "Người được giao việc", ["auditor"])
        role_id = await connection.fetchval(
            "SELECT person_role_id FROM person_role WHERE tenant_id = $1 AND person_id = $2", H99, bystander.person_id
        )
        self.named = {
            "round_id": stage.round_id,
            "unit_id": FINANCE,
            "evidence_id": attached.json()["evidence_id"],
            "draft_id": draft.json()["draft"]["framework_draft_id"],
            "draft_sha256": draft.json()["draft"]["sha256"],
            "endpoint_id": endpoint.json()["endpoint_id"],
            "publication_id": publication_id,
            "appeal_id": appeal_id,
            "file_id": file_id,
            "person_id": bystander.person_id,
            "role_id": role_id,
            "tenant_id": H99,
            "edition_no": 1,
            "framework": framework,
        }

    def path(self, row: str) -> str:
        """The path of a row with its names filled in."""
        shared = row.split()[1]
        code, version = ("KIOSK3", "1") if "instruments" in shared else ("round-demo", "1")
        spoken = "components" in shared or "explanations" in shared
        filled = {**self.named, "code": COMPONENT if spoken else code, "version": version}
        return re.sub(r"\{(\w+)\}", lambda match: str(filled[match[1]]), shared)

    async def ask(self, row: str, who: str) -> httpx.Response:
        person, method, path = self.people[who], row.partition(" ")[0], self.path(row)
        if path.startswith("/pages"):
            headers = {"Origin": ORIGIN} | ({"Cookie": f"{COOKIE}={person.token}"} if person else {})
        else:
            headers = person.headers if person else {}
        return await self.stage.client.request(method, path, headers=headers, **self.body(row))

    def body(self, row: str) -> dict[str, Any]:
        """What a request of the row carries: well formed, so that only the role decides."""
        end = row.rsplit("/", 1)[1]
        if row.startswith("GET"):
            of_table = {
                "scope": "H99",
                "block": "department",
                "period": "2025",
                "instrument": "KIOSK3",
                "unit": "H99.02",
            }
            queries = {
                "/v1/league-tables/explanation": of_table | {"realm": "synthetic"},
                "/v1/frameworks/diff": {"from": "par-province@2017-1", "to": "par-province@2022-1"},
                "/v1/dossiers/findings": {"unit": "H99.02", "period": "2025", "realm": "synthetic"},
                "/v1/dossiers/restatements": {"unit": "H99.02", "period": "2025", "realm": "synthetic"},
                "/pages/frameworks/diff": {"from": "par-province@2017-1", "to": "par-province@2022-1"},
            }
            moments = {"from": "2026-01-01", "to": "2026-02-01"} if row.endswith("/differences") else {}
            return {"params": queries.get(row.split()[1], moments)}
        if row.startswith("DELETE"):
            return {"params": {"why": "thử"}}
        if row.endswith("/evidence"):
            return {"files": {"file": ("van-ban.pdf", pdf(row), "application/pdf")}}
        if "/pages/" in row and end == "workbook":
            return {"files": {"file": ("ke-khai.xlsx", b"PK\x03\x04")}}
        if "/pages/" in row:
            fields = ("why", "thử"), ("note", "thử"), ("role", "auditor"), ("name", "Lê Văn Thử"), ("state", "given")
            more = {
                "work_address": "thu@example.vn",
                "step": "declaration",
                "chosen": "yes",
                "role_id": self.named["role_id"],
            }
            return {"data": dict(fields) | more}
        entry = {"input": {"value": True}, "note": "thử"}
        until = self.stage.deadlines()["council"]
        why: dict[str, Any] = {"why": "thử"}
        bodies: dict[str, Any] = {
            "declaration": entry, "appraisal": entry,
            "submission": {"step": "declaration"},
            "rounds": self.stage.opening(period="2025"),
            "deadlines": {"phase": "council", "until": until, "note": "thử"},
            "phase": {"to": "appraisal_1"},
            "late-rights": {"phase": "council", "until": until, "note": "thử"},
            "joins": {"kind": "survey"},
            "closing": {}, "confirmation": {}, "withdrawal": {"note": "thử"} if "rounds" in row else why,
            "appeals": {"publication_id": self.named["publication_id"], "unit_id": FINANCE, "argument": "thử"},
            "answer": {"text": "thử"} if "appeals" in row else entry, "outcome": {"outcome": "upheld", **why},
            "decision": {"component": COMPONENT, **entry} if "appeals" in row else entry, "correction": {"edition_no": 1},
            "late-appeals": {"unit_id": FINANCE, "until": until, **why},
            "persons": {"name": "Lê Văn Thử", "work_address": "thu@example.vn", **why},
            "roles": {"role": "council", **why}, "invitation": why, "disable": why, "erasure": why, "withdraw": why,
            "framework-drafts": {**self.named["framework"], "code": "ma-tran-2"},
            "{draft_id}": {**self.named["framework"], "code": "ma-tran"},
            "put-in-force": {"sha256": self.named["draft_sha256"], **why},
            "webhooks": {"url": "https://so.example.vn/khac", "kinds": ["edition_published"]},
            "replays": {}, "rotation": None, "test": None, "check": None,
            "publications": {
                "source": {"kind": "imported", "imported_table_id": 1}, "title_vi": "Bảng thử"},
            "review": {"body_sha256": "0" * 64, "agrees": True}, "approval": {"body_sha256": "0" * 64},
            "password": {"password": "mật khẩu cũ 123", "new_password": "mật khẩu mới 456", "code": "000000"},
        }  # fmt: skip
        if end == "workbook":
            return {"content": b"PK\x03\x04"}
        return {"json": bodies.get(end)}


def allowed(row: str, who: str) -> bool:
    words = TABLE[row]
    if "everyone" in words:
        return True
    if AUDITOR_CREDENTIAL in words:
        return row == OPEN_WITHOUT_CREDENTIAL and who == NOBODY
    if "signed in" in words:
        return who != NOBODY
    # Who is somebody in another authority is so there: what names no thing of this one is his own authority's.
    return who in words or (who == ELSEWHERE and "{" not in row)


def refused(row: str, who: str, answer: httpx.Response) -> bool:
    if "everyone" in TABLE[row] or "sign_in_refused" in answer.text:
        # The door itself says 401 to a wrong password, whoever is signed in.
        return "sign_in_missing" in answer.text or "role_missing" in answer.text
    if answer.status_code in (302, 303) and "/pages/sign-in" in answer.headers["location"]:
        return True
    hidden = "{" in row and (who == ELSEWHERE or " /pages" in row)
    return answer.status_code in (401, 403) or (hidden and answer.status_code == 404)


UNREACHED = (400, 404, 405)
LAST = ("/disable", "/erasure", "/withdraw", "/withdrawal", "/put-in-force", "DELETE", "/revocation", "sign-out")


def in_order() -> list[str]:
    """What ends something comes last, signing out at the very end."""
    return sorted(TABLE, key=lambda row: max([place for place, word in enumerate(LAST, 1) if word in row], default=0))


async def test_every_route_answers_every_role_as_the_table_says(client, connection):
    client.event_hooks = {}
    company = await Company.of(client, connection)
    wrong = []
    for row in in_order():
        for who in ACTORS:
            if "sign-out" in row and (person := company.people[who]) is not None:
                # Each signs out of a sign-in of its own.
                company.people[who] = await make_person(connection, person.tenant_id, "Người ra về")
            answer = await company.ask(row, who)
            said = f"{row} as {who}: {answer.status_code} {' '.join(answer.text[:300].split())}"
            if answer.status_code >= 500 and "oidc_not_configured" not in answer.text:
                wrong.append(f"{said} (broke)")
            elif refused(row, who, answer) == allowed(row, who):
                wrong.append(f"{said} (should be {'allowed' if allowed(row, who) else 'refused'})")
            elif allowed(row, who) and TABLE[row] <= set(WORDS) and answer.status_code in UNREACHED:
                if "edition_no" in row or "not_known_yet" in answer.text:
                    continue  # Nothing is published or computed yet: what says so has asked for the role before.
                wrong.append(f"{said} (the request did not reach what it was made for)")
            elif TABLE[row] <= set(WORDS) and "request_invalid" in answer.text:
                wrong.append(f"{said} (the request is badly formed)")
    assert not wrong, "\n".join(wrong)


async def test_a_refused_route_changes_nothing(client, connection):
    """The same again without those who may: no event, no person, no draft, no file comes of it."""
    client.event_hooks = {}
    company = await Company.of(client, connection)
    counts = "SELECT {}".format(
        ", ".join(
            f"(SELECT count(*) FROM {name})"
            for name in (
                "round_event",
                "person",
                "person_role",
                "framework_draft",
                "framework_event",
                "framework_version",
                "evidence",
                "evidence_erasure",
                "assessment_round",
                "publication",
                "publication_event",
                "appeal",
                "appeal_event",
                "appeal_evidence",
                "appeal_late_right",
                "webhook_endpoint",
            )
        )
    )
    before = tuple(await connection.fetchrow(counts))
    for row in in_order():
        for who in ACTORS:
            if not row.startswith("GET") and not allowed(row, who):
                await company.ask(row, who)
    assert tuple(await connection.fetchrow(counts)) == before


def test_the_matrix_is_not_empty(client: httpx.AsyncClient):
    assert isinstance(client.app, FastAPI)
    pairs = [(row, who) for row in TABLE for who in ACTORS]
    assert len([pair for pair in pairs if not allowed(*pair)]) > 300
    assert len([pair for pair in pairs if allowed(*pair)]) > 300
