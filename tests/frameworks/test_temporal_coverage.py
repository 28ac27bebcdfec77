"""Time: one version of a framework on any day, none without a named gap, an error outside."""

from __future__ import annotations

import datetime as dt

import pytest

from parindex.engine.period import Period, local_day
from parindex.errors import Invalid, NotFound
from parindex.frameworks.criteria_catalogue import (
    LOOK_AHEAD,
    CriteriaCatalogue,
    changed_after_publication,
    load_frameworks,
    uncovered,
)
from parindex.frameworks.criteria_file import FrameworkFile, read_framework_yaml
from support.frameworks import framework_text

TODAY = local_day(dt.datetime.now(dt.UTC))


def version(name: str, start: str, end: str = "null", *, replaces: str = "null", gaps: str = "") -> FrameworkFile:
    text = framework_text(
        ('version: "1"', f'version: "{name}"'),
        ("in_force: {from: 2025-01-01, to: null}", f"in_force: {{from: {start}, to: {end}}}"),
        ("periods:", f"replaces: {replaces}\ngaps: [{gaps}]\nperiods:"),
    )
    return read_framework_yaml(text, f"{name}.yaml")


def quarters(first: dt.date, last: dt.date) -> list[Period]:
    found = [Period.parse(f"{first.year}-Q{(first.month + 2) // 3}")]
    while found[-1].last < last:
        after = found[-1].last + dt.timedelta(days=1)
        found.append(Period.parse(f"{after.year}-Q{(after.month + 2) // 3}"))
    return found


@pytest.mark.parametrize("code", load_frameworks().codes)
def test_every_quarter_of_a_shipped_framework_has_one_version_or_a_gap_with_its_reason(code: str):
    catalogue = load_frameworks()
    versions, gaps = catalogue.versions(code), catalogue.gaps(code)
    for quarter in quarters(versions[0].valid_from, TODAY + LOOK_AHEAD):
        day = quarter.last
        holding = [one for one in versions if one.valid_from <= day < (catalogue.end(one) or dt.date.max)]
        named = [gap for gap in gaps if gap.start <= day < (gap.until or dt.date.max)]
        assert len(holding) + len(named) == 1, (quarter.code, holding, named)
        assert all(gap.why for gap in named)
    assert uncovered(catalogue, code, TODAY) == []


def test_a_version_holds_until_the_one_that_replaces_it_begins():
    catalogue = CriteriaCatalogue([version("1", "2020-01-01"), version("2", "2023-01-01", replaces='"1"')])
    assert catalogue.on("demo", dt.date(2022, 12, 31)).framework.version == "1"
    assert catalogue.on("demo", dt.date(2023, 1, 1)).framework.version == "2"
    assert [catalogue.end(one) for one in catalogue.versions("demo")] == [dt.date(2023, 1, 1), None]
    assert uncovered(catalogue, "demo", TODAY) == []


def test_outside_every_validity_is_an_error_that_names_the_versions_and_the_reason_of_the_gap():
    gap = "{from: 2021-01-01, to: 2022-01-01, why: Quyết định năm 2021 chưa tìm được}"
    catalogue = CriteriaCatalogue([version("1", "2020-01-01", "2021-01-01"), version("2", "2022-01-01", gaps=gap)])
    with pytest.raises(Invalid, match=r"2021-06-30.*Quyết định năm 2021 chưa tìm được") as caught:
        catalogue.on("demo", dt.date(2021, 6, 30))
    assert "1 from 2020-01-01 to 2021-01-01; 2 from 2022-01-01 to open" in caught.value.hint
    with pytest.raises(Invalid, match="2019-12-31"):
        catalogue.on("demo", dt.date(2019, 12, 31))
    assert uncovered(catalogue, "demo", TODAY) == []


def test_an_unknown_framework_or_version_names_those_that_exist():
    catalogue = CriteriaCatalogue([version("1", "2020-01-01")])
    with pytest.raises(NotFound) as caught:
        catalogue.on("demi", TODAY)
    assert "demo" in caught.value.hint
    with pytest.raises(NotFound) as caught:
        catalogue.get("demo", "2")
    assert "Known: 1." in caught.value.hint


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        ([("1", "2020-01-01"), ("2", "2023-01-01")], 'when demo@1 still is. Say replaces: "1"'),
        ([("1", "2020-01-01", "2023-01-02"), ("2", "2023-01-01")], "when demo@1 still is"),
        ([("1", "2020-01-01", "2021-01-01"), ("1", "2023-01-01")], "stands in 1.yaml and 1.yaml"),
    ],
)
def test_two_versions_on_one_day_are_refused(versions: list[tuple[str, ...]], words: str):
    with pytest.raises(Invalid) as caught:
        CriteriaCatalogue([version(*one) for one in versions])
    (finding,) = caught.value.findings
    assert words in f"{finding.message} {finding.hint}"


def test_a_version_that_replaces_an_unknown_one_is_refused():
    with pytest.raises(Invalid, match="replaces '0', which is not known"):
        CriteriaCatalogue([version("1", "2020-01-01", replaces='"0"')])


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        ([version("1", "2020-01-01", "2021-01-01"), version("2", "2022-01-01")], "from 2021-01-01 to 2021-12-31"),
        ([version("1", "2020-01-01", "2021-01-01")], f"from 2021-01-01 to {TODAY + LOOK_AHEAD}"),
        (
            [version("1", "2020-01-01", gaps="{from: 2021-01-01, to: 2021-02-01, why: nhầm}")],
            "the gap from 2021-01-01 (nhầm) lies on days on which demo@1 is in force",
        ),
    ],
)
def test_days_without_a_version_are_named(versions: list[FrameworkFile], words: str):
    (finding,) = uncovered(CriteriaCatalogue(versions), "demo", TODAY)
    assert words in finding.message


def test_a_gap_without_an_end_covers_what_is_not_known_yet():
    gap = "{from: 2021-01-01, to: null, why: bộ tiêu chí mới chưa ban hành}"
    assert uncovered(CriteriaCatalogue([version("1", "2020-01-01", "2021-01-01", gaps=gap)]), "demo", TODAY) == []


def test_the_end_of_force_within_ninety_days_is_named_before_it_comes():
    def left(days: int) -> list[str]:
        ends = (TODAY + dt.timedelta(days=days)).isoformat()
        return [one.code for one in uncovered(CriteriaCatalogue([version("1", "2020-01-01", ends)]), "demo", TODAY)]

    assert (left(90), left(91)) == (["time_not_covered"], [])


def test_a_published_version_that_changed_is_named_with_both_digests():
    same, published = version("1", "2020-01-01"), version("1", "2020-01-01")
    changed = version("1", "2020-01-02")
    digests = {published.name: published.framework.sha256}
    assert changed_after_publication([same], digests) == []
    (finding,) = changed_after_publication([changed], digests)
    assert published.framework.sha256[:12] in finding.message
    assert changed.framework.sha256[:12] in finding.message
    assert "new version" in finding.hint
