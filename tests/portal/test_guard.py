"""Nothing personal leaves: what people and programs might try to smuggle into a body is kept back."""

from __future__ import annotations

import copy

import pytest

from portal.simulator.exports import dossier_bodies
from ranking_worker.portal.guard import Cleared, GuardHit, clear, on_pattern
from ranking_worker.portal.mapper import DEFAULT

RATING = {
    "MaHoSo": "H44.07-260921-0042",
    "MaTTHC": "2.000815",
    "MaDonVi": "H44.07",
    "ThoiDiemDanhGia": "20260923160000",
    "MaBoCauHoi": "KIOSK3",
    "DanhSachTraLoi": [{"MaCauHoi": "overall", "GiaTri": "5"}],
    "MucDoHaiLong": "5",
}
PHONE, CARD, OLD_CARD = "0912" + "345" + "678", "0010" + "9012" + "3456", "1234" + "56789"


def places(document, allowed=DEFAULT.allowed):
    with pytest.raises(GuardHit) as kept:
        clear(document, allowed)
    return {(finding.code, finding.field) for finding in kept.value.findings}


def changed(**fields):
    return {**copy.deepcopy(RATING), **fields}


def test_a_rating_as_it_should_be_passes():
    assert clear(RATING, DEFAULT.allowed).document == RATING


@pytest.mark.parametrize(
    "code", ["H44.07-260921-0042", "000.17.22.H56-210531-0001", "G09.20-20260609-0092637", "H26-260930-123"]
)
def test_dossier_codes_of_every_national_form_may_leave(code):
    assert on_pattern(code)
    assert clear(changed(MaHoSo=code), DEFAULT.allowed)


@pytest.mark.parametrize(
    "code",
    [PHONE, "HS-1", "H44-269921-0042", "H44.07-260921-0042 ", "091-230405-678", "", None, f"H44.07-260921-{PHONE}"],
)
def test_other_dossier_codes_stay_here(code):
    assert not on_pattern(code)


@pytest.mark.parametrize(
    "text",
    [
        PHONE, f"+84{PHONE[1:]}", "0912 345 678", "0912.345.678", f"gọi {PHONE} gặp chị", CARD, OLD_CARD, "a.b@example.vn",
        "０９１２３４５６７８", f"x{CARD}y", "091\u200b2345678", f"KIOSK3 {CARD}",
    ],
)  # fmt: skip
def test_numbers_and_addresses_of_people_are_kept_back_wherever_they_stand(text):
    assert ("looks_personal", "MaBoCauHoi") in places(changed(MaBoCauHoi=text))
    deep = changed(DanhSachTraLoi=[{"MaCauHoi": "overall", "GiaTri": text}])
    assert ("looks_personal", "DanhSachTraLoi[0].GiaTri") in places(deep)


@pytest.mark.parametrize(
    "name", ["HoTen", "SoDienThoai", "CCCD", "MaCanBo", "YKien", "NguoiXuLy", "Email", "khac", PHONE]
)
def test_a_field_that_nobody_allowed_is_kept_back_whatever_it_holds(name):
    (code, place), *_ = places(changed(**{name: "x"}))
    assert code == "field_not_allowed"
    assert PHONE not in place


@pytest.mark.parametrize("name", ["MaCanBo", "HoTen", "YKien", "GhiChu", "email"])
def test_even_a_list_of_allowed_names_cannot_let_a_personal_field_pass(name):
    assert ("personal_field", name) in places({name: "x"}, frozenset({name}))


@pytest.mark.parametrize("value", [int(CARD[2:]), 912345678, 1.5, b"x", float("nan")])
def test_numbers_may_not_carry_what_a_text_may_not(value):
    assert {code for code, _ in places(changed(MucDoHaiLong=value))} <= {"long_number", "kind_not_allowed"}


def test_a_text_without_end_is_no_name():
    assert ("long_text", "MaBoCauHoi") in places(changed(MaBoCauHoi="a" * 3000))


def test_the_guard_names_places_and_never_values():
    with pytest.raises(GuardHit) as kept:
        clear(changed(MaBoCauHoi=PHONE, HoTen="Nguyễn Văn A"), DEFAULT.allowed)
    told = f"{kept.value} {kept.value.findings}"
    assert PHONE not in told
    assert "Nguyễn" not in told


def test_whole_dossiers_of_vendors_never_pass():
    for body in dossier_bodies(seed=1, n=3, system="TD"):
        for dossier in body["data"]:
            assert places(dossier)


def test_nobody_but_the_guard_makes_a_body_that_may_leave():
    with pytest.raises(TypeError, match="guard"):
        Cleared(RATING, object())
