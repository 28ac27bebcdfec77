"""Reads what the portal says of one procedure (`LayThuTuc`, `get-formality-by-citizen`) beyond its name. Pure.

Strict where figures depend on it (limits are numbers of a known unit), lenient about the rest. What the answer does not
say is None or '', never "no".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from parindex.errors import Finding
from parindex.units.names import fold

_UNITS = {
    "ngay lam viec": "working_day",
    "ngay": "calendar_day",
    "ngay lich": "calendar_day",
    "gio": "hour",
    "gio lam viec": "hour",
}
_HOURS = {"working_day": Decimal(8) * 7 / 5, "calendar_day": Decimal(8), "hour": Decimal(1)}
"""For the longest of several limits only: a working day is 7/5 of a calendar day, a day has 8 working hours."""
_LEVELS = {"2": "information", "3": "partial", "4": "full"}
"""Levels as vendors write them since the names replaced the numbers (Nghị định 42/2022/NĐ-CP)."""
_LEVEL_KEYS = ("MUCDO", "MUCDODVC", "MUCDOTRUCTUYEN")
_PAYMENT_KEYS = ("THANHTOANTRUCTUYEN", "TICHHOPTHANHTOAN")
_PERSONS = ("cong dan", "ca nhan", "nguoi")
ONLINE = "2"
"""`KENH`: 1 at the counter, 2 online, 3 by post."""


@dataclass(frozen=True, slots=True)
class Details:
    """As the columns of `procedure_detail`."""

    service_level: str = ""
    limit_days: Decimal | None = None
    """In `limit_unit`."""
    limit_unit: str = ""
    has_fee: bool | None = None
    payment_integrated: bool | None = None
    result_due: bool | None = None
    for_citizens: bool | None = None
    units: tuple[str, ...] | None = None


def read_details(document: Any) -> tuple[Details | None, tuple[Finding, ...]]:
    """The details of the one procedure of an answer; None with a finding where there is none."""
    record = _record(document)
    if record is None:
        message = "The record of one procedure with the key MATTHC or CACHTHUCTHUCHIEN was expected."
        return None, (Finding("schema_surprise", "", message, "The details known so far hold."),)
    findings: list[Finding] = []
    ways = _dicts(record.get("CACHTHUCTHUCHIEN"))
    times = [time for way in ways for time in _dicts(way.get("THOIGIAN"))]
    limit_days, limit_unit = _limit(times, findings)
    return Details(
        _level(record, ways),
        limit_days,
        limit_unit,
        _fee(
            [*(fee for time in times for fee in _dicts(time.get("PHILEPHI"))), *_dicts(record.get("PHILEPHI"))], times
        ),
        _switch(record, _PAYMENT_KEYS),
        _any(record, "KETQUATHUCHIEN"),
        _persons(record),
        _agencies(record),
    ), tuple(findings)


def _record(document: Any) -> Mapping[str, Any] | None:
    for value in _candidates(document):
        if isinstance(value, dict) and value.keys() & {"MATTHC", "CACHTHUCTHUCHIEN"}:
            return value
    return None


def _candidates(document: Any) -> Iterable[Any]:
    if not isinstance(document, dict):
        return
    for key in ("result", "data"):
        value = document.get(key)
        yield from value if isinstance(value, list) else [value]
        if isinstance(value, dict):
            yield value.get("detail")


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _level(record: Mapping[str, Any], ways: list[dict[str, Any]]) -> str:
    for key in _LEVEL_KEYS:
        if (level := _LEVELS.get(str(record.get(key, "")).strip())) is not None:
            return level
    channels = {str(way.get("KENH", "")).strip() for way in ways} - {""}
    # Without the online channel it only informs; with it the answer does not say whether wholly or in part.
    return "information" if channels and ONLINE not in channels else ""


def _limit(times: list[dict[str, Any]], findings: list[Finding]) -> tuple[Decimal | None, str]:
    """The longest of the limits given."""
    found: list[tuple[Decimal, Decimal, str]] = []
    for time in times:
        given, word = str(time.get("THOIGIANGIAIQUYET") or "").strip(), str(time.get("DONVITINH") or "").strip()
        if not given:
            continue
        unit = _UNITS.get(fold(word), "")
        try:
            amount = Decimal(given.replace(",", "."))
        except InvalidOperation:
            amount = Decimal("NaN")
        if not unit or not amount.is_finite() or amount < 0:
            message = f"{given[:40]!r} {word[:40]!r} is no time limit that is understood."
            findings.append(
                Finding("limit_unreadable", "CACHTHUCTHUCHIEN", message, "Dossiers of it need their own due date.")
            )
            continue
        found.append((amount * _HOURS[unit], amount, unit))
    if not found:
        return None, ""
    _, amount, unit = max(found)
    return amount, unit


def _fee(fees: list[dict[str, Any]], times: list[dict[str, Any]]) -> bool | None:
    amounts = [digits for fee in fees if (digits := "".join(c for c in str(fee.get("SOTIEN")) if c.isdigit()))]
    if any(int(digits) > 0 for digits in amounts):
        return True
    said = any("PHILEPHI" in time for time in times)
    return False if said and len(amounts) == len(fees) else None


def _switch(record: Mapping[str, Any], keys: Iterable[str]) -> bool | None:
    for key in keys:
        if (word := str(record.get(key, "")).strip().casefold()) in ("1", "true", "0", "false"):
            return word in ("1", "true")
    return None


def _any(record: Mapping[str, Any], key: str) -> bool | None:
    return bool(record[key]) if isinstance(record.get(key), list) else None


def _persons(record: Mapping[str, Any]) -> bool | None:
    if not isinstance(record.get("DOITUONGTHUCHIEN"), list):
        return None
    names = [fold(str(subject.get("TENDOITUONG") or "")) for subject in _dicts(record["DOITUONGTHUCHIEN"])]
    return any(word in name for name in names for word in _PERSONS) if any(names) else None


def _agencies(record: Mapping[str, Any]) -> tuple[str, ...] | None:
    codes = {str(agency.get("MADONVI") or "").strip() for agency in _dicts(record.get("COQUANTHUCHIEN"))} - {""}
    return tuple(sorted(codes)) or None
