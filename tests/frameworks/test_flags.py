"""What is called out in survey results, as data: below 70 percent, compared as published."""

from __future__ import annotations

import datetime as dt

import pytest

from parindex.errors import Invalid
from parindex.frameworks.flag_files import flags_on, read_flags

IN_FORCE = flags_on(dt.date(2018, 6, 25))
GOOD = """flags: x
version: "1"
in_force: {from: 2020-01-01, to: null}
title_vi: Tên
title_en: Name
rules:
  - {code: low, of: factor, below: 70, title_vi: Thấp, title_en: Low, provenance: declared, source: own}
sources: {own: Declared for a test}
"""


def test_a_factor_below_70_is_called_out_with_its_source():
    results = [
        ("access", "Tiếp cận dịch vụ", "Access", "69.99"),
        ("staff", "Công chức", "Staff", "70.00"),
        ("result", "Kết quả", "Result", None),
    ]
    [found] = IN_FORCE.find("factor", results)
    assert (found["code"], found["percent"], found["below"]) == ("access", "69.99", "70")
    assert found["words_vi"] == "Tiếp cận dịch vụ: đạt 69,99%, dưới 70%."
    assert (found["provenance"], found["policy"]) == ("sourced", "survey-flags@2018-1")
    assert IN_FORCE.find("whole", results) == []


def test_before_the_first_survey_nothing_is_called_out():
    assert flags_on(dt.date(2016, 12, 31)).rules == ()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("below: 70", "below: 170", "no percentage"),
        ("of: factor", "of: everything", "not known here"),
        ("source: own", "source: other", "not known here"),
        ('version: "1"', "version: 1", "quotes"),
        ("title_en: Name", "title_en: Name\nmore: 1", "more"),
    ],
)
def test_a_bad_file_of_flags_says_where_and_what(old, new, words):
    with pytest.raises(Invalid) as fault:
        read_flags(GOOD.replace(old, new), "bad.yaml")
    assert any(words in one.message or words in one.field for one in fault.value.findings)
