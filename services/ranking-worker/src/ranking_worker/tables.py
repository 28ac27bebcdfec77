"""Which league tables a change touches, and how each is put together from results and registers. No database here.

Members of a table are the units of the block that are valid on the period's last day; while the period is open that day
is still to come, and the register as it is now decides. The same day gives names, codes and block membership.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parindex.engine.aggregate import merge
from parindex.engine.period import Period
from parindex.engine.result import Exposure, Lineage, Questionnaire, unit_result
from parindex.engine.table import Heading, Member, league_table, size
from parindex.units.records import NATION
from ranking_worker.registers import POLICY, Registers
from ranking_worker.store import Counts, TableKey

NATIONAL_BLOCKS = ("province",)
PROVINCIAL_BLOCKS = ("department", "district", "commune")
Results = Mapping[tuple[Period, int], Mapping[str, Any]]


def blocks_of(scope_unit_id: int) -> tuple[str, ...]:
    """The blocks that are ranked under a scope: provinces under the nation, the others under a province."""
    return NATIONAL_BLOCKS if scope_unit_id == NATION else PROVINCIAL_BLOCKS


@dataclass(frozen=True, slots=True)
class Assembly:
    """Everything that results and tables of one realm and questionnaire are made with."""

    registers: Registers
    realm: str
    questionnaire: Questionnaire
    today: dt.date
    """Local day on which it happens: periods that are not over are marked partial."""

    def members(self, key: TableKey) -> tuple[int, ...]:
        """Unit ids of a table's rows."""
        return self.registers.units.members(key.scope_unit_id, key.block, key.period.last, self.realm, POLICY)

    def scopes(self, period: Period, unit_ids: Iterable[int]) -> set[int]:
        """The nation, and the provinces of that day that the units are or stand in."""
        above = {one for unit_id in unit_ids for one in self.registers.chain(unit_id, period.last)}
        return {NATION} | {one for one in above if self._is_province(one, period.last)}

    def _is_province(self, unit_id: int, day: dt.date) -> bool:
        unit = self.registers.units.unit(unit_id)
        return unit.kind == "province" and unit.on(day)

    def tables(self, period: Period, scopes: Iterable[int]) -> list[TableKey]:
        """The tables of the scopes that have members, in a period that a ranking policy covers."""
        if self.registers.rules(period.last) is None:
            return []
        keys = [TableKey(period, scope, block) for scope in sorted(scopes) for block in blocks_of(scope)]
        return [key for key in keys if self.members(key)]

    def needed(self, keys: Iterable[TableKey]) -> set[tuple[Period, int]]:
        """Whose results the tables show: members and scopes."""
        keys = list(keys)
        return {(key.period, unit_id) for key in keys for unit_id in self.members(key)} | {
            (key.period, key.scope_unit_id) for key in keys
        }

    def result(
        self,
        period: Period,
        unit_id: int,
        counts: Mapping[tuple[Period, int], Counts],
        since: Mapping[tuple[Period, int], dt.date],
        exposure: Exposure | None,
    ) -> dict[str, Any] | None:
        """The unit's result document, its full predecessors' responses pooled in; None when there is no response."""
        pooled = [one for one in self.registers.pooled(unit_id, period.last) if (period, one) in counts]
        parts: list[Counts] = [counts[period, one] for one in (unit_id, *pooled) if (period, one) in counts]
        if not parts:
            return None
        start = self.registers.units.unit(unit_id).start
        before_its_time = (
            start is not None and (period, unit_id) in since and since[period, unit_id] < start.replace(day=1)
        )
        lineage = Lineage(
            pooled_unit_ids=tuple(pooled),
            constructed=bool(pooled) or before_its_time,
            partial_predecessors=self.registers.units.partial_predecessors(unit_id),
        )
        return unit_result(
            unit_id,
            period.code,
            self.questionnaire,
            parts[0] if len(parts) == 1 else merge(parts),
            partial=period.partial_on(self.today),
            lineage=lineage,
            exposure=exposure,
        )

    def build(
        self, keys: Sequence[TableKey], results: Results, stored: Mapping[TableKey, Mapping[str, Any]]
    ) -> dict[TableKey, dict[str, Any] | None]:
        """The documents of the tables, oldest period first; None for a table without a single response.

        `stored` holds tables of earlier periods as they are in the database; a table built here comes before them as
        the previous one of the next.
        """
        built: dict[TableKey, dict[str, Any] | None] = {}
        for key in sorted(keys):
            members = self.members(key)
            rules = self.registers.rules(key.period.last)
            if rules is None or all((key.period, unit_id) not in results for unit_id in members):
                built[key] = None
                continue
            before = TableKey(key.period.previous, key.scope_unit_id, key.block)
            built[key] = league_table(
                self._heading(key),
                [self._member(key.period, unit_id, results) for unit_id in members],
                rules,
                previous=built[before] if before in built else stored.get(before),
                scope_result=results.get((key.period, key.scope_unit_id)),
                siblings=self._siblings(key, results),
            )
        return built

    def _heading(self, key: TableKey) -> Heading:
        name = self.registers.units.name(key.scope_unit_id, key.period.last)
        return Heading(
            key.scope_unit_id,
            name,
            key.block,
            key.period.code,
            key.period.previous.code,
            key.period.partial_on(self.today),
        )

    def _member(self, period: Period, unit_id: int, results: Results) -> Member:
        name, codes, partial = self.registers.described(unit_id, period.last)
        return Member(unit_id, name, codes, results.get((period, unit_id)), partial)

    def _siblings(self, key: TableKey, results: Results) -> dict[int, int]:
        others = (
            TableKey(key.period, key.scope_unit_id, block)
            for block in blocks_of(key.scope_unit_id)
            if block != key.block
        )
        return {
            unit_id: size(results.get((key.period, unit_id))) for other in others for unit_id in self.members(other)
        }
