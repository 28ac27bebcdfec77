"""Time and chance as the portal's loops see them: given to them, so that a night can be lived through in a second."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from typing import Protocol


class Clock(Protocol):
    """What time it is, waiting, and a draw."""

    def now(self) -> dt.datetime:
        """The instant, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Returns when so many seconds have passed."""
        ...

    def draw(self) -> float:
        """A number in [0, 1) for jitter."""
        ...


class RealClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        """The instant, in UTC."""
        return dt.datetime.now(dt.UTC)

    async def sleep(self, seconds: float) -> None:
        """Returns when so many seconds have passed."""
        await asyncio.sleep(seconds)

    def draw(self) -> float:
        """A number in [0, 1) for jitter."""
        return random.random()  # noqa: S311  (spreads load, hides nothing)
