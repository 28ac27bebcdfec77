"""What is held of a dossier, in the field names of the record that was sent; and how many records came on which day.

A sending system sees dossiers of its own authority and realm, and of units within its scope only. Nothing personal can
be shown, because none was stored.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import asyncpg

from parindex.dossiers.history import history
from parindex.dossiers.records import STATUS_TITLES, STEP_COLUMNS, VERSION_COLUMNS, Status, Step, Version
from parindex.engine.period import VIETNAM, local_day
from parindex.errors import NotFound
from parindex.units.catalogue import UnitCatalogue
from parindex.web.auth import Caller
from survey_ingest.dossiers.codes import APPLICANTS
from survey_ingest.dossiers.reach import beyond_reach, key_of
from survey_ingest.dossiers.read_record import read_code
from survey_ingest.dossiers.wire import HeldDossier, HeldVersion, ReceiptDay
from survey_ingest.motcua.wire import Caution

_VERSIONS = "SELECT * FROM dossier_version WHERE tenant_id = $1 AND realm = $2 AND dossier_key = $3 ORDER BY version_no"
_NEWEST = f"{_VERSIONS} DESC LIMIT 1"
_STEPS = """
SELECT * FROM dossier_step
WHERE tenant_id = $1 AND realm = $2 AND dossier_key = $3 ORDER BY coalesce(at, recorded_at), recorded_at, position
"""
_RECEIPTS = """
SELECT local_day, kind, count(*)::int, sum(records)::int, sum(stored)::int, sum(duplicate)::int, sum(refused)::int
FROM dossier_receipt WHERE tenant_id = $1 AND system_id = $2 AND local_day BETWEEN $3 AND $4
GROUP BY local_day, kind ORDER BY local_day, kind
"""
_APPLICANT_CODES = {word: code for code, word in APPLICANTS.items()}
_MOMENTS = {
    "NgayNopHoSo": "submitted_at",
    "NgayTiepNhan": "accepted_at",
    "NgayHenTra": "due_at",
    "NgayKetThucXuLy": "finished_at",
    "NgayTra": "returned_at",
    "NgayTuChoi": "refused_at",
}
_FLAGS = {
    "HoSoCoThanhPhanSoHoa": "digitised",
    "DuocTaiSuDung": "reused",
    "DuocLayTuKhoDMQG": "personal_storage",
    "TaiKhoanDuocXacThucVoiVNeID": "population",
    "CoNghiaVuTaiChinh": "fee_due",
}
_COUNTS = {"SoDongLePhi": "fee_lines", "SoGiayToKetQua": "results", "SoKetQuaDienTu": "results_electronic"}
KIND_NAMES = {"dossier": "ho-so", "progress": "tien-trinh", "petition": "pakn"}


def _compact(at: dt.datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(VIETNAM):%Y%m%d%H%M%S}"


def _text(value: int | None) -> str:
    return "" if value is None else str(value)


def in_portal_fields(row: asyncpg.Record) -> dict[str, Any]:
    """A version in the record's field names, everything as text; what was not given is ''."""
    return {
        "MaHoSo": row["dossier_code"],
        "MaTTHC": row["procedure_code"] or "",
        "MaLinhVuc": row["field_code"] or "",
        "KenhThucHien": _text(row["channel"]),
        "LoaiDoiTuong": _APPLICANT_CODES.get(row["applicant"], ""),
        "TrangThaiHoSo": _text(row["status"]) or row["status_raw"],
        **{name: _compact(row[column]) for name, column in _MOMENTS.items()},
        "DuocThanhToanTrucTuyen": _text(row["payment"]),
        **{name: "" if row[column] is None else str(row[column]) for name, column in _FLAGS.items()},
        **{name: _text(row[column]) for name, column in _COUNTS.items()},
        "DanhSachHoSoBoSung": [
            {"NgayBoSung": _compact(begun), "NgayTiepNhanBoSung": _compact(ended)}
            for begun, ended in zip(row["supplement_from"], row["supplement_to"], strict=True)
        ],
    }


async def _key(connection: asyncpg.Connection, caller: Caller, code: str, units: UnitCatalogue) -> str:
    """The key of a dossier that the caller may see. Raises NotFound."""
    text, _, fault = read_code(code)
    key = key_of(text, caller)
    if fault or await beyond_reach(connection, caller, [key], units, dt.datetime.now(dt.UTC)):
        raise _not_found()
    return key


def _not_found() -> NotFound:
    return NotFound(
        "No dossier of that code is held for this sending system.",
        code="dossier_not_found",
        hint="Check MaHoSo; a dossier that was never sent here is not known here.",
    )


async def held_dossier(connection: asyncpg.Connection, caller: Caller, code: str, units: UnitCatalogue) -> HeldDossier:
    """Every version and step of a dossier, and what is odd in its history. Raises NotFound."""
    where = (caller.tenant_id, caller.realm, await _key(connection, caller, code, units))
    rows = await connection.fetch(_VERSIONS, *where)
    if not rows:
        raise _not_found()
    today = local_day(dt.datetime.now(dt.UTC))
    versions = tuple(
        HeldVersion(
            row["version_no"],
            row["recorded_at"].astimezone(VIETNAM).isoformat(),
            units.codes(row["unit_id"], today).get("h_code"),
            row["unit_from"],
            in_portal_fields(row),
        )
        for row in rows
    )
    stepped = await connection.fetch(_STEPS, *where)
    steps = tuple(
        {
            "ThoiDiemXuLy": _compact(row["at"]),
            "TrangThai": _text(row["status"]) or row["status_raw"],
            "NgayBatDau": _compact(row["started_at"]),
            "NgayKetThucTheoQuyDinh": _compact(row["due_at"]),
            "ThoiDiemNhan": row["recorded_at"].astimezone(VIETNAM).isoformat(),
        }
        for row in stepped
    )
    status = rows[-1]["status"]
    title = "" if status is None else STATUS_TITLES[Status(status)]
    said = history(
        [Version(*(row[name] for name in VERSION_COLUMNS)) for row in rows],
        [Step(*(row[name] for name in STEP_COLUMNS)) for row in stepped],
    )
    return HeldDossier(
        rows[-1]["dossier_code"],
        caller.realm,
        _text(status) or rows[-1]["status_raw"],
        title,
        versions,
        steps,
        tuple(Caution(one.code, one.field, one.message) for one in said.findings) if said else (),
    )


async def newest_version(
    connection: asyncpg.Connection, caller: Caller, code: str, units: UnitCatalogue
) -> dict[str, Any] | None:
    """The newest version of a dossier in the record's field names; None where none is held."""
    try:
        where = (caller.tenant_id, caller.realm, await _key(connection, caller, code, units))
    except NotFound:
        return None
    row = await connection.fetchrow(_NEWEST, *where)
    return None if row is None else in_portal_fields(row)


async def receipts_of(
    connection: asyncpg.Connection, caller: Caller, first: dt.date, last: dt.date
) -> tuple[ReceiptDay, ...]:
    """Records that the asking system sent about dossiers, by local day of receipt and kind."""
    rows = await connection.fetch(_RECEIPTS, caller.tenant_id, caller.system_id, first, last)
    return tuple(ReceiptDay(row[0].isoformat(), KIND_NAMES[row[1]], *row[2:]) for row in rows)
