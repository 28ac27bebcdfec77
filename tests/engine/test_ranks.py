from decimal import Decimal

import pytest

from parindex.engine.rank import Band, Contender, band_of, change, rank
from parindex.errors import Invalid


def contenders(*values, **figures):
    return [
        Contender(unit_id, Decimal(value), {name: given[unit_id - 1] for name, given in figures.items()})
        for unit_id, value in enumerate(values, 1)
    ]


def test_competition_skips_places_after_a_tie():
    assert rank(contenders("90", "80", "80", "70"), "competition") == {1: 1, 2: 2, 3: 2, 4: 4}


def test_dense_does_not_skip_places():
    assert rank(contenders("90", "80", "80", "70"), "dense") == {1: 1, 2: 2, 3: 2, 4: 3}


def test_ordinal_orders_ties_by_the_declared_tie_breakers_in_turn():
    tied = contenders("80", "80", "80", mean=[Decimal(70), Decimal(75), Decimal(75)], responses=[9, 10, 20])
    assert rank(tied, "ordinal", tie_breakers=("mean", "responses")) == {3: 1, 2: 2, 1: 3}


def test_ordinal_refuses_a_tie_that_no_tie_breaker_decides():
    tied = contenders("80", "80", responses=[9, 9])
    with pytest.raises(Invalid, match="Units 1 and 2 are equal"):
        rank(tied, "ordinal", tie_breakers=("responses",))
    assert rank(tied, "ordinal", tie_breakers=("responses", "unit_id")) == {1: 1, 2: 2}


def test_an_unknown_rule_or_tie_breaker_is_refused():
    with pytest.raises(Invalid, match="population"):
        rank(contenders("1"), "ordinal", tie_breakers=("population",))
    with pytest.raises(Invalid, match="olympic"):
        rank(contenders("1"), "olympic")


def test_ranks_are_taken_on_the_published_precision():
    assert rank(contenders("84.704", "84.698"), "competition") == {1: 1, 2: 1}
    assert rank(contenders("84.705", "84.704"), "competition") == {1: 1, 2: 2}


def test_a_band_begins_at_its_minimum():
    bands = (Band("Tốt", "Good", Decimal(80)), Band("Xuất sắc", "Excellent", Decimal(90)))
    assert [
        getattr(band_of(Decimal(value), bands), "label_en", None) for value in ("90.00", "89.99", "80", "79.99")
    ] == ["Excellent", "Good", "Good", None]


def test_moving_up_is_a_positive_change_in_places_and_a_smaller_rank():
    previous = {"value": "84.65", "rank": 34, "suppressed": None}
    moved = change(Decimal("85.30"), 28, previous, shown=True, table_exists=True)
    assert (moved.points, moved.places, moved.reason) == (Decimal("0.65"), 6, None)


def test_a_rank_can_fall_while_the_figure_rises():
    moved = change(
        Decimal("85.30"), 34, {"value": "84.65", "rank": 17, "suppressed": None}, shown=True, table_exists=True
    )
    assert (moved.points, moved.places) == (Decimal("0.65"), -17)


@pytest.mark.parametrize(
    ("previous", "shown", "exists", "reason"),
    [
        (None, True, False, "no_previous_table"),
        (None, True, True, "not_in_previous"),
        ({"value": None, "rank": None, "suppressed": None}, True, True, "previous_without_value"),
        ({"value": "80.00", "rank": None, "suppressed": "small_cell"}, True, True, "previous_not_shown"),
        ({"value": "80.00", "rank": 1, "suppressed": None}, False, True, "not_shown"),
    ],
)
def test_a_missing_change_says_why(previous, shown, exists, reason):
    moved = change(Decimal(81), 1, previous, shown=shown, table_exists=exists)
    assert (moved.points, moved.places, moved.reason) == (None, None, reason)
