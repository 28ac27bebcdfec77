"""After a storm of dossiers, steps and counts with personal data in every field, none of it is in any table, log or answer."""

from __future__ import annotations

import datetime as dt
import logging
import unicodedata
from typing import Any

import asyncpg
import pytest
import structlog

from support.exporters import EMAIL as EXPORTERS_EMAIL
from support.exporters import IDENTITY, PERSON, PHONE, record, step
from support.ingest import Sender, new_dossier
from support.traces import CITIZEN, EMAIL, NAME, OLD_CITIZEN, PHONES, everything, traces_in

pytestmark = pytest.mark.database

NUMBERS = (*PHONES, CITIZEN, EMAIL)
VALUES = (*NUMBERS, NAME, unicodedata.normalize("NFD", NAME))
LISTS = ("TaiLieuNop", "DanhSachLePhi", "DanhSachHoSoBoSung", "DanhSachGiayToKetQua", "DSKetNoiCSDL")
PLANTED = (PERSON, IDENTITY, PHONE, EXPORTERS_EMAIL)
"""In every record of the exporters."""


def storm() -> list[dict[str, Any]]:
    """Records with something personal in each place where it could be put."""
    records: list[dict[str, Any]] = []
    for value in VALUES:
        records += [record(**{field: value}) for field in record()]
        records += [record(**{name: value}) for name in ("HoTen", "phone", "maDonVi", "MADONVI", "Trường lạ")]
        records += [record(KhacNua={"deep": [value, {"phone": value}]})]
        for field in LISTS:
            records += [record(**{field: shape}) for shape in ([value], [{"x": value}], f"{value}##{value}")]
    for number in NUMBERS:
        records += [record(**{number: 1})]
        records += [record(**{field: shape}) for field in LISTS for shape in ({number: number}, [{number: number}])]
    records += [record(MaTTHC=OLD_CITIZEN, MaLinhVuc=OLD_CITIZEN, TrangThaiHoSo=OLD_CITIZEN)]
    return records


async def test_personal_data_of_dossiers_is_nowhere_after_a_storm(
    sender: Sender, facts: asyncpg.Connection, caplog: pytest.LogCaptureFixture
):
    said: list[str] = []
    now = dt.datetime.now(dt.UTC)
    session = sender.token
    with structlog.testing.capture_logs() as logs, caplog.at_level(logging.DEBUG):

        async def post(path: str, body: Any) -> None:
            answer = await sender.send(body, path)
            said.append(answer.text)

        records = storm()
        for start in range(0, len(records), 250):
            await post("/api/v1/ho-so", records[start : start + 250])
        for number in VALUES:
            await post("/api/v1/ho-so", record(MaHoSo=number))
            await post("/api/v1/ho-so", {"madonvi": number, "isUpdating": number, "data": [record()]})
            await post("/api/v1/ho-so", {"madonvi": number, "data": number})
            await post(f"/api/SynsTTHCC/DongBoHoSoMC?MaDinhDanhDV={number}&isUpdating={number}", [record()])
            steps = [step(new_dossier(), now, **{field: number}) for field in step("x", now)]
            await post("/api/v1/ho-so/tien-trinh", steps)
            call = {"session": session, "madonvi": number, "service": "DongBoHoSoMC", "data": [record(ChuHoSo=number)]}
            await post("/mapi/g", call)
            await post("/mapi/g", {**call, "service": "TraCuuHoSo", "mahoso": number})
            await post("/api/v1/pakn", [{"MaDonVi": number, "Thang": number, "TiepNhan": number}])
            said.append((await sender.get(f"/api/v1/ho-so/{number}")).text)
            said.append((await sender.get(f"/api/v1/doi-soat/ho-so?TuNgay={number}&DenNgay={number}")).text)
    stored = await facts.fetchval("SELECT count(*) FROM dossier_version WHERE system_id = $1", sender.issued.system_id)
    assert stored > 100
    for table, text in (await everything(facts)).items():
        assert traces_in(text) == [], table
        assert [one for one in PLANTED if one in text] == [], table
    lines = "\n".join([*map(repr, logs), *(one.getMessage() for one in caplog.records if one.name != "httpx")])
    assert "route" in lines
    for text in (lines, *said):
        assert traces_in(text) == []
        assert [one for one in PLANTED if one in text] == []
