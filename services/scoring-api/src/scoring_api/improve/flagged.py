"""Survey results that are called out (below 70 percent), in satisfaction results and in the scores of rounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec

from parindex.engine.criteria import Info, Node, Survey
from parindex.engine.inputs import Inputs, Percent, Ratio
from parindex.engine.rounding import half_up_ratio
from parindex.engine.score import Plan
from parindex.frameworks.flag_files import flags_on
from scoring_api.answers import Words
from scoring_api.result_lines import ResultLine

_DIGITS = 2


class Flagged(msgspec.Struct, frozen=True):
    """A result that is called out, by which rule, and how that rule is known."""

    flag: str
    policy: str
    of: str
    code: str
    percent: str
    below: str
    words: Words
    provenance: str
    source: str


def flagged_factors(lines: Iterable[ResultLine], method: str, day: dt.date) -> list[Flagged]:
    """Factors of a questionnaire below the bound; what is withheld is never called out."""
    results = []
    for line in lines:
        figure = line.top2 if method == "top2" else line.mean
        if line.factor is not None and line.item is None:
            results.append((line.factor, line.title.vi, line.title.en, None if figure is None else figure.value))
    return [_flagged(one) for one in flags_on(day).find("factor", results)]


def flagged_components(plan: Plan, inputs: Inputs, day: dt.date) -> list[Flagged]:
    """Survey components of a unit below the bound: the factors shown beside an index, else every scored survey component."""
    surveys = [one.node for one in plan.nodes if one.node.leaf is not None and one.node.leaf.source == "survey"]
    shown = [node for node in surveys if node.leaf and isinstance(node.leaf.rule, Info)]
    chosen = shown or [node for node in surveys if node.leaf and isinstance(node.leaf.rule, Survey)]
    results = [(node.code, node.title_vi, node.title_en, _percent(node, inputs)) for node in chosen]
    return [_flagged(one) for one in flags_on(day).find("factor", results)]


def _percent(node: Node, inputs: Inputs) -> str | None:
    value = inputs.get(node.code)
    if not isinstance(value, Ratio | Percent) or not value.bottom:
        return None
    return f"{half_up_ratio(100 * value.top, value.bottom, _DIGITS):f}"


def _flagged(one: dict[str, Any]) -> Flagged:
    parts = {key: one[key] for key in ("flag", "policy", "of", "code", "percent", "below", "provenance", "source")}
    return Flagged(**parts, words=Words(one["words_vi"], one["words_en"]))
