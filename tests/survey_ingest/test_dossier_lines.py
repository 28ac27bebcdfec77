"""The line that COPY reads: whatever a record says arrives in its columns, and its digest is of the same as ever."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import asyncpg
import msgspec
import pytest

from support.exporters import compact, record
from support.ingest import Sender
from survey_ingest.dossiers.codes import Codes
from survey_ingest.dossiers.read_record import Record, Said, read_record
from survey_ingest.dossiers.unit_of import Place
from survey_ingest.dossiers.version_lines import written

NOW = dt.datetime.now(dt.UTC)
ASKED = NOW - dt.timedelta(days=1)
SUPPLEMENTS = [
    {"NgayBoSung": compact(ASKED), "NgayTiepNhanBoSung": compact(ASKED + dt.timedelta(hours=3))},
    {"NgayBoSung": f"{ASKED:%Y-%m-%dT%H:%M:%S.123456Z}", "NgayTiepNhanBoSung": ""},
]
ODD_CODES = [
    'a"b',
    r"a\b",
    r"\.",
    r"\N",
    "null",
    "NULL",
    "a,[],[],b",
    '{},"{}"',
    "a'b;--",
    'ă"\\"ệ',
    "%d%b",
    "[7]",
    '"',
]
KEPT = Said.__struct_fields__


def _read(raw: dict[str, Any]) -> Record:
    found = read_record(raw, Codes.of({}), NOW)
    assert isinstance(found, Record)
    return found


@pytest.mark.database
async def test_what_a_record_says_arrives_in_its_columns_whatever_its_code_is_made_of(
    sender: Sender, facts: asyncpg.Connection
) -> None:
    sent = [record(MaHoSo=code, MaDonVi="H99.101", DanhSachHoSoBoSung=SUPPLEMENTS) for code in ODD_CODES]
    sent += [
        record(
            KenhThucHien=None, LoaiDoiTuong="?", TrangThaiHoSo='"quoted"', MaTTHC="", NgayHenTra=None, MaLinhVuc=None
        ),
        record(TaiLieuNop=None, DanhSachLePhi=None, DanhSachGiayToKetQua=[{}, {}], HoSoCoThanhPhanSoHoa=None),
        record(DanhSachLePhi=[{"Gia": "50.000"}], DSKetNoiCSDL=[{"MaCSDL": "CSDL.01"}], NgayTra=compact(NOW)),
        {"MaHoSo": record()["MaHoSo"]},
    ]
    answer = (await sender.send(sent, "/api/v1/ho-so")).json()
    assert answer["ThanhCong"] == len(sent), answer["message"]
    rows = await facts.fetch(
        "SELECT * FROM dossier_version WHERE system_id = $1 ORDER BY position", sender.issued.system_id
    )
    for position, (raw, row) in enumerate(zip(sent, rows, strict=True)):
        read = _read(raw)
        assert {name: row[name] for name in KEPT} == {name: getattr(read.said, name) for name in KEPT}
        digest, _ = written(read, Place(row["unit_id"], row["unit_from"]), row["dossier_key"])
        assert (row["position"], row["version_no"], row["digest"]) == (position, 1, digest)
    assert len(rows[0]["supplement_from"]) == len(rows[0]["supplement_to"]) == 2
    assert None in rows[0]["supplement_to"]
    assert {row["recorded_at"] for row in rows} == {rows[0]["recorded_at"]}


@pytest.mark.parametrize("supplements", [[], SUPPLEMENTS], ids=["none", "two"])
def test_the_digest_is_of_the_unit_and_of_what_is_kept_in_one_json(supplements: list[dict[str, str]]) -> None:
    """As it was from the beginning: another form would make a new version of every dossier that is sent again."""
    read = _read(record(MaHoSo='ă"\\,[],[],', DanhSachHoSoBoSung=supplements))
    said = [getattr(read.said, name) for name in KEPT]
    digest, _ = written(read, Place(7, "scope"), "key")
    assert digest == hashlib.sha256(msgspec.json.encode((7, said))).digest()
