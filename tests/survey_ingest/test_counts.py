"""Deltas: what stored responses add to the rollups, exactly."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from survey_ingest.counts import Counted, DeltaKey, code_of, deltas

KEY = DeltaKey(1, "synthetic", 2, 3, dt.date(2026, 11, 22), "", "kiosk", "self", "result", "", "")


def test_the_codes_of_answers_keep_missing_not_applicable_and_zero_apart():
    assert [code_of(stored) for stored in (None, -1, -2, 0, 5, -100, -105)] == [-3, -1, -2, 0, 5, -4, -4]


def test_equal_keys_make_one_delta_with_the_responses_themselves_as_item_0():
    grouped = deltas(
        [
            Counted(KEY, "", [5, None], None, 1),
            Counted(KEY, "1.000894", [5, -2], None, 1),
            Counted(KEY, "", [4, None], None, 1),
        ]
    )
    assert list(grouped) == [KEY]
    assert {cell: counts[0] for cell, counts in grouped[KEY].cells.items()} == {
        ("", 0, 0): 2, ("", 1, 5): 1, ("", 2, -3): 2, ("", 1, 4): 1, ("1.000894", 0, 0): 1, ("1.000894", 1, 5): 1, ("1.000894", 2, -2): 1,
    }  # fmt: skip


def test_what_comes_and_goes_in_one_transaction_leaves_no_delta():
    assert deltas([Counted(KEY, "", [5], None, 1), Counted(KEY, "", [5], None, -1)]) == {}


def test_a_weight_that_goes_and_another_that_comes_leave_a_delta():
    (delta,) = deltas([Counted(KEY, "", [5], Decimal("1.5"), 1), Counted(KEY, "", [5], Decimal("1.25"), -1)]).values()
    assert delta.cells["", 1, 5] == [0, Decimal("0.25"), Decimal("0.6875")]


WEIGHTS = st.decimals(min_value=Decimal("0.000000000001"), max_value=Decimal(999999999999), places=12)


@given(st.lists(WEIGHTS, min_size=1, max_size=20))
def test_sums_of_weights_and_of_their_squares_are_exact(weights: list[Decimal]):
    (delta,) = deltas(Counted(KEY, "", [1], weight, 1) for weight in weights).values()
    n, w, w2 = delta.cells["", 0, 0]
    assert n == len(weights)
    assert Fraction(w) == sum(map(Fraction, weights))
    assert Fraction(w2) == sum(Fraction(weight) ** 2 for weight in weights)
