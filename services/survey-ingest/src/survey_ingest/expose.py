"""Counts of people offered and asked, per unit, channel and local day, so that a response rate exists."""

from __future__ import annotations

import datetime as dt
from typing import Any

import asyncpg

from parindex.db.clock import recording_instant
from parindex.engine.period import local_day
from parindex.errors import Finding, Invalid
from parindex.privacy import personal_fields
from parindex.units.catalogue import UnitCatalogue
from parindex.units.codes import parse_unit_code
from parindex.web.auth import Caller
from survey_ingest import times
from survey_ingest.fields import COLLECTED_VIA
from survey_ingest.wire import ExposureResult

MOST_ITEMS = 500
MOST_PEOPLE = 1_000_000


def read_exposures(
    value: Any, caller: Caller, units: UnitCatalogue, *, today: dt.date | None = None
) -> list[tuple[int, str, str, dt.date, int, int]]:
    """(unit id, unit code, channel, day, offered, asked) of each item. Raises Invalid naming every fault; nothing is stored then.

    `today` (local) stands in for the clock: nobody can have been asked on a day that has not begun.
    """
    today = today or local_day(dt.datetime.now(dt.UTC) + times.AHEAD)
    items = value if isinstance(value, list) else [value]
    if not 1 <= len(items) <= MOST_ITEMS:
        raise Invalid(f"Expected 1 to {MOST_ITEMS} items.", code="items_out_of_range")
    findings: list[Finding] = []
    read = []
    for index, item in enumerate(items):
        before = len(findings)
        row = _read(item, f"[{index}]", caller, units, today, findings)
        if len(findings) == before:
            read.append(row)
    if findings:
        raise Invalid("Nothing was stored: some counts cannot be taken.", code="exposures_invalid", findings=findings)
    return read


def _read(item: Any, where: str, caller: Caller, units: UnitCatalogue, today: dt.date, findings: list[Finding]) -> Any:
    if not isinstance(item, dict):
        findings.append(Finding("wrong_type", where, "Expected an object."))
        return None
    if caller.personal_data != "strip":
        findings += [
            Finding(
                "personal_data",
                f"{where}.{name}",
                "This field holds personal data, which is never accepted.",
                "Remove the field before sending.",
            )
            for name in personal_fields(item)
        ]
    day = None
    try:
        day = dt.datetime.strptime(item.get("local_day") or "", "%Y-%m-%d").date()  # noqa: DTZ007 (a local day has no offset)
    except (TypeError, ValueError):
        findings.append(Finding("day_unreadable", f"{where}.local_day", "Expected a day such as 2026-11-22."))
    if day is not None and day > today:
        findings.append(
            Finding(
                "day_in_future",
                f"{where}.local_day",
                f"The day is after today ({today} in Asia/Ho_Chi_Minh).",
                "Send the counts once the day has come.",
            )
        )
    via = item.get("collected_via")
    if via not in COLLECTED_VIA:
        findings.append(
            Finding("unknown_value", f"{where}.collected_via", f"Expected one of: {', '.join(COLLECTED_VIA)}.")
        )
    numbers = {}
    for name in ("offered", "asked"):
        number = item.get(name)
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= MOST_PEOPLE:
            findings.append(
                Finding("out_of_range", f"{where}.{name}", f"Expected a whole number from 0 to {MOST_PEOPLE}.")
            )
        else:
            numbers[name] = number
    if len(numbers) == 2 and numbers["asked"] > numbers["offered"]:
        findings.append(
            Finding(
                "asked_above_offered",
                f"{where}.asked",
                "More people asked than offered.",
                "offered counts everybody who could have been asked.",
            )
        )
    unit_id = _unit(item.get("unit_code"), day, where, caller, units, findings) if day else None
    return unit_id, item.get("unit_code"), via, day, numbers.get("offered"), numbers.get("asked")


def _unit(
    code: Any, day: dt.date, where: str, caller: Caller, units: UnitCatalogue, findings: list[Finding]
) -> int | None:
    try:
        form = parse_unit_code(code if isinstance(code, str) else "")
    except Invalid as error:
        findings.append(Finding(error.code, f"{where}.unit_code", error.message, error.hint))
        return None
    unit_id = units.resolve(form.scheme, form.code, day, caller.realm).unit_id
    if unit_id is None:
        findings.append(
            Finding(
                "unit_unknown",
                f"{where}.unit_code",
                "The code is not in the register on that day.",
                "See GET /v1/catalogues/units.",
            )
        )
    elif not units.in_subtree(caller.scope_unit_ids, unit_id, day):
        findings.append(
            Finding(
                "unit_out_of_scope", f"{where}.unit_code", "The unit lies outside what this credential may speak for."
            )
        )
    return unit_id


async def record_exposures(
    connection: asyncpg.Connection, caller: Caller, read: list[tuple[int, str, str, dt.date, int, int]]
) -> list[ExposureResult]:
    """Appends a revision where the counts differ from those that hold; the same again changes nothing. Runs inside the caller's transaction."""
    now = await recording_instant(connection)
    lock = f"exposure/{caller.tenant_id}/{caller.system_id}"
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", lock)
    results = []
    for unit_id, code, via, day, offered, asked in read:
        key = (caller.tenant_id, caller.system_id, unit_id, via, day)
        held = await connection.fetchrow(
            "SELECT revision, offered, asked FROM exposure WHERE tenant_id = $1 AND system_id = $2 AND unit_id = $3 AND collected_via = $4 AND local_day = $5 ORDER BY revision DESC LIMIT 1",
            *key,
        )
        changed = held is None or (held["offered"], held["asked"]) != (offered, asked)
        revision = (held["revision"] if held else 0) + int(changed)
        if changed:
            await connection.execute(
                "INSERT INTO exposure (tenant_id, system_id, unit_id, collected_via, local_day, revision, realm, offered, asked, credential_id, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                *key,
                revision,
                caller.realm,
                offered,
                asked,
                caller.credential_id,
                now,
            )
        results.append(ExposureResult(code, via, day.isoformat(), offered, asked, revision, changed))
    return results
