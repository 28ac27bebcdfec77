"""What a ranking policy declares beside ranks: groups by place, comparability, baselines of merged units, coverage.

Every part is optional, and stands in the policy's document only where it is declared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from parindex.engine.quartiles import QUARTERS

if TYPE_CHECKING:
    from parindex.instruments.fields import Fields

Cite = Callable[["Fields"], None]
"""Takes provenance and source of a node, and closes it."""
WEIGHTS = ("equal", "population", "responses")
"""Weights of a combined baseline: every predecessor alike, by inhabitants, or by counted responses."""
COVERAGE = ("whole", "fragments")


def read_declarations(top: Fields, cite: Cite) -> dict[str, Any]:
    """The declared parts, as they stand in the document: grouping, comparison, baseline, coverage, change_digits."""
    declared = {
        "grouping": _grouping(top, cite),
        "comparison": _comparison(top, cite),
        "baseline": _baseline(top, cite),
        "coverage": top.word("coverage", COVERAGE, "whole") if top.has("coverage") else None,
    }
    return {key: value for key, value in declared.items() if value is not None}


def read_change_digits(change: Fields) -> dict[str, int]:
    """Decimals that a change is printed with, where they are fewer than those of the figures."""
    if not change.has("digits"):
        return {}
    digits = change.integer("digits")
    if not 0 <= digits <= 6:
        change.fault("digits", "digits_range", f"{digits} decimals.", "Expected 0 to 6.")
    return {"change_digits": digits}


def _grouping(top: Fields, cite: Cite) -> dict[str, Any] | None:
    fields = top.mapping("grouping", optional=True)
    if not top.has("grouping"):
        return None
    method, labels = fields.word("method", ("quartiles",)), []
    for entry in fields.entries("labels"):
        labels.append({"label_vi": entry.text("label_vi"), "label_en": entry.text("label_en")})
        entry.close()
    if len(labels) != QUARTERS:
        fields.fault("labels", "grouping_labels", f"{len(labels)} labels.", f"Expected {QUARTERS}, best first.")
    cite(fields)
    return {"method": method, "labels": labels}


def _comparison(top: Fields, cite: Cite) -> dict[str, Any] | None:
    """Other versions whose figures may be compared, and why those not named may not."""
    fields = top.mapping("comparison", optional=True)
    if not top.has("comparison"):
        return None
    declared = {
        "with": fields.texts("with", optional=True),
        "break_vi": fields.text("break_vi"),
        "break_en": fields.text("break_en"),
    }
    cite(fields)
    return declared


def _baseline(top: Fields, cite: Cite) -> dict[str, Any] | None:
    """How the earlier figure of a merged unit may be made of its full predecessors' figures."""
    fields = top.mapping("baseline", optional=True)
    if not top.has("baseline"):
        return None
    declared: dict[str, Any] = {
        "rule": fields.word("rule", ("weighted_mean",)),
        "weights": fields.word("weights", WEIGHTS),
        "note_vi": fields.text("note_vi"),
        "note_en": fields.text("note_en"),
    }
    cite(fields)
    return declared
