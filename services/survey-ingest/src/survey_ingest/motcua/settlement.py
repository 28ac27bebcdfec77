"""Reconciliation by the vendor's own counts: per unit and day against the sheets that we hold, differences in words.

Held is every sheet with an answer that made it durable for the first time: counted, kept as a repeat, withdrawn since, or
waiting for the catalogue. The balance beside it counts posts, as the canonical dialect does.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import asyncpg

from parindex.errors import Finding, Invalid
from parindex.units.codes import parse_unit_code
from parindex.web.auth import Caller
from survey_ingest.balance import balance_of
from survey_ingest.interpret import Catalogues
from survey_ingest.motcua import wire_settlement

MOST_DAYS, MOST_ROWS = 93, 20_000
_FORMS = ("%Y-%m-%d", "%Y%m%d", "%d/%m/%Y", "%Y%m%d%H%M%S")
_COUNT = re.compile(r"\d{1,9}", re.ASCII)

Place = int | str
"""Unit id, or the canonical text of a code that the register does not know."""
By = Literal["TIEP_NHAN", "DANH_GIA"]

_WHEN: dict[By, tuple[str, str]] = {
    "TIEP_NHAN": ("(received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date",) * 2,
    "DANH_GIA": ("local_day", "((body->>'answered_at')::timestamptz AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"),
}
_STORED = """
SELECT unit_id, {when} AS day, count(*)::int FROM response
WHERE tenant_id = $1 AND system_id = $2 AND {when} BETWEEN $3 AND $4 GROUP BY 1, 2
"""
_WAITING = """
SELECT body->>'unit_code', {when} AS day, count(*)::int FROM quarantine q
WHERE tenant_id = $1 AND system_id = $2 AND {when} BETWEEN $3 AND $4
  AND NOT EXISTS (SELECT 1 FROM quarantine_outcome o WHERE o.tenant_id = q.tenant_id AND o.system_id = q.system_id
                  AND o.response_id = q.response_id AND o.revision = q.revision AND o.outcome <> 'withdrawn')
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What the vendor counted: sheets per place, and per day where it said the day."""

    first: dt.date
    last: dt.date
    by: By
    sheets: Counter[tuple[Place, dt.date | None]]
    codes: dict[Place, str]
    """How the vendor wrote each place."""


def _day(text: Any) -> dt.date | None:
    for form in _FORMS if isinstance(text, str) else ():
        try:
            return dt.datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 (a local day has no offset)
        except ValueError:
            continue
    return None


def read_claim(body: dict[str, Any], catalogues: Catalogues, realm: str) -> Claim:
    """The vendor's table. Raises Invalid with every fault in it."""
    findings: list[Finding] = []
    days = {name: _day(body.get(name)) for name in ("TuNgay", "DenNgay")}
    findings += [
        Finding("day_unreadable" if body.get(name) else "missing", name, "") for name, day in days.items() if not day
    ]
    first, last = days["TuNgay"] or dt.date.min, days["DenNgay"] or dt.date.max
    if not findings and not dt.timedelta(0) <= last - first < dt.timedelta(days=MOST_DAYS):
        findings.append(Finding("days_out_of_range", "DenNgay", f"At most {MOST_DAYS} days."))
    wanted = body.get("TheoNgay") or "TIEP_NHAN"
    by = next((one for one in _WHEN if one == wanted), None)
    if by is None:
        findings.append(Finding("unknown_value", "TheoNgay", "Expected TIEP_NHAN or DANH_GIA."))
    rows = body.get("DanhSach")
    if rows is None or rows == "":
        rows = []
    if not isinstance(rows, list) or len(rows) > MOST_ROWS:
        findings.append(Finding("wrong_type", "DanhSach", f"Expected a list of at most {MOST_ROWS} rows."))
        rows = []
    sheets: Counter[tuple[Place, dt.date | None]] = Counter()
    codes: dict[Place, str] = {}
    for index, row in enumerate(rows):
        where = f"DanhSach[{index}]"
        if not isinstance(row, dict):
            findings.append(Finding("wrong_type", where, "Expected an object."))
            continue
        day = _day(row.get("Ngay")) if row.get("Ngay") else None
        faults = _row_faults(row, day, first, last, where)
        findings += faults
        if not faults:
            place = _place(row["MaDonVi"], min(day or last, last), catalogues, realm)
            codes.setdefault(place, row["MaDonVi"].strip())
            sheets[place, day] += int(row["SoPhieu"])
    if findings or by is None:
        raise Invalid("The table has faults.", code="settlement_invalid", findings=findings)
    return Claim(first, last, by, sheets, codes)


