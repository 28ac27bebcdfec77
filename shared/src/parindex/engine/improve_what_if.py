"""What other inputs of one unit would change: its score, its place among the others held still, whose places move. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from parindex.engine.improve import Others, standing
from parindex.engine.improve_target import places
from parindex.engine.inputs import Inputs
from parindex.engine.score import Plan
from parindex.engine.score_document import document
from parindex.engine.score_summary import ranked_figure


def changed_inputs(inputs: Inputs, changes: Inputs) -> Inputs:
    """The inputs with the changed ones in their place; None takes an input away (then it is missing)."""
    merged = {**inputs, **changes}
    return {code: value for code, value in merged.items() if value is not None}


def what_if(
    plan: Plan, inputs: Inputs, changes: Inputs, *, unit_id: int = 0, others: Others | None = None
) -> dict[str, Any]:
    """Before and after (shape: docs/design.md "Targets and what-if"): standings, changed nodes, others whose place moves.

    Nothing is stored; the same arguments give the same answer. Raises Invalid for inputs that their rules cannot use.
    """
    others = others or {}
    after_inputs = changed_inputs(inputs, changes)
    before, after = plan.score(inputs), plan.score(after_inputs)
    old, new = document(plan, before, inputs), document(plan, after, after_inputs)
    return {
        **{key: new[key] for key in ("framework", "version", "framework_sha256", "template", "block")},
        "ranked_on": plan.framework.ranked_on,
        "before": standing(plan, before, unit_id, others),
        "after": standing(plan, after, unit_id, others),
        "nodes": [
            {
                **{key: node[key] for key in ("code", "number", "title_vi", "title_en", "section", "rule")},
                "before": {key: was[key] for key in ("state", "points", "maximum", "reason_vi", "reason_en")},
                "after": {key: node[key] for key in ("state", "points", "maximum", "reason_vi", "reason_en")},
            }
            for was, node in zip(old["nodes"], new["nodes"], strict=True)
            if any(was[key] != node[key] for key in ("state", "points", "maximum", "reason_vi"))
        ],
        "moved": _moved(plan, unit_id, others, ranked_figure(before), ranked_figure(after)),
        "score": new,
    }


def _moved(
    plan: Plan, unit_id: int, others: Others, before: Decimal | None, after: Decimal | None
) -> list[dict[str, int]]:
    def table(figure: Decimal | None) -> Mapping[int, int]:
        return places(plan.framework, {**others, **({} if figure is None else {unit_id: figure})})

    old, new = table(before), table(after)
    moved = [{"unit_id": one, "before": old[one], "after": new[one]} for one in sorted(others) if old[one] != new[one]]
    return sorted(moved, key=lambda line: (line["after"], line["unit_id"]))
