"""The một-cửa dialect is a pure translation: the same item, the same content, the same digest; findings in its own names."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Any

import pytest
from hypothesis import assume, given

from support.ingest import item
from support.items import FULL, ITEMS
from support.motcua import in_xml, spelled
from survey_ingest.check import check_item
from survey_ingest.item import Item, Refused
from survey_ingest.motcua.names import vietnamese_path
from survey_ingest.motcua.translate import canonical_item, withdrawal_reason
from survey_ingest.motcua.xml_body import read_xml, sheet_of

SHEET: dict[str, Any] = {
    "MaPhieu": "p-1",
    "MaDonVi": "H99.101",
    "MaBoCauHoi": "KIOSK3",
    "PhienBan": "1",
    "ThoiDiemDanhGia": "20261122081530",
    "GiaiDoan": "3",
    "KenhThuThap": "1",
    "CheDo": "1",
    "MucDoHaiLong": "5",
}


def read(**changes: Any) -> Item:
    sheet = {name: value for name, value in {**SHEET, **changes}.items() if value is not ...}
    checked = check_item(canonical_item(sheet))
    assert isinstance(checked, Item), checked.findings
    return checked


def faults(**changes: Any) -> list[tuple[str, str]]:
    sheet = {name: value for name, value in {**SHEET, **changes}.items() if value is not ...}
    checked = check_item(canonical_item(sheet))
    assert isinstance(checked, Refused)
    return [(vietnamese_path(finding.field), finding.code) for finding in checked.findings]


@given(ITEMS)
def test_an_item_has_one_digest_in_both_dialects(fields: dict[str, Any]):
    canonical = check_item(item(response_id="p-1", **fields))
    dialect = check_item(canonical_item(spelled(item(response_id="p-1", **fields))))
    assert type(canonical) is type(dialect)
    if isinstance(canonical, Item):
        assert isinstance(dialect, Item)
        assert (dialect.content, dialect.digest()) == (canonical.content, canonical.digest())
        assert (dialect.sent_at, dialect.as_given) == (canonical.sent_at, canonical.as_given)
        assert [(one.code, one.field) for one in dialect.warnings] == [
            (one.code, one.field) for one in canonical.warnings
        ]
    elif isinstance(dialect, Refused):
        assert [(one.code, one.field) for one in dialect.findings] == [
            (one.code, one.field) for one in canonical.findings
        ]


@given(ITEMS)
def test_a_sheet_read_from_xml_is_the_same_item(fields: dict[str, Any]):
    sheet = spelled(item(response_id="p-1", **fields))
    canonical = check_item(canonical_item(sheet))
    assume(isinstance(canonical, Item))
    for answer in sheet.get("DanhSachTraLoi", []):
        if isinstance(answer.get("GiaTri"), list):
            answer["GiaTri"] = "".join(f"{one}##" for one in answer["GiaTri"])
    name, value = read_xml(in_xml("PhieuDanhGia", sheet))
    read_back = check_item(canonical_item(sheet_of(value)))
    assert name == "PhieuDanhGia"
    assert isinstance(canonical, Item)
    assert isinstance(read_back, Item), read_back.findings
    assert read_back.digest() == canonical.digest()


def test_every_field_of_the_contract_is_translated():
    dialect = spelled(FULL)
    assert not FULL.keys() & dialect.keys()
    assert set(canonical_item(dialect)) == set(FULL)
    assert check_item(canonical_item(dialect)).digest() == check_item(FULL).digest()


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("GiaiDoan", {"1": "intake", "2": "supplement", "3": "result", "4": "after"}),
        (
            "KenhThuThap",
            {"1": "kiosk", "2": "qr", "3": "sms", "4": "zalo", "5": "web", "6": "paper", "7": "phone", "9": "other"},
        ),
        ("CheDo", {"1": "self", "2": "assisted", "3": "from_paper"}),
        ("KenhThucHien", {"1": "direct", "2": "online", "3": "postal"}),
        ("LoaiDoiTuong", {"1": "citizen", "2": "business", "3": "state_agency", "4": "other"}),
    ],
)
def test_codes_are_read_as_text_as_numbers_and_between_blanks(name: str, codes: dict[str, str]):
    for code, word in codes.items():
        for spelling in (code, int(code), f" {code} "):
            assert word in read(**{name: spelling}).content.values(), (name, spelling)


@pytest.mark.parametrize("value", ["8", "0", 0, True, "robot", "1.0", [], {}])
@pytest.mark.parametrize("name", ["GiaiDoan", "KenhThuThap", "CheDo"])
def test_a_code_outside_the_list_is_named_by_its_field(name: str, value: Any):
    assert faults(**{name: value}) == [(name, "unknown_value")]


@pytest.mark.parametrize("truth", [True, "True", "true", 1, "1", "TRUE"])
@pytest.mark.parametrize("lie", [False, "False", "false", 0, "0", "", None, ...])
def test_booleans_come_as_booleans_numbers_and_text(truth: Any, lie: Any):
    human = {"MaCauHoi": "a", "GiaTri": "5", **({} if lie is ... else {"TuDong": lie})}
    answers = read(DanhSachTraLoi=[human, {"MaCauHoi": "b", "GiaTri": 4, "TuDong": truth}]).content["answers"]
    assert [answer.get("automatic", False) for answer in answers] == [False, True]


@pytest.mark.parametrize("level", [5, "5", " 5 ", "Rất hài lòng", "RẤT HÀI LÒNG", "rất  hài lòng\u00a0"])
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKD", "mixed"])
def test_a_level_is_the_same_in_every_spelling_and_unicode_form(level: Any, form: str):
    if isinstance(level, str):
        # "Tổ hợp" keyboards write the vowel composed and the tone mark apart: neither NFC nor NFD.
        level = level.replace("ấ", "â\u0301") if form == "mixed" else unicodedata.normalize(form, level)
    assert read(MucDoHaiLong=level).content["overall"] == 5


@pytest.mark.parametrize("empty", ["0000-00-00T00:00:00.000+0700", " 0000-00-00T00:00:00.000+0700", "", None, ...])
def test_the_sentinel_of_no_date_is_no_date(empty: Any):
    assert read(ThoiDiemGui=empty).sent_at is None
    assert faults(ThoiDiemDanhGia=empty) == [("ThoiDiemDanhGia", "missing")]


@pytest.mark.parametrize(
    "moment",
    [
        "20261122081530",
        "2026-11-22T08:15:30",
        "2026-11-22T08:15:30+07:00",
        "2026-11-22T08:15:30.000+0700",
        "2026-11-22 08:15:30",
        "2026-11-22T01:15:30Z",
    ],
)
def test_a_moment_is_the_same_in_every_form_and_local_without_an_offset(moment: str):
    assert read(ThoiDiemDanhGia=moment).answered_at == dt.datetime(2026, 11, 22, 1, 15, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize("value", ["late##other", "other##late", "late##other##", ["late", "other"]])
def test_a_list_joined_by_two_hashes_is_a_list(value: Any):
    answers = read(DanhSachTraLoi=[{"MaCauHoi": "reasons", "GiaTri": value}]).content["answers"]
    assert answers == [{"item": "reasons", "value": ["late", "other"]}]


def test_two_hashes_in_free_text_are_text():
    assert read(YKien="a##b").content["comment"] == "a##b"


@pytest.mark.parametrize("name", ["response_id", "overall", "comment", "mode", "answers"])
def test_a_canonical_name_is_unknown_in_this_dialect(name: str):
    checked = read(**{name: "x"})
    assert checked.digest() == read().digest()
    assert [(one.code, vietnamese_path(one.field)) for one in checked.warnings] == [("unknown_field", name)]


def test_a_canonical_name_inside_an_answer_is_unknown_too():
    checked = read(DanhSachTraLoi=[{"MaCauHoi": "a", "GiaTri": 5, "text": "x"}])
    assert checked.content["answers"] == [{"item": "a", "value": 5}]
    assert [vietnamese_path(one.field) for one in checked.warnings] == ["DanhSachTraLoi[0].text"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"MaPhieu": ...}, ("MaPhieu", "missing")),
        ({"MaPhieu": 7}, ("MaPhieu", "response_id_form")),
        ({"MaDonVi": "?"}, ("MaDonVi", "unit_code_unreadable")),
        ({"ThoiDiemDanhGia": "hôm qua"}, ("ThoiDiemDanhGia", "time_unreadable")),
        ({"MucDoHaiLong": "6"}, ("MucDoHaiLong", "value_outside_scale")),
        ({"MucDoHaiLong": ...}, ("DanhSachTraLoi", "missing")),
        ({"DanhSachTraLoi": [{"GiaTri": 1}]}, ("DanhSachTraLoi[0].MaCauHoi", "item_form")),
        ({"DanhSachTraLoi": [{"MaCauHoi": "a", "GiaTri": {}}]}, ("DanhSachTraLoi[0].GiaTri", "wrong_type")),
        (
            {"DanhSachTraLoi": [{"MaCauHoi": "a", "GiaTri": 1, "TuDong": "x"}]},
            ("DanhSachTraLoi[0].TuDong", "wrong_type"),
        ),
        ({"MauKhaoSat": {"TrongSo": "-1"}}, ("MauKhaoSat.TrongSo", "weight_form")),
        ({"ThongBaoDuLieu": {"DaHienThi": "x"}}, ("ThongBaoDuLieu.DaHienThi", "wrong_type")),
        ({"SoThuTuThietBi": "x"}, ("SoThuTuThietBi", "wrong_type")),
        ({"HoTen": "A"}, ("HoTen", "personal_data")),
        ({"DanhSachTraLoi": [{"MaCauHoi": "a", "SoDienThoai": 1}]}, ("DanhSachTraLoi[0].SoDienThoai", "personal_data")),
        ({"MaCanBo": "001099012345"}, ("MaCanBo", "personal_data")),
        ({"ThayThe": "p-1"}, ("ThayThe", "replaces_itself")),
    ],
)
def test_findings_name_the_senders_own_fields(changes: dict[str, Any], expected: tuple[str, str]):
    assert faults(**changes) == [expected]


def test_every_fault_is_named_at_once():
    assert dict(faults(MaPhieu=..., GiaiDoan="7", MucDoHaiLong="sai")) == {
        "GiaiDoan": "unknown_value",
        "MucDoHaiLong": "value_outside_scale",
        "MaPhieu": "missing",
    }


@pytest.mark.parametrize("raw", [None, 1, "x", [], True])
def test_what_is_no_object_stays_what_it_is(raw: Any):
    assert canonical_item(raw) == raw


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("1", "test"),
        (2, "entered_in_error"),
        (" 3 ", "citizen_request"),
        ("Nhập sai", "entered_in_error"),
        (unicodedata.normalize("NFD", "THEO YÊU CẦU CỦA NGƯỜI DÂN"), "citizen_request"),
        ("test", "test"),
        (True, ""),
        (None, ""),
        ([], ""),
        ("4", "4"),
    ],
)
def test_a_reason_is_its_code_its_label_or_its_word(given: Any, reason: str):
    assert withdrawal_reason(given) == reason
