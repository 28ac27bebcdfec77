"""Satisfaction from counts: top-two share and mean score of an item, a factor or the whole, and the response balance.

Formulas: SIPAS method (decisions 2640/QĐ-BNV of 2017 and 1001/QĐ-BNV of 2023). The pool over several items adds their
numerators and their denominators and divides once; items are never averaged. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from parindex.engine.rounding import exact_product, exact_sum, half_up_ratio

DONT_KNOW, NOT_APPLICABLE, NOT_ANSWERED, AUTOMATIC = -1, -2, -3, -4
"""Answer codes that are counted beside the answers and never among them."""
RESPONSES = (0, 0)
"""The cell that counts the responses themselves."""
DIGITS = 2
"""Decimals of a published percentage."""

Cell = tuple[int, Decimal, Decimal]
"""n, sum of sampling weights, sum of squared weights. In a self-selected design all three are equal."""
Cells = Mapping[tuple[int, int], Cell]
"""(answer column, answer code) -> cell."""
Method = Literal["top2", "mean"]
METHODS: tuple[Method, ...] = ("top2", "mean")


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """What the engine must know of one answer column of a questionnaire version."""

    number: int
    """1-based place in `response.answers`."""
    item: str
    factor: str | None
    favourable: frozenset[int]
    """Answer values that count for the top-two share; {1} for the column of a multi-select option; empty: no share."""
    maximum: int | None
    """Largest value of the scale; None where values are names, not amounts (then there is no mean score)."""
    satisfaction: bool
    """Whether the column enters its factor and the whole."""
    option: str | None = None
    """Option id, for the columns of a multi-select item."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One percentage with what it was divided from. `value` None means there is none, and `reason` says why."""

    value: Decimal | None
    n: int
    """Answers behind it (not weighted)."""
    numerator: Decimal
    denominator: Decimal
    reason: str | None
    """`no_answers`: nobody answered. `not_applicable`: the method has no meaning for these columns. None: there is a value."""

    def as_json(self) -> dict[str, str | int | None]:
        """The figure with its published digits as text."""
        return {
            "value": None if self.value is None else str(self.value),
            "n": self.n,
            "numerator": plain(self.numerator),
            "denominator": plain(self.denominator),
            "reason": self.reason,
        }


def plain(value: Decimal) -> str:
    """A decimal as text without exponent and without trailing zeros after the point."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def merge(parts: Iterable[Cells]) -> dict[tuple[int, int], Cell]:
    """Sum of several counts, cell by cell: in any order and any grouping the same."""
    total: dict[tuple[int, int], Cell] = {}
    for part in parts:
        for key, (n, w, w2) in part.items():
            if key in total:
                n0, w0, w20 = total[key]
                total[key] = (n0 + n, exact_sum((w0, w)), exact_sum((w20, w2)))
            else:
                total[key] = (n, w, w2)
    return total


def satisfaction(cells: Cells, columns: Iterable[ColumnSpec], method: Method, *, weighted: bool) -> Figure:
    """The figure of the given columns pooled together.

    top2: 100 x favourable answers / answers. mean: 100 x sum(value x answers) / sum(maximum x answers). `weighted`
    (probability samples) takes sums of sampling weights instead of numbers of answers; `n` stays the number of answers.
    Answers without content (dont_know, not_applicable, not_answered, automatic) are in neither sum. Columns for which
    the method has no meaning are left out; if none is left the reason is `not_applicable`.
    """
    answers = answers_by_column(cells)
    return pool(column_figure(answers.get(column.number, {}), column, method, weighted=weighted) for column in columns)


def answers_by_column(cells: Cells) -> dict[int, dict[int, Cell]]:
    """The answers with content: answer column -> value -> cell."""
    answers: dict[int, dict[int, Cell]] = {}
    for (number, code), cell in cells.items():
        if number > 0 and code >= 0:
            answers.setdefault(number, {})[code] = cell
    return answers


def column_figure(answers: Mapping[int, Cell], column: ColumnSpec, method: Method, *, weighted: bool) -> Figure:
    """The figure of one answer column from its answers with content (value -> cell)."""
    if not (column.favourable if method == "top2" else column.maximum):
        return Figure(None, 0, Decimal(0), Decimal(0), "not_applicable")
    amounts: dict[int, Decimal | int] = {value: cell[1] if weighted else cell[0] for value, cell in answers.items()}
    if method == "top2":
        numerator = exact_sum(amount for value, amount in amounts.items() if value in column.favourable)
        denominator = exact_sum(amounts.values())
    else:
        numerator = exact_sum(exact_product(value, amount) for value, amount in amounts.items())
        denominator = exact_product(column.maximum or 0, exact_sum(amounts.values()))
    return _figure(sum(cell[0] for cell in answers.values()), numerator, denominator)


def pool(figures: Iterable[Figure]) -> Figure:
    """Several columns as one: numerators and denominators are added, then divided once. Order and grouping do not matter."""
    meaningful = [figure for figure in figures if figure.reason != "not_applicable"]
    if not meaningful:
        return Figure(None, 0, Decimal(0), Decimal(0), "not_applicable")
    return _figure(
        sum(figure.n for figure in meaningful),
        exact_sum(figure.numerator for figure in meaningful),
        exact_sum(figure.denominator for figure in meaningful),
    )


def _figure(n: int, numerator: Decimal, denominator: Decimal) -> Figure:
    if n == 0 or denominator == 0:
        return Figure(None, n, numerator, denominator, "no_answers")
    return Figure(half_up_ratio(exact_product(100, numerator), denominator, DIGITS), n, numerator, denominator, None)


def shares(cells: Cells, column: ColumnSpec, values: Iterable[int], *, weighted: bool) -> dict[int, Figure]:
    """Share of each of the given answer values among the answers of one column, for choice and multi-select items."""
    return {
        value: satisfaction(
            cells,
            [
                ColumnSpec(
                    column.number,
                    column.item,
                    column.factor,
                    frozenset({value}),
                    None,
                    column.satisfaction,
                    column.option,
                )
            ],
            "top2",
            weighted=weighted,
        )
        for value in values
    }


def balance(cells: Cells, columns: Iterable[ColumnSpec]) -> dict[str, int]:
    """Where the answers of the given columns went. In one column the last five lines add up to `responses`."""
    numbers = {column.number for column in columns}
    lines = {
        DONT_KNOW: "dont_know",
        NOT_APPLICABLE: "not_applicable",
        NOT_ANSWERED: "not_answered",
        AUTOMATIC: "automatic",
    }
    counted = {
        "responses": responses(cells),
        "answered": 0,
        "not_answered": 0,
        "dont_know": 0,
        "not_applicable": 0,
        "automatic": 0,
    }
    for (number, code), (count, _, _) in cells.items():
        if number in numbers:
            counted["answered" if code >= 0 else lines[code]] += count
    return counted


def responses(cells: Cells) -> int:
    """How many responses are behind the counts."""
    return cells[RESPONSES][0] if RESPONSES in cells else 0
