"""Dossiers over HTTP: what is stored, what is answered, in each form in which existing exporters send them."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from typing import Any

import asyncpg
import pytest

from support.exporters import IDENTITY, compact, record, step
from support.ingest import H99, Sender, new_dossier

pytestmark = pytest.mark.database
PATH = "/api/v1/ho-so"


async def versions(facts: asyncpg.Connection, code: str) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await facts.fetch(
        "SELECT * FROM dossier_version WHERE dossier_code = $1 ORDER BY version_no", code
    )
    return rows


async def session_call(sender: Sender, service: str, **body: Any) -> dict[str, Any]:
    """Logs in as an unchanged exporter does, and calls a service."""
    login = {"username": sender.issued.credential_id, "password": sender.issued.secret}
    answer = await sender.client.post("/XrdAdapter/RestService/forward/mapi/login", json=login)
    session = answer.json()["session"]
    answer = await sender.client.post(
        "/XrdAdapter/RestService/forward/mapi/g",
        json={"session": session, "madonvi": "H99.101", "service": service, **body},
    )
    assert answer.status_code == 200
    said: dict[str, Any] = answer.json()
    return said


async def test_a_bare_record_is_stored_without_its_personal_fields(sender: Sender, facts: asyncpg.Connection):
    one = record(
        KenhThucHien="2",
        DuocThanhToanTrucTuyen="2",
        DanhSachLePhi=[{"TenPhiLePhi": "Lệ phí", "Gia": "50.000"}],
        DanhSachGiayToKetQua=[{"MaGiayToKetQua": "KQ1", "DuongDanTepTinKetQua": "https://x.example.vn/1"}, {}],
    )
    answer = await sender.send(one, PATH)
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert (said["error_code"], said["TongSo"], said["ThanhCong"]) == (0, 1, 1)
    assert "thành công" in said["message"]
    assert {"ChuHoSo", "SoGiayToChuHoSo", "TrichYeuHoSo", "TaiLieuNop.TenTepDinhKem"} <= set(
        said["result"][0]["TruongDaBo"]
    )
    (row,) = await versions(facts, one["MaHoSo"])
    expected = {
        "version_no": 1,
        "unit_from": "dossier_code",
        "procedure_code": "1.000894.000.00.00.H99",
        "procedure_base": "1.000894",
        "channel": 2,
        "status": 4,
        "applicant": "citizen",
        "fee_lines": 1,
        "fee_due": True,
        "payment": 2,
        "results": 2,
        "results_electronic": 1,
        "digitised": True,
        "reused": False,
        "population": False,
        "finished_at": None,
    }
    assert {name: row[name] for name in expected} == expected
    assert IDENTITY not in str(dict(row))


async def test_the_same_again_is_a_duplicate_and_a_change_is_the_next_version(
    sender: Sender, facts: asyncpg.Connection
):
    one = record()
    await sender.send(one, PATH)
    again = await sender.send(one, PATH)
    assert (again.status_code, again.json()["TrungLap"]) == (200, 1)
    assert "thành công" in again.json()["message"]
    done = {**one, "TrangThaiHoSo": "9", "NgayKetThucXuLy": one["NgayHenTra"]}
    assert (await sender.send(done, PATH)).json()["result"][0]["PhienBan"] == 2
    assert [row["status"] for row in await versions(facts, one["MaHoSo"])] == [4, 9]
    row = await facts.fetchrow(
        "SELECT max(version_no) AS version_no FROM dossier_version WHERE dossier_key = $1", one["MaHoSo"]
    )
    assert row["version_no"] == 2
    touched = await facts.fetchval("SELECT count(*) FROM dossier_touched WHERE $1 = ANY(dossier_keys)", one["MaHoSo"])
    assert touched == 2


async def test_an_array_gets_one_result_a_record_in_the_order_sent(sender: Sender, facts: asyncpg.Connection):
    good, foreign = record(), record(MaHoSo="H01.15-261101-0001", DonViXuLy=None)
    answer = await sender.send([good, {"MaHoSo": ""}, 5, foreign, good], PATH)
    assert answer.status_code == 207
    said = answer.json()
    assert [line["error_code"] for line in said["result"]] == [0, -10, -12, -21, 0]
    assert (said["error_code"], said["ThanhCong"], said["TrungLap"], said["Loi"]) == (1, 2, 1, 3)
    assert "thành công" not in said["message"]
    assert said["result"][3]["message"].startswith("H01.15-261101-0001| ")
    assert said["result"][1]["message"].startswith("Bản ghi thứ 2| ")
    refused = await facts.fetch(
        "SELECT position, response_id, codes FROM refusal WHERE system_id = $1 ORDER BY position",
        sender.issued.system_id,
    )
    assert [(row["position"], row["codes"][0]) for row in refused] == [
        (1, "dossier_code_missing"),
        (2, "record_unreadable"),
        (3, "unit_out_of_scope"),
    ]
    receipt = await facts.fetchrow(
        "SELECT kind, records, stored, duplicate, refused FROM dossier_receipt WHERE system_id = $1",
        sender.issued.system_id,
    )
    assert tuple(receipt) == ("dossier", 5, 1, 1, 3)
    assert (await sender.send([{}], PATH)).status_code == 422


async def test_adding_a_known_dossier_of_other_content_says_that_it_exists(sender: Sender, facts: asyncpg.Connection):
    one = record()
    changed = {**one, "TrangThaiHoSo": "9"}
    said = await session_call(sender, "DongBoHoSoMC", isUpdating="False", data=[one])
    assert (said["error_code"], "thành công" in said["message"]) == (0, True)
    said = await session_call(sender, "DongBoHoSoMC", isUpdating="False", data=[changed])
    assert said["error_code"] == -3
    assert f"Hồ sơ {one['MaHoSo']} đã tồn tại" in said["message"]
    assert "thành công" not in said["message"]
    assert len(await versions(facts, one["MaHoSo"])) == 1
    said = await session_call(sender, "DongBoHoSoMC", isUpdating="False", data=[one])
    assert (said["error_code"], "thành công" in said["message"]) == (0, True)
    said = await session_call(sender, "DongBoHoSoMC", isUpdating="True", data=[changed])
    assert said["error_code"] == 0
    assert len(await versions(facts, one["MaHoSo"])) == 2
    unknown = record()
    said = await session_call(sender, "DongBoHoSoMC", isUpdating="True", data=[unknown])
    assert (said["error_code"], len(await versions(facts, unknown["MaHoSo"]))) == (0, 1)


async def test_the_algorithm_of_an_unchanged_exporter_runs_through(sender: Sender, facts: asyncpg.Connection):
    """Look up; add or update; then the progress in steps, with a first and a last one made up."""
    one = record(TrangThaiHoSo="10")
    began = dt.datetime.now(dt.UTC) - dt.timedelta(days=2)
    for known in (False, True):
        found = await session_call(sender, "TraCuuHoSo", mahoso=one["MaHoSo"])
        assert (found["error_code"], bool(found["result"])) == (0, known)
        said = await session_call(sender, "DongBoHoSoMC", isUpdating=str(known), data=[one])
        assert said["error_code"] == 0
        steps = [step(one["MaHoSo"], began + dt.timedelta(hours=n), code) for n, code in enumerate(("2", "4", "9"))]
        said = await session_call(sender, "CapNhatTienDoHoSoMC", data=steps)
        assert (said["error_code"], "thành công" in said["message"]) == (0, True)
    assert len(await versions(facts, one["MaHoSo"])) == 1
    rows = await facts.fetch("SELECT status FROM dossier_step WHERE dossier_key = $1 ORDER BY at", one["MaHoSo"])
    assert [row[0] for row in rows] == [2, 4, 9]
    (held,) = (await session_call(sender, "TraCuuHoSo", mahoso=one["MaHoSo"]))["result"]
    assert (held["MaHoSo"], held["TrangThaiHoSo"], held["NgayTiepNhan"]) == (
        one["MaHoSo"],
        "10",
        one["NgayTiepNhan"],
    )


async def test_a_bare_list_with_unit_and_updating_in_the_address_is_answered_with_a_response_code(
    sender: Sender, facts: asyncpg.Connection
):
    one = record(MaHoSo=f"HG/{new_dossier()}", DonViXuLy=None)
    path = "/api/SynsTTHCC/DongBoHoSoMC?MaDinhDanhDV=H99.102&isUpdating=True"
    answer = await sender.send([one], path)
    assert (answer.status_code, answer.json()["response_code"], answer.json()["error_code"]) == (200, "0", 0)
    (row,) = await versions(facts, one["MaHoSo"])
    assert (row["unit_from"], row["dossier_key"]) == ("envelope", f"{one['MaHoSo']}@{sender.issued.system_id}")
    answer = await sender.send([{**one, "TrangThaiHoSo": "2"}], path.replace("True", "False"))
    assert (answer.status_code, answer.json()["response_code"], answer.json()["error_code"]) == (200, "-1", -3)
    answer = await sender.client.post(path, json=[one])
    assert (answer.status_code, answer.json()["response_code"], answer.json()["error_code"]) == (200, "-1", -20)


async def test_a_status_may_move_backwards_and_every_version_is_kept(sender: Sender):
    one = record(TrangThaiHoSo="10")
    await sender.send(one, PATH)
    await sender.send({**one, "TrangThaiHoSo": "2"}, PATH)
    answer = await sender.get(f"{PATH}/{one['MaHoSo']}")
    assert answer.status_code == 200
    held = answer.json()["result"]
    assert [version["NoiDung"]["TrangThaiHoSo"] for version in held["CacPhienBan"]] == ["10", "2"]
    assert held["TenTrangThai"] == "Được tiếp nhận"
    assert {"reopened", "backwards_move"} & {line["Ma"] for line in held["PhatHien"]}


async def test_a_dossier_of_nobody_here_is_not_found(sender: Sender, register: Any):
    one = record(MaHoSo="NB-1")
    await sender.send(one, PATH)
    other = await register()
    answer = await other.get(f"{PATH}/NB-1")
    assert (answer.status_code, answer.json()["error_code"]) == (404, -30)
    assert (await sender.get(f"{PATH}/NB-1")).status_code == 200
    assert (await sender.get(f"{PATH}/{IDENTITY}")).status_code == 404


async def test_a_narrow_system_touches_no_dossier_of_a_unit_outside_its_scope(
    sender: Sender, register: Any, resources: Any, facts: asyncpg.Connection
):
    commune = resources.catalogues.current.units.resolve(
        "h_code", "H99.102", dt.datetime.now(dt.UTC).date(), "synthetic"
    ).unit_id
    narrow = await register(unit_ids=[commune])
    one = record(MaHoSo=new_dossier("H99.101"))
    await sender.send(one, PATH)
    own = {**one, "MaDonVi": "H99.102", "TrangThaiHoSo": "8"}
    answer = await narrow.send(own, PATH)
    assert (answer.status_code, answer.json()["error_code"]) == (403, -21)
    answer = await narrow.send(step(one["MaHoSo"], dt.datetime.now(dt.UTC)), f"{PATH}/tien-trinh")
    assert (answer.status_code, answer.json()["error_code"]) == (403, -21)
    assert (await narrow.get(f"{PATH}/{one['MaHoSo']}")).status_code == 404
    assert len(await versions(facts, one["MaHoSo"])) == 1
    assert (await narrow.send(record(MaHoSo="rieng-1", DonViXuLy=None), PATH)).status_code == 201
    (row,) = await versions(facts, "rieng-1")
    assert (row["unit_id"], row["unit_from"]) == (commune, "scope")


async def test_a_request_with_several_versions_of_a_dossier_is_kept_in_order_and_its_replay_stores_nothing(
    sender: Sender, facts: asyncpg.Connection
):
    one = record(TrangThaiHoSo="2")
    sent = [one, {**one, "TrangThaiHoSo": "4"}, {**one, "TrangThaiHoSo": "4"}, {**one, "TrangThaiHoSo": "9"}]
    first = (await sender.send(sent, PATH)).json()
    assert [line["PhienBan"] for line in first["result"]] == [1, 2, None, 3]
    again = (await sender.send(sent, PATH)).json()
    assert (again["error_code"], again["TrungLap"]) == (0, 4)
    assert [row["status"] for row in await versions(facts, one["MaHoSo"])] == [2, 4, 9]


async def test_progress_before_its_dossier_is_kept_and_touches_it(sender: Sender, facts: asyncpg.Connection):
    code = new_dossier()
    at = dt.datetime.now(dt.UTC) - dt.timedelta(hours=3)
    sent = [step(code, at, "2"), step(code, at, "2", NguoiXuLy="Người khác"), step(code, at, "4"), {"TrangThai": "4"}]
    answer = await sender.send(sent, f"{PATH}/tien-trinh")
    assert answer.status_code == 207
    said = answer.json()
    assert (said["ThanhCong"], said["TrungLap"], said["Loi"]) == (3, 1, 1)
    keys = await facts.fetchval(
        "SELECT dossier_keys FROM dossier_touched WHERE $1 = ANY(dossier_keys) ORDER BY touched_id DESC LIMIT 1", code
    )
    assert keys == [code]
    again = (await sender.send(sent[:3], f"{PATH}/tien-trinh")).json()
    assert (again["error_code"], again["TrungLap"]) == (0, 3)
    assert await facts.fetchval("SELECT count(*) FROM dossier_step WHERE dossier_key = $1", code) == 2


async def test_limits_hold_and_gzip_is_read(sender: Sender):
    assert (await sender.send([{"MaHoSo": str(n)} for n in range(501)], PATH)).status_code == 413
    assert (await sender.send(b"[" + b" " * (5 * 1024 * 1024) + b"]", PATH)).status_code == 413
    packed = gzip.compress(json.dumps([record()]).encode())
    assert (await sender.send(packed, PATH, Content_Encoding="gzip")).status_code == 200
    for empty in ([], {"data": []}, {"data": ""}, {"data": 5}):
        answer = await sender.send(empty, PATH)
        assert (answer.status_code, answer.json()["error_code"]) == (422, -10), empty
    for unreadable in (b"{", b'"x"', b"\xff", b"5"):
        answer = await sender.send(unreadable, PATH)
        assert (answer.status_code, answer.json()["error_code"]) == (400, -12), unreadable
    answer = await sender.send({"isUpdating": "có lẽ", "data": [record()]}, PATH)
    assert (answer.status_code, answer.json()["error_code"]) == (422, -11)


@pytest.mark.parametrize("form", ["[%b, %b]", '{"madonvi": "H99", "data": [%b, %b]}'])
async def test_a_record_that_is_no_json_refuses_the_body_and_nothing_is_stored(
    sender: Sender, facts: asyncpg.Connection, form: str
):
    """Records are decoded one by one: what is wrong within the last one comes out after the others were read."""
    code = new_dossier()
    good = json.dumps(record(MaHoSo=code), ensure_ascii=False).encode()
    for bad in (b'{"MaHoSo": "\xff"}', b'{"MaHoSo": "a\nb"}', b'{"MaHoSo": "\\x"}', b'{"MaHoSo": 01}', b"{", b"nul"):
        answer = await sender.send(form.encode() % (good, bad), PATH)
        assert (answer.status_code, answer.json()["error_code"]) == (400, -12), bad
    assert await versions(facts, code) == []
    answer = await sender.send(form.encode() % (good, b"null"), PATH)
    assert (answer.status_code, answer.json()["ThanhCong"], answer.json()["Loi"]) == (207, 1, 1)


async def test_half_a_character_in_a_code_refuses_its_record_alone(sender: Sender, facts: asyncpg.Connection):
    code = new_dossier()
    body = json.dumps([record(MaHoSo=code), record(MaHoSo="H\ud83d-1")]).encode()
    answer = (await sender.send(body, PATH)).json()
    assert (answer["ThanhCong"], answer["Loi"], answer["result"][1]["Truong"]) == (1, 1, "MaHoSo")
    assert len(await versions(facts, code)) == 1


async def test_half_a_character_in_a_title_spoils_nothing(sender: Sender):
    body = json.dumps([record()]).replace("TrichYeuHoSo", "TrichYeuHoSo").encode()
    cut = body.replace(b'"NoiNopHoSo": "2"', b'"TrichYeuHoSo": "a \\ud83d"')
    assert cut != body
    assert (await sender.send(cut, PATH)).status_code == 200


async def test_xml_of_the_same_names_is_read(sender: Sender, facts: asyncpg.Connection):
    code = new_dossier()
    fields = f"<MaHoSo>{code}</MaHoSo><TrangThaiHoSo>9</TrangThaiHoSo><DanhSachLePhi><LePhi><Gia>0</Gia></LePhi></DanhSachLePhi>"
    body = f"<DanhSach><HoSo>{fields}</HoSo></DanhSach>".encode()
    answer = await sender.send(body, PATH, Content_Type="application/xml")
    assert answer.status_code == 200, answer.text
    (row,) = await versions(facts, code)
    assert (row["status"], row["fee_lines"], row["fee_due"]) == (9, 1, False)


async def test_the_receipts_of_a_day_are_told_by_kind(sender: Sender):
    one = record()
    await sender.send([one, one, {}], PATH)
    await sender.send([step(one["MaHoSo"], dt.datetime.now(dt.UTC))], f"{PATH}/tien-trinh")
    today = dt.datetime.now(dt.timezone(dt.timedelta(hours=7))).date()
    answer = await sender.get(f"/api/v1/doi-soat/ho-so?TuNgay={today - dt.timedelta(days=1)}&DenNgay={today}")
    assert answer.status_code == 200
    lines = {line["Loai"]: line for line in answer.json()["result"]}
    assert (
        lines["ho-so"]["SoBanGhi"],
        lines["ho-so"]["DaLuu"],
        lines["ho-so"]["TrungLap"],
        lines["ho-so"]["TuChoi"],
    ) == (3, 1, 1, 1)
    assert lines["tien-trinh"]["DaLuu"] == 1
    metrics = (await sender.client.get("/metrics")).text
    for kind, verdict in (("dossier", "duplicate"), ("dossier", "refused"), ("progress", "stored")):
        counted = f'parindex_dossier_records_total{{kind="{kind}",realm="synthetic",verdict="{verdict}"}}'
        assert counted in metrics
    answer = await sender.get("/api/v1/doi-soat/ho-so?TuNgay=x&DenNgay=2026-11-30")
    assert (answer.status_code, answer.json()["DanhSachLoi"][0]["Truong"]) == (422, "TuNgay")


async def test_codes_of_a_system_are_mapped_as_its_operator_says(register: Any, facts: asyncpg.Connection):
    sender: Sender = await register()
    one = record(TrangThaiHoSo="12", LoaiDoiTuong="0")
    said = (await sender.send(one, PATH)).json()
    assert {"status_unknown", "applicant_unknown"} <= {line["Ma"] for line in said["result"][0]["CanhBao"]}
    await facts.execute(
        "UPDATE sending_system SET dossier_codes = $2::jsonb WHERE system_id = $1",
        sender.issued.system_id,
        json.dumps({"TrangThaiHoSo": {"12": "4"}, "LoaiDoiTuong": {"0": "1"}}),
    )
    await sender.renew_token()
    assert (await sender.send(one, PATH)).json()["result"][0]["PhienBan"] == 2
    rows = await versions(facts, one["MaHoSo"])
    assert [(row["status"], row["status_raw"], row["applicant"]) for row in rows] == [
        (None, "12", ""),
        (4, "12", "citizen"),
    ]


async def test_the_root_of_the_scope_takes_what_nothing_else_tells(sender: Sender, facts: asyncpg.Connection):
    said = (await sender.send(record(MaHoSo="khong-ro-1", DonViXuLy="Đội cờ"), PATH)).json()
    assert {"unit_from_scope", "agency_name_unknown"} <= {line["Ma"] for line in said["result"][0]["CanhBao"]}
    (row,) = await versions(facts, "khong-ro-1")
    assert (row["unit_id"], row["unit_from"]) == (H99, "scope")


async def test_instants_of_any_form_are_the_same_content(sender: Sender):
    accepted = dt.datetime(2026, 11, 18, 1, 15, 30, tzinfo=dt.UTC)
    one = record(NgayTiepNhan=compact(accepted))
    await sender.send(one, PATH)
    for text in ("2026-11-18T08:15:30", "2026-11-18T01:15:30Z", "18/11/2026 08:15:30", "2026-11-18 08:15:30.000"):
        answer = await sender.send({**one, "NgayTiepNhan": text}, PATH)
        assert answer.json()["TrungLap"] == 1, text
