"""Inputs of components as JSON: each fault is a finding with its field, all of them at once."""

from decimal import Decimal

import pytest

from parindex.engine.criteria import (
    Checklist,
    Choice,
    Deduct,
    External,
    Info,
    Linear,
    Manual,
    Option,
    PerItem,
    RatioFloor,
    Step,
    Steps,
    Survey,
    Threshold,
    YearOnYear,
    YesNo,
)
from parindex.engine.inputs import Flag, Imported, Points, Ratio, Ticked, input_digest, input_json
from parindex.engine.read_inputs import read_input, read_inputs
from parindex.engine.score import compile_framework
from parindex.errors import Invalid
from support.trees import branch, framework, leaf

D = Decimal
AB = (Option("a", D("0.25"), ""), Option("b", D("0.25"), ""))
TREE = framework(
    branch(
        "field",
        [
            leaf("yes", YesNo(), 1),
            leaf("list", Checklist(AB), "0.5"),
            leaf("one", Choice(AB), "0.25"),
            leaf("number", Steps("number", (Step(D(0), D(10), D(0)), Step(D(10), None, D(1)))), 1),
            leaf("share", Steps("ratio", (Step(D(0), None, D(1)),)), 1),
            leaf("day", Steps("date", (Step("2025-01-01", None, D(1)),)), 1),
            leaf("linear", Linear(), 6, on_no_data="zero"),
            leaf("floor", RatioFloor(D("0.8")), 2),
            leaf("threshold", Threshold(D("0.8")), 2),
            leaf("items", PerItem(D("0.5")), 2),
            leaf("events", Deduct(AB), 2),
            leaf("top2", Survey("top2"), 10),
            leaf("mean", Survey("mean"), 10),
            leaf("sipas", External("SIPAS", D(100)), 10),
            leaf("yoy", YearOnYear("up"), 1),
            leaf("manual", Manual(), 2),
            leaf("info", Info(), 0),
            leaf("far", YesNo(), 1, applies_to=frozenset({"other"})),
            branch("split", [leaf("x", Linear(), 2), leaf("y", Linear(), 4)], inferred_split=True),
            branch("whole", [leaf("z", Linear(), 2)]),
        ],
    ),
    blocks=("all", "other"),
)

