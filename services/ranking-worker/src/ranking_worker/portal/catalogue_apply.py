"""What changes of a catalogue mean for the register: agencies and procedures, each change with what became of it.

Agencies only of the authority's own level-1 codes; other provinces are theirs. Sectors are kept as the portal's entries.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from parindex.register.portal_agencies import Outcome, PortalAgency, enter_agencies, move_code, plain_name
from parindex.register.procedures import import_procedures, procedure_base
from parindex.units.codes import level_one
from parindex.units.names import spelling_key
from ranking_worker.portal.catalogue_changes import Change, Comparison
from ranking_worker.portal.catalogue_entries import Catalogue
from ranking_worker.portal.link import Link

FIRST_DAY = dt.date(2025, 7, 1)
"""Two-tier administration: what stands in the first pull is entered from that day on; since when it really stands is in no list."""
_NOT_OURS = Outcome("none", "Ngoài phạm vi của cơ quan sử dụng hệ thống.")
_KEPT = Outcome("none", "Giữ trong danh mục của Cổng.")
_COLUMNS = ("code", "name", "field_code", "valid_from", "valid_to", "source")


@dataclass(frozen=True, slots=True)
class Applied:
    """Outcome of each change by code, and the newest register load that carried some of them."""

    outcomes: Mapping[str, Outcome]
    revision: int | None = None


async def apply_changes(
    connection: asyncpg.Connection, link: Link, catalogue: Catalogue, found: Comparison, *, first: bool
) -> Applied:
    """Brings the changes into the register, in the caller's transaction. `first`: the whole first pull, which opens nothing."""
    if catalogue == "agency":
        return await _agencies(connection, link, found, first=first)
    if catalogue == "procedure":
        return await _procedures(connection, link, found, first=first)
    return Applied(dict.fromkeys((change.code for change in found.changes), _KEPT))


async def _agencies(connection: asyncpg.Connection, link: Link, found: Comparison, *, first: bool) -> Applied:
    realm, today, source = link.profile.realm, link.today, _source("Danh mục cơ quan", link.today)
    ours = scope_of(link)
    known = link.registers.current.units
    changes = [change for change in found.changes if ours is None or level_one(change.code) in ours]
    outcomes = dict.fromkeys((change.code for change in found.changes), _NOT_OURS)
    outcomes |= {
        change.code: Outcome("none", "Đổi tên trên Cổng; sổ đăng ký giữ tên theo văn bản.")
        for change in changes
        if change.kind == "changed"
    }
    opened = {change.code: _agency(change) for change in changes if change.kind == "opened"}
    revisions: list[int | None] = []
    for change in changes:
        if change.kind != "closed":
            continue
        heirs = [code for code, agency in opened.items() if _namesakes(change, agency)]
        if len(heirs) == 1:
            moved, revision = await move_code(
                connection, change.code, opened[heirs[0]], realm=realm, day=today, source=source, known=known
            )
            outcomes[change.code] = outcomes[heirs[0]] = moved
            if moved.applied != "person":
                del opened[heirs[0]]
            revisions.append(revision)
        else:
            outcomes[change.code] = _closed(link, change)
    entered, revision = await enter_agencies(
        connection, list(opened.values()), realm=realm, since=FIRST_DAY if first else today, today=today, source=source,
        new_communes=not first, known=known,
    )  # fmt: skip
    return Applied(outcomes | entered, max((one for one in (*revisions, revision) if one), default=None))


def scope_of(link: Link) -> frozenset[str] | None:
    """Level-1 codes whose agencies enter the register; None: all of them."""
    if link.profile.authority == "nation":
        return frozenset(link.profile.pulls.units) or None if link.profile.pulls else None
    return frozenset({link.profile.authority})


def _agency(change: Change) -> PortalAgency:
    content: Mapping[str, Any] = change.after or {}
    return PortalAgency(change.code, str(content["name"]), str(content.get("id") or ""))


def _namesakes(change: Change, agency: PortalAgency) -> bool:
    before = str((change.before or {}).get("name", ""))
    same = spelling_key(plain_name(before)) == spelling_key(plain_name(agency.name))
    return same and level_one(change.code) == level_one(agency.code)


