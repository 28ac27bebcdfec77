"""Decides what rows of an import make of the register: unit records to store, or findings. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from parindex.units.codes import DVCQG_ID, H_CODE, UnitCodeForm, level_one
from parindex.units.names import spelling_key
from parindex.units.records import (
    EVERY_FRAMEWORK,
    FIRST_IMPORTED_ID,
    IMPORTED,
    NATION,
    DatedBlock,
    DatedCode,
    DatedName,
    DatedParent,
    UnitRecord,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from parindex.register.csv_table import Findings
    from parindex.register.unit_import_rows import UnitRow
    from parindex.units.catalogue import UnitCatalogue

_ABOVE = {
    "province": ("nation",),
    "district": ("province",),
    "commune": ("province", "district"),
    "department": ("nation", "province"),
    "office": ("province", "district", "commune", "department"),
}
"""Kind -> kinds that may stand above it. Strictly ordered, so no unit ever stands above itself."""
State = TypeVar("State", DatedName, DatedCode, DatedParent, DatedBlock)


@dataclass(frozen=True, slots=True)
class Plan:
    """Records to store, whole; `added` of them are new units. `unchanged`: units named that already stand so."""

    records: tuple[UnitRecord, ...]
    added: int
    unchanged: int


class Planner:
    """Makes the plan of one file for one realm against one snapshot of the register."""

    def __init__(self, catalogue: UnitCatalogue, realm: str, findings: Findings) -> None:
        self.catalogue, self.realm, self.findings = catalogue, realm, findings
        self.records: dict[int, UnitRecord] = {}
        self.lines: dict[int, int] = {}
        self.by_code: dict[UnitCodeForm, int] = {}
        self.next_id = max(FIRST_IMPORTED_ID - 1, *(unit.unit_id for unit in catalogue.units)) + 1

    def plan(self, rows: list[UnitRow]) -> Plan:
        """The plan of the rows. What contradicts the register or another row becomes a finding."""
        stories: defaultdict[UnitCodeForm, list[UnitRow]] = defaultdict(list)
        for row in rows:
            if row.existing is None:
                stories[row.code].append(row)
        # Parents of the same file are planned before their children.
        order = sorted(stories, key=lambda code: list(_ABOVE).index(stories[code][0].kind))
        imported = {
            UnitCodeForm(code.scheme, code.code): unit.unit_id
            for unit in self.catalogue.units
            if unit.unit_id >= FIRST_IMPORTED_ID and unit.realm == self.realm
            for code in unit.codes
        }
        for code in stories:
            if code in imported:
                self.by_code[code] = imported[code]
            else:
                self.by_code[code], self.next_id = self.next_id, self.next_id + 1
        for code in order:
            self._story(self.by_code[code], sorted(stories[code], key=lambda row: row.start))
        additions: defaultdict[int, list[UnitRow]] = defaultdict(list)
        for row in rows:
            if row.existing is not None and (unit_id := self._existing(row)) is not None:
                additions[unit_id].append(row)
        for unit_id, added in additions.items():
            self._add_codes(unit_id, added)
        self._codes_mean_one_unit()
        self._children_stay_under_living_parents()
        changed = [record for record in self.records.values() if not self._stands(record)]
        new = sum(record.unit_id not in self.catalogue for record in changed)
        return Plan(tuple(changed), new, len(self.records) - len(changed))

    def _stands(self, record: UnitRecord) -> bool:
        return record.unit_id in self.catalogue and self.catalogue.unit(record.unit_id) == record

    def _story(self, unit_id: int, rows: list[UnitRow]) -> None:
        first, last = rows[0], rows[-1]
        for before, row in pairwise(rows):
            if before.end != row.start:
                message = f"This state begins {row.start}, line {before.line} ends {before.end or 'never'}."
                hint = "States of one unit follow each other without gap or overlap: valid_to = the next valid_from."
                self.findings.add(row.line, "valid_from", "states_apart", message, hint)
        stored = self.catalogue.unit(unit_id) if unit_id in self.catalogue else None
        kinds = {row.kind for row in rows} | ({stored.kind} if stored else set())
        if len(kinds) > 1:
            message = f"One unit ({first.code.text}) is given as {' and '.join(sorted(kinds))}."
            self.findings.add(
                last.line, "kind", "kind_changed", message, "A unit keeps its kind; close it and add another."
            )
        parents = [(row, self._parent(row)) for row in rows]
        others = [block for block in (stored.blocks if stored else ()) if block.framework != EVERY_FRAMEWORK]
        record = UnitRecord(
            first.start,
            last.end,
            unit_id,
            first.kind,
            self.realm,
            IMPORTED,
            first.source,
            stored.revision if stored else 0,
            _joined(DatedName(row.start, row.end, row.name, row.unit_type, row.source) for row in rows),
            self._codes(rows),
            _joined(
                DatedParent(row.start, row.end, parent, row.source) for row, parent in parents if parent is not None
            ),
            (
                *_joined(DatedBlock(row.start, row.end, EVERY_FRAMEWORK, row.block) for row in rows if row.block),
                *others,
            ),
        )
        self.records[unit_id], self.lines[unit_id] = record, first.line
        if first.code.scheme == H_CODE and parents[0][1] is not None:
            self._under_its_province(first, parents[0][1])

    def _codes(self, rows: list[UnitRow]) -> tuple[DatedCode, ...]:
        own = _joined(
            DatedCode(row.start, row.end, row.code.scheme, row.code.code, IMPORTED, row.source) for row in rows
        )
        portal = _joined(
            DatedCode(row.start, row.end, DVCQG_ID, row.dvcqg_id, IMPORTED, row.source) for row in rows if row.dvcqg_id
        )
        return tuple(sorted((*own, *portal), key=lambda code: (code.scheme, code.code, code.order)))

    def _record(self, unit_id: int) -> UnitRecord:
        return self.records[unit_id] if unit_id in self.records else self.catalogue.unit(unit_id)

    def _found(self, form: UnitCodeForm, day: dt.date) -> int | None:
        meaning = self.catalogue.resolve(form.scheme, form.code, day, self.realm)
        return meaning.unit_id if meaning.status == "found" else None

    def _parent(self, row: UnitRow) -> int | None:
        """The unit above a row, or None with a finding."""
        if row.parent is None:
            parent = self.catalogue.unit(NATION)
        else:
            unit_id = self.by_code.get(row.parent) or self._found(row.parent, row.start)
            if unit_id is None or (unit_id not in self.records and unit_id not in self.catalogue):
                message = f"{row.parent.text} is no unit of the register or of this file on {row.start}."
                hint = "Give the parent's code as it was on that day, or add the parent to the file."
                self.findings.add(row.line, "parent_code", "parent_unknown", message, hint)
                return None
            parent = self._record(unit_id)
        if parent.kind not in _ABOVE[row.kind]:
            message = f"A {parent.kind} was found above a {row.kind}, {' or '.join(_ABOVE[row.kind])} was expected."
            self.findings.add(row.line, "parent_code", "parent_kind", message, "Correct kind or parent_code.")
        if not parent.covers(row.days):
            message = f"The parent {parent.names[-1].name} does not exist on all days of this row."
            hint = "Give one row per parent, each with its own days."
            self.findings.add(row.line, "valid_from", "parent_not_valid", message, hint)
        return parent.unit_id

    def _under_its_province(self, row: UnitRow, parent_id: int) -> None:
        codes = self._level_ones(parent_id)
        if codes and level_one(row.code.code) not in codes:
            above, expected = self._record(parent_id).names[-1].name, " or ".join(sorted(codes))
            message = f"{row.code.code} was found under {above}, a code under {expected} was expected."
            hint = "Compare the code with the province's own; the first segment is the province."
            self.findings.add(row.line, "code", "code_outside_province", message, hint)

    def _level_ones(self, unit_id: int) -> frozenset[str]:
        if unit_id == NATION:
            return frozenset()
        if unit_id in self.catalogue:
            return self.catalogue.level_one_codes(frozenset({unit_id}))
        record = self.records[unit_id]
        own = {level_one(code.code) for code in record.codes if code.scheme == H_CODE}
        return frozenset(own).union(*(self._level_ones(parent.parent_id) for parent in record.parents))

    def _existing(self, row: UnitRow) -> int | None:
        assert row.existing is not None
        unit_id = self.by_code.get(row.existing) or self._found(row.existing, row.start)
        if unit_id is None:
            message = f"{row.existing.text} is no unit of the register on {row.start}."
            hint = "Give the code of a unit that exists on valid_from, or leave existing_code empty to add a unit."
            self.findings.add(row.line, "existing_code", "unit_unknown", message, hint)
            return None
        unit = self._record(unit_id)
        name = next((name.name for name in unit.names if name.on(row.start)), unit.names[-1].name)
        if row.name and spelling_key(row.name) != spelling_key(name):
            message = f"{row.name!r} was found, {name!r} (the name of {row.existing.text} on {row.start}) was expected."
            self.findings.add(row.line, "name", "name_differs", message, "Correct existing_code or the name.")
        if not unit.covers(row.days):
            message = f"{name} does not exist on all days of this row."
            self.findings.add(row.line, "valid_from", "unit_not_valid", message, "Keep to the days of the unit.")
        return unit.unit_id

    def _add_codes(self, unit_id: int, rows: list[UnitRow]) -> None:
        unit = self._record(unit_id)
        added = self._codes(sorted(rows, key=lambda row: row.start))
        schemes = {code.scheme for code in added}
        # What the file itself says of the unit stays; what earlier imports said in these schemes gives way.
        replaced = set() if unit_id in self.records else schemes
        kept = [code for code in unit.codes if not (code.evidence == IMPORTED and code.scheme in replaced)]
        new = [code for code in added if not any(_same_code(code, other) and other.covers(code) for other in kept)]
        codes = sorted((*kept, *new), key=lambda code: (code.scheme, code.code, code.order))
        self.records[unit_id], self.lines[unit_id] = replace(unit, codes=tuple(codes)), rows[0].line

    def _codes_mean_one_unit(self) -> None:
        named = {(code.scheme, code.code) for unit in self.records.values() for code in unit.codes}
        holders: defaultdict[tuple[str, str], list[tuple[DatedCode, UnitRecord]]] = defaultdict(list)
        others = (unit for unit in self.catalogue.units if unit.unit_id not in self.records)
        for unit in (*others, *self.records.values()):
            for code in unit.codes:
                key = code.scheme, code.code
                if key not in named:
                    continue
                for other, holder in holders[key]:
                    if other.overlaps(code):
                        message = (
                            f"{code.scheme} {code.code} stands for {holder.names[-1].name} from {other.start or 'ever'}"
                            f" to {other.end or 'now'}; a code means one unit on a day."
                        )
                        hint = "Use existing_code if it is that unit; otherwise correct the code or the days."
                        self.findings.add(self.lines[unit.unit_id], "code", "unit_code_taken", message, hint)
                holders[key].append((code, unit))

    def _children_stay_under_living_parents(self) -> None:
        for child in self.catalogue.units:
            if child.unit_id in self.records:
                continue
            for parent in child.parents:
                record = self.records.get(parent.parent_id)
                if record is not None and not record.covers(parent):
                    message = (
                        f"{child.names[-1].name} stands under this unit on days on which it would no longer exist."
                    )
                    hint = "Add the units under it to the file, with their new parent or last day."
                    self.findings.add(self.lines[record.unit_id], "valid_to", "children_left", message, hint)


def _same_code(code: DatedCode, other: DatedCode) -> bool:
    return (code.scheme, code.code) == (other.scheme, other.code)


def _joined(states: Iterable[State]) -> tuple[State, ...]:
    """States in order, neighbours that say the same made one."""
    joined: list[State] = []
    for state in states:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.end == state.start
            and replace(last, start=None, end=None) == replace(state, start=None, end=None)
        ):
            joined[-1] = replace(last, end=state.end)
        else:
            joined.append(state)
    return tuple(joined)
