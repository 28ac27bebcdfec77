"""Running the simulator: as a program (`python -m portal.simulator`) or as a child process of a test."""

from __future__ import annotations

import socket

import uvicorn

from .app import Portal
from .clock import Clock, instant
from .state import State
from .wire import KnownTransport


def server(seed: int, *, small: bool, at: str | None, rate: float) -> uvicorn.Server:
    """A server that is not started yet."""
    state = State(seed, Clock(instant(at) if at else None, rate), small=small)
    config = uvicorn.Config(
        Portal(state), http=KnownTransport, ws="none", loop="asyncio", lifespan="off", log_level="critical",
        access_log=False, proxy_headers=False, date_header=False, server_header=False, timeout_graceful_shutdown=1,
    )  # fmt: skip
    return uvicorn.Server(config)


def listening(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 is any free one."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound
