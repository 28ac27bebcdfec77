"""Which unit a dossier belongs to: by the record's or envelope's agency code, its own code, or the agency's name. Pure.

Records name the agency in words only; the envelope often names the whole province. So an envelope's unit is left for a
unit below it that the dossier's code or the agency's name means. Never a unit outside the sending system's scope: an
agency code outside it refuses the record, and so does the code of a dossier that belongs to somebody else, unless the
agency's name is one of the scope's.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from parindex.errors import Finding, Invalid
from parindex.units.catalogue import UnitCatalogue
from parindex.units.codes import H_CODE, level_one, parse_unit_code
from parindex.units.names import spelling_key
from survey_ingest.dossiers.codes import agency_in
from survey_ingest.dossiers.findings import finding
from survey_ingest.dossiers.read_record import Record

From = Literal["agency_code", "dossier_code", "agency_name", "envelope", "scope"]
_COMMITTEE = re.compile(r"^(?:ubnd|ủy ban nhân dân|uỷ ban nhân dân)\s+", re.IGNORECASE)
_MOST_REMEMBERED = 100_000


@dataclass(frozen=True)
class Place:
    """The unit and how it was recognised; `refused` is the code of the finding that refuses the record, or ''."""

    unit_id: int = -1
    unit_from: From = "scope"
    findings: tuple[Finding, ...] = ()
    refused: str = ""
    field: str = ""

    @functools.cached_property
    def opening(self) -> bytes:
        """`unit_id` as the beginning of what the digest of a version is of."""
        return b"[%d," % self.unit_id

    @functools.cached_property
    def columns(self) -> bytes:
        """`unit_id` and `unit_from` of a version, as CSV."""
        return b'%d,"%b"' % (self.unit_id, self.unit_from.encode())


@dataclass(frozen=True, slots=True)
class _Found:
    unit_id: int | None = None
    outside: bool = False
    findings: tuple[Finding, ...] = ()


_NOTHING = _Found()


@functools.lru_cache(maxsize=2)
def finder(units: UnitCatalogue) -> UnitFinder:
    """The finder of a snapshot of the register; it remembers what it found."""
    return UnitFinder(units)


class UnitFinder:
    """Recognises units in one snapshot of the register."""

    def __init__(self, units: UnitCatalogue) -> None:
        self._units = units
        self._remembered: dict[tuple[object, ...], Place] = {}
        self._named: dict[str, set[int]] = {}

    def place(self, record: Record, envelope: str, roots: frozenset[int], realm: str, today: dt.date) -> Place:
        """The unit of a record within the scope `roots`, on the day it was accepted (else submitted, else numbered)."""
        day = _day(record, today)
        key = (record.agency_code, envelope, record.agency, record.agency_name, roots, realm, day, today)
        known = self._remembered.get(key)
        if known is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            known = self._remembered[key] = self._place(
                record.agency_code, envelope, record.agency, record.agency_name, _Ask(roots, realm, day, today)
            )
        return known

    def of_code(self, dossier_code: str, roots: frozenset[int], realm: str, today: dt.date) -> Literal["in", "out", ""]:
        """Whether the agency in a dossier's code lies in the scope; '' where the code does not say."""
        agency = agency_in(dossier_code)
        if not agency:
            return ""
        found = self._by_code(agency, "MaHoSo", _Ask(roots, realm, _numbered_on(dossier_code) or today, today))
        return "out" if found.outside else "in" if found.unit_id is not None else ""

    def _place(self, agency_code: str, envelope: str, of_dossier: str, name: str, ask: _Ask) -> Place:
        findings: list[Finding] = []
        if agency_code:
            found = self._by_code(agency_code, "MaDonVi", ask)
            findings += found.findings
            if found.outside:
                return Place(refused="unit_out_of_scope", field="MaDonVi", findings=tuple(findings))
            if found.unit_id is not None:
                return Place(found.unit_id, "agency_code", tuple(findings))
        around: int | None = None
        if envelope:
            found = self._by_code(envelope, "madonvi", ask)
            findings += found.findings
            if found.outside:
                return Place(refused="unit_out_of_scope", field="madonvi", findings=tuple(findings))
            around = found.unit_id
        by_dossier = self._by_code(of_dossier, "MaHoSo", ask) if of_dossier else _NOTHING
        by_name = self._by_name(name, ask) if name.strip() else _NOTHING
        for one, how in ((by_dossier, "dossier_code"), (by_name, "agency_name")):
            if one.unit_id is not None and (around is None or self._under(one.unit_id, around, ask)):
                findings += one.findings
                return Place(one.unit_id, how, tuple(findings))  # type: ignore[arg-type]
        if around is not None:
            return Place(around, "envelope", tuple(findings))
        findings += [*by_dossier.findings, *by_name.findings]
        if by_dossier.outside:
            return Place(refused="unit_out_of_scope", field="MaHoSo", findings=tuple(findings))
        if len(ask.roots) == 1:
            findings.append(finding("unit_from_scope", "MaDonVi"))
            return Place(next(iter(ask.roots)), "scope", tuple(findings))
        return Place(refused="unit_missing", field="MaDonVi", findings=tuple(findings))

    def _under(self, unit_id: int, around: int, ask: _Ask) -> bool:
        return unit_id == around or self._units.in_subtree(frozenset({around}), unit_id, ask.day)

    def _by_code(self, code: str, field: str, ask: _Ask) -> _Found:
        try:
            form = parse_unit_code(code)
        except Invalid:
            return _Found(findings=(finding("unit_unknown", field),))
        # An exporter that has moved to a new code sends it with older dossiers, too.
        for day in dict.fromkeys((ask.day, ask.today)):
            resolution = self._units.resolve(form.scheme, form.code, day, ask.realm)
            if resolution.unit_id is not None:
                if not self._units.in_subtree(ask.roots, resolution.unit_id, day):
                    return _Found(outside=True)
                followed = resolution.status == "followed"
                return _Found(resolution.unit_id, findings=(finding("unit_code_closed", field),) if followed else ())
            if resolution.status == "ambiguous":
                reach = any(self._units.in_subtree(ask.roots, one, day) for one in resolution.candidates)
                return _Found(outside=not reach, findings=(finding("unit_ambiguous", field),))
        outside = form.scheme == H_CODE and level_one(form.code) not in self._units.level_one_codes(ask.roots)
        return _Found(outside=outside, findings=(finding("unit_unknown", field),))

    def _by_name(self, name: str, ask: _Ask) -> _Found:
        bearers = self._names().get(_name_key(name), ())
        found = [
            unit_id
            for unit_id in bearers
            if self._units.visible(unit_id, ask.realm)
            and self._units.unit(unit_id).on(ask.day)
            and self._units.in_subtree(ask.roots, unit_id, ask.day)
        ]
        return _Found(found[0]) if len(found) == 1 else _Found(findings=(finding("agency_name_unknown", "DonViXuLy"),))

    def _names(self) -> dict[str, set[int]]:
        if not self._named:
            named: defaultdict[str, set[int]] = defaultdict(set)
            for unit in self._units.units:
                for name in unit.names:
                    named[_name_key(name.name)].add(unit.unit_id)
            self._named = dict(named)
        return self._named


@dataclass(frozen=True, slots=True)
class _Ask:
    roots: frozenset[int]
    realm: str
    day: dt.date
    today: dt.date


def _name_key(name: str) -> str:
    """Equal for two spellings of a name, with or without `UBND` before it."""
    return spelling_key(_COMMITTEE.sub("", " ".join(name.split())))


def _day(record: Record, today: dt.date) -> dt.date:
    """The local day on which the record's codes and names are meant, not after today."""
    at = record.said.accepted_at or record.said.submitted_at
    # Moments of records are of Vietnamese time: their own day is the local one.
    day = at.date() if at is not None else _numbered_on(record.said.dossier_code) or today
    return min(day, today)


def _numbered_on(dossier_code: str) -> dt.date | None:
    """The day within a code of the national pattern."""
    if not agency_in(dossier_code):
        return None
    digits = dossier_code.split("-")[1]
    try:
        return dt.date(int(digits[:-4]) + (2000 if len(digits) == 6 else 0), int(digits[-4:-2]), int(digits[-2:]))
    except ValueError:
        return None
