"""Postgres restarted or killed between two requests that follow each other closely: felt at most once, never a 500."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from parindex.local.servers import EmbeddedPostgres
from support.exporters import record
from support.ingest import H99, Sender
from support.processes import Site

pytestmark = pytest.mark.processes


@pytest.mark.parametrize("how", ["fast restart", "kill -9"])
async def test_after_a_restart_between_two_requests_the_next_is_stored_or_told_to_wait(
    site: Site, postgres: EmbeddedPostgres, how: str
) -> None:
    (ingest,) = await site.start("survey_ingest")
    issued = await site.register_system("Một cửa", [H99], "synthetic")
    async with httpx.AsyncClient(base_url=ingest.url, timeout=30) as client:
        sender = Sender(client, issued)
        await sender.renew_token()

        async def together() -> list[httpx.Response]:
            """Three at once, so that several connections are in the pool."""
            return await asyncio.gather(*(sender.send(record(), "/api/v1/ho-so") for _ in range(3)))

        assert [answer.status_code for answer in await together()] == [201] * 3
        await asyncio.to_thread(postgres.stop if how == "fast restart" else postgres.kill)
        await asyncio.to_thread(postgres.start)
        for answer in await together():
            assert answer.status_code == 201 or (answer.status_code, "Retry-After" in answer.headers) == (503, True)
        assert [answer.status_code for answer in await together()] == [201] * 3
