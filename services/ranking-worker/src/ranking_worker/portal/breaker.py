"""The circuit breaker of a connection: after several failures in a row nothing is called for a while. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any, Literal

from ranking_worker.portal.profiles import Breaker

Turned = Literal["opened", "closed"]


@dataclass(frozen=True, slots=True)
class BreakerState:
    """Failures in a row, and until when nothing may be called. After that one call is the trial: it closes or opens again."""

    failures: int = 0
    open_until: dt.datetime | None = None

    def after(self, now: dt.datetime, *, failed: bool, rules: Breaker) -> tuple[BreakerState, Turned | None]:
        """The state after a call, and whether it turned."""
        if not failed:
            return BreakerState(), "closed" if self.open_until else None
        failures = self.failures + 1
        if self.open_until or failures >= rules.failures:
            return BreakerState(failures, now + rules.pause), None if self.open_until else "opened"
        return replace(self, failures=failures), None

    def as_json(self) -> dict[str, Any]:
        """The form kept in `portal_state`."""
        return {"failures": self.failures, "open_until": self.open_until.isoformat() if self.open_until else None}

    @classmethod
    def of(cls, document: dict[str, Any]) -> BreakerState:
        """The state kept; closed where none is."""
        until = document.get("open_until")
        return cls(document.get("failures", 0), dt.datetime.fromisoformat(until) if until else None)
