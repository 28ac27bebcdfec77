"""The body of an edition: places on what is published, reasons instead of zeros, the same bytes for the same inputs."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

from parindex.editions.body import build_body
from parindex.engine.digest import canonical_json
from parindex.errors import Conflict, Invalid
from support.editions import counted, imported_inputs, round_inputs, satisfaction_inputs

KINDS = [round_inputs, satisfaction_inputs, imported_inputs]


def places(body: dict[str, Any]) -> list[tuple[int, int | None, str | None, str | None]]:
    return [
        (row["unit_id"], row["rank"], row["value"], row["unranked"] and row["unranked"]["code"]) for row in body["rows"]
    ]


def row(body: dict[str, Any], unit_id: int) -> dict[str, Any]:
    return next(one for one in body["rows"] if one["unit_id"] == unit_id)


def shuffled(value: Any, random_: random.Random) -> Any:
    """The same value with the members of every object in another order."""
    if isinstance(value, dict):
        items = [(key, shuffled(one, random_)) for key, one in value.items()]
        random_.shuffle(items)
        return dict(items)
    return [shuffled(one, random_) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_inputs_in_any_order_give_the_same_bytes(make, seed):
    inputs = make()
    expected = canonical_json(build_body(inputs))
    assert canonical_json(build_body(shuffled(inputs, random.Random(seed)))) == expected


@pytest.mark.parametrize("make", KINDS)
def test_building_leaves_the_inputs_as_they_are(make):
    inputs = make()
    before = copy.deepcopy(inputs)
    build_body(inputs)
    assert inputs == before


def test_a_round_ranks_equal_figures_alike_and_lists_who_has_something_missing():
    body = build_body(round_inputs())
    assert places(body) == [
        (990001, 1, "78.00", None),
        (990002, 1, "78.00", None),
        (990003, 3, "40.00", None),
        (990004, None, None, "missing"),
    ]
    last = row(body, 990004)
    assert last["unranked"]["reason_vi"] == "Chưa xếp hạng: còn 1 tiêu chí thành phần chưa có kết quả."
    assert last["unranked"]["missing"] == ["satisfaction"]
    assert last["points"] is None
    assert last["parts"]["satisfaction"] == {"points": None, "maximum": "6", "percent": None, "rank": None}
    assert body["policy"]["tie_words"]["vi"] == "Bằng điểm thì cùng hạng, hạng tiếp theo nhảy bậc (1, 2, 2, 4)."
    assert body["means"] == [
        {"scope": "block", "title_vi": "Các sở, ban, ngành", "title_en": "Departments", "value": "65.33", "units": 3}
    ]


def test_a_printed_table_keeps_its_digits_and_printed_places_beside_ours():
    body = build_body(imported_inputs())
    assert places(body) == [
        (1, 1, "86.05", None),
        (4, 2, "84.70", None),
        (46, 2, "84.70", None),
        (8, None, "70.00", "missing_parts"),
    ]
    assert [row(body, unit_id)["printed_rank"] for unit_id in (1, 4, 46, 8)] == [1, 3, 2, 4]
    assert row(body, 8)["unranked"]["reason_vi"] == "Không xếp hạng: thiếu điểm Mức độ hài lòng."
    assert [(one["scope"], one["title_vi"], one["value"]) for one in body["means"]] == [
        ("block", "Các tỉnh, thành phố", "85.15"),
        ("nation", "Cả nước", "85.15"),
        ("region", "Miền Bắc", "85.38"),
        ("region", "Miền Trung", "84.70"),
    ]
    assert row(body, 1)["grade"] == {"label_vi": "Tốt", "label_en": "Good"}


def test_of_a_fragment_only_printed_places_and_grades_are_given():
    inputs = imported_inputs()
    inputs["index"]["fragment"] = True
    del inputs["rows"]["1"]
    body = build_body(inputs)
    assert places(body) == [
        (1, None, None, "not_published"),
        (4, None, "84.70", "fragment"),
        (8, None, "70.00", "fragment"),
        (46, None, "84.70", "fragment"),
    ]
    assert row(body, 4)["grade"]["label_vi"] == "Tốt"
    assert row(body, 4)["printed_rank"] == 3
    assert row(body, 1)["printed_rank"] is None
    assert body["means"][0] == {**body["means"][0], "value": None, "units": 0}


def test_groups_by_place_are_quarters_of_the_ranked():
    inputs = imported_inputs()
    labels = [{"label_vi": f"Nhóm {place}", "label_en": f"Group {place}"} for place in range(1, 5)]
    inputs["policy"] = {**inputs["policy"], "grouping": {"method": "quartiles", "labels": labels}}
    groups = {one["unit_id"]: one["group"] and one["group"]["label_vi"] for one in build_body(inputs)["rows"]}
    assert groups == {1: "Nhóm 1", 4: "Nhóm 2", 46: "Nhóm 2", 8: None}


def test_declared_tie_breakers_decide_and_are_printed_in_words():
    inputs = satisfaction_inputs()
    inputs["results"] |= {"990002": counted(36, 4), "990004": counted(1, 9)}
    inputs["policy"] = {**inputs["policy"], "tie_rule": "ordinal", "tie_breakers": ["responses", "unit_id"]}
    body = build_body(inputs)
    assert [one for one in places(body) if one[1]][:2] == [(990002, 1, "90.00", None), (990001, 2, "90.00", None)]
    assert "nhiều phiếu trả lời hơn; thứ tự đăng ký" in body["policy"]["tie_words"]["vi"]
    assert row(body, 990001)["parts"]["access"]["rank"] == row(body, 990002)["parts"]["access"]["rank"] == 1


def test_the_points_of_a_part_break_a_tie_and_its_title_is_printed():
    inputs = imported_inputs()
    (code, title) = (inputs["index"]["parts"][-1][key] for key in ("code", "title_vi"))
    breakers = [f"part:{code}", "unit_id"]
    inputs["policy"] = {
        **inputs["policy"],
        "tie_rule": "ordinal",
        "tie_breakers": breakers,
        "parts": inputs["index"]["parts"],
    }
    for first, second in ((4, 46), (46, 4)):
        for unit, points in ((first, "5.01"), (second, "5.00")):
            inputs["rows"][str(unit)] = {
                **inputs["rows"][str(unit)],
                "total": "84.70",
                "parts": {one["code"]: "5.01" if one["code"] != code else points for one in inputs["index"]["parts"]},
            }
        body = build_body(inputs)
        assert row(body, first)["rank"] + 1 == row(body, second)["rank"]
        assert f"điểm {title} cao hơn; thứ tự đăng ký" in body["policy"]["tie_words"]["vi"]
        assert body["policy"]["tie_breakers"] == breakers


def test_an_ordinal_rule_that_leaves_a_tie_is_refused():
    inputs = satisfaction_inputs()
    inputs["results"] |= {"990002": counted(18, 2), "990004": counted(1, 9)}
    inputs["policy"] = {**inputs["policy"], "tie_rule": "ordinal", "tie_breakers": ["responses"]}
    with pytest.raises(Invalid) as refused:
        build_body(inputs)
    assert refused.value.code == "tie_unresolved"


def test_small_cells_show_neither_figure_nor_place_nor_count():
    body = build_body(satisfaction_inputs())
    assert places(body) == [
        (990001, 1, "90.00", None),
        (990003, 2, "50.00", None),
        (990002, None, None, "complementary"),
        (990004, None, None, "small_cell"),
        (990005, None, None, "no_responses"),
    ]
    for unit_id in (990002, 990004):
        hidden = row(body, unit_id)
        assert hidden["responses"] is None
        assert all(figure is None for part in hidden["parts"].values() for figure in part.values())
    assert row(body, 990005)["responses"] == 0


def test_what_another_public_table_withholds_is_withheld_here_too():
    body = build_body(satisfaction_inputs(withheld={"990003": "complementary"}))
    assert row(body, 990003)["value"] is None
    assert build_body(satisfaction_inputs(scope_withheld=True))["means"][-1]["value"] is None


def test_a_factor_with_a_small_item_is_withheld_with_another_that_would_reveal_it():
    inputs = satisfaction_inputs()
    cells = inputs["results"]["990003"]["cells"]
    cells["1"] = {"5": [2, "2", "2"]}
    parts = row(build_body(inputs), 990003)["parts"]
    assert parts["access"]["percent"] is None
    assert sum(part["percent"] is None for part in parts.values()) >= 2
    assert any(part["percent"] is not None for part in parts.values())


def test_another_engine_version_is_refused_by_its_name():
    with pytest.raises(Conflict, match="engine version 0"):
        build_body({**round_inputs(), "engine_version": "0"})


def test_a_worse_unit_added_changes_nobody_above_it():
    inputs = imported_inputs()
    before = build_body(inputs)
    inputs["units"]["99"] = inputs["units"]["1"]
    inputs["rows"]["99"] = {**inputs["rows"]["1"], "total": "10.00", "printed_rank": 5}
    after = build_body(inputs)
    assert [one[:3] for one in places(after) if one[0] != 99] == [one[:3] for one in places(before)]
