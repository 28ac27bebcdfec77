"""Waiting for what another process does: asked again and again, with an end. No test asserts how long it took."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

SECONDS = 60
PAUSE_SECONDS = 0.02


async def until(holds: Callable[[], Awaitable[bool]], *, seconds: float = SECONDS) -> None:
    """Returns when it holds. Raises TimeoutError when it does not come to hold within `seconds`."""
    async with asyncio.timeout(seconds):
        while True:
            if await holds():
                return
            await asyncio.sleep(PAUSE_SECONDS)
