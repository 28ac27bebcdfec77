"""Brings the portal's catalogue of agencies into the register: codes and ids for units it knows, new units, moved codes.

The register's own identity goes before the portal's: an agency that can be one known unit is that unit; a code that closed
follows its successor only where there is exactly one. Everything else is left to a person, with the reason.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeVar

from parindex.db.catalogue import load_units
from parindex.errors import Invalid
from parindex.register.import_units import import_units
from parindex.register.revision import hold_register_lock, next_revision
from parindex.register.roles import acting_as
from parindex.register.unit_rows import replace_links, replace_units
from parindex.units.codes import DVCQG_ID, H_CODE, UnitCodeForm, level_one, parse_unit_code
from parindex.units.names import spelling_key
from parindex.units.records import IMPORTED, DatedBlock, DatedCode, DatedName, DatedParent, LineageLink

if TYPE_CHECKING:
    import datetime as dt

    import asyncpg

    from parindex.units.catalogue import UnitCatalogue

Applied = Literal["register", "person", "none"]
State = TypeVar("State", DatedName, DatedCode, DatedParent, DatedBlock)
_COMMITTEE = re.compile(r"^(?:UBND|Ủy ban nhân dân|Uỷ ban nhân dân)\s+", re.IGNORECASE)
_OF_PROVINCE = re.compile(r"\s+-\s+(?:Tỉnh|TP\.?|Thành phố)\s.*$", re.IGNORECASE)
_KINDS = (
    ("commune", ("Xã", "Phường", "Đặc khu")),
    ("department", ("Sở", "Ban", "Văn phòng", "Thanh tra", "Công an", "Thuế", "Trung tâm", "Chi cục", "Quỹ")),
)
_COLUMNS = ("code", "name", "unit_type", "kind", "parent_code", "valid_from", "source", "dvcqg_id", "existing_code")


@dataclass(frozen=True, slots=True)
class PortalAgency:
    """One agency of the catalogue. `portal_id`: '' where the catalogue gives none."""

    code: str
    name: str
    portal_id: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one entry, and why, as a Vietnamese sentence."""

    applied: Applied
    why_vi: str


def plain_name(name: str) -> str:
    """The agency's own name: `UBND xã Bình Phú - Tỉnh Phú Thọ` -> `xã Bình Phú`."""
    return _OF_PROVINCE.sub("", _COMMITTEE.sub("", name.strip()))


async def enter_agencies(
    connection: asyncpg.Connection,
    agencies: Sequence[PortalAgency],
    *,
    realm: str,
    since: dt.date,
    today: dt.date,
    source: str,
    new_communes: bool,
    known: UnitCatalogue | None = None,
) -> tuple[dict[str, Outcome], int | None]:
    """Enters agencies of the catalogue; the outcome of each by code, and the register load (None: nothing changed).

    `since`: first day of codes and units that are entered. `new_communes`: a commune without a namesake is a new unit;
    otherwise a person decides, since it may be a known one under another spelling. May run twice. `known`: as `load_units`.
    """
    if not agencies:
        # Most days nothing changes: then the register is neither locked nor read.
        return {}, None
    async with connection.transaction():
        await hold_register_lock(connection)
        catalogue = await load_units(connection, known)
        outcomes: dict[str, Outcome] = {}
        rows: dict[str, dict[str, str]] = {}
        for agency in agencies:
            decided = _decide(catalogue, agency, realm, since, today, source, new_communes=new_communes)
            if isinstance(decided, Outcome):
                outcomes[agency.code] = decided
            else:
                rows[agency.code] = decided
                said = "Gắn mã với đơn vị đã có." if decided["existing_code"] else "Thêm đơn vị mới."
                outcomes[agency.code] = Outcome("register", said)
        return await _entered(connection, catalogue, rows, outcomes, realm)


