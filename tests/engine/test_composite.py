"""Composite indices: cases by hand, every edge of methods, means and missing rules, and what must hold for all."""

import copy
import random
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from parindex.engine.composite import compute
from parindex.engine.composite_document import MOST_LEAVES, MOST_LEVELS, read_composite, read_inputs
from parindex.engine.digest import sha256
from parindex.engine.irrational import geometric_mean, square_root
from parindex.engine.normalise import AsGiven, DistanceToTarget, MinMax, RankScore, ZScore, normalise
from parindex.errors import Invalid
from support import naive_composite

REWEIGHT = {"rule": "reweight", "min_coverage": "0.5"}
FAIL, ZERO = {"rule": "fail"}, {"rule": "zero"}
GIVEN = {"method": "as_given"}


def leaf(code, share="1", *, normalise=None, key="weight"):
    return {"code": code, "title_vi": f"Chỉ tiêu {code}", key: share, "normalise": normalise or GIVEN}


def branch(code, children, share=None, *, mean="arithmetic", missing=FAIL, floor=None, key="weight"):
    node = {"code": code, "title_vi": f"Nhóm {code}", "mean": mean, "missing": missing, "children": children}
    if share is not None:
        node[key] = share
    return node | ({"floor": floor} if floor is not None else {})


def document(root, *, digits=2, ties="competition"):
    return {"code": "ddci", "version": "1", "title_vi": "Chỉ số thử", "digits": digits, "ties": ties, "root": root}


def computed(root, inputs, **options):
    composite = read_composite(document(root, **options))
    return compute(composite, read_inputs(inputs, composite))


def indices(root, inputs, **options):
    return {
        unit.unit: None if unit.index is None else str(unit.index) for unit in computed(root, inputs, **options).units
    }


def exact(root, inputs):
    return {unit.unit: unit.root.value for unit in computed(root, inputs).units}


def nodes(result, unit):
    return {node["code"]: node for one in result.as_json()["units"] if one["unit"] == unit for node in one["nodes"]}


def refused(root, inputs=None, **options):
    with pytest.raises(Invalid) as caught:
        computed(root, inputs or {}, **options)
    return {finding.code: finding for finding in caught.value.findings}


def scaled(figures, method):
    numbers = {unit: None if text is None else Decimal(text) for unit, text in figures.items()}
    return dict(normalise(numbers, method).values)


# A small example in the manner of COINr, by hand: three provinces, two groups, one figure of which less is better.

OPENNESS = branch(
    "openness",
    [
        leaf("online", "0.75", normalise={"method": "min_max", "direction": "higher"}),
        leaf("days", "0.25", normalise={"method": "min_max", "direction": "lower"}),
    ],
    "0.6",
)
BY_HAND = branch("index", [OPENNESS, leaf("trust", "0.4")])
PROVINCES = {
    "H10": {"online": "20", "days": "9", "trust": "70"},
    "H20": {"online": "50", "days": "3", "trust": "40"},
    "H30": {"online": "40", "days": "6", "trust": "90"},
}
# online: 0, 100, 200/3; days: 0, 100, 50. openness: 0, 100, 0.75 x 200/3 + 0.25 x 50 = 62.5.
# index: 0.6 x 0 + 0.4 x 70 = 28; 60 + 16 = 76; 37.5 + 36 = 73.5.


def test_the_worked_example_gives_the_figures_computed_by_hand():
    result = computed(BY_HAND, PROVINCES)
    assert [(unit.unit, str(unit.index), unit.rank) for unit in result.units] == [
        ("H10", "28.00", 3),
        ("H20", "76.00", 1),
        ("H30", "73.50", 2),
    ]
    explained = nodes(result, "H30")
    assert explained["online"]["value"] == "66.67"
    assert explained["openness"]["value"] == "62.50"
    assert {code: node["contribution"] for code, node in explained.items()} == {
        "index": "73.50",
        "openness": "37.50",
        "online": "30.00",
        "days": "7.50",
        "trust": "36.00",
    }
    assert result.as_json()["normalisations"][1] == {
        "code": "days",
        "method": "min_max",
        "direction": "lower",
        "units": 3,
        "lowest": "3",
        "highest": "9",
        "mean": None,
        "deviation": None,
        "all_equal": False,
    }