BAD = [
    ("unknown", {"value": True}, "component_unknown", "inputs.unknown", "'unknown' is not a component"),
    ("far", {"value": True}, "component_outside_block", "inputs.far", "is not a component"),
    ("field", {"value": True}, "input_shape", "inputs.field", "imported_points"),
    ("whole", {"imported_points": "1"}, "import_not_allowed", "inputs.whole.imported_points", "split is inferred"),
    ("split", {"imported_points": "6.01"}, "points_outside_maximum", "inputs.split.imported_points", "from 0 to 6"),
    ("split", {"imported_points": "1.125"}, "points_digits", "inputs.split.imported_points", "at most 2 decimals"),
    ("yes", True, "input_shape", "inputs.yes", "{value}"),
    ("yes", {"value": 1}, "value_not_boolean", "inputs.yes.value", "true or false"),
    ("yes", {"value": "true"}, "value_not_boolean", "inputs.yes.value", "true or false"),
    ("yes", {"value": True, "note": "x"}, "input_shape", "inputs.yes", "exactly the keys"),
    ("yes", {"no_data": False}, "value_not_true", "inputs.yes.no_data", "true"),
    ("yes", {"not_applicable": 1}, "value_not_true", "inputs.yes.not_applicable", "true"),
    ("yes", {"no_data": True}, "no_data_undeclared", "inputs.yes", "the framework does not say"),
    ("yes", {"value": True, "from": ["x"]}, "origin_shape", "inputs.yes.from", "an object"),
    ("yes", {"value": True, "from": {"x": 1.5}}, "origin_shape", "inputs.yes.from", "an object"),
    ("list", {"ticked": ["c"]}, "option_unknown", "inputs.list.ticked", "a, b; not 'c'"),
    ("list", {"ticked": ["a", "a"]}, "value_not_options", "inputs.list.ticked", "at most once"),
    ("list", {"ticked": "a"}, "value_not_options", "inputs.list.ticked", "a list of option ids"),
    ("list", {"chosen": "a"}, "input_shape", "inputs.list", "{ticked}"),
    ("one", {"chosen": "c"}, "option_unknown", "inputs.one.chosen", "a, b; not 'c'"),
    ("one", {"chosen": None}, "value_not_text", "inputs.one.chosen", "the id of an option"),
    ("number", {"value": 12.5}, "value_not_decimal", "inputs.number.value", "never a float"),
    ("number", {"value": "1e3"}, "value_not_decimal", "inputs.number.value", "a decimal as a string"),
    ("number", {"value": "NaN"}, "value_not_decimal", "inputs.number.value", "a decimal as a string"),
    ("number", {"value": "1.234,5"}, "value_not_decimal", "inputs.number.value", "a decimal as a string"),
    ("number", {"value": True}, "value_not_decimal", "inputs.number.value", "a decimal as a string"),
    ("number", {"value": "-1"}, "value_outside_steps", "inputs.number.value", "one of the steps"),
    ("share", {"numerator": 1, "denominator": 0}, "denominator_zero", "inputs.share.denominator", "above 0"),
    ("day", {"date": "31/12/2025"}, "value_not_day", "inputs.day.date", "YYYY-MM-DD"),
    ("day", {"date": "20251231"}, "value_not_day", "inputs.day.date", "YYYY-MM-DD"),
    ("day", {"date": "2025-02-30"}, "value_not_day", "inputs.day.date", "YYYY-MM-DD"),
    ("day", {"date": "2024-12-31"}, "value_outside_steps", "inputs.day.date", "one of the steps"),
    (
        "linear",
        {"numerator": 5, "denominator": 3},
        "numerator_above_denominator",
        "inputs.linear.numerator",
        "not above",
    ),
    ("linear", {"numerator": 1, "denominator": 0}, "denominator_zero", "inputs.linear.denominator", "above 0"),
    ("linear", {"numerator": -1, "denominator": 3}, "value_negative", "inputs.linear.numerator", "not negative"),
    ("linear", {"numerator": 1}, "input_shape", "inputs.linear", "{numerator, denominator}"),
    ("linear", {"percent": "100.01"}, "percent_outside_scale", "inputs.linear.percent", "0 to 100"),
    ("linear", {"percent": "-1"}, "value_negative", "inputs.linear.percent", "not negative"),
    ("floor", {"numerator": 4, "denominator": 3}, "numerator_above_denominator", "inputs.floor.numerator", "not above"),
    ("threshold", {"numerator": 4, "denominator": 3}, "numerator_above_denominator", "inputs.threshold.numerator", ""),
    ("items", {"count": "3"}, "value_not_count", "inputs.items.count", "a whole number"),
    ("items", {"count": True}, "value_not_count", "inputs.items.count", "a whole number"),
    ("items", {"count": -1}, "value_not_count", "inputs.items.count", "a whole number"),
    ("events", {"events": {"c": 1}}, "event_unknown", "inputs.events.events", "a, b; not 'c'"),
    ("events", {"events": {"a": 1.5}}, "value_not_count", "inputs.events.events", "a whole number"),
    ("events", {"events": []}, "value_not_events", "inputs.events.events", "an object"),
    ("top2", {"favourable": 2, "answers": 1}, "numerator_above_denominator", "inputs.top2.favourable", "its answers"),
    ("top2", {"sum": 2, "largest": 10}, "input_shape", "inputs.top2", "{favourable, answers}"),
    ("mean", {"sum": 11, "largest": 10}, "numerator_above_denominator", "inputs.mean.sum", "its largest"),
    ("sipas", {"value": "100.01"}, "value_outside_scale", "inputs.sipas.value", "from 0 to 100"),
    ("sipas", {"value": "-0.01"}, "value_outside_scale", "inputs.sipas.value", "from 0 to 100"),
    ("yoy", {"current": "5"}, "input_shape", "inputs.yoy", "{current, previous}"),
    ("manual", {"points": "2.01"}, "points_outside_maximum", "inputs.manual.points", "from 0 to 2"),
    ("manual", {"points": "0.125"}, "points_digits", "inputs.manual.points", "at most 2 decimals"),
    ("manual", {"points": "-1"}, "value_negative", "inputs.manual.points", "not negative"),
    ("info", {"value": 3}, "value_not_text", "inputs.info.value", "a text"),
]


@pytest.mark.parametrize(
    ("code", "given", "fault", "field", "words"),
    BAD,
    ids=[f"{one[0]}-{one[2]}-{place}" for place, one in enumerate(BAD)],
)
def test_a_bad_input_is_a_finding_that_says_where_and_what_was_expected(code, given, fault, field, words):
    with pytest.raises(Invalid) as raised:
        read_inputs(TREE, "all", {code: given})
    (finding,) = raised.value.findings
    assert (finding.code, finding.field) == (fault, field)
    assert words in finding.message


def test_all_bad_inputs_are_found_at_once():
    given = {code: value for code, value, *_ in BAD}
    with pytest.raises(Invalid) as raised:
        read_inputs(TREE, "all", given)
    assert {finding.field.split(".")[1] for finding in raised.value.findings} == given.keys()


