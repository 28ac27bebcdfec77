"""Figures on their way into a round: what is joined, and who stays without a figure and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """An input for one component of one unit, with its origin under `from`."""

    unit_id: int
    component: str
    input: Mapping[str, Any]
    place: str
    """Where it was given, for findings: `figures[3]` or `line 4`."""


@dataclass(frozen=True, slots=True)
class Absent:
    """A unit without a figure for a component: listed, never guessed."""

    unit_id: int
    component: str
    reason_vi: str
    reason_en: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a source holds for the round."""

    figures: tuple[Figure, ...]
    absent: tuple[Absent, ...]
