"""What is wrong with a file of units to import: decided without a database, against the shipped register."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parindex.register.csv_table import Findings
from parindex.register.unit_import_plan import Planner
from parindex.register.unit_import_rows import read_unit_rows
from parindex.units.catalogue import UnitCatalogue

HEADER = "code,name,unit_type,kind,block,parent_code,valid_from,valid_to,dvcqg_id,existing_code,source"
DEPARTMENT = "H26.07,Sở Nội vụ,Sở,department,,H26,2025-07-01,,777001,,Quyết định thử"


def planned(catalogue: UnitCatalogue, text: str) -> Findings:
    findings = Findings()
    rows, _ = read_unit_rows(text, findings)
    Planner(catalogue, "production", findings).plan(rows)
    return findings


def refused(catalogue: UnitCatalogue, *rows: str) -> list[str]:
    findings = planned(catalogue, "\n".join((HEADER, *rows)) + "\n").by_line
    assert findings
    assert all(finding.message and finding.hint for finding in findings)
    return [f"{finding.field}: {finding.code}" for finding in findings]


def test_a_right_row_has_no_finding(catalogue: UnitCatalogue) -> None:
    assert planned(catalogue, f"{HEADER}\n{DEPARTMENT}\n").by_line == ()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("H26-07,Sở,Sở,department,,H26,2025-07-01,,,,x", "code: unit_code_unreadable"),
        ("H26.07,,Sở,department,,H26,2025-07-01,,,,x", "name: value_missing"),
        ("H26.07,Sở,Sở,ministry,,H26,2025-07-01,,,,x", "kind: value_unknown"),
        ("H26.07,Sở,Sở,department,khối,H26,2025-07-01,,,,x", "block: value_unknown"),
        ("H26.07,Sở,Sở,department,,,2025-07-01,,,,x", "parent_code: value_missing"),
        ("H26.07,Sở,Sở,department,,H77,2025-07-01,,,,x", "parent_code: parent_unknown"),
        ("H09.07,Sở,Sở,department,,H09,2025-07-01,,,,x", "parent_code: parent_unknown"),
        ("H26.07,Sở,Sở,department,,gso:00004,2025-07-01,,,,x", "parent_code: parent_kind"),
        ("H44.07,Sở,Sở,department,,H26,2025-07-01,,,,x", "code: code_outside_province"),
        ("H29.07,Sở,Sở,department,,H09,2025-01-01,,,,x", "valid_from: parent_not_valid"),
        ("H26.07,Sở,Sở,department,,H26,2025-02-30,,,,x", "valid_from: day_unreadable"),
        ("H26.07,Sở,Sở,department,,H26,2025-07-01,2025-07-01,,,x", "valid_to: days_empty"),
        ("H26.07,Sở,Sở,department,,H26,2025-07-01,,số một,,x", "dvcqg_id: portal_id_unreadable"),
        ("H26.07,Sở,Sở,department,,H26,2025-07-01,,,,", "source: value_missing"),
        ("H01.01,Sở,Sở,department,,H01,2025-07-01,,,,x", "code: unit_code_taken"),
        ("H26.07,Sở,Sở,department,,H26,2025-07-01,,398128,,x", "code: unit_code_taken"),
        ("H26.07,,,,,,2025-07-01,,,gso:99999,x", "existing_code: unit_unknown"),
        ("H26.07,Phường Trúc Bạch,,,,,2025-07-01,,,gso:00004,x", "name: name_differs"),
        ("H26.07,,,,,,2025-06-30,2025-08-01,,gso:00013,x", "valid_from: unit_not_valid"),
        ("H26.07,S\u200bở,Sở,department,,H26,2025-07-01,,,,x", "name: text_unprintable"),
        ("H26.07,S\x00ở,Sở,department,,H26,2025-07-01,,,,x", "name: text_unprintable"),
        ("H26.07,Sở", "row_uneven"),
    ],
)
def test_a_wrong_row_is_named_with_column_and_reason(catalogue: UnitCatalogue, row: str, expected: str) -> None:
    assert f"line 2: {expected}" in refused(catalogue, row)


def test_states_with_a_gap_are_refused(catalogue: UnitCatalogue) -> None:
    rows = (
        "H26.07,Sở Nội vụ,Sở,department,,H26,2025-07-01,2026-01-01,,,x",
        "H26.07,Sở Nội vụ,Sở,department,,H26,2026-02-01,,,,x",
    )
    assert refused(catalogue, *rows) == ["line 3: valid_from: states_apart"]


def test_two_rows_that_give_one_portal_id_to_two_units_are_refused(catalogue: UnitCatalogue) -> None:
    rows = (DEPARTMENT, "H26.08,Sở Y tế,Sở,department,,H26,2025-07-01,,777001,,x")
    assert refused(catalogue, *rows) == ["line 3: code: unit_code_taken"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "column_missing"),
        ("code;name\n", "column_missing"),
        (HEADER + ",ghi chú\n", "column_unknown"),
        (HEADER + ",code\n", "column_twice"),
        (HEADER + "\n\n", "file_empty"),
        (HEADER + '\n"H26.07', "csv_unreadable"),
    ],
)
def test_a_file_that_is_no_table_is_said_to_be_none(catalogue: UnitCatalogue, text: str, expected: str) -> None:
    assert expected in {finding.code for finding in planned(catalogue, text).by_line}


cell = st.one_of(
    st.sampled_from(
        ["H26.07", "H26", "gso:00004", "nation", "department", "office", "2025-07-01", "", "Sở", "x;y", '"']
    ),
    st.text(max_size=8),
)


@given(st.lists(st.lists(cell, min_size=11, max_size=11), max_size=4))
def test_whatever_a_file_holds_becomes_a_plan_or_findings(catalogue: UnitCatalogue, rows: list[list[str]]) -> None:
    text = "\n".join((HEADER, *(",".join(row) for row in rows)))
    for finding in planned(catalogue, text).by_line:
        assert finding.field.startswith("line ")
