"""Front A of the simulator, through a raw client."""

from __future__ import annotations

import pytest

from portal.simulator.handle import DSTCODE
from portal.simulator.talk import DOSSIER, FORWARD, RATING, login, posted, service


def test_a_wrong_dstcode_is_a_fault_of_the_gateway_and_no_json(simulator):
    answer = posted(simulator, f"{FORWARD}mapi/login", json={}, headers={"dstcode": "VN:GOV:nobody"})
    assert answer.status_code == 500
    assert "UnknownMember" in answer.text
    assert answer.headers["content-type"].startswith("text/xml")


@pytest.mark.parametrize("adapter", ["XrdAdapter", "VXPAdapter"])
def test_the_destination_may_stand_in_the_query_of_either_adapter(simulator, adapter):
    body = {"username": "parindex", "password": "mat-khau-thu"}
    answer = posted(simulator, f"/{adapter}/RestService/forward/mapi/login?dstcode={DSTCODE}", json=body)
    assert answer.json()["error_code"] == 0
    assert answer.json()["session"]


def test_a_wrong_password_is_told_with_http_200(simulator):
    headers = {"dstcode": DSTCODE}
    answer = posted(simulator, f"{FORWARD}mapi/login", json={"username": "parindex"}, headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (200, -1)


def test_a_session_ends_on_the_simulators_clock(simulator):
    session = login(simulator)
    assert service(simulator, session, "LayDanhMucLinhVuc").json()["error_code"] == 0
    simulator.control(clock={"forward": 30 * 60})
    answer = service(simulator, session, "LayDanhMucLinhVuc")
    assert (answer.status_code, answer.json()["error_code"]) == (200, -1)
    assert "hết hạn" in answer.json()["message"]


@pytest.mark.parametrize(("one_session", "code"), [(True, -1), (False, 0)])
def test_a_second_login_ends_the_first_session_where_the_option_says_so(simulator, one_session, code):
    simulator.control(options={"one_session": one_session})
    first = login(simulator)
    assert login(simulator) != first
    assert service(simulator, first, "LayDanhMucLinhVuc").json()["error_code"] == code


def test_catalogues_have_uppercase_keys_and_the_34_provinces(simulator):
    rows = service(simulator, login(simulator), "LayDanhMucCoQuan").json()["result"]
    assert set(rows[0]) == {"MADONVI", "TENDONVI", "CAPDONVI"}
    assert sum(row["CAPDONVI"] == "2" for row in rows) == 34
    procedures = service(simulator, login(simulator), "LayDanhSachTTHC").json()["result"]
    assert len(procedures) == 120
    one = service(simulator, login(simulator), "LayThuTuc", maTTHC=procedures[3]["MATTHC"]).json()["result"]
    assert one[0]["TENTTHC"] == procedures[3]["TENTTHC"]
    assert {"CACHTHUCTHUCHIEN", "THANHPHANHOSO", "YEUCAU"} <= set(one[0])


def test_an_agency_closes_and_another_opens_on_a_day(simulator):
    opened = {"code": "H44.301", "name": "UBND xã Mới"}
    simulator.control(agencies=[{"on": "2026-10-02", "close": ["H44.101"], "open": [opened]}])
    session = login(simulator)

    def codes():
        return {row["MADONVI"] for row in service(simulator, session, "LayDanhMucCoQuan").json()["result"]}

    before = codes()
    simulator.control(options={"session_minutes": 60 * 48}, clock={"forward": 86_400})
    session = login(simulator)
    after = codes()
    assert before - after == {"H44.101"}
    assert after - before == {"H44.301"}
    closed = service(simulator, session, "DongBoDanhGia", data=[{**RATING, "MaDonVi": "H44.101"}]).json()
    assert (closed["error_code"], "đã đóng" in closed["message"]) == (-1, True)


def test_a_dossier_is_added_once_then_updated(simulator):
    session = login(simulator)
    added = service(simulator, session, "DongBoHoSoMC", isUpdating="False", data=[DOSSIER]).json()
    assert (added["error_code"], added["message"]) == (0, "Đồng bộ thành công")
    again = service(simulator, session, "DongBoHoSoMC", isUpdating="False", data=[DOSSIER]).json()
    assert (again["error_code"], again["message"]) == (3, "Hồ sơ đã tồn tại")
    done = {**DOSSIER, "TrangThaiHoSo": "9"}
    assert service(simulator, session, "DongBoHoSoMC", isUpdating="True", data=[done]).json()["error_code"] == 0
    other = {**DOSSIER, "MaHoSo": "H44.07-260921-0043"}
    assert service(simulator, session, "DongBoHoSoMC", isUpdating="True", data=[other]).json()["error_code"] == -1
    entries = simulator.books(kind="dossier")["committed"]
    assert [entry["action"] for entry in entries] == ["new", "update"]


def test_codes_may_come_as_strings_and_existing_as_minus_three(simulator):
    simulator.control(options={"error_code": "string", "exists_code": "-3"})
    session = login(simulator)
    codes = [
        service(simulator, session, "DongBoHoSoMC", isUpdating="False", data=[DOSSIER]).json()["error_code"]
        for _ in range(2)
    ]
    assert codes == ["0", "-3"]


def test_missing_and_too_long_fields_are_named(simulator):
    session = login(simulator)
    without = {name: value for name, value in DOSSIER.items() if name != "TenTTHC"}
    missing = service(simulator, session, "DongBoHoSoMC", isUpdating="False", data=[without]).json()
    assert (missing["error_code"], missing["message"]) == (-1, "Thiếu trường bắt buộc: TenTTHC")
    long = service(
        simulator, session, "DongBoHoSoMC", isUpdating="False", data=[{**DOSSIER, "TrichYeuHoSo": "x" * 1001}]
    )
    assert "TrichYeuHoSo" in long.json()["message"]
    assert simulator.committed("dossier") == []


def test_progress_follows_its_dossier_in_chunks_of_ten(simulator):
    session = login(simulator)
    step = {"MaHoSo": DOSSIER["MaHoSo"], "NguoiXuLy": "Chuyên viên", "NoiDungXuLy": "Tiếp nhận", "TrangThai": "2"}
    steps = [{**step, "ThoiDiemXuLy": f"202609210800{number:02d}"} for number in range(11)]
    early = service(simulator, session, "CapNhatTienDoHoSoMC", data=steps[:1]).json()
    assert early["error_code"] == -1
    service(simulator, session, "DongBoHoSoMC", isUpdating="False", data=[DOSSIER])
    assert service(simulator, session, "CapNhatTienDoHoSoMC", data=steps).json()["error_code"] == -1
    assert service(simulator, session, "CapNhatTienDoHoSoMC", data=steps[:10]).json()["error_code"] == 0
    assert len(simulator.committed("progress")) == 10


def test_a_dossier_is_seen_only_after_the_delay(simulator):
    simulator.control(options={"visible_after_seconds": 120}, clock={"rate": 0})
    session = login(simulator)
    service(simulator, session, "DongBoHoSoMC", isUpdating="False", data=[DOSSIER])
    assert service(simulator, session, "TraCuuHoSo", mahoso=DOSSIER["MaHoSo"]).json()["result"] == []
    simulator.control(clock={"forward": 120})
    found = service(simulator, session, "TraCuuHoSo", mahoso=DOSSIER["MaHoSo"]).json()["result"]
    assert [row["MaHoSo"] for row in found] == [DOSSIER["MaHoSo"]]


def test_a_rating_is_taken_once_and_then_exists(simulator):
    session = login(simulator)
    codes = [service(simulator, session, "DongBoDanhGia", data=[RATING]).json()["error_code"] for _ in range(2)]
    assert codes == [0, 3]
    assert len(simulator.committed("rating")) == 1


def test_ratings_may_have_another_schema(simulator):
    fields = {
        "MaHoSo": "hoSo.ma",
        "MaDonVi": "donVi",
        "ThoiDiemDanhGia": "luc",
        "MaBoCauHoi": "bo",
        "MucDoHaiLong": "muc",
    }
    schema = {"items": "noiDung.danhGia", "fields": fields, "time": "%d/%m/%Y %H:%M:%S"}
    simulator.control(options={"rating_schema": schema})
    session = login(simulator)
    assert service(simulator, session, "DongBoDanhGia", data=[RATING]).json()["error_code"] == -1
    rating = {
        "hoSo": {"ma": "H44.07-260921-0042"},
        "donVi": "H44.01",
        "luc": "23/09/2026 16:00:00",
        "bo": "KIOSK3",
        "muc": 5,
    }
    answer = service(simulator, session, "DongBoDanhGia", noiDung={"danhGia": [rating]}).json()
    assert answer["error_code"] == 0
    wrong = service(simulator, session, "DongBoDanhGia", noiDung={"danhGia": [{**rating, "luc": "20260923160000"}]})
    assert "định dạng" in wrong.json()["message"]


@pytest.mark.parametrize(("batches", "kept"), [("whole", 0), ("partial", 1)])
def test_a_bad_item_ends_a_batch_whole_or_in_part(simulator, batches, kept):
    simulator.control(options={"batches": batches})
    second = {**RATING, "ThoiDiemDanhGia": "yesterday"}
    answer = service(simulator, login(simulator), "DongBoDanhGia", data=[RATING, second]).json()
    assert (answer["error_code"], answer["message"][:14]) == (-1, "Bản ghi thứ 2:")
    assert len(simulator.committed("rating")) == kept


def test_an_unknown_service_is_refused(simulator):
    assert service(simulator, login(simulator), "XoaHetDuLieu").json()["error_code"] == -1
