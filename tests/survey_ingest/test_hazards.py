"""The realities of collection (each was seen in a vendor's system or client): every one with what must come of it.

Numbered as in the integration facts, "Realities to design for". Number 10, the volume of a national day, is measured by
`make bench`; here stands what a day's replay does to the counts.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Any

import asyncpg
import msgspec
import pytest

from parindex.engine.period import VIETNAM
from support.ingest import Sender, new_dossier, new_id

pytestmark = pytest.mark.database
HOUR_AGO = (dt.datetime.now(VIETNAM) - dt.timedelta(hours=1)).replace(microsecond=0)
SHEETS = "/api/v1/phieu-danh-gia"


def sheet(**changes: Any) -> dict[str, Any]:
    """A sheet as a vendor's software writes it: everything a text. None leaves a field out."""
    fields = {
        "MaPhieu": new_id(), "MaDonVi": "H99.101", "MaBoCauHoi": "KIOSK3", "PhienBan": "1", "ThoiDiemDanhGia": f"{HOUR_AGO:%Y%m%d%H%M%S}",
        "GiaiDoan": "3", "KenhThuThap": "1", "CheDo": "1", "MucDoHaiLong": "HÀI LÒNG", **changes,
    }  # fmt: skip
    return {name: value for name, value in fields.items() if value is not None}


async def said(sender: Sender, one: dict[str, Any], status: int) -> dict[str, Any]:
    answer = await sender.send(one, SHEETS)
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def stored(facts: asyncpg.Connection, sender: Sender, response_id: str) -> asyncpg.Record:
    return await facts.fetchrow(
        "SELECT * FROM response WHERE tenant_id = $1 AND system_id = $2 AND response_id = $3",
        sender.issued.tenant_id, sender.issued.system_id, response_id,
    )  # fmt: skip


async def findings(facts: asyncpg.Connection, sender: Sender) -> list[str]:
    return [
        row["code"]
        for row in await facts.fetch(
            "SELECT code FROM quality_finding WHERE tenant_id = $1 AND system_id = $2 ORDER BY recorded_at, code",
            sender.issued.tenant_id, sender.issued.system_id,
        )
    ]  # fmt: skip


async def test_hazard_1_one_dossier_rated_in_three_places_counts_once_in_each_and_the_second_click_is_kept_aside(
    sender: Sender,
):
    code = new_dossier()
    nine = {"MaBoCauHoi": "TT01-2018", "MucDoHaiLong": None, "DanhSachTraLoi": [{"MaCauHoi": "3", "GiaTri": "2"}]}
    at_the_counter = await said(sender, sheet(MaHoSo=code, GiaiDoan="1"), 201)
    with_the_result = await said(sender, sheet(MaHoSo=code, GiaiDoan="3"), 201)
    nine_indices = await said(sender, sheet(MaHoSo=code, PhienBan="1", **nine), 201)
    again = await said(sender, sheet(MaHoSo=code, GiaiDoan="1", MucDoHaiLong="KHÔNG HÀI LÒNG"), 200)
    assert all(one["result"]["DuocTinh"] for one in (at_the_counter, with_the_result, nine_indices))
    assert again["result"]["DuocTinh"] is False
    assert again["result"]["TrungLap"] is True
    assert again["result"]["PhieuDuocTinh"] == at_the_counter["result"]["MaPhieu"]


async def test_hazard_2_what_software_filled_in_is_never_a_citizens_answer(sender: Sender, facts: asyncpg.Connection):
    preset = [{"MaCauHoi": str(item), "GiaTri": "2", "TuDong": "True"} for item in (1, 2)]
    given = [{"MaCauHoi": "3", "GiaTri": "0", "TuDong": "False"}]
    base = {"MaBoCauHoi": "TT01-2018", "MucDoHaiLong": None, "MaHoSo": new_dossier()}
    mixed = sheet(**base, DanhSachTraLoi=preset + given)
    await said(sender, mixed, 201)
    answers = (await stored(facts, sender, mixed["MaPhieu"]))["answers"]
    assert [value for value in answers if value is not None and value >= 0] == [0]
    assert [value for value in answers if value is not None and value <= -100] == [-102, -102]
    only = await said(sender, sheet(**base, DanhSachTraLoi=preset), 422)
    assert only["error_code"] == -18


