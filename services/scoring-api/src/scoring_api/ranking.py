"""A stored table as the public may see it: hidden rows stripped, the shown ones ranked among themselves. Pure.

The worker hides by what one state of one table knows. Where the other state, another table or the previous period
makes it necessary to hide more, the shown rows are ranked again here, so that no gap in the ranks tells where a hidden
unit stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from parindex.engine.aggregate import METHODS
from parindex.engine.rank import Contender, rank
from parindex.engine.small_cells import Suppression
from parindex.engine.table import Rules, public_view

_NO_CHANGE = {"change_points": None, "change_places": None, "previous_value": None, "previous_rank": None}


def public_table(
    document: Mapping[str, Any],
    rules: Rules,
    hidden: Mapping[int, Suppression],
    hidden_before: Mapping[int, Suppression],
    *,
    all_hidden: Suppression | None = None,
    total_hidden: Suppression | None = None,
) -> dict[str, Any]:
    """The table without what `hidden` (by unit) and `hidden_before` (in the previous period) must not give away.

    With `all_hidden` (the scope is withheld elsewhere) no row is shown; with `total_hidden` the scope's own figure is not.
    """
    rows = [_hide(row, hidden.get(row["unit_id"]) or row["suppressed"] or all_hidden) for row in document["rows"]]
    more = any(row["suppressed"] != before["suppressed"] for row, before in zip(rows, document["rows"], strict=True))
    rows = [
        _without_change(row) if row["unit_id"] in hidden_before and row["suppressed"] is None else row for row in rows
    ]
    if more:
        _rank_again(rows, rules)
    default = document["method_default"]
    rows.sort(key=lambda row: (row[default]["rank"] is None, row[default]["rank"] or 0, row["unit_id"]))
    ranked = sum(row[default]["rank"] is not None for row in rows)
    scope = document["scope_result"]
    if scope is not None:
        scope = {**scope, "suppressed": scope["suppressed"] or total_hidden or all_hidden}
    counts = {**document["counts"], "ranked": ranked, "unranked": len(rows) - ranked}
    return public_view({**document, "rows": rows, "scope_result": scope, "counts": counts})


def _hide(row: Mapping[str, Any], reason: Suppression | None) -> dict[str, Any]:
    if reason is None or row["suppressed"] is not None or row["responses"] == 0:
        copied: dict[str, Any] = {method: dict(row[method]) for method in METHODS}
        return {**row, **copied}
    figures: dict[str, Any] = {method: {**row[method], "rank": None, "band": None} for method in METHODS}
    return {**row, **figures, "suppressed": reason, "unranked_reason": reason}


def _without_change(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **row,
        **{method: {**row[method], **_NO_CHANGE, "change_reason": "previous_not_shown"} for method in METHODS},
    }


def _rank_again(rows: list[dict[str, Any]], rules: Rules) -> None:
    for method in METHODS:
        shown = [row for row in rows if row["suppressed"] is None and row[method]["value"] is not None]
        contenders = [
            Contender(
                row["unit_id"],
                Decimal(row[method]["value"]),
                {
                    **{name: None if row[name]["value"] is None else Decimal(row[name]["value"]) for name in METHODS},
                    "responses": row["responses"],
                },
            )
            for row in shown
        ]
        ranks = rank(contenders, rules.tie_rule, tie_breakers=rules.tie_breakers, digits=rules.digits)
        for row in shown:
            figure = row[method]
            figure["rank"] = ranks[row["unit_id"]]
            if figure["change_places"] is not None:
                figure["change_places"] = figure["previous_rank"] - figure["rank"]
