"""The simulator's clock: real, standing still, or running at any rate from any instant. Waiting is always real."""

from __future__ import annotations

import datetime as dt
import time

VIETNAM = dt.timezone(dt.timedelta(hours=7))


def instant(text: str) -> dt.datetime:
    """An ISO 8601 instant; without an offset it is Vietnamese time. Raises ValueError."""
    at = dt.datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=VIETNAM)


class Clock:
    """What time it is at the portal."""

    def __init__(self, at: dt.datetime | None = None, rate: float = 1.0) -> None:
        self.start, self.first_rate, self.rate = at, rate, rate
        self.reset()

    def reset(self) -> None:
        """Back to where the program began."""
        self.set(self.start or dt.datetime.now(VIETNAM), self.first_rate)

    def set(self, at: dt.datetime | None = None, rate: float | None = None) -> None:
        """Another instant, another rate (0 stands still, 1 is real), or both."""
        self._at = at or self.now()
        self._since = time.monotonic()
        self.rate = self.rate if rate is None else rate

    def forward(self, seconds: float) -> None:
        self.set(self.now() + dt.timedelta(seconds=seconds))

    def now(self) -> dt.datetime:
        """In Vietnamese time."""
        passed = (time.monotonic() - self._since) * self.rate
        return (self._at + dt.timedelta(seconds=passed)).astimezone(VIETNAM)
