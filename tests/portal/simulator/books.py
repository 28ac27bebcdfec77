"""The oracle: what was truly committed, and every call with its instants. Nothing here is told to the client's fronts."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from .clock import Clock


def digest(item: Any) -> str:
    """SHA-256 of the item as JSON with sorted keys and no blanks, in UTF-8: how both sides name one body."""
    text = json.dumps(item, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=float)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Entry:
    """One item that was committed. `action`: new, update (other content), again (the same content once more)."""

    number: int
    kind: str
    key: str
    digest: str
    action: str
    at: str
    call: int
    body: Any


@dataclass
class Call:
    """One call of a client; instants in real seconds since the start, `at` by the simulator's clock."""

    number: int
    endpoint: str
    method: str
    path: str
    digest: str
    at: str
    started: float
    in_flight: int
    ended: float | None = None
    outcome: str = "in flight"
    faults: list[str] = field(default_factory=list)
    committed: int = 0


class Books:
    """Committed items by kind, calls, hits of the privacy tap."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.reset()

    def reset(self) -> None:
        self.entries: list[Entry] = []
        self.latest: dict[tuple[str, str], Entry] = {}
        self.calls: list[Call] = []
        self.privacy: list[dict[str, Any]] = []
        self.started_at = time.monotonic()

    def begin(self, endpoint: str, method: str, path: str, body: bytes) -> Call:
        """A call arrives."""
        front = endpoint[:2]
        under_way = sum(call.ended is None and call.endpoint[:2] == front for call in self.calls[-200:])
        call = Call(
            len(self.calls) + 1, endpoint, method, path, hashlib.sha256(body).hexdigest(),
            self.clock.now().isoformat(), self._seconds(), under_way + 1,
        )  # fmt: skip
        self.calls.append(call)
        return call

    def end(self, call: Call, outcome: str) -> None:
        """A call was answered, or was not."""
        call.ended, call.outcome = self._seconds(), outcome

    def commit(self, call: Call, kind: str, items: Iterable[tuple[str, Any]]) -> None:
        """Keeps the items `(key, body)`; from here on they are truly there, whatever the client learns."""
        for key, body in items:
            now = digest(body)
            before = self.latest.get((kind, key))
            action = "new" if before is None else "again" if before.digest == now else "update"
            entry = Entry(
                len(self.entries) + 1, kind, key, now, action, self.clock.now().isoformat(), call.number, body
            )
            self.entries.append(entry)
            self.latest[kind, key] = entry
            call.committed += 1

    def has(self, kind: str, key: str) -> bool:
        return (kind, key) in self.latest

    def of(self, kind: str) -> list[Entry]:
        """The entries of a kind, in the order committed."""
        return [entry for entry in self.entries if entry.kind == kind]

    def shown(self, query: dict[str, str]) -> dict[str, Any]:
        """The answer of `GET /__so-sach`: `kind`, `endpoint` narrow it, `bodies=1` adds the bodies."""
        kind, endpoint = query.get("kind"), query.get("endpoint", "")
        entries = [entry for entry in self.entries if kind in (None, entry.kind)]
        calls = [call for call in self.calls if call.endpoint.startswith(endpoint)]
        times = Counter((entry.kind, entry.key, entry.digest) for entry in entries)
        return {
            "committed": [self._row(entry, bodies="bodies" in query) for entry in entries],
            "current": {f"{entry.kind}/{entry.key}": entry.digest for entry in self.latest.values()},
            "twice": [
                {"kind": kind, "key": key, "digest": found, "times": count}
                for (kind, key, found), count in times.items()
                if count > 1
            ],
            "calls": [asdict(call) for call in calls],
            "endpoints": {name: _throttle(found) for name, found in _by_endpoint(calls).items()},
            "fronts": {name: _throttle(found) for name, found in _by_front(calls).items()},
            "privacy": self.privacy,
        }

    def _row(self, entry: Entry, *, bodies: bool) -> dict[str, Any]:
        row = asdict(entry)
        if not bodies:
            del row["body"]
        return row

    def _seconds(self) -> float:
        return time.monotonic() - self.started_at


def _by_endpoint(calls: list[Call]) -> dict[str, list[Call]]:
    found: dict[str, list[Call]] = {}
    for call in calls:
        found.setdefault(call.endpoint, []).append(call)
    return found


def _by_front(calls: list[Call]) -> dict[str, list[Call]]:
    found: dict[str, list[Call]] = {}
    for call in calls:
        found.setdefault(call.endpoint[:1], []).append(call)
    return found


def _throttle(calls: list[Call]) -> dict[str, Any]:
    """How a client held back: most calls at once, least seconds from start to start and from end to start."""
    pairs = list(itertools.pairwise(calls))
    pauses = [after.started - before.ended for before, after in pairs if before.ended is not None]
    return {
        "calls": len(calls),
        "max_in_flight": max((call.in_flight for call in calls), default=0),
        "min_gap_seconds": min((after.started - before.started for before, after in pairs), default=None),
        "min_pause_seconds": min(pauses, default=None),
        "min_gap_on_clock": min((_between(before, after) for before, after in pairs), default=None),
        "outcomes": dict(Counter(call.outcome for call in calls)),
    }


def _between(before: Call, after: Call) -> float:
    """Seconds by the simulator's clock."""
    return (dt.datetime.fromisoformat(after.at) - dt.datetime.fromisoformat(before.at)).total_seconds()
