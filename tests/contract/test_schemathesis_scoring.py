"""scoring-api answers every request as its OpenAPI document says, whatever the request."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from parindex.settings import Settings
from scoring_api.app import create_app
from scoring_api.feed.watch import FeedWatch
from support.fuzzing import Operation, hold_to_document, operations
from support.ingest import H99, Sender, app_client, owner
from support.people import make_person
from support.scoring_fixtures import with_quick_passwords
from support.served import served
from survey_ingest.credentials import create_auditor
from survey_ingest.resources import opened

pytestmark = pytest.mark.database
EXAMPLES = 12
REFUSALS = 3
"""Examples where nothing but the refusal can come: who signed in is tried in test_schemathesis_people_and_rounds."""


OFFICERS = ("/v1/framework-drafts", "/v1/publications")
"""Paths that an officer's sign-in opens: with the auditor's token nothing but the refusal would be tried."""


@pytest.fixture(scope="module")
def scoring(shared_settings: Settings) -> Iterator[tuple[dict[str, Any], str, dict[str, str], dict[str, str]]]:
    """The document, the base URL, the headers of an auditor, whose token ingest gave, and those of an officer."""

    async def headers() -> tuple[dict[str, str], dict[str, str]]:
        connection = await owner(shared_settings.database_url)
        now = dt.datetime.now(dt.UTC)
        issued = await create_auditor(
            connection, name="Thanh tra", work_address="tt@example.vn", realm="synthetic", unit_ids=[H99], now=now
        )
        officer = await make_person(connection, 41, "Nguyễn Văn A", ["officer"])
        await connection.close()
        async with opened(shared_settings) as resources, app_client(shared_settings, resources) as client:
            auditor = Sender(client, issued)
            await auditor.renew_token()
            return auditor.headers, officer.headers

    app = with_quick_passwords(create_app(shared_settings))
    # Nothing happens here that a request with `wait` could wait for.
    app.state.feed = FeedWatch(lambda: None, most_waiting=0)
    with served(app) as url:
        # Renders the registers once, which takes longer than a request should.
        httpx.get(f"{url}/health/ready", timeout=60).raise_for_status()
        yield app.openapi(), url, *asyncio.run(headers())


@pytest.mark.parametrize("operation", operations("scoring_api"), ids=" ".join)
def test_no_answer_is_outside_the_document(
    scoring: tuple[dict[str, Any], str, dict[str, str], dict[str, str]], operation: Operation
):
    document, url, auditor, officer = scoring
    path, method = operation
    by_officer = path.startswith(OFFICERS)
    asks_who = any("sign_in" in way for way in document["paths"][path][method].get("security", ()))
    examples = REFUSALS if asks_who and not by_officer else EXAMPLES
    hold_to_document(document, operation, url, officer if by_officer else auditor, examples=examples)
