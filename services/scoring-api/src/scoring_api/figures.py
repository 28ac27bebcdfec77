"""Wire forms of figures: percentages with what they were divided from, balances, and a unit's row in a table."""

from __future__ import annotations

import msgspec

from scoring_api.answers import Words


class Figure(msgspec.Struct, frozen=True):
    """A percentage with its published digits; null is never zero."""

    value: str | None
    n: int
    """Answers behind it, not weighted."""
    numerator: str
    denominator: str
    reason: str | None
    """Why there is no value: no_answers, or not_applicable where the method has no meaning."""


class Balance(msgspec.Struct, frozen=True):
    """Where the answers went."""

    responses: int
    answered: int
    not_answered: int
    dont_know: int
    not_applicable: int
    automatic: int


class Exposure(msgspec.Struct, frozen=True):
    """People offered and asked; the rate is responses / asked."""

    offered: int
    asked: int
    response_rate: str | None


class RankedFigure(msgspec.Struct, frozen=True):
    """A unit's figure in a table by one method."""

    value: str | None
    rank: int | None
    band: Words | None
    change_points: str | None
    change_places: int | None
    change_reason: str | None
    """Why there is no change: no_previous_table, not_in_previous, previous_not_shown, previous_without_value, not_shown."""
    previous_value: str | None
    previous_rank: int | None


class ScopeResult(msgspec.Struct, frozen=True):
    """The whole scope beside its table."""

    unit_id: int
    name: str
    responses: int | None
    balance: Balance | None
    top2: Figure | None
    mean: Figure | None
    constructed: bool
    suppressed: str | None


class TableRow(msgspec.Struct, frozen=True):
    """One unit of the block. With `suppressed` every figure is null."""

    unit_id: int
    name: str
    codes: dict[str, str]
    responses: int | None
    balance: Balance | None
    top2: RankedFigure
    mean: RankedFigure
    constructed: bool
    """Responses of units merged wholly into this one are pooled."""
    pooled_unit_ids: list[int]
    partial_predecessors: list[int]
    """Units merged in part: listed, not carried."""
    suppressed: str | None
    """small_cell or complementary: too few responses, or a difference would reveal such a unit."""
    unranked_reason: str | None


class TableCounts(msgspec.Struct, frozen=True):
    """How many units the whole table has, before any filter."""

    members: int
    ranked: int
    unranked: int
    without_responses: int
