"""Rates agreed with a sending system: fixed one-minute windows per process; RateLimit fields of the IETF draft."""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from parindex.errors import TooMany
from parindex.web.auth import Caller


class Windows(Storage):
    """Counts of the windows that are open, for one thread.

    The library's own memory starts a thread a hundred times a second to forget what ended. Here a key that never comes
    again stays: no more than twice as many as there are sending systems.
    """

    STORAGE_SCHEME = None
    base_exceptions = ValueError

    def __init__(self) -> None:
        super().__init__()
        self._open: dict[str, tuple[int, float]] = {}

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Counts; a window opened by this lasts `expiry` seconds."""
        now = time.time()
        count, ends = self._open.get(key, (0, 0.0))
        count, ends = (count + amount, ends) if ends > now else (amount, now + expiry)
        self._open[key] = count, ends
        return count

    def get(self, key: str) -> int:
        """What was counted in the open window."""
        count, ends = self._open.get(key, (0, 0.0))
        return count if ends > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """When the open window ends, or now (Unix seconds)."""
        now = time.time()
        return max(now, self._open.get(key, (0, now))[1])

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int:
        """Forgets everything; how many were forgotten."""
        count = len(self._open)
        self._open.clear()
        return count

    def clear(self, key: str) -> None:
        """Forgets one window."""
        self._open.pop(key, None)


class RateLimiter:
    """Counts requests and items of each sending system. One per process; the limit holds for each process."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(Windows())
        self._items: dict[int, RateLimitItemPerMinute] = {}

    def _rate(self, amount: int) -> RateLimitItemPerMinute:
        return self._items.setdefault(amount, RateLimitItemPerMinute(amount))

    def take(self, caller: Caller, items: int) -> None:
        """Takes one request with that many items, or nothing at all. Raises TooMany with Retry-After (seconds)."""
        costs = (("requests", caller.requests_per_minute, 1), ("items", caller.items_per_minute, items))
        for kind, most, cost in costs:
            if not self._limiter.test(self._rate(most), kind, _who(caller), cost=cost):
                raise TooMany(
                    f"This sending system is over its rate of {most} {kind} a minute in this process; nothing was stored.",
                    code="rate_exceeded",
                    hint="Send the same again after Retry-After seconds.",
                    retry_after=max(1, self._left(caller, kind, most)[1]),
                )
        for kind, most, cost in costs:
            self._limiter.hit(self._rate(most), kind, _who(caller), cost=cost)

    def fields(self, caller: Caller) -> dict[str, str]:
        """`RateLimit-Policy` and `RateLimit` for a caller as they stand, one member a kind."""
        policies, states = [], []
        for kind, most in (("requests", caller.requests_per_minute), ("items", caller.items_per_minute)):
            remaining, seconds = self._left(caller, kind, most)
            policies.append(f'"{kind}";q={most};w=60')
            states.append(f'"{kind}";r={remaining};t={seconds}')
        return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(states)}

    def _left(self, caller: Caller, kind: str, most: int) -> tuple[int, int]:
        """What remains in the window, and the seconds until it ends."""
        reset, remaining = self._limiter.get_window_stats(self._rate(most), kind, _who(caller))
        return max(0, remaining), max(0, math.ceil(reset - time.time()))


def _who(caller: Caller) -> str:
    return f"{caller.tenant_id}/{caller.system_id}"
