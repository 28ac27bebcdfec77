"""Code lists of the dialect: the canonical entries under Vietnamese names, and the fixed codes and error codes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any, Literal

import asyncpg

from parindex.engine.period import VIETNAM
from parindex.errors import Finding, Invalid
from survey_ingest import times
from survey_ingest.catalogue_keeper import CatalogueKeeper
from survey_ingest.dossiers.findings import SENTENCES
from survey_ingest.interpret import Catalogues
from survey_ingest.listing import Entry, instrument_entries, page_of, procedure_entries, unit_entries
from survey_ingest.motcua.codes import ERROR_CODES, WARNING_CODES
from survey_ingest.motcua.names import CODES, LEVELS, STATES, VERDICTS
from survey_ingest.motcua.sentences import in_vietnamese
from survey_ingest.wire import CataloguePage

ListName = Literal["don-vi", "thu-tuc", "linh-vuc", "bo-cau-hoi", "kenh", "ma-loi"]
_REVISION = re.compile(r"\d{1,7}", re.ASCII)
"""Longer numbers are days: no register was loaded ten million times."""
_DAY = re.compile(r"\d{8}", re.ASCII)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


async def page_of_list(
    name: ListName, keeper: CatalogueKeeper, realm: str, connection: asyncpg.Connection, since: int, cursor: str | None
) -> CataloguePage:
    """The page of a list changed after revision `since`, from the cursor on. Only what is shown is translated."""
    shown: Callable[[dict[str, Any]], dict[str, Any]]
    match name:
        case "don-vi":
            entries, shown = _units(keeper.current, realm), _unit
        case "thu-tuc":
            entries, shown = await procedure_entries(connection), _procedure
        case "linh-vuc":
            entries, shown = _sectors(await procedure_entries(connection)), dict
        case "bo-cau-hoi":
            entries, shown = instrument_entries(keeper.current), _instrument
        case "kenh":
            entries, shown = fixed_codes(), dict
        case "ma-loi":
            entries, shown = error_codes(), dict
    page = page_of("codes", entries, keeper.revision, since, cursor)
    page.entries = [shown(entry) for entry in page.entries]
    return page


_PREFERRED = {"h_code": 0, "gso": 1}


def _units(catalogues: Catalogues, realm: str) -> list[Entry]:
    """Units that have, or had, a code that a sheet may name."""
    entries = unit_entries(catalogues, realm, today())
    return [entry for entry in entries if any(code["scheme"] in _PREFERRED for code in entry[2]["codes"])]


def _unit(entry: dict[str, Any]) -> dict[str, Any]:
    codes = [
        {"HeMa": code["scheme"], "Ma": code["code"], "TuNgay": code["valid_from"], "DenNgay": code["valid_to"]}
        for code in entry["codes"]
        if code["scheme"] in _PREFERRED
    ]
    codes.sort(key=lambda code: (code["DenNgay"] is not None, _PREFERRED[code["HeMa"]]))
    return {
        "MaDonVi": codes[0]["Ma"] if codes else None,
        "TenDonVi": entry["name"],
        "Loai": entry["kind"],
        "CacMa": codes,
        "HieuLucTu": entry["valid_from"],
        "HieuLucDen": entry["valid_to"],
    }


def _procedure(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "MaTTHC": entry["code"],
        "TenTTHC": entry["name"],
        "MaLinhVuc": entry["field_code"],
        "HieuLucTu": entry["valid_from"],
        "HieuLucDen": entry["valid_to"],
    }


def _sectors(procedures: list[Entry]) -> list[Entry]:
    """Sectors as the procedures name them, changed when one of their procedures was."""
    newest: dict[str, int] = {}
    for revision, _, entry in procedures:
        code = entry["field_code"]
        newest[code] = max(revision, newest.get(code, 0))
    return [
        (revision, code, {"MaLinhVuc": code, "MaNganh": code.partition("-")[0]}) for code, revision in newest.items()
    ]


def _instrument(document: dict[str, Any]) -> dict[str, Any]:
    questions = [
        {
            "MaCauHoi": item["code"],
            "NoiDung": item["title_vi"],
            "Loai": item["kind"],
            "LaCauHoiChung": item.get("role") == "overall",
            "LuaChon": [
                {
                    "Ma": option["id"],
                    "GiaTri": None if item["kind"] == "multi" else option.get("value"),
                    "Ten": option["title_vi"],
                }
                for option in item.get("options", ())
            ],
        }
        for item in document["items"]
    ]
    return {
        "MaBoCauHoi": document["instrument"],
        "PhienBan": document["version"],
        "TenBoCauHoi": document["title_vi"],
        "CanMaHoSo": document["dossier_required"],
        "HieuLucTu": document["valid_from"],
        "HieuLucDen": document["valid_to"],
        "CauHoi": questions,
        "sha256": document["sha256"],
    }


def fixed_codes() -> list[Entry]:
    """The fixed codes of a sheet and of its answer, list by list."""
    lists = {field: [(code, label) for code, (_, label) in codes.items()] for field, codes in CODES.items()}
    lists |= {"MucDoHaiLong": list(LEVELS.items())}
    lists |= {"PhanLoai": list(VERDICTS.values()), "TrangThai": list(STATES.values())}
    return [
        (1, name, {"DanhMuc": name, "CacMa": [{"Ma": code, "Ten": label} for code, label in lists[name]]})
        for name in sorted(lists)
    ]


def error_codes() -> list[Entry]:
    """The table of `error_code`s, and the codes of warnings about sheets (W..) and dossiers."""
    errors: list[Entry] = [
        (
            1,
            f"E{at:03d}",
            {"error_code": row.code, "HTTP": list(row.statuses), "TruongHop": row.case, "GuiLai": row.retry},
        )
        for at, row in enumerate(ERROR_CODES)
    ]
    warnings: list[Entry] = [
        (1, code, {"CanhBao": code, "Ma": finding, "TruongHop": in_vietnamese(finding, "", "")})
        for finding, code in WARNING_CODES.items()
    ]
    # About dossiers the code of the finding is the code of the warning.
    warnings += [
        (1, f"X{finding}", {"CanhBao": finding, "Ma": finding, "TruongHop": sentence.text.format(truong="…")})
        for finding, sentence in SENTENCES.items()
        if not sentence.error_code
    ]
    return errors + warnings


def _moment(text: str) -> dt.datetime | None:
    if _DAY.fullmatch(text):
        return times.instant(f"{text}000000")
    return times.instant(f"{text}T00:00:00" if _ISO_DAY.fullmatch(text) else text)


async def revision_since(text: str | None, connection: asyncpg.Connection) -> int:
    """The revision after which entries are wanted: as given, or the newest before a moment. Raises Invalid."""
    text = (text or "").strip()
    if not text:
        return 0
    if _REVISION.fullmatch(text):
        return int(text)
    moment = _moment(text)
    if moment is None:
        raise Invalid(
            "CapNhatTu is neither a revision nor a moment.",
            code="since_unreadable",
            findings=[Finding("since_unreadable", "CapNhatTu", "Expected a revision, a day or an instant.")],
        )
    query = "SELECT coalesce(max(revision), 0) FROM register_load WHERE recorded_at < $1"
    revision: int = await connection.fetchval(query, moment)
    return revision


def today() -> dt.date:
    """The day in Vietnam."""
    return dt.datetime.now(VIETNAM).date()
