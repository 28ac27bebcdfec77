"""The view of a result by a circumstance of the responses: channel, way of collecting, stage, mode, kind of respondent."""

from __future__ import annotations

from typing import Any

from parindex.engine.aggregate import METHODS, balance, responses, satisfaction
from parindex.engine.period import Period
from parindex.engine.small_cells import Suppression, hidden_cells
from parindex.instruments.catalogue import Instrument
from parindex.instruments.counting import questionnaire_of
from scoring_api.breakdown import cells_by, responses_by
from scoring_api.result_lines import ResultLine, result_line
from scoring_api.siblings import levels
from scoring_api.snapshot import Snapshot
from scoring_api.subtrees import pooled_with
from scoring_api.titles import circumstance_title
from scoring_api.withheld import satisfaction_policy


async def circumstance_lines(
    snapshot: Snapshot, instrument: Instrument, unit_id: int, period: Period, by: str, hidden: Suppression | None
) -> list[ResultLine]:
    """A line per category that occurs. Raises nothing of its own; with `hidden` every line is withheld.

    A category is withheld where too few people stand behind it, where a sibling category or a sibling unit would give
    it away, and where it is withheld for a unit above.
    """
    found = await cells_by(snapshot, instrument, pooled_with(snapshot.units, unit_id, period.last), period, by)
    minimum = satisfaction_policy(period).rules().small_cell_minimum
    withheld: set[str] = set()
    reasons: dict[tuple[int, str], Suppression] = {}
    for one, siblings in levels(snapshot, unit_id, period.last) if hidden is None else ():
        sizes = await responses_by(snapshot, instrument, siblings, period, by)
        reasons = hidden_cells(
            sizes, minimum, forced=[(sibling, category) for sibling in siblings for category in withheld]
        )
        withheld = {category for sibling, category in reasons if sibling == one}
    questionnaire = questionnaire_of(instrument)
    lines = []
    for category in sorted(found):
        cells = found[category]
        if responses(cells) == 0:
            continue
        pooled = [column for column in questionnaire.columns if column.satisfaction]
        figures: dict[str, Any] = {
            method: satisfaction(cells, pooled, method, weighted=questionnaire.weighted).as_json() for method in METHODS
        }
        lines.append(
            result_line(
                category,
                circumstance_title(by, category),
                figures,
                balance(cells, pooled),
                hidden or reasons.get((unit_id, category)),
            )
        )
    return lines
