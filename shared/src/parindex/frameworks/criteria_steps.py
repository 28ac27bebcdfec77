"""The rule `steps`: points by the half-open interval a value lies in, checked to be without hole and overlap."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, cast

from parindex.engine.criteria import Rule, Step, Steps
from parindex.frameworks.criteria_values import (
    SHARE_DECIMALS,
    VALUE_DECIMALS,
    VALUE_LIMIT,
    most_of,
    read_points,
    same_as_maximum,
)
from parindex.instruments.fields import UNREAD

if TYPE_CHECKING:
    from parindex.instruments.fields import Fields

_RATIO_LIMIT = 10
"""A ratio in steps may pass 1 (revenue against plan); 80 is a percentage written by mistake."""


def read_steps(fields: Fields, maximum: Decimal, _: Collection[str]) -> Rule:
    """The steps of a leaf, whose best one gives exactly the maximum."""
    of = cast("Literal['number', 'ratio', 'date']", fields.word("of", ("number", "ratio", "date")))
    steps, known = [], len(fields.document.findings)
    for entry in fields.entries("steps"):
        if of == UNREAD:
            entry.skip("min", "max")
            low = high = None
        else:
            low, high = _bound(entry, "min", of), _bound(entry, "max", of)
        steps.append(Step(low, high, read_points(entry, "points")))
        entry.close()
    if steps and len(fields.document.findings) == known:
        _contiguous(fields, of, steps)
    if steps:
        same_as_maximum(fields, "steps", "the best step gives", most_of(step.points for step in steps), maximum)
    return Steps(of, tuple(steps))


def _bound(entry: Fields, key: str, of: str) -> Decimal | str | None:
    if not entry.has(key):
        return entry.optional_text(key)
    if of == "date":
        return entry.date(key).isoformat()
    most, decimals = (_RATIO_LIMIT, SHARE_DECIMALS) if of == "ratio" else (VALUE_LIMIT, VALUE_DECIMALS)
    return entry.bounded(key, 0 if of == "ratio" else -VALUE_LIMIT, most, decimals)


def _contiguous(fields: Fields, of: str, steps: list[Step]) -> None:
    """One finding where the steps leave a value without points or give it twice."""
    lowest: Any = dt.date.min.isoformat() if of == "date" else Decimal("-Infinity")
    ordered = sorted(steps, key=lambda step: lowest if step.minimum is None else step.minimum)
    for step in ordered:
        if step.minimum is not None and step.maximum is not None and not _less(step.minimum, step.maximum):
            fields.fault(
                "steps",
                "empty_step",
                f"the step from {step.minimum} ends at {step.maximum}.",
                "Expected min below max: a step holds min and ends before max.",
            )
            return
    for lower, upper in pairwise(ordered):
        if lower.maximum is None or upper.minimum is None or _less(upper.minimum, lower.maximum):
            fields.fault(
                "steps",
                "steps_overlap",
                f"the step to {_end(lower.maximum)} and the step from {_end(upper.minimum)} overlap.",
                "Expected each step to begin where the one below ends.",
            )
            return
        if lower.maximum != upper.minimum:
            fields.fault(
                "steps",
                "steps_gap",
                f"between {lower.maximum} and {upper.minimum} no step gives points.",
                "Expected each step to begin where the one below ends.",
            )
            return
    first, last = ordered[0], ordered[-1]
    if last.maximum is not None:
        fields.fault(
            "steps",
            "steps_open",
            f"a value of {last.maximum} or above lies in no step.",
            "Expected the highest step without max.",
        )
    if first.minimum is not None and first.minimum != 0:
        fields.fault(
            "steps",
            "steps_open",
            f"a value below {first.minimum} lies in no step.",
            "Expected the lowest step without min (or from 0).",
        )


def _less(left: Decimal | str, right: Decimal | str) -> bool:
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return left < right
    return str(left) < str(right)


def _end(bound: Decimal | str | None) -> str:
    return "without end" if bound is None else str(bound)
