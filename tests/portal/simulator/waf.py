"""The wall before the public portal: rejects what no browser sends, counts calls a minute, then resets connections."""

from __future__ import annotations

import datetime as dt

from .state import State
from .wire import RESET, Answer, Request, html

COOKIE = "TS01a2b3c4=simulated"


class Wall:
    """One client's standing; the minute is by the simulator's clock, the wait before a reset is real."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.calls: list[dt.datetime] = []
        self.warned = 0
        self.blocked_until: dt.datetime | None = None

    def rejected(self, request: Request) -> Answer | None:
        """The wall's own answer, or None when the request passes."""
        options, now = self.state.options, self.state.clock.now()
        if not options.waf:
            return None
        if self.blocked_until is not None and now < self.blocked_until:
            return Answer(options.waf_reset_seconds, RESET)
        self.calls = [at for at in self.calls if now - at < dt.timedelta(minutes=1)] + [now]
        if len(self.calls) > options.waf_requests_per_minute:
            return self._too_many(now)
        self.warned = 0
        return html("Request Rejected", options.waf_status) if self._strange(request) else None

    def _too_many(self, now: dt.datetime) -> Answer:
        self.warned += 1
        if self.warned > self.state.options.waf_warnings:
            self.warned, self.calls = 0, []
            self.blocked_until = now + dt.timedelta(seconds=self.state.options.waf_block_seconds)
            return Answer(self.state.options.waf_reset_seconds, RESET)
        answer = html("Too Many Requests", 429)
        if self.state.options.waf_retry_after is not None:
            answer.headers["Retry-After"] = str(self.state.options.waf_retry_after)
        return answer

    def _strange(self, request: Request) -> bool:
        options, headers = self.state.options, request.headers
        return (
            request.method != "POST"
            or not headers.get("content-type", "").startswith("application/json")
            or (options.waf_cookie and COOKIE not in headers.get("cookie", ""))
            or (options.waf_browser and "Mozilla/" not in headers.get("user-agent", ""))
        )