@pytest.mark.parametrize(("code", "mode"), [("1", "self"), ("2", "assisted"), ("3", "from_paper")])
async def test_hazard_2_who_worked_the_screen_is_kept(sender: Sender, facts: asyncpg.Connection, code: str, mode: str):
    one = sheet(CheDo=code)
    await said(sender, one, 201)
    assert (await stored(facts, sender, one["MaPhieu"]))["mode"] == mode


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (unicodedata.normalize("NFD", "RẤT HÀI LÒNG"), 5),
        ("Hài lòng ", 4),
        ("hài  lòng", 4),
        ("Chưa hài lòng", 2),
        ("KHÔNG HÀI LÒNG", 2),
        ("ha\u0300i lo\u0300ng", 4),
    ],
    ids=["decomposed capitals", "trailing blank", "two blanks", "chưa", "không", "tổ hợp"],
)
async def test_hazard_3_a_rating_in_words_is_understood_however_it_is_written(
    sender: Sender, facts: asyncpg.Connection, words: str, value: int
):
    one = sheet(MucDoHaiLong=words)
    await said(sender, one, 201)
    assert (await stored(facts, sender, one["MaPhieu"]))["answers"][0] == value


async def test_hazard_4_a_rating_belongs_to_the_day_it_was_given_not_to_the_day_of_the_dossier(
    sender: Sender, facts: asyncpg.Connection
):
    long_ago = HOUR_AGO - dt.timedelta(days=75)
    one = sheet(MaHoSo=f"H99.101-{long_ago:%y%m%d}-0001")
    await said(sender, one, 201)
    row = await stored(facts, sender, one["MaPhieu"])
    assert row["local_day"] == HOUR_AGO.date()
    assert row["dossier_code"] == one["MaHoSo"]


@pytest.mark.parametrize(
    "written",
    [
        f"{HOUR_AGO:%Y%m%d%H%M%S}",
        f"{HOUR_AGO:%Y-%m-%d %H:%M:%S}",
        f"{HOUR_AGO:%Y-%m-%dT%H:%M:%S}.000",
        f"{HOUR_AGO.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S}.000Z",
        f"{HOUR_AGO:%Y-%m-%dT%H:%M:%S}.000+0700",
    ],
    ids=["compact", "with a blank", "ISO without offset", "ISO of a browser", "offset without colon"],
)
async def test_hazard_5_each_way_to_write_a_time_is_the_same_instant(
    sender: Sender, facts: asyncpg.Connection, written: str
):
    one = sheet(ThoiDiemDanhGia=written)
    await said(sender, one, 201)
    assert (await stored(facts, sender, one["MaPhieu"]))["answered_at"] == HOUR_AGO


@pytest.mark.parametrize("written", ["22/11/2026 08:15:30", "20261122 0815", "0000-00-00T00:00:00.000+0700"])
async def test_hazard_5_a_time_that_cannot_be_told_is_refused_by_its_field(sender: Sender, written: str):
    told = await said(sender, sheet(ThoiDiemDanhGia=written), 422)
    assert told["error_code"] in (-10, -11)
    assert told["result"]["DanhSachLoi"][0]["Truong"] == "ThoiDiemDanhGia"


async def test_hazard_5_a_sentinel_where_a_time_may_be_missing_is_no_time(sender: Sender, facts: asyncpg.Connection):
    one = sheet(ThoiDiemGui="0000-00-00T00:00:00.000+0700")
    await said(sender, one, 201)
    assert (await stored(facts, sender, one["MaPhieu"]))["sent_at"] is None


async def test_hazard_5_utc_written_as_local_time_is_found_by_the_sending_time(
    sender: Sender, facts: asyncpg.Connection
):
    """The same client wrote local time and UTC without a mark for one moment: seven hours apart."""
    now = dt.datetime.now(dt.UTC)
    await said(sender, sheet(ThoiDiemGui=f"{now:%Y-%m-%dT%H:%M:%S}", MaThietBi="kiosk-1"), 201)
    assert await findings(facts, sender) == ["sent_utc_as_local"]


