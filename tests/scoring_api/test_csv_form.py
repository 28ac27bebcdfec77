import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring_api.csv_form import cell, encode, preferred


@pytest.mark.parametrize("text", ["=1+1", "+SUM(A1)", "-cmd", "@x", " =1", "\t=1", "＝1", "＋x"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert cell(text) == "'" + text


@pytest.mark.parametrize("text", ["-0.25", "12", "+7.15", "Sở Nội vụ", "", "2026-01"])
def test_figures_and_plain_text_stay_as_they_are(text):
    assert cell(text) == text


def test_missing_is_empty_and_zero_is_zero():
    assert [cell(None), cell(0), cell(False)] == ["", "0", "false"]


def test_a_sheet_begins_with_a_bom_and_reads_back():
    body = encode((["tên", "n"], [['Sở "Một", A', 1], ["x\ny", None]]))
    assert body.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))) == [
        ["tên", "n"],
        ['Sở "Một", A', "1"],
        ["x\ny", ""],
    ]


@given(st.text(max_size=30))
def test_no_text_cell_starts_like_a_formula(text):
    made = cell(text)
    assert not made.lstrip().startswith(("=", "@", "＝", "＠"))
    assert made in (text, "'" + text)


@pytest.mark.parametrize(
    "accept",
    [b"text/csv", b"TEXT/CSV; q=0.9, */*;q=0.1", b"text/csv, application/json", b"application/json;q=0.5,text/csv"],
)
def test_csv_is_given_to_who_wants_it_most(accept):
    assert preferred(accept)


@pytest.mark.parametrize(
    "accept",
    [b"", b"*/*", b"text/csv;q=0", b"application/json, text/csv;q=0.1", b"application/json, text/csv", b"text/csv;q=x"],
)
def test_csv_is_not_given_to_who_wants_json_more_or_no_csv(accept):
    assert not preferred(accept)
