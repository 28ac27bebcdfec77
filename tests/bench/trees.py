"""Synthetic criteria trees and inputs for measuring the engine, and a naive float loop over the same trees. No law, no province."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal
from typing import Any

from parindex.engine import criteria
from parindex.engine import inputs as given

FIELDS = 8
PER_CRITERION = 3
MAXIMA = ("0.5", "0.75", "1", "1.25", "1.5", "2")
KINDS = (
    *("linear", "linear", "ratio_floor", "threshold", "steps", "yes_no", "checklist", "choice"),
    *("per_item", "deduct", "survey_top2", "external", "yoy", "manual", "linear", "threshold"),
)


def synthetic(name: str, leaves: int) -> criteria.Framework:
    """Eight fields, criteria of three components, every rule kind in turn; points half-up at the component, 2 decimals."""
    criteria_count = -(-leaves // PER_CRITERION)
    components = [_leaf(number) for number in range(leaves)]
    groups = [components[start : start + PER_CRITERION] for start in range(0, leaves, PER_CRITERION)]
    branches = [_branch(f"c{number}", group) for number, group in enumerate(groups)]
    roots = tuple(
        _branch(
            f"f{place}",
            branches[place * criteria_count // FIELDS : (place + 1) * criteria_count // FIELDS],
        )
        for place in range(FIELDS)
    )
    return criteria.Framework(
        code=f"synthetic-{name}",
        version="1",
        sha256="0" * 64,
        maximum=sum((root.maximum for root in roots), Decimal(0)),
        digits=2,
        rounding_at="component",
        index_digits=2,
        ranked_on="percent",
        blocks=("all",),
        roots=roots,
        template=True,
    )


def _branch(code: str, children: list[criteria.Node]) -> criteria.Node:
    return criteria.Node(
        code=code,
        number=code[1:],
        title_vi=f"Nhóm tổng hợp {code}",
        title_en=f"Synthetic group {code}",
        maximum=sum((child.maximum for child in children), Decimal(0)),
        provenance="illustrative",
        children=tuple(children),
    )


def _leaf(number: int) -> criteria.Node:
    maximum = Decimal(MAXIMA[number % len(MAXIMA)])
    return criteria.Node(
        code=f"t{number}",
        number=str(number),
        title_vi=f"Tiêu chí thành phần tổng hợp {number}",
        title_en=f"Synthetic component {number}",
        maximum=maximum,
        provenance="illustrative",
        leaf=criteria.Leaf(_rule(KINDS[number % len(KINDS)], maximum), "appraised", "max"),
    )


def _rule(kind: str, maximum: Decimal) -> criteria.Rule:
    quarter = (maximum / 4).quantize(Decimal("0.01"), ROUND_DOWN)  # decisions print two decimals
    options = tuple(
        criteria.Option(letter, points, letter)
        for letter, points in (("a", quarter), ("b", quarter), ("c", maximum - 2 * quarter))
    )
    match kind:
        case "linear":
            return criteria.Linear()
        case "ratio_floor":
            return criteria.RatioFloor(Decimal("0.8"))
        case "threshold":
            return criteria.Threshold(Decimal("0.9"))
        case "steps":
            bounds = (None, Decimal("0.2"), Decimal("0.3"), None)
            steps = zip(bounds, bounds[1:], (Decimal(0), 2 * quarter, maximum), strict=False)
            return criteria.Steps("ratio", tuple(criteria.Step(low, high, points) for low, high, points in steps))
        case "yes_no":
            return criteria.YesNo()
        case "checklist":
            return criteria.Checklist(options)
        case "choice":
            return criteria.Choice(options)
        case "per_item":
            return criteria.PerItem(quarter)
        case "deduct":
            return criteria.Deduct(
                (criteria.Option("late", quarter, "trễ"), criteria.Option("wrong", 2 * quarter, "sai"))
            )
        case "survey_top2":
            return criteria.Survey("top2")
        case "external":
            return criteria.External("sipas", Decimal(100))
        case "yoy":
            return criteria.YearOnYear("up", Decimal("0.1"), 2 * quarter)
    return criteria.Manual()


def synthetic_inputs(framework: criteria.Framework, units: int, *, seed: int) -> list[dict[str, given.Given]]:
    """The same on every run for a seed; one input in fifty is no data, one in a hundred does not apply."""
    chance = random.Random(seed)
    return [
        {
            leaf.code: _input(leaf.leaf.rule, leaf.maximum, chance)
            for leaf in framework.leaves()
            if leaf.leaf is not None
        }
        for _ in range(units)
    ]


def _input(rule: criteria.Rule, maximum: Decimal, chance: random.Random) -> given.Given:
    dice = chance.randrange(100)
    if dice == 0:
        return given.NotApplicable()
    if dice < 3:
        return given.NoData()
    bottom = chance.randrange(1, 90_000)
    top = bottom - chance.randrange(bottom) * chance.randrange(2) // 2
    match rule:
        case criteria.YesNo():
            return given.Flag(dice > 20)
        case criteria.Checklist():
            return given.Ticked(("a", "b", "c")[: dice % 4])
        case criteria.Choice():
            return given.Chosen("abc"[dice % 3])
        case criteria.PerItem():
            return given.Count(dice % 7)
        case criteria.Deduct():
            return given.Events((("late", dice % 3), ("wrong", dice % 2)))
        case criteria.External():
            return given.Number(Decimal(chance.randrange(6000, 10001)).scaleb(-2))
        case criteria.YearOnYear():
            return given.Comparison(Decimal(chance.randrange(40, 60)).scaleb(-1), Decimal("5.0"))
        case criteria.Manual():
            return given.Points((maximum * chance.randrange(5) / 4).quantize(Decimal("0.01")))
    return given.Ratio(Decimal(top), Decimal(bottom))


# The floor: what a programmer would write first, in floats, over nested dicts made beforehand.


def float_tree(framework: criteria.Framework) -> list[dict[str, Any]]:
    """The same tree as plain dicts with float points."""
    return [_float_node(root) for root in framework.roots]


def _float_node(node: criteria.Node) -> dict[str, Any]:
    if node.leaf is None:
        return {"code": node.code, "children": [_float_node(child) for child in node.children]}
    made: dict[str, Any] = {"code": node.code, "max": float(node.maximum), "rule": criteria.kind_of(node.leaf.rule)}
    match node.leaf.rule:
        case criteria.Checklist(options) | criteria.Choice(options) | criteria.Deduct(options):
            made["points"] = {option.id: float(option.points) for option in options}
        case criteria.Steps(_, steps):
            made["steps"] = [(float(step.minimum or 0), float(step.points)) for step in steps]
        case criteria.YearOnYear(_, tolerance, partial):
            made |= {"tolerance": float(tolerance), "partial": float(partial)}
        case criteria.RatioFloor(floor):
            made["floor"] = float(floor)
        case criteria.Threshold(full_at):
            made["full_at"] = float(full_at)
        case criteria.PerItem(each):
            made["each"] = float(each)
    return made


def float_inputs(inputs: list[dict[str, given.Given]]) -> list[dict[str, Any]]:
    """The same inputs as plain floats, tuples and words."""
    return [{code: _float_input(value) for code, value in unit.items()} for unit in inputs]


def _float_input(value: given.Given) -> Any:
    match value:
        case given.NoData():
            return "no_data"
        case given.NotApplicable():
            return "not_applicable"
        case given.Flag(value=flag):
            return flag
        case given.Ticked(options=options):
            return options
        case given.Chosen(option=option):
            return option
        case given.Count(count=count):
            return count
        case given.Events(events=events):
            return events
        case given.Number(value=number):
            return float(number)
        case given.Comparison(current=current, previous=previous):
            return float(current), float(previous)
        case given.Points(points=points):
            return float(points)
        case given.Ratio(numerator=top, denominator=bottom):
            return float(top), float(bottom)
    raise TypeError(value)


def float_index(tree: list[dict[str, Any]], unit: dict[str, Any]) -> tuple[float, dict[str, tuple[float, float]]]:
    """Index percent and node table (points, maximum) of one unit, in floats: fast, and not what may be published."""
    table: dict[str, tuple[float, float]] = {}
    points = maximum = 0.0
    for root in tree:
        got, of = _float_score(root, unit, table)
        points += got
        maximum += of
    return round(100 * points / maximum, 2), table


def _float_score(
    node: dict[str, Any], unit: dict[str, Any], table: dict[str, tuple[float, float]]
) -> tuple[float, float]:
    points = maximum = 0.0
    if "children" in node:
        for child in node["children"]:
            got, of = _float_score(child, unit, table)
            points += got
            maximum += of
    else:
        value, maximum = unit[node["code"]], node["max"]
        if value == "not_applicable":
            maximum = 0.0
        else:
            points = maximum if value == "no_data" else round(_float_points(node, value), 2)
    table[node["code"]] = points, maximum
    return points, maximum


def _float_points(node: dict[str, Any], value: Any) -> float:
    rule, most = node["rule"], node["max"]
    if rule in ("linear", "survey_top2"):
        return most * value[0] / value[1]
    if rule == "ratio_floor":
        share = value[0] / value[1]
        return most * share if share >= node["floor"] else 0.0
    if rule == "threshold":
        return min(most, most * value[0] / value[1] / node["full_at"])
    if rule == "steps":
        share = value[0] / value[1]
        return next(points for low, points in reversed(node["steps"]) if share >= low)
    if rule == "yes_no":
        return most if value else 0.0
    if rule == "checklist":
        return sum(node["points"][option] for option in value)
    if rule == "choice":
        return node["points"][value]
    if rule == "per_item":
        return min(most, value * node["each"])
    if rule == "deduct":
        return max(0.0, most - sum(node["points"][event] * count for event, count in value))
    if rule == "external":
        return most * value / 100
    if rule == "yoy":
        moved = value[0] - value[1]
        return most if moved > node["tolerance"] else node["partial"] if moved >= -node["tolerance"] else 0.0
    return value


def composite_document(leaves: int) -> dict[str, Any]:
    """A synthetic composite index: eight geometric groups of min-max figures under an arithmetic mean."""
    groups = [range(place * leaves // FIELDS, (place + 1) * leaves // FIELDS) for place in range(FIELDS)]
    return {
        "code": "synthetic-composite",
        "version": "1",
        "title_vi": "Chỉ số tổng hợp thử",
        "digits": 2,
        "ties": "competition",
        "root": {
            "code": "root",
            "title_vi": "Chỉ số",
            "mean": "arithmetic",
            "missing": {"rule": "reweight", "min_coverage": "0.5"},
            "children": [
                {
                    "code": f"g{place}",
                    "title_vi": f"Nhóm {place}",
                    "parts": 1 + place % 3,
                    "mean": "geometric",
                    "floor": "1",
                    "missing": {"rule": "reweight", "min_coverage": "0.5"},
                    "children": [
                        {
                            "code": f"t{number}",
                            "title_vi": f"Chỉ tiêu {number}",
                            "parts": 1,
                            "normalise": {"method": "min_max", "direction": "higher"},
                        }
                        for number in group
                    ],
                }
                for place, group in enumerate(groups)
            ],
        },
    }


def composite_inputs(leaves: int, units: int, *, seed: int) -> Iterator[tuple[str, dict[str, Decimal]]]:
    """Figures with two decimals; one in fifty is missing."""
    chance = random.Random(seed)
    for unit in range(units):
        yield (
            f"u{unit}",
            {
                f"t{number}": Decimal(chance.randrange(10_000)).scaleb(-2)
                for number in range(leaves)
                if chance.randrange(50)
            },
        )
