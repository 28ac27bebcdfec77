"""Reading a dossier record or a progress step by itself: every variant of an exporter, every oddity, nothing personal."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parindex.web.auth import Caller
from support.exporters import EMAIL, IDENTITY, PERSON, PHONE, record, step
from survey_ingest.dossiers.codes import Codes
from survey_ingest.dossiers.fields import SentRecord
from survey_ingest.dossiers.moments import UnreadableMoment, moment
from survey_ingest.dossiers.read_record import Record, RefusedRecord, read_record
from survey_ingest.dossiers.read_step import StepRecord, read_step
from survey_ingest.dossiers.store import entry_of
from survey_ingest.dossiers.unit_of import Place

NOW = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)
VIETNAM = dt.timezone(dt.timedelta(hours=7))
PORTAL = Codes.of({})
PLAIN = {
    "MaHoSo": "H99.101-261101-0001",
    "MaTTHC": "1.000894",
    "TrangThaiHoSo": "4",
    "NgayTiepNhan": "20261101081530",
    "NgayHenTra": "20261105170000",
}


def read(raw: Any = None, codes: Codes = PORTAL, **fields: Any) -> Record:
    found = read_record({**PLAIN, **fields} if raw is None else raw, codes, NOW)
    assert isinstance(found, Record), found
    return found


def odd(found: Record | StepRecord) -> set[tuple[str, str]]:
    return {(one.code, one.field) for one in found.findings}


@pytest.mark.parametrize(
    "text",
    [
        "20261101081530",
        20261101081530,
        "2026-11-01T08:15:30",
        "2026-11-01 08:15:30",
        "2026-11-01T08:15:30.000+0700",
        "2026-11-01T01:15:30Z",
        "2026-11-01T01:15:30.000Z",
        "01/11/2026 08:15:30",
        "1/11/2026 8:15:30",
        " 20261101081530 ",
    ],
)
def test_an_instant_is_read_in_each_form_of_the_exporters(text: Any) -> None:
    assert moment(text) == dt.datetime(2026, 11, 1, 8, 15, 30, tzinfo=VIETNAM)
    assert moment(text).isoformat() == "2026-11-01T08:15:30+07:00"


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("01/11/2026", 0, 0),
        ("2026-11-01", 0, 0),
        ("20261101", 0, 0),
        ("202611010815", 8, 15),
        ("01/11/2026 08:15", 8, 15),
    ],
)
def test_a_day_and_a_minute_are_read_as_their_first_second(text: str, hour: int, minute: int) -> None:
    assert moment(text) == dt.datetime(2026, 11, 1, hour, minute, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "  ",
        "0000-00-00T00:00:00.000+0700",
        "00000000000000",
        "0",
        "0001-01-01T00:00:00",
        "00010101000000",
        "01/01/0001 00:00:00",
        "1900-01-01T00:00:00",
    ],
)
def test_a_sentinel_is_no_date(text: str | None) -> None:
    assert moment(text) is None


@pytest.mark.parametrize(
    "text",
    ["hôm qua", "20261301081530", "31/02/2026", "2026-11-01T25:00:00", "99999999999999", True, 1.5, [], "9" * 50],
)
def test_what_is_no_instant_is_said_to_be_none(text: Any) -> None:
    with pytest.raises(UnreadableMoment):
        moment(text)


def test_an_unreadable_instant_is_a_finding_and_not_given() -> None:
    found = read(NgayTiepNhan="hôm qua")
    assert found.said.accepted_at is None
    assert {("moment_unreadable", "NgayTiepNhan"), ("accepted_missing", "NgayTiepNhan")} <= odd(found)


@pytest.mark.parametrize("value", ["4", 4, " 4 ", "04", 4.0, "Đang xử lý", "ĐANG XỬ LÝ", "đang  xử lý"])
def test_a_status_means_the_same_however_it_is_sent(value: Any) -> None:
    found = read(TrangThaiHoSo=value)
    assert (found.said.status, found.said.status_raw) == (4, "4")
    assert odd(found) == set()


def test_a_code_without_meaning_is_kept_as_sent_and_said() -> None:
    found = read(TrangThaiHoSo="17", KenhThucHien="9", LoaiDoiTuong="x", DuocThanhToanTrucTuyen="7")
    assert (found.said.status, found.said.status_raw, found.said.channel, found.said.applicant, found.said.payment) == (
        None,
        "17",
        None,
        "",
        None,
    )
    assert {code for code, _ in odd(found)} == {
        "status_unknown",
        "channel_unknown",
        "applicant_unknown",
        "payment_unknown",
    }


@pytest.mark.parametrize("value", [{"a": 1}, [4], True, "Nguyễn Văn A đang chờ", PHONE, "x" * 40])
def test_a_status_of_any_other_kind_leaves_no_text_behind(value: Any) -> None:
    found = read(TrangThaiHoSo=value)
    assert (found.said.status, found.said.status_raw) == (None, "")
    assert ("status_unknown", "TrangThaiHoSo") in odd(found)


def test_a_system_has_a_map_of_its_own_over_the_portals_list() -> None:
    codes = Codes.of(
        {
            "TrangThaiHoSo": {"6": "4", "19": "10", "11": None},
            "LoaiDoiTuong": {"0": "1", "1": "2"},
            "KenhThucHien": {"A": "2"},
        }
    )
    assert [read(codes=codes, TrangThaiHoSo=code).said.status for code in ("6", "19", "11", "9")] == [4, 10, None, 9]
    assert odd(read(codes=codes, TrangThaiHoSo="11")) == set()
    assert [read(codes=codes, LoaiDoiTuong=code).said.applicant for code in ("0", "1", "3")] == [
        "citizen",
        "business",
        "state_agency",
    ]
    assert read(codes=codes, KenhThucHien="A").said.channel == 2


@given(st.permutations(["1", 1, True, 1.0, "01", "True"]))
def test_what_was_read_before_changes_no_code(order: list[Any]) -> None:
    """1, 1.0 and true are equal to Python, and only two of them are codes."""
    for sent in order:
        found = read(codes=Codes.of({"KenhThucHien": {"True": "2"}}), KenhThucHien=sent, TrangThaiHoSo=sent)
        known = sent is not True
        assert found.said.channel == (2 if sent == "True" else 1 if known else None)
        assert found.said.status == (1 if known and sent != "True" else None)
        assert (("channel_unknown", "KenhThucHien") in odd(found)) is (sent is True)


def test_missing_no_and_empty_are_three_things() -> None:
    missing = read()
    assert (
        missing.said.fee_lines,
        missing.said.fee_due,
        missing.said.results,
        missing.said.digitised,
        missing.said.population,
    ) == (None,) * 5
    empty = read(DanhSachLePhi=[], DanhSachGiayToKetQua=[], DSKetNoiCSDL=[], HoSoCoThanhPhanSoHoa="False")
    assert (
        empty.said.fee_lines,
        empty.said.fee_due,
        empty.said.results,
        empty.said.digitised,
        empty.said.population,
    ) == (
        0,
        False,
        0,
        False,
        False,
    )
    nothing = read(DanhSachLePhi="", DanhSachGiayToKetQua=None, HoSoCoThanhPhanSoHoa="", KenhThucHien="")
    assert (
        nothing.said.fee_lines,
        nothing.said.fee_due,
        nothing.said.results,
        nothing.said.digitised,
        nothing.said.channel,
    ) == (None,) * 5


@pytest.mark.parametrize(
    ("prices", "due"),
    [
        (["0"], False),
        (["0", "50000"], True),
        (["50.000"], True),
        (["50.000 đ"], True),
        ([20000], True),
        (["50000.00"], True),
        (["0", "theo quy định"], None),
        (["theo quy định", "1"], True),
        ([None], None),
    ],
)
def test_an_obligation_to_pay_is_some_line_above_zero(prices: list[Any], due: bool | None) -> None:
    found = read(DanhSachLePhi=[{"TenPhiLePhi": "Phí", "Gia": price} for price in prices])
    assert (found.said.fee_lines, found.said.fee_due) == (len(prices), due)
    assert (("fee_unreadable", "DanhSachLePhi") in odd(found)) == any(
        price in (None, "theo quy định") for price in prices
    )


def test_lists_are_read_in_each_of_their_forms() -> None:
    paper = {"MaGiayToKetQua": "KQ1", "DuongDanTepTinKetQua": "https://x.example.vn/1"}
    forms = ([paper], paper, '[{"MaGiayToKetQua": "KQ1", "DuongDanTepTinKetQua": "x"}]', {"GiayTo": [paper]})
    for form in forms:
        found = read(DanhSachGiayToKetQua=form)
        assert (found.said.results, found.said.results_electronic) == (1, 1)
    joined = read(DanhSachGiayToKetQua="a.pdf##b.pdf", DSKetNoiCSDL="CSDLQGDC##CSDLDN")
    assert (joined.said.results, joined.said.results_electronic, joined.said.population) == (2, 0, True)
    for bad in (5, True, "[", ["x"] * 1001):
        found = read(DanhSachGiayToKetQua=bad)
        assert found.said.results is None
        assert ("list_unreadable", "DanhSachGiayToKetQua") in odd(found)


def test_papers_say_what_was_digitised_reused_and_taken_from_the_storage() -> None:
    papers = [
        {"IsDeleted": "False", "DuocSoHoa": "1", "DuocTaiSuDung": "0"},
        {"IsDeleted": "True", "DuocTaiSuDung": "1", "DuocLayTuKhoDMQG": "1"},
    ]
    found = read(TaiLieuNop=papers)
    assert (found.said.digitised, found.said.reused, found.said.personal_storage) == (True, False, None)
    assert read(HoSoCoThanhPhanSoHoa="False", TaiLieuNop=papers).said.digitised is True
    assert read(TaiKhoanDuocXacThucVoiVNeID=True, DSKetNoiCSDL=[]).said.population is True
    assert read(TaiKhoanDuocXacThucVoiVNeID="False", DSKetNoiCSDL=[{"MaCSDL": "CSDLQGDC"}]).said.population is True
    assert ("flag_unreadable", "HoSoCoThanhPhanSoHoa") in odd(read(HoSoCoThanhPhanSoHoa="có lẽ"))


def test_supplements_are_ordered_and_each_counts_once() -> None:
    asked = [
        {"NgayBoSung": "20261104080000", "NoiDungBoSung": PERSON},
        {"NgayBoSung": "20261102080000", "NgayTiepNhanBoSung": "20261103080000"},
        {"NgayBoSung": "20261102080000", "NgayTiepNhanBoSung": "20261103080000"},
        {"NgayTiepNhanBoSung": "20261103080000"},
    ]
    found = read(DanhSachHoSoBoSung=asked)
    assert [at.day for at in found.said.supplement_from] == [2, 4]
    assert [at and at.day for at in found.said.supplement_to] == [3, None]
    assert ("supplement_without_start", "DanhSachHoSoBoSung") in odd(found)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"TrangThaiHoSo": "9"}, ("finished_without_end", "NgayKetThucXuLy")),
        ({"TrangThaiHoSo": "9", "NgayKetThucXuLy": "20261031080000"}, ("end_before_acceptance", "NgayKetThucXuLy")),
        ({"TrangThaiHoSo": "10", "NgayTra": "20261031080000"}, ("end_before_acceptance", "NgayTra")),
        ({"NgayKetThucXuLy": "20261201080000"}, ("end_in_future", "NgayKetThucXuLy")),
        ({"NgayTiepNhan": "20261201080000"}, ("accepted_in_future", "NgayTiepNhan")),
        ({"NgayTiepNhan": ""}, ("accepted_missing", "NgayTiepNhan")),
        ({"NgayHenTra": "20261031080000"}, ("due_before_acceptance", "NgayHenTra")),
        ({"NgayHenTra": "05/11/2026"}, ("due_without_time", "NgayHenTra")),
        ({"MaTTHC": ""}, ("procedure_missing", "MaTTHC")),
        ({"TrangThaiHoSo": None}, ("status_missing", "TrangThaiHoSo")),
        ({"MaHoSo": "HS/2026/17"}, ("dossier_off_pattern", "MaHoSo")),
        ({"MaTTHC": "thủ tục của bà A"}, ("code_unreadable", "MaTTHC")),
        ({"TruongLa": "x"}, ("unknown_field", "TruongLa")),
    ],
)
def test_what_is_odd_is_said_and_refuses_nothing(fields: dict[str, Any], expected: tuple[str, str]) -> None:
    assert expected in odd(read(**fields))
    assert odd(read()) == set()


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (None, "dossier_code_missing"),
        ("  ", "dossier_code_missing"),
        ("x" * 51, "dossier_code_form"),
        ("a\x00b", "dossier_code_form"),
        ("a\ud83d", "dossier_code_form"),
        (["x"], "dossier_code_form"),
        (True, "dossier_code_form"),
        (IDENTITY, "dossier_code_personal"),
        (PHONE, "dossier_code_personal"),
        (EMAIL, "dossier_code_personal"),
        (PERSON, "dossier_code_personal"),
    ],
)
def test_only_a_record_without_a_usable_code_is_refused(code: Any, fault: str) -> None:
    found = read_record({**PLAIN, "MaHoSo": code}, PORTAL, NOW)
    assert isinstance(found, RefusedRecord)
    assert [(one.code, one.field) for one in found.findings] == [(fault, "MaHoSo")]
    assert found.dossier_code == ""


@pytest.mark.parametrize("raw", [None, 5, "x", [], [PLAIN]])
def test_what_is_no_object_is_refused(raw: Any) -> None:
    found = read_record(raw, PORTAL, NOW)
    assert isinstance(found, RefusedRecord)
    assert found.findings[0].code == "record_unreadable"


def test_nothing_personal_is_kept_and_each_field_is_named() -> None:
    found = read(record(DonViXuLy=None))
    kept = str((found.said, found.agency, found.agency_code, found.agency_name))
    for trace in (PERSON, IDENTITY, PHONE, EMAIL, "https://"):
        assert trace not in kept + str(found.findings)
    assert found.dropped == [
        "ChuHoSo",
        "SoGiayToChuHoSo",
        "DinhDanhCHS",
        "Email",
        "Fax",
        "SoDienThoai",
        "TrichYeuHoSo",
        "ThongTinTra",
        "TaiLieuNop.TenTepDinhKem",
        "TaiLieuNop.DuongDanTaiTepTin",
    ]
    assert read(HoTen="x", SoCccd="y", Email="").dropped == ["HoTen", "SoCccd"]


def test_a_field_named_by_a_number_is_not_repeated_whole() -> None:
    found = read(**{PHONE: "x", f"so {IDENTITY}": 1})
    assert PHONE not in str(found.findings) + str(found.dropped)
    assert IDENTITY not in str(found.findings) + str(found.dropped)


def test_names_of_fields_in_another_case_are_known_and_an_exact_one_goes_first() -> None:
    assert read({"maHoSo": "A-1", "TRANGTHAIHOSO": "9"}).said.status == 9
    assert read({"maHoSo": "A-1", "MaHoSo": "B-1"}).said.dossier_code == "B-1"


def test_one_form_of_unicode_is_kept() -> None:
    code = "Hồ sơ số 7"
    assert read(MaHoSo=unicodedata.normalize("NFD", code)).said.dossier_code == code


def test_a_step_keeps_when_and_to_which_status_only() -> None:
    at = dt.datetime(2026, 11, 2, 1, tzinfo=dt.UTC)
    found = read_step(step("H99.101-261101-0001", at, "9"), PORTAL, NOW)
    assert isinstance(found, StepRecord)
    assert (found.at, found.status, found.started_at, found.due_at) == (at, 9, at, None)
    assert found.dropped == ["NguoiXuLy", "ChucDanh", "NoiDungXuLy"]
    assert PERSON not in str(found)
    undated = read_step({"MaHoSo": "A", "TrangThai": "33"}, PORTAL, NOW)
    assert isinstance(undated, StepRecord)
    assert odd(undated) == {("step_time_missing", "ThoiDiemXuLy"), ("status_unknown", "TrangThai")}
    assert isinstance(read_step({"TrangThai": "4"}, PORTAL, NOW), RefusedRecord)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
FIELD = st.sampled_from([*record(), "TrangThai", "ThoiDiemXuLy", "TruongLa"])


@given(st.dictionaries(FIELD, JSON, max_size=12))
def test_whatever_is_sent_is_read_or_refused_and_never_breaks(fields: dict[str, Any]) -> None:
    for raw in (fields, {**PLAIN, **fields}):
        assert isinstance(read_record(raw, PORTAL, NOW), Record | RefusedRecord)
        assert isinstance(read_step(raw, PORTAL, NOW), StepRecord | RefusedRecord)


USUAL = record(MaHoSo="H99.101-261101-0001")
OF_LISTS = {
    "TaiLieuNop": {"TenTepDinhKem": PERSON, "IsDeleted": "False", "DuocSoHoa": "1", "MaThanhPhanHoSo": "KQ.01"},
    "DanhSachLePhi": {"TenPhiLePhi": "Lệ phí", "Gia": "20.000", "HinhThucThu": "1"},
    "DanhSachHoSoBoSung": {"NgayBoSung": "20261102081530", "NguoiYeuCauBoSung": PERSON, "DanhSachGiayToBoSung": []},
    "DanhSachGiayToKetQua": {
        "TenGiayTo": "x",
        "MaGiayToKetQua": "KQ",
        "DuongDanTepTinKetQua": "https://kho.example.vn",
    },
    "DSKetNoiCSDL": {"MaCSDL": "DC"},
}
ELEMENT = st.sampled_from([name for inner in OF_LISTS.values() for name in inner] + ["HoTen", "gia"])
SHORT = st.sampled_from(
    [None, "", "x", "1", "0", 0, 1, 1.0, True, False, [], {}, ["x"], [{}], {"x": 1}, 10**30, "20261102081530"]
)
LISTS = st.sampled_from(list(OF_LISTS)).flatmap(
    lambda name: st.tuples(
        st.just(name),
        st.lists(st.dictionaries(ELEMENT, SHORT, max_size=2).map(lambda odd: {**OF_LISTS[name], **odd}), max_size=3),
    )
)


@given(
    st.dictionaries(
        FIELD | st.sampled_from(["MaDonVi", "madonvi", "mahoso", "HoTen", "MucDo"]), SHORT | JSON, max_size=6
    ),
    st.lists(LISTS, max_size=3),
    st.sets(FIELD, max_size=6),
)
def test_fields_decoded_at_once_are_those_read_name_by_name(
    odd: dict[str, Any], inner: list[tuple[str, Any]], left_out: set[str]
) -> None:
    fields = {name: value for name, value in {**USUAL, **dict(inner), **odd}.items() if name not in left_out}
    written = msgspec.json.encode(fields)
    at_once = read_record(msgspec.Raw(written), PORTAL, NOW)
    by_name = read_record(msgspec.json.decode(written), PORTAL, NOW)
    assert type(at_once) is type(by_name)
    assert at_once == by_name


def test_of_a_field_sent_twice_the_last_one_counts_either_way() -> None:
    written = b'{"MaHoSo": "A-1", "TrangThaiHoSo": "4", "MaHoSo": "B-1", "TrangThaiHoSo": "9"}'
    at_once, by_name = (read_record(raw, PORTAL, NOW) for raw in (msgspec.Raw(written), msgspec.json.decode(written)))
    assert isinstance(at_once, Record)
    assert (at_once.said.dossier_code, at_once.said.status) == ("B-1", 9)
    assert at_once == by_name


def test_what_exporters_usually_write_is_decoded_at_once() -> None:
    known = {**USUAL, **{name: [inner] for name, inner in OF_LISTS.items()}}
    msgspec.json.decode(msgspec.json.encode(known), type=SentRecord)
    for name in known:
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(msgspec.json.encode({**known, name.lower(): ""}), type=SentRecord)


@given(st.permutations(list(record(MaHoSo="H99.101-261101-0001").items())))
def test_the_order_of_fields_changes_nothing(fields: list[tuple[str, Any]]) -> None:
    found, usual = read(dict(fields)), read(dict(sorted(fields)))
    for name in Record.__struct_fields__:
        if name not in ("dropped", "findings"):
            assert getattr(found, name) == getattr(usual, name)
    assert sorted(found.dropped) == sorted(usual.dropped)


VARIANTS: dict[str, list[Any]] = {
    "MaHoSo": ["HỒ-1/2026", unicodedata.normalize("NFD", "HỒ-1/2026"), " HỒ-1/2026 "],
    "MaTTHC": ["1.000894.000.00.00.H99", " 1.000894.000.00.00.H99 "],
    "KenhThucHien": ["2", 2, "02"],
    "LoaiDoiTuong": ["1", 1],
    "TrangThaiHoSo": ["9", 9, " 9"],
    "NgayTiepNhan": ["20261101081530", "2026-11-01T01:15:30Z", "01/11/2026 08:15:30"],
    "NgayHenTra": ["", None, "0000-00-00T00:00:00.000+0700"],
    "NgayKetThucXuLy": ["20261103170000", "2026-11-03 17:00:00"],
    "HoSoCoThanhPhanSoHoa": ["True", True, 1, "1"],
    "DuocThanhToanTrucTuyen": ["1", 1],
    "DanhSachLePhi": [[{"Gia": "50000"}], [{"Gia": 50000}], {"Gia": "50.000"}],
    "ChuHoSo": [PERSON, "", None],
    "TruongLa": ["x", "y"],
}


@given(st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VARIANTS.items()}), st.randoms())
def test_one_content_has_one_digest_however_it_is_written(fields: dict[str, Any], chance: Any) -> None:
    who = Caller(1, "c", 1, 7, "synthetic", frozenset(), frozenset({1}), NOW)
    order = list(fields)
    chance.shuffle(order)
    one = entry_of(read({name: fields[name] for name in order}), Place(5, "envelope"), who)
    usual = entry_of(read({name: values[0] for name, values in VARIANTS.items()}), Place(5, "dossier_code"), who)
    assert (one.key, one.digest) == (usual.key, usual.digest) == ("HỒ-1/2026@7", usual.digest)
    assert entry_of(read(TrangThaiHoSo="10"), Place(5), who).digest != entry_of(read(), Place(5), who).digest
    assert entry_of(read(), Place(6), who).digest != entry_of(read(), Place(5), who).digest
