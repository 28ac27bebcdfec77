"""A league table: the units of one block under one scope, in one period, by one questionnaire. Pure.

The stored document holds every figure; what the public may see of it is `public_view`, and nothing else is ever served
without the auditor scope.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from parindex.engine.aggregate import METHODS, Method
from parindex.engine.rank import Band, Contender, TieRule, band_of, change, rank
from parindex.engine.small_cells import Suppression, suppress, total_reveals


@dataclass(frozen=True, slots=True)
class Rules:
    """The ranking policy that is applied: rules are data, see `parindex.frameworks`."""

    policy: str
    """Policy and version, for example `satisfaction@2026-1`."""
    tie_rule: TieRule
    tie_breakers: tuple[str, ...]
    digits: int
    bands: tuple[Band, ...]
    small_cell_minimum: int
    default_method: Method


@dataclass(frozen=True, slots=True)
class Member:
    """One unit of the block on the period's last day, with its result document (None: nobody answered about it)."""

    unit_id: int
    name: str
    codes: Mapping[str, str]
    result: Mapping[str, Any] | None
    partial_predecessors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """Which table it is."""

    scope_unit_id: int
    scope_name: str
    block: str
    period: str
    previous_period: str
    partial: bool


def league_table(
    heading: Heading,
    members: Sequence[Member],
    rules: Rules,
    *,
    previous: Mapping[str, Any] | None,
    scope_result: Mapping[str, Any] | None,
    siblings: Mapping[int, int] | None = None,
) -> dict[str, Any]:
    """The document of `league_table`. Every member is a row; those without a shown figure are listed unranked.

    `previous` is the stored document of the same table one whole period earlier. `siblings` gives the size of the scope's
    units in its other blocks, so that a single small unit cannot be derived from the scope's total. Raises Invalid when
    an ordinal policy leaves a tie.
    """
    sizes = {**(siblings or {}), **{member.unit_id: size(member.result) for member in members}}
    hidden = suppress(sizes, rules.small_cell_minimum)
    ranks = {method: _ranks(members, hidden, method, rules) for method in METHODS}
    before = {row["unit_id"]: row for row in previous["rows"]} if previous else {}
    rows = [
        _row(
            member,
            hidden.get(member.unit_id),
            ranks,
            before.get(member.unit_id),
            rules,
            table_exists=previous is not None,
        )
        for member in members
    ]
    default = rules.default_method
    rows.sort(key=lambda row: (row[default]["rank"] is None, row[default]["rank"] or 0, row["unit_id"]))
    ranked = sum(row[default]["rank"] is not None for row in rows)
    return {
        "scope_unit_id": heading.scope_unit_id,
        "block": heading.block,
        "period": heading.period,
        "previous_period": heading.previous_period,
        "partial": heading.partial,
        "policy": rules.policy,
        "tie_rule": rules.tie_rule,
        "method_default": default,
        "rows": rows,
        "scope_result": _scope(heading, scope_result, sizes, rules),
        "counts": {
            "members": len(rows),
            "ranked": ranked,
            "unranked": len(rows) - ranked,
            "without_responses": sum(row["responses"] == 0 for row in rows),
        },
    }


def size(result: Mapping[str, Any] | None) -> int:
    """How few people may stand behind the shown figures: the responses, or the answers where they are fewer."""
    if result is None:
        return 0
    count, answers = int(result["responses"]), int(result["whole"]["top2"]["n"])
    return min(count, answers) if answers else count


