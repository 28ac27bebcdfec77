"""Where the services of this run answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Places:
    """Base URLs."""

    ingest: str
    scoring: str
    worker: str
