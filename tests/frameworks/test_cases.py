"""Worked cases: each shipped one gives exactly its figures; what a case file gets wrong, or leaves out, is named."""

from __future__ import annotations

import pytest

from parindex.errors import Invalid
from parindex.frameworks.cases import WorkedCase, check_cases, read_cases, run_case, shipped_cases
from parindex.frameworks.criteria_catalogue import load_frameworks
from parindex.frameworks.criteria_file import FrameworkFile, read_framework_yaml
from parindex.frameworks.examine import examine
from support.bad_files import said
from support.frameworks import framework_text, with_children

VERSIONS = load_frameworks().files
CASES = [
    (version, case)
    for version in VERSIONS
    if (shipped := shipped_cases(version.framework))
    for case in read_cases(shipped[1], shipped[0], version.framework)
]
STEPPED = with_children(
    "max: 4, rule: steps, of: ratio, steps: [{max: 0.5, points: 0}, {min: 0.5, points: 4}]",
    "max: 3, rule: 'checklist', options: [{id: a, points: 1, title_vi: Một}, {id: b, points: 2, title_vi: Hai}]",
    "max: 3, rule: choice, options: [{id: full, points: 3, title_vi: Đủ}, {id: none, points: 0, title_vi: Không}]",
    head=(
        (
            "ties:",
            "grades: {provenance: illustrative, default: [{label_vi: Đạt, min: 50}, {label_vi: Chưa đạt, min: 0}]}\nties:",
        ),
    ),
)
FULL = """cases:
  - name: Tất cả ở mức cao nhất
    block: department
    inputs: {c0: {numerator: "1", denominator: "2"}, c1: {ticked: [a, b]}, c2: {chosen: full}}
    expect: {c0: "4.00", c1: "3.00", c2: "3.00", points: "10.00", maximum: "10", index: "100.00", grade: Đạt, complete: true}
  - name: Không có gì
    block: department
    inputs: {c0: {numerator: 49, denominator: 100}, c1: {ticked: []}, c2: {chosen: none}}
    expect: {c0: "0", points: "0.00", index: "0.00", grade: Chưa đạt, missing: []}
"""


@pytest.mark.parametrize(
    ("version", "case"), CASES, ids=[f"{version.name}: {case.name}"[:120] for version, case in CASES]
)
def test_a_shipped_case_gives_exactly_its_figures(version: FrameworkFile, case: WorkedCase):
    assert [finding.message for finding in run_case(version.framework, case)] == []


@pytest.mark.parametrize("version", VERSIONS, ids=[version.name for version in VERSIONS])
def test_nothing_stands_against_a_shipped_version(version: FrameworkFile):
    examined = examine(version, shipped_cases(version.framework))
    assert [f"{finding.field}: {finding.message}" for finding in examined.faults] == []
    assert examined.cases > 0


def test_cases_that_reach_everything_leave_nothing_open():
    report = check_cases(read_framework_yaml(STEPPED, "stepped.yaml"), FULL, "cases.yaml")
    assert (len(report.cases), report.wrong, report.unreached) == (2, (), ())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('c0: "4.00"', 'c0: "3.99"', "c0 is 4.00, expected 3.99"),
        ('points: "10.00"', 'points: "10.01"', "points is 10.00, expected 10.01"),
        ("grade: Đạt", "grade: Tốt", "grade is Đạt, expected Tốt"),
        ("complete: true", "complete: false", "complete is True, expected False"),
        ('index: "100.00"', "index: null", "index is 100.00, expected nothing"),
        ("missing: []", "missing: [c2]", "missing is none, expected c2"),
        ("{chosen: full}", "{chosen: best}", "'best'"),
        ('numerator: "1"', 'numerator: "-1"', "-1"),
    ],
)
def test_a_case_that_gives_another_figure_is_named(old: str, new: str, words: str):
    text = FULL.replace(old, new, 1)
    assert text != FULL
    report = check_cases(read_framework_yaml(STEPPED, "stepped.yaml"), text, "cases.yaml")
    assert any(words in finding.message for finding in report.wrong), report.wrong
    assert {finding.field for finding in report.wrong} <= {"cases.yaml:2", "cases.yaml:6"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("block: department", "block: commune", "'commune' is not known here"),
        ("c0: {numerator", "c9: {numerator", "'c9' is no component"),
        ("grade: Đạt", "grad: Đạt", "'grad' is no node or figure"),
        ("name: Không có gì", "name: Tất cả ở mức cao nhất", "stands twice"),
        ("    expect", "    hopes", "unknown here"),
    ],
)
def test_a_case_file_that_cannot_be_meant_is_refused(old: str, new: str, words: str):
    with pytest.raises(Invalid) as caught:
        read_cases(FULL.replace(old, new, 1), "cases.yaml", read_framework_yaml(STEPPED, "stepped.yaml").framework)
    assert any(words in sentence for sentence in said(caught.value)), said(caught.value)


def test_what_no_case_reaches_is_a_warning_for_a_template_and_a_fault_for_an_official_version():
    first = FULL.partition("  - name: Không")[0]
    template = examine(read_framework_yaml(STEPPED, "stepped.yaml"), ("cases.yaml", first))
    left = ["c0: step from the lowest (0 points)", "c2: option none", "grade Chưa đạt"]
    assert [one.message for one in template.warnings] == [f"no worked case reaches {words}." for words in left]
    assert template.faults == ()
    official = read_framework_yaml(STEPPED.replace("status: template", "status: official"), "stepped.yaml")
    examined = examine(official, ("cases.yaml", first))
    assert (len(examined.faults), examined.warnings) == (3, ())


def test_a_version_without_cases_says_so():
    demo = read_framework_yaml(framework_text(), "demo.yaml")
    assert [one.code for one in examine(demo, None).warnings] == ["cases_missing"]
