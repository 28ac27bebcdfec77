"""How often one may knock: attempts a minute for one work address and for the whole process."""

from __future__ import annotations

import hashlib
import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from parindex.errors import TooMany

PER_ADDRESS, PER_PROCESS = 10, 240


class Knocks:
    """Counts attempts in fixed one-minute windows. One per process; locks that outlast it stand in the person's row."""

    def __init__(self, per_address: int = PER_ADDRESS, per_process: int = PER_PROCESS) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._whole, self._one = RateLimitItemPerMinute(per_process), RateLimitItemPerMinute(per_address)

    def take(self, who: str | None = None) -> None:
        """Counts one attempt, of somebody where known (an address, an invitation). Raises TooMany, whoever it is."""
        counted = [(self._whole, "all")]
        if who is not None:
            # Hashed: the address stays nowhere in the memory of the limiter.
            counted.append((self._one, hashlib.sha256(who.encode()).hexdigest()))
        for item, name in counted:
            if not self._limiter.hit(item, name):
                reset, _ = self._limiter.get_window_stats(item, name)
                raise TooMany(
                    "Quá nhiều lần thử; hãy đợi rồi thử lại. / Too many attempts within a minute.",
                    code="sign_in_rate",
                    hint="Wait Retry-After seconds.",
                    retry_after=max(1, math.ceil(reset - time.time())),
                )
