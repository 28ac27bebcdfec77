"""The session dialect of older exporters: log in, one endpoint, words that they look for, HTTP 200 whatever happened."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx
import pytest

from support.ingest import Sender, new_dossier
from support.motcua import sheet
from survey_ingest.motcua.services import SERVICES

pytestmark = pytest.mark.database
FRONTS = (
    "/XrdAdapter/RestService/forward/",
    "/VXPAdapter/RestService/forward/",
    "/",
)
RATINGS = "DongBoDanhGia"


async def log_in(sender: Sender, front: str = "/") -> str:
    keys = {"username": sender.issued.credential_id, "password": sender.issued.secret}
    answer = await sender.client.post(f"{front}mapi/login?dstcode=VN:GOV:000.00.00.G22:vpcpdvcprovider", json=keys)
    told = answer.json()
    assert (answer.status_code, told["error_code"]) == (200, 0)
    assert "thành công" in told["message"]
    assert isinstance(told["session"], str)
    session: str = told["session"]
    return session


async def call(sender: Sender, session: str, service: str, front: str = "/", **body: Any) -> dict[str, Any]:
    answer = await sender.client.post(
        f"{front}mapi/g", json={"session": session, "madonvi": "H99.101", "service": service, **body}
    )
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    assert isinstance(told["error_code"], int)
    return told


@pytest.mark.parametrize("front", FRONTS)
async def test_an_exporter_needs_another_host_name_only(sender: Sender, front: str):
    session = await log_in(sender, front)
    sent = sheet(MaDonVi=None)
    told = await call(sender, session, RATINGS, front, isUpdating="False", data=[sent])
    assert (told["error_code"], told["message"]) == (0, "Đồng bộ thành công 1 phiếu")
    assert told["result"][0]["MaPhieu"] == sent["MaPhieu"]
    stored = await sender.get(f"/api/v1/phieu-danh-gia/{sent['MaPhieu']}")
    assert stored.json()["result"]["TrangThai"] == "DUOC_TINH"


async def test_the_forward_path_of_an_adapter_may_be_any(sender: Sender):
    session = await log_in(sender)
    body = {"session": session, "service": RATINGS, "data": sheet()}
    answer = await sender.client.post("/VXPAdapter/RestService/forward/tich-hop/v2?providerurl=x", json=body)
    assert answer.json()["error_code"] == 0


async def test_what_is_there_already_says_so_and_an_update_of_it_succeeds(sender: Sender):
    session, sent = await log_in(sender), sheet()
    await call(sender, session, RATINGS, data=[sent])
    again = await call(sender, session, RATINGS, isUpdating="False", data=[sent])
    assert again["error_code"] == 0
    assert "đã tồn tại" in again["message"]
    assert "thành công" in again["message"]
    update = await call(sender, session, RATINGS, isUpdating="True", data=[sent])
    assert (update["error_code"], update["message"]) == (0, "Cập nhật thành công 1 phiếu")
    assert (await sender.balance())["accepted"] == 1


@pytest.mark.parametrize("updating", ["True", "False"])
async def test_other_content_under_an_id_never_says_success(sender: Sender, updating: str):
    session, sent = await log_in(sender), sheet()
    await call(sender, session, RATINGS, data=[sent])
    told = await call(sender, session, RATINGS, isUpdating=updating, data=[{**sent, "MucDoHaiLong": "2"}])
    assert told["error_code"] == -3
    assert "đã tồn tại" in told["message"]
    assert "thành công" not in told["message"]


async def test_only_what_is_wholly_durable_says_success(sender: Sender):
    session, dossier = await log_in(sender), new_dossier()
    durable = [sheet(MaHoSo=dossier), sheet(MaHoSo=dossier), sheet(MaDonVi="H99.777")]
    told = await call(sender, session, RATINGS, data=durable)
    assert (told["error_code"], [line["PhanLoai"] for line in told["result"]]) == (
        0,
        ["TIEP_NHAN", "DANH_GIA_LAI", "CHO_DOI_CHIEU"],
    )
    assert "thành công" in told["message"]
    partly = await call(sender, session, RATINGS, data=[sheet(), sheet(MucDoHaiLong="9")])
    assert (partly["error_code"], "thành công" in partly["message"]) == (1, False)
    assert partly["message"].startswith("Nhận 1/2 phiếu")
    one = await call(sender, session, RATINGS, data=[sheet(MucDoHaiLong="9")])
    assert (one["error_code"], "thành công" in one["message"]) == (-16, False)
    personal = await call(sender, session, RATINGS, data=[sheet(HoTen="A"), sheet(Email="b")])
    assert (personal["error_code"], "thành công" in personal["message"]) == (-19, False)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"data": []}, -10),
        ({}, -10),
        ({"data": None}, -10),
        ({"data": ["x"]}, -12),
        ({"service": "KhongCo"}, -36),
        ({"service": None}, -36),
        ({"service": ["x"]}, -36),
        ({"session": None}, -20),
        ({"session": "9f2c"}, -20),
        ({"session": 7}, -20),
    ],
)
async def test_a_call_that_cannot_be_carried_out_is_200_with_a_code_and_words(
    sender: Sender, body: dict[str, Any], code: int
):
    told = await call(sender, **{"session": await log_in(sender), "service": RATINGS, **body})
    assert told["error_code"] == code
    assert told["message"]
    assert "thành công" not in told["message"]


async def test_an_unknown_service_is_told_which_there_are(sender: Sender):
    told = await call(sender, await log_in(sender), "DongBoKhac")
    assert all(name in told["message"] for name in SERVICES)


async def test_a_session_that_has_expired_is_200_with_words(sender: Sender, facts: asyncpg.Connection):
    session = await log_in(sender)
    await facts.execute(
        "UPDATE access_token SET expires_at = now() - interval '1 second' WHERE credential_id = $1",
        sender.issued.credential_id,
    )
    told = await call(sender, session, RATINGS, data=[sheet()])
    assert (told["error_code"], told["Ma"]) == (-20, "session_invalid")
    assert "hết hạn" in told["message"]
    assert (await call(sender, await log_in(sender), RATINGS, data=[sheet()]))["error_code"] == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, -10),
        ({"username": "a"}, -10),
        ({"username": 1, "password": 2}, -10),
        ({"username": "a", "password": "b"}, -20),
    ],
)
async def test_a_login_that_fails_is_200_with_words(client: httpx.AsyncClient, body: dict[str, Any], code: int):
    answer = await client.post("/mapi/login", json=body)
    told = answer.json()
    assert (answer.status_code, told["error_code"]) == (200, code)
    assert "session" not in told
    for content in (b"", b"{", b"[]"):
        assert (await client.post("/mapi/login", content=content)).json()["error_code"] == -12


async def test_over_the_rate_or_the_size_it_keeps_its_status(register: Any, facts: asyncpg.Connection):
    sender = await register()
    session = await log_in(sender)
    body = {"session": session, "service": RATINGS, "data": [sheet()] * 501}
    many = await sender.client.post("/mapi/g", json=body)
    assert (many.status_code, many.json()["error_code"]) == (413, -22)
    await facts.execute("UPDATE sending_system SET items_per_minute = 1 WHERE system_id = $1", sender.issued.system_id)
    session = await log_in(sender)
    limited = await sender.client.post("/mapi/g", json={**body, "session": session, "data": [sheet(), sheet()]})
    assert (limited.status_code, limited.json()["error_code"]) == (429, -23)
    assert int(limited.headers["retry-after"]) >= 1


async def test_catalogues_come_whole_in_uppercase_keys(sender: Sender, procedures: list[str]):
    session = await log_in(sender)
    units = await call(sender, session, "LayDanhMucCoQuan")
    assert units["error_code"] == 0
    assert {"MADONVI": "H44", "TENDONVI": "Tỉnh Phú Thọ", "CAPDONVI": "1"} in units["result"]
    by_code = {unit["MADONVI"]: unit["CAPDONVI"] for unit in units["result"]}
    assert len(by_code) == len(units["result"]) > 3000
    assert (by_code["H99.101"], "H22" in by_code) == ("2", False)
    listed = await call(sender, session, "LayDanhSachTTHC")
    assert {row["MATTHC"] for row in listed["result"]} >= set(procedures)
    one = await call(sender, session, "LayThuTuc", maTTHC=f"{procedures[0]}.000.00.00.H44")
    assert one["result"] == [
        {
            "MATTHC": procedures[0],
            "TENTTHC": "Thủ tục thử nghiệm",
            "TRANGTHAI": "1",
            "LINHVUCTHUCHIEN": [{"MALINHVUC": "G15-TP01"}],
        }
    ]
    sectors = await call(sender, session, "LayDanhMucLinhVuc")
    assert {"MALINHVUC": "G15-TP01", "MANGANH": "G15"} in sectors["result"]
    for code, expected in (("9.999999", -30), ("1.999999", -30), ("", -10)):
        assert (await call(sender, session, "LayThuTuc", maTTHC=code))["error_code"] == expected
