"""Reads of a published edition: the whole document against constant bytes, 304 against hello-world, of the same application."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import itertools

import asyncpg

from bench.client import load, request_bytes, send
from bench.editions import round_inputs
from bench.measures import Line, at_least
from bench.stage import Stage
from parindex.editions.body import build_body
from parindex.editions.envelope import Publication, seal
from parindex.editions.keys import PrivateKey
from parindex.engine.digest import canonical_json

TENANT, PATH = 0, "/v1/editions/0/1"
COMMUNES = 102
"""As many as An Giang has."""


def edition_read_lines(stage: Stage, seconds: float) -> list[Line]:
    """Requests a second over 16 kept-open connections, in turns with their floors; the middle of three."""
    port = stage.ports["scoring"]
    sha256 = asyncio.run(_publish(stage.url))
    size = asyncio.run(_size(port))

    def run(target: str, status: int, headers: dict[str, str] | None = None) -> float:
        request = request_bytes("GET", target, headers or {})
        result = asyncio.run(load(port, itertools.repeat(request), 16, seconds=seconds))
        if set(result.statuses) != {status}:
            raise RuntimeError(f"{target} answered {result.statuses}")
        return result.per_second

    known = {"If-None-Match": f'"{sha256}"'}
    run(PATH, 200)
    turns = [
        (
            run(PATH, 200),
            run(f"/bench/constant/{size}", 200),
            run(PATH, 304, known),
            run("/bench/hello", 200),
        )
        for _ in range(3)
    ]
    document, constant, unchanged, hello = (sorted(column)[1] for column in zip(*turns, strict=True))
    return [
        at_least(
            f"GET of an edition of {COMMUNES} communes ({size:,} bytes)",
            document,
            constant,
            0.8,
            "req/s",
            "same bytes, constant",
        ),
        at_least("GET of an edition, 304", unchanged, hello, 0.9, "req/s", "hello-world"),
    ]


async def _size(port: int) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    status, body = await send(reader, writer, request_bytes("GET", PATH, {}))
    writer.close()
    if status != 200:
        raise RuntimeError(f"{PATH} answered {status}: {body[:500]!r}")
    return len(body)


async def _publish(url: str) -> str:
    """Stores a signed edition as the worker would; its digest."""
    inputs = round_inputs(COMMUNES)
    text = canonical_json(inputs)
    digest = hashlib.sha256(text).hexdigest()
    body = canonical_json(build_body(inputs, inputs_sha256=digest)).decode()
    now, key = dt.datetime.now(dt.UTC), PrivateKey.of_bytes(bytes(range(32)))
    sealed = seal(body, Publication(TENANT, 1, 1, None, None, now), None, key)
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("INSERT INTO signing_key VALUES ($1, $2, $3)", key.key_id, key.public_key, now)
            await connection.execute(
                "INSERT INTO publication (tenant_id, publication_id, source, title_vi, recorded_at)"
                " OVERRIDING SYSTEM VALUE VALUES ($1, 1, '{}', 'Dữ liệu giả lập', $2)",
                TENANT,
                now,
            )
            await connection.execute(
                "INSERT INTO edition (tenant_id, edition_no, publication_id, realm, index_code, scope_unit_id, block, period,"
                " document, sha256, key_id, signature, published_at)"
                " VALUES ($1, 1, 1, 'synthetic', 'par-commune', 0, 'commune', '2025', $2, $3, $4, $5, $6)",
                TENANT,
                sealed.text,
                sealed.sha256,
                key.key_id,
                sealed.signature,
                now,
            )
            await connection.execute("INSERT INTO edition_inputs VALUES ($1, 1, $2, $3)", TENANT, text.decode(), digest)
    finally:
        await connection.close()
    return sealed.sha256
