"""Every rule kind at its edges: 0, the floor, just below and above every threshold, no data, not applicable."""

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
from parindex.engine.read_inputs import read_inputs
from parindex.engine.score import compile_framework
from parindex.engine.score_document import document
from parindex.errors import Invalid
from support.trees import branch, framework, leaf

D = Decimal


def options(**points):
    return tuple(Option(name, D(value), f"Nội dung {name}") for name, value in points.items())


def steps(of, *steps):
    return Steps(of, tuple(Step(low, high, D(points)) for low, high, points in steps))


def row(rule, maximum, given, *, on_no_data=None, digits=2, at="component"):
    """The node row of a leaf beside a second leaf, so that something applies whatever happens to the first."""
    other = leaf("other", YesNo(), 1)
    built = framework(branch("field", [leaf("c", rule, maximum, on_no_data=on_no_data), other]), digits=digits, at=at)
    plan = compile_framework(built, "all")
    read = read_inputs(built, "all", {"c": given, "other": {"value": True}})
    shown = document(plan, plan.score(read), read)
    return next(node for node in shown["nodes"] if node["code"] == "c")


def ratio(numerator, denominator):
    return {"numerator": numerator, "denominator": denominator}


NUMBER = steps("number", (None, D(10), 0), (D(10), D(20), "0.5"), (D(20), None, 1))
SHARE = steps("ratio", (None, D("0.2"), 0), (D("0.2"), D("0.3"), "0.5"), (D("0.3"), None, 1))
DATES = steps("date", ("2025-01-01", "2025-04-01", 1), ("2025-04-01", None, "0.25"))
ABC = options(a="0.25", b="0.25", c="0.25")
EVENTS = Deduct(options(late="0.25", lost="1"))
UP, DOWN = YearOnYear("up", D("0.1"), D("0.5")), YearOnYear("down")

CASES = [
    (YesNo(), 2, {"value": True}, "2.00"),
    (YesNo(), 2, {"value": False}, "0.00"),
    (Checklist(ABC), "0.75", {"ticked": []}, "0.00"),
    (Checklist(ABC), "0.75", {"ticked": ["b"]}, "0.25"),
    (Checklist(ABC), "0.75", {"ticked": ["c", "a", "b"]}, "0.75"),
    (Checklist(ABC), "0.5", {"ticked": ["a", "b", "c"]}, "0.50"),
    (Choice(ABC), "0.25", {"chosen": "b"}, "0.25"),
    (Choice(options(no="0", yes="1")), 1, {"chosen": "no"}, "0.00"),
    (NUMBER, 1, {"value": "-3"}, "0.00"),
    (NUMBER, 1, {"value": "9.999999999999999999999999999999"}, "0.00"),
    (NUMBER, 1, {"value": 10}, "0.50"),
    (NUMBER, 1, {"value": "19,99"}, "0.50"),
    (NUMBER, 1, {"value": "20"}, "1.00"),
    (SHARE, 1, ratio(0, 7), "0.00"),
    (SHARE, 1, ratio(199999, 1000000), "0.00"),
    (SHARE, 1, ratio(1, 5), "0.50"),
    (SHARE, 1, ratio(299999, 1000000), "0.50"),
    (SHARE, 1, ratio(3, 10), "1.00"),
    (SHARE, 1, ratio(13, 10), "1.00"),
    (SHARE, 1, {"percent": "29.99"}, "0.50"),
    (DATES, 1, {"date": "2025-03-31"}, "1.00"),
    (DATES, 1, {"date": "2025-04-01"}, "0.25"),
    (Linear(), 6, ratio(0, 48), "0.00"),
    (Linear(), 6, ratio(7, 48), "0.88"),
    (Linear(), 6, ratio(48, 48), "6.00"),
    (Linear(), 6, ratio("0.5", "1.5"), "2.00"),
    (Linear(), 6, {"percent": "100"}, "6.00"),
    (Linear(), 6, {"percent": "33,35"}, "2.00"),
    (RatioFloor(D("0.8")), 2, ratio(0, 10), "0.00"),
    (RatioFloor(D("0.8")), 2, ratio(79999, 100000), "0.00"),
    (RatioFloor(D("0.8")), 2, ratio(8, 10), "1.60"),
    (RatioFloor(D("0.8")), 2, ratio(9999, 10000), "2.00"),
    (RatioFloor(D("0.8")), 2, ratio(10, 10), "2.00"),
    (RatioFloor(D("0.5"), D("0.9")), 2, ratio(89, 100), "1.78"),
    (RatioFloor(D("0.5"), D("0.9")), 2, ratio(90, 100), "2.00"),
    (Threshold(D("0.8")), 2, ratio(0, 32), "0.00"),
    (Threshold(D("0.8")), 2, ratio(8, 32), "0.63"),
    (Threshold(D("0.8")), 2, ratio(7999, 10000), "2.00"),
    (Threshold(D("0.8")), 2, ratio(79, 100), "1.98"),
    (Threshold(D("0.8")), 2, ratio(80, 100), "2.00"),
    (Threshold(D("0.8")), 2, ratio(100, 100), "2.00"),
    (PerItem(D("0.5")), 2, {"count": 0}, "0.00"),
    (PerItem(D("0.5")), 2, {"count": 3}, "1.50"),
    (PerItem(D("0.5")), 2, {"count": 4}, "2.00"),
    (PerItem(D("0.5")), 2, {"count": 5}, "2.00"),
    (EVENTS, 2, {"events": {}}, "2.00"),
    (EVENTS, 2, {"events": {"late": 3}}, "1.25"),
    (EVENTS, 2, {"events": {"lost": 1, "late": 4}}, "0.00"),
    (EVENTS, 2, {"events": {"lost": 9}}, "0.00"),
    (Survey("top2"), 10, {"favourable": "820", "answers": "1000"}, "8.20"),
    (Survey("top2"), 10, {"favourable": 0, "answers": 3}, "0.00"),
    (Survey("mean"), 10, {"sum": "3700", "largest": "5000"}, "7.40"),
    (Survey("mean"), 10, {"percent": "82.30"}, "8.23"),
    (External("SIPAS", D(100)), 10, {"value": "82.3"}, "8.23"),
    (External("SIPAS", D(100)), 10, {"value": "0"}, "0.00"),
    (External("PAPI", D(60)), 3, {"value": "60"}, "3.00"),
    (UP, 1, {"current": "5.1", "previous": "4.8"}, "1.00"),
    (UP, 1, {"current": "4.9", "previous": "4.8"}, "0.50"),
    (UP, 1, {"current": "4.91", "previous": "4.8"}, "1.00"),
    (UP, 1, {"current": "4.7", "previous": "4.8"}, "0.50"),
    (UP, 1, {"current": "4.69", "previous": "4.8"}, "0.00"),
    (DOWN, 1, {"current": "4.7", "previous": "4.8"}, "1.00"),
    (DOWN, 1, {"current": "4.8", "previous": "4.8"}, "0.00"),
    (DOWN, 1, {"current": "-1", "previous": "-0.5"}, "1.00"),
    (Manual(), 2, {"points": "1.25"}, "1.25"),
    (Manual(), 2, {"points": 0}, "0.00"),
    (Manual(), 2, {"points": "2"}, "2.00"),
]


