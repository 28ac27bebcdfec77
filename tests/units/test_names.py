"""What counts as the same name, and what a search compares."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from parindex.units.names import fold, spelling_key
from parindex.units.shipped import ShippedRegister


def test_folding_leaves_no_diacritic_and_writes_the_barred_d_as_d() -> None:
    assert fold("Thành phố  Đà Nẵng") == "thanh pho da nang"
    assert fold("Đặc khu Phú Quốc") == "dac khu phu quoc"


def test_tone_placement_case_and_unicode_form_are_spelling() -> None:
    assert spelling_key("Xã Thuận Hoà") == spelling_key("Xã Thuận Hòa")
    assert spelling_key("xã thuận  hòa") == spelling_key("Xã Thuận Hòa")
    assert spelling_key(unicodedata.normalize("NFD", "Xã Thủy Nguyên")) == spelling_key("Xã Thuỷ Nguyên")


def test_letters_and_tones_are_not_spelling() -> None:
    assert spelling_key("Hòa") != spelling_key("Hoa")
    assert spelling_key("Hòa") != spelling_key("Hóa")
    assert spelling_key("Đông") != spelling_key("Dông")
    assert spelling_key("Tà Si Láng") != spelling_key("Tà Xi Láng")
    assert spelling_key("Mơ") != spelling_key("Mo")


@given(st.text(max_size=30))
def test_equal_spelling_means_equal_search_text(text: str) -> None:
    for other in (unicodedata.normalize("NFD", text), unicodedata.normalize("NFC", text)):
        assert spelling_key(other) == spelling_key(text)
        assert fold(other) == fold(text)


def test_every_shipped_name_is_in_nfc_and_folds_to_plain_letters(shipped: ShippedRegister) -> None:
    for unit in shipped.units:
        for name in unit.names:
            assert name.name == unicodedata.normalize("NFC", name.name).strip()
            assert fold(name.name).isascii()