def test_the_three_means_of_40_and_90_are_65_and_60_and_55_38():
    for mean, expected in (("arithmetic", "65.00"), ("geometric", "60.00"), ("harmonic", "55.38")):
        root = branch("index", [leaf("a", "0.5"), leaf("b", "0.5")], mean=mean)
        assert indices(root, {"u": {"a": "40", "b": "90"}}) == {"u": expected}


def test_contributions_end_where_a_mean_does_not_add_up():
    geometric = branch("g", [leaf("a", "0.5"), leaf("b", "0.5")], "0.5", mean="geometric")
    explained = nodes(
        computed(branch("index", [geometric, leaf("c", "0.5")]), {"u": {"a": "40", "b": "90", "c": "80"}}), "u"
    )
    assert [explained[code]["contribution"] for code in ("index", "g", "c", "a", "b")] == [
        "70.00",
        "30.00",
        "40.00",
        None,
        None,
    ]


def test_a_composite_rounds_once_and_half_up():
    root = branch("index", [leaf("a", "0.5"), leaf("b", "0.5")])
    assert indices(root, {"u": {"a": "80.01", "b": "80.02"}}) == {"u": "80.02"}
    assert indices(root, {"u": {"a": "80.01", "b": "80.02"}}, digits=0) == {"u": "80"}


def test_equal_published_figures_share_a_rank_by_the_declared_rule():
    root = branch("index", [leaf("a")])
    inputs = {"u": {"a": "80.001"}, "v": {"a": "80.004"}, "w": {"a": "79"}, "x": {"a": None}}
    for ties, expected in (("competition", [1, 1, 3, None]), ("dense", [1, 1, 2, None])):
        root = branch("index", [leaf("a")], missing=REWEIGHT)
        assert [unit.rank for unit in computed(root, inputs, ties=ties).units] == expected


# Normalisation


def test_min_max_takes_declared_bounds_or_the_extremes_given():
    figures = {"u": "2", "v": "5", "w": None, "x": "8"}
    assert scaled(figures, MinMax("higher")) == {"u": 0, "v": 50, "w": None, "x": 100}
    assert scaled(figures, MinMax("lower", Decimal(0), Decimal(10))) == {"u": 80, "v": 50, "w": None, "x": 20}


def test_figures_beyond_declared_bounds_are_refused_by_unit_or_taken_as_the_bound():
    figures = {"u": Decimal("-0.01"), "v": Decimal(0), "w": Decimal(10), "x": Decimal("10.01")}
    with pytest.raises(Invalid) as caught:
        normalise(figures, MinMax("higher", Decimal(0), Decimal(10)), name="days")
    assert [finding.field for finding in caught.value.findings] == ["u.days", "x.days"]
    assert "unit u, days: -0.01 lies outside the declared bounds; expected from 0 to 10." in str(caught.value)
    clamped = normalise(figures, MinMax("higher", Decimal(0), Decimal(10), "clamp"))
    assert dict(clamped.values) == {"u": 0, "v": 0, "w": 100, "x": 100}
    assert clamped.clamped == {"u", "x"}


def test_figures_that_tell_nobody_apart_give_everybody_the_middle():
    for figures in ({"u": "3", "v": "3.0", "w": None}, {"u": "3"}):
        for method, middle in (
            (MinMax("higher"), 50),
            (RankScore("lower"), 50),
            (ZScore("higher", "population"), 0),
            (ZScore("higher", "sample"), 0),
        ):
            result = normalise(
                {unit: None if text is None else Decimal(text) for unit, text in figures.items()}, method
            )
            assert result.all_equal
            assert {value for unit, value in result.values.items() if figures[unit] is not None} == {middle}
    assert nodes(
        computed(
            branch("index", [leaf("a", normalise={"method": "min_max", "direction": "higher"})]), {"u": {"a": "3"}}
        ),
        "u",
    )["a"]["reason_en"].startswith("The figures of all units are equal")


def test_no_figures_at_all_stay_missing_under_every_method():
    for method in (
        MinMax("higher"),
        RankScore("lower"),
        ZScore("higher", "sample"),
        DistanceToTarget(Decimal(0), Decimal(5)),
        AsGiven(),
    ):
        assert scaled({"u": None, "v": None}, method) == {"u": None, "v": None}
        assert scaled({}, method) == {}