def public_view(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without what small cells hide: no value, rank, band, change, balance or count of a hidden unit."""
    rows = [
        row
        if row["suppressed"] is None
        else {**row, "responses": None, "balance": None, **{method: _nothing("not_shown") for method in METHODS}}
        for row in document["rows"]
    ]
    scope = document["scope_result"]
    if scope is not None and scope["suppressed"] is not None:
        scope = {**scope, "responses": None, "balance": None, "top2": None, "mean": None}
    return {**document, "rows": rows, "scope_result": scope}


def _ranks(
    members: Iterable[Member], hidden: Mapping[int, Suppression], method: Method, rules: Rules
) -> dict[int, int]:
    contenders = []
    for member in members:
        if member.result is None or member.unit_id in hidden or (value := _value(member.result, method)) is None:
            continue
        figures: dict[str, Decimal | int | None] = {name: _value(member.result, name) for name in METHODS}
        figures["responses"] = int(member.result["responses"])
        contenders.append(Contender(member.unit_id, value, figures))
    return rank(contenders, rules.tie_rule, tie_breakers=rules.tie_breakers, digits=rules.digits)


def _value(result: Mapping[str, Any], method: Method) -> Decimal | None:
    text = result["whole"][method]["value"]
    return None if text is None else Decimal(text)


def _row(
    member: Member,
    suppressed: Suppression | None,
    ranks: Mapping[Method, Mapping[int, int]],
    before: Mapping[str, Any] | None,
    rules: Rules,
    *,
    table_exists: bool,
) -> dict[str, Any]:
    result = member.result
    figures: dict[str, Any] = {
        method: _figure(
            member,
            method,
            suppressed,
            ranks[method].get(member.unit_id),
            before,
            rules=rules,
            table_exists=table_exists,
        )
        for method in METHODS
    }
    unranked_reason: str | None = None
    if figures[rules.default_method]["rank"] is None:
        if result is None or result["responses"] == 0:
            unranked_reason = "no_responses"
        else:
            unranked_reason = suppressed or result["whole"][rules.default_method]["reason"]
    return {
        "unit_id": member.unit_id,
        "name": member.name,
        "codes": dict(member.codes),
        "responses": 0 if result is None else result["responses"],
        "balance": None if result is None else result["balance"],
        **figures,
        "constructed": False if result is None else result["constructed"],
        "pooled_unit_ids": [] if result is None else result["pooled_unit_ids"],
        "partial_predecessors": sorted(member.partial_predecessors),
        "suppressed": suppressed,
        "unranked_reason": unranked_reason,
    }


def _figure(
    member: Member,
    method: Method,
    suppressed: Suppression | None,
    place: int | None,
    before: Mapping[str, Any] | None,
    *,
    rules: Rules,
    table_exists: bool,
) -> dict[str, Any]:
    value = None if member.result is None else _value(member.result, method)
    earlier = None if before is None else {**before[method], "suppressed": before["suppressed"]}
    moved = change(value, place, earlier, shown=suppressed is None, table_exists=table_exists)
    visible = earlier if earlier is not None and earlier["suppressed"] is None else None
    band = None if value is None or place is None else band_of(value, rules.bands)
    return {
        "value": None if value is None else str(value),
        "rank": place,
        "band": None if band is None else {"vi": band.label_vi, "en": band.label_en},
        "change_points": None if moved.points is None else str(moved.points),
        "change_places": moved.places,
        "change_reason": moved.reason,
        "previous_value": None if visible is None else visible["value"],
        "previous_rank": None if visible is None else visible["rank"],
    }


def _nothing(reason: str) -> dict[str, Any]:
    return {
        "value": None,
        "rank": None,
        "band": None,
        "change_points": None,
        "change_places": None,
        "change_reason": reason,
        "previous_value": None,
        "previous_rank": None,
    }


def _scope(
    heading: Heading, result: Mapping[str, Any] | None, sizes: Mapping[int, int], rules: Rules
) -> dict[str, Any] | None:
    if result is None:
        return None
    minimum = rules.small_cell_minimum
    suppressed: Suppression | None = (
        "small_cell" if 0 < size(result) < minimum else "complementary" if total_reveals(sizes, minimum) else None
    )
    return {
        "unit_id": heading.scope_unit_id,
        "name": heading.scope_name,
        "responses": result["responses"],
        "balance": result["balance"],
        **{method: result["whole"][method] for method in METHODS},
        "constructed": result["constructed"],
        "suppressed": suppressed,
    }
