"""What moved between two versions, in words of both languages, and whose points, index or rank change."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest

from parindex.engine.criteria import RULE_KINDS, Framework
from parindex.errors import Invalid
from parindex.frameworks.criteria_catalogue import load_frameworks
from parindex.frameworks.criteria_document import rule_parameters
from parindex.frameworks.criteria_file import read_framework_yaml
from parindex.frameworks.criteria_head import STATUSES
from parindex.frameworks.criteria_tree import NO_DATA, PROVENANCES, SECTIONS, SOURCES
from parindex.frameworks.criteria_words import (
    NO_DATA_VI,
    PARAMETER_VI,
    PROVENANCE_VI,
    RULE_VI,
    SECTION_VI,
    SOURCE_VI,
    STATUS_VI,
)
from parindex.frameworks.diff import diff
from parindex.frameworks.effects import Standing, effects
from support.frameworks import EVERY_RULE, framework_text

CHILDREN = """children:
  - code: steering
    number: "1"
    title_vi: Chỉ đạo, điều hành
    max: 6
    provenance: illustrative
    children:
      - {code: plan, number: "1.1", title_vi: Kế hoạch, max: 4, rule: ratio_floor, floor: 0.8, source: appraised, on_no_data: zero, provenance: memory}
      - {code: report, number: "1.2", title_vi: Báo cáo, max: 2, rule: checklist, source: appraised, provenance: illustrative, options: [{id: a, points: 0.5, title_vi: Quý}, {id: b, points: 1.5, title_vi: Năm}]}
  - code: people
    number: "2"
    title_vi: Công chức
    max: 4
    provenance: illustrative
    children:
      - {code: training, number: "2.1", title_vi: Đào tạo, max: 4, rule: linear, source: data, provenance: illustrative}
