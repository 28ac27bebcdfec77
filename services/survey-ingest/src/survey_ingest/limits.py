"""Rates agreed with a sending system: fixed one-minute windows per process; RateLimit fields of the IETF draft."""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from parindex.errors import TooMany
from parindex.web.auth import Caller


class RateLimiter:
    """Counts requests and items of each sending system. One per process; the limit holds for each process."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._items: dict[int, RateLimitItemPerMinute] = {}

    def _rate(self, amount: int) -> RateLimitItemPerMinute:
        return self._items.setdefault(amount, RateLimitItemPerMinute(amount))

    def take(self, caller: Caller, items: int) -> dict[str, str]:
        """Takes one request with that many items; the RateLimit fields of the answer. Raises TooMany with Retry-After (seconds)."""
        who = f"{caller.tenant_id}/{caller.system_id}"
        for kind, most, cost in (
            ("requests", caller.requests_per_minute, 1),
            ("items", caller.items_per_minute, items),
        ):
            if not self._limiter.hit(self._rate(most), kind, who, cost=cost):
                reset, _ = self._limiter.get_window_stats(self._rate(most), kind, who)
                wait = max(1, math.ceil(reset - time.time()))
                raise TooMany(
                    f"This sending system is over its rate of {most} {kind} a minute in this process; nothing was stored.",
                    code="rate_exceeded",
                    hint="Send the same again after Retry-After seconds.",
                    retry_after=wait,
                )
        return self.fields(caller)

    def fields(self, caller: Caller) -> dict[str, str]:
        """`RateLimit-Policy` and `RateLimit` for a caller as they stand."""
        who = f"{caller.tenant_id}/{caller.system_id}"
        reset, remaining = self._limiter.get_window_stats(self._rate(caller.items_per_minute), "items", who)
        left = max(0, math.ceil(reset - time.time()))
        return {
            "RateLimit-Policy": f'"items";q={caller.items_per_minute};w=60',
            "RateLimit": f'"items";r={remaining};t={left}',
        }
