from decimal import Decimal

import pytest

from parindex.engine.aggregate import balance, merge, plain, satisfaction, shares
from parindex.engine.result import Exposure, Lineage, cells_of, unit_result
from parindex.engine.rounding import exact_sum, half_up, half_up_ratio
from support.counting import distribution, likert, questionnaire

ONE = (likert(1),)


def figure(cells, method="top2", columns=ONE, *, weighted=False):
    return satisfaction(cells, columns, method, weighted=weighted)


def test_the_two_methods_differ_on_the_same_answers():
    cells = distribution(0, 0, 40, 50, 10)
    assert str(figure(cells, "top2").value) == "60.00"
    assert str(figure(cells, "mean").value) == "74.00"


def test_nobody_answering_is_no_value_and_not_zero():
    nobody = figure({(0, 0): (3, Decimal(3), Decimal(3)), (1, -3): (3, Decimal(3), Decimal(3))})
    assert (nobody.value, nobody.n, nobody.reason) == (None, 0, "no_answers")
    everybody_dissatisfied = figure(distribution(5, 0, 0, 0, 0))
    assert (str(everybody_dissatisfied.value), everybody_dissatisfied.reason) == ("0.00", None)


def test_a_column_without_a_scale_has_no_mean_score():
    named = likert(1, maximum=None, favourable=frozenset())
    assert figure(distribution(1, 2, 3, 0, 0), "mean", (named,)).reason == "not_applicable"
    assert figure(distribution(1, 2, 3, 0, 0), "top2", (named,)).reason == "not_applicable"


def test_items_are_pooled_and_never_averaged():
    columns = (likert(1), likert(2))
    cells = merge([distribution(0, 0, 0, 90, 0), distribution(10, 0, 0, 0, 0, number=2)])
    pooled = figure(cells, columns=columns)
    assert (str(pooled.value), plain(pooled.numerator), plain(pooled.denominator)) == ("90.00", "90", "100")


def test_answers_without_content_are_in_neither_numerator_nor_denominator():
    one = Decimal(1)
    cells = {**distribution(0, 0, 1, 1, 0), **{(1, code): (7, 7 * one, 7 * one) for code in (-1, -2, -3, -4)}}
    assert str(figure(cells).value) == "50.00"
    assert figure(cells).n == 2


def test_a_probability_sample_is_weighted():
    cells = {(1, 5): (1, Decimal("3.5"), Decimal("12.25")), (1, 1): (3, Decimal("1.5"), Decimal("0.75"))}
    weighted = figure(cells, weighted=True)
    assert (str(weighted.value), weighted.n) == ("70.00", 4)
    assert str(figure(cells).value) == "25.00"


def test_a_ratio_is_rounded_once_and_half_up():
    assert half_up_ratio(6 * 7, 48, 2) == Decimal("0.88")
    assert half_up(Decimal("0.125"), 2) == Decimal("0.13")
    assert half_up(Decimal("-0.125"), 2) == Decimal("-0.13")
    just_below_a_tie = Decimal("0.00499999999999999999999999999999999999999999")
    assert half_up(just_below_a_tie, 2) == Decimal("0.00")
    with pytest.raises(ZeroDivisionError):
        half_up_ratio(1, 0, 2)


def test_a_sum_of_weights_keeps_every_digit():
    tiny, large = Decimal("0.000000000000000000001"), Decimal(10) ** 15
    assert exact_sum([large, tiny]) - large == tiny


def test_the_share_of_each_option_is_of_the_answers_to_it():
    ticked = {(1, 1): (3, Decimal(3), Decimal(3)), (1, 0): (9, Decimal(9), Decimal(9))}
    option = likert(1, option="queue", favourable=frozenset({1}), maximum=None, satisfaction=False)
    assert {value: str(one.value) for value, one in shares(ticked, option, (0, 1), weighted=False).items()} == {
        0: "75.00",
        1: "25.00",
    }


def test_the_balance_of_a_column_adds_up_to_the_responses():
    cells = {
        (0, 0): (15, Decimal(15), Decimal(15)),
        **{(1, code): (n, Decimal(n), Decimal(n)) for code, n in {5: 4, 1: 1, -1: 1, -2: 2, -3: 3, -4: 4}.items()},
    }
    lines = balance(cells, [likert(1)])
    assert lines == {
        "responses": 15,
        "answered": 5,
        "dont_know": 1,
        "not_applicable": 2,
        "not_answered": 3,
        "automatic": 4,
    }


def test_an_item_outside_satisfaction_is_shown_but_not_pooled():
    form = questionnaire(likert(1), likert(2, satisfaction=False))
    cells = merge([distribution(0, 0, 0, 8, 2), distribution(10, 0, 0, 0, 0, number=2)])
    document = unit_result(7, "2026-11", form, cells, partial=True)
    assert document["whole"]["top2"]["value"] == "100.00"
    assert [item["top2"]["value"] for item in document["items"]] == ["100.00", "0.00"]
    assert [factor["top2"]["value"] for factor in document["factors"]] == ["100.00"]


def test_a_result_document_carries_counts_lineage_and_response_rate():
    cells = distribution(0, 0, 1, 2, 3)
    document = unit_result(
        7,
        "2026-11",
        questionnaire(likert(1)),
        cells,
        partial=False,
        lineage=Lineage((4, 3), constructed=True, partial_predecessors=(9,)),
        exposure=Exposure(offered=40, asked=16),
    )
    assert document["cells"] == {
        "0": {"0": [6, "6", "6"]},
        "1": {"3": [1, "1", "1"], "4": [2, "2", "2"], "5": [3, "3", "3"]},
    }
    assert cells_of(document) == cells
    assert (document["pooled_unit_ids"], document["partial_predecessors"], document["constructed"]) == (
        [3, 4],
        [9],
        True,
    )
    assert document["exposure"] == {"offered": 40, "asked": 16, "response_rate": "37.50"}
    assert document["whole"]["top2"] == {"value": "83.33", "n": 6, "numerator": "5", "denominator": "6", "reason": None}
