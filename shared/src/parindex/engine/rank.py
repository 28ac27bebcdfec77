"""Ranks under a declared tie rule, bands, and change against the previous whole period. Pure.

Ranks are taken on the published precision: what readers see as equal is equal. The result does not depend on the order
in which contenders are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any, Literal

from parindex.engine.rounding import half_up
from parindex.errors import Invalid

TieRule = Literal["competition", "dense", "ordinal"]

CHANGE_SIGN_VI = (
    "Thay đổi thứ hạng = hạng kỳ trước - hạng kỳ này: số dương là tăng bậc (số thứ hạng nhỏ đi), số âm là tụt bậc."
)
CHANGE_SIGN_EN = (
    "Change in places = previous rank - new rank: positive means moved up (a smaller rank number), negative moved down."
)

TIE_RULE_WORDS: dict[TieRule, dict[str, str]] = {
    "competition": {
        "vi": "Bằng điểm thì cùng hạng, hạng tiếp theo nhảy bậc (1, 2, 2, 4).",
        "en": "Equal figures share a rank and the next rank is skipped (1, 2, 2, 4).",
    },
    "dense": {
        "vi": "Bằng điểm thì cùng hạng, hạng tiếp theo liền kề (1, 2, 2, 3).",
        "en": "Equal figures share a rank and the next rank follows on (1, 2, 2, 3).",
    },
    "ordinal": {
        "vi": "Không có đồng hạng: bằng điểm thì xét lần lượt các tiêu chí phụ đã công bố.",
        "en": "No shared ranks: equal figures are ordered by the declared tie-breakers.",
    },
}

_LOWER_FIRST = frozenset({"unit_id"})
TIE_BREAKERS = frozenset({"top2", "mean", "responses"}) | _LOWER_FIRST
"""Names a policy may declare. All but `unit_id` (registration order, smaller first) put the larger number first."""
PART = "part:"
"""Before the code of a part: its points break the tie, the larger number first (`part:MDHL`)."""


def is_tie_breaker(name: str) -> bool:
    """Whether a policy may declare it: one of `TIE_BREAKERS`, or the points of a part."""
    return name in TIE_BREAKERS or (name.startswith(PART) and len(name) > len(PART))


def part_figures(points: Mapping[str, str | None]) -> dict[str, Decimal | None]:
    """What tie-breakers may look at of a unit's parts. `points`: code -> points as printed, None where there are none."""
    return {f"{PART}{code}": None if one is None else Decimal(one) for code, one in points.items()}


@dataclass(frozen=True, slots=True)
class Contender:
    """One unit in a ranking: its figure, and what the declared tie-breakers may look at."""

    unit_id: int
    value: Decimal
    figures: Mapping[str, Decimal | int | None]
    """Values of the tie-breakers by name; `unit_id` is known anyway, `part:<code>` are a part's points. None sorts last."""


@dataclass(frozen=True, slots=True)
class Band:
    """A grade: every figure from `minimum` (inclusive) up to the next band."""

    label_vi: str
    label_en: str
    minimum: Decimal


def rank(
    contenders: Iterable[Contender], rule: TieRule, *, tie_breakers: tuple[str, ...] = (), digits: int = 2
) -> dict[int, int]:
    """Rank of each unit, 1 = the largest figure on `digits` decimals.

    competition: 1, 2, 2, 4. dense: 1, 2, 2, 3. ordinal: no equal ranks, ties ordered by `tie_breakers` in turn. Raises
    Invalid for an unknown rule or tie-breaker, and when an ordinal ranking leaves a tie: no order is ever accidental.
    """
    unknown = sorted({name for name in tie_breakers if not is_tie_breaker(name)})
    if unknown:
        raise Invalid(
            f"Unknown tie-breaker(s) {', '.join(unknown)} in a ranking policy; known: {', '.join(sorted(TIE_BREAKERS))}, {PART}<code>.",
            code="tie_breaker_unknown",
        )
    waiting = list(contenders)
    figures = {value: -half_up(value, digits) for value in {contender.value for contender in waiting}}
    rounded = [(figures[contender.value], contender.unit_id, contender) for contender in waiting]
    rounded.sort(key=itemgetter(0, 1))
    groups = [[contender for *_, contender in group] for _, group in groupby(rounded, key=itemgetter(0))]
    ranks: dict[int, int] = {}
    match rule:
        case "dense":
            for place, group in enumerate(groups, start=1):
                ranks.update((contender.unit_id, place) for contender in group)
        case "competition":
            for group in groups:
                place = len(ranks) + 1
                ranks.update((contender.unit_id, place) for contender in group)
        case "ordinal":
            for group in groups:
                for contender in _untied(group, tie_breakers):
                    ranks[contender.unit_id] = len(ranks) + 1
        case _:
            raise Invalid(
                f"Unknown tie rule {rule!r} in a ranking policy; expected competition, dense or ordinal.",
                code="tie_rule_unknown",
            )
    return ranks


def _untied(group: list[Contender], tie_breakers: tuple[str, ...]) -> list[Contender]:
    keys = {contender.unit_id: tuple(_sort_key(contender, name) for name in tie_breakers) for contender in group}
    ordered = sorted(group, key=lambda contender: keys[contender.unit_id])
    for left, right in pairwise(ordered):
        if keys[left.unit_id] == keys[right.unit_id]:
            raise Invalid(
                f"Units {left.unit_id} and {right.unit_id} are equal in the figure {left.value} and in every declared tie-breaker ({', '.join(tie_breakers) or 'none'}).",
                code="tie_unresolved",
                hint="Declare a further tie-breaker in the ranking policy (unit_id always decides), or use the rule competition.",
            )
    return ordered


def _sort_key(contender: Contender, name: str) -> tuple[bool, Decimal | int]:
    value = contender.unit_id if name == "unit_id" else contender.figures.get(name)
    if value is None:
        return True, 0
    return False, value if name in _LOWER_FIRST else -value


def band_of(value: Decimal, bands: Iterable[Band]) -> Band | None:
    """The band with the largest minimum that the figure reaches; None below all of them."""
    reached = [band for band in bands if value >= band.minimum]
    return max(reached, key=lambda band: band.minimum, default=None)


@dataclass(frozen=True, slots=True)
class Change:
    """Difference to the previous whole period. `places` positive = moved up = a smaller rank number."""

    points: Decimal | None
    places: int | None
    reason: str | None
    """Why there is no change to show: `no_previous_table`, `not_in_previous`, `previous_not_shown`, `previous_without_value`, `not_shown`."""


def change(
    value: Decimal | None, place: int | None, previous: Mapping[str, Any] | None, *, shown: bool, table_exists: bool
) -> Change:
    """Change of one method's figure against the same unit's row of the previous table.

    `previous` is that row's figure `{value, rank}` with `suppressed`, or None when the unit was no member. A figure that
    was or is hidden yields no change, since a change would give it away.
    """
    if not shown or value is None:
        return Change(None, None, "not_shown")
    if not table_exists:
        return Change(None, None, "no_previous_table")
    if previous is None:
        return Change(None, None, "not_in_previous")
    if previous["suppressed"] is not None:
        return Change(None, None, "previous_not_shown")
    if previous["value"] is None:
        return Change(None, None, "previous_without_value")
    places = None if place is None or previous["rank"] is None else previous["rank"] - place
    return Change(value - Decimal(previous["value"]), places, None)
