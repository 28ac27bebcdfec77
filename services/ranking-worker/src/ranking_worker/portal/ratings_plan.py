"""Puts single ratings into the outbox, where a profile has them switched on: neutral records without a person, a comment or an official.

Follows `response` in the order in which it was recorded; a response that does not count at that moment is left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import asyncpg

from parindex.db.clock import wait_for_recorders
from parindex.instruments.catalogue import Instrument
from ranking_worker.portal.guard import on_pattern
from ranking_worker.portal.link import Link
from ranking_worker.portal.outbox import put
from ranking_worker.portal.state import read_state, write_state

MOST = 500
"""Responses taken in one go."""
_START = "1970-01-01T00:00:00+00:00"
_RESPONSES = """
SELECT r.system_id, r.response_id, r.recorded_at, r.answered_at, r.local_day, r.unit_id, r.instrument_version_id, r.answers, r.dossier_code,
       r.procedure_base,
       1 + coalesce((SELECT sum(c.delta) FROM response_change c WHERE c.tenant_id = r.tenant_id AND c.system_id = r.system_id
                     AND c.response_id = r.response_id), 0) AS counts
FROM response r
WHERE r.tenant_id = $1 AND r.realm = $2 AND r.instrument_version_id = ANY($3::int[]) AND r.local_day >= $4
  AND r.recorded_at < $5 AND (r.recorded_at, r.system_id, r.response_id) > ($6, $7, $8)
ORDER BY r.recorded_at, r.system_id, r.response_id LIMIT $9
"""


async def plan_ratings(link: Link) -> int:
    """How many ratings were put. May run twice. Call in the profile's turn."""
    ratings = link.profile.ratings
    if ratings is None:
        return 0
    async with link.database.transaction() as connection:
        before = await connection.fetchval("SELECT clock_timestamp()")
        await wait_for_recorders(connection)  # What was recorded before that instant is committed and seen.
    count = 0
    async with link.database.transaction() as connection:
        await link.registers.renew(connection)
        instruments = link.registers.current.instruments
        wanted = [one.instrument_version_id for one in instruments.instruments if one.code in ratings.instruments]
        at = await read_state(connection, link.tenant_id, link.profile.name, "ratings")
        cursor = (
            dt.datetime.fromisoformat(at.get("recorded_at", _START)),
            at.get("system_id", 0),
            at.get("response_id", ""),
        )
        rows = await connection.fetch(
            _RESPONSES, link.tenant_id, link.profile.realm, wanted, ratings.first, before, *cursor, MOST
        )
        for row in rows:
            record = _neutral(link, row) if row["counts"] == 1 else None
            if record is not None:
                subject = f"{link.profile.name}/{row['system_id']}/{row['response_id']}"
                now = link.clock.now()
                count += await put(
                    connection, link.tenant_id, link.profile.name, link.profile.realm, "rating", subject, record, now
                )
        if rows:
            last = rows[-1]
            state = {
                "recorded_at": last["recorded_at"].isoformat(),
                "system_id": last["system_id"],
                "response_id": last["response_id"],
            }
            await write_state(connection, link.tenant_id, link.profile.name, "ratings", state, link.clock.now())
    return count


def _neutral(link: Link, row: asyncpg.Record) -> dict[str, Any] | None:
    """The neutral record of a response; None when its unit has no code of the kind that the portal knows, or no person answered anything."""
    registers = link.registers.current
    code = registers.units.codes(row["unit_id"], row["local_day"]).get("h_code")
    if code is None:
        return None
    return neutral_rating(dict(row), code, registers.instruments.by_id(row["instrument_version_id"]))


def neutral_rating(response: Mapping[str, Any], unit_code: str, instrument: Instrument) -> dict[str, Any] | None:
    """`{MaHoSo?, MaTTHC?, MaDonVi, ThoiDiemDanhGia, MaBoCauHoi, PhienBan, DanhSachTraLoi, MucDoHaiLong?}`; None without an answer of a person.

    A dossier code leaves only in the national form: others may be made of somebody's number. What software filled in and
    free text never leave. Pure.
    """
    answers = response["answers"]
    given: list[dict[str, Any]] = []
    overall = None
    for item in instrument.items.values():
        for column in item.columns:
            value = answers[column - 1] if column <= len(answers) else None
            if value is None or value < 0:
                continue
            option = instrument.column(column).option
            if option is not None and value != 1:
                continue
            given.append({"MaCauHoi": item.code, "GiaTri": option if option is not None else str(value)})
            if item is instrument.overall:
                overall = str(value)
    if not given:
        return None
    record: dict[str, Any] = {
        "MaDonVi": unit_code,
        "ThoiDiemDanhGia": response["answered_at"].astimezone(dt.UTC).isoformat(timespec="seconds"),
        "MaBoCauHoi": instrument.code,
        "PhienBan": instrument.version,
        "DanhSachTraLoi": given,
    }
    if on_pattern(response["dossier_code"]):
        record["MaHoSo"] = response["dossier_code"]
    if response["procedure_base"]:
        record["MaTTHC"] = response["procedure_base"]
    if overall is not None:
        record["MucDoHaiLong"] = overall
    return record
