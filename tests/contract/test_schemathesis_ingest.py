"""survey-ingest answers every request as its OpenAPI document says, whatever the request."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from parindex.settings import Settings
from support.fuzzing import Operation, hold_to_document, operations
from support.ingest import Sender
from support.served import served
from survey_ingest.app import create_app

pytestmark = pytest.mark.database
EXAMPLES = 15


@pytest.fixture(scope="module")
def ingest(shared_settings: Settings) -> Iterator[tuple[dict[str, Any], str, dict[str, str]]]:
    """The document, the base URL and the headers of a sending system."""
    app = create_app(shared_settings)

    async def headers(url: str) -> dict[str, str]:
        async with httpx.AsyncClient(base_url=url) as client:
            return (await Sender.register(client, shared_settings.database_url)).headers

    with served(app) as url:
        yield app.openapi(), url, asyncio.run(headers(url))


@pytest.mark.parametrize("operation", operations("survey_ingest"), ids=" ".join)
@pytest.mark.parametrize("authenticated", [True, False], ids=["authenticated", "nobody"])
def test_no_answer_is_outside_the_document(
    ingest: tuple[dict[str, Any], str, dict[str, str]], operation: Operation, authenticated: bool
):
    document, url, headers = ingest
    if authenticated:
        hold_to_document(document, operation, url, headers, examples=EXAMPLES)
    else:
        hold_to_document(document, operation, url, {}, examples=2)
