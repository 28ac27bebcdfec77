import random
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from parindex.engine.aggregate import METHODS, merge, satisfaction
from parindex.engine.rank import Contender, part_figures, rank
from support.counting import cells_of, likert
from support.naive_satisfaction import mean_score, top_two

COLUMNS = (likert(1), likert(2), likert(3, factor="F2"))
weights = st.decimals(min_value="0.001", max_value="1000", places=3)
answers = st.dictionaries(
    st.sampled_from([column.item for column in COLUMNS]), st.sampled_from([-4, -3, -2, -1, 1, 2, 3, 4, 5])
)
samples = st.lists(st.tuples(weights, answers), max_size=25)
values = st.lists(st.decimals(min_value=0, max_value=100, places=3), max_size=20)


def text(figure):
    return None if figure.value is None else str(figure.value)


@given(samples, st.sets(st.sampled_from([0, 1, 2])))
def test_the_engine_equals_a_naive_second_implementation(sample, chosen):
    columns = [COLUMNS[place] for place in sorted(chosen)]
    items = [column.item for column in columns]
    cells = cells_of(sample, COLUMNS)
    assert text(satisfaction(cells, columns, "top2", weighted=True)) == top_two(sample, items)
    assert text(satisfaction(cells, columns, "mean", weighted=True)) == mean_score(sample, items)
    counted = [(1, given_answers) for _, given_answers in sample]
    assert text(satisfaction(cells, columns, "top2", weighted=False)) == top_two(counted, items)
    assert text(satisfaction(cells, columns, "mean", weighted=False)) == mean_score(counted, items)


@given(samples, st.integers(min_value=1, max_value=5), st.randoms(use_true_random=False))
def test_merging_counts_in_any_grouping_equals_counting_everything_at_once(sample, groups, chance):
    parts = [[] for _ in range(groups)]
    for one in sample:
        chance.choice(parts).append(one)
    chance.shuffle(parts)
    assert merge(cells_of(part, COLUMNS) for part in parts) == cells_of(sample, COLUMNS)


@given(samples, st.data())
def test_a_better_answer_never_lowers_a_figure(sample, data):
    answered = [
        (place, item)
        for place, (_, given_answers) in enumerate(sample)
        for item, value in given_answers.items()
        if 1 <= value < 5
    ]
    if not answered:
        return
    place, item = data.draw(st.sampled_from(answered))
    better = [(weight, dict(given_answers)) for weight, given_answers in sample]
    better[place][1][item] = data.draw(st.integers(min_value=sample[place][1][item] + 1, max_value=5))
    for method in METHODS:
        before = satisfaction(cells_of(sample, COLUMNS), COLUMNS, method, weighted=True)
        after = satisfaction(cells_of(better, COLUMNS), COLUMNS, method, weighted=True)
        assert after.value >= before.value


@given(samples)
def test_a_figure_lies_between_0_and_100_or_has_a_reason(sample):
    for method in METHODS:
        figure = satisfaction(cells_of(sample, COLUMNS), COLUMNS, method, weighted=True)
        assert (figure.reason == "no_answers") if figure.value is None else (0 <= figure.value <= 100)


@given(values, st.sampled_from(["competition", "dense", "ordinal"]), st.integers())
def test_shuffling_units_changes_no_rank(figures, rule, seed):
    contenders = [Contender(unit_id, value, {}) for unit_id, value in enumerate(figures)]
    shuffled = random.Random(seed).sample(contenders, len(contenders))
    assert rank(shuffled, rule, tie_breakers=("unit_id",)) == rank(contenders, rule, tie_breakers=("unit_id",))


@given(values)
def test_ties_are_symmetric_and_better_figures_rank_before_worse(figures):
    contenders = [Contender(unit_id, value.quantize(Decimal("0.01")), {}) for unit_id, value in enumerate(figures)]
    for rule in ("competition", "dense"):
        ranks = rank(contenders, rule)
        for one in contenders:
            for other in contenders:
                assert (ranks[one.unit_id] == ranks[other.unit_id]) == (one.value == other.value)
                assert (ranks[one.unit_id] < ranks[other.unit_id]) == (one.value > other.value)


@given(st.lists(st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(0, 3))), max_size=12))
def test_the_points_of_a_part_order_equal_figures_only_and_none_comes_last(units):
    contenders = [
        Contender(unit_id, Decimal(value), part_figures({"a": None if points is None else str(points)}))
        for unit_id, (value, points) in enumerate(units)
    ]
    ranks = rank(contenders, "ordinal", tie_breakers=("part:a", "unit_id"))
    shared = rank(contenders, "competition")
    assert sorted(ranks.values()) == list(range(1, len(units) + 1))
    for one, (value, points) in enumerate(units):
        for other, (its_value, its_points) in enumerate(units):
            if value != its_value:
                assert (ranks[one] < ranks[other]) == (value > its_value) == (shared[one] < shared[other])
            elif points != its_points:
                assert (ranks[one] < ranks[other]) == (
                    its_points is None or (points is not None and points > its_points)
                )
            else:
                assert (ranks[one] < ranks[other]) == (one < other)


@given(values.filter(bool), st.sampled_from(["competition", "dense", "ordinal"]))
def test_an_added_worse_unit_moves_nobody(figures, rule):
    contenders = [Contender(unit_id, value, {}) for unit_id, value in enumerate(figures)]
    worse = Contender(len(figures), min(figures) - 1, {})
    breakers = ("part:a", "unit_id") if rule == "ordinal" else ()
    before = rank(contenders, rule, tie_breakers=breakers)
    last = max(before.values()) + 1 if rule == "dense" else len(figures) + 1
    assert rank([worse, *contenders], rule, tie_breakers=breakers) == {**before, worse.unit_id: last}