@pytest.mark.parametrize(
    ("rule", "maximum", "given", "points"),
    CASES,
    ids=[f"{place}-{type(case[0]).__name__}" for place, case in enumerate(CASES)],
)
def test_a_rule_gives_its_points_at_every_edge(rule, maximum, given, points):
    node = row(rule, maximum, given)
    assert (node["points"], node["state"]) == (points, "scored")
    assert node["maximum"] == node["declared_maximum"] == str(maximum)


def test_an_info_leaf_is_shown_and_never_scored():
    node = row(Info(), 0, {"value": "8,5 ngày"})
    assert (node["state"], node["points"], node["maximum"]) == ("info", None, "0")
    assert node["input"] == {"value": "8,5 ngày"}


@pytest.mark.parametrize("given", [{"no_data": True}, ratio(0, 0), ratio("0.0", 0)])
@pytest.mark.parametrize(
    ("on_no_data", "state", "points", "maximum"),
    [
        ("max", "no_data", "6.00", "6"),
        ("zero", "no_data", "0.00", "6"),
        ("null", "no_data", None, "6"),
        ("not_applicable", "not_applicable", None, "0"),
    ],
)
def test_no_data_means_what_the_framework_declares(given, on_no_data, state, points, maximum):
    node = row(Linear(), 6, given, on_no_data=on_no_data)
    assert (node["state"], node["points"], node["maximum"]) == (state, points, maximum)
    assert node["reason_vi"].startswith("Không phát sinh" if "no_data" in given else "0/0. Không phát sinh")


@pytest.mark.parametrize("given", [{"no_data": True}, ratio(0, 0)])
def test_no_data_without_a_declared_meaning_raises_and_names_the_component(given):
    with pytest.raises(Invalid) as raised:
        row(Linear(), 6, given)
    (finding,) = raised.value.findings
    assert finding.code == "no_data_undeclared"
    assert finding.field == "inputs.c"
    assert "c (rule linear)" in finding.message


def test_not_applicable_leaves_the_denominator():
    node = row(Linear(), 6, {"not_applicable": True})
    assert (node["state"], node["points"], node["maximum"], node["declared_maximum"]) == (
        "not_applicable",
        None,
        "0",
        "6",
    )


def test_a_missing_input_is_missing_and_never_zero():
    node = row(Linear(), 6, None)
    assert (node["state"], node["points"], node["maximum"]) == ("missing", None, "6")


