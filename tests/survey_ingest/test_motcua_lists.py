"""Code lists, server time and reconciliation in the một-cửa dialect."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import httpx
import pytest

from support.ingest import NOW, Sender, new_dossier
from support.motcua import in_xml, sheet
from survey_ingest.motcua.codes import ERROR_CODES

pytestmark = pytest.mark.database
TODAY = (NOW + dt.timedelta(hours=7)).date()


async def listed(sender: Sender, name: str, query: str = "") -> dict[str, Any]:
    answer = await sender.client.get(f"/api/v1/danh-muc/{name}{query}", headers=sender.headers)
    assert (answer.status_code, answer.json()["error_code"]) == (200, 0), answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_units_come_page_by_page_with_all_their_codes(sender: Sender):
    first = await listed(sender, "don-vi")
    second = await listed(sender, "don-vi", f"?ConTro={first['ConTroTiep']}")
    units = [*first["result"], *second["result"]]
    by_code = {unit["MaDonVi"]: unit for unit in units}
    assert (len(units), len({json.dumps(unit) for unit in units})) == (2000, 2000)
    assert by_code["H44"]["TenDonVi"] == "Tỉnh Phú Thọ"
    assert {code["Ma"] for code in by_code["H44"]["CacMa"]} >= {"H44", "gso:25"}
    assert by_code["H22"]["CacMa"][0]["DenNgay"] == "2025-07-01"
    assert all(unit["MaDonVi"] for unit in units)


async def test_procedures_and_their_sectors_are_listed(sender: Sender, procedures: list[str]):
    rows = (await listed(sender, "thu-tuc"))["result"]
    assert [row for row in rows if row["MaTTHC"] == procedures[0]] == [
        {
            "MaTTHC": procedures[0],
            "TenTTHC": "Thủ tục thử nghiệm",
            "MaLinhVuc": "G15-TP01",
            "HieuLucTu": "2020-01-01",
            "HieuLucDen": None,
        }
    ]
    assert {"MaLinhVuc": "G15-TP01", "MaNganh": "G15"} in (await listed(sender, "linh-vuc"))["result"]


async def test_questionnaires_say_what_may_be_answered(sender: Sender):
    forms = {form["MaBoCauHoi"]: form for form in (await listed(sender, "bo-cau-hoi"))["result"] if form["PhienBan"]}
    questions = {question["MaCauHoi"]: question for question in forms["HL5"]["CauHoi"]}
    assert questions["overall"]["LaCauHoiChung"]
    assert {"Ma": "5", "GiaTri": 5, "Ten": "Rất hài lòng"} in questions["overall"]["LuaChon"]
    assert {"Ma": "late", "GiaTri": None, "Ten": "Trễ hẹn"} in questions["dissatisfaction_reasons"]["LuaChon"]


async def test_the_error_table_and_the_fixed_codes_are_served(sender: Sender):
    rows = (await listed(sender, "ma-loi"))["result"]
    assert [row["error_code"] for row in rows if "error_code" in row] == [row.code for row in ERROR_CODES]
    warnings = [row["CanhBao"] for row in rows if "CanhBao" in row]
    assert len(set(warnings)) == len(warnings)
    assert {"W01", "dossier_off_pattern", "due_without_time", "step_in_future"} <= set(warnings)
    assert not {"dossier_code_missing", "unit_out_of_scope"} & set(warnings)
    lists = {row["DanhMuc"]: row["CacMa"] for row in (await listed(sender, "kenh"))["result"]}
    assert {"Ma": "3", "Ten": "Bưu chính công ích"} in lists["KenhThucHien"]
    assert {"Ma": "1", "Ten": "Kiosk, màn hình tại quầy"} in lists["KenhThuThap"]


async def test_an_unchanged_list_is_304_and_only_what_changed_comes(sender: Sender):
    path = "/api/v1/danh-muc/bo-cau-hoi"
    first = await sender.client.get(path, headers=sender.headers)
    again = await sender.client.get(path, headers={**sender.headers, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    revision = first.json()["PhienBanDanhMuc"]
    assert (await listed(sender, "bo-cau-hoi", f"?CapNhatTu={revision}"))["result"] == []
    tomorrow = TODAY + dt.timedelta(days=1)
    for moment in (f"{tomorrow:%Y%m%d}", f"{tomorrow}", f"{tomorrow:%Y%m%d}000000", f"{tomorrow}T00:00:00"):
        assert (await listed(sender, "bo-cau-hoi", f"?CapNhatTu={moment}"))["result"] == [], moment
    assert (await listed(sender, "bo-cau-hoi", "?CapNhatTu=20200101"))["result"] == first.json()["result"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("don-vi?CapNhatTu=hom-qua", "since_unreadable"),
        ("don-vi?ConTro=x", "cursor_unreadable"),
        ("khac", "request_invalid"),
        (f"don-vi?ConTro={'x' * 300}", "request_invalid"),
    ],
)
async def test_a_list_that_is_not_there_or_asked_for_wrongly_is_422(sender: Sender, query: str, code: str):
    answer = await sender.client.get(f"/api/v1/danh-muc/{query}", headers=sender.headers)
    told = answer.json()
    assert (answer.status_code, told["error_code"], told["Ma"]) == (422, -11, code)
    assert told["DanhSachLoi"][0]["Truong"] in ("CapNhatTu", "ConTro", "DanhMuc")


async def test_the_servers_clock_is_public(client: httpx.AsyncClient):
    told = (await client.get("/api/v1/thoi-gian")).json()["result"]
    utc, vietnam = (dt.datetime.fromisoformat(told[name]) for name in ("UTC", "VietNam"))
    assert (utc, vietnam.utcoffset()) == (vietnam, dt.timedelta(hours=7))
    assert told["ThoiGian"] == f"{vietnam:%Y%m%d%H%M%S}"
    xml = await client.get("/api/v1/thoi-gian", headers={"Accept": "application/xml"})
    assert f"<ThoiGian>{told['ThoiGian'][:8]}" in xml.text


# Reconciliation.


async def settled(sender: Sender, **body: Any) -> dict[str, Any]:
    span = {"TuNgay": f"{TODAY - dt.timedelta(days=1)}", "DenNgay": f"{TODAY + dt.timedelta(days=1)}"}
    answer = await sender.client.post("/api/v1/doi-soat", json={**span, **body}, headers=sender.headers)
    assert (answer.status_code, answer.json()["error_code"]) == (200, 0), answer.text
    result: dict[str, Any] = answer.json()["result"]
    return result


async def sheets_of_two_units(sender: Sender) -> None:
    """H99.101: three held, one of them a repeat and one withdrawn; H99.102: one; an unknown code: one waits."""
    dossier = new_dossier()
    withdrawn, same = sheet(), sheet(MaHoSo=dossier)
    batch = [withdrawn, same, sheet(MaHoSo=dossier), same, sheet(MucDoHaiLong="9")]
    batch += [sheet(MaDonVi="H99.102"), sheet(MaDonVi="H99.771")]
    answer = await sender.client.post("/api/v1/phieu-danh-gia/lo", json=batch, headers=sender.headers)
    assert answer.json()["ThanhCong"] == 6
    await sender.client.post(
        f"/api/v1/phieu-danh-gia/{withdrawn['MaPhieu']}/thu-hoi", json={"LyDo": "1"}, headers=sender.headers
    )


async def test_counts_that_agree_are_said_to_agree(sender: Sender):
    await sheets_of_two_units(sender)
    result = await settled(
        sender,
        DanhSach=[
            {"MaDonVi": "000.00.00.H99", "SoPhieu": 0},
            {"MaDonVi": "h99.101", "SoPhieu": "2"},
            {"MaDonVi": "H99.101", "SoPhieu": 1},
            {"MaDonVi": "H99.102", "SoPhieu": " 1 "},
            {"MaDonVi": "H99.771", "SoPhieu": 1},
        ],
    )
    assert (result["Khop"], result["TongGui"], result["TongNhan"], result["ChenhLech"]) == (True, 5, 5, [])
    assert {name: result["CanDoi"][name] for name in ("DaNhan", "TiepNhan", "DanhGiaLai", "TrungLap", "TuChoi")} == {
        "DaNhan": 7,
        "TiepNhan": 3,
        "DanhGiaLai": 1,
        "TrungLap": 1,
        "TuChoi": 1,
    }
    assert (result["MoiTruong"], result["CanDoi"]["ChoDoiChieu"], result["CanDoi"]["DaThuHoi"]) == ("synthetic", 1, 1)


async def test_differences_are_told_in_words_per_unit_and_day(sender: Sender):
    await sheets_of_two_units(sender)
    day = {"Ngay": f"{dt.datetime.now(dt.UTC) + dt.timedelta(hours=7):%d/%m/%Y}"}
    result = await settled(
        sender, DanhSach=[{"MaDonVi": "H99.101", "SoPhieu": "5", **day}, {"MaDonVi": "H99.772", "SoPhieu": 2, **day}]
    )
    told = {row["MaDonVi"]: row for row in result["ChenhLech"]}
    assert {code: (row["SoPhieuGui"], row["SoPhieuNhan"], row["ChenhLech"]) for code, row in told.items()} == {
        "H99.101": (5, 3, -2),
        "H99.102": (0, 1, 1),
        "H99.771": (0, 1, 1),
        "H99.772": (2, 0, -2),
    }
    assert f"ngày {day['Ngay']}: bạn ghi 5 phiếu, hệ thống giữ 3 phiếu, thiếu 2." in told["H99.101"]["NoiDung"]
    assert "Mã H99.771 (chưa có trong danh mục)" in told["H99.771"]["NoiDung"]
    assert "thừa 1" in told["H99.102"]["NoiDung"]
    assert not result["Khop"]


async def test_days_are_those_of_receipt_or_of_the_rating(sender: Sender):
    rated = TODAY - dt.timedelta(days=30)
    # Half past midnight: in UTC it is still the day before.
    await sender.client.post(
        "/api/v1/phieu-danh-gia/lo",
        json=[sheet(ThoiDiemDanhGia=f"{rated:%Y%m%d}003000", MaDonVi=unit) for unit in ("H99.101", "H99.773")],
        headers=sender.headers,
    )
    span = {"TuNgay": f"{rated}", "DenNgay": f"{rated:%Y%m%d}"}
    rows = [{"MaDonVi": unit, "SoPhieu": 1, "Ngay": f"{rated}"} for unit in ("H99.101", "H99.773")]
    assert (await settled(sender, **span, TheoNgay="DANH_GIA", DanhSach=rows))["Khop"]
    assert (await settled(sender, **span, DanhSach=rows))["TongNhan"] == 0
    assert (await settled(sender))["TongNhan"] == 2


async def test_a_table_in_xml_is_compared_too(sender: Sender):
    await sender.client.post("/api/v1/phieu-danh-gia", json=sheet(), headers=sender.headers)
    row = {"MaDonVi": "H99.101", "SoPhieu": "1"}
    for rows in ([row], row):
        body = in_xml("DoiSoat", {"TuNgay": f"{TODAY}", "DenNgay": f"{TODAY + dt.timedelta(days=1)}", "DanhSach": rows})
        answer = await sender.client.post(
            "/api/v1/doi-soat", content=body, headers={**sender.headers, "Content-Type": "application/xml"}
        )
        assert "<Khop>true</Khop>" in answer.text


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"TuNgay": None, "DenNgay": "x"}, [("TuNgay", -10), ("DenNgay", -11)]),
        ({"TuNgay": "20261101", "DenNgay": "20261031"}, [("DenNgay", -11)]),
        ({"TuNgay": "20250101", "DenNgay": "20261031"}, [("DenNgay", -11)]),
        ({"TheoNgay": "x", "DanhSach": "y"}, [("TheoNgay", -11), ("DanhSach", -11)]),
        (
            {
                "DanhSach": [
                    {"MaDonVi": "?", "SoPhieu": "-1", "Ngay": "hôm qua"},
                    "x",
                    {"MaDonVi": "H99", "SoPhieu": True},
                ]
            },
            [
                ("DanhSach[0].MaDonVi", -11),
                ("DanhSach[0].Ngay", -11),
                ("DanhSach[0].SoPhieu", -11),
                ("DanhSach[1]", -11),
                ("DanhSach[2].SoPhieu", -11),
            ],
        ),
        ({"DanhSach": [{"MaDonVi": "H99", "SoPhieu": 1, "Ngay": "20200101"}]}, [("DanhSach[0].Ngay", -11)]),
    ],
)
async def test_every_fault_of_a_table_is_named_at_once(
    sender: Sender, body: dict[str, Any], faults: list[tuple[str, int]]
):
    span = {"TuNgay": f"{TODAY}", "DenNgay": f"{TODAY}"}
    answer = await sender.client.post("/api/v1/doi-soat", json={**span, **body}, headers=sender.headers)
    told = answer.json()
    assert answer.status_code == 422
    assert [(fault["Truong"], fault["error_code"]) for fault in told["DanhSachLoi"]] == faults
