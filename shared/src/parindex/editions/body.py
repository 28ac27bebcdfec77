"""The body of an edition from its inputs document: ranked, graded, grouped, with means and reasons. Pure and deterministic.

Shapes of inputs and body: docs/design.md "Editions". The same inputs, in any order, give the same bytes; ranks are taken
on the published figures only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from parindex.editions.entries import Entries, Entry
from parindex.editions.imported import imported_entries
from parindex.editions.round import round_entries
from parindex.editions.rules import Rules
from parindex.editions.satisfaction import satisfaction_entries
from parindex.engine.digest import sha256
from parindex.engine.period import Period
from parindex.engine.quartiles import quarters
from parindex.engine.rank import Contender
from parindex.engine.rounding import exact_sum, half_up_ratio
from parindex.engine.score import ENGINE_VERSION
from parindex.errors import Conflict, Invalid

SCHEMA = "parindex-edition/1"
KINDS: Mapping[str, Callable[[Mapping[str, Any]], Entries]] = {
    "round": round_entries,
    "satisfaction": satisfaction_entries,
    "imported": imported_entries,
}
BLOCK_WORDS = {
    "province": ("Các tỉnh, thành phố", "Provinces"),
    "department": ("Các sở, ban, ngành", "Departments"),
    "district": ("Các huyện, quận, thị xã", "Districts"),
    "commune": ("Các xã, phường, đặc khu", "Communes"),
}
NATION = 0


def build_body(inputs: Mapping[str, Any], *, inputs_sha256: str | None = None) -> dict[str, Any]:
    """The body document. `inputs_sha256`: the digest of the inputs, where the caller has taken it already (hex).

    Raises Conflict when the inputs name another engine version than this one (figures could differ), Invalid for an
    unknown kind, for inputs that their rules cannot use, and when an ordinal tie rule leaves a tie.
    """
    if inputs["engine_version"] != ENGINE_VERSION:
        raise Conflict(
            f"These inputs are to be computed by engine version {inputs['engine_version']}; this is version {ENGINE_VERSION}.",
            code="engine_version",
            hint=f"Install the release of parindex whose engine version is {inputs['engine_version']}, and repeat there.",
        )
    kind = inputs["kind"]
    if kind not in KINDS:
        raise Invalid(
            f"An edition of kind {kind!r} is unknown.", code="edition_kind", hint=f"Expected one of {', '.join(KINDS)}."
        )
    table = KINDS[kind](inputs)
    period = Period.parse(inputs["period"])
    return {
        "schema": SCHEMA,
        "kind": kind,
        "index": dict(table.index),
        "policy": table.rules.as_json(),
        "realm": inputs["realm"],
        "scope": inputs["scope"],
        "block": inputs["block"],
        "period": {
            "code": period.code,
            "first": period.first.isoformat(),
            "last": period.last.isoformat(),
            "to_date": inputs.get("to_date", False),
        },
        "title_vi": inputs["title_vi"],
        "decision": inputs["decision"],
        "as_of": inputs["as_of"],
        "observed_at": inputs.get("observed_at"),
        "source": inputs["source"],
        "engine_version": ENGINE_VERSION,
        "inputs_sha256": inputs_sha256 or sha256(inputs).hex(),
        "columns": [dict(column) for column in table.columns],
        **_ranked(table, inputs),
    }


def _ranked(table: Entries, inputs: Mapping[str, Any]) -> dict[str, Any]:
    rules, units = table.rules, inputs["units"]
    placed = {one.unit_id: one.value for one in table.entries if one.value is not None and one.unranked is None}
    places = rules.ranks(
        Contender(one.unit_id, placed[one.unit_id], one.breakers) for one in table.entries if one.unit_id in placed
    )
    part_places = _part_places(table, placed)
    groups = _groups(rules, placed)
    rows = [
        _row(one, units[str(one.unit_id)], places.get(one.unit_id), part_places, groups.get(one.unit_id), rules)
        for one in table.entries
    ]
    rows.sort(key=lambda row: (row["rank"] is None, row["rank"] or 0, row["unit_id"]))
    return {
        "rows": rows,
        "means": [*_means(rules, placed, inputs), *(dict(one) for one in table.means)],
        "counts": {"units": len(rows), "ranked": len(placed), "unranked": len(rows) - len(placed)},
    }


def _part_places(table: Entries, placed: Mapping[int, Decimal]) -> dict[str, dict[int, int]]:
    values: dict[str, dict[int, Decimal]] = {}
    for one in table.entries:
        if one.unit_id in placed:
            for code, cell in one.parts.items():
                if cell.ranked is not None:
                    values.setdefault(code, {})[one.unit_id] = cell.ranked
    return {code: table.rules.part_ranks(of, table.part_digits) for code, of in values.items()}


def _groups(rules: Rules, placed: Mapping[int, Decimal]) -> dict[int, dict[str, str]]:
    """Groups by place, best first."""
    if rules.grouping is None or not placed:
        return {}
    labels = rules.grouping["labels"]
    return {
        unit_id: {"label_vi": labels[quarter]["label_vi"], "label_en": labels[quarter]["label_en"]}
        for unit_id, quarter in quarters(placed, digits=rules.digits).items()
    }


def _row(
    one: Entry,
    unit: Mapping[str, Any],
    place: int | None,
    part_places: Mapping[str, Mapping[int, int]],
    group: Mapping[str, str] | None,
    rules: Rules,
) -> dict[str, Any]:
    grade = one.grade
    # A band depends on the figure alone, a place on all others: of a fragment the first is known, the second is not.
    if grade is None and one.value is not None and (one.unranked is None or one.unranked.code == "fragment"):
        grade = rules.grade(one.value)
    return {
        "unit_id": one.unit_id,
        "name": unit["name"],
        "codes": dict(unit["codes"]),
        "region": unit.get("region"),
        "rank": place,
        "value": None if one.value is None else f"{one.value:f}",
        "points": one.points,
        "maximum": one.maximum,
        "grade": grade,
        "group": group,
        "parts": {
            code: {
                "points": cell.points,
                "maximum": cell.maximum,
                "percent": cell.percent,
                "rank": part_places.get(code, {}).get(one.unit_id),
            }
            for code, cell in one.parts.items()
        },
        "unranked": None if one.unranked is None else one.unranked.as_json(),
        "constructed": one.constructed or bool(unit.get("constructed", False)),
        "partial_predecessors": sorted(unit.get("partial_predecessors", ())),
        "notes": [{"vi": vi, "en": en} for vi, en in one.notes],
        **one.more,
    }


def _means(rules: Rules, placed: Mapping[int, Decimal], inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Plain means of the ranked units: of the block, of the nation (a table of all of it), of each region."""
    block = inputs["block"]
    vi, en = BLOCK_WORDS.get(block, (block, block))
    means = [_mean(rules, "block", (vi, en), list(placed.values()))]
    if inputs["scope"]["unit_id"] == NATION:
        means.append(_mean(rules, "nation", ("Cả nước", "The nation"), list(placed.values())))
    regions: dict[str, list[Decimal]] = {}
    for unit_id, value in placed.items():
        if region := inputs["units"][str(unit_id)].get("region"):
            regions.setdefault(region, []).append(value)
    return means + [_mean(rules, "region", (name, name), regions[name]) for name in sorted(regions)]


def _mean(rules: Rules, scope: str, titles: tuple[str, str], values: list[Decimal]) -> dict[str, Any]:
    value = f"{half_up_ratio(exact_sum(values), len(values), rules.digits):f}" if values else None
    return {"scope": scope, "title_vi": titles[0], "title_en": titles[1], "value": value, "units": len(values)}