def test_ranks_share_the_middle_between_equals():
    figures = {"u": "9", "v": "7", "w": "7", "x": "1", "y": None}
    assert scaled(figures, RankScore("higher")) == {"u": 100, "v": 50, "w": 50, "x": 0, "y": None}
    assert scaled(figures, RankScore("lower")) == {"u": 0, "v": 50, "w": 50, "x": 100, "y": None}


def test_the_distance_to_a_target_is_0_at_the_start_and_100_from_the_target_on():
    upwards = DistanceToTarget(Decimal(0), Decimal(80))
    assert scaled({"u": "0", "v": "20", "w": "80", "x": "95"}, upwards) == {"u": 0, "v": 25, "w": 100, "x": 100}
    downwards = DistanceToTarget(Decimal(30), Decimal(10), "clamp")
    assert scaled({"u": "31", "v": "30", "w": "15", "x": "0"}, downwards) == {"u": 0, "v": 0, "w": 75, "x": 100}
    for method, figure in ((upwards, "-1"), (DistanceToTarget(Decimal(30), Decimal(10)), "31")):
        with pytest.raises(Invalid, match="outside the declared bounds"):
            scaled({"u": figure}, method)


def test_a_percent_given_must_be_a_percent():
    assert scaled({"u": "0", "v": "100"}, AsGiven()) == {"u": 0, "v": 100}
    with pytest.raises(Invalid, match=r"100\.01 lies outside"):
        scaled({"u": "100.01"}, AsGiven())


def test_z_scores_have_34_digits_and_both_deviations():
    figures = {"u": "1", "v": "2", "w": "3"}
    assert scaled(figures, ZScore("higher", "sample")) == {"u": -1, "v": 0, "w": 1}
    population = scaled(figures, ZScore("lower", "population"))  # 1 / sqrt(2/3) = sqrt(1.5)
    assert population["u"] == Fraction("1.224744871391589049098642037352946")
    assert population["w"] == -population["u"]


def test_the_callers_decimal_context_changes_nothing():
    inputs = {"u": {"a": "40.5", "b": "90"}, "v": {"a": "1", "b": "2"}}
    root = branch("index", [leaf("a", "0.5"), leaf("b", "0.5")], mean="geometric")
    before = exact(root, inputs)
    with localcontext() as context:
        context.prec = 3
        assert exact(root, inputs) == before


def test_roots_and_geometric_means_that_are_exact_come_out_exact():
    assert square_root(Fraction("6.25")) == Fraction("2.5")
    assert geometric_mean([(Fraction(1, 3), Fraction(8)), (Fraction(2, 3), Fraction(1))]) == 2
    assert geometric_mean([(Fraction(1, 3), Fraction(1, 7)), (Fraction(2, 3), Fraction(1, 7))]) == Fraction(1, 7)


# Missing figures

PARTLY = [leaf("a", "0.5"), leaf("b", "0.3"), leaf("c", "0.2")]


def test_reweighting_shares_the_weight_of_what_is_missing():
    root = branch("index", PARTLY, missing={"rule": "reweight", "min_coverage": "0.7"})
    result = computed(root, {"u": {"a": "60", "c": "95"}})
    assert str(result.units[0].index) == "70.00"  # (0.5 x 60 + 0.2 x 95) / 0.7
    assert result.units[0].missing == ("b",)
    explained = nodes(result, "u")
    assert explained["index"]["coverage"] == "0.700000"
    assert explained["a"]["effective_weight"] == "0.714286"
    assert (explained["b"]["value"], explained["b"]["effective_weight"], explained["b"]["contribution"]) == (
        None,
        None,
        None,
    )
    assert "thiếu b" in explained["index"]["reason_vi"].lower()


def test_coverage_just_below_the_minimum_gives_no_index_and_says_so():
    root = branch("index", PARTLY, missing={"rule": "reweight", "min_coverage": "0.71"})
    result = computed(root, {"u": {"a": "60", "c": "95"}})
    assert (result.units[0].index, result.units[0].rank, result.units[0].blocking) == (None, None, ("index",))
    assert (
        nodes(result, "u")["index"]["reason_en"]
        == "Only 70.00% of the weight has a value, at least 71.00% is needed; missing: b."
    )


