"""Finding what a query names, units above all, and saying what exists nearby when there is nothing."""

from __future__ import annotations

import datetime as dt

import msgspec

from parindex.engine.period import Period
from parindex.errors import NotFound
from parindex.units.catalogue import UnitCatalogue
from parindex.units.codes import UnitCodeForm
from parindex.units.records import UnitRecord
from scoring_api.parameters import UnitName
from scoring_api.snapshot import Snapshot


class UnitLine(msgspec.Struct, frozen=True):
    """A unit as named in other answers."""

    unit_id: int
    name: str
    kind: str
    codes: dict[str, str]


def unit_line(units: UnitCatalogue, unit_id: int, day: dt.date) -> UnitLine:
    """Name and codes of a unit on a day."""
    return UnitLine(unit_id, units.name(unit_id, day), units.unit(unit_id).kind, units.codes(unit_id, day))


def visible_unit(snapshot: Snapshot, unit_id: int) -> UnitRecord:
    """The unit, if the realm may use it. Raises NotFound."""
    if unit_id in snapshot.units and snapshot.units.visible(unit_id, snapshot.realm):
        return snapshot.units.unit(unit_id)
    known = len(snapshot.units.units)
    hint = f"The register has {known} units: find one with /v1/units?q=<name> or /v1/units/lookup?code=<code>."
    if unit_id in snapshot.units:
        hint = f"It is an invented unit of realm {snapshot.units.unit(unit_id).realm}: name that realm."
    raise NotFound(f"There is no unit {unit_id} in realm {snapshot.realm}.", code="unit_not_found", hint=hint)


def named_unit(snapshot: Snapshot, name: UnitName, day: dt.date) -> int:
    """The unit that a query names by id or by a code as of a day; a closed code follows its full successor.

    Raises NotFound with the candidates of an ambiguous code.
    """
    if name.unit_id is not None:
        return visible_unit(snapshot, name.unit_id).unit_id
    return coded_unit(snapshot, name.scheme, name.code, day)


def coded_unit(snapshot: Snapshot, scheme: str, code: str, day: dt.date) -> int:
    """The unit that a code means on a day, as `named_unit`."""
    found = snapshot.units.resolve(scheme, code, day, snapshot.realm)
    if found.unit_id is not None:
        return found.unit_id
    text = UnitCodeForm(scheme, code).text
    if found.status == "ambiguous":
        candidates = ", ".join(f"{one} ({snapshot.units.name(one, day)})" for one in found.candidates)
        raise NotFound(
            f"The unit of code {text} was divided before {day}.",
            code="unit_code_ambiguous",
            hint=f"Name one of its successors by id: {candidates}.",
        )
    raise NotFound(
        f"Code {text} means no unit on {day} in realm {snapshot.realm}.",
        code="unit_code_not_found",
        hint="Codes have dates: name another day, or search with /v1/units?q=<name>.",
    )


def reading_day(snapshot: Snapshot, period: Period) -> dt.date:
    """The day on which codes and names of a period's answer are read: its last day, or today while it is open."""
    return min(period.last, max(snapshot.today, period.first))