"""


def framework(*replaced: tuple[str, str]) -> Framework:
    head = framework_text(
        (
            "ties:",
            "grades: {provenance: illustrative, default: [{label_vi: Tốt, min: 8}, {label_vi: Yếu, min: 0}]}\nties:",
        )
    ).partition("children:")[0]
    text = head + CHILDREN
    for old, new in replaced:
        assert old in text, old
        text = text.replace(old, new, 1)
    return read_framework_yaml(text, "demo.yaml").framework


@pytest.mark.parametrize(
    ("old", "new", "kind", "node", "vi", "en", "scores"),
    [
        ("max: 4, rule: linear", "max: 3.5, rule: linear", "maximum", "training", "điểm tối đa 4 thành 3,5", "maximum 4 is now 3.5", True),
        ("floor: 0.8", "floor: 0.75", "threshold", "plan", "mức sàn 0,8 thành 0,75", "floor 0.8 is now 0.75", True),
        ("rule: linear", "rule: yes_no", "rule", "training", "cách chấm theo tỷ lệ thành có / không", "rule linear is now yes_no", True),
        ("title_vi: Đào tạo", "title_vi: Bồi dưỡng", "renamed", "training", "tên Đào tạo thành Bồi dưỡng", "title", False),
        ('number: "2.1"', 'number: "2.2"', "renumbered", "training", "số thứ tự", "number 2.1 is now 2.2", False),
        ("code: training", "code: skills", "recoded", "skills", "mã training thành skills", "code training is now skills", False),
        ("on_no_data: zero", "on_no_data: max", "no_data", "plan", "không phát sinh tính 0 điểm thành tính điểm tối đa", "is now max", True),
        ("source: data", "source: survey", "source", "training", "nguồn điểm số liệu thành điều tra xã hội học", "survey", False),
        ("provenance: memory", "provenance: inferred", "provenance", "plan", "mức chắc chắn", "provenance memory", False),
        ("min: 8}", "min: 7}", "grades", "", "thang xếp loại", "grades", True),
        ("digits: 2, at: component", "digits: 2, at: total", "rounding", "", "cách làm tròn", "at: total", True),
        ("ranked_on: percent", "ranked_on: points", "index", "", "căn cứ xếp hạng", "ranked_on: points", True),
        ("rule: competition", "rule: dense", "ties", "", "quy tắc đồng hạng", "tie rule", True),
        ("max: 10\n", "max: 11\n", "max", "", "tổng điểm tối đa: 10 thành 11", "declared total: 10 is now 11", True),
        ("from: 2025-01-01", "from: 2025-02-01", "in_force", "", "hiệu lực", "validity", False),
    ],
)  # fmt: skip
def test_one_difference_is_one_change_in_both_languages(
    old: str, new: str, kind: str, node: str, vi: str, en: str, scores: bool
):
    (change,) = diff(framework(), framework((old, new)))
    assert (change.kind, change.node, change.scores) == (kind, node, scores)
    assert vi in change.vi
    assert en in change.en


def test_a_version_differs_in_nothing_from_itself_and_its_number_alone_is_no_difference():
    assert diff(framework(), framework()) == []
    assert diff(framework(), framework(('version: "1"', 'version: "2"'))) == []


def test_the_points_of_one_option_are_one_change():
    changes = diff(
        framework(), framework(("id: a, points: 0.5", "id: a, points: 1"), ("id: b, points: 1.5", "id: b, points: 1"))
    )
    assert [(one.kind, one.en.partition("]: ")[2]) for one in changes] == [
        ("threshold", "a.points 0.5 is now 1."),
        ("threshold", "b.points 1.5 is now 1."),
    ]


def test_an_added_a_removed_and_a_moved_node_are_told_with_their_place():
    line = next(line for line in CHILDREN.splitlines(keepends=True) if "code: report" in line)
    moved = framework((line, ""), ("      - {code: training", line + "      - {code: training"))
    assert [(one.kind, one.node, one.before, one.after) for one in diff(framework(), moved)] == [
        ("moved", "report", "steering", "people")
    ]
    without = framework((line, ""))
    assert [(one.kind, one.node, one.before, one.after) for one in diff(framework(), without)] == [
        ("removed", "report", "2", None)
    ]
    (added,) = diff(without, framework())
    assert (added.kind, added.vi) == ("added", "Thêm 1.2 Báo cáo [report] (tối đa 2 điểm) dưới steering.")


def test_every_shipped_pair_of_neighbours_can_be_compared():
    catalogue = load_frameworks()
    for code in catalogue.codes:
        versions = catalogue.versions(code)
        for old, new in pairwise(versions):
            assert all(change.vi and change.en for change in diff(old.framework, new.framework))


INPUTS = {
    "plan": {"numerator": "78", "denominator": "100"},
    "report": {"ticked": ["a"]},
    "training": {"numerator": "1", "denominator": "2"},
}
GOOD = {**INPUTS, "plan": {"numerator": "100", "denominator": "100"}}


def test_only_the_units_that_a_lower_floor_lifts_are_named_with_points_index_and_rank():
    (moved,) = effects(
        framework(),
        framework(("floor: 0.8", "floor: 0.75")),
        {1: ("department", INPUTS), 2: ("department", GOOD)},
    )
    assert (moved.unit, moved.not_carried) == (1, ())
    assert moved.before == Standing(Decimal("2.50"), Decimal(10), Decimal("25.00"), 2)
    assert moved.after == Standing(Decimal("5.62"), Decimal(10), Decimal("56.20"), 2)


def test_a_rank_can_change_without_points():
    units = {
        1: ("department", INPUTS),
        2: ("department", INPUTS),
        3: ("department", {**INPUTS, "report": {"ticked": []}}),
    }
    moved = effects(framework(), framework(("rule: competition", "rule: dense")), units)
    assert [(one.unit, one.before.rank, one.after.rank) for one in moved] == [(3, 3, 2)]


def test_an_input_the_new_rule_cannot_use_is_missing_there_and_named_not_zero():
    (moved,) = effects(framework(), framework(("rule: linear", "rule: yes_no")), {7: ("department", GOOD)})
    assert moved.not_carried == ("training",)
    assert (moved.after.index, moved.after.rank) == (None, None)
    assert moved.after.points == Decimal("4.50")


def test_inputs_that_the_old_version_cannot_use_are_refused():
    with pytest.raises(Invalid):
        effects(framework(), framework(), {1: ("department", {"plan": {"value": True}})})


def test_every_word_of_framework_files_has_a_vietnamese_name():
    named = ((RULE_VI, RULE_KINDS), (SOURCE_VI, SOURCES), (NO_DATA_VI, NO_DATA), (SECTION_VI, SECTIONS))
    for words, known in (*named, (PROVENANCE_VI, PROVENANCES), (STATUS_VI, STATUSES)):
        assert set(words) == set(known)
    parameters = {key for node in every_rule().roots for key in rule_parameters(node.leaf.rule)}
    assert parameters - {"options", "events"} <= set(PARAMETER_VI)


def every_rule() -> Framework:
    return read_framework_yaml(EVERY_RULE, "rules.yaml").framework
