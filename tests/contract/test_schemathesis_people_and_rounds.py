"""An officer, a unit and a council member send anything whatever to everything that asks who they are: nothing but answers."""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet

from parindex.settings import Settings
from scoring_api.app import create_app
from scoring_api.feed.watch import FeedWatch
from support.documents import pdf
from support.fuzzing import GOLDEN, Operation, hold_to_document
from support.ingest import owner
from support.people import SignedPerson, make_person
from support.rounds import ASSESSED, FINANCE, H99, PHASES, UNITS, put_in_force
from support.scoring_fixtures import with_quick_passwords
from support.served import served

pytestmark = pytest.mark.database
EXAMPLES = 3
WHO: dict[str, list[Any]] = {"officer": ["officer"], "unit": [("unit", FINANCE)], "council": ["council"]}
Made = tuple[dict[str, Any], str, Callable[[str], SignedPerson]]


def asking_who() -> Iterator[Operation]:
    """Operations that take a sign-in, and everything else that takes a body."""
    document = json.loads((GOLDEN / "openapi_scoring_api.json").read_text(encoding="utf-8"))
    for path, entry in document["paths"].items():
        for method, operation in entry.items():
            if "requestBody" in operation or any("sign_in" in way for way in operation.get("security", ())):
                yield path, method


@pytest.fixture(scope="module")
def made(shared_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """The document narrowed to a round with a file, the base URL, and a way to make somebody who signed in a moment ago."""
    store = tmp_path_factory.mktemp("evidence")
    settings = Settings(
        database_url=shared_settings.database_url,
        redis_url=shared_settings.redis_url,
        secret_keys=Fernet.generate_key().decode(),
        evidence_store=Path(store).as_uri(),
        evidence_max_mb=1,
    )

    async def somebody(role: str) -> SignedPerson:
        connection = await owner(settings.database_url)
        if role == "officer":
            await put_in_force(connection)
        person = await make_person(connection, H99, f"Người {role}", WHO[role])
        await connection.close()
        return person

    app = with_quick_passwords(create_app(settings))
    # Nothing happens here that a request with `wait` could wait for.
    app.state.feed = FeedWatch(lambda: None, most_waiting=0)
    with served(app) as url, httpx.Client(base_url=url, timeout=60) as client:
        client.get("/health/ready").raise_for_status()
        officer, unit = asyncio.run(somebody("officer")), asyncio.run(somebody("unit"))
        round_id = opened(client, officer)
        path = f"/v1/rounds/{round_id}/units/{FINANCE}/components/plan/evidence"
        attached = client.post(path, files={"file": ("a.pdf", pdf())}, headers=unit.headers)
        assert attached.status_code == 201, attached.text
        there = {
            "round_id": [round_id],
            "unit_id": [FINANCE],
            "code": ["plan", "results", "publication", "marks", "growth"],
            "evidence_id": [attached.json()["evidence_id"]],
        }
        yield narrowed(app.openapi(), there), url, lambda role: asyncio.run(somebody(role))


def opened(client: httpx.Client, officer: SignedPerson) -> int:
    now = dt.datetime.now(dt.UTC)
    opening = {
        "title_vi": "Đợt thử mọi thứ", "realm": "synthetic", "framework": "round-demo", "block": "department",
        "period": "2026", "units": list(UNITS), "departments": ASSESSED,
        "deadlines": {phase: (now + dt.timedelta(days=place)).isoformat() for place, phase in enumerate(PHASES, 1)},
    }  # fmt: skip
    answer = client.post("/v1/rounds", json=opening, headers=officer.headers)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["round"]["round_id"])


def narrowed(document: dict[str, Any], there: dict[str, list[Any]]) -> dict[str, Any]:
    """The same document whose paths name what exists."""
    document = copy.deepcopy(document)
    for path, entry in document["paths"].items():
        for operation in entry.values() if path.startswith(("/v1/rounds", "/v1/evidence")) else ():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path" and parameter["name"] in there:
                    parameter["schema"] = {"enum": there[parameter["name"]]}
    return document


@pytest.mark.parametrize("role", tuple(WHO))
@pytest.mark.parametrize("operation", tuple(asking_who()), ids=" ".join)
def test_nobody_gets_an_answer_outside_the_document(made: Made, operation: Operation, role: str):
    document, url, somebody = made
    hold_to_document(document, operation, url, somebody(role).headers, examples=EXAMPLES)
