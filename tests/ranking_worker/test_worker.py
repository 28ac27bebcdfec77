import asyncio
import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys

import httpx
import pytest
from structlog.testing import capture_logs

from parindex.jobs.doorbell import Doorbell, ring
from parindex.jobs.queue import MERGE, QUEUE, MergeBell, deserialize, lazy_pool, serialize
from parindex.local.servers import EmbeddedValkey, free_port
from parindex.settings import NAMES
from ranking_worker.app import create_app
from ranking_worker.close_periods import CLOSING_WORKER_LOCK
from ranking_worker.worker import Worker
from support.facts import document, respond, respond_many

NOWHERE = "redis://127.0.0.1:1"


async def eventually(condition, seconds=15):
    """Waits until the coroutine function gives something true."""
    async with asyncio.timeout(seconds):
        while not (found := await condition()):  # noqa: ASYNC110 (what is awaited lies in another process)
            await asyncio.sleep(0.02)
    return found


def shown(connection, unit_id=990001, responses=1):
    async def look():
        result = await document(connection, "unit_result", unit_id=unit_id, period="2026-03", state="current")
        return result is not None and result["responses"] == responses

    return look


@pytest.fixture
async def own_redis(session_folder):
    """A Valkey that the test may stop."""
    server = EmbeddedValkey(session_folder / f"valkey-{os.urandom(3).hex()}")
    server.start()
    yield server
    with contextlib.suppress(Exception):
        server.stop()


@pytest.mark.database
async def test_the_sweep_finds_what_no_bell_announced(connection, make_settings):
    async with Worker(make_settings(redis_url=NOWHERE)).running():
        await respond(connection)
        await eventually(shown(connection))


@pytest.mark.database
async def test_a_ring_wakes_the_worker(connection, settings, monkeypatch):
    monkeypatch.setattr("ranking_worker.worker.SWEEP_SECONDS", 3600.0)
    # How long a ring may take is no question here, and a busy machine takes longer.
    monkeypatch.setitem(ring.__kwdefaults__, "limit_seconds", 30.0)
    worker = Worker(settings)
    async with worker.running():
        await eventually(
            lambda: asyncio.sleep(0, worker.metrics.registry.get_sample_value("parindex_worker_redis_up") == 1)
        )
        await asyncio.sleep(0.5)
        bell = Doorbell(settings.redis_url)
        for responses in (1, 2):
            await respond(connection)
            bell.ring_soon()
            await eventually(shown(connection, responses=responses))
        await bell.close()
        assert bell.failures == 0


@pytest.mark.database
async def test_a_merge_is_logged_under_the_request_that_rang(connection, settings):
    worker = Worker(settings)
    await worker.bell._on_merge({}, MergeBell(rung_by="survey-ingest", request_id="kiosk-7").model_dump())
    with capture_logs() as lines:
        for _ in range(2):
            await respond(connection)
            await worker.cycle()
    await worker.database.close()
    merged = [line for line in lines if line["event"] == "merged"]
    assert [line["deltas"] for line in merged] == [1, 1]
    assert (merged[0]["request_id"], merged[0]["rung_by"]) == ("kiosk-7", "survey-ingest")
    assert "request_id" not in merged[1]


@pytest.mark.database
async def test_the_worker_outlives_redis_and_hears_the_bell_again(connection, make_settings, own_redis, monkeypatch):
    monkeypatch.setattr("ranking_worker.bell.RECONNECT_SECONDS", 0.1)
    worker = Worker(make_settings(redis_url=own_redis.url))
    heard = "parindex_worker_redis_up"

    async def redis_is(state):
        await eventually(lambda: asyncio.sleep(0, worker.metrics.registry.get_sample_value(heard) == state))

    async with worker.running():
        await redis_is(1)
        await asyncio.to_thread(own_redis.stop)
        await redis_is(0)
        await respond(connection)
        await eventually(shown(connection))
        await asyncio.to_thread(own_redis.start)
        await redis_is(1)
    assert worker.metrics.registry.get_sample_value("parindex_worker_errors_total", {"loop": "merge"}) is None


@pytest.mark.database
async def test_several_workers_at_once_count_everything_once(connection, settings):
    async with Worker(settings).running(), Worker(settings).running():
        for _ in range(30):
            await respond(connection)
        await eventually(shown(connection, responses=30))
    assert await connection.fetchval("SELECT n::int FROM tally WHERE unit_id = 0 AND item = 0") == 30


@pytest.mark.database
async def test_a_failing_cycle_is_counted_and_tried_again(connection, make_settings, monkeypatch):
    monkeypatch.setattr("ranking_worker.worker.RETRY_SECONDS", 0.05)
    worker = Worker(make_settings(redis_url=NOWHERE))
    await connection.execute("ALTER TABLE due ADD CONSTRAINT no_more CHECK (false)")
    await respond(connection)
    async with worker.running():
        errors = ("parindex_worker_errors_total", {"loop": "merge"})
        await eventually(lambda: asyncio.sleep(0, (worker.metrics.registry.get_sample_value(*errors) or 0) >= 2))
        await connection.execute("ALTER TABLE due DROP CONSTRAINT no_more")
        await eventually(shown(connection))


@pytest.mark.database
async def test_a_mismatch_raises_the_alarm_in_the_metrics(connection, make_settings):
    worker = Worker(make_settings(redis_url=NOWHERE))
    async with worker.running():
        await respond(connection)
        await eventually(shown(connection))
        await connection.execute("UPDATE rollup SET n = n + 1 WHERE item = 0")
        worker.bell.reconcile_asked = True
        worker.bell.reconcile.set()
        await eventually(lambda: connection.fetchval("SELECT count(*) FROM reconciliation"))
        await worker.observe()
    value = worker.metrics.registry.get_sample_value
    assert value("parindex_worker_reconciliation_mismatches", {"realm": "synthetic"}) >= 1
    assert value("parindex_worker_reconciliation_mismatches", {"realm": "production"}) == 0


