"""Running the simulator: plain HTTP, and HTTPS on a second port when it is given a folder for certificates."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from .app import Portal
from .clock import Clock, instant
from .state import State
from .tls import Certificates
from .wire import KnownTransport


def listening(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 is any free one."""
    # the protocol is named so that asyncio sees TCP and sends small pieces at once (TCP_NODELAY)
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound


def serve(
    bound: socket.socket, secure: socket.socket | None, *, seed: int, small: bool, at: str | None, rate: float,
    folder: Path | None,
) -> None:  # fmt: skip
    """Serves until it is told to end (SIGINT, SIGTERM). `secure` needs `folder`."""
    certificates = Certificates(folder) if folder else None
    state = State(seed, Clock(instant(at) if at else None, rate), small=small, certificates=certificates)
    asyncio.run(_served(Portal(state), bound, secure, certificates))


class _Second(uvicorn.Server):
    """The server beside the first: signals are the first one's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _served(
    portal: Portal, bound: socket.socket, secure: socket.socket | None, certificates: Certificates | None
) -> None:
    first = uvicorn.Server(_config(portal))
    if secure is None or certificates is None:
        await first.serve(sockets=[bound])
        return
    config = _config(portal)
    config.load()
    config.ssl = certificates.context
    second = _Second(config)
    beside = asyncio.create_task(second.serve(sockets=[secure]))
    await first.serve(sockets=[bound])
    second.should_exit = True
    await beside


def _config(portal: Portal) -> uvicorn.Config:
    return uvicorn.Config(
        portal, http=KnownTransport, ws="none", loop="asyncio", lifespan="off", log_level="critical",
        access_log=False, proxy_headers=False, date_header=False, server_header=False, timeout_graceful_shutdown=1,
    )  # fmt: skip
