"""Petitions (phản ánh, kiến nghị) as counts of a unit and month: no content and nobody's name. The newest revision holds."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from parindex import privacy
from parindex.db.clock import recording_instant
from parindex.engine.period import local_day
from parindex.errors import Finding, Invalid, TooLarge
from parindex.units.catalogue import UnitCatalogue
from parindex.units.codes import parse_unit_code
from parindex.web.auth import Caller
from survey_ingest.body import MOST_ITEMS, decoded
from survey_ingest.dossiers.codes import code_text
from survey_ingest.dossiers.receipts import Outcome, leave_behind
from survey_ingest.dossiers.wire import PETITION_NAMES, PetitionLine
from survey_ingest.facts import new_id

COUNTS = ("received", "about_rules", "about_staff", "due", "on_time", "satisfied", "dossiers_complained")
_AT_MOST = (
    ("about_rules", "received"),
    ("about_staff", "received"),
    ("due", "received"),
    ("on_time", "due"),
    ("satisfied", "due"),
)
"""Part and whole."""
_MONTH = re.compile(r"(\d{4})-?(0[1-9]|1[0-2])|(0[1-9]|1[0-2])/(\d{4})", re.ASCII)
_LARGEST = 100_000_000


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts of one unit and month; `month` is its first day."""

    unit_id: int
    unit_code: str
    month: dt.date
    counts: tuple[int, ...]


def read_petitions(
    items: Sequence[Any], caller: Caller, units: UnitCatalogue, *, today: dt.date | None = None
) -> list[Counted]:
    """The counts. Raises Invalid naming every fault; nothing is stored then. `today` (local) stands in for the clock."""
    if not 1 <= len(items) <= MOST_ITEMS:
        kind = TooLarge if items else Invalid
        raise kind(f"Expected 1 to {MOST_ITEMS} items.", code="too_many_items" if items else "records_missing")
    today = today or local_day(dt.datetime.now(dt.UTC))
    findings: list[Finding] = []
    read: dict[tuple[int, dt.date], Counted] = {}
    for index, item in enumerate(items):
        one = _read(decoded(item), f"[{index}]", caller, units, today, findings)
        if one is not None and read.setdefault((one.unit_id, one.month), one) is not one:
            findings.append(Finding("unit_twice", f"[{index}].MaDonVi", ""))
    if findings:
        raise Invalid("Nothing was stored: some counts cannot be taken.", code="petitions_invalid", findings=findings)
    return list(read.values())


def _read(
    item: Any, where: str, caller: Caller, units: UnitCatalogue, today: dt.date, findings: list[Finding]
) -> Counted | None:
    before = len(findings)
    if not isinstance(item, dict):
        findings.append(Finding("wrong_type", where, ""))
        return None
    if caller.personal_data != "strip":
        findings += [Finding("personal_data", f"{where}.{name}", "") for name in privacy.personal_fields(item)]
    month = _month(item.get("Thang"))
    if month is None:
        findings.append(Finding("month_unreadable", f"{where}.Thang", ""))
    elif month > today:
        findings.append(Finding("month_in_future", f"{where}.Thang", ""))
    counts: dict[str, int] = {}
    for column in COUNTS:
        text = code_text(item.get(PETITION_NAMES[column]))
        if text.isascii() and text.isdigit() and int(text) <= _LARGEST:
            counts[column] = int(text)
        else:
            findings.append(Finding("count_unreadable", f"{where}.{PETITION_NAMES[column]}", ""))
    for part, whole in _AT_MOST:
        if part in counts and whole in counts and counts[part] > counts[whole]:
            said = f"More than {PETITION_NAMES[whole]}."
            findings.append(Finding("part_above_whole", f"{where}.{PETITION_NAMES[part]}", said))
    unit = _unit(item.get("MaDonVi"), month, where, caller, units, today, findings) if month else None
    if len(findings) > before or unit is None or month is None:
        return None
    return Counted(unit[0], unit[1], month, tuple(counts[column] for column in COUNTS))


def _month(value: Any) -> dt.date | None:
    match = _MONTH.fullmatch(str(value).strip()) if isinstance(value, (str, int)) else None
    if match is None or not 1970 <= int(match[1] or match[4]) <= 9000:
        return None
    return dt.date(int(match[1] or match[4]), int(match[2] or match[3]), 1)


def _unit(
    code: Any,
    month: dt.date,
    where: str,
    caller: Caller,
    units: UnitCatalogue,
    today: dt.date,
    findings: list[Finding],
) -> tuple[int, str] | None:
    """Unit id and canonical code on the month's last day, but not after today."""
    try:
        form = parse_unit_code(code if isinstance(code, str) else "")
    except Invalid:
        findings.append(Finding("unit_code_unreadable", f"{where}.MaDonVi", ""))
        return None
    day = min((month + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1), today)
    unit_id = units.resolve(form.scheme, form.code, day, caller.realm).unit_id
    if unit_id is None:
        findings.append(Finding("unit_not_in_month", f"{where}.MaDonVi", ""))
        return None
    if not units.in_subtree(caller.scope_unit_ids, unit_id, day):
        findings.append(Finding("unit_out_of_scope", f"{where}.MaDonVi", ""))
        return None
    return unit_id, form.text


async def record_petitions(
    connection: asyncpg.Connection, caller: Caller, read: Sequence[Counted], *, now: dt.datetime | None = None
) -> list[PetitionLine]:
    """Appends a revision where the counts differ from those that hold; the same again changes nothing.

    Runs inside the caller's transaction. `now` (UTC) stands in for the database's clock.
    """
    recorded_at = await recording_instant(connection) if now is None else now
    lock = f"petition/{caller.tenant_id}/{caller.system_id}"
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", lock)
    rows = await connection.fetch(
        "SELECT DISTINCT ON (unit_id, month) unit_id, month, revision, received, about_rules, about_staff, due, on_time, satisfied, dossiers_complained"
        " FROM petition_count JOIN unnest($3::int[], $4::date[]) AS k(unit_id, month) USING (unit_id, month)"
        " WHERE tenant_id = $1 AND system_id = $2 ORDER BY unit_id, month, revision DESC",
        caller.tenant_id,
        caller.system_id,
        [one.unit_id for one in read],
        [one.month for one in read],
    )
    held = {(row[0], row[1]): (row[2], tuple(row[3:])) for row in rows}
    lines, outcomes, news = [], [], []
    for position, one in enumerate(read):
        revision, counts = held.get((one.unit_id, one.month), (0, None))
        changed = counts != one.counts
        if changed:
            revision += 1
            news.append((one.unit_id, one.month, revision, *one.counts))
        lines.append(PetitionLine(one.unit_code, f"{one.month:%Y-%m}", revision, changed))
        outcomes.append(Outcome(position, "stored" if changed else "duplicate"))
    if news:
        await connection.execute(
            "INSERT INTO petition_count (tenant_id, system_id, realm, credential_id, recorded_at, unit_id, month, revision, received, about_rules, about_staff, due, on_time, satisfied, dossiers_complained)"
            " SELECT $1, $2, $3, $4, $5, * FROM unnest($6::int[], $7::date[], $8::int[], $9::int[], $10::int[], $11::int[], $12::int[], $13::int[], $14::int[], $15::int[])",
            caller.tenant_id,
            caller.system_id,
            caller.realm,
            caller.credential_id,
            recorded_at,
            *zip(*news, strict=True),
        )
    await leave_behind(connection, caller, "petition", new_id(), outcomes, (), recorded_at)
    return lines