def test_a_minimum_of_0_still_needs_one_child():
    root = branch("index", PARTLY, missing={"rule": "reweight", "min_coverage": 0})
    assert indices(root, {"u": {}, "v": {"c": "7"}}) == {"u": None, "v": "7.00"}


def test_fail_names_the_missing_nodes_and_outvotes_the_branches_above():
    inner = branch("inner", [leaf("a", "0.5"), leaf("b", "0.5")], "0.5", missing=FAIL)
    root = branch("index", [inner, leaf("c", "0.5")], missing={"rule": "reweight", "min_coverage": "0"})
    result = computed(root, {"u": {"a": "60", "c": "95"}, "v": {"a": "60", "b": "80", "c": None}})
    assert (result.units[0].index, result.units[0].blocking) == (None, ("b",))
    assert (str(result.units[1].index), result.units[1].blocking) == ("70.00", ())
    above = branch("index", [inner, leaf("c", "0.5")], missing=ZERO)
    assert indices(above, {"u": {"a": "60", "c": "95"}}) == {"u": None}


def test_a_branch_without_enough_coverage_is_missing_to_the_one_above():
    inner = branch(
        "inner", [leaf("a", "0.5"), leaf("b", "0.5")], "0.4", missing={"rule": "reweight", "min_coverage": 1}
    )
    for missing, expected, blocking in ((REWEIGHT, "90.00", ()), (ZERO, "54.00", ()), (FAIL, None, ("inner",))):
        result = computed(branch("index", [inner, leaf("c", "0.6")], missing=missing), {"u": {"a": "60", "c": "90"}})
        assert (result.as_json()["units"][0]["index"], result.units[0].blocking) == (expected, blocking)


def test_zero_counts_only_where_declared_and_is_not_called_a_value():
    explained = nodes(computed(branch("index", PARTLY, missing=ZERO), {"u": {"a": "60", "c": "0"}}), "u")
    assert explained["index"]["value"] == "30.00"
    assert (explained["b"]["value"], explained["b"]["contribution"]) == (None, "0.00")
    assert "Counted as 0" in explained["b"]["reason_en"]
    assert (explained["c"]["value"], explained["c"]["contribution"]) == ("0.00", "0.00")
    assert "Counted" not in explained["c"]["reason_en"]


# Zeros and floors


@pytest.mark.parametrize("mean", ["geometric", "harmonic"])
def test_a_zero_under_a_mean_that_cannot_take_it_names_unit_node_and_value(mean):
    root = branch("index", [leaf("a", "0.5"), leaf("b", "0.5")], mean=mean)
    with pytest.raises(Invalid) as caught:
        computed(root, {"u": {"a": "0", "b": "5"}, "v": {"a": "1", "b": "5"}, "w": {"a": "0", "b": "0.00"}})
    assert [finding.field for finding in caught.value.findings] == ["u.a", "w.a", "w.b"]
    assert f"unit u, a: the value 0.00 has no {mean} mean in index; expected more than 0." in str(caught.value)
    floored = branch("index", [leaf("a", "0.5"), leaf("b", "0.5")], mean=mean, floor="5")
    result = computed(floored, {"u": {"a": "0", "b": "5"}})
    assert str(result.units[0].index) == "5.00"
    explained = nodes(result, "u")
    assert explained["a"]["value"] == "0.00"
    assert "floor 5" in explained["a"]["reason_en"]
    assert "floor" not in explained["b"]["reason_en"]


def test_a_negative_z_score_has_no_geometric_mean():
    root = branch(
        "index",
        [leaf("a", normalise={"method": "z_score", "direction": "higher", "deviation": "sample"})],
        mean="geometric",
    )
    found = refused(root, {"u": {"a": 1}, "v": {"a": 2}})
    assert found["mean_not_positive"].field == "u.a"
    assert "-0.71" in found["mean_not_positive"].message


# Documents and figures that are refused, each with its words


