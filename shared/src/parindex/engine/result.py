"""The satisfaction of one unit in one period, as the document that is stored and served. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from parindex.engine.aggregate import (
    METHODS,
    Cell,
    Cells,
    ColumnSpec,
    Figure,
    Method,
    answers_by_column,
    balance,
    column_figure,
    plain,
    pool,
    responses,
)
from parindex.engine.rounding import half_up_ratio


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """What the engine must know of a published questionnaire version."""

    instrument: str
    version: str
    design: str
    """`self_selected` counts answers; `probability` sums their sampling weights."""
    columns: tuple[ColumnSpec, ...]

    @property
    def weighted(self) -> bool:
        """Whether figures are taken from sums of weights."""
        return self.design == "probability"


@dataclass(frozen=True, slots=True)
class Lineage:
    """Whose responses are in a unit's result besides its own."""

    pooled_unit_ids: tuple[int, ...] = ()
    """Full predecessors that contributed counts."""
    constructed: bool = False
    """True when anything but the unit's own responses, under its own parents of the day, is in the result."""
    partial_predecessors: tuple[int, ...] = ()
    """Units that went into this one in part: listed, never carried, since the share is unknown."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """People offered the questionnaire and people asked to answer it, in the unit's subtree and period."""

    offered: int
    asked: int


def unit_result(
    unit_id: int,
    period: str,
    questionnaire: Questionnaire,
    cells: Cells,
    *,
    partial: bool,
    lineage: Lineage | None = None,
    exposure: Exposure | None = None,
) -> dict[str, Any]:
    """The document of `unit_result`: figures per item, per factor and of the whole, with every count behind them."""
    lineage = lineage or Lineage()
    columns = questionnaire.columns
    pooled = [column for column in columns if column.satisfaction]
    answers = answers_by_column(cells)
    figures = {
        method: {
            column.number: column_figure(
                answers.get(column.number, {}), column, method, weighted=questionnaire.weighted
            )
            for column in columns
        }
        for method in METHODS
    }
    return {
        "unit_id": unit_id,
        "period": period,
        "instrument": questionnaire.instrument,
        "version": questionnaire.version,
        "design": questionnaire.design,
        "partial": partial,
        "responses": responses(cells),
        "balance": balance(cells, pooled),
        "exposure": None if exposure is None else _exposure(exposure, responses(cells)),
        "pooled_unit_ids": sorted(lineage.pooled_unit_ids),
        "constructed": lineage.constructed,
        "partial_predecessors": sorted(lineage.partial_predecessors),
        "cells": _cells(cells),
        "whole": _pooled(figures, pooled),
        "factors": [
            {"factor": factor, **_pooled(figures, [column for column in pooled if column.factor == factor])}
            for factor in _factors(pooled)
        ],
        "items": [
            {
                "item": column.item,
                "column": column.number,
                "option": column.option,
                **{method: figures[method][column.number].as_json() for method in METHODS},
                "balance": balance(cells, [column]),
            }
            for column in columns
        ],
    }


def cells_of(document: Mapping[str, Any]) -> dict[tuple[int, int], Cell]:
    """The counts of a stored result, as `aggregate` takes them."""
    return {
        (int(item), int(code)): (n, Decimal(w), Decimal(w2))
        for item, codes in document["cells"].items()
        for code, (n, w, w2) in codes.items()
    }


def _pooled(figures: Mapping[Method, Mapping[int, Figure]], columns: Iterable[ColumnSpec]) -> dict[str, Any]:
    numbers = [column.number for column in columns]
    return {method: pool(figures[method][number] for number in numbers).as_json() for method in METHODS}


def _factors(columns: Sequence[ColumnSpec]) -> list[str]:
    return list(dict.fromkeys(column.factor for column in columns if column.factor is not None))


def _cells(cells: Cells) -> dict[str, dict[str, list[Any]]]:
    document: dict[str, dict[str, list[Any]]] = {}
    for (item, code), (n, w, w2) in sorted(cells.items()):
        if n:
            document.setdefault(str(item), {})[str(code)] = [n, plain(w), plain(w2)]
    return document


def _exposure(exposure: Exposure, answered: int) -> dict[str, Any]:
    rate = None if exposure.asked == 0 else str(half_up_ratio(100 * answered, exposure.asked, 2))
    return {"offered": exposure.offered, "asked": exposure.asked, "response_rate": rate}
