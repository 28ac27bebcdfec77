"""Each rule of the strict loader and of the questionnaire form has a bad file that says at its top what must be said."""

from __future__ import annotations

import datetime as dt
import unicodedata
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parindex.errors import Invalid
from parindex.instruments.document import read_instrument
from parindex.instruments.strict_yaml import read_strict
from support.bad_files import declared, said

BAD = sorted((Path(__file__).parent / "bad").glob("*.yaml"))


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_bad_file_names_every_fault_with_file_line_node_and_what_was_expected(file: Path):
    text = file.read_text("utf-8")
    with pytest.raises(Invalid) as caught:
        read_instrument(text, file.name)
    sentences = said(caught.value)
    for words in declared(text):
        assert any(all(word in sentence for word in words) for sentence in sentences), (words, sentences)
    assert len(sentences) == len(declared(text)), sentences


def test_all_faults_of_a_file_come_at_once_in_the_order_of_lines():
    text = 'instrument: NO\nversion: 1.10\ntitle_vi: "Phiếu"\ntitle_vi: "Lần nữa"\nitems: 3\nextra: 007\n'
    with pytest.raises(Invalid) as caught:
        read_instrument(text, "many.yaml")
    lines = [int(finding.field.rpartition(":")[2]) for finding in caught.value.findings]
    codes = {finding.code for finding in caught.value.findings}
    assert lines == sorted(lines)
    assert {"truth_word", "unquoted", "duplicate_key", "wrong_kind", "leading_zero", "unknown_key", "missing"} <= codes


def test_plain_values_mean_what_a_reader_would_take_them_for():
    document = read_strict(
        'a: 0.35\nb: 12\nc: 2025-07-01\nd: true\ne: null\nf: "007"\ng: Hài lòng\nh: -0.10\ni: 2026 x\n', "f.yaml"
    )
    assert document.findings == []
    assert document.value == {
        "a": Decimal("0.35"),
        "b": 12,
        "c": dt.date(2025, 7, 1),
        "d": True,
        "e": None,
        "f": "007",
        "g": "Hài lòng",
        "h": Decimal("-0.10"),
        "i": "2026 x",
    }
    assert [type(value) for value in document.value.values()][:2] == [Decimal, int]
    assert str(document.value["h"]) == "-0.10"


@pytest.mark.parametrize(
    "written", ["1.10.0", "1e3", "0x1F", "1_000", ".5", "+7", "12:30", "1,5", "2026-1", "00.5", "08"]
)
def test_what_only_looks_like_a_number_must_be_quoted(written: str):
    plain, quoted = read_strict(f"a: {written}\n", "f.yaml"), read_strict(f'a: "{written}"\n', "f.yaml")
    assert [finding.code for finding in plain.findings] in (["number_like"], ["leading_zero"])
    assert (quoted.findings, quoted.value) == ([], {"a": written})


@pytest.mark.parametrize("written", ["yes", "No", "ON", "off", "True", "FALSE", "Null", "y", "N"])
def test_words_that_older_yaml_takes_for_truth_values_must_be_quoted(written: str):
    assert [finding.code for finding in read_strict(f"a: {written}\n", "f.yaml").findings] == ["truth_word"]
    assert read_strict(f"a: '{written}'\n", "f.yaml").value == {"a": written}


def test_text_in_any_unicode_form_is_read_as_nfc():
    decomposed = unicodedata.normalize("NFD", "Hài lòng")
    assert read_strict(f"{decomposed}: {decomposed}\n", "f.yaml").value == {"Hài lòng": "Hài lòng"}


def test_keys_that_differ_only_in_unicode_form_are_duplicates():
    text = f"Hòa: 1\n{unicodedata.normalize('NFD', 'Hòa')}: 2\n"
    assert [finding.code for finding in read_strict(text, "f.yaml").findings] == ["duplicate_key"]


@pytest.mark.slow
def test_a_file_nested_without_end_is_a_finding_and_no_crash():
    assert [finding.code for finding in read_strict("[" * 5000, "deep.yaml").findings] == ["yaml_unreadable"]


@given(st.text(max_size=200))
def test_any_text_whatever_gives_findings_or_a_mapping(text: str):
    document = read_strict(text, "f.yaml")
    assert document.findings or isinstance(document.value, dict)