@pytest.mark.parametrize(
    ("root", "code", "field", "words"),
    [
        (branch("i", [leaf("a", "0.5"), leaf("b", "0.49")]), "weights_sum", "root.children", "the weights sum to 0.99"),
        (branch("i", [leaf("a", "1"), leaf("b", "0")]), "weight_not_positive", "root.children[1].weight", "is 0."),
        (branch("i", [leaf("a", "1"), leaf("b", 2, key="parts")]), "weights_mixed", "root.children[1].parts", "beside"),
        (branch("i", [leaf("a", 0.5), leaf("b", "0.5")]), "wrong_kind", "root.children[0].weight", "no exact number"),
        (branch("i", [leaf("a", "0.5"), leaf("a", "0.5")]), "code_repeated", "root.children[1].code", "too"),
        (branch("i", []), "missing", "root.children", "no list of children"),
        (branch("i", [leaf("a")], "1"), "unknown_key", "root.weight", "unknown here"),
        (branch("i", [leaf("a")], mean="mean"), "unknown_word", "root.mean", "not known"),
        (branch("i", [leaf("a")], missing={"rule": "ignore"}), "unknown_word", "root.missing.rule", "not known"),
        (branch("i", [leaf("a")], missing={"rule": "reweight"}), "missing", "root.missing.min_coverage", "missing"),
        (
            branch("i", [leaf("a")], missing={"rule": "reweight", "min_coverage": "75"}),
            "share_range",
            "root.missing.min_coverage",
            "is 75.",
        ),
        (
            branch("i", [leaf("a")], missing={"rule": "fail", "min_coverage": "1"}),
            "unknown_key",
            "root.missing.min_coverage",
            "unknown",
        ),
        (branch("i", [leaf("a")], floor="1"), "floor_useless", "root.floor", "arithmetic"),
        (branch("i", [leaf("a")], mean="geometric", floor="0"), "floor_useless", "root.floor", "floor of 0"),
        (
            branch("i", [leaf("a")], mean="harmonic", missing=ZERO),
            "zero_without_floor",
            "root.missing.rule",
            "no harmonic mean",
        ),
        (
            branch("i", [leaf("a", normalise={"method": "min_max"})]),
            "missing",
            "root.children[0].normalise.direction",
            "missing",
        ),
        (
            branch("i", [leaf("a", normalise={"method": "min_max", "direction": "higher", "lowest": 0})]),
            "bounds_incomplete",
            "root.children[0].normalise",
            "one bound",
        ),
        (
            branch("i", [leaf("a", normalise={"method": "min_max", "direction": "higher", "outside": "clamp"})]),
            "bounds_incomplete",
            "root.children[0].normalise.outside",
            "declared bounds",
        ),
        (
            branch("i", [leaf("a", normalise={"method": "min_max", "direction": "higher", "lowest": 5, "highest": 5})]),
            "bounds_order",
            "root.children[0].normalise.highest",
            "not above",
        ),
        (
            branch("i", [leaf("a", normalise={"method": "distance_to_target", "start": 5, "target": "5.0"})]),
            "bounds_order",
            "root.children[0].normalise.target",
            "as the start is",
        ),
        (
            branch("i", [leaf("a", normalise={"method": "rank", "direction": "higher", "deviation": "sample"})]),
            "unknown_key",
            "root.children[0].normalise.deviation",
            "unknown",
        ),
    ],
)
def test_a_bad_document_is_refused_with_its_place_and_words(root, code, field, words):
    found = refused(root)
    assert found[code].field == field
    assert words in found[code].message


def test_z_scores_stand_alone_and_never_count_a_missing_child_as_their_average():
    score = {"method": "z_score", "direction": "higher", "deviation": "population"}
    mixed = branch("i", [leaf("a", "0.5", normalise=score), leaf("b", "0.5")])
    assert refused(mixed)["scales_mixed"].field == "root"
    assert refused(branch("i", [leaf("a", normalise=score)], missing=ZERO))["zero_is_average"].field == (
        "root.missing.rule"
    )


