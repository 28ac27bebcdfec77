"""The envelope of the một-cửa dialect over HTTP: each `error_code` with its status, and every gate answers in it too."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import json
import unicodedata
from typing import Any

import asyncpg
import httpx
import pytest

from parindex.settings import Settings
from support.ingest import NOW, Sender, app_client, item, new_dossier, new_id
from support.motcua import in_xml, sheet, spelled
from survey_ingest.resources import Resources, opened

pytestmark = pytest.mark.database
ONE, MANY = "/api/v1/phieu-danh-gia", "/api/v1/phieu-danh-gia/lo"


async def post(sender: Sender, body: Any, path: str = ONE, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return await sender.client.post(
        path, content=content, headers={"Content-Type": "application/json", **sender.headers, **headers}
    )


def at(**shift: float) -> str:
    return f"{NOW + dt.timedelta(hours=7) + dt.timedelta(**shift):%Y%m%d%H%M%S}"


async def test_an_accepted_sheet_is_answered_as_published(sender: Sender):
    sent = sheet(MaHoSo="khác mẫu")
    answer = await post(sender, sent)
    told = answer.json()
    assert answer.status_code == 201
    assert (told["error_code"], told["message"]) == (0, "Tiếp nhận thành công")
    assert list(told["result"]) == [
        "MaPhieu",
        "SoTiepNhan",
        "PhanLoai",
        "TrungLap",
        "TrangThai",
        "DuocTinh",
        "PhieuDuocTinh",
        "CanhBao",
        "DanhSachLoi",
    ]
    assert (told["result"]["MaPhieu"], told["result"]["TrungLap"]) == (sent["MaPhieu"], False)
    (warning,) = told["result"]["CanhBao"]
    assert (warning["Ma"], warning["Truong"]) == ("W02", "MaHoSo")
    assert "mẫu toàn quốc" in warning["NoiDung"]


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"MaDonVi": None}, 422, -10, "MaDonVi"),
        ({"GiaiDoan": "9"}, 422, -11, "GiaiDoan"),
        ({"ThoiDiemDanhGia": "12/11/2026"}, 422, -11, "ThoiDiemDanhGia"),
        ({"MucDoHaiLong": "7"}, 422, -16, "MucDoHaiLong"),
        ({"MucDoHaiLong": "3"}, 422, -16, "MucDoHaiLong"),
        ({"ThoiDiemDanhGia": at(hours=1)}, 422, -17, "ThoiDiemDanhGia"),
        ({"ThoiDiemDanhGia": at(days=-401)}, 422, -17, "ThoiDiemDanhGia"),
        (
            {"MucDoHaiLong": None, "DanhSachTraLoi": [{"MaCauHoi": "overall", "GiaTri": "5", "TuDong": "True"}]},
            422,
            -18,
            "DanhSachTraLoi",
        ),
        ({"HoTen": "Nguyễn Văn A"}, 422, -19, "HoTen"),
        ({"MaDonVi": "H98.101"}, 403, -21, "MaDonVi"),
        ({"DanhSachTraLoi": [{"MaCauHoi": "q9", "GiaTri": 1}]}, 422, -34, "DanhSachTraLoi[0]"),
        ({"ThayThe": "chua-co"}, 422, -35, "ThayThe"),
    ],
)
async def test_each_refusal_has_its_code_status_field_and_sentence(
    sender: Sender, changes: dict[str, Any], status: int, code: int, field: str
):
    answer = await post(sender, sheet(**changes))
    told = answer.json()
    (fault,) = told["result"]["DanhSachLoi"]
    assert (answer.status_code, told["error_code"], fault["error_code"]) == (status, code, code)
    assert (fault["Truong"], told["message"]) == (field, fault["NoiDung"])
    assert (told["result"]["PhanLoai"], told["result"]["TrangThai"]) == ("TU_CHOI", None)
    line = (await post(sender, [sheet(**changes)], MANY)).json()["result"][0]
    assert (line["error_code"], line["message"], line["Truong"]) == (code, told["message"], field)


async def test_a_replay_a_conflict_a_repeat_and_a_quarantined_sheet(sender: Sender):
    dossier = new_dossier()
    first = sheet(MaHoSo=dossier)
    receipt = (await post(sender, first)).json()["result"]["SoTiepNhan"]
    again = await post(sender, first)
    assert (again.status_code, again.json()["error_code"], again.json()["result"]["TrungLap"]) == (200, 0, True)
    assert again.json()["result"]["SoTiepNhan"] == receipt
    other = await post(sender, {**first, "MucDoHaiLong": "2"})
    assert (other.status_code, other.json()["error_code"]) == (409, -3)
    assert "đã tồn tại với nội dung khác" in other.json()["message"]
    repeat = await post(sender, sheet(MaHoSo=dossier))
    told = repeat.json()["result"]
    assert (repeat.status_code, told["TrungLap"], told["DuocTinh"]) == (200, True, False)
    assert (told["PhieuDuocTinh"], [one["Ma"] for one in told["CanhBao"]]) == (first["MaPhieu"], ["W07"])
    unknown = await post(sender, sheet(MaDonVi="H99.777"))
    told = unknown.json()["result"]
    assert (unknown.status_code, unknown.json()["error_code"], told["TrangThai"]) == (202, 0, "CHO_DOI_CHIEU")
    (warning,) = told["CanhBao"]
    assert (warning["Ma"], warning["Truong"]) == ("W08", "MaDonVi")
    assert "Mã H99.777 chưa có trong danh mục" in warning["NoiDung"]


async def test_a_code_closed_on_1_7_2025_is_redirected_with_a_warning(register: Any):
    sender = await register(realm="sandbox", unit_ids=[208])
    told = (await post(sender, sheet(MaDonVi="000.00.00.H22"))).json()
    (warning,) = told["result"]["CanhBao"]
    assert (told["error_code"], warning["Ma"], warning["Truong"]) == (0, "W03", "MaDonVi")
    assert warning["NoiDung"].startswith("Mã H22 đã đóng trước ngày ")
    assert "đã quy đổi sang Tỉnh Tuyên Quang" in warning["NoiDung"]


@pytest.mark.parametrize(
    "changes",
    [
        {"MaHoSo": "G09.20-20260609-0092637"},
        {"MaHoSo": "000.00.01.H26-260930-0012"},
        {"ThoiDiemGui": "0000-00-00T00:00:00.000+0700"},
        {"ThoiDiemDanhGia": at(days=-45)},
        {"MaDonVi": "000.00.02.H99"},
        {"SoThuTuThietBi": "17", "MaThietBi": "K-1", "MaQuay": "Quầy 3"},
    ],
)
async def test_what_exporters_really_send_is_taken_without_a_warning(sender: Sender, changes: dict[str, Any]):
    told = (await post(sender, sheet(**changes))).json()
    assert (told["error_code"], told["result"].get("CanhBao")) == (0, [])


async def test_a_moment_seven_hours_off_is_seen_by_the_devices_own_counter(sender: Sender, facts: asyncpg.Connection):
    ahead = await post(sender, sheet(ThoiDiemDanhGia=at(hours=7)))
    assert (ahead.status_code, ahead.json()["error_code"]) == (422, -17)
    device = {"MaThietBi": "K-7"}
    first = await post(sender, sheet(**device, SoThuTuThietBi="1", ThoiDiemDanhGia=at(hours=-1)))
    # The next one in UTC without its Z: read as local it lies before the one that the device sent earlier.
    second = await post(sender, sheet(**device, SoThuTuThietBi="2", ThoiDiemDanhGia=at(hours=-7.5)))
    assert (first.status_code, second.status_code) == (201, 201)
    codes = await facts.fetch("SELECT code FROM quality_finding WHERE system_id = $1", sender.issued.system_id)
    assert [row["code"] for row in codes] == ["device_clock_jump"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json_unreadable"),
        (b"{", "json_unreadable"),
        (b"[]", "json_unreadable"),
        ('{"YKien": "rất"}'.encode("utf-16"), "json_unreadable"),
        (b'{"YKien": "h\xe0i l\xf2ng"}', "json_unreadable"),
    ],
)
async def test_what_cannot_be_decoded_is_minus_12(sender: Sender, body: bytes, code: str):
    answer = await post(sender, body)
    told = answer.json()
    assert (answer.status_code, told["error_code"], told["Ma"], told["result"]) == (400, -12, code, None)
    assert told["MaYeuCau"] == answer.headers["x-request-id"]


async def test_the_gates_answer_in_the_envelope(sender: Sender, facts: asyncpg.Connection):
    client = sender.client
    nobody = await client.post(ONE, json=sheet())
    assert (nobody.status_code, nobody.json()["error_code"], nobody.json()["Ma"]) == (401, -20, "token_missing")
    assert nobody.headers["www-authenticate"].startswith("Bearer")
    big = await post(sender, b'{"YKien": "' + b"x" * 300_000 + b'"}')
    assert (big.status_code, big.json()["error_code"]) == (413, -22)
    many = await post(sender, [sheet()] * 501, MANY)
    assert (many.status_code, many.json()["error_code"], many.json()["Ma"]) == (413, -22, "too_many_items")
    assert "501 phiếu" in many.json()["message"]
    bomb = await post(sender, gzip.compress(b"[" + b" " * 6_000_000 + b"]"), MANY, Content_Encoding="gzip")
    assert (bomb.status_code, bomb.json()["error_code"]) == (413, -22)
    for path, status, code in (("/api/v1/khong-co", 404, -30), (ONE, 405, -31), (f"{ONE}/a b", 422, -11)):
        answer = await client.get(path, headers=sender.headers)
        assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    await facts.execute(
        "UPDATE sending_system SET requests_per_minute = 1 WHERE system_id = $1", sender.issued.system_id
    )
    fresh = Sender(client, sender.issued)
    await fresh.renew_token()
    limited = [await post(fresh, sheet()) for _ in range(2)][-1]
    assert (limited.status_code, limited.json()["error_code"]) == (429, -23)
    assert int(limited.headers["retry-after"]) >= 1
    assert '"requests";r=0' in limited.headers["ratelimit"]


async def test_back_pressure_is_minus_90_with_retry_after_and_an_unforeseen_fault_minus_99_with_the_request_id(
    shared_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
):
    settings = Settings(database_url=shared_url, redis_url=redis_url, max_waiting=1)
    async with opened(settings) as resources, app_client(settings, resources) as client:
        sender = await Sender.register(client, shared_url)
        resources.committer.waiting += 1
        busy = await post(sender, [sheet()], MANY)
        resources.committer.waiting -= 1
        assert (busy.status_code, busy.json()["error_code"], busy.json()["Ma"]) == (503, -90, "back_pressure")
        assert int(busy.headers["retry-after"]) >= 1

        async def broken(*_arguments: Any) -> None:
            raise RuntimeError("unforeseen")

        monkeypatch.setattr(resources.committer, "committed", broken)
        fault = await post(sender, [sheet()], MANY)
        assert (fault.status_code, fault.json()["error_code"]) == (500, -99)
        assert fault.json()["MaYeuCau"] == fault.headers["x-request-id"]
        assert "unforeseen" not in fault.text

        async def away(*_arguments: Any) -> None:
            raise ConnectionRefusedError

        monkeypatch.setattr(resources.committer, "committed", away)
        gone = await post(sender, [sheet()], MANY)
        assert (gone.status_code, gone.json()["error_code"], gone.json()["Ma"]) == (503, -90, "database_unavailable")
        assert int(gone.headers["retry-after"]) >= 1


# Batches.


async def test_a_batch_says_in_its_order_what_became_of_each_sheet(sender: Sender):
    good, bad = sheet(), sheet(MucDoHaiLong="9")
    answer = await post(sender, [good, bad, good, "x"], MANY)
    told = answer.json()
    assert (answer.status_code, told["error_code"]) == (207, 1)
    assert (told["TongSo"], told["ThanhCong"], told["TrungLap"], told["Loi"]) == (4, 2, 1, 2)
    assert [(line["ViTri"], line["MaPhieu"], line["error_code"], line["Truong"]) for line in told["result"]] == [
        (0, good["MaPhieu"], 0, ""),
        (1, bad["MaPhieu"], -16, "MucDoHaiLong"),
        (2, good["MaPhieu"], 0, ""),
        (3, None, -12, ""),
    ]
    none = await post(sender, [bad], MANY)
    assert (none.status_code, none.json()["error_code"], "thành công" in none.json()["message"]) == (422, 1, False)
    whole = await post(sender, [sheet(), sheet(MaDonVi="H99.777")], MANY)
    assert (whole.status_code, whole.json()["error_code"], whole.json()["Loi"]) == (200, 0, 0)


async def test_a_batch_comes_as_array_object_ndjson_or_xml_packed_or_plain(sender: Sender):
    sheets = [sheet(), sheet()]
    for body, kind in (
        (json.dumps(sheets).encode(), "application/json"),
        (b"\xef\xbb\xbf" + json.dumps({"DanhSach": sheets}).encode(), "application/json; charset=utf-8"),
        (b"\n".join(json.dumps(one).encode() for one in sheets), "application/x-ndjson"),
        (b"<LoPhieu>" + b"".join(in_xml("PhieuDanhGia", one) for one in sheets) + b"</LoPhieu>", "text/xml"),
        (in_xml("Lo", {"MaLo": new_id(), "DanhSach": sheets}), "application/xml"),
    ):
        for packed in (False, True):
            encoding = {"Content_Encoding": "gzip"} if packed else {}
            answer = await post(sender, gzip.compress(body) if packed else body, MANY, Content_Type=kind, **encoding)
            assert answer.status_code == 200, (kind, answer.text)
            expected = "application/xml" if "xml" in kind else "application/json"
            assert answer.headers["content-type"].startswith(expected)
    assert (await sender.balance())["accepted"] == 2
    assert (await sender.balance())["duplicate"] == 16  # the named one is answered again, not received again


async def test_a_named_batch_is_answered_again_by_its_name_in_either_dialect(sender: Sender):
    name, body = f"lo/{new_id()}", {"DanhSach": [sheet(), sheet(GiaiDoan="8")]}
    first = await post(sender, {"MaLo": name, **body}, MANY)
    again = await post(sender, {"MaLo": name, **body}, MANY)
    assert (first.status_code, again.content) == (207, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    told = await sender.client.get(f"/api/v1/lo/{name}", headers=sender.headers)
    assert (told.status_code, told.content) == (207, first.content)
    canonical = (await sender.get(f"/v1/batches/{name}")).json()["results"]
    assert [one["verdict"] for one in canonical] == ["accepted", "refused"]
    other = await post(sender, {"MaLo": name, "DanhSach": [sheet()]}, MANY)
    assert (other.status_code, other.json()["error_code"]) == (422, -33)
    lost = await sender.client.get(f"/api/v1/lo/{new_id()}", headers=sender.headers)
    assert (lost.status_code, lost.json()["error_code"]) == (404, -30)
    key = new_id()
    one = await post(sender, [sheet()], MANY, Idempotency_Key=key)
    assert (await sender.client.get(f"/api/v1/lo/{key}", headers=sender.headers)).content == one.content


@pytest.mark.parametrize(
    ("body", "header", "status", "code"),
    [
        ({"MaLo": "a", "DanhSach": [{}]}, "b", 422, "batch_keys_differ"),
        ({"MaLo": "a b", "DanhSach": [{}]}, None, 422, "idempotency_key_form"),
        ({"MaLo": "a", "DanhSach": []}, None, 422, "batch_empty"),
        ({"MaLo": "a"}, None, 400, "batch_form"),
        ({"MaLo": "a", "DanhSach": {}}, None, 400, "batch_form"),
        ([], None, 422, "batch_empty"),
        (b'{"MaLo": "a", "DanhSach": [', None, 400, "json_unreadable"),
        (b'"\\ud800"', None, 400, "json_unreadable"),
        (b'{"MaLo": "\\ud800", "DanhSach": [1]}', None, 422, "idempotency_key_form"),
        (b'{"DanhSach": "\\ud800"}', None, 400, "batch_form"),
    ],
)
async def test_a_batch_of_another_form_is_refused_whole(
    sender: Sender, body: Any, header: str | None, status: int, code: str
):
    answer = await post(sender, body, MANY, **({"Idempotency_Key": header} if header else {}))
    assert (answer.status_code, answer.json()["Ma"]) == (status, code)
    assert (await sender.balance())["received"] == 0


async def test_half_a_character_harms_its_own_sheet_only(sender: Sender):
    good = json.dumps(sheet()).encode()
    body = b'{"MaLo": "' + new_id().encode() + b'", "DanhSach": [' + good + b', {"MaPhieu": "\\ud800"}]}'
    told = (await post(sender, body, MANY)).json()
    assert [line["error_code"] for line in told["result"]] == [0, -12]


async def test_the_same_batch_three_times_and_at_once_is_stored_once(sender: Sender):
    batch = {"MaLo": new_id(), "DanhSach": [sheet(MaHoSo=new_dossier()) for _ in range(5)]}
    answers = await asyncio.gather(*(post(sender, batch, MANY) for _ in range(3)))
    again = await post(sender, batch, MANY)
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert all(answer.json()["error_code"] == -32 for answer in answers if answer.status_code == 409)
    assert {answer.content for answer in answers if answer.status_code == 200} == {again.content}
    assert (await sender.balance())["received"] == 5


async def test_two_vendors_may_use_one_id_and_a_token_that_ends_between_batches_only_needs_another(
    register: Any, facts: asyncpg.Connection
):
    one, other = await register(), await register()
    sent = sheet()
    assert [(await post(system, sent)).status_code for system in (one, other)] == [201, 201]
    await facts.execute(
        "UPDATE access_token SET expires_at = now() - interval '1 second' WHERE credential_id = $1",
        one.issued.credential_id,
    )
    fresh = Sender(one.client, one.issued, one.token + "x")
    assert (await post(fresh, [sent], MANY)).json()["error_code"] == -20
    await fresh.renew_token()
    assert (await post(fresh, [sent], MANY)).json()["result"][0]["TrungLap"]


# One sheet afterwards.


async def test_what_was_sent_in_one_dialect_is_seen_replayed_and_withdrawn_in_the_other(sender: Sender):
    one, other = item(dossier_code=new_dossier(), overall="Rất hài lòng"), item(overall=4)
    await sender.post(one)
    assert (await post(sender, spelled(one))).json()["result"]["TrungLap"]
    assert (await post(sender, spelled(other))).status_code == 201
    assert (await sender.post(other))["verdict"] == "duplicate"
    withdrawn = await post(sender, {"LyDo": "2"}, f"{ONE}/{one['response_id']}/thu-hoi")
    assert (withdrawn.status_code, withdrawn.json()["result"]["TrangThai"]) == (200, "DA_THU_HOI")
    assert (await sender.state(one["response_id"]))["history"][-1]["reason"] == "entered_in_error"
    told = (await post(sender, spelled(one))).json()["result"]
    assert (told["TrangThai"], [warning["Ma"] for warning in told["CanhBao"]]) == ("DA_THU_HOI", ["W12"])


@pytest.mark.parametrize("body", [{}, {"LyDo": "9"}, {"LyDo": None}, [], {"LyDo": True}])
async def test_a_withdrawal_needs_one_of_three_reasons(sender: Sender, body: Any):
    answer = await post(sender, body, f"{ONE}/{new_id()}/thu-hoi")
    assert (answer.status_code, answer.json()["error_code"]) == (422, -11)
    assert answer.json()["DanhSachLoi"][0]["Truong"] == "LyDo"
    missing = await post(sender, {"LyDo": "1"}, f"{ONE}/{new_id()}/thu-hoi")
    assert (missing.status_code, missing.json()["error_code"]) == (404, -30)


# XML.


async def test_a_sheet_in_xml_is_answered_in_xml_with_the_same_verdict(sender: Sender):
    sent = sheet(YKien=unicodedata.normalize("NFD", "Phục vụ tốt <tốt> & nhanh"))
    kind = {"Content_Type": "application/xml; charset=utf-8"}
    answer = await post(sender, in_xml("PhieuDanhGia", sent), **kind)
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/xml")
    assert "<error_code>0</error_code><message>Tiếp nhận thành công</message>" in answer.text
    assert (await post(sender, sent)).json()["result"]["TrungLap"]
    state = await sender.client.get(f"{ONE}/{sent['MaPhieu']}", headers={**sender.headers, "Accept": "application/xml"})
    assert "<TrangThai>DUOC_TINH</TrangThai>" in state.text
    utf16 = await post(sender, in_xml("PhieuDanhGia", sent).decode().encode("utf-16"), **kind)
    assert (utf16.status_code, "<TrungLap>true</TrungLap>" in utf16.text) == (200, True)
    withdrawn = await post(sender, b"<ThuHoi><LyDo>1</LyDo></ThuHoi>", f"{ONE}/{sent['MaPhieu']}/thu-hoi", **kind)
    assert (withdrawn.status_code, "<TrangThai>DA_THU_HOI</TrangThai>" in withdrawn.text) == (200, True)


@pytest.mark.parametrize("path", [ONE, MANY, f"{ONE}/x/thu-hoi", "/api/v1/doi-soat"])
async def test_an_attack_in_xml_is_minus_12_in_xml_with_its_place(sender: Sender, path: str):
    attack = b'<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<a>&x;</a>'
    answer = await post(sender, attack, path, Content_Type="application/xml")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/xml")
    assert "<error_code>-12</error_code>" in answer.text
    assert "dòng 2" in answer.text
    assert "root:" not in answer.text


async def test_a_gate_answers_in_xml_where_xml_was_sent(client: httpx.AsyncClient, resources: Resources):
    del resources
    answer = await client.post(ONE, content=b"<a/>", headers={"Content-Type": "application/xml"})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/xml")
    assert "<error_code>-20</error_code>" in answer.text
