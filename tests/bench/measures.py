"""The measurements of `make bench`. Each returns lines: what, measured, floor, ratio, target."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass

import asyncpg

from bench.client import Load, load, request_bytes, send
from bench.stage import Stage, batches, items
from parindex.db.instruments import load_instruments
from parindex.db.session import Database
from ranking_worker.reconcile import reconcile
from ranking_worker.recount import ROLLUP_KEYS, bare_aggregate, recount
from ranking_worker.registers import RegisterCache

BATCH = 500


@dataclass(frozen=True)
class Line:
    """One row of the table. `ratio` is measured against the floor of the same run; `target` says what was asked for."""

    what: str
    measured: str
    floor: str
    ratio: float
    target: str
    met: bool | None


def at_least(what: str, measured: float, floor: float, target: float | None, unit: str, floor_name: str) -> Line:
    """A line whose ratio should be at least the target."""
    ratio = measured / floor
    return Line(
        what,
        f"{measured:,.0f} {unit}",
        f"{floor:,.0f} {unit} ({floor_name})",
        ratio,
        f">= {target}" if target else "shown",
        None if target is None else ratio >= target,
    )


def at_most(what: str, measured: float, floor: float, target: float | None, unit: str, floor_name: str) -> Line:
    """A line whose ratio should be at most the target."""
    ratio = measured / floor
    return Line(
        what,
        f"{measured:,.3f} {unit}",
        f"{floor:,.3f} {unit} ({floor_name})",
        ratio,
        f"<= {target}" if target else "shown",
        None if target is None else ratio <= target,
    )


def posts(token: str, path: str, bodies: Iterator[bytes], *, key: str | None = None) -> Iterator[bytes]:
    for number, body in enumerate(bodies):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = f"{key}-{number}"
        yield request_bytes("POST", path, headers, body)


def expect(result: Load, *statuses: int) -> Load:
    if set(result.statuses) - set(statuses):
        raise RuntimeError(f"unexpected answers: {result.statuses}")
    return result


async def _scalar(url: str, sql: str, *arguments: object) -> object:
    connection = await asyncpg.connect(url, command_timeout=3600)
    try:
        return await connection.fetchval(sql, *arguments)
    finally:
        await connection.close()


def ingest_batches(stage: Stage, rows: int, *, seed: int, processes: int) -> list[Line]:
    """500-item batches end to end against psql copying the same rows into the same indexed table."""
    port = stage.ports["ingest"]
    token = asyncio.run(stage.token(port))
    count = rows // BATCH
    bodies = batches(count + 4, BATCH, seed=seed, days=1)
    requests = list(posts(token, "/v1/responses/batch", iter(bodies), key=f"bench-{seed}"))
    expect(asyncio.run(load(port, iter(requests[:4]), 2)), 200)
    result = expect(asyncio.run(load(port, iter(requests[4:]), 4)), 200)
    measured = count * BATCH / result.seconds
    query = "SELECT * FROM response WHERE system_id <> 999999"
    lines = asyncio.run(copied_rows(stage.url, query)).splitlines(keepends=True)[: count * BATCH]
    what = f"500-item batches, end to end, {processes} process{'es' if processes > 1 else ''}"
    small = psql_copy(stage, "response", lines, BATCH)
    big = psql_copy(stage, "response", lines, len(lines))
    return [
        at_least(
            what,
            measured,
            len(lines) / small,
            0.5,
            "rows/s",
            "psql \\copy, transactions of 500",
        ),
        at_least(what, measured, len(lines) / big, None, "rows/s", "psql one big \\copy"),
    ]


async def copied_rows(url: str, query: str) -> bytes:
    """The rows of a query as COPY writes them, one a line."""
    import io

    connection = await asyncpg.connect(url)
    try:
        buffer = io.BytesIO()
        await connection.copy_from_query(query, output=buffer)
        return buffer.getvalue()
    finally:
        await connection.close()


def psql_copy(stage: Stage, table: str, lines: list[bytes], size: int) -> float:
    """Seconds to copy rows into an empty table of the same form and indexes as `table`, transactions of `size`."""
    asyncio.run(_scalar(stage.url, "SELECT 1"))
    floor = f"floor_{table}"
    made = [f"DROP TABLE IF EXISTS {floor}", f"CREATE TABLE {floor} (LIKE {table} INCLUDING ALL)"]
    subprocess.run([*stage.psql, "-c", made[0], "-c", made[1]], check=True, capture_output=True)
    # A COPY alone is a transaction by itself.
    script = b"".join(
        b"COPY %b FROM STDIN;\n%b\\.\n" % (floor.encode(), b"".join(lines[start : start + size]))
        for start in range(0, len(lines), size)
    )
    began = time.perf_counter()
    subprocess.run(stage.psql, input=script, check=True, capture_output=True)
    seconds = time.perf_counter() - began
    subprocess.run([*stage.psql, "-c", f"DROP TABLE {floor}"], check=True, capture_output=True)
    return seconds


def single_posts(stage: Stage, seconds: float) -> list[Line]:
    """Single posts, 32 connections, one worker process, acknowledged after the commit."""
    port = stage.ports["ingest"]
    token = asyncio.run(stage.token(port))

    def bodies(seed: int) -> Iterator[bytes]:
        return (json.dumps(item).encode() for item in items(10_000_000, seed=seed, days=1))

    def run(path: str, seed: int, *statuses: int) -> float:
        prepared = list(itertools.islice(posts(token, path, bodies(seed)), int(seconds * 12_000)))
        asyncio.run(
            load(port, iter(list(itertools.islice(posts(token, path, bodies(seed + 50)), 2000))), 32, seconds=1)
        )
        return expect(asyncio.run(load(port, iter(prepared), 32, seconds=seconds)), *statuses).per_second

    posted = run("/v1/responses", 11, 201)
    checked = run("/bench/check", 12, 201)
    hello = run("/bench/hello", 13, 200)
    return [
        at_least("single posts, 32 connections", posted, checked, 0.4, "req/s", "same route without database"),
        at_least("single posts, 32 connections", posted, hello, None, "req/s", "hello-world"),
    ]


def visible(stage: Stage, *, rate: int, seconds: float, seed: int) -> tuple[float, float]:
    """p50 and p99, in seconds, from acknowledgement to the league table that scoring-api serves, at `rate` responses/s."""
    ingest, scoring = stage.ports["ingest"], stage.ports["scoring"]
    token = asyncio.run(stage.token(ingest))
    return asyncio.run(_visible(ingest, scoring, token, rate, seconds, seed))


async def _visible(ingest: int, scoring: int, token: str, rate: int, seconds: float, seed: int) -> tuple[float, float]:
    size = 25
    period = f"{dt.datetime.now(dt.timezone(dt.timedelta(hours=7))):%Y}"
    query = request_bytes(
        "GET", f"/v1/league-tables?scope=H99&block=commune&period={period}&instrument=KIOSK3&realm=synthetic", {}
    )
    source = items(int(rate * seconds) + size, seed=seed, days=1)
    requests = [
        request_bytes(
            "POST",
            "/v1/responses/batch",
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            json.dumps([next(source) for _ in range(size)]).encode(),
        )
        for _ in range(int(rate * seconds / size))
    ]
    acknowledged: list[tuple[float, int]] = []
    seen: list[tuple[float, int]] = []
    total = 0
    done = False

    async def watch() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", scoring)
        while not done or (seen and acknowledged and seen[-1][1] - base < acknowledged[-1][1]):
            status, body = await send(reader, writer, query)
            now = time.perf_counter()
            if status == 200:
                seen.append((now, json.loads(body)["scope_result"]["responses"]))
            if done and now - acknowledged[-1][0] > 30:
                break
            await asyncio.sleep(0.02)
        writer.close()

    reader, writer = await asyncio.open_connection("127.0.0.1", scoring)
    status, body = await send(reader, writer, query)
    base = json.loads(body)["scope_result"]["responses"] if status == 200 else 0
    writer.close()
    watching = asyncio.create_task(watch())
    lanes = [await asyncio.open_connection("127.0.0.1", ingest) for _ in range(4)]
    began = time.perf_counter()

    async def post(lane: int, number: int) -> None:
        nonlocal total
        status, _ = await send(*lanes[lane], requests[number])
        if status != 200:
            raise RuntimeError(f"batch answered {status}")
        total += size
        acknowledged.append((time.perf_counter(), total))

    async def work(lane: int) -> None:
        for number in range(lane, len(requests), 4):
            due = began + number * size / rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            await post(lane, number)

    await asyncio.gather(*(work(lane) for lane in range(4)))
    done = True
    await watching
    for _, lane_writer in lanes:
        lane_writer.close()
    waits: list[float] = []
    place = 0
    for at, amount in acknowledged:
        while place < len(seen) and seen[place][1] - base < amount:
            place += 1
        if place == len(seen):
            raise RuntimeError("the league table never showed the last acknowledged responses")
        waits.append(max(0.0, seen[place][0] - at))
    waits.sort()
    return waits[len(waits) // 2], waits[int(len(waits) * 0.99)]


def league_table_reads(stage: Stage, seconds: float) -> list[Line]:
    """A league-table read against a route of the same application that returns the same number of constant bytes."""
    port = stage.ports["scoring"]
    period = f"{dt.datetime.now(dt.timezone(dt.timedelta(hours=7))):%Y}"
    path = f"/v1/league-tables?scope=H99&block=commune&period={period}&instrument=KIOSK3&realm=synthetic"

    async def size() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        _, body = await send(reader, writer, request_bytes("GET", path, {}))
        writer.close()
        return len(body)

    constant = asyncio.run(size())

    def run(target: str) -> float:
        return expect(
            asyncio.run(load(port, itertools.repeat(request_bytes("GET", target, {})), 16, seconds=seconds)), 200
        ).per_second

    run(path)
    # In turns, so that a neighbour's load on the machine falls on both.
    tables, floors = zip(*((run(path), run(f"/bench/constant/{constant}")) for _ in range(3)), strict=True)
    hello = run("/bench/hello")
    return [
        at_least(
            f"league table read ({constant:,} bytes)",
            sorted(tables)[1],
            sorted(floors)[1],
            0.8,
            "req/s",
            "same bytes, constant",
        ),
        at_least("league table read", sorted(tables)[1], hello, None, "req/s", "hello-world"),
    ]


def recount_everything(stage: Stage) -> list[Line]:
    """Counting everything again from the facts, and the whole scheduled reconciliation, against the bare SQL aggregate."""
    return asyncio.run(_recount(stage))


async def _recount(stage: Stage) -> list[Line]:
    database = Database(stage.url, statement_timeout_ms=3_600_000)
    registers = RegisterCache()
    try:
        bare, counted, compared = [], [], []
        for _ in range(3):
            async with database.connection() as connection:
                await connection.execute("SET work_mem = '128MB'")
                instrument = (await load_instruments(connection)).latest("KIOSK3")
                assert instrument is not None
                for seconds, sql in (
                    (bare, bare_aggregate(instrument, ROLLUP_KEYS)),
                    (counted, recount(instrument, ROLLUP_KEYS)),
                ):
                    # Every column is computed and no row is sent: what a count(*) around the query would not do.
                    plan = await connection.fetchval(
                        f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", instrument.instrument_version_id
                    )
                    seconds.append(plan[0]["Execution Time"] / 1000)
            began = time.perf_counter()
            outcomes = await reconcile(database, registers)
            compared.append(time.perf_counter() - began)
            if any(outcome.mismatches for outcome in outcomes):
                raise RuntimeError(f"the rollups differ from the recount: {outcomes}")
        floor = sorted(bare)[1]
        return [
            at_most("recount of everything from responses", sorted(counted)[1], floor, 1.5, "s", "bare SQL aggregate"),
            at_most(
                "... compared with rollups and tallies", sorted(compared)[1], floor, None, "s", "bare SQL aggregate"
            ),
        ]
    finally:
        await database.close()
