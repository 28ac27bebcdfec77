"""Ranking policies: strict files, frozen versions, complete bands, one version a day and an error outside all of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from parindex.engine.rank import CHANGE_SIGN_EN, CHANGE_SIGN_VI
from parindex.errors import Invalid, NotFound
from parindex.frameworks.policy_files import catalogue_of, load_policies, read_policy
from parindex.instruments.document import read_instrument, shipped
from support.bad_files import declared, said

BAD = sorted((Path(__file__).parent / "bad").glob("*.yaml"))
PUBLISHED = {
    "papi-index@2011-1": "75197dc6d73e343e5d431d19ccca4a5328b895491be599d464a0f2ebad39fc12",
    "papi-index@2018-1": "5bd2b9906d2faae0db61856f2386a12f68d97bdb8b2af2f507ed3c7e10a1add6",
    "par-internal@2012-1": "a03d9d1a1f498914cf632deaf02e5560e5618a2187990154953ced0fae3dbcf3",
    "par-province-index@2012-1": "802208d221df647b1e806372c6cce64c170d0d14fe34451538072ff0484973d4",
    "par-province-index@2016-1": "444089bd9eea5059b80caf7d6945554d338fa667ea154ce44c043561c9c1574a",
    "qd766-portal@2025-1": "3c93bad52976d1ae4292cb1964b54aae3e3ef632e336a485c1af14d374419aca",
    "satisfaction@2026-1": "9eca17d32ed7fa5333130c43e2629f9739f6553e0e973e87418892464765006c",
    "sipas-index@2017-1": "ccad8d119b34eaf236f298d3ac9ce180d540874fb4e49359012136a6a1dd4e9c",
    "sipas-index@2022-1": "0b1726f31f2ef07a61a3a35b1f6197a6838c27d92768783284ba24802927e17f",
}
"""Digests of what was published. A policy whose digest would change is a new version in a file of its own."""


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_bad_policy_names_every_fault_with_file_line_node_and_what_was_expected(file: Path):
    text = file.read_text("utf-8")
    with pytest.raises(Invalid) as caught:
        read_policy(text, file.name)
    sentences = said(caught.value)
    for words in declared(text):
        assert any(all(word in sentence for word in words) for sentence in sentences), (words, sentences)
    assert len(sentences) == len(declared(text)), sentences


def test_the_published_versions_are_frozen():
    assert {policy.name: policy.sha256 for policy in load_policies().policies} == PUBLISHED


@pytest.mark.parametrize("policy_id", ["satisfaction", "qd766-portal"])
@pytest.mark.parametrize(
    ("figure", "label"),
    [
        ("100", "Xuất sắc"),
        ("90.00", "Xuất sắc"),
        ("89.99", "Tốt"),
        ("80", "Tốt"),
        ("79.99", "Khá"),
        ("70", "Khá"),
        ("69.99", "Trung bình"),
        ("50", "Trung bình"),
        ("49.99", "Yếu"),
        ("0", "Yếu"),
    ],
)
def test_every_figure_has_the_grade_of_the_half_open_band_it_lies_in(policy_id: str, figure: str, label: str):
    assert load_policies().on(policy_id, dt.date(2025, 10, 31)).band(Decimal(figure)).label_vi == label


def test_a_figure_below_every_band_has_no_grade():
    with pytest.raises(Invalid, match="below every band"):
        load_policies().on("satisfaction", dt.date(2026, 1, 1)).band(Decimal("-0.01"))


def test_the_groups_of_qd766_have_the_portals_maxima_and_sum_to_100():
    policy = load_policies().on("qd766-portal", dt.date(2025, 10, 11))
    assert {part.code: str(part.maximum) for part in policy.parts} == {
        "progress": "20",
        "transparency": "18",
        "online": "12",
        "payment": "10",
        "digitization": "22",
        "satisfaction": "18",
    }
    assert policy.maximum == sum(part.maximum for part in policy.parts) == 100
    assert all(part.title_vi and part.title_en for part in policy.parts)
    assert "số thứ tự" in policy.tie_note_vi
    assert (policy.tie_rule, policy.small_cell_minimum, policy.default_method) == ("competition", None, None)


def test_the_satisfaction_policy_gives_the_engine_its_rules():
    rules = load_policies().on("satisfaction", dt.date(2026, 11, 30)).rules()
    assert (rules.policy, rules.tie_rule, rules.tie_breakers, rules.digits) == (
        "satisfaction@2026-1",
        "competition",
        (),
        2,
    )
    assert (rules.small_cell_minimum, rules.default_method, len(rules.bands)) == (5, "top2", 5)


def test_a_policy_of_published_totals_gives_no_rules_for_answers():
    with pytest.raises(Invalid, match="published totals"):
        load_policies().on("qd766-portal", dt.date(2025, 10, 11)).rules()


def test_the_sign_of_a_change_is_stated_in_the_words_of_the_engine():
    for policy in load_policies().policies:
        assert (policy.change_sign_vi, policy.change_sign_en) == (CHANGE_SIGN_VI, CHANGE_SIGN_EN)


def test_outside_its_validity_a_policy_is_an_error_and_no_guess():
    with pytest.raises(Invalid, match="No version of the ranking policy qd766-portal is in force on 2022-06-22"):
        load_policies().on("qd766-portal", dt.date(2022, 6, 22))
    assert load_policies().on("qd766-portal", dt.date(2022, 6, 23)).version == "2025-1"


def test_an_unknown_policy_is_named_with_the_known_ones():
    with pytest.raises(NotFound) as caught:
        load_policies().on("satisfation", dt.date(2026, 1, 1))
    assert "qd766-portal, satisfaction, sipas-index" in caught.value.hint


def test_a_later_version_takes_over_on_its_first_day():
    policy = load_policies().get("satisfaction", "2026-1")
    assert policy is not None
    earlier = replace(policy, valid_to=dt.date(2027, 1, 1))
    later = replace(policy, version="2027-1", valid_from=dt.date(2027, 1, 1))
    catalogue = catalogue_of([later, earlier])
    assert catalogue.on("satisfaction", dt.date(2026, 12, 31)) is earlier
    assert catalogue.on("satisfaction", dt.date(2027, 1, 1)) is later


def test_versions_that_overlap_in_time_are_refused():
    policy = load_policies().get("satisfaction", "2026-1")
    assert policy is not None
    with pytest.raises(
        Invalid, match="satisfaction@2027-1 is in force from 2027-01-01, when satisfaction@2026-1 still is"
    ):
        catalogue_of([policy, replace(policy, version="2027-1", valid_from=dt.date(2027, 1, 1))])


def test_the_satisfaction_policy_covers_every_quarter_from_the_first_questionnaire_to_90_days_from_now():
    first = min(dt.date.fromisoformat(read_instrument(text, name)["valid_from"]) for name, text in shipped())
    end = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=90)
    quarters = [dt.date(year, month, 1) for year in range(first.year, end.year + 1) for month in (1, 4, 7, 10)]
    covered = [load_policies().on("satisfaction", day).version for day in quarters if day <= end]
    assert len(covered) >= 32


def test_every_rule_of_a_policy_says_where_it_comes_from():
    for policy in load_policies().policies:
        assert set(policy.provenance) == set(policy.citations) >= {"ties"}
        assert ("bands" in policy.provenance) == bool(policy.bands)
        assert set(policy.citations.values()) == set(policy.sources)
    for policy_id in ("qd766-portal", "satisfaction"):
        assert load_policies().on(policy_id, dt.date(2026, 1, 1)).provenance["bands"] == "memory"