def _closed(link: Link, change: Change) -> Outcome:
    """A closed code that means nothing here needs nothing; one that already follows its successor neither."""
    units, realm, today = link.registers.current.units, link.profile.realm, link.today
    meaning = units.resolve("h_code", change.code, today, realm)
    if meaning.status == "unknown":
        return Outcome("none", "Sổ đăng ký không có đơn vị mang mã này.")
    if meaning.status == "followed":
        return Outcome("register", "Sổ đăng ký đã có đơn vị kế thừa.")
    return Outcome("person", "Cổng đã đóng mã nhưng không có đơn vị kế thừa duy nhất cùng tên; cần người xác định.")


async def _procedures(connection: asyncpg.Connection, link: Link, found: Comparison, *, first: bool) -> Applied:
    outcomes = dict.fromkeys((change.code for change in found.changes), _KEPT)
    by_base: dict[str, list[Change]] = {}
    for change in found.changes:
        if base := procedure_base(change.code):
            by_base.setdefault(base, []).append(change)
        else:
            outcomes[change.code] = Outcome("none", "Mã ngoài cơ sở dữ liệu quốc gia về thủ tục hành chính.")
    stored = {
        row["base_code"]: row
        for row in await connection.fetch(
            "SELECT base_code, name, field_code, lower(valid) AS start, upper(valid) AS end FROM procedure"
            " WHERE base_code = ANY($1::text[])", list(by_base),
        )
    }  # fmt: skip
    # Copies of one national code with different suffixes: it is closed only when the last of them is.
    still = {
        procedure_base(code)
        for (code,) in await connection.fetch(
            "SELECT code FROM portal_entry WHERE tenant_id = $1 AND catalogue = 'procedure' AND NOT code = ANY($2::text[])",
            link.tenant_id, [change.code for change in found.of("closed")],
        )
    } | {procedure_base(change.code) for change in found.of("opened")}  # fmt: skip
    rows = []
    for base, changes in sorted(by_base.items()):
        row = _row(base, changes, stored.get(base), base in still, FIRST_DAY if first else link.today, link.today)
        if isinstance(row, Outcome):
            outcomes |= {change.code: row for change in changes}
        else:
            rows.append(row)
            outcomes |= {change.code: Outcome("register", "Cập nhật danh mục thủ tục.") for change in changes}
    if not rows:
        return Applied(outcomes)
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS)
    writer.writeheader()
    writer.writerows({**row, "source": _source("Danh mục thủ tục", link.today)} for row in rows)
    report = await import_procedures(connection, text.getvalue())
    for finding in report.findings:
        base = rows[int(finding.field.removeprefix("line ").partition(":")[0]) - 2]["code"]
        outcomes |= {change.code: Outcome("person", f"Không nhập được: {finding.message}") for change in by_base[base]}
    return Applied(outcomes, report.revision)


def _row(
    base: str, changes: Sequence[Change], stored: asyncpg.Record | None, still: bool, since: dt.date, today: dt.date
) -> dict[str, str] | Outcome:
    """The procedure as the register is to have it, or why it stays as it is."""
    living = [change for change in changes if change.kind != "closed"]
    if not living:
        if stored is None:
            return Outcome("none", "Danh mục thủ tục không có mã này.")
        if still or stored["end"] is not None:
            return Outcome("none", "Mã gốc vẫn còn hiệu lực hoặc đã đóng.")
        end = max(today, stored["start"] + dt.timedelta(days=1))
        return _written(base, stored["name"], stored["field_code"], stored["start"], end)
    # The national row itself goes before the copies of agencies.
    after = min(living, key=lambda change: (change.code != base, change.code)).after or {}
    fields = after.get("fields") or []
    field = fields[0] if fields else (stored["field_code"] if stored is not None else "")
    if not field:
        return Outcome("none", "Cổng không cho biết lĩnh vực của thủ tục.")
    start = stored["start"] if stored is not None else since
    return _written(base, str(after["name"]), str(field), start, None)


def _written(base: str, name: str, field: str, start: dt.date, end: dt.date | None) -> dict[str, str]:
    return {
        "code": base, "name": name, "field_code": field, "valid_from": start.isoformat(),
        "valid_to": end.isoformat() if end else "",
    }  # fmt: skip


def _source(catalogue: str, day: dt.date) -> str:
    return f"{catalogue} của Cổng Dịch vụ công quốc gia, quan sát ngày {day:%d/%m/%Y}"