@pytest.mark.parametrize("at", ["criterion", "total"])
def test_a_leaf_that_is_not_rounded_itself_is_shown_rounded_on_its_own(at):
    assert row(Linear(), 6, ratio(7, 48), at=at)["points"] == "0.88"


WORDS = [
    (Linear(), 6, ratio(7, 48), "Đạt 7/48: 6 x 7/48 = 0,875 → 0,88."),
    (Linear(), 6, ratio(48, 48), "Đạt 48/48: 6 x 48/48 = 6."),
    (Linear(), 20, ratio(528684, 597918), "Đạt 528.684/597.918: 20 x 528.684/597.918 = 17,6841… → 17,68."),
    (Linear(), 6, {"percent": "62.5"}, "Đạt 62,5/100: 6 x 62,5/100 = 3,75."),
    (Threshold(D("0.8")), 2, ratio(8, 32), "Đạt 8/32: 2 x 8/32 / 80% = 0,625 → 0,63."),
    (Threshold(D("0.9")), 6, ratio(156, 161), "Đạt 156/161, từ 90% trở lên: điểm tối đa 6."),
    (RatioFloor(D("0.8")), 2, ratio(79999, 100000), "Đạt 79.999/100.000 = 79,99…%, dưới 80%: 0 điểm."),
    (RatioFloor(D("0.8")), 2, ratio(9, 10), "Đạt 9/10: 2 x 9/10 = 1,8."),
    (Checklist(ABC), "0.75", {"ticked": ["b"]}, "Mới đạt 0,25/0,75: có (b); chưa có (a), (c)."),
    (Checklist(ABC), "0.75", {"ticked": []}, "Mới đạt 0/0,75: chưa có (a), (b), (c)."),
    (Checklist(ABC), "0.75", {"ticked": ["a", "b", "c"]}, "Đạt đủ 0,75/0,75: có (a), (b), (c)."),
    (Choice(ABC), "0.25", {"chosen": "b"}, "Chọn (b) Nội dung b: 0,25/0,25."),
    (YesNo(), "0.5", {"value": False}, "Không: 0/0,5 điểm."),
    (YesNo(), "0.5", {"value": True}, "Có: điểm tối đa 0,5."),
    (NUMBER, 1, {"value": "12.5"}, "12,5 thuộc mức từ 10 đến dưới 20: 0,5/1 điểm."),
    (SHARE, 1, ratio(1, 3), "1/3 = 33,33…% thuộc mức từ 30% trở lên: 1/1 điểm."),
    (DATES, 1, {"date": "2025-03-31"}, "31/03/2025 thuộc mức từ 01/01/2025 đến trước 01/04/2025: 1/1 điểm."),
    (PerItem(D("0.5")), 2, {"count": 5}, "5 x 0,5 = 2 (tối đa 2)."),
    (EVENTS, 2, {"events": {"late": 3}}, "Trừ điểm (Nội dung late: 3 x 0,25): còn 1,25/2."),
    (EVENTS, 2, {"events": {"late": 0}}, "Không có trường hợp bị trừ: giữ nguyên 2 điểm."),
    (Survey("top2"), 10, {"favourable": 820, "answers": 1000}, "Tỷ lệ hài lòng: 10 x 820/1.000 = 8,2."),
    (External("SIPAS", D(100)), 10, {"value": "82.3"}, "Chỉ số SIPAS đạt 82,3/100: 10 x 82,3/100 = 8,23."),
    (UP, 1, {"current": "4.7", "previous": "4.8"}, "Kỳ trước 4,8 → 4,7; yêu cầu tăng quá 0,1: 0,5/1 điểm."),
    (Manual(), 2, {"points": "1.25"}, "Hội đồng chấm 1,25/2."),
    (Info(), 0, {"percent": "12"}, "Chỉ để theo dõi, không tính điểm."),
    (Linear(), 6, None, "Chưa có số liệu."),
    (Linear(), 6, {"not_applicable": True}, "Không áp dụng: loại khỏi tổng điểm tối đa."),
]


@pytest.mark.parametrize(
    ("rule", "maximum", "given", "reason"),
    WORDS,
    ids=[f"{place}-{type(case[0]).__name__}" for place, case in enumerate(WORDS)],
)
def test_every_leaf_says_why_it_has_its_points(rule, maximum, given, reason):
    node = row(rule, maximum, given)
    assert node["reason_vi"] == reason
    assert node["reason_en"]


def test_the_reason_of_no_data_is_the_declared_one():
    reasons = {
        kind: row(Linear(), 6, {"no_data": True}, on_no_data=kind)["reason_vi"] for kind in ("max", "zero", "null")
    }
    assert reasons["max"] == "Không phát sinh: tính điểm tối đa."
    assert len(set(reasons.values())) == 3
