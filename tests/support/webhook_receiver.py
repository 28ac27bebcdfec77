"""A receiver of webhooks on a real socket: keeps what it was sent, and answers as it is told."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fastapi import FastAPI, Request
from starlette.responses import Response

from support.served import served


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]

    def signed_with(self, secret: str) -> bool:
        """Whether one of its signatures was made with the secret: worked out here anew, from the published rule."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.message_id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return expected in self.headers["webhook-signature"].split(" ")


@dataclass
class Receiver:
    """`answers` are given one after another, then 204 for ever. While `open` is clear, nobody is answered."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)

    def will_answer(self, *statuses: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        self.answers += [(status, headers or {}, body) for status in statuses]

    @property
    def ids(self) -> list[str]:
        return [one.message_id for one in self.received]


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """A receiver that runs while the block runs, on a free port or the one given; it answers any path."""
    receiver = Receiver()
    receiver.open.set()
    app = FastAPI()

    @app.post("/{path:path}")
    async def take(path: str, request: Request) -> Response:
        receiver.received.append(Received(request.url.path, dict(request.headers), await request.body()))
        while not receiver.open.is_set():  # noqa: ASYNC110 (set by another thread)
            await asyncio.sleep(0.02)
        status, headers, body = receiver.answers.pop(0) if receiver.answers else (204, {}, b"")
        return Response(body, status, headers)

    with served(app, port) as url:
        receiver.url = url
        try:
            yield receiver
        finally:
            receiver.open.set()
