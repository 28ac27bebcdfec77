"""A person with every role sends anything whatever to a round that is there: no answer is outside the document."""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from parindex.settings import Settings
from scoring_api.app import create_app
from support.fuzzing import Operation, hold_to_document, operations
from support.ingest import owner
from support.people import make_person
from support.rounds import ASSESSED, FINANCE, H99, HOME, PHASES, UNITS, put_in_force
from support.served import served

pytestmark = pytest.mark.database
EXAMPLES = 8
ROUNDS = [one for one in operations("scoring_api") if one[0].startswith("/v1/rounds")]


@pytest.fixture(scope="module")
def rounds(shared_settings: Settings) -> Iterator[tuple[dict[str, Any], str, dict[str, str]]]:
    """The document narrowed to what exists, the base URL, and the headers of somebody who may do everything."""

    async def headers() -> dict[str, str]:
        connection = await owner(shared_settings.database_url)
        await put_in_force(connection)
        roles = ["officer", "council", "auditor", ("unit", FINANCE), ("appraiser", HOME)]
        person = await make_person(connection, H99, "Người có mọi vai trò", roles)
        await connection.close()
        return person.headers

    app = create_app(shared_settings)
    with served(app) as url:
        httpx.get(f"{url}/health/ready", timeout=60).raise_for_status()
        who = asyncio.run(headers())
        now = dt.datetime.now(dt.UTC)
        opening = {
            "title_vi": "Đợt", "realm": "synthetic", "framework": "round-demo", "block": "department", "period": "2026",
            "units": list(UNITS), "departments": ASSESSED,
            "deadlines": {phase: (now + dt.timedelta(days=place)).isoformat() for place, phase in enumerate(PHASES, 1)},
        }  # fmt: skip
        answer = httpx.post(f"{url}/v1/rounds", json=opening, headers=who, timeout=60)
        assert answer.status_code == 201, answer.text
        yield narrowed(app.openapi(), answer.json()["round"]["round_id"]), url, who


def narrowed(document: dict[str, Any], round_id: int) -> dict[str, Any]:
    """The same document whose paths name the round, one of its units and its components only."""
    document = copy.deepcopy(document)
    exists = {
        "round_id": [round_id],
        "unit_id": [FINANCE],
        "code": ["plan", "results", "publication", "marks", "growth"],
    }
    for path, entry in document["paths"].items():
        for operation in entry.values() if path.startswith("/v1/rounds") else ():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    parameter["schema"] = {"enum": exists[parameter["name"]]}
    return document


@pytest.mark.parametrize("operation", ROUNDS, ids=" ".join)
def test_no_answer_of_a_round_is_outside_the_document(
    rounds: tuple[dict[str, Any], str, dict[str, str]], operation: Operation
):
    document, url, headers = rounds
    hold_to_document(document, operation, url, headers, examples=EXAMPLES)
