"""Which side's word counts in an assessment round. Pure; shared by the rounds themselves and by whoever computes them.

A cell of a round (one component of one unit) keeps the latest input of each side: what the unit declared, both
appraisals, what was joined from surveys, other indices and statistics, and the council's decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from parindex.engine.criteria import Source

Side = Literal["declared", "appraised_1", "answered", "appraised_2", "joined", "decided"]

_ORDER: dict[Source, tuple[Side, ...]] = {
    "appraised": ("decided", "appraised_2", "appraised_1"),
    "survey": ("decided", "joined"),
    "external": ("decided", "joined"),
    "data": ("decided", "joined"),
}
"""The first side that has spoken is final. The unit's own word never enters the index (domain rule of PAR INDEX)."""


def final_side(source: Source, sides: Mapping[str, Any]) -> Side | None:
    """The side whose input is final for a leaf of that source; None while nobody who counts has spoken."""
    return next((side for side in _ORDER[source] if sides.get(side) is not None), None)


def final_input(source: Source, sides: Mapping[str, Any]) -> Any:
    """The final input (JSON, see docs/design.md), or None: missing. `sides`: side -> {"input": ..., ...}."""
    side = final_side(source, sides)
    return None if side is None else sides[side]["input"]
