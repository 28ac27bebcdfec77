"""The change of a total taken apart by criterion: exact parts, printed parts that sum to the printed whole, causes named."""

from __future__ import annotations

import copy
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parindex.editions.decompose import decompose, printed
from parindex.engine.read_inputs import read_for
from parindex.engine.score import Scored, compile_framework
from parindex.errors import Invalid
from parindex.frameworks.criteria_file import read_framework_json
from support.editions import FRAMEWORK
from support.trees import frameworks, inputs


@st.composite
def two_years(draw) -> tuple[Scored, Scored]:
    """One unit scored twice by a random framework, both times with everything there."""
    built = draw(frameworks())
    plan = compile_framework(built, "all")
    return tuple(plan.score(read_for(plan, draw(inputs(built, complete=True)))) for _ in range(2))


@pytest.mark.slow
@given(two_years())
def test_the_parts_sum_exactly_to_the_change_of_points_and_of_percent(years):
    before, now = years
    told = decompose(now, before)
    assert told.points == now.decimal(now.points) - before.decimal(before.points)
    assert sum((part.points for part in told.parts), told.points_rounding) == Fraction(told.points)
    if told.percent is not None:
        assert told.percent == now.index - before.index
        assert sum((part.percent for part in told.parts), told.percent_rounding) == Fraction(told.percent)


@given(two_years())
def test_the_printed_parts_sum_to_the_printed_whole(years):
    before, now = years
    document = decompose(now, before).document()
    for whole in ("points", "percent"):
        if document[whole] is not None:
            assert sum((Decimal(part[whole]) for part in document["parts"]), Decimal(0)) == Decimal(document[whole])


@given(two_years())
def test_what_rounding_contributes_is_less_than_one_unit_and_nothing_in_a_main_section_of_rounded_components(years):
    before, now = years
    told = decompose(now, before)
    sections = 2 * len({root.node.section for root in now.plan.roots})
    assert abs(told.points_rounding) <= Fraction(sections, 2 * 10**told.digits)
    # An imported branch may carry more digits than the framework's: then the total's own rounding stays.
    unrounded = any((part.points * 10**told.digits).denominator > 1 for part in told.parts)
    if now.plan.framework.rounding_at == "component" and sections == 2 and not unrounded:
        assert told.points_rounding == 0


@given(st.lists(st.fractions(-50, 50), min_size=1, max_size=12), st.integers(0, 3), st.integers(-2, 2))
def test_no_printed_part_is_more_than_a_unit_away_from_its_exact_value_beyond_what_the_whole_forces(parts, digits, off):
    whole = Decimal(round(sum(parts) * 10**digits)).scaleb(-digits) + Decimal(off).scaleb(-digits)
    shown = printed(parts, whole, digits)
    assert sum(shown, Decimal(0)) == whole
    forced = Fraction(abs(off) + 1, len(parts))
    assert all(abs(Fraction(one) - part) <= (1 + forced) / 10**digits for one, part in zip(shown, parts, strict=True))


def test_the_largest_remainder_is_rounded_up_first_and_of_equal_ones_the_earlier():
    thirds = [Fraction(1, 3)] * 3
    assert printed(thirds, Decimal("1.00"), 2) == [Decimal("0.34"), Decimal("0.33"), Decimal("0.33")]
    assert printed([Fraction(1, 4), Fraction(3, 4)], Decimal("1.0"), 1) == [Decimal("0.3"), Decimal("0.7")]


def scored(given_inputs, **changed) -> Scored:
    document = copy.deepcopy(FRAMEWORK) | changed
    plan = compile_framework(read_framework_json(document).framework, "department")
    return plan.score(read_for(plan, given_inputs))


def share(done, favourable):
    return {
        "steering": {"numerator": str(done), "denominator": "4"},
        "satisfaction": {"favourable": str(favourable), "answers": "100"},
    }


def test_each_criterion_says_what_it_gained_and_lost_in_words():
    document = decompose(scored(share(3, 80)), scored(share(4, 75))).document()
    assert (document["points"], document["percent"]) == ("-0.70", "-7.00")
    assert [(part["code"], part["points"], part["words"]["vi"]) for part in document["parts"]] == [
        ("steering", "-1.00", "giảm 1,00 điểm"),
        ("satisfaction", "+0.30", "tăng 0,30 điểm"),
    ]
    assert [cause["code"] for part in document["parts"] for cause in part["causes"]] == ["result", "result"]


def test_a_component_that_no_longer_applies_moves_the_percent_by_its_maximum():
    now = scored({**share(4, 80), "satisfaction": {"not_applicable": True}})
    document = decompose(now, scored(share(4, 80))).document()
    assert (document["points"], document["percent"]) == ("-4.80", "+12.00")
    steering, satisfaction = (
        next((part for part in document["parts"] if part["code"] == code), None)
        for code in ("steering", "satisfaction")
    )
    assert steering is None, "nothing of it changed"
    assert [cause["code"] for cause in satisfaction["causes"]] == ["result", "applies"]
    assert satisfaction["percent"] == "+12.00"


def second_version(**more):
    children = copy.deepcopy(FRAMEWORK["children"])
    children[0] |= {"max": "3", "rule": "threshold", "full_at": "0.8"}
    children.append({**FRAMEWORK["children"][0], "code": "digital", "number": "3", "max": "1"})
    return {"version": "2", "children": children, **more}


def test_over_two_versions_the_causes_are_named_where_they_are_declared_comparable():
    given_now = {**share(4, 80), "digital": {"numerator": "1", "denominator": "2"}}
    now = scored(given_now, **second_version(comparable_with=["1"]))
    document = decompose(now, scored(share(4, 80))).document()
    causes = {part["code"]: [cause["code"] for cause in part["causes"]] for part in document["parts"]}
    assert causes == {"steering": ["result", "rule", "maximum"], "digital": ["new"]}
    assert {part["code"]: part["points"] for part in document["parts"]} == {"steering": "-1.00", "digital": "+0.50"}
    backwards = decompose(scored(share(4, 80)), now).document()
    assert {part["code"]: part["causes"][0]["code"] for part in backwards["parts"]} == {
        "steering": "result",
        "digital": "gone",
    }


def test_versions_that_are_not_declared_comparable_are_refused():
    now = scored({**share(4, 80), "digital": {"numerator": "1", "denominator": "2"}}, **second_version())
    with pytest.raises(Invalid, match="test-index@2 and test-index@1 are not declared comparable"):
        decompose(now, scored(share(4, 80)))


def test_a_total_that_is_not_final_has_no_change():
    with pytest.raises(Invalid, match=r"1 components of test-index@1 are missing \(satisfaction\)"):
        decompose(scored({"steering": {"numerator": "1", "denominator": "4"}}), scored(share(4, 80)))
