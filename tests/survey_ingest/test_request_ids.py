"""One request id in the answer, in the log, and in the ring that wakes the worker."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from parindex.jobs.queue import MERGE, deserialize, lazy_pool
from support.ingest import item

pytestmark = pytest.mark.database


@pytest.fixture
async def queue(redis_url):
    pool = lazy_pool(redis_url)
    await pool.flushdb()
    yield pool
    await pool.aclose(close_connection_pool=True)


async def test_the_id_that_the_caller_gave_reaches_log_and_worker(register, client, queue):
    sender = await register()
    await asyncio.sleep(0.1)
    await queue.flushdb()
    with capture_logs(processors=[]) as lines:
        answer = await client.post(
            "/v1/responses", json=item(), headers={**sender.headers, "X-Request-Id": "kiosk-7-0815"}
        )
    assert (answer.status_code, answer.headers["x-request-id"]) == (201, "kiosk-7-0815")
    assert [line["route"] for line in lines if line["event"] == "request"] == ["/v1/responses"]
    async with asyncio.timeout(5):
        while (job := await queue.get(f"arq:job:{MERGE}")) is None:  # noqa: ASYNC110 (another connection rings)
            await asyncio.sleep(0.01)
    assert deserialize(job)["a"][0]["request_id"] == "kiosk-7-0815"


@pytest.mark.parametrize("odd", ["a b", "x" * 65, "é", "<script>", ""])
async def test_an_id_that_is_no_plain_token_is_replaced(client, odd):
    answer = await client.get("/v1/time", headers=[(b"X-Request-Id", odd.encode())])
    assert len(answer.headers["x-request-id"]) == 32
