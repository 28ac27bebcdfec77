"""Framework files: every fault is named with its place and what was expected; what is read can be read again."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from parindex.engine.criteria import RULE_KINDS
from parindex.errors import Invalid
from parindex.frameworks.criteria_file import read_framework_json, read_framework_yaml, shipped_files
from parindex.frameworks.schema import framework_schema
from support.bad_files import declared, said
from support.frameworks import EVERY_RULE, framework_text

BAD = sorted((Path(__file__).parent / "bad" / "criteria").glob("*.yaml"))
SHIPPED = list(shipped_files())


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_bad_framework_names_every_fault_with_file_line_node_and_what_was_expected(file: Path):
    text = file.read_text("utf-8")
    with pytest.raises(Invalid) as caught:
        read_framework_yaml(text, file.name)
    sentences = said(caught.value)
    for words in declared(text):
        assert any(all(word in sentence for word in words) for sentence in sentences), (words, sentences)
    assert len(sentences) == len(declared(text)), sentences
    lines = len(text.splitlines())
    assert all(1 <= int(finding.field.removeprefix(f"{file.name}:")) <= lines for finding in caught.value.findings)


def test_the_file_the_bad_ones_are_made_of_is_good():
    read = read_framework_yaml(framework_text(), "demo.yaml")
    assert (read.name, read.warnings, read.framework.template) == ("demo@1", (), True)


@pytest.mark.parametrize(("file", "text"), SHIPPED, ids=[file for file, _ in SHIPPED])
def test_a_shipped_document_read_again_is_the_same_framework_with_the_same_digest(file: str, text: str):
    read = read_framework_yaml(text, file)
    assert file == f"{read.framework.code}/{read.framework.version}.yaml"
    again = read_framework_json(json.loads(json.dumps(read.document)), file)
    assert again.framework == read.framework
    assert (again.valid_from, again.valid_to, again.gaps) == (read.valid_from, read.valid_to, read.gaps)
    assert read.status == "official" or read.document["status_note_vi"]


def test_every_rule_kind_survives_the_way_through_its_document():
    read = read_framework_yaml(EVERY_RULE, "rules.yaml")
    words = {node["rule"] for node in read.document["children"]}
    assert words == set(RULE_KINDS)
    assert read_framework_json(read.document).framework == read.framework


def test_comments_order_of_keys_and_spelled_defaults_do_not_change_the_digest_but_a_digit_does():
    digest = read_framework_yaml(framework_text(), "demo.yaml").framework.sha256
    lines = framework_text().splitlines(keepends=True)
    shuffled = "# a comment\n" + "".join([*lines[2:5], *lines[:2], *lines[5:]])
    spelled = framework_text(
        ("at: component", "mode: half_up, at: component"), ("max: 10, rule", "section: main, max: 10, rule")
    )
    assert {read_framework_yaml(text, "demo.yaml").framework.sha256 for text in (shuffled, spelled)} == {digest}
    assert (
        read_framework_yaml(framework_text(("max: 10, rule", "max: 10.0, rule")), "demo.yaml").framework.sha256
        != digest
    )


def test_written_digits_are_kept_and_small_shares_are_not_written_in_powers_of_ten():
    text = framework_text(
        ("rule: yes_no", "rule: threshold, full_at: 0.00000010"), ("max: 10, rule", "max: 10.00, rule")
    )
    (node,) = read_framework_yaml(text, "demo.yaml").document["children"]
    assert (node["max"], node["full_at"]) == ("10.00", "0.00000010")


@pytest.mark.parametrize(
    ("path", "value", "field", "words"),
    [
        (("max",), 10.0, "max", "binary number"),
        (("children", 0, "max"), 14.5, "children[0].max", "binary number"),
        (("children", 0, "max"), "14,5", "plan.max", "expected a number"),
        (("children", 0, "max"), "1e1", "plan.max", "expected a number"),
        (("children", 0, "max"), True, "plan.max", "truth value"),
        (("in_force", "from"), "2025-02-30", "in_force.from", "expected a date"),
        (("title_vi",), "Bộ\u0000chỉ số", "title_vi", "control character"),
        (("title_vi",), "\ud800", "title_vi", "control character"),
        (("children", 0, "on_no_data"), None, "plan.on_no_data", "null says nothing"),
        (("children",), {"plan": 1}, "children", "expected a list"),
        (("children",), [[]], "children[0]", "expected a mapping"),
        (("rounding", "digits"), "2", "rounding.digits", "expected a whole number"),
        (("sources",), {"law": {"title": "Luật", "issued_on": "soon"}}, "sources.law.issued_on", "expected a date"),
        (("version",), 1, "version", "expected text"),
    ],
)
def test_a_bad_draft_names_the_field(path: tuple[str | int, ...], value: object, field: str, words: str):
    document = json.loads(json.dumps(read_framework_yaml(framework_text(), "demo.yaml").document))
    at = document
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(Invalid) as caught:
        read_framework_json(document)
    assert any(field in sentence and words in sentence for sentence in said(caught.value)), said(caught.value)


@pytest.mark.parametrize("value", [None, [], "text", 1, 1.5, {}, {"children": [{"children": [{}]}]}, float("nan")])
def test_whatever_is_sent_as_a_draft_is_answered_with_findings(value: object):
    with pytest.raises(Invalid) as caught:
        read_framework_json(value)
    assert caught.value.findings


def test_a_draft_nested_without_end_is_refused():
    node: dict[str, object] = {}
    for _ in range(500):
        node = {"children": [node]}
    with pytest.raises(Invalid) as caught:
        read_framework_json(node)
    assert "nested too deeply" in str(said(caught.value))


def test_numbers_of_a_draft_may_be_text_or_whole_numbers():
    document = json.loads(json.dumps(read_framework_yaml(framework_text(), "demo.yaml").document))
    digest = read_framework_json(document).framework.sha256
    document["max"] = document["children"][0]["max"] = 10
    read = read_framework_json(document)
    assert (read.framework.sha256, read.framework.roots[0].maximum) == (digest, Decimal(10))


def test_maxima_that_sum_to_something_else_warn_and_are_kept_as_declared():
    read = read_framework_yaml(framework_text(("max: 10\n", "max: 12\n")), "demo.yaml")
    (warning,) = read.warnings
    assert (warning.code, warning.field) == ("maxima_differ", "demo.yaml:9")
    assert "sum to 10, declared is 12" in warning.message
    assert read.framework.maximum == Decimal(12)


def test_a_view_whose_leaves_sum_to_something_else_warns():
    view = "views:\n  - {code: part, title_vi: Phần, max: 8, provenance: illustrative, select: {leaves: [plan]}}\nchildren:"
    read = read_framework_yaml(framework_text(("children:", view)), "demo.yaml")
    assert [(one.code, "views/part" in one.message) for one in read.warnings] == [("maxima_differ", True)]


def test_a_branch_whose_children_differ_by_block_has_the_maximum_of_one_of_its_blocks():
    two = "  - {code: commune, title_vi: Xã}\nties"
    leaf = "title_vi: Mục, rule: yes_no, source: appraised, provenance: illustrative"
    children = f"children:\n  - {{code: a, max: 10, applies_to: [department], {leaf}}}\n  - {{code: b, max: 8, applies_to: [commune], {leaf}}}\n"
    text = framework_text(("ties", two)).partition("children:")[0] + children
    assert read_framework_yaml(text, "demo.yaml").warnings == ()
    assert read_framework_yaml(text.replace("max: 10\n", "max: 9\n"), "demo.yaml").warnings != ()


def test_a_view_by_source_by_field_and_by_leaf_selects_leaves_outside_bonus_and_penalty():
    views = "".join(
        f"  - {{code: v{number}, title_vi: Phần, provenance: illustrative, select: {select}}}\n"
        for number, select in enumerate(("{sources: [appraised]}", "{fields: [plan]}", "{leaves: [plan]}"))
    )
    extra = "  - {code: extra, title_vi: Điểm cộng, max: 5, section: bonus, rule: manual, source: appraised, provenance: illustrative}\n"
    read = read_framework_yaml(framework_text(("children:", f"views:\n{views}children:")) + extra, "demo.yaml")
    assert [view.leaves for view in read.framework.views] == [frozenset({"plan"})] * 3


_EVERY_RULE = json.dumps(read_framework_yaml(EVERY_RULE, "rules.yaml").document)
_SCHEMA = Draft202012Validator(framework_schema())
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["1", "0.5", "plan"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@given(data=st.data())
def test_whatever_is_changed_in_a_draft_it_is_read_or_refused_with_findings(data: st.DataObject):
    document = json.loads(_EVERY_RULE)
    at = document
    while True:
        key = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if not (isinstance(at[key], (dict, list)) and at[key] and data.draw(st.booleans())):
            break
        at = at[key]
    at[key] = data.draw(_JSON)
    with suppress(Invalid):
        read = read_framework_json(document)
        assert read_framework_json(read.document).framework == read.framework
        assert _SCHEMA.is_valid(read.document)