def test_every_fault_of_a_document_is_named_at_once_and_anything_at_all_is_answered():
    bad = document(branch("i", [leaf("a", "0.5"), leaf("a", "x")], mean="sum"), digits=9, ties="ordinal")
    with pytest.raises(Invalid) as caught:
        read_composite(bad | {"weights": []})
    assert {finding.field for finding in caught.value.findings} == {
        "weights",
        "digits",
        "ties",
        "root.mean",
        "root.children[1].weight",
        "root.children[1].code",
    }
    for nonsense in (None, [], "x", 7, {"root": [1]}, {"root": {"children": [None, [], {"children": 3}]}}, {3: 4}):
        with pytest.raises(Invalid) as caught:
            read_composite(nonsense)
        assert caught.value.findings


def test_trees_beyond_what_a_request_may_take_are_refused():
    deep = leaf("deepest", "1")
    for level in range(MOST_LEVELS + 20):
        deep = branch(f"b{level}", [deep], "1")
    deep.pop("weight")
    assert refused(deep)["too_large"].message == f"lies below level {MOST_LEVELS}."
    wide = branch("i", [leaf(f"a{number}", 1, key="parts") for number in range(MOST_LEAVES + 1)])
    assert str(MOST_LEAVES + 1) in refused(wide)["too_large"].message


def test_bad_figures_are_named_by_unit_and_leaf_all_at_once():
    root = branch("i", [leaf("a", "0.5"), leaf("b", "0.5")])
    with pytest.raises(Invalid) as caught:
        computed(root, {"u": {"a": 0.5, "b": "1e9"}, "v": {"aa": 1}, "": {}, "w": [1], "x": {"a": True, "b": "9" * 16}})
    assert {finding.field for finding in caught.value.findings} == {
        "inputs.u.a",
        "inputs.u.b",
        "inputs.v.aa",
        "inputs.",
        "inputs.w",
        "inputs.x.a",
        "inputs.x.b",
    }
    with pytest.raises(Invalid, match="two spellings"):
        computed(root, {"Hu\u1ebf": {}, "Hue\u0302\u0301": {}})


def test_figures_from_code_are_checked_as_well():
    composite = read_composite(document(branch("i", [leaf("a")])))
    with pytest.raises(Invalid) as caught:
        compute(composite, {"u": {"a": Decimal("NaN"), "z": Decimal(1)}})
    assert [finding.code for finding in caught.value.findings] == ["not_finite", "leaf_unknown"]


def test_vietnamese_decimals_are_understood():
    assert indices(branch("i", [leaf("a")]), {"u": {"a": "85,30"}}) == {"u": "85.30"}


# Digests


def test_a_composite_is_known_by_its_document_and_a_result_by_its_figures():
    original = document(BY_HAND)
    composite = read_composite(original)
    assert composite.sha256 == sha256(original).hex()
    original["root"]["mean"] = "geometric"
    assert composite.document["root"]["mean"] == "arithmetic"
    shuffled = {unit: dict(reversed(figures.items())) for unit, figures in reversed(PROVINCES.items())}
    first, second = (compute(composite, read_inputs(inputs, composite)) for inputs in (PROVINCES, shuffled))
    assert sha256(first.as_json()) == sha256(second.as_json())
    changed = copy.deepcopy(PROVINCES)
    changed["H10"]["trust"] = "70.0"
    assert compute(composite, read_inputs(changed, composite)).input_sha256 != first.input_sha256
    original["root"]["mean"] = "arithmetic"


# What must hold for every composite

MEANS = ("arithmetic", "geometric", "harmonic")
figures = st.decimals(min_value="0.01", max_value="99.99", places=2)
columns = st.dictionaries(st.sampled_from("uvwxyz"), figures, min_size=1)
METHODS = st.sampled_from(
    [
        {"method": "min_max", "direction": "higher"},
        {"method": "min_max", "direction": "lower", "lowest": "0", "highest": "100"},
        {"method": "rank", "direction": "lower"},
        {"method": "distance_to_target", "start": "0", "target": "80"},
        {"method": "distance_to_target", "start": "100", "target": "12.5"},
        GIVEN,
    ]
)
# Their values on figures of 0.01 to 99.99 are never 0.
POSITIVE = st.sampled_from([GIVEN, {"method": "distance_to_target", "start": "100", "target": "12.5"}])
RULES = st.one_of(
    st.just(FAIL),
    st.decimals(min_value=0, max_value=1, places=2).map(lambda share: {"rule": "reweight", "min_coverage": str(share)}),
)
ARITHMETIC = st.just("arithmetic")
ANY_RULE = st.one_of(RULES, st.just(ZERO))


