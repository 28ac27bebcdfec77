"""How many more favourable answers a satisfaction figure lacks, and from which factors they could come."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from parindex.engine.improve_satisfaction import Pool, improve_satisfaction
from parindex.errors import Invalid


def pools(*counts):
    return [
        Pool(f"f{place}", Decimal(favourable), Decimal(answers)) for place, (favourable, answers) in enumerate(counts)
    ]


def published(favourable, answers):
    exact = Fraction(favourable) * 10_000 / Fraction(answers)
    return Fraction((2 * exact.numerator + exact.denominator) // (2 * exact.denominator), 100)


def test_binh_phuoc_at_75_33_needs_467_more_of_10000_answers_for_80():
    """The published 75.33 of 2017 with invented counts of five factors that make it."""
    answer = improve_satisfaction(
        pools((1700, 2000), (1600, 2000), (1650, 2000), (1383, 2000), (1200, 2000)), Decimal(80)
    )
    assert answer["now"] == {"figure": "75.33", "favourable": "7533", "answers": "10000"}
    # 7999.5 of 10000 is published as 80.00, but people answer whole: 8000.
    assert answer["lacking"] == {"figure": "4.67", "favourable": "467"}
    assert answer["outcome"] == "reachable"
    assert answer["fewest"]["factors"] == [{"factor": "f4", "more": "467", "percent": "83.35"}]
    alone = {line["factor"]: line["alone"] for line in answer["factors"]}
    assert alone == {"f0": None, "f1": None, "f2": None, "f3": "92.50", "f4": "83.35"}
    # 1383 and 1200 raised to the same share: 2 x 2000 x s = 2583 + 467 = 3050, s = 76.25 %.
    assert answer["even"]["share"] == "76.25"
    assert answer["even"]["factors"] == [
        {"factor": "f3", "more": "142", "percent": "76.25"},
        {"factor": "f4", "more": "325", "percent": "76.25"},
    ]


def test_a_figure_that_is_reached_and_one_that_cannot_be():
    assert improve_satisfaction(pools((9, 10)), Decimal(90))["outcome"] == "reached"
    with pytest.raises(Invalid, match="more than 100%"):
        improve_satisfaction(pools((9, 10)), Decimal("100.01"))
    with pytest.raises(Invalid) as fault:
        improve_satisfaction(pools((11, 10), (1, 2), (-1, 3)), Decimal(90))
    assert [one.field for one in fault.value.findings] == ["factors.f0", "factors.f2"]
    nobody = improve_satisfaction(pools((0, 0)), Decimal(90))
    assert (nobody["outcome"], nobody["now"]["figure"]) == ("incomplete", None)


@given(
    st.lists(st.integers(0, 300).flatmap(lambda answers: st.tuples(st.integers(0, answers), st.just(answers))), min_size=1, max_size=5),
    st.integers(1, 10_000),
)  # fmt: skip
def test_the_gain_reaches_and_one_answer_less_misses(counts, hundredths):
    figure = Decimal(hundredths).scaleb(-2)
    answer = improve_satisfaction(pools(*counts), figure)
    favourable, answers = (sum(column) for column in zip(*counts, strict=True))
    assume(answers)
    if answer["outcome"] == "reached":
        assert published(favourable, answers) >= figure
        return
    # 100 % is always published where everybody is satisfied, so that some set always reaches.
    assert answer["outcome"] == "reachable"
    need = int(answer["lacking"]["favourable"])
    assert published(favourable + need, answers) >= figure > published(favourable + need - 1, answers)
    for way in ("fewest", "even"):
        assert sum(int(line["more"]) for line in answer[way]["factors"]) == need
    rooms = sorted((total - part for part, total in counts), reverse=True)
    assert sum(rooms[: len(answer["fewest"]["factors"]) - 1]) < need


def test_weighted_counts_move_by_their_last_decimal():
    answer = improve_satisfaction([Pool("a", Decimal("70.5"), Decimal("100.0"))], Decimal(80))
    assert answer["lacking"]["favourable"] == "9.5"
