from decimal import Decimal

from parindex.engine.aggregate import ColumnSpec
from parindex.engine.result import Questionnaire, unit_result
from parindex.engine.table import Heading, Member, Rules, league_table
from scoring_api.ranking import public_table
from support.scoring_facts import kiosk

RULES = Rules("p@1", "competition", (), 2, (), 5, "top2")
OVERALL = ColumnSpec(1, "overall", None, frozenset({4, 5}), 5, satisfaction=True)
QUESTIONS = Questionnaire("KIOSK3", "1", "self_selected", (OVERALL,))


def table(counts, previous=None):
    members = [
        Member(
            one,
            f"U{one}",
            {},
            unit_result(one, "2026-02", QUESTIONS, kiosk(answers), partial=False) if answers else None,
        )
        for one, answers in counts.items()
    ]
    return league_table(
        Heading(9, "P", "department", "2026-02", "2026-01", partial=False),
        members,
        RULES,
        previous=previous,
        scope_result=None,
    )


FULL = table({1: {5: 90, 2: 10}, 2: {5: 80, 2: 20}, 3: {5: 70, 2: 30}, 4: {5: 6, 2: 4}, 5: {}})


def ranks(document):
    return {row["unit_id"]: row["top2"]["rank"] for row in document["rows"]}


def test_a_table_with_nothing_more_to_hide_stays_as_it_is():
    assert public_table(FULL, RULES, {}, {})["rows"] == FULL["rows"]


def test_the_shown_units_are_ranked_among_themselves_so_that_no_gap_tells_of_a_hidden_one():
    shown = public_table(FULL, RULES, {2: "small_cell"}, {})
    assert ranks(shown) == {1: 1, 3: 2, 4: 3, 2: None, 5: None}
    hidden = next(row for row in shown["rows"] if row["unit_id"] == 2)
    assert (
        hidden["suppressed"],
        hidden["unranked_reason"],
        hidden["responses"],
        hidden["balance"],
        hidden["top2"]["value"],
    ) == ("small_cell", "small_cell", None, None, None)
    assert shown["counts"] == {"members": 5, "ranked": 3, "unranked": 2, "without_responses": 1}


def test_the_stored_document_is_left_alone():
    before = ranks(FULL)
    public_table(FULL, RULES, {2: "small_cell"}, {1: "small_cell"}, all_hidden="complementary")
    assert ranks(FULL) == before


def test_a_change_against_a_hidden_previous_figure_is_not_shown():
    later = table({1: {5: 95, 2: 5}, 2: {5: 99, 2: 1}, 3: {5: 70, 2: 30}}, previous=FULL)
    shown = public_table(later, RULES, {}, {2: "complementary"})
    moved = {
        row["unit_id"]: (row["top2"]["change_points"], row["top2"]["change_places"], row["top2"]["change_reason"])
        for row in shown["rows"]
    }
    assert moved[2] == (None, None, "previous_not_shown")
    assert moved[1] == ("5.00", -1, None)
    assert next(row for row in shown["rows"] if row["unit_id"] == 2)["top2"]["previous_value"] is None


def test_places_follow_the_new_rank():
    later = table({1: {5: 95, 2: 5}, 2: {5: 99, 2: 1}, 3: {5: 70, 2: 30}}, previous=FULL)
    shown = public_table(later, RULES, {1: "small_cell"}, {})
    third = next(row for row in shown["rows"] if row["unit_id"] == 3)["top2"]
    assert (third["rank"], third["previous_rank"], third["change_places"]) == (2, 3, 1)
    assert Decimal(third["change_points"]) == 0


def test_under_a_withheld_scope_no_row_and_no_total_is_shown():
    shown = public_table(
        {**FULL, "scope_result": {"responses": 9, "balance": {}, "top2": {}, "mean": {}, "suppressed": None}},
        RULES,
        {},
        {},
        all_hidden="small_cell",
    )
    assert set(ranks(shown).values()) == {None}
    assert {row["suppressed"] for row in shown["rows"]} == {"small_cell", None}
    assert next(row for row in shown["rows"] if row["unit_id"] == 5)["unranked_reason"] == "no_responses"
    assert (shown["scope_result"]["suppressed"], shown["scope_result"]["top2"], shown["scope_result"]["responses"]) == (
        "small_cell",
        None,
        None,
    )