def test_both_parts_of_a_ratio_are_findings_of_their_own():
    with pytest.raises(Invalid) as raised:
        read_inputs(TREE, "all", {"linear": {"numerator": 1.5, "denominator": "x"}})
    assert [one.field for one in raised.value.findings] == ["inputs.linear.numerator", "inputs.linear.denominator"]


@pytest.mark.parametrize("given", [None, [], "x", 3])
def test_inputs_that_are_no_object_are_refused(given):
    with pytest.raises(Invalid, match="expected an object"):
        read_inputs(TREE, "all", given)


def test_null_is_missing_as_if_it_were_left_out():
    assert read_inputs(TREE, "all", {"yes": None}) == {}


def test_a_block_that_does_not_exist_is_refused_with_the_blocks_there_are():
    with pytest.raises(Invalid, match="it has all, other"):
        read_inputs(TREE, "none", {})


def test_a_single_input_reads_by_its_node():
    node = next(one for one in TREE.walk() if one.code == "manual")
    assert read_input(node, {"points": "1,25"}) == Points(D("1.25"))
    with pytest.raises(Invalid) as raised:
        read_input(node, {"points": "3"})
    assert raised.value.code == "points_outside_maximum"


def test_an_imported_score_is_at_most_what_the_branch_has_in_the_block():
    here, elsewhere = leaf("a", YesNo(), 4), leaf("b", YesNo(), 2, applies_to=frozenset({"other"}))
    built = framework(branch("split", [here, elsewhere], inferred_split=True), blocks=("all", "other"))
    assert (
        compile_framework(built, "all").score(read_inputs(built, "all", {"split": {"imported_points": 4}})).index == 100
    )
    assert read_inputs(built, "other", {"split": {"imported_points": 6}})
    with pytest.raises(Invalid) as raised:
        read_inputs(built, "all", {"split": {"imported_points": "4.01"}})
    (fault,) = raised.value.findings
    assert fault.code == "points_outside_maximum"
    assert "expected points from 0 to 4." in fault.message


def test_where_an_input_came_from_is_kept_and_hashed_and_not_scored():
    plain = read_inputs(TREE, "all", {"yes": {"value": True}})
    traced = read_inputs(TREE, "all", {"yes": {"value": True, "from": {"result": "ab12"}}})
    assert input_json(traced["yes"]) == {"value": True, "from": {"result": "ab12"}}
    assert input_digest(plain) != input_digest(traced)
    plan = compile_framework(TREE, "all")
    assert plan.score(plain).values == plan.score(traced).values


def test_vietnamese_text_is_kept_composed():
    decomposed = "so\u0302\u0301"
    assert read_inputs(TREE, "all", {"info": {"value": decomposed}})["info"].value == "số"


def test_the_digest_of_vietnamese_text_is_canonical():
    read = read_inputs(TREE, "all", {"info": {"value": "8,5 ngày"}, "yes": {"value": True}})
    assert input_digest(read) == input_digest(dict(reversed(read.items())))


def test_a_rule_given_another_kind_of_input_names_unit_component_rule_and_value():
    plan = compile_framework(TREE, "all")
    with pytest.raises(Invalid) as raised:
        plan.score({"linear": Flag(True), "manual": Points(D(9)), "nowhere": Flag(True)}, unit="Sở Nội vụ")
    assert [one.code for one in raised.value.findings] == ["input_shape", "points_outside_maximum", "component_unknown"]
    first = raised.value.findings[0].message
    assert first.startswith("Sở Nội vụ: linear (rule linear) cannot use {'value': True}")
    assert "Percent or Ratio" in first


def test_a_share_above_one_never_becomes_points():
    plan = compile_framework(TREE, "all")
    for code in ("linear", "floor", "threshold", "top2"):
        with pytest.raises(Invalid, match="not above its"):
            plan.score({code: Ratio(D(5), D(3))})


def test_ticked_options_that_are_unknown_never_become_zero():
    with pytest.raises(Invalid, match="not 'z'"):
        compile_framework(TREE, "all").score({"list": Ticked(("z",))})


@pytest.mark.parametrize(
    ("given", "code"),
    [({"nowhere": Flag(True)}, "component_unknown"), ({"whole": Imported(D(1))}, "import_not_allowed")],
)
def test_an_input_that_no_rule_takes_is_never_passed_over(given, code):
    with pytest.raises(Invalid) as raised:
        compile_framework(TREE, "all").score({"yes": Flag(True), **given})
    assert [one.code for one in raised.value.findings] == [code]
