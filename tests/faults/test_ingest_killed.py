"""kill -9 of ingest, at any moment and at the two worst ones; SIGTERM under load."""

from __future__ import annotations

import pytest

from support.load import Load
from support.processes import Site

pytestmark = pytest.mark.processes


async def test_ingest_killed_again_and_again_under_load_loses_and_doubles_nothing(site: Site) -> None:
    ingest, _ = await site.start("survey_ingest", "ranking_worker")
    load = await Load.of(site, ingest.url, senders=6, dossiers=200)

    async def kill_and_restart() -> None:
        ingest.kill()
        await ingest.start()

    await load.disturbed((0.1, 0.3, 0.5, 0.7), kill_and_restart)
    assert any(witness.unanswered for witness in load.witnesses), "the kills were felt"
    await load.tables_follow()