@st.composite
def trees(draw, methods=METHODS, means=ARITHMETIC, rules=ANY_RULE):
    """A root of one to three levels; parts everywhere, or shares that sum to 1."""
    codes = (f"n{number}" for number in range(1000))

    def node(level):
        code = next(codes)
        if level == 3 or (level and draw(st.booleans())):
            return leaf(code, normalise=draw(methods))
        children = [node(level + 1) for _ in range(draw(st.integers(1, 3)))]
        weigh(children)
        return branch(code, children, missing=draw(rules), mean=draw(means))

    def weigh(children):
        parts = [draw(st.integers(1, 9)) for _ in children]
        for child in children:
            child.pop("weight", None)
        if draw(st.booleans()):
            for child, part in zip(children, parts, strict=True):
                child["parts"] = part
        else:
            for child in children[1:]:
                child["weight"] = "0.2"
            children[0]["weight"] = str(1 - Decimal("0.2") * (len(children) - 1))

    root = node(0)
    root.pop("weight", None)
    return root


def leaves_of(node):
    return [code for child in node["children"] for code in leaves_of(child)] if "children" in node else [node["code"]]


@st.composite
def worlds(draw, **options):
    """A tree and figures of units, some missing."""
    root = draw(trees(**options))
    codes = leaves_of(root)
    units = draw(st.sets(st.sampled_from("uvwxyz"), min_size=1))
    inputs = {
        unit: {code: draw(st.one_of(figures, figures, figures, st.none())) for code in codes} for unit in sorted(units)
    }
    return root, inputs


def result_of(root, inputs):
    return compute(read_composite(document(root)), inputs)


def values_of(root, inputs):
    return {unit.unit: unit.root.value for unit in result_of(root, inputs).units}


@given(worlds())
def test_a_naive_second_implementation_agrees_exactly(world):
    root, inputs = world
    assert values_of(root, inputs) == naive_composite.index(document(root), inputs)


@given(worlds(methods=POSITIVE, means=st.sampled_from(["arithmetic", "harmonic"]), rules=RULES))
def test_it_agrees_exactly_on_harmonic_means_too(world):
    root, inputs = world
    assert values_of(root, inputs) == naive_composite.index(document(root), inputs)


@given(worlds(methods=POSITIVE, means=st.sampled_from(MEANS), rules=RULES))
def test_it_agrees_to_30_digits_with_geometric_means(world):
    root, inputs = world
    naive = naive_composite.index(document(root), inputs)
    for unit, value in values_of(root, inputs).items():
        assert (value is None) == (naive[unit] is None)
        assert value is None or abs(value - naive[unit]) <= naive[unit] * Fraction(1, 10**30)


@given(worlds(), st.integers(2, 1000))
def test_scaling_the_parts_that_weights_come_from_changes_nothing(world, factor):
    root, inputs = world
    scaled_root = copy.deepcopy(root)

    def scale(node):
        for child in node.get("children", ()):
            if "parts" in child:
                child["parts"] *= factor
            scale(child)

    scale(scaled_root)
    assert values_of(scaled_root, inputs) == values_of(root, inputs)


@given(trees(methods=st.just(GIVEN), means=st.sampled_from(MEANS), rules=RULES), figures)
def test_equal_children_give_their_value_under_every_mean(root, figure):
    inputs = {"u": dict.fromkeys(leaves_of(root), figure)}
    assert values_of(root, inputs) == {"u": Fraction(figure)}


@given(worlds(methods=POSITIVE, means=st.sampled_from(MEANS), rules=RULES), st.randoms(use_true_random=False))
def test_the_order_of_children_and_units_changes_nothing(world, chance):
    root, inputs = world
    shuffled = copy.deepcopy(root)

    def shuffle(node):
        for child in node.get("children", ()):
            shuffle(child)
        chance.shuffle(node.get("children", []))

    shuffle(shuffled)
    units = random.Random(chance.random()).sample(sorted(inputs), len(inputs))
    first, second = result_of(root, inputs), result_of(shuffled, {unit: inputs[unit] for unit in units})
    assert [(unit.unit, unit.root.value, unit.rank) for unit in first.units] == [
        (unit.unit, unit.root.value, unit.rank) for unit in second.units
    ]
    assert first.input_sha256 == second.input_sha256


