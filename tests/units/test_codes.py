"""Unit codes in every form that senders use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parindex.errors import Invalid
from parindex.units.codes import UnitCodeForm, level_one, parse_unit_code


@pytest.mark.parametrize(
    ("text", "scheme", "code"),
    [
        ("000.00.07.H44", "h_code", "H44.07"),
        ("000.00.00.H37", "h_code", "H37"),
        ("000.01.15.H49", "h_code", "H49.15.01"),
        ("002.01.15.H49", "h_code", "H49.15.01.002"),
        ("h44.07", "h_code", "H44.07"),
        (" H01.110 ", "h_code", "H01.110"),
        ("G22", "h_code", "G22"),
        ("gso:15", "gso", "15"),
        ("GSO:318", "gso", "318"),
        ("gso:00004", "gso", "00004"),
    ],
)
def test_a_code_in_any_form_is_read_into_its_one_canonical_form(text: str, scheme: str, code: str) -> None:
    assert parse_unit_code(text) == UnitCodeForm(scheme, code)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "H",
        "H4",
        "H444",
        "H44.",
        "H44..07",
        "44.07",
        "gso:1",
        "gso:1234",
        "gso:123456",
        "gso:",
        "000.05.00.H44",  # level 3 under an empty level 2
        "000.00.07",
        "H44,07",
        "H44.0\u0667",  # a digit, but not one of ours
        "H01.\u0131",  # dotless i: upper case would make it an I
        "H01." + "A" * 40,
        "H44\x00",
    ],
)
def test_what_is_no_code_is_refused_with_a_hint_that_shows_the_forms(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_unit_code(text)
    assert refused.value.code == "unit_code_unreadable"
    assert "000.00.07.H44" in refused.value.hint
    assert "gso:" in refused.value.hint


def test_the_first_level_of_a_code_is_its_first_segment() -> None:
    assert level_one("H01.110") == "H01"
    assert level_one("H01") == "H01"


groups = st.text("0123456789ABCXYZ", min_size=2, max_size=2).filter(lambda group: group.strip("0"))


@given(st.from_regex(r"H[0-9]{2}", fullmatch=True), st.lists(groups, max_size=2))
def test_the_old_form_read_right_to_left_is_the_new_form_read_left_to_right(level: str, below: list[str]) -> None:
    padded = [*below, "00", "00"][:2]
    old = ".".join(["000", padded[1], padded[0], level])
    assert parse_unit_code(old) == parse_unit_code(".".join([level, *below]))


@given(st.text(max_size=40))
def test_any_text_is_either_refused_or_reads_back_to_the_same_code(text: str) -> None:
    try:
        form = parse_unit_code(text)
    except Invalid:
        return
    assert parse_unit_code(form.text) == form
    assert form.text.isascii()
