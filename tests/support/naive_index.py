"""A second scoring of a criteria tree, in fractions, written from the rule table and the formulas of the field.

points    yes_no max/0; checklist sum of ticked; choice; steps [min, max); linear min(max, max*num/den);
          ratio_floor 0 below the floor, max*r, max from `full`; threshold min(max, max*r/full_at); per_item min(max, n*p);
          deduct max(0, max - sum); survey max*S/100; external max*value/scale; yoy max/partial/0; manual; info none
no data   0/0 or declared: max, zero, null (empty, maximum kept), not applicable (leaves the denominator)
index     100 * (main + bonus - penalty) / sum of the maxima that apply; bonus and penalty capped at their maximum
rounding  half-up: each leaf, or each criterion (second level), or each section's total
"""

from fractions import Fraction
from math import floor

from parindex.engine.criteria import kind_of


def half_up(value, digits):
    return Fraction(floor(abs(value) * 10**digits + Fraction(1, 2)), 10**digits) * (-1 if value < 0 else 1)


def points_of(node, given):
    """Points of a leaf; None: its figures say that nothing occurred."""
    rule, kind, most = node.leaf.rule, kind_of(node.leaf.rule), Fraction(node.maximum)
    if kind == "yes_no":
        return most if given["value"] else Fraction(0)
    if kind == "checklist":
        return sum(Fraction(option.points) for option in rule.options if option.id in given["ticked"])
    if kind == "choice":
        return next(Fraction(option.points) for option in rule.options if option.id == given["chosen"])
    if kind == "per_item":
        return min(most, given["count"] * Fraction(rule.points_each))
    if kind == "deduct":
        return max(
            Fraction(0), most - sum(given["events"].get(one.id, 0) * Fraction(one.points) for one in rule.events)
        )
    if kind == "external":
        return most * Fraction(given["value"]) / Fraction(rule.scale)
    if kind == "manual":
        return Fraction(given["points"])
    if kind == "yoy":
        moved = (Fraction(given["current"]) - Fraction(given["previous"])) * (1 if rule.direction == "up" else -1)
        return most if moved > rule.tolerance else Fraction(rule.partial) if abs(moved) <= rule.tolerance else 0
    if kind == "steps" and rule.of != "ratio":
        value = given["date"] if rule.of == "date" else Fraction(given["value"])
        return step(rule, value)
    if "percent" in given:
        share = Fraction(given["percent"]) / 100
    else:
        top, bottom = (Fraction(number) for number in given.values())
        if bottom == 0:
            return None
        share = top / bottom
    if kind == "steps":
        return step(rule, share)
    if kind == "ratio_floor":
        return Fraction(0) if share < rule.floor else most if share >= rule.full else most * share
    return min(most, most * share / (Fraction(rule.full_at) if kind == "threshold" else 1))


def step(rule, value):
    for one in rule.steps:
        if (one.minimum is None or value >= one.minimum) and (one.maximum is None or value < one.maximum):
            return Fraction(one.points)
    raise AssertionError(value)


def naive_index(framework, block, inputs):
    """Index percent (None: missing or nothing applies), total points, maximum and missing codes of one unit."""
    missing, digits, at = [], framework.digits, framework.rounding_at

    def score(node, depth):
        """Points and unit-specific maximum."""
        if node.applies_to and block not in node.applies_to:
            return Fraction(0), Fraction(0)
        if "imported_points" in inputs.get(node.code, {}):
            return Fraction(inputs[node.code]["imported_points"]), ceiling(node)
        if node.leaf is None:
            parts = [score(child, depth + 1) for child in node.children]
            points, maximum = sum(part[0] for part in parts), sum(part[1] for part in parts)
            return (half_up(points, digits) if at == "criterion" and depth == 1 else points), maximum
        if kind_of(node.leaf.rule) == "info":
            return Fraction(0), Fraction(0)
        maximum, given = Fraction(node.maximum), inputs.get(node.code)
        if given is None:
            missing.append(node.code)
            return Fraction(0), maximum
        points = None if "no_data" in given or "not_applicable" in given else points_of(node, given)
        if points is None:
            meaning = "not_applicable" if "not_applicable" in given else node.leaf.on_no_data
            points = maximum if meaning == "max" else Fraction(0)
            maximum = Fraction(0) if meaning == "not_applicable" else maximum
        rounded = at == "component" or (at == "criterion" and depth <= 1)
        return (half_up(points, digits) if rounded else points), maximum

    def ceiling(node):
        if node.applies_to and block not in node.applies_to:
            return Fraction(0)
        return Fraction(node.maximum) if node.leaf else sum(ceiling(child) for child in node.children)

    totals = {"main": Fraction(0), "bonus": Fraction(0), "penalty": Fraction(0)}
    maximum = Fraction(0)
    for root in framework.roots:
        points, most = score(root, 0)
        totals[root.section] += points if root.section == "main" else min(points, Fraction(root.maximum))
        maximum += most if root.section == "main" else 0
    points = sum(
        half_up(totals[section], digits) * sign for section, sign in (("main", 1), ("bonus", 1), ("penalty", -1))
    )
    index = None if missing or not maximum else half_up(100 * points / maximum, framework.index_digits)
    return index, points, maximum, missing
