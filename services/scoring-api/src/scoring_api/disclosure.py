"""What a public answer must withhold, beyond one table: across siblings, views and the two states of a period. Pure.

A cell (unit, category) with fewer respondents than the minimum is withheld. Where a difference would give it away (a
row or a column with a single withheld cell), the next smallest cell goes with it; what is withheld for a unit in one
state of a period is withheld in the other; under a withheld unit or cell nothing is shown.

Source: the small-cell rule of the ranking policy (`small_cell_minimum`). Differences between two moments of an open
period, or between a period and the periods inside it, are outside it: the figures move with every single response.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from parindex.engine.small_cells import Suppression


@dataclass(frozen=True, slots=True)
class Sketch:
    """Of one stored table, what decides who is hidden: per unit the reason (None: shown) and the responses."""

    scope_unit_id: int
    block: str
    state: str
    rows: Mapping[int, tuple[Suppression | None, int]]
    scope_hidden: Suppression | None


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Who is hidden in the tables of one period, questionnaire and realm, whichever state is looked at."""

    sketches: tuple[Sketch, ...]
    _under: dict[int, dict[int, Suppression]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def hidden_under(self, scope_unit_id: int) -> dict[int, Suppression]:
        """Units hidden in any state of any table of a scope. Never exactly one while another has something to show."""
        if scope_unit_id not in self._under:
            hidden: dict[int, Suppression] = {}
            sizes: dict[int, int] = {}
            for sketch in self.sketches:
                if sketch.scope_unit_id != scope_unit_id:
                    continue
                for unit_id, (reason, responses) in sketch.rows.items():
                    sizes[unit_id] = min(responses, sizes.get(unit_id) or responses)
                    if reason is not None and hidden.get(unit_id) != "small_cell":
                        hidden[unit_id] = reason
            others = sorted((n, unit_id) for unit_id, n in sizes.items() if n > 0 and unit_id not in hidden)
            if len(hidden) == 1 and others:
                hidden[others[0][1]] = "complementary"
            self._under[scope_unit_id] = hidden
        return self._under[scope_unit_id]

    def from_above(self, unit_id: int, ancestors: Iterable[int]) -> Suppression | None:
        """Why nothing of the unit, and nothing under it, is shown: it or a unit above it is hidden in a table above."""
        above = tuple(ancestors)
        reasons = {
            self.hidden_under(scope)[one]
            for scope in above
            for one in (unit_id, *above)
            if one in self.hidden_under(scope)
        }
        return ("small_cell" if "small_cell" in reasons else "complementary") if reasons else None

    def of_unit(self, unit_id: int, ancestors: Iterable[int]) -> Suppression | None:
        """Why a unit's own figures are withheld: as `from_above`, or because its total would reveal a unit under it."""
        own = (
            sketch.scope_hidden
            for sketch in self.sketches
            if sketch.scope_unit_id == unit_id and sketch.scope_hidden is not None
        )
        return self.from_above(unit_id, ancestors) or next(own, None)

    def ranks(self, unit_id: int) -> bool:
        """Whether the unit is a row of any table looked at."""
        return any(unit_id in sketch.rows for sketch in self.sketches)
