"""From and to the socket: requests as they came, answers as they shall look, resets that are real resets."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from uvicorn.protocols.http.h11_impl import H11Protocol

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
JSON_TYPE = "application/json; charset=utf-8"
RESET = 0
"""Status of an answer that never comes: the connection is reset after `body` seconds."""


class KnownTransport(H11Protocol):
    """uvicorn's protocol, which lets the application see its transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


@dataclass
class Request:
    """One request, read whole."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    transport: asyncio.Transport
    receive: Receive

    def json(self) -> Any:
        """The body as JSON with exact decimals. Raises ValueError, for NaN and Infinity too."""
        text = self.body.decode("utf-8")
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number)

    def json_object(self) -> dict[str, Any]:
        """The body when it is a JSON object, otherwise nothing."""
        try:
            found = self.json()
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


@dataclass
class Answer:
    """One answer before it is bytes. `body` is anything that becomes JSON, or text, or bytes."""

    body: Any = None
    status: int = 200
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode()
        return json.dumps(self.body, ensure_ascii=False, default=float).encode()


def html(text: str, status: int) -> Answer:
    return Answer(f"<html><head><title>{text}</title></head><body>{text}</body></html>", status, "text/html")


def _no_number(text: str) -> None:
    msg = f"{text} is not JSON"
    raise ValueError(msg)


async def read(scope: MutableMapping[str, Any], receive: Receive) -> Request:
    """Reads the request to its end. Raises ConnectionError when the client goes before."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        body=body,
        transport=scope["state"]["transport"],
        receive=receive,
    )


def reset(transport: asyncio.Transport) -> None:
    """Ends the connection with RST: the client cannot know what became of its request."""
    if (connection := transport.get_extra_info("socket")) is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def wait(request: Request, seconds: float) -> bool:
    """Waits, at most until the client goes; whether the client is still there."""
    gone = asyncio.ensure_future(request.receive())
    done, _ = await asyncio.wait({gone}, timeout=seconds)
    gone.cancel()
    return not done


async def send_answer(
    send: Send, answer: Answer, date: str, *, slow_seconds: float = 0, cut: bool = False, transport: asyncio.Transport
) -> None:
    """Sends it; slowly in ten pieces over `slow_seconds`, or only half of what Content-Length promises."""
    body = answer.encoded()
    headers = {"content-type": answer.content_type, "content-length": str(len(body)), "date": date}
    headers.update({name.lower(): value for name, value in answer.headers.items()})
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
    if cut:
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        transport.close()
        return
    if slow_seconds:
        size = max(1, -(-len(body) // 10))
        for start in range(0, len(body), size):
            await send({"type": "http.response.body", "body": body[start : start + size], "more_body": True})
            await asyncio.sleep(slow_seconds / 10)
        body = b""
    await send({"type": "http.response.body", "body": body})