async def test_hazard_5_a_clock_that_jumps_back_seven_hours_is_found_by_the_running_number(
    sender: Sender, facts: asyncpg.Connection
):
    device = {"MaThietBi": "kiosk-2"}
    await said(sender, sheet(**device, SoThuTuThietBi="1"), 201)
    shifted = HOUR_AGO - dt.timedelta(hours=7)
    await said(sender, sheet(**device, SoThuTuThietBi="2", ThoiDiemDanhGia=f"{shifted:%Y%m%d%H%M%S}"), 201)
    assert await findings(facts, sender) == ["device_clock_jump"]


async def test_hazard_5_a_clock_that_runs_ahead_is_found_and_an_answer_from_the_future_refused(
    sender: Sender, facts: asyncpg.Connection
):
    ahead = dt.datetime.now(VIETNAM) + dt.timedelta(minutes=20)
    await said(sender, sheet(ThoiDiemGui=f"{ahead:%Y%m%d%H%M%S}"), 201)
    assert await findings(facts, sender) == ["sent_in_future"]
    refused = await said(sender, sheet(ThoiDiemDanhGia=f"{ahead:%Y%m%d%H%M%S}"), 422)
    assert refused["error_code"] == -17


async def test_hazard_6_texts_numbers_and_missing_values_of_any_kind_are_one_content(sender: Sender):
    one = sheet(
        GiaiDoan="3",
        SoThuTuThietBi="7",
        MaThietBi="k",
        YKien="",
        MaHoSo=None,
        ThongBaoDuLieu={"PhienBan": "1", "DaHienThi": "True"},
    )
    other = {
        **one,
        "GiaiDoan": 3,
        "SoThuTuThietBi": 7,
        "YKien": None,
        "MaHoSo": "",
        "ThongBaoDuLieu": {"PhienBan": "1", "DaHienThi": True},
    }
    await said(sender, one, 201)
    assert (await said(sender, other, 200))["result"]["TrungLap"] is True


async def test_hazard_7_a_duplicate_is_a_success_in_code_and_words_so_that_nobody_sends_it_forever(sender: Sender):
    one = sheet()
    await said(sender, one, 201)
    for _ in range(3):
        told = await said(sender, one, 200)
        assert told["error_code"] == 0
        assert "thành công" in told["message"]


async def test_hazard_8_an_administrators_reset_that_sends_everything_again_moves_no_count(
    sender: Sender, facts: asyncpg.Connection
):
    everything = [sheet() for _ in range(60)]
    first = await sender.send(everything, f"{SHEETS}/lo")
    deltas = await facts.fetchval("SELECT count(*) FROM response_delta")
    again = [await sender.send(everything[at : at + 7], f"{SHEETS}/lo") for at in range(0, 60, 7)]
    assert first.json()["ThanhCong"] == 60
    assert sum(one.json()["TrungLap"] for one in again) == 60
    assert {one.status_code for one in again} == {200}
    assert await facts.fetchval("SELECT count(*) FROM response_delta") == deltas


async def test_hazard_9_a_kiosk_that_was_offline_delivers_late_and_loses_nothing(
    sender: Sender, facts: asyncpg.Connection
):
    days_ago = HOUR_AGO - dt.timedelta(days=20)
    sent = [
        sheet(
            MaThietBi="k9",
            SoThuTuThietBi=str(number),
            ThoiDiemDanhGia=f"{days_ago + dt.timedelta(minutes=number):%Y%m%d%H%M%S}",
        )
        for number in (1, 2, 4)
    ]
    told = (await sender.send(sent, f"{SHEETS}/lo")).json()
    assert told["ThanhCong"] == 3
    assert await findings(facts, sender) == ["device_gap"]


@pytest.mark.parametrize("charset", ["cp1258", "utf-16"], ids=["Windows-1258", "UTF-16"])
async def test_hazard_9_a_legacy_character_set_is_named_not_guessed(sender: Sender, charset: str):
    body = '{"MaPhieu": "x", "MucDoHaiLong": "đ"}'.encode(charset)
    answer = await sender.send(body, SHEETS)
    assert (answer.status_code, answer.json()["error_code"]) == (400, -12)
    assert "UTF-8" in answer.json()["message"]


async def test_hazard_9_a_byte_order_mark_does_no_harm(sender: Sender):
    answer = await sender.send(b"\xef\xbb\xbf" + msgspec.json.encode(sheet()), SHEETS)
    assert answer.status_code == 201