@given(st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.integers(1, 9), figures), min_size=1))
def test_the_arithmetic_mean_is_not_below_the_geometric_nor_that_below_the_harmonic(children):
    inputs = {"u": {code: figure for code, (_, figure) in children.items()}}
    arithmetic, geometric, harmonic = (
        values_of(
            branch("i", [leaf(code, parts, key="parts") for code, (parts, _) in children.items()], mean=mean), inputs
        )["u"]
        for mean in MEANS
    )
    slack = geometric * Fraction(1, 10**33)
    assert arithmetic + slack >= geometric >= harmonic - slack


FIXED = st.sampled_from(
    [
        ("higher", {"method": "min_max", "direction": "higher", "lowest": "-10", "highest": "100"}),
        ("lower", {"method": "min_max", "direction": "lower", "lowest": "0", "highest": "110"}),
    ]
)


@given(worlds(methods=FIXED.map(lambda pair: pair[1]), means=st.sampled_from(MEANS), rules=RULES), st.data())
def test_a_better_figure_never_lowers_the_index_between_declared_bounds(world, data):
    root, inputs = world
    known = [(unit, code) for unit, row in inputs.items() for code, figure in row.items() if figure is not None]
    assume(known)
    unit, code = data.draw(st.sampled_from(known))
    directions = {one.code: one.normalisation.direction for one in read_composite(document(root)).indicators()}
    figure = inputs[unit][code]
    better = data.draw(
        st.decimals(min_value=figure, max_value=100, places=2)
        if directions[code] == "higher"
        else st.decimals(min_value=0, max_value=figure, places=2)
    )
    before, after = values_of(root, inputs), values_of(root, {**inputs, unit: {**inputs[unit], code: better}})
    assert before[unit] is None or after[unit] >= before[unit] * (1 - Fraction(1, 10**32))
    assert {other: value for other, value in before.items() if other != unit} == {
        other: value for other, value in after.items() if other != unit
    }


@given(worlds(methods=FIXED.map(lambda pair: pair[1]), means=st.sampled_from(MEANS), rules=RULES))
def test_units_above_an_added_worse_one_keep_their_rank(world):
    root, inputs = world
    worst = {
        one.code: Decimal("-9.99") if one.normalisation.direction == "higher" else Decimal("109.99")
        for one in read_composite(document(root)).indicators()
    }
    before = {unit.unit: unit.rank for unit in result_of(root, inputs).units}
    after = result_of(root, {**inputs, "added": worst})
    assert {unit.unit: unit.rank for unit in after.units if unit.unit != "added"} == before
    added = next(unit for unit in after.units if unit.unit == "added")
    assert added.rank == 1 + sum(1 for rank in before.values() if rank is not None)


@given(worlds())
def test_contributions_of_the_leaves_sum_to_an_arithmetic_index(world):
    root, inputs = world
    for unit in result_of(root, inputs).units:
        leaves = [node for node in unit.root.walk() if not node.children]
        if unit.root.value is None:
            assert all(node.contribution is None for node in leaves)
            continue
        carried = [node for node in unit.root.walk() if node.contribution is not None]
        ends = [node for node in carried if not any(child.contribution is not None for child in node.children)]
        assert sum(node.contribution for node in ends) == unit.root.value
        assert sum(node.contribution for node in leaves if node.contribution is not None) == unit.root.value
        for node in carried:
            if node.value is not None and node.children:
                assert sum(child.effective_weight or 0 for child in node.children) == 1 or any(
                    child.counted_as_zero for child in node.children
                )


@given(worlds())
def test_an_index_lies_between_0_and_100_or_says_what_is_missing(world):
    root, inputs = world
    for unit in result_of(root, inputs).units:
        if unit.index is None:
            assert unit.blocking
            assert unit.missing
            assert unit.rank is None
        else:
            assert 0 <= unit.index <= 100
            assert not unit.blocking
