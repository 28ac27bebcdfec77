"""Personal data: field names that are never accepted, patterns that are masked, references that are refused."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parindex.privacy import (
    MASK,
    is_personal_name,
    looks_like_a_person,
    looks_personal,
    masked,
    personal_fields,
    shown_name,
)

PHONES = [
    "0912345678",
    "+84912345678",
    "84912345678",
    "0912 345 678",
    "0912.345.678",
    "091-234-5678",
    "(+84) 912 345 678",
    "(+84)912.345.678",
    "(0912) 345-678",
    "02253123456",
    "024 3123 4567",
    "0912\u00a0345\u00a0678",
    "0912\u2013345\u2013678",
    "0912\u200b345678",
    "\uff10\uff19\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
]
IDENTITIES = [
    "001099012345",
    "001 099 012 345",
    "0010 9901 2345",
    "001.099.012.345",
    "001\u00a0099\u00a0012\u00a0345",
    "123456789",
    "123 456 789",
]
EMAILS = ["nguyen.van.a@example.vn", "A+b_c@mail.example.com.vn", "x@y.zz"]


@pytest.mark.parametrize(
    "name",
    [
        "HoTen",
        "ho_ten",
        "Họ tên",
        "hoTenNguoiNop",
        "SoDienThoai",
        "Số Điện-Thoại",
        "phone",
        "PHONE_NUMBER",
        "SĐT",
        "email",
        "E-mail",
        "DiaChi",
        "Địa chỉ",
        "cccd",
        "SoCCCD",
        "CMND",
        "soDinhDanh",
        "ngay_sinh",
        "AnhChup",
        "photo",
        "ip",
        "client-ip",
        "ClientIP",
        "cccd_hash",
        "sha256_phone",
        "phoneMD5",
        "hashed_email",
        "EmailMaHoa",
        unicodedata.normalize("NFD", "Họ tên"),
        "name",
        "customer_phone",
        "phoneNo",
        "phone2",
        "citizen_email",
        "contactEmail",
        "SoCccdNguoiDan",
        "dien_thoai_lien_he",
        "HoTenKhachHang",
        "DiaChiNguoiNop",
    ],
)
def test_a_field_named_after_personal_data_is_personal_in_any_spelling(name: str):
    assert is_personal_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "device_id",
        "ghiChu",
        "tenant",
        "phong",
        "mailbox_count",
        "ipsum",
        "client",
        "customer_no",
        "no",
        "contact_count",
        "diaChiDonVi",
        "telemetry2",
        "hash",
        "sha256",
        "",
        "unit_name_hint",
    ],
)
def test_other_field_names_are_not_personal(name: str):
    assert not is_personal_name(name)


def test_personal_fields_are_found_however_deep_they_lie():
    deep: object = {"phone": "x"}
    for _ in range(500):
        deep = [{"inner": deep}]
    found = personal_fields({"a": [{"b": {"HoTen": 1}}], "deep": deep}, "extra")
    assert found[0] == "extra.a[0].b.HoTen"
    assert len(found) == 2
    assert found[1].endswith("inner.phone")


@pytest.mark.parametrize("personal", PHONES + IDENTITIES + EMAILS)
@pytest.mark.parametrize("sentence", ["{}", "Gọi {} nhé", "sđt:{}.", "({})", "{}, cảm ơn"])
def test_numbers_and_addresses_in_free_text_are_masked(personal: str, sentence: str):
    text = sentence.format(personal)
    assert MASK in masked(text)
    assert personal not in masked(text)
    assert not any(digits in masked(text) for digits in ("345", "678", "012345", "example"))


@pytest.mark.parametrize(
    "text",
    [
        "Chờ 45 phút",
        "Phí 200.000 đồng",
        "Phí 200.000.000 đồng",
        "Ngày 22/11/2026 lúc 08:15",
        "Quầy 3, số 0123",
        "",
        "không",
        "12345678",
    ],
)
def test_other_numbers_in_free_text_stay(text: str):
    assert masked(text) == text


@given(st.text(alphabet="0123456789 .()+-@abđ\u0301", max_size=60))
def test_masking_masked_text_changes_nothing(text: str):
    once = masked(text)
    assert masked(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "0912345678",
        "+84 912 345 678",
        "001099012345",
        "a@example.vn",
        "staff-a@example.vn",
        "096099012345",
        "Nguyễn Văn A 0912345678",
        "x 001099012345",
        "\uff10\uff19\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
    ],
)
def test_a_reference_that_is_somebodys_number_or_address_looks_personal(text: str):
    assert looks_personal(text)
    assert looks_like_a_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "CB-0042",
        "H01.15-251001-0001",
        "000.00.07.H44-251001-000123",
        "6f0c7f0e-0912-4345-8678-012345678901",
        "20261122081530",
        "999999999999",
        "000000000000",
        "12345678",
    ],
)
def test_an_opaque_reference_does_not_look_personal(text: str):
    assert not looks_personal(text)
    assert not looks_like_a_person(text)


def test_nine_digits_are_an_old_identity_number_where_a_person_is_meant():
    assert looks_like_a_person("123456789")
    assert not looks_personal("123456789")


def test_a_field_name_is_shown_without_numbers_and_unprintable_characters():
    assert shown_name("0912345678") == MASK
    assert shown_name("a\x00b") == "a?b"
    assert shown_name("x" * 100) == "x" * 40


@pytest.mark.parametrize("text", ["CB-0912345678", "nv001099012345", "0912345678/quay3"])
def test_a_number_within_a_reference_that_stands_for_somebody_is_theirs(text: str):
    assert looks_like_a_person(text)
    assert not looks_personal(text)
