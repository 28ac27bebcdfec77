"""The registers as the worker needs them: units, questionnaires as the engine counts them, ranking policies."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import asyncpg

from parindex.db.catalogue import load_units, units_revision
from parindex.db.instruments import load_instruments
from parindex.engine.result import Questionnaire
from parindex.engine.table import Rules
from parindex.errors import Invalid
from parindex.frameworks.policy import PolicyCatalogue
from parindex.frameworks.policy_files import load_policies
from parindex.instruments.catalogue import InstrumentCatalogue
from parindex.instruments.counting import questionnaire_of
from parindex.units.catalogue import UnitCatalogue
from parindex.units.records import NATION

POLICY = "satisfaction"
"""The ranking policy, and the framework whose blocks are used."""
MEMO_LIMIT = 200_000


@dataclass(frozen=True, slots=True)
class Registers:
    """One immutable snapshot of every register, as of one revision."""

    units: UnitCatalogue
    instruments: InstrumentCatalogue
    policies: PolicyCatalogue
    _chains: dict[tuple[int, dt.date], tuple[int, ...]] = field(default_factory=dict, repr=False)
    _described: dict[tuple[int, dt.date], tuple[str, dict[str, str], tuple[int, ...]]] = field(
        default_factory=dict, repr=False
    )
    _successors: dict[int, frozenset[int]] = field(default_factory=dict, repr=False)
    _rules: dict[dt.date, Rules | None] = field(default_factory=dict, repr=False)
    _questionnaires: dict[int, Questionnaire] = field(default_factory=dict, repr=False)

    @property
    def revision(self) -> int:
        """Newest register load that both snapshots know."""
        return min(self.units.revision, self.instruments.revision)

    def chain(self, unit_id: int, day: dt.date) -> tuple[int, ...]:
        """The unit and everyone above it on that day, nearest first: whose tallies a response about it moves."""
        found = self._chains.get((unit_id, day))
        if found is None:
            if len(self._chains) >= MEMO_LIMIT:
                self._chains.clear()
            found = self._chains[unit_id, day] = (unit_id, *self.units.ancestors_or_lineage(unit_id, day)[0])
        return found

    def described(self, unit_id: int, day: dt.date) -> tuple[str, dict[str, str], tuple[int, ...]]:
        """Name and codes of the unit on a day, and the units that went into it in part."""
        found = self._described.get((unit_id, day))
        if found is None:
            if len(self._described) >= MEMO_LIMIT:
                self._described.clear()
            units = self.units
            found = (units.name(unit_id, day), units.codes(unit_id, day), units.partial_predecessors(unit_id))
            self._described[unit_id, day] = found
        return found

    def province(self, unit_id: int, day: dt.date) -> int:
        """The province that the unit is or stands in on a day; 0 where there is none. Owns the unit's results."""
        return next((above for above in self.chain(unit_id, day) if self.units.unit(above).kind == "province"), NATION)

    def pooled(self, unit_id: int, day: dt.date) -> tuple[int, ...]:
        """Full predecessors whose responses a result of the unit takes in: those that had ended by that day."""
        return tuple(one for one in self.units.full_predecessors(unit_id) if not self.units.unit(one).on(day))

    def successors(self, unit_id: int) -> frozenset[int]:
        """Units that pool this one."""
        found = self._successors.get(unit_id)
        if found is None:
            wholly: set[int] = set()
            waiting = [unit_id]
            while waiting:
                for link in self.units.lineage.successors(waiting.pop()):
                    if link.extent == "full" and link.successor_id not in wholly:
                        wholly.add(link.successor_id)
                        waiting.append(link.successor_id)
            found = self._successors[unit_id] = frozenset(wholly - {unit_id})
        return found

    def questionnaire(self, instrument_version_id: int) -> Questionnaire:
        """The questionnaire version of a row id. Raises KeyError when the snapshot is older than the row."""
        found = self._questionnaires.get(instrument_version_id)
        if found is None:
            found = questionnaire_of(self.instruments.by_id(instrument_version_id))
            self._questionnaires[instrument_version_id] = found
        return found

    def rules(self, day: dt.date) -> Rules | None:
        """The ranking policy in force on a day; None before the first version: then results exist, but no table."""
        if day not in self._rules:
            try:
                self._rules[day] = self.policies.on(POLICY, day).rules()
            except Invalid:
                self._rules[day] = None
        return self._rules[day]


class RegisterCache:
    """The newest snapshot of this process.

    `registers`: those of this database or of another with the same register loads, when somebody has read them already.
    """

    def __init__(self, registers: Registers | None = None) -> None:
        self._registers = registers

    @property
    def current(self) -> Registers:
        """The snapshot. Raises RuntimeError before the first `renew`."""
        if self._registers is None:
            raise RuntimeError("the registers were not loaded yet: call renew first")
        return self._registers

    async def renew(self, connection: asyncpg.Connection) -> bool:
        """Loads the registers when a newer load was committed; True when the snapshot is another one now."""
        if self._registers is not None and self._registers.revision >= await units_revision(connection):
            return False
        instruments = await load_instruments(connection)
        units = await load_units(connection, self._registers.units if self._registers else None)
        self._registers = Registers(units, instruments, load_policies())
        return True
