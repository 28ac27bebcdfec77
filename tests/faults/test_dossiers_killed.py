"""kill -9 of ingest at the two worst moments of a request of dossiers: half written, and committed but not told."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from support.exporters import record
from support.ingest import H99, Sender
from support.moments import commits_are_not_told, committed_untold, gone, stands_still, writing_stops_at
from support.processes import Site

pytestmark = pytest.mark.processes


async def test_dossiers_are_stored_once_whenever_ingest_is_killed(site: Site) -> None:
    (ingest,) = await site.start("survey_ingest")
    issued = await site.register_system("Một cửa", [H99], "synthetic")
    history = [record(MaHoSo="H99.101-261101-0001", TrangThaiHoSo=status) for status in ("2", "5", "4", "9")]
    sent = [*history, *(record() for _ in range(20))]

    async def versions() -> list[tuple[Any, ...]]:
        async with site.connection() as connection:
            rows = await connection.fetch("SELECT dossier_key, version_no FROM dossier_version ORDER BY 1, 2")
            waiting = await connection.fetchval("SELECT count(*) FROM dossier_touched")
            assert bool(rows) == bool(waiting)
            return [tuple(row) for row in rows]

    async def dies_at(moment: Any, reached: Any) -> None:
        async with httpx.AsyncClient(base_url=ingest.url, timeout=30) as client, AsyncExitStack() as held:
            sender = Sender(client, issued)
            await sender.renew_token()
            await held.enter_async_context(moment)
            posting = asyncio.create_task(sender.send(sent, "/api/v1/ho-so"))
            await reached
            ingest.kill()
            with pytest.raises(httpx.TransportError):
                await posting
            await held.aclose()
        await gone(site, "survey-ingest")

    await dies_at(writing_stops_at(site, "dossier_receipt"), stands_still(site, "survey-ingest"))
    assert await versions() == []
    await ingest.start()
    await dies_at(commits_are_not_told(site), committed_untold(site, "survey-ingest"))
    stored = await versions()
    assert len(stored) == len(sent)
    await ingest.start()
    async with httpx.AsyncClient(base_url=ingest.url, timeout=30) as client:
        sender = Sender(client, issued)
        await sender.renew_token()
        answer = (await sender.send(sent, "/api/v1/ho-so")).json()
    assert (answer["error_code"], answer["TrungLap"]) == (0, len(sent))
    assert await versions() == stored
