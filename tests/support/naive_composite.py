"""A second implementation of composite indices, written from docs/design.md ("Composite indices"), not from the engine.

Fractions where the method is rational; 60-digit logarithms for geometric means, so that 30 digits can be compared.
Takes the documents themselves. No floors, bounds observed or declared, nothing outside them.
"""

from decimal import Context, Decimal
from fractions import Fraction

DEEP = Context(prec=60)


def deep(fraction):
    return DEEP.divide(Decimal(fraction.numerator), Decimal(fraction.denominator))


def index(document, figures_of_units):
    """Unit -> Fraction, or None where there is no index."""
    return {unit: value_of(document["root"], unit, figures_of_units)[0] for unit in figures_of_units}


def value_of(node, unit, figures_of_units):
    """(value or None, whether a missing child forbids an index)."""
    if "children" not in node:
        figure = figures_of_units[unit].get(node["code"])
        return (None if figure is None else scaled(node, figure, figures_of_units)), False
    got = [(share(node, child), *value_of(child, unit, figures_of_units)) for child in node["children"]]
    lacking = any(value is None for _, value, _ in got)
    rule = node["missing"]["rule"]
    if any(forbids for _, _, forbids in got) or (rule == "fail" and lacking):
        return None, True
    if rule == "zero":
        terms = [(weight, Fraction(0) if value is None else value) for weight, value, _ in got]
    else:
        terms = [(weight, value) for weight, value, _ in got if value is not None]
        covered = sum(weight for weight, _ in terms)
        if not terms or covered < Fraction(node["missing"].get("min_coverage", 0)):
            return None, False
        terms = [(weight / covered, value) for weight, value in terms]
    if node["mean"] == "arithmetic":
        return sum(weight * value for weight, value in terms), False
    if node["mean"] == "harmonic":
        return 1 / sum(weight / value for weight, value in terms), False
    logarithm = Decimal(0)
    for weight, value in terms:
        logarithm = DEEP.add(logarithm, DEEP.multiply(deep(weight), DEEP.ln(deep(value))))
    return Fraction(DEEP.exp(logarithm)), False


def share(parent, child):
    if "weight" in child:
        return Fraction(child["weight"])
    return Fraction(child["parts"]) / sum(Fraction(sibling["parts"]) for sibling in parent["children"])


def scaled(leaf, figure, figures_of_units):
    how, code = leaf["normalise"], leaf["code"]
    column = [figures[code] for figures in figures_of_units.values() if figures.get(code) is not None]
    x = Fraction(figure)
    if how["method"] == "as_given":
        return x
    if how["method"] == "distance_to_target":
        start, target = Fraction(how["start"]), Fraction(how["target"])
        return min(Fraction(100), 100 * (x - start) / (target - start))
    if how["method"] == "rank":
        others = len(column) - 1
        if others == 0:
            return Fraction(50)
        worse = sum(1 for other in column if (other < figure if how["direction"] == "higher" else other > figure))
        equal = sum(1 for other in column if other == figure) - 1
        return 100 * (worse + Fraction(equal, 2)) / others
    low = Fraction(how["lowest"]) if "lowest" in how else Fraction(min(column))
    high = Fraction(how["highest"]) if "highest" in how else Fraction(max(column))
    if low == high:
        return Fraction(50)
    return 100 * ((x - low) if how["direction"] == "higher" else (high - x)) / (high - low)
