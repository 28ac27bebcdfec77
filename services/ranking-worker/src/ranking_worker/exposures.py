"""People offered and asked, summed over subtrees and months: what response rates are divided by.

Exposures are optional and move no count, so they are read at most once a minute and enter a result when it is next
computed.
"""

from __future__ import annotations

import datetime as dt

import asyncpg

from parindex.engine.period import Period
from parindex.engine.result import Exposure
from ranking_worker.registers import Registers

RENEW_AFTER = dt.timedelta(seconds=60)

# The highest revision of a day holds.
_TOTALS = """
SELECT realm, unit_id, local_day, sum(offered)::bigint, sum(asked)::bigint
FROM (
  SELECT DISTINCT ON (tenant_id, system_id, unit_id, collected_via, local_day) realm, unit_id, local_day, offered, asked
  FROM exposure ORDER BY tenant_id, system_id, unit_id, collected_via, local_day, revision DESC
) AS holding
GROUP BY 1, 2, 3
"""


class ExposureBook:
    """Offered and asked per realm, unit (with everyone under it on the day) and month."""

    def __init__(self) -> None:
        self._read_at: dt.datetime | None = None
        self._seen: tuple[int, dt.datetime | None] | None = None
        self._months: dict[tuple[str, int, dt.date], tuple[int, int]] = {}

    async def renew(self, connection: asyncpg.Connection, registers: Registers, now: dt.datetime) -> None:
        """Reads again when a minute has passed and something was recorded since."""
        if self._read_at is not None and now - self._read_at < RENEW_AFTER:
            return
        self._read_at = now
        # Rows are only ever added; the newest time alone would miss one that was committed after a newer one.
        seen = tuple(await connection.fetchrow("SELECT count(*), max(recorded_at) FROM exposure"))
        if seen == self._seen:
            return
        months: dict[tuple[str, int, dt.date], tuple[int, int]] = {}
        for realm, unit_id, day, offered, asked in await connection.fetch(_TOTALS):
            for above in registers.chain(unit_id, day):
                key = (realm, above, day.replace(day=1))
                before = months.get(key, (0, 0))
                months[key] = (before[0] + offered, before[1] + asked)
        self._months, self._seen = months, seen

    def of(self, realm: str, unit_id: int, period: Period) -> Exposure | None:
        """The unit's exposure in the period; None when nobody reported any (which is not zero)."""
        found = [self._months[key] for month in period.months if (key := (realm, unit_id, month)) in self._months]
        return Exposure(sum(offered for offered, _ in found), sum(asked for _, asked in found)) if found else None
