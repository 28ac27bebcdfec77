"""The three services as processes on a fresh database, with the hands of those who use them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from support.processes import Site
from support.town import PROVINCE, REALM, Town


@pytest.fixture
async def town(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """Everything runs, the sender has its token."""
    site = Site(database_url, redis_url, tmp_path)
    try:
        ingest, _, scoring = await site.start("survey_ingest", "ranking_worker", "scoring_api")
        async with httpx.AsyncClient(timeout=20) as http:
            town = Town(site, ingest, scoring, http)
            await town.get_token("sender", "create", "Một cửa H99", "--unit", PROVINCE, "--realm", REALM)
            yield town
    finally:
        site.end()
