"""Targets: what is missing, which components have room, and the smallest set of gains, held against every possibility."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from parindex.engine.criteria import (
    Checklist,
    Choice,
    Deduct,
    External,
    Grade,
    GradeCondition,
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
from parindex.engine.improve import improve
from parindex.engine.improve_ladder import exact_points, ladder
from parindex.engine.improve_search import everything, smallest
from parindex.engine.improve_sums import candidates
from parindex.engine.improve_target import Target, figure_for_place, places, read_target, total_for
from parindex.engine.read_inputs import read_inputs
from parindex.engine.score import compile_framework
from parindex.errors import Invalid
from support.trees import branch, framework, leaf, scored_units


def planned(built, given_inputs):
    return compile_framework(built, "all"), read_inputs(built, "all", given_inputs)


def shown(plan, inputs, changes):
    return plan.score({**inputs, **changes})


FIELDS = (
    branch("steering", [leaf("plan", YesNo(), 2), leaf("done", RatioFloor(Decimal("0.8")), "1.5")]),
    branch(
        "service",
        [
            leaf("posted", Checklist((Option("a", Decimal("0.25"), ""), Option("b", Decimal("0.5"), ""))), "0.75"),
            leaf("on_time", Linear(), 4),
            leaf("tasks", Choice((Option("all", Decimal(2), ""), Option("some", Decimal(1), ""))), 2),
        ],
    ),
)
PRESENT = {
    "plan": {"value": False},
    "done": {"numerator": "7", "denominator": "10"},
    "posted": {"ticked": ["a"]},
    "on_time": {"numerator": "6", "denominator": "8"},
    "tasks": {"chosen": "some"},
}
# 0 + 0 + 0.25 + 3 + 1 = 4.25 of 10.25


def test_one_component_is_enough_and_gains_no_more_than_it_must():
    plan, inputs = planned(framework(*FIELDS, ranked_on="points"), PRESENT)
    answer = improve(plan, inputs, read_target({"figure": "5,00"}))
    assert answer["outcome"] == "reachable"
    assert answer["lacking"] == {"figure": "0.75", "points": "0.75"}
    # on_time 8/8 gains 1.00, tasks 1.00, done 8/10 gains 1.20, plan 2.00: the least is 1.00.
    assert (answer["plan"]["components"], answer["plan"]["gain"]) == (1, "1.00")
    assert answer["plan"]["least_gain"] is True
    assert Decimal(answer["plan"]["after"]["points"]) == Decimal("5.25")


def test_a_share_moves_by_the_smallest_numerator_that_reaches():
    plan, inputs = planned(
        framework(leaf("on_time", Linear(), 20), ranked_on="points"),
        {"on_time": {"numerator": "528684", "denominator": "597918"}},
    )
    answer = improve(plan, inputs, read_target({"figure": "18"}))
    [step] = answer["plan"]["steps"]
    # 20 x 537977/597918 = 17.99500...: the first numerator that is published as 18.00 or more is the one with 17.995.
    needed = -(-17995 * 597918 // 20000)
    assert step["after"]["input"] == {"numerator": str(needed), "denominator": "597918"}
    assert step["after"]["points"] == "18.00"
    short = read_inputs(plan.framework, "all", {"on_time": {"numerator": str(needed - 1), "denominator": "597918"}})
    assert improve(plan, short, read_target({"figure": "18"}))["outcome"] == "reachable"


def test_fewest_components_goes_before_least_gain():
    roots = [leaf("big", YesNo(), 5), leaf("a", YesNo(), 2), leaf("b", YesNo(), 2)]
    plan, inputs = planned(
        framework(*roots, ranked_on="points"), {code: {"value": False} for code in ("big", "a", "b")}
    )
    answer = improve(plan, inputs, read_target({"figure": "4"}))
    assert [step["code"] for step in answer["plan"]["steps"]] == ["big"]
    assert answer["plan"]["gain"] == "5.00"


def test_among_as_few_components_the_exact_sum_is_found():
    points = ["3", "2.9", "2.8", "2.5", "2.2", "1.7"]
    roots = [leaf(f"c{place}", YesNo(), one) for place, one in enumerate(points)]
    plan, inputs = planned(framework(*roots, ranked_on="points"), {one.code: {"value": False} for one in roots})
    answer = improve(plan, inputs, read_target({"figure": "5.3"}))
    # Two components; 2.8 + 2.5 = 5.3 exactly, though 3 + 2.9 is the first that suffices.
    assert [step["code"] for step in answer["plan"]["steps"]] == ["c2", "c3"]
    assert answer["plan"]["gain"] == "5.30"


def test_a_target_beyond_everything_says_the_best_attainable():
    plan, inputs = planned(framework(*FIELDS), {**PRESENT, "tasks": {"chosen": "all"}})
    answer = improve(plan, inputs, read_target({"figure": "99"}), hold=frozenset({"plan"}))
    assert (answer["outcome"], answer["plan"]) == ("unreachable", None)
    assert answer["best"]["points"] == "8.25"
    held = next(line for line in answer["room"] if line["code"] == "plan")
    assert (held["fixed"], held["room"]) == ("held", None)


def test_a_target_that_is_met_asks_for_nothing():
    plan, inputs = planned(framework(*FIELDS), PRESENT)
    assert improve(plan, inputs, read_target({"figure": "41.46"}))["outcome"] == "reached"
    assert improve(plan, inputs, read_target({"place": 1}))["outcome"] == "reached"


def test_while_something_is_missing_there_is_no_figure_to_improve():
    plan, inputs = planned(framework(*FIELDS), {**PRESENT, "plan": None})
    answer = improve(plan, inputs, read_target({"figure": "50"}))
    assert (answer["outcome"], [line["code"] for line in answer["missing"]]) == ("incomplete", ["plan"])


def test_nothing_occurred_is_no_room():
    built = framework(leaf("petitions", Linear(), 6, on_no_data="zero"), leaf("plan", YesNo(), 4))
    plan, inputs = planned(built, {"petitions": {"no_data": True}, "plan": {"value": True}})
    answer = improve(plan, inputs, read_target({"figure": "90"}))
    assert answer["outcome"] == "unreachable"
    assert answer["room"][0]["fixed"] == "no_data"


def test_a_grade_asks_for_its_conditions_too():
    condition = GradeCondition("on_time", "maximum", "Không trễ hạn")
    good = Grade("Tốt", "Good", Decimal(45), (condition,))
    grades = {"": (Grade("Xuất sắc", "Excellent", Decimal(95)), good, Grade("Yếu", "Weak", Decimal(0)))}
    plan, inputs = planned(framework(*FIELDS, grades=grades), PRESENT)
    answer = improve(plan, inputs, read_target({"grade": "Tốt"}))
    assert [step["code"] for step in answer["plan"]["steps"]] == ["on_time"]
    assert answer["plan"]["steps"][0]["after"]["points"] == "4.00"
    assert answer["plan"]["after"]["grade"]["label_vi"] == "Tốt"
    held = improve(plan, inputs, read_target({"grade": "Tốt"}), hold=frozenset({"on_time"}))
    # Without the condition only the grade above is left, and it is out of reach with on_time at 3.
    assert held["outcome"] == "unreachable"
    with pytest.raises(Invalid, match="no grade"):
        improve(plan, inputs, read_target({"grade": "Tuyệt vời"}))


def test_fewer_penalty_points_are_a_gain():
    roots = [
        leaf("share", Linear(), 10),
        branch("penalty", [leaf("breaches", PerItem(Decimal(1)), 3)], section="penalty"),
    ]
    plan, inputs = planned(
        framework(*roots, ranked_on="points"), {"share": {"percent": "100"}, "breaches": {"count": 2}}
    )
    answer = improve(plan, inputs, read_target({"figure": "9"}))
    [step] = answer["plan"]["steps"]
    assert (step["code"], step["after"]["input"]) == ("breaches", {"count": 1})
    assert answer["plan"]["after"]["points"] == "9.00"


def test_a_capped_bonus_gains_no_more_than_its_cap():
    roots = [
        leaf("share", Linear(), 10),
        branch(
            "bonus", [leaf("ideas", PerItem(Decimal(1)), 3), leaf("marks", Manual(), 3)], maximum=2, section="bonus"
        ),
    ]
    plan, inputs = planned(
        framework(*roots, ranked_on="points"),
        {"share": {"percent": "50"}, "ideas": {"count": 0}, "marks": {"points": "1"}},
    )
    reached = improve(plan, inputs, read_target({"figure": "7"}), hold=frozenset({"share"}))
    assert [step["code"] for step in reached["plan"]["steps"]] == ["ideas"]
    assert improve(plan, inputs, read_target({"figure": "7.01"}), hold=frozenset({"share"}))["outcome"] == "unreachable"


@pytest.mark.parametrize(
    ("rule", "place", "needed"),
    [
        ("competition", 1, "90.00"),
        ("competition", 2, "85.00"),
        ("competition", 3, "85.00"),
        ("competition", 4, "80.00"),
        ("dense", 2, "85.00"),
        ("dense", 3, "80.00"),
        ("ordinal", 1, "90.01"),
        ("ordinal", 2, "85.01"),
        ("ordinal", 3, "85.00"),
        ("ordinal", 4, "80.01"),
    ],
)
def test_the_figure_of_a_place_follows_the_tie_rule(rule, place, needed):
    others = {1: Decimal("90.00"), 2: Decimal("85.00"), 9: Decimal("85.00"), 4: Decimal("80.00")}
    built = framework(leaf("share", Linear(), 10), tie_rule=rule)
    found = figure_for_place(built, place, 5, others)
    assert found == Decimal(needed)
    assert places(built, {**others, 5: found})[5] <= place < places(built, {**others, 5: found - Decimal("0.01")})[5]


def test_a_place_among_fewer_units_needs_no_figure():
    assert figure_for_place(framework(leaf("share", Linear(), 10)), 3, 5, {1: Decimal(9), 2: Decimal(8)}) is None


@given(st.integers(1, 3000), st.integers(0, 10_000), st.integers(0, 3))
def test_the_points_of_a_figure_are_the_fewest_that_are_published_so(maximum, hundredths, digits):
    built = framework(leaf("share", Linear(), Decimal(maximum).scaleb(-2)), index_digits=digits)
    plan = compile_framework(built, "all")
    figure = Decimal(hundredths).scaleb(-2)
    total = total_for(plan, maximum, figure)

    def published(units):
        exact = Fraction(100 * units, maximum) * 10**digits
        return Fraction((2 * exact.numerator + exact.denominator) // (2 * exact.denominator), 10**digits)

    assert published(total) >= figure
    assert total <= 0 or published(total - 1) < figure


@pytest.mark.parametrize("bad", [None, {}, {"place": 0}, {"place": True}, {"place": 3, "figure": "1"}, {"figure": 80}, {"figure": "x"}, {"grade": ""}])  # fmt: skip
def test_what_is_no_target_is_refused_with_its_form(bad):
    with pytest.raises(Invalid) as fault:
        read_target(bad)
    assert fault.value.findings[0].field == "target"


def rungs(node, present, better=1):
    built = framework(node)
    plan, inputs = planned(built, {node.code: present})
    found = ladder(plan.scorers[node.code], inputs[node.code], digits=2, better=better)
    return [found.at(rung).content() for rung in range(1, found.length + 1)]


@pytest.mark.parametrize(
    ("rule", "present", "better"),
    [
        (YesNo(), {"value": False}, [{"value": True}]),
        (Checklist((Option("a", Decimal(1), ""), Option("b", Decimal(1), ""), Option("c", Decimal(2), ""))), {"ticked": ["a"]}, [{"ticked": ["a", "b"]}, {"ticked": ["a", "c"]}, {"ticked": ["a", "b", "c"]}]),
        (Choice((Option("x", Decimal(4), ""), Option("y", Decimal(2), ""), Option("z", Decimal(0), ""))), {"chosen": "z"}, [{"chosen": "y"}, {"chosen": "x"}]),
        (Steps("number", (Step(None, Decimal(5), Decimal(4)), Step(Decimal(5), Decimal(10), Decimal(2)), Step(Decimal(10), None, Decimal(0)))), {"value": "12"}, [{"value": "9"}, {"value": "4"}]),
        (Steps("ratio", (Step(Decimal("0.3"), None, Decimal(4)), Step(Decimal("0.2"), Decimal("0.3"), Decimal(2)), Step(None, Decimal("0.2"), Decimal(0)))), {"numerator": "1", "denominator": "9"}, [{"numerator": "2", "denominator": "9"}, {"numerator": "3", "denominator": "9"}]),
        (Steps("date", (Step(None, "2026-01-01", Decimal(4)), Step("2026-01-01", "2026-04-01", Decimal(1)), Step("2026-04-01", None, Decimal(0)))), {"date": "2026-05-02"}, [{"date": "2026-03-31"}, {"date": "2025-12-31"}]),
        (Linear(), {"numerator": "6", "denominator": "8"}, [{"numerator": "7", "denominator": "8"}, {"numerator": "8", "denominator": "8"}]),
        (Linear(), {"percent": "99.97"}, [{"percent": "99.98"}, {"percent": "99.99"}, {"percent": "100.00"}]),
        (PerItem(Decimal("1.5")), {"count": 1}, [{"count": 2}, {"count": 3}]),
        (Deduct((Option("late", Decimal(1), ""), Option("wrong", Decimal(2), ""))), {"events": {"late": 1, "wrong": 1}}, [{"events": {"late": 0, "wrong": 1}}, {"events": {"late": 1, "wrong": 0}}, {"events": {"late": 0, "wrong": 0}}]),
        (External("sipas", Decimal(100)), {"value": "99.99"}, [{"value": "100.00"}]),
        (YearOnYear("up", Decimal("0.5"), Decimal(2)), {"current": "4.0", "previous": "5.0"}, [{"current": "4.5", "previous": "5.0"}, {"current": "5.6", "previous": "5.0"}]),
        (Manual(), {"points": "3.98"}, [{"points": "3.99"}, {"points": "4.00"}]),
        (Survey("top2"), {"favourable": "3", "answers": "4"}, [{"favourable": "4", "answers": "4"}]),
        (Linear(), {"no_data": True}, []),
        (Linear(), {"not_applicable": True}, []),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_each_rule_offers_its_own_steps(rule, present, better):
    assert rungs(leaf("c", rule, 4, on_no_data="zero"), present) == better


@given(scored_units())
def test_a_ladder_only_rises_and_ends_where_the_rule_does(unit):
    built, given_inputs = unit
    plan, inputs = planned(built, given_inputs)
    for one in candidates(plan, plan.score(inputs), inputs, frozenset()):
        looked = sorted({1, 2, one.ladder.length // 2 or 1, one.ladder.length} & set(range(1, one.ladder.length + 1)))
        points = [one.better * exact_points(plan.scorers[one.code], one.ladder.at(rung)) for rung in looked]
        assert points == sorted(points)
        assert one.value(one.ladder.length) > 0


SMALL = st.sampled_from(
    [
        (YesNo(), "1.5", [{"value": False}, {"value": True}]),
        (YesNo(), "0.8", [{"value": False}]),
        (Linear(), "1", [{"numerator": str(k), "denominator": "7"} for k in range(8)]),
        (Linear(), "2", [{"numerator": str(k), "denominator": "3"} for k in range(4)]),
        (Threshold(Decimal("0.8")), "1.33", [{"numerator": str(k), "denominator": "9"} for k in range(10)]),
        (RatioFloor(Decimal("0.5")), "0.77", [{"numerator": str(k), "denominator": "6"} for k in range(7)]),
        (
            Checklist(
                (Option("a", Decimal("0.25"), ""), Option("b", Decimal("0.4"), ""), Option("c", Decimal("0.35"), ""))
            ),
            "1",
            [{"ticked": []}, {"ticked": ["b"]}],
        ),
        (PerItem(Decimal("0.3")), "1", [{"count": k} for k in range(4)]),
    ]
)


@st.composite
def small_units(draw):
    """A tree of up to five components with bonus or penalty, whose better inputs can all be tried."""
    chosen = draw(st.lists(st.tuples(SMALL, st.integers(0, 3)), min_size=1, max_size=5))
    nodes, inputs = {0: [], 1: [], 2: [], 3: []}, {}
    for place, ((rule, maximum, answers), where) in enumerate(chosen):
        code = f"c{place}"
        nodes[where].append(leaf(code, rule, maximum))
        inputs[code] = draw(st.sampled_from(answers))
    assume(nodes[0] or nodes[1])
    main = [branch("f", [branch(f"k{where}", nodes[where]) for where in (0, 1) if nodes[where]])]
    roots = [
        *main,
        *([branch("bonus", nodes[2], maximum="1.1", section="bonus")] if nodes[2] else []),
        *([branch("penalty", nodes[3], maximum="0.9", section="penalty")] if nodes[3] else []),
    ]
    built = framework(
        *roots,
        digits=draw(st.integers(1, 2)),
        at=draw(st.sampled_from(["component", "criterion", "total"])),
        ranked_on="points",
    )
    return built, inputs


def brute_force(plan, inputs, movable, total):
    """Fewest components, then least gain, by trying everything."""
    for size in range(len(movable) + 1):
        gains = []
        for some in combinations(movable, size):
            for at in product(*[range(1, one.ladder.length + 1) for one in some]):
                changes = {one.code: one.ladder.at(rung) for one, rung in zip(some, at, strict=True)}
                if shown(plan, inputs, changes).points >= total:
                    gains.append(sum(one.gain(rung) for one, rung in zip(some, at, strict=True)))
        if gains:
            return size, min(gains)
    return None


@pytest.mark.slow
@settings(max_examples=150)
@given(small_units(), st.integers(1, 400))
def test_trying_everything_finds_no_smaller_set(unit, more):
    plan, inputs = planned(*unit)
    scored = plan.score(inputs)
    movable = candidates(plan, scored, inputs, frozenset())
    total = scored.points + -(-more * plan.unit // 100 // plan.step) * plan.step
    assume(total > scored.points)
    found = smallest(plan, scored, inputs, movable, total)
    expected = brute_force(plan, inputs, movable, total)
    if expected is None:
        assert found is None
        return
    assert (len(found.changes), found.gain) == expected
    assert found.least_gain
    assert found.lower_bound == found.gain


@pytest.mark.slow
@given(scored_units(complete=True), st.integers(1, 100), st.integers(1, 1000))
def test_a_proposed_set_reaches_the_target_and_needs_each_of_its_components(unit, percent, seed):
    built, given_inputs = unit
    plan, inputs = planned(built, given_inputs)
    scored = plan.score(inputs)
    assume(scored.index is not None)
    movable = candidates(plan, scored, inputs, frozenset())
    most = plan.score(everything(inputs, movable)).points
    assume(most > scored.points)
    total = scored.points + max(1, (most - scored.points) * percent // 100 // plan.step) * plan.step
    found = smallest(plan, scored, inputs, movable, total)
    if total > most:
        assert found is None
        return
    assert shown(plan, inputs, found.changes).points >= total
    assert found.lower_bound <= found.gain
    dropped = sorted(found.changes)[seed % len(found.changes)]
    # Even with every other component of the set at its best, the set without one of them misses.
    others = {one.code: one.ladder.at(one.ladder.length) for one in movable if one.code in found.changes}
    del others[dropped]
    assert shown(plan, inputs, others).points < total


@pytest.mark.parametrize("at", ["component", "total"])
def test_a_search_that_is_ended_early_says_so_and_between_what_the_least_gain_lies(monkeypatch, at):
    roots = [leaf(f"c{place}", Linear(), 3) for place in range(6)]
    present = {one.code: {"numerator": str(10 + place), "denominator": "30"} for place, one in enumerate(roots)}
    plan, inputs = planned(framework(*roots, at=at, ranked_on="points"), present)
    scored = plan.score(inputs)
    movable = candidates(plan, scored, inputs, frozenset())
    total = scored.points + 415
    proven = smallest(plan, scored, inputs, movable, total)
    monkeypatch.setattr("parindex.engine.improve_search.MOST_STATES", 0)
    ended = smallest(plan, scored, inputs, movable, total)
    assert (proven.least_gain, ended.least_gain) == (True, False)
    assert len(ended.changes) == len(proven.changes)
    assert ended.lower_bound <= proven.gain <= ended.gain
    assert shown(plan, inputs, ended.changes).points >= total


def test_targets_are_kept_apart_by_their_kind():
    assert read_target({"place": 15}) == Target(place=15)
    assert read_target({"figure": "80"}) == Target(figure=Decimal(80))
    assert read_target({"grade": "Tốt"}) == Target(grade="Tốt")
