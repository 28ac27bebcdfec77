"""The people routes answer an officer as their document says, whatever is sent, with the keys that signing in needs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
from cryptography.fernet import Fernet

from parindex.settings import Settings
from scoring_api.app import create_app
from support.fuzzing import Operation, hold_to_document, operations
from support.people import make_person
from support.scoring_fixtures import with_quick_passwords
from support.served import served

H99 = 990_000
OURS = ("/v1/sign-in", "/v1/sign-out", "/v1/me", "/v1/invitations", "/v1/persons")


@pytest.fixture(scope="module")
def scoring(shared_database: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The document and the base URL."""
    settings = Settings(
        database_url=shared_database, redis_url="redis://127.0.0.1", secret_keys=Fernet.generate_key().decode()
    )
    app = with_quick_passwords(create_app(settings))
    with served(app) as url:
        yield app.openapi(), url


@pytest.mark.parametrize(
    "operation", [one for one in operations("scoring_api") if one[0].startswith(OURS)], ids=" ".join
)
def test_no_answer_to_an_officer_is_outside_the_document(
    scoring: tuple[dict[str, Any], str], shared_database: str, operation: Operation
):
    document, url = scoring

    async def headers() -> dict[str, str]:
        connection = await asyncpg.connect(shared_database)
        await make_person(connection, H99, "Người thứ hai", ["officer"])
        officer = await make_person(connection, H99, "Trần Thị Quản", ["officer"])
        await connection.close()
        return officer.headers

    hold_to_document(document, operation, url, asyncio.run(headers()), examples=15)
