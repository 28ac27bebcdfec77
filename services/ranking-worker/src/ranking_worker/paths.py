"""Whose tallies a day's counts of a unit belong to, compressed to runs of days, for recounts in SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from ranking_worker.registers import Registers

PathRanges = tuple[list[int], list[dt.date], list[dt.date], list[int]]
"""Parallel columns: unit, first day, last day, the unit itself or one above it."""


def path_ranges(registers: Registers, unit_days: Iterable[Any]) -> PathRanges:
    """Runs of days with the same chain upwards, for the given (unit, day) pairs; each pair lies in one run of its unit."""
    runs: list[tuple[int, dt.date, dt.date, tuple[int, ...]]] = []
    for unit_id, day in sorted((unit_id, day) for unit_id, day in unit_days):
        chain = registers.chain(unit_id, day)
        if runs and runs[-1][0] == unit_id and runs[-1][3] == chain:
            runs[-1] = (unit_id, runs[-1][1], day, chain)
        else:
            runs.append((unit_id, day, day, chain))
    rows = [(unit_id, first, last, above) for unit_id, first, last, chain in runs for above in chain]
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], [row[3] for row in rows]
