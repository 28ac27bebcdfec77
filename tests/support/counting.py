"""Cells and columns for tests of the engine."""

from decimal import Decimal

from parindex.engine.aggregate import ColumnSpec
from parindex.engine.result import Questionnaire


def likert(number, item=None, factor="F1", **overrides):
    """A five-level satisfaction column."""
    given = {"favourable": frozenset({4, 5}), "maximum": 5, "satisfaction": True, **overrides}
    return ColumnSpec(number, item or f"i{number}", factor, **given)


def questionnaire(*columns, design="self_selected"):
    return Questionnaire("TEST", "1", design, columns)


def cells_of(questionnaires, columns):
    """Counts of a list of (weight, {item: value}) answered questionnaires."""
    cells = {}

    def add(key, weight):
        n, w, w2 = cells.get(key, (0, Decimal(0), Decimal(0)))
        cells[key] = (n + 1, w + weight, w2 + weight * weight)

    for weight, answers in questionnaires:
        add((0, 0), Decimal(weight))
        for column in columns:
            add((column.number, answers.get(column.item, -3)), Decimal(weight))
    return cells


def distribution(*counts, number=1):
    """Cells of one five-level column: how many answered 1, 2, 3, 4, 5."""
    cells = {(number, value): (n, Decimal(n), Decimal(n)) for value, n in enumerate(counts, 1) if n}
    total = sum(counts)
    return {(0, 0): (total, Decimal(total), Decimal(total)), **cells}
