"""A plain HTTP/1.1 load client on loopback: prepared request bytes over kept-open connections, bounded in count and time.

A general client would be the slowest part of these measurements; this one only reads status and Content-Length.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field


def request_bytes(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """One whole request."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass(slots=True)
class Load:
    """What a run measured."""

    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Answered requests."""
        return sum(self.statuses.values())

    @property
    def per_second(self) -> float:
        """Answered requests a second."""
        return self.count / self.seconds


async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> tuple[int, bytes]:
    """Sends one request and reads its answer: status and body."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lower = head.lower()
    start = lower.find(b"content-length:")
    length = int(lower[start + 15 : lower.index(b"\r\n", start)]) if start >= 0 else 0
    return status, await reader.readexactly(length) if length else b""


async def load(port: int, requests: Iterator[bytes], connections: int, *, seconds: float | None = None) -> Load:
    """Sends the requests over that many connections until they or the time run out."""
    result = Load()
    deadline = None if seconds is None else time.perf_counter() + seconds

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for request in requests:
                if deadline is not None and time.perf_counter() > deadline:
                    return
                began = time.perf_counter()
                status, _ = await send(reader, writer, request)
                result.latencies.append(time.perf_counter() - began)
                result.statuses[status] = result.statuses.get(status, 0) + 1
        finally:
            writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(connections)))
    result.seconds = time.perf_counter() - began
    return result
