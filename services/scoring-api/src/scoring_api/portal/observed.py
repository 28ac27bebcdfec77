"""What the portal showed: good observations of a unit and period, the newest of each metric, or all of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import asyncpg
import msgspec

_FIELDS = """
m.metric, m.unit_id, m.printed_code, m.printed_name, m.period, m.observed_at, m.numerator, m.denominator, m.ratio, m.score, m.max_score,
m.quality, m.further::text AS further, m.snapshot_id, s.sha256, s.profile
"""
_FROM = """
FROM portal_metric m JOIN portal_snapshot s ON s.tenant_id = m.tenant_id AND s.snapshot_id = m.snapshot_id AND s.good
WHERE m.realm = $1 AND m.unit_id = ANY($2::int[]) AND m.period = $3
"""
_NEWEST = f"""
SELECT DISTINCT ON (m.unit_id, m.metric) {_FIELDS} {_FROM} ORDER BY m.unit_id, m.metric, m.observed_at DESC, m.snapshot_id DESC
"""
_ALL = f"""
SELECT {_FIELDS} {_FROM} AND ($4::text IS NULL OR m.metric = $4) ORDER BY m.metric, m.observed_at, m.snapshot_id LIMIT $5
"""


@dataclass(frozen=True, slots=True)
class Observed:
    """One metric of one unit as printed at one moment; null stays None."""

    metric: str
    unit_id: int
    printed_code: str | None
    printed_name: str
    period: str
    observed_at: dt.datetime
    numerator: Decimal | None
    denominator: Decimal | None
    ratio: Decimal | None
    """Percent as printed."""
    score: Decimal | None
    max_score: Decimal | None
    quality: str | None
    further: dict[str, Any]
    snapshot_id: uuid.UUID
    sha256: str
    profile: str

    @property
    def counts(self) -> tuple[int, int] | None:
        """Numerator and denominator, where both are printed as whole numbers."""
        if self.numerator is None or self.denominator is None:
            return None
        whole = self.numerator == self.numerator.to_integral() and self.denominator == self.denominator.to_integral()
        return (int(self.numerator), int(self.denominator)) if whole else None

    @property
    def origin(self) -> dict[str, Any]:
        """Where a figure taken from it came from."""
        return {
            "kind": "portal", "metric": self.metric, "period": self.period, "observed_at": self.observed_at.isoformat(),
            "printed_code": self.printed_code, "snapshot_id": str(self.snapshot_id), "sha256": self.sha256,
            "quality": self.quality,
        }  # fmt: skip


async def newest(
    connection: asyncpg.Connection, realm: str, unit_ids: Collection[int], period: str
) -> dict[int, dict[str, Observed]]:
    """Unit -> metric -> its newest good observation."""
    found: dict[int, dict[str, Observed]] = {unit_id: {} for unit_id in unit_ids}
    for row in await connection.fetch(_NEWEST, realm, list(unit_ids), period):
        found[row["unit_id"]][row["metric"]] = _observed(row)
    return found


async def every(
    connection: asyncpg.Connection, realm: str, unit_id: int, period: str, metric: str | None, limit: int
) -> list[Observed]:
    """Every good observation of a unit and period, of one metric or all, the oldest first."""
    return [_observed(row) for row in await connection.fetch(_ALL, realm, [unit_id], period, metric, limit)]


def _observed(row: asyncpg.Record) -> Observed:
    return Observed(**{**dict(row), "further": msgspec.json.decode(row["further"])})
