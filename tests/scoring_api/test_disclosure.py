from hypothesis import given
from hypothesis import strategies as st

from parindex.engine.small_cells import hidden_cells
from scoring_api.disclosure import Disclosure, Sketch

MINIMUM = 5
matrices = st.dictionaries(
    st.tuples(st.integers(1, 6), st.sampled_from(["kiosk", "qr", "web"])), st.integers(0, 30), max_size=18
)


def lines(sizes):
    for unit in {unit for unit, _ in sizes}:
        yield [cell for cell in sizes if cell[0] == unit]
    for category in {category for _, category in sizes}:
        yield [cell for cell in sizes if cell[1] == category]


@given(matrices)
def test_no_row_and_no_column_has_a_single_withheld_cell_beside_a_shown_one(sizes):
    hidden = hidden_cells(sizes, MINIMUM)
    for line in lines(sizes):
        withheld = [cell for cell in line if cell in hidden]
        shown = [cell for cell in line if cell not in hidden and sizes[cell]]
        assert len(withheld) != 1 or not shown


@given(matrices)
def test_withheld_cells_of_a_line_are_never_few_people_together_beside_a_shown_one(sizes):
    hidden = hidden_cells(sizes, MINIMUM)
    for line in lines(sizes):
        together = sum(sizes[cell] for cell in line if cell in hidden)
        assert not 0 < together < MINIMUM or not [cell for cell in line if cell not in hidden and sizes[cell]]


@given(matrices)
def test_every_small_cell_is_withheld_and_nothing_is_without_one(sizes):
    hidden = hidden_cells(sizes, MINIMUM)
    small = {cell for cell, n in sizes.items() if 0 < n < MINIMUM}
    assert small == {cell for cell, reason in hidden.items() if reason == "small_cell"}
    assert bool(hidden) == bool(small)


@given(matrices, st.randoms(use_true_random=False))
def test_what_is_withheld_does_not_depend_on_the_order_of_cells(sizes, random):
    shuffled = list(sizes.items())
    random.shuffle(shuffled)
    assert hidden_cells(sizes, MINIMUM) == hidden_cells(dict(shuffled), MINIMUM)


def test_items_of_another_factor_do_not_hide_an_item():
    sizes = {(1, "a1"): 3, (1, "a2"): 20, (1, "b1"): 6}
    hidden = hidden_cells(sizes, MINIMUM, part_of={"a1": "a", "a2": "a", "b1": "b"})
    assert hidden == {(1, "a1"): "small_cell", (1, "a2"): "complementary"}


def sketch(rows, *, state="current", block="department", scope=9, scope_hidden=None):
    return Sketch(scope, block, state, rows, scope_hidden)


def test_a_unit_hidden_in_one_state_is_hidden_in_the_other():
    disclosure = Disclosure(
        (
            sketch({1: ("small_cell", 4), 2: ("complementary", 6), 3: (None, 9)}, state="frozen"),
            sketch({1: (None, 5), 2: (None, 6), 3: (None, 9)}),
        )
    )
    assert disclosure.hidden_under(9) == {1: "small_cell", 2: "complementary"}


def test_a_single_hidden_unit_takes_the_next_smallest_of_any_block_with_it():
    disclosure = Disclosure(
        (sketch({1: ("small_cell", 4), 2: (None, 30)}), sketch({5: (None, 8), 6: (None, 0)}, block="commune"))
    )
    assert disclosure.hidden_under(9) == {1: "small_cell", 5: "complementary"}


def test_nothing_is_shown_under_a_hidden_unit():
    disclosure = Disclosure(
        (sketch({9: ("complementary", 7), 8: ("small_cell", 2)}, scope=0, block="province"), sketch({1: (None, 7)}))
    )
    assert disclosure.of_unit(1, (9, 0)) == "complementary"
    assert disclosure.of_unit(9, (0,)) == "complementary"
    assert disclosure.of_unit(0, ()) is None
    assert disclosure.from_above(7, (0,)) is None


def test_a_total_that_would_reveal_a_unit_is_withheld_but_not_what_is_under_it():
    disclosure = Disclosure((sketch({1: ("small_cell", 3)}, scope_hidden="complementary"),))
    assert disclosure.of_unit(9, (0,)) == "complementary"
    assert disclosure.from_above(9, (0,)) is None