def _decide(
    catalogue: UnitCatalogue, agency: PortalAgency, realm: str, since: dt.date, today: dt.date, source: str,
    *, new_communes: bool,
) -> Outcome | dict[str, str]:  # fmt: skip
    try:
        form = parse_unit_code(agency.code)
    except Invalid:
        return Outcome("person", f"Mã {agency.code[:40]} không đọc được theo Quyết định 20/2020/QĐ-TTg.")
    row = dict.fromkeys(_COLUMNS, "") | {
        "code": form.text, "valid_from": since.isoformat(), "source": source, "dvcqg_id": agency.portal_id,
    }  # fmt: skip
    meaning = catalogue.resolve(form.scheme, form.code, today, realm)
    if meaning.status == "found" and meaning.unit_id is not None:
        if not agency.portal_id or _has(catalogue, meaning.unit_id, DVCQG_ID, agency.portal_id, today):
            return Outcome("none", "Sổ đăng ký đã có.")
        held = next(code for code in catalogue.unit(meaning.unit_id).codes if code.code == form.code and code.on(today))
        first = max(filter(None, (since, held.start, catalogue.unit(meaning.unit_id).start)))
        return row | {"existing_code": form.text, "valid_from": first.isoformat()}
    above = catalogue.resolve(H_CODE, level_one(form.code), today, realm)
    if above.unit_id is None or form.code.count(".") != 1:
        return Outcome("person", f"Không rõ đơn vị cấp trên của mã {form.code}.")
    name = plain_name(agency.name)
    key = spelling_key(name)
    namesakes = [
        unit_id
        for unit_id in catalogue.children(above.unit_id, today, realm)
        if spelling_key(catalogue.name(unit_id, today)) == key
    ]
    if len(namesakes) > 1:
        return Outcome("person", f"Có {len(namesakes)} đơn vị cùng tên {name} dưới {level_one(form.code)}.")
    if namesakes:
        own = catalogue.codes(namesakes[0], today)
        if H_CODE in own:
            return Outcome("person", f"{name} đang mang mã {own[H_CODE]}, Cổng ghi mã {form.code}.")
        unit = catalogue.unit(namesakes[0])
        first = max(filter(None, (since, unit.start)))
        scheme, code = next(iter(own.items()))
        return row | {"existing_code": UnitCodeForm(scheme, code).text, "valid_from": first.isoformat()}
    kind, unit_type = _kind(name)
    if not kind or (kind == "commune" and not new_communes):
        return Outcome("person", f"Sổ đăng ký không có đơn vị tên {name} dưới {level_one(form.code)}.")
    return row | {
        "name": name[:1].upper() + name[1:], "unit_type": unit_type, "kind": kind, "parent_code": level_one(form.code),
    }  # fmt: skip


def _kind(name: str) -> tuple[str, str]:
    for kind, words in _KINDS:
        for word in words:
            if name.casefold().startswith(word.casefold() + " "):
                return kind, word
    return "", ""


def _has(catalogue: UnitCatalogue, unit_id: int, scheme: str, code: str, day: dt.date) -> bool:
    return any(one.scheme == scheme and one.code == code and one.on(day) for one in catalogue.unit(unit_id).codes)


async def _entered(
    connection: asyncpg.Connection,
    catalogue: UnitCatalogue,
    rows: Mapping[str, dict[str, str]],
    outcomes: dict[str, Outcome],
    realm: str,
) -> tuple[dict[str, Outcome], int | None]:
    """Imports the rows; those that contradict the register are left out and go to a person."""
    left = dict(rows)
    while left:
        text = io.StringIO()
        writer = csv.DictWriter(text, _COLUMNS)
        writer.writeheader()
        writer.writerows(left.values())
        report = await import_units(connection, text.getvalue(), realm=realm, known=catalogue)
        if not report.findings:
            return outcomes, report.revision
        codes = list(left)
        # Line 1 is the header: line n is row n - 2.
        for finding in report.findings:
            number = int(finding.field.removeprefix("line ").partition(":")[0])
            if left.pop(codes[number - 2], None) is not None:
                outcomes[codes[number - 2]] = Outcome("person", f"Trái với sổ đăng ký: {finding.message}")
    return outcomes, None


