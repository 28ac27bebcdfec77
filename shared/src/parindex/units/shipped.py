"""Strict reader of the shipped register (`data/*.csv`, rules in `data/README.md`). Reads whole files or raises."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from parindex.errors import Invalid
from parindex.units.codes import SCHEMES
from parindex.units.records import (
    BLOCKS,
    EVERY_FRAMEWORK,
    FIRST_IMPORTED_ID,
    KINDS,
    DatedBlock,
    DatedCode,
    DatedName,
    DatedParent,
    LineageLink,
    UnitRecord,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

DATA = Path(__file__).parent / "data"
_HEADERS = {
    "sources": ("key", "source"),
    "units": ("unit_id", "kind", "realm", "valid_from", "valid_to", "block", "provenance", "source"),
    "names": ("unit_id", "valid_from", "valid_to", "name", "unit_type", "source"),
    "codes": ("scheme", "code", "valid_from", "valid_to", "unit_id", "evidence", "source"),
    "parents": ("unit_id", "valid_from", "valid_to", "parent_id", "source"),
    "lineage": ("predecessor_id", "successor_id", "extent", "effective", "legal_basis", "source"),
}
_REALMS = ("production", "synthetic")
_EVIDENCE = ("published", "derived", "memory", "invented")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class ShippedRegister:
    """The whole shipped register: units ordered by id, with revision 0, and their lineage. `sha256`: hex, of the files."""

    units: tuple[UnitRecord, ...]
    lineage: tuple[LineageLink, ...]
    sha256: str


class _Row:
    """One line of a shipped file; a field is read by kind or the file is refused with its name and line."""

    __slots__ = ("file", "line", "sources", "values")

    def __init__(self, file: str, line: int, values: dict[str, str], sources: dict[str, str]) -> None:
        self.file, self.line, self.values, self.sources = file, line, values, sources

    def read(self, field: str, convert: Callable[[str], Value], expected: str) -> Value:
        try:
            return convert(self.values[field])
        except (ValueError, KeyError):
            raise self.refusal(field, expected) from None

    def refusal(self, field: str, expected: str) -> Invalid:
        return Invalid(
            f"{self.file}.csv, line {self.line}, {field}: {self.values[field]!r} was found, {expected} was expected.",
            code="register_invalid",
            hint="Rebuild the register with tools/build_unit_register.py; its files are not edited by hand.",
        )

    def text(self, field: str) -> str:
        return self.read(field, _clean, "text in NFC, without spaces around it,")

    def one_of(self, field: str, choices: Collection[str]) -> str:
        if (value := self.values[field]) in choices:
            return value
        raise self.refusal(field, f"one of {', '.join(choices)}")

    def unit_id(self, field: str) -> int:
        return self.read(field, _shipped_id, f"a unit id below {FIRST_IMPORTED_ID:,}")

    def day(self, field: str) -> dt.date:
        return self.read(field, _iso_day, "a date yyyy-mm-dd")

    def bound(self, field: str) -> dt.date | None:
        return self.day(field) if self.values[field] else None

    def source(self, field: str = "source") -> str:
        return self.read(field, self.sources.__getitem__, "a key of sources.csv")


def _clean(text: str) -> str:
    if not text or text != unicodedata.normalize("NFC", text).strip():
        raise ValueError(text)
    return text


_iso_day = lru_cache(1000)(dt.date.fromisoformat)  # the files hold a handful of days, tens of thousands of times


def _shipped_id(text: str) -> int:
    if not 0 <= (unit_id := int(text)) < FIRST_IMPORTED_ID:
        raise ValueError(text)
    return unit_id


def _lines(folder: Path, file: str, sources: dict[str, str]) -> Iterator[_Row]:
    text = (folder / f"{file}.csv").read_text(encoding="utf-8")
    reader = csv.reader(io.StringIO(text), strict=True)
    header = _HEADERS[file]
    for values in reader:
        if len(values) != len(header) or (reader.line_num == 1 and tuple(values) != header):
            raise Invalid(
                f"{file}.csv, line {reader.line_num}: columns {','.join(header)} were expected.",
                code="register_invalid",
            )
        if reader.line_num > 1:
            yield _Row(file, reader.line_num, dict(zip(header, values, strict=True)), sources)


def read_shipped(folder: Path = DATA) -> ShippedRegister:
    """The shipped register. Raises Invalid naming file, line and field of the first fault."""
    digest = hashlib.sha256()
    for file in _HEADERS:
        digest.update((folder / f"{file}.csv").read_bytes())
    sources = {row.text("key"): row.text("source") for row in _lines(folder, "sources", {})}
    names, codes, parents = defaultdict(list), defaultdict(list), defaultdict(list)
    for row in _lines(folder, "names", sources):
        name = DatedName(
            row.bound("valid_from"), row.bound("valid_to"), row.text("name"), row.text("unit_type"), row.source()
        )
        names[row.unit_id("unit_id")].append(name)
    for row in _lines(folder, "codes", sources):
        scheme, evidence = row.one_of("scheme", SCHEMES), row.one_of("evidence", _EVIDENCE)
        code = DatedCode(
            row.bound("valid_from"), row.bound("valid_to"), scheme, row.text("code"), evidence, row.source()
        )
        codes[row.unit_id("unit_id")].append(code)
    for row in _lines(folder, "parents", sources):
        parent = DatedParent(row.bound("valid_from"), row.bound("valid_to"), row.unit_id("parent_id"), row.source())
        parents[row.unit_id("unit_id")].append(parent)
    units = []
    for row in _lines(folder, "units", sources):
        unit_id, start, end = row.unit_id("unit_id"), row.bound("valid_from"), row.bound("valid_to")
        block = row.one_of("block", ("", *BLOCKS))
        unit = UnitRecord(
            start,
            end,
            unit_id,
            row.one_of("kind", KINDS),
            row.one_of("realm", _REALMS),
            row.text("provenance"),
            row.source(),
            0,
            tuple(sorted(names.pop(unit_id, ()), key=lambda name: name.order)),
            tuple(sorted(codes.pop(unit_id, ()), key=lambda code: (code.scheme, code.code, code.order))),
            tuple(sorted(parents.pop(unit_id, ()), key=lambda parent: parent.order)),
            (DatedBlock(start, end, EVERY_FRAMEWORK, block),) if block else (),
        )
        units.append(unit)
    lineage = [
        LineageLink(
            row.unit_id("predecessor_id"),
            row.unit_id("successor_id"),
            row.one_of("extent", ("full", "partial")),
            row.day("effective"),
            row.source("legal_basis"),
            row.source(),
        )
        for row in _lines(folder, "lineage", sources)
    ]
    _refer_to_units(units, lineage, {*names, *codes, *parents})
    return ShippedRegister(tuple(sorted(units, key=lambda unit: unit.unit_id)), tuple(lineage), digest.hexdigest())


def _refer_to_units(units: list[UnitRecord], lineage: list[LineageLink], left_over: set[int]) -> None:
    known = {unit.unit_id for unit in units}
    referred = {parent.parent_id for unit in units for parent in unit.parents}
    referred |= {unit_id for link in lineage for unit_id in (link.predecessor_id, link.successor_id)}
    if missing := sorted((referred - known) | left_over):
        raise Invalid(f"units.csv lacks the units {missing[:10]} that other files name.", code="register_invalid")
    if len(known) != len(units):
        raise Invalid("units.csv names a unit id twice.", code="register_invalid")
    if nameless := [unit.unit_id for unit in units if not unit.names]:
        raise Invalid(f"names.csv lacks names of the units {nameless[:10]}.", code="register_invalid")
