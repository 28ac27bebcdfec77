"""Ranks of the units of one block by their index, and by each field. Pure.

A unit without a complete index is not ranked and says why; it never counts as zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from parindex.engine.criteria import Framework
from parindex.engine.rank import Contender, rank
from parindex.engine.score import Scored
from parindex.engine.score_summary import fields, ranked_figure

Unranked = Literal["missing", "nothing_applies"]
"""Why there is no rank: inputs are missing, or nothing applies to the unit."""


@dataclass(frozen=True, slots=True)
class Ranks:
    """Places by unit, 1 = the largest figure, and the units without one."""

    places: dict[int, int]
    unranked: dict[int, Unranked]


def index_ranks(framework: Framework, scored: Iterable[tuple[int, Scored]]) -> Ranks:
    """Ranks on the index percent, or on the points where the framework ranks on points, by its tie rule."""
    digits = framework.index_digits if framework.ranked_on == "percent" else framework.digits
    return _ranks(framework, digits, [(unit_id, ranked_figure(one), one.complete) for unit_id, one in scored])


def field_ranks(framework: Framework, scored: Iterable[tuple[int, Scored]]) -> dict[str, Ranks]:
    """Ranks within each field of the main section, on the field percent, by the framework's tie rule."""
    figures: dict[str, list[tuple[int, Decimal | None, bool]]] = {}
    for unit_id, one in scored:
        for part in fields(one):
            complete = part.percent is not None or not part.maximum
            figures.setdefault(part.code, []).append((unit_id, part.percent, complete))
    return {code: _ranks(framework, framework.index_digits, given) for code, given in figures.items()}


def _ranks(framework: Framework, digits: int, figures: list[tuple[int, Decimal | None, bool]]) -> Ranks:
    contenders = [Contender(unit_id, figure, {}) for unit_id, figure, _ in figures if figure is not None]
    # An ordinal rule without tie-breakers of its own orders equal figures as the units were registered.
    places = rank(contenders, framework.tie_rule, tie_breakers=("unit_id",), digits=digits)
    return Ranks(
        places,
        {
            unit_id: "nothing_applies" if complete else "missing"
            for unit_id, figure, complete in figures
            if figure is None
        },
    )