@pytest.mark.database
async def test_a_recount_is_due_each_night_and_without_any_bell_when_the_last_is_25_hours_old(
    connection, make_settings, monkeypatch
):
    monkeypatch.setattr("ranking_worker.worker.FIRST_RECONCILE_SECONDS", -1.0)
    worker = Worker(make_settings(redis_url=NOWHERE))

    async def recounts_after(look):
        before = await connection.fetchval("SELECT count(*) FROM reconciliation WHERE realm = 'synthetic'")
        await look()
        return await connection.fetchval("SELECT count(*) FROM reconciliation WHERE realm = 'synthetic'") - before

    async def night():
        await worker.bell._on_reconcile({})
        await worker.reconcile_if_due()

    assert await recounts_after(worker.reconcile_if_due) == 1
    assert await recounts_after(worker.reconcile_if_due) == 0
    assert await recounts_after(night) == 1
    assert await recounts_after(worker.reconcile_if_due) == 0
    await connection.execute("UPDATE reconciliation SET recorded_at = recorded_at - interval '25 hours 1 minute'")
    assert await recounts_after(worker.reconcile_if_due) == 1
    await worker.database.close()


@pytest.mark.database
async def test_health_and_metrics_are_served(connection, make_settings):
    app = create_app(make_settings(redis_url=NOWHERE))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://worker") as client,
    ):
        await respond(connection)
        await eventually(shown(connection))
        assert (await client.get("/health/live")).json() == {"status": "live"}
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["dependencies"]["database"]) == (200, "up")
        metrics = (await client.get("/metrics")).text
    assert "parindex_worker_merged_deltas_total 1.0" in metrics
    assert "parindex_worker_lag_seconds" in metrics


@pytest.mark.database
@pytest.mark.processes
async def test_a_worker_killed_at_any_moment_loses_and_doubles_nothing(connection, settings, tmp_path):
    port = free_port()
    environment = {
        **os.environ,
        **{NAMES[name]: str(getattr(settings, name)) for name in ("database_url", "redis_url")},
    }

    def start():
        with (tmp_path / "worker.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "ranking_worker", "--port", str(port)], env=environment, stdout=log, stderr=log
            )

    async def answers():
        async with httpx.AsyncClient() as client:
            with contextlib.suppress(httpx.TransportError):
                return (await client.get(f"http://127.0.0.1:{port}/health/ready")).status_code == 200
        return False

    sent = 0
    for _ in range(3):
        process = start()
        await eventually(answers, seconds=40)
        for _ in range(40):
            await respond(connection)
        sent += 40
        process.send_signal(signal.SIGKILL)
        process.wait()
    process = start()
    await eventually(shown(connection, responses=sent), seconds=40)
    process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(process.wait, 20)
    assert await connection.fetchval("SELECT sum(n)::int FROM rollup WHERE item = 0") == sent
    assert await connection.fetchval("SELECT n::int FROM tally WHERE unit_id = 0 AND item = 0") == sent
    assert await connection.fetchval("SELECT count(*) FROM response_delta") == 0


async def test_the_doorbell_never_raises_and_never_waits_long():
    pool = lazy_pool(NOWHERE)
    assert await ring(pool, rung_by="test") is False
    await pool.aclose(close_connection_pool=True)
    bell = Doorbell(NOWHERE)
    bell.ring_soon()
    await eventually(lambda: asyncio.sleep(0, bell.failures))
    await bell.close()


async def test_many_requests_to_ring_are_one_job(redis_url):
    pool = lazy_pool(redis_url)
    await pool.flushdb()
    bell = Doorbell(redis_url)
    for number in range(100):
        bell.ring_soon(f"request-{number}")
    await eventually(lambda: pool.zcard(QUEUE))
    await asyncio.sleep(0.2)
    assert await pool.zcard(QUEUE) == 1
    job = deserialize(await pool.get(f"arq:job:{MERGE}"))
    assert (job["f"], job["a"]) == (MERGE, [{"version": 1, "rung_by": "survey-ingest", "request_id": "request-0"}])
    await bell.close()
    await pool.flushdb()
    await pool.aclose(close_connection_pool=True)


def test_jobs_are_json_and_never_pickle():
    job = {"f": MERGE, "a": [{"rung_by": "Huế"}], "k": {}, "t": None, "et": 1}
    assert deserialize(serialize(job)) == job
    assert serialize({"r": ValueError("lost")}) == b'{"r": "lost"}'
    assert serialize({"t": dt.date(2026, 3, 1)}) == b'{"t": "2026-03-01"}'


@pytest.mark.database
async def test_stopping_does_not_wait_for_a_long_closing_and_the_next_start_closes(connection, make_settings):
    await respond_many(connection, {5: 6})
    settings = make_settings(redis_url=NOWHERE)
    lock = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    async with asyncio.timeout(20):
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", CLOSING_WORKER_LOCK)
            worker = Worker(settings)
            async with worker.running():
                await eventually(shown(connection, responses=6))
                worker.bell.close_periods.set()
                await eventually(lambda: connection.fetchval(lock))
        assert await connection.fetchval("SELECT count(*) FROM period_closing") == 0
        async with Worker(settings).running():
            await eventually(lambda: connection.fetchval("SELECT count(*) FROM period_closing"))
