"""Counts behind the 766 figures, drawn from the seed: per unit and month, spread over its days, summed for provinces."""

from __future__ import annotations

import calendar
import datetime as dt
import random
from collections import Counter
from functools import cache
from typing import Any

from .country import COMMUNE, DEPARTMENT, PROVINCE, Agency
from .periods import Period
from .state import State

SHARES = {
    "received": {"on_time": (0.80, 1.0), "satisfied": (0.79, 0.99), "results": (0.5, 0.95), "digitised": (0.1, 0.9),
                 "reused": (0.05, 0.95), "citizen_data": (0.2, 0.9), "online": (0.3, 0.95)},
    "petitions": {"petitions_on_time": (0.4, 1.0), "petitions_satisfied": (0.3, 1.0), "petitions_rules": (0.1, 0.9),
                  "petitions_staff": (0.0, 0.3)},
    "obliged": {"paid": (0.3, 1.0)},
}  # fmt: skip
"""Denominator -> its numerators with the range of their share. Further: `completed` follows `received`."""
ADDED = frozenset(SHARES) | {name for shares in SHARES.values() for name in shares} | {"stored"}


class Figures:
    """All counts of one state. A count planted through the control API stands instead of the drawn one."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.month = cache(self._month)
        self.summed = cache(self._summed)

    def counts(self, agency: Agency, period: Period, share: float = 1.0) -> dict[str, int] | None:
        """Every count of a unit in a period, or None when it has none yet. `share`: the part of one procedure."""
        days = period.counted(self.state.clock.now().date())
        planted = self.state.figures.get((agency.code, period.label), {})
        if days is None and not planted:
            return None
        drawn = dict(self.summed(agency.code, *days, self.state.country.changes)) if days else Counter()
        counts = {**drawn, **self._levels(agency), **planted}
        if share < 1:
            counts = {name: int(count * share) if name in ADDED else count for name, count in counts.items()}
        return counts

    def _summed(self, code: str, first: dt.date, last: dt.date, changes: int) -> Counter[str]:
        agency = self.state.country.agencies[code]
        total: Counter[str] = Counter()
        if agency.kind == PROVINCE:
            for child in self.state.country.children(code, last):
                total.update(self.summed(child.code, first, last, changes))
            return total
        day = first.replace(day=1)
        while day <= last:
            length = calendar.monthrange(day.year, day.month)[1]
            through = min(length, (last - day).days + 1)
            total.update(self._part(code, day, through, length))
            if first > day:
                total.subtract(self._part(code, day, (first - day).days, length))
            day += dt.timedelta(days=length)
        return total

    def _part(self, code: str, month: dt.date, days: int, length: int) -> dict[str, int]:
        """Counts of the first `days` of a month: parts add up exactly, and no numerator passes its denominator."""
        whole = self.month(code, month)
        part = {}
        for base, shares in SHARES.items():
            part[base] = whole[base] * days // length
            for name in shares:
                part[name] = part[base] * whole[name] // whole[base] if whole[base] else 0
        return part

    def _month(self, code: str, month: dt.date) -> dict[str, int]:
        draw = random.Random(f"{self.state.seed}/figures/{code}/{month:%Y-%m}")
        size = draw.randint(60, 1_800) if draw.random() > 0.02 else 0
        bases = {
            "received": size,
            "petitions": draw.choice((0, 0, 0, 1, 2, 3, 5, 8)),
            "obliged": int(size * draw.uniform(0.2, 0.8)),
        }
        counts = dict(bases)
        for base, shares in SHARES.items():
            for name, (low, high) in shares.items():
                counts[name] = int(bases[base] * draw.uniform(low, high))
        return counts

    def _levels(self, agency: Agency) -> dict[str, Any]:
        """Counts of procedures: they do not add up over months or units."""
        draw = random.Random(f"{self.state.seed}/levels/{agency.code}")
        large = {PROVINCE: 1_300, DEPARTMENT: 120, COMMUNE: 385}.get(agency.kind, 100)
        procedures = draw.randint(large // 2, large)
        with_fee = draw.randint(1, max(1, procedures // 4))
        levels = {"procedures": procedures, "fee_procedures": with_fee, "stored": 0}
        for name, whole in (
            ("online_procedures", procedures), ("services", procedures), ("citizen_procedures", procedures),
            ("paying_procedures", with_fee), ("integrated_procedures", with_fee),
        ):  # fmt: skip
            levels[name] = draw.randint(whole // 8, whole)
        levels["active_services"] = draw.randint(0, levels["services"])
        levels["published"] = draw.randint(40, 120)
        levels["published_on_time"] = draw.choice((0, draw.randint(0, levels["published"])))
        levels["updated"] = draw.choice((0, draw.randint(20, 90)))
        levels["updated_on_time"] = draw.randint(0, levels["updated"])
        levels["full_content"] = draw.randint(levels["published"] * 9 // 10, levels["published"])
        levels["communes"] = len([1 for child in self._communes(agency)])
        levels["copying_communes"] = draw.randint(0, levels["communes"])
        levels["national_report"] = draw.choice((1, 1, 1, 0))
        return levels

    def _communes(self, agency: Agency) -> list[Agency]:
        if agency.kind != PROVINCE:
            return []
        today = self.state.clock.now().date()
        return [child for child in self.state.country.children(agency.code, today) if child.kind == COMMUNE]
