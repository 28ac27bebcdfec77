"""One line of a result: figures with their title, or why they are withheld."""

from __future__ import annotations

from typing import Any

import msgspec

from parindex.engine.aggregate import METHODS
from parindex.engine.small_cells import WORDS, Suppression
from scoring_api.answers import Words
from scoring_api.figures import Balance, Figure


class ResultLine(msgspec.Struct, frozen=True):
    """The whole, one factor, one item (or option), or one circumstance. With `suppressed` every figure is null."""

    key: str
    title: Words
    factor: str | None
    item: str | None
    option: str | None
    responses: int | None
    balance: Balance | None
    top2: Figure | None
    mean: Figure | None
    suppressed: str | None
    suppressed_words: Words | None


def result_line(
    key: str,
    title: Words,
    figures: dict[str, Any],
    answers: dict[str, int] | None,
    hidden: Suppression | None,
    *,
    factor: str | None = None,
    item: str | None = None,
    option: str | None = None,
) -> ResultLine:
    """The line of `figures` {top2, mean} and `answers` (balance); nothing of either when it is hidden."""
    if hidden is not None:
        words = WORDS[hidden]
        return ResultLine(
            key, title, factor, item, option, None, None, None, None, hidden, Words(words["vi"], words["en"])
        )
    top2, mean = (msgspec.convert(figures[method], Figure) for method in METHODS)
    counted = None if answers is None else msgspec.convert(answers, Balance)
    return ResultLine(
        key, title, factor, item, option, counted.responses if counted else None, counted, top2, mean, None, None
    )
