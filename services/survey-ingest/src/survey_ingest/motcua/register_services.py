"""Reading services of the session dialect: units, sectors and procedures of our register in the portal's UPPERCASE keys.

Everything in one answer, all values text, as the national portal gives them. What our register does not hold (steps, fees,
forms of a procedure) is left out rather than sent empty.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import asyncpg

from parindex.engine.period import VIETNAM
from parindex.errors import Finding, Invalid, NotFound
from survey_ingest.interpret import Catalogues, procedure_base
from survey_ingest.motcua.call import Call, Reply

_DONE = "Lấy dữ liệu thành công"
_LEVEL_ONE = frozenset({"nation", "province"})
_PROCEDURES = "SELECT base_code, name, field_code FROM procedure WHERE valid @> $1::date ORDER BY base_code"


def _today() -> dt.date:
    return dt.datetime.now(VIETNAM).date()


async def list_units(call: Call) -> Reply:
    """Agencies that bear a code today: `MADONVI`, `TENDONVI`, `CAPDONVI` (1 province or nation, 2 below)."""
    call.take(1)
    return Reply(0, _DONE, units_of(call.resources.catalogues.current, call.caller.realm, _today()))


def units_of(catalogues: Catalogues, realm: str, today: dt.date) -> list[dict[str, str]]:
    """The agencies of a realm by code; an H code before a statistical one."""
    units = catalogues.units
    found = []
    for unit in units.units:
        codes = units.codes(unit.unit_id, today) if units.visible(unit.unit_id, realm) else {}
        code = codes.get("h_code") or (f"gso:{codes['gso']}" if "gso" in codes else None)
        if code is not None:
            level = "1" if unit.kind in _LEVEL_ONE or (unit.kind == "office" and "." not in code) else "2"
            found.append({"MADONVI": code, "TENDONVI": units.name(unit.unit_id, today), "CAPDONVI": level})
    return sorted(found, key=lambda entry: entry["MADONVI"])


async def _procedures(call: Call) -> list[asyncpg.Record]:
    async with call.resources.database.connection() as connection:
        rows: list[asyncpg.Record] = await connection.fetch(_PROCEDURES, _today())
    return rows


async def list_sectors(call: Call) -> Reply:
    """Sectors that procedures of the catalogue name: `MALINHVUC`, `MANGANH` (the ministry's part of the code)."""
    call.take(1)
    codes = sorted({row["field_code"] for row in await _procedures(call)})
    return Reply(0, _DONE, [{"MALINHVUC": code, "MANGANH": code.partition("-")[0]} for code in codes])


async def list_procedures(call: Call) -> Reply:
    """Procedures in force: `MATTHC`, `TENTTHC`, `TRANGTHAI` ("1" public), `LINHVUCTHUCHIEN`."""
    call.take(1)
    return Reply(0, _DONE, [_procedure(row) for row in await _procedures(call)])


async def one_procedure(call: Call) -> Reply:
    """The procedure of `maTTHC`, whatever agency's suffix its code bears. Raises Invalid or NotFound."""
    code = call.text("maTTHC")
    if not code:
        raise Invalid("maTTHC is missing.", code="missing", findings=[Finding("missing", "maTTHC", "")])
    call.take(1)
    base = procedure_base(code.upper())
    for row in await _procedures(call) if base else ():
        if row["base_code"] == base:
            return Reply(0, _DONE, [_procedure(row)])
    raise NotFound("There is no such procedure in the catalogue.", code="procedure_not_found")


def _procedure(row: asyncpg.Record) -> dict[str, Any]:
    sectors = [{"MALINHVUC": row["field_code"]}]
    return {"MATTHC": row["base_code"], "TENTTHC": row["name"], "TRANGTHAI": "1", "LINHVUCTHUCHIEN": sectors}