def _row_faults(row: dict[str, Any], day: dt.date | None, first: dt.date, last: dt.date, where: str) -> list[Finding]:
    faults = []
    try:
        parse_unit_code(row["MaDonVi"] if isinstance(row.get("MaDonVi"), str) else "")
    except Invalid as error:
        faults.append(Finding(error.code, f"{where}.MaDonVi", ""))
    if row.get("Ngay") and day is None:
        faults.append(Finding("day_unreadable", f"{where}.Ngay", ""))
    elif day is not None and not first <= day <= last:
        faults.append(Finding("day_outside", f"{where}.Ngay", ""))
    count = row.get("SoPhieu")
    if isinstance(count, bool) or not isinstance(count, (int, str)) or not _COUNT.fullmatch(str(count).strip()):
        faults.append(Finding("count_unreadable", f"{where}.SoPhieu", ""))
    return faults


def _place(code: str, day: dt.date, catalogues: Catalogues, realm: str) -> Place:
    form = parse_unit_code(code)
    unit_id = catalogues.units.resolve(form.scheme, form.code, day, realm).unit_id
    return form.text if unit_id is None else unit_id


async def _held(connection: asyncpg.Connection, caller: Caller, claim: Claim) -> Counter[tuple[Place, dt.date]]:
    keys = (caller.tenant_id, caller.system_id, claim.first, claim.last)
    held: Counter[tuple[Place, dt.date]] = Counter()
    for query, when in zip((_STORED, _WAITING), _WHEN[claim.by], strict=True):
        for place, day, count in await connection.fetch(query.format(when=when), *keys):
            held[place, day] += count
    return held


async def settle(
    connection: asyncpg.Connection, caller: Caller, claim: Claim, catalogues: Catalogues
) -> wire_settlement.Settled:
    """The vendor's table against what we hold. Without rows only the balance is given, and nothing is compared."""
    held = await _held(connection, caller, claim)
    differences = _differences(claim, held, catalogues) if claim.sheets else []
    balance = await balance_of(connection, caller, claim.first, claim.last)
    total = wire_settlement.SettlementBalance(
        *(getattr(balance.total, name) for name in wire_settlement.SettlementBalance.__struct_fields__)
    )
    return wire_settlement.Settled(
        balance.system,
        balance.realm,
        claim.first.isoformat(),
        claim.last.isoformat(),
        not differences,
        sum(claim.sheets.values()),
        sum(held.values()),
        tuple(differences),
        total,
    )


def _differences(
    claim: Claim, held: Counter[tuple[Place, dt.date]], catalogues: Catalogues
) -> list[wire_settlement.Difference]:
    """Places that the vendor gave without days are compared over the whole span."""
    whole = {place for place, day in claim.sheets if day is None}
    theirs: Counter[tuple[Place, dt.date | None]] = Counter()
    ours: Counter[tuple[Place, dt.date | None]] = Counter()
    for (place, day), count in claim.sheets.items():
        theirs[place, None if place in whole else day] += count
    for (place, held_on), count in held.items():
        ours[place, None if place in whole else held_on] += count
    differences = []
    for place, day in sorted(theirs.keys() | ours.keys(), key=lambda key: (str(key[0]), key[1] or dt.date.min)):
        sent, kept = theirs[place, day], ours[place, day]
        if sent != kept:
            code, name = _named(place, day or claim.last, claim, catalogues)
            said = _in_words(code, name, day, sent, kept)
            on = None if day is None else day.isoformat()
            differences.append(wire_settlement.Difference(code, name, on, sent, kept, kept - sent, said))
    return differences


def _named(place: Place, day: dt.date, claim: Claim, catalogues: Catalogues) -> tuple[str, str | None]:
    if isinstance(place, str):
        return claim.codes.get(place, place), None
    codes = catalogues.units.codes(place, day)
    code = codes.get("h_code") or (f"gso:{codes['gso']}" if "gso" in codes else str(place))
    return claim.codes.get(place, code), catalogues.units.name(place, day)


def _in_words(code: str, name: str | None, day: dt.date | None, sent: int, kept: int) -> str:
    unit = f"{name} ({code})" if name else f"Mã {code} (chưa có trong danh mục)"
    when = f"ngày {day:%d/%m/%Y}" if day else "trong cả khoảng"
    begin = f"{unit}, {when}: bạn ghi {sent} phiếu, hệ thống giữ {kept} phiếu"
    if kept < sent:
        return f"{begin}, thiếu {sent - kept}. Hãy gửi lại các phiếu đó: phiếu đã có chỉ được trả lời là trùng, không tính hai lần; phiếu từng bị từ chối cần sửa trước."
    return f"{begin}, thừa {kept - sent}. Hãy kiểm tra bảng đếm của bạn; phiếu gửi nhầm có thể thu hồi."