async def move_code(
    connection: asyncpg.Connection,
    closed: str,
    opened: PortalAgency,
    *,
    realm: str,
    day: dt.date,
    source: str,
    known: UnitCatalogue | None = None,
) -> tuple[Outcome, int | None]:
    """The portal closed a code and opened another for the agency of the same name: the unit goes on under the new code.

    A code that the shipped register gives stays open in it: it went on to mean the same unit. `known`: as `load_units`.
    """
    form, after = parse_unit_code(closed), parse_unit_code(opened.code)
    async with connection.transaction(), acting_as(connection, "ranking-worker"):
        await hold_register_lock(connection)
        catalogue = await load_units(connection, known)
        meaning = catalogue.resolve(form.scheme, form.code, day, realm)
        taken = catalogue.resolve(after.scheme, after.code, day, realm)
        if meaning.unit_id is None or taken.unit_id is not None:
            return Outcome(
                "none" if taken.unit_id == meaning.unit_id else "person", "Sổ đăng ký đã khác danh mục."
            ), None
        unit = catalogue.unit(meaning.unit_id)
        codes = [
            replace(code, end=day)
            if code.code == form.code and code.scheme == form.scheme and code.evidence == IMPORTED and code.on(day)
            else code
            for code in unit.codes
        ]
        codes = [code for code in codes if code.start is None or code.end is None or code.start < code.end]
        codes.append(DatedCode(day, None, after.scheme, after.code, IMPORTED, source))
        if opened.portal_id and not _has(catalogue, unit.unit_id, DVCQG_ID, opened.portal_id, day):
            codes.append(DatedCode(day, None, DVCQG_ID, opened.portal_id, IMPORTED, source))
        record = replace(unit, codes=tuple(sorted(codes, key=lambda code: (code.scheme, code.code, code.order))))
        digest = hashlib.sha256(f"{closed} {opened.code} {day}".encode()).hexdigest()
        revision = await next_revision(
            connection, "units", digest, {"code_moved": [form.code, after.code], "realm": realm}
        )
        await replace_units(connection, [record], revision)
    return Outcome("register", f"Đơn vị đổi mã từ {form.code} sang {after.code}."), revision


async def follow_successor(
    connection: asyncpg.Connection,
    closed: str,
    successor: str,
    *,
    realm: str,
    day: dt.date,
    legal_basis: str,
    source: str,
) -> int:
    """A person names the successor of a closed agency: from that day it went wholly into it. Returns the register load.

    Raises Invalid where one of the codes means no unit on the day before or on the day, where both mean the same unit, or
    where the closed unit comes from the shipped register, whose lineage is corrected there.
    """
    async with connection.transaction(), acting_as(connection, "ranking-worker"):
        await hold_register_lock(connection)
        catalogue = await load_units(connection)
        form, into = parse_unit_code(closed), parse_unit_code(successor)
        before, after = (catalogue.resolve(one.scheme, one.code, day, realm).unit_id for one in (form, into))
        if before is None or after is None or before == after:
            raise Invalid(
                f"{closed} and {successor} do not mean two units on {day}.",
                code="successor_unusable",
                hint="Name the closed agency and the one it went into, by their codes.",
            )
        unit = catalogue.unit(before)
        if unit.provenance != IMPORTED:
            raise Invalid(
                f"{unit.names[-1].name} is a unit of the shipped register.",
                code="unit_shipped",
                hint="Its end and successor come with the next shipped register.",
            )
        ended = replace(
            unit, end=day, names=_until(unit.names, day), codes=_until(unit.codes, day), parents=_until(unit.parents, day),
            blocks=_until(unit.blocks, day),
        )  # fmt: skip
        digest = hashlib.sha256(f"{closed} {successor} {day}".encode()).hexdigest()
        revision = await next_revision(
            connection, "units", digest, {"closed": form.code, "successor": into.code, "realm": realm}
        )
        await replace_units(connection, [ended], revision)
        await replace_links(connection, [], [LineageLink(before, after, "full", day, legal_basis, source)])
    return revision


def _until(states: tuple[State, ...], day: dt.date) -> tuple[State, ...]:
    """The states cut at a day; those that would begin later are gone."""
    return tuple(replace(one, end=min(one.end or day, day)) for one in states if one.order < day)
