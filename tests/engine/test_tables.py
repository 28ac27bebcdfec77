import json
from decimal import Decimal

import pytest

from parindex.engine.aggregate import merge
from parindex.engine.explain import explain
from parindex.engine.rank import Band
from parindex.engine.result import Lineage, unit_result
from parindex.engine.small_cells import suppress, total_reveals
from parindex.engine.table import Heading, Member, Rules, league_table, public_view
from parindex.errors import NotFound
from support.counting import distribution, likert, questionnaire

FORM = questionnaire(likert(1))
RULES = Rules(
    "satisfaction@test",
    "competition",
    (),
    2,
    (Band("Tốt", "Good", Decimal(80)), Band("Yếu", "Weak", Decimal(0))),
    5,
    "top2",
)
HEADING = Heading(0, "Cả nước", "province", "2026-11", "2026-10", partial=False)


def member(unit_id, *counts, period="2026-11"):
    result = unit_result(unit_id, period, FORM, distribution(*counts), partial=False) if sum(counts) else None
    return Member(unit_id, f"Tỉnh {unit_id}", {"h_code": f"H{unit_id}"}, result, (99,))


def table(*members, previous=None, rules=RULES, siblings=None):
    whole = merge([distribution(0, 0, 0, 0, 0), *(_cells(one) for one in members if one.result)])
    scope = unit_result(0, "2026-11", FORM, whole, partial=False)
    return league_table(HEADING, members, rules, previous=previous, scope_result=scope, siblings=siblings)


def _cells(one):
    return {
        (int(item), int(code)): (n, Decimal(w), Decimal(w2))
        for item, codes in one.result["cells"].items()
        for code, (n, w, w2) in codes.items()
    }


def rows(document):
    return {row["unit_id"]: row for row in document["rows"]}


def test_every_member_is_a_row_and_one_without_responses_is_unranked():
    document = table(member(1, 0, 0, 1, 8, 1), member(2, 0, 0, 5, 5, 0), member(3))
    assert [row["unit_id"] for row in document["rows"]] == [1, 2, 3]
    assert rows(document)[3]["unranked_reason"] == "no_responses"
    assert rows(document)[3]["top2"]["value"] is None
    assert document["counts"] == {"members": 3, "ranked": 2, "unranked": 1, "without_responses": 1}
    assert (rows(document)[1]["top2"]["rank"], rows(document)[1]["top2"]["band"]) == (1, {"vi": "Tốt", "en": "Good"})


def test_changes_are_measured_against_the_previous_table():
    before = table(member(1, 0, 0, 9, 1, 0), member(2, 0, 0, 5, 5, 0))
    now = table(member(1, 0, 0, 1, 9, 0), member(2, 0, 0, 5, 5, 0), member(3, 0, 0, 0, 7, 0), previous=before)
    first = rows(now)[1]["top2"]
    assert (first["change_points"], first["change_places"], first["previous_value"], first["previous_rank"]) == (
        "80.00",
        0,
        "10.00",
        2,
    )
    assert rows(now)[2]["top2"]["change_places"] == -2
    assert rows(now)[3]["top2"]["change_reason"] == "not_in_previous"


def test_a_small_unit_and_its_next_smallest_sibling_are_hidden_and_unranked():
    document = table(member(1, 0, 0, 0, 2, 2), member(2, 0, 0, 0, 7, 0), member(3, 0, 0, 10, 10, 0))
    hidden = rows(document)
    assert (hidden[1]["suppressed"], hidden[2]["suppressed"], hidden[3]["suppressed"]) == (
        "small_cell",
        "complementary",
        None,
    )
    assert (hidden[1]["unranked_reason"], hidden[2]["unranked_reason"]) == ("small_cell", "complementary")
    assert (hidden[3]["top2"]["rank"], hidden[1]["top2"]["rank"]) == (1, None)


def test_the_public_view_holds_nothing_of_a_hidden_unit():
    before = table(member(1, 0, 0, 0, 2, 1), member(2, 0, 0, 0, 7, 0), member(3, 0, 0, 10, 10, 0))
    document = table(member(1, 0, 0, 3, 5, 1), member(2, 0, 0, 1, 1, 1), member(3, 0, 0, 10, 10, 0), previous=before)
    public = rows(public_view(document))
    assert public[2]["suppressed"] == "small_cell"
    for row in (public[1], public[2]):
        assert (row["balance"], row["responses"]) == (None, None)
        assert {
            value for figure in (row["top2"], row["mean"]) for name, value in figure.items() if name != "change_reason"
        } == {None}
    assert public[3] == rows(document)[3]


def test_a_figure_hidden_last_period_is_not_given_away_by_a_change():
    before = table(member(1, 0, 0, 0, 2, 1), member(2, 0, 0, 0, 7, 0), member(3, 0, 0, 10, 10, 0))
    now = rows(table(member(1, 0, 0, 5, 5, 5), member(2, 0, 0, 0, 7, 0), member(3, 0, 0, 10, 10, 0), previous=before))[
        1
    ]["top2"]
    assert (now["change_points"], now["previous_value"], now["change_reason"]) == (None, None, "previous_not_shown")


def test_a_sibling_in_another_block_is_hidden_when_only_it_can_be():
    assert suppress({1: 3, 2: 9, 3: 8}, 5) == {1: "small_cell", 3: "complementary"}
    document = table(member(2, 0, 0, 0, 9, 0), member(3, 0, 0, 0, 8, 0), siblings={1: 3})
    assert rows(document)[3]["suppressed"] == "complementary"


def test_small_units_that_are_few_together_take_a_larger_one_with_them():
    assert suppress({1: 1, 2: 1, 3: 9, 4: 8}, 5) == {1: "small_cell", 2: "small_cell", 4: "complementary"}
    assert suppress({1: 2, 2: 3, 3: 9}, 5) == {1: "small_cell", 2: "small_cell"}
    assert not total_reveals({1: 1, 2: 1, 3: 9}, 5)


def test_the_total_is_hidden_when_a_single_small_unit_is_all_of_it():
    document = table(member(1, 0, 0, 0, 3, 0), member(2))
    assert document["scope_result"]["suppressed"] == "small_cell"
    assert public_view(document)["scope_result"]["top2"] is None
    assert total_reveals({1: 3, 2: 0}, 5)
    assert not total_reveals({1: 3, 2: 3}, 5)


def test_an_explanation_states_rule_counts_and_arithmetic_in_both_languages():
    result = unit_result(
        1, "2026-11", FORM, distribution(0, 0, 40, 50, 10), partial=True, lineage=Lineage((5,), constructed=True)
    )
    document = table(Member(1, "Tỉnh 1", {}, result))
    told = explain(result, FORM, "top2", rules=RULES, row=rows(document)[1])
    assert "100 x 60 / 100 = 60.00." in told["rule"]["vi"]
    assert "100 x 60 / 100 = 60.00." in told["rule"]["en"]
    assert told["inputs"][0]["answers"][1] == {"value": 4, "n": 50, "w": "50", "favourable": True}
    assert (told["ranking"]["rank"], told["ranking"]["policy"]) == (1, "satisfaction@test")
    assert told["lineage"]["pooled_unit_ids"] == [5]
    assert json.loads(json.dumps(told)) == told


def test_an_explanation_of_an_unknown_item_names_the_known_ones():
    result = unit_result(1, "2026-11", FORM, distribution(0, 0, 0, 1, 0), partial=True)
    with pytest.raises(NotFound) as refused:
        explain(result, FORM, "top2", item="i9")
    assert "i1" in refused.value.hint
