"""A scored tree as a whole: golden arithmetic, denominators, sections, imports, views, grades, ranks, the document."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from parindex.engine.criteria import (
    Checklist,
    Grade,
    GradeCondition,
    Info,
    Linear,
    Manual,
    Option,
    Threshold,
    View,
    YesNo,
)
from parindex.engine.digest import canonical_json
from parindex.engine.index_table import index_table
from parindex.engine.read_inputs import read_inputs
from parindex.engine.score import ENGINE_VERSION, compile_framework
from parindex.engine.score_document import document
from parindex.engine.score_summary import contributions, counts, fields, views
from parindex.errors import Invalid
from support.trees import branch, framework, leaf

D = Decimal
BANDS = tuple(
    Grade(label, label, D(minimum))
    for label, minimum in [("Xuất sắc", 90), ("Tốt", 80), ("Khá", 70), ("Trung bình", 50), ("Yếu", 0)]
)


def ratio(numerator, denominator):
    return {"numerator": numerator, "denominator": denominator}


def scored(built, given, block="all"):
    plan = compile_framework(built, block)
    return plan.score(read_inputs(built, block, given))


def shown(built, given, block="all"):
    plan = compile_framework(built, block)
    read = read_inputs(built, block, given)
    return document(plan, plan.score(read), read)


def table(built, given):
    """Rows of the table by unit."""
    documents = {unit: shown(built, of) for unit, of in given.items()}
    return {row["unit_id"]: row for row in index_table(built, documents)["rows"]}


def places(built, given):
    """Rank of each unit that has one."""
    return {unit: row["rank"] for unit, row in table(built, given).items() if row["rank"] is not None}


def points(built, given):
    return {node["code"]: node["points"] for node in shown(built, given)["nodes"]}


# Quyết định 766 as the portal computes it: figures of Phú Thọ, 2026.

PAYMENT = branch(
    "payment",
    [
        leaf("dossiers", Linear(), 6, on_no_data="zero"),
        leaf("formalities", Threshold(D("0.8")), 2, on_no_data="zero"),
        leaf("integrated", Threshold(D("0.8")), 2, on_no_data="zero"),
    ],
)
SATISFACTION = branch(
    "satisfaction",
    [
        leaf("petitions_on_time", Linear(), 6, on_no_data="max"),
        leaf("petitions_liked", Linear(), 6, on_no_data="max"),
        leaf("reception", Threshold(D("0.9")), 6, on_no_data="zero"),
    ],
)
PORTAL = framework(
    branch("transparency", [leaf(f"t{place}", Linear(), most) for place, most in enumerate((6, 4, 2, 6))]),
    branch("progress", [leaf("on_time", Linear(), 20), leaf("average_time", Info(), 0)]),
    branch("online", [leaf("x", Linear(), 2), leaf("y", Linear(), 4), leaf("z", Linear(), 6)], inferred_split=True),
    PAYMENT,
    branch(
        "digitization",
        [leaf(f"d{place}", Linear(), most) for place, most in enumerate((6, 4, 2, 4, 2, 2))]
        + [leaf("reused", Threshold(D("0.8")), 2)],
    ),
    SATISFACTION,
)
PHU_THO = {
    "t0": ratio(0, 89),
    "t1": ratio(0, 70),
    "t2": ratio(87, 89),
    "t3": ratio(475053, 475053),
    "on_time": ratio(528684, 597918),
    "online": {"imported_points": "8.56"},
    "dossiers": ratio(309542, 358625),
    "formalities": ratio(119, 313),
    "integrated": ratio(68, 313),
    "d0": ratio(433356, 597918),
    "d1": ratio(145096, 597918),
    "d2": {"percent": "100"},
    "d3": ratio(0, 597918),
    "d4": ratio(325596, 597918),
    "d5": ratio(396, 1300),
    "reused": ratio(136827, 597918),
    "petitions_on_time": ratio(296, 570),
    "petitions_liked": ratio(230, 570),
    "reception": ratio(528464, 597918),
}


def test_phu_tho_2026_sums_its_rounded_components_to_61_89():
    result = shown(PORTAL, PHU_THO)
    assert [(part["code"], part["points"]) for part in result["fields"]] == [
        ("transparency", "7.96"),
        ("progress", "17.68"),
        ("online", "8.56"),
        ("payment", "6.67"),
        ("digitization", "9.59"),
        ("satisfaction", "11.43"),
    ]
    assert (result["points"], result["maximum"], result["index"]) == ("61.89", "100", "61.89")
    assert result["complete"]


@pytest.mark.parametrize(
    ("place", "given", "parts", "total"),
    [
        ("Xuân Lũng", [(3092, 3471), (17, 39), (8, 39)], ["5.34", "1.09", "0.51"], "6.94"),
        ("Vân Phú", [(5623, 5914), (8, 32), (6, 32)], ["5.70", "0.63", "0.47"], "6.80"),
        ("KCN", [(18, 18), (2, 3), (0, 3)], ["6.00", "1.67", "0.00"], "7.67"),
        ("Văn phòng", [(0, 0), (0, 1), (0, 1)], ["0.00", "0.00", "0.00"], "0.00"),
    ],
)
def test_a_portal_payment_group_is_the_sum_of_half_up_components(place, given, parts, total):
    codes = ["dossiers", "formalities", "integrated"]
    found = points(framework(PAYMENT), {code: ratio(*one) for code, one in zip(codes, given, strict=True)})
    assert [found[code] for code in codes] == parts
    assert found["payment"] == total


def test_no_petitions_give_full_points_and_unanswered_petitions_none():
    office = points(
        framework(SATISFACTION),
        {"petitions_on_time": ratio(0, 0), "petitions_liked": ratio(0, 0), "reception": ratio(156, 161)},
    )
    assert office == {
        "satisfaction": "18.00",
        "petitions_on_time": "6.00",
        "petitions_liked": "6.00",
        "reception": "6.00",
    }
    education = points(
        framework(SATISFACTION),
        {"petitions_on_time": ratio(0, 4), "petitions_liked": ratio(0, 4), "reception": ratio(755, 1120)},
    )
    assert education == {
        "satisfaction": "4.49",
        "petitions_on_time": "0.00",
        "petitions_liked": "0.00",
        "reception": "4.49",
    }


def test_multiply_first_divide_once_round_half_up():
    assert points(framework(leaf("a", Linear(), 6)), {"a": ratio(7, 48)}) == {"a": "0.88"}


# PAR INDEX.


def test_a_checklist_is_ticked_by_the_unit_and_by_the_council_apart():
    rule = Checklist(tuple(Option(name, D("0.25"), "") for name in "abc"))
    built = framework(leaf("publication", rule, "0.75"))
    assert shown(built, {"publication": {"ticked": ["a", "b", "c"]}})["points"] == "0.75"
    council = shown(built, {"publication": {"ticked": ["b"]}})
    assert council["points"] == "0.25"
    assert council["not_reached"] == [
        {
            "code": "publication",
            "number": "",
            "title_vi": "Thành phần publication",
            "lost": "0.50",
            "reason_vi": "Mới đạt 0,25/0,75: có (b); chưa có (a), (c).",
            "reason_en": "Reached only 0.25/0.75: (b); not (a), (c).",
        }
    ]


ADJUSTED = framework(
    branch("field", [leaf("big", Manual(), 95), leaf("mid", Manual(), "3.61"), leaf("rest", Manual(), "1.39")])
)
OFFICE = {"big": {"points": "93.76"}, "mid": {"not_applicable": True}, "rest": {"not_applicable": True}}
HOME_AFFAIRS = {"big": {"points": "90.34"}, "mid": {"points": "3.61"}, "rest": {"not_applicable": True}}


def test_what_does_not_apply_changes_the_order_through_the_denominator():
    office, home = scored(ADJUSTED, OFFICE), scored(ADJUSTED, HOME_AFFAIRS)
    assert (office.decimal(office.points), office.decimal(office.maximum), office.index) == (D("93.76"), 95, D("98.69"))
    assert (home.decimal(home.points), home.decimal(home.maximum), home.index) == (D("93.95"), D("98.61"), D("95.27"))
    given = {1: HOME_AFFAIRS, 2: OFFICE}
    assert places(ADJUSTED, given) == {2: 1, 1: 2}
    assert places(replace(ADJUSTED, ranked_on="points"), given) == {1: 1, 2: 2}


def test_two_views_add_up_the_same_points():
    built = framework(
        branch("work", [leaf("appraised", Manual(), 62), leaf("survey", Manual(), "22.5", source="survey")]),
        branch("impact", [leaf("outcome", Manual(), "15.5", source="external")]),
        views=(
            View("appraised", "Thẩm định", "", D(62), frozenset({"appraised"})),
            View("impact", "Tác động", "", D(38), frozenset({"survey", "outcome"})),
        ),
    )
    given = {"appraised": {"points": "49.05"}, "survey": {"points": "17"}, "outcome": {"points": "13.81"}}
    result = shown(built, given)
    assert result["views"] == [
        {"code": "appraised", "points": "49.05", "maximum": "62", "percent": "79.11"},
        {"code": "impact", "points": "30.81", "maximum": "38", "percent": "81.08"},
    ]
    assert result["points"] == "79.86"
    del given["outcome"]
    assert [part["percent"] for part in shown(built, given)["views"]] == ["79.11", None]


# Denominators.


def test_a_field_of_which_nothing_applies_has_no_percent():
    built = framework(branch("f", [leaf("a", YesNo(), 2)]), branch("g", [leaf("b", YesNo(), 3)]))
    result = shown(built, {"a": {"not_applicable": True}, "b": {"value": True}})
    assert result["fields"][0] == {"code": "f", "points": "0.00", "maximum": "0", "percent": None}
    assert (result["points"], result["maximum"], result["index"]) == ("3.00", "3", "100.00")
    assert [node["state"] for node in result["nodes"]] == ["not_applicable", "not_applicable", "scored", "scored"]


def test_a_unit_to_which_nothing_applies_has_no_index_and_is_not_ranked():
    built = framework(branch("f", [leaf("a", YesNo(), 2)]), grades={"": BANDS})
    given = {"a": {"not_applicable": True}}
    result = shown(built, given)
    assert (result["index"], result["grade"], result["complete"]) == (None, None, True)
    rows = table(built, {1: given, 2: {"a": {"value": True}}, 3: {}})
    assert {unit: row["rank"] for unit, row in rows.items()} == {2: 1, 1: None, 3: None}
    assert [rows[unit]["not_ranked"]["code"] for unit in (1, 3)] == ["nothing_applies", "missing"]


def test_a_node_outside_the_block_is_not_there():
    communes = frozenset({"commune"})
    built = framework(
        branch("f", [leaf("a", YesNo(), 2), leaf("b", YesNo(), 3, applies_to=communes)]),
        branch("g", [leaf("c", YesNo(), 4, applies_to=communes)]),
        blocks=("department", "commune"),
    )
    result = shown(built, {"a": {"value": True}}, "department")
    assert [node["code"] for node in result["nodes"]] == ["f", "a"]
    assert (result["maximum"], result["index"]) == ("2", "100.00")
    assert shown(built, {"a": {"value": True}}, "commune")["maximum"] == "9"


def test_missing_inputs_are_listed_and_there_is_no_index():
    built = framework(branch("f", [leaf("a", YesNo(), 2), leaf("b", YesNo(), 3)]), grades={"": BANDS})
    result = shown(built, {"a": {"value": True}})
    assert result["missing"] == [{"code": "b", "number": "", "title_vi": "Thành phần b"}]
    assert (result["points"], result["maximum"], result["index"], result["grade"]) == ("2.00", "5", None, None)
    assert not result["complete"]
    assert result["fields"][0]["percent"] is None
    assert [node["state"] for node in result["nodes"]] == ["missing", "scored", "missing"]


def test_no_data_that_is_shown_empty_keeps_its_maximum():
    built = framework(branch("f", [leaf("a", Linear(), 6, on_no_data="null"), leaf("b", YesNo(), 4)]))
    result = shown(built, {"a": ratio(0, 0), "b": {"value": True}})
    assert (result["points"], result["maximum"], result["index"]) == ("4.00", "10", "40.00")
    assert [one["code"] for one in result["not_reached"]] == ["a"]
    assert result["not_reached"][0]["lost"] == "6.00"


# Bonus and penalty.

SECTIONS = framework(
    branch("f", [leaf("a", Manual(), 100)]),
    branch("plus", [leaf("p", Manual(), 4), leaf("q", Manual(), 4)], maximum=5, section="bonus"),
    branch("minus", [leaf("m", Manual(), 10)], maximum=3, section="penalty"),
)


def test_bonus_and_penalty_stand_outside_the_denominator_and_are_capped():
    given = {"a": {"points": 80}, "p": {"points": 4}, "q": {"points": 4}, "m": {"points": 10}}
    result = shown(SECTIONS, given)
    assert (result["points"], result["bonus"], result["penalty"]) == ("82.00", "5.00", "3.00")
    assert (result["maximum"], result["index"]) == ("100", "82.00")
    nodes = {node["code"]: node for node in result["nodes"]}
    assert (nodes["plus"]["points"], nodes["plus"]["maximum"]) == ("5.00", "5")
    assert nodes["plus"]["reason_vi"] == "Vượt mức tối đa của mục: tính 5."
    assert [part["code"] for part in result["fields"]] == ["f"]
    assert result["counts"]["leaves"] == 1


def test_a_bonus_under_its_cap_counts_as_it_is_and_may_lift_the_index_over_100():
    given = {"a": {"points": 100}, "p": {"points": "1.5"}, "q": {"not_applicable": True}, "m": {"points": 0}}
    result = shown(SECTIONS, given)
    assert (result["bonus"], result["index"], result["maximum"]) == ("1.50", "101.50", "100")


def test_a_penalty_that_nobody_decided_yet_is_missing():
    result = shown(SECTIONS, {"a": {"points": 80}, "p": {"points": 0}, "q": {"points": 0}})
    assert [one["code"] for one in result["missing"]] == ["m"]
    assert result["index"] is None


# Imported points of a branch.


def test_an_imported_score_stands_in_for_the_components_of_an_inferred_split():
    result = shown(PORTAL, {**PHU_THO, "x": ratio(1, 2)})
    nodes = {node["code"]: node for node in result["nodes"]}
    assert (nodes["online"]["state"], nodes["online"]["points"], nodes["online"]["maximum"]) == (
        "imported",
        "8.56",
        "12",
    )
    assert (nodes["x"]["state"], nodes["x"]["points"], nodes["x"]["input"]) == ("imported", None, ratio("1", "2"))
    assert "8,56" in nodes["online"]["reason_vi"]
    assert "online" in [one["code"] for one in result["not_reached"]]
    assert result["counts"]["imported"] == 3
    assert result["missing"] == []


def test_a_view_that_cuts_through_an_imported_branch_is_not_known():
    whole = View("whole", "", "", None, frozenset({"x", "y", "z", "on_time"}))
    cut = View("cut", "", "", None, frozenset({"x", "on_time"}))
    built = framework(*PORTAL.roots, views=(whole, cut))
    result = shown(built, PHU_THO)
    assert [(part["points"], part["percent"]) for part in result["views"]] == [("26.24", "82.00"), (None, None)]


def test_an_imported_score_of_a_settled_branch_is_refused():
    with pytest.raises(Invalid) as raised:
        shown(PORTAL, {**PHU_THO, "payment": {"imported_points": "6.67"}})
    assert [one.code for one in raised.value.findings] == ["import_not_allowed"]


# Rounding where the framework says.


@pytest.mark.parametrize(("at", "total"), [("component", "0.99"), ("criterion", "1.00"), ("total", "1.00")])
def test_three_thirds_depend_on_where_the_framework_rounds(at, total):
    built = framework(branch("f", [branch("k", [leaf(name, Linear(), 1) for name in "abc"])]), at=at)
    given = {name: ratio(1, 3) for name in "abc"}
    result = shown(built, given)
    assert result["points"] == total
    assert {node["points"] for node in result["nodes"] if node["rule"]} == {"0.33"}
    exact = Fraction(99, 100) if at == "component" else 1
    assert sum(contributions(scored(built, given)).values()) == exact


def test_criteria_are_rounded_each_and_the_total_once():
    criteria = [branch(f"k{place}", [leaf(f"a{place}", Linear(), 1)]) for place in range(3)]
    given = {f"a{place}": ratio(1, 3) for place in range(3)}
    assert shown(framework(branch("f", criteria), at="criterion"), given)["points"] == "0.99"
    assert shown(framework(branch("f", criteria), at="total"), given)["points"] == "1.00"


# Grades.


@pytest.mark.parametrize(
    ("figure", "label"),
    [
        ("90", "Xuất sắc"),
        ("89.99", "Tốt"),
        ("80.1", "Tốt"),
        ("80", "Tốt"),
        ("79.99", "Khá"),
        ("50", "Trung bình"),
        ("0", "Yếu"),
    ],
)
def test_a_grade_begins_at_its_minimum(figure, label):
    built = framework(leaf("a", Manual(), 100), grades={"": BANDS})
    assert shown(built, {"a": {"points": figure}})["grade"]["label_vi"] == label


def test_grades_are_those_of_the_block():
    strict = (Grade("Đạt", "Passed", D(95)), Grade("Chưa đạt", "Not passed", D(0)))
    built = framework(leaf("a", Manual(), 100), grades={"": BANDS, "inspection": strict}, blocks=("all", "inspection"))
    assert shown(built, {"a": {"points": 94}})["grade"]["label_vi"] == "Xuất sắc"
    assert shown(built, {"a": {"points": 94}}, "inspection")["grade"]["label_vi"] == "Chưa đạt"


def test_a_failed_condition_gives_the_next_lower_grade_and_is_named():
    on_time = GradeCondition("on_time", "maximum", "Không có hồ sơ trễ hạn")
    grades = {"": (replace(BANDS[0], conditions=(on_time,)), *BANDS[1:])}
    built = framework(leaf("a", Manual(), 90), leaf("on_time", Linear(), 10), grades=grades)
    late = shown(built, {"a": {"points": 90}, "on_time": ratio(9, 10)})["grade"]
    assert late["label_vi"] == "Tốt"
    assert late["conditions_failed"] == [{"component": "on_time", "title_vi": "Không có hồ sơ trễ hạn", "title_en": ""}]
    assert shown(built, {"a": {"points": 90}, "on_time": ratio(10, 10)})["grade"]["label_vi"] == "Xuất sắc"
    assert shown(built, {"a": {"points": 90}, "on_time": {"not_applicable": True}})["grade"] == {
        "label_vi": "Xuất sắc",
        "label_en": "Xuất sắc",
        "conditions_failed": [],
    }


def test_below_all_grades_there_is_none():
    built = framework(leaf("a", Manual(), 100), grades={"": BANDS[:2]})
    assert shown(built, {"a": {"points": 10}})["grade"] is None


def test_a_framework_ranked_on_points_grades_points():
    built = framework(
        leaf("a", Manual(), 18), ranked_on="points", grades={"": (Grade("Tốt", "", D(12)), Grade("Yếu", "", D(0)))}
    )
    assert shown(built, {"a": {"points": 12}})["grade"]["label_vi"] == "Tốt"
    assert shown(built, {"a": {"points": "11.99"}})["grade"]["label_vi"] == "Yếu"


# Ranks.


def test_fields_are_ranked_each_on_its_percent():
    built = framework(branch("f", [leaf("a", Manual(), 10)]), branch("g", [leaf("b", Manual(), 20)]))
    given = {1: (9, 10), 2: (9, 20), 3: (5, None), 4: (10, 15)}
    inputs = {
        unit: {"a": {"points": a}} | ({} if b is None else {"b": {"points": b}}) for unit, (a, b) in given.items()
    }

    def of_field(code, **changes):
        rows = table(replace(built, **changes), inputs)
        return {unit: one["rank"] for unit, row in rows.items() for one in row["fields"] if one["code"] == code}

    # A unit that is not ranked takes no place in a field either, as in an edition.
    assert of_field("f") == {4: 1, 1: 2, 2: 2, 3: None}
    assert of_field("g") == {2: 1, 4: 2, 1: 3, 3: None}
    assert places(built, inputs) == {2: 1, 4: 2, 1: 3}
    assert of_field("g", tie_rule="dense") == {2: 1, 4: 2, 1: 3, 3: None}
    tied = {unit: {"a": {"points": 1}, "b": {"points": 20 if unit == 3 else 5}} for unit in (1, 2, 3)}
    assert places(built, tied) == {3: 1, 1: 2, 2: 2}
    fourth = tied | {4: {"a": {"points": 0}, "b": {"points": 0}}}
    assert places(built, fourth)[4] == 4
    assert places(replace(built, tie_rule="dense"), fourth)[4] == 3
    assert places(replace(built, tie_rule="ordinal"), fourth) == {3: 1, 1: 2, 2: 3, 4: 4}


# The document.


def test_the_document_carries_what_it_was_made_of():
    result = shown(PORTAL, PHU_THO)
    assert (result["framework"], result["version"], result["framework_sha256"]) == ("synthetic", "1", "0" * 64)
    assert (result["template"], result["engine_version"], result["block"]) == (True, ENGINE_VERSION, "all")
    assert len(result["input_sha256"]) == 64
    assert canonical_json(result)
    node = next(one for one in result["nodes"] if one["code"] == "on_time")
    assert node == {
        "code": "on_time",
        "parent": "progress",
        "number": "",
        "title_vi": "Thành phần on_time",
        "title_en": "Component on_time",
        "depth": 1,
        "section": "main",
        "rule": "linear",
        "source": "appraised",
        "state": "scored",
        "input": {"numerator": "528684", "denominator": "597918"},
        "points": "17.68",
        "maximum": "20",
        "declared_maximum": "20",
        "provenance": "illustrative",
        "cites": [],
        "reason_vi": "Đạt 528.684/597.918: 20 x 528.684/597.918 = 17,6841… → 17,68.",
        "reason_en": "Reached 528,684/597,918: 20 x 528,684/597,918 = 17.6841… → 17.68.",
    }


def test_counts_say_how_many_are_at_their_maximum_and_why_the_others_are_not():
    counted = counts(scored(PORTAL, PHU_THO))
    assert counted == {
        "leaves": 21,
        "scored": 18,
        "at_maximum": 2,
        "not_at_maximum": 16,
        "not_applicable": 0,
        "no_data": 0,
        "missing": 0,
        "imported": 3,
    }
    assert len(shown(PORTAL, PHU_THO)["not_reached"]) == 17


def test_one_plan_scores_unit_after_unit_without_keeping_anything():
    plan = compile_framework(ADJUSTED, "all")
    first = plan.score(read_inputs(ADJUSTED, "all", OFFICE))
    plan.score(read_inputs(ADJUSTED, "all", HOME_AFFAIRS))
    again = plan.score(read_inputs(ADJUSTED, "all", OFFICE))
    assert (first.values, first.maxima, first.index) == (again.values, again.maxima, again.index)
    assert [part.percent for part in fields(again)] == [D("98.69")]
    assert views(again) == []
