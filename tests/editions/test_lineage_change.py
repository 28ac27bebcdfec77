"""63 provinces and 34, communes merged and divided: predecessors are shown, combined only by a declared rule, never guessed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from parindex.editions.body import build_body
from parindex.editions.change import compare
from parindex.editions.lineage import Ancestry
from parindex.units.catalogue import UnitCatalogue
from parindex.units.lineage import Lineage
from parindex.units.records import LineageLink
from parindex.units.shipped import read_shipped
from support.editions import imported_inputs, unit

BEFORE, AFTER = dt.date(2024, 12, 31), dt.date(2025, 12, 31)
MERGED, WHOLE, SPLIT, HALVES, HEIR, ORIGIN = 10, (11, 12), 20, (21, 22), 30, 31
RULE = {"rule": "weighted_mean", "weights": "equal", "note_vi": "Theo quy tắc thử.", "note_en": "By a rule for a test."}


@pytest.fixture(scope="module")
def catalogue() -> UnitCatalogue:
    register = read_shipped()
    return UnitCatalogue(1, register.units, register.lineage)


def table(values: dict[int, str | None], period: str, **policy: Any) -> dict[str, Any]:
    """A printed table of these totals; `policy` adds declarations."""
    inputs = imported_inputs()
    rows = {
        str(key): {"printed_code": "", "printed_name": f"U{key}", "printed_rank": None, "total": value, "parts": {}}
        for key, value in values.items()
    }
    return build_body(
        {
            **inputs,
            "period": period,
            "units": {str(key): unit(f"Tỉnh {key}") for key in values},
            "policy": {**inputs["policy"], **policy},
            "rows": rows,
        }
    )


def link(predecessor: int, successor: int, extent: str = "full") -> LineageLink:
    return LineageLink(predecessor, successor, extent, dt.date(2025, 7, 1), "", "")


LINKS = [
    *(link(one, MERGED) for one in WHOLE),
    *(link(SPLIT, half, "partial") for half in HALVES),
    link(ORIGIN, HEIR),
]


def told(now: dict[str, Any], before: dict[str, Any], links: Iterable[LineageLink] = LINKS, **more: Any) -> Any:
    change = compare(now, before, ancestry=Ancestry(Lineage(links), more.get("weights", {}), "Niên giám thử"))
    return change, {row["unit_id"]: row for row in change["rows"]}


OLD = {11: "80.00", 12: "90.01", SPLIT: "70.00", ORIGIN: "60.00", 40: "50.00"}
NEW = {MERGED: "86.00", 21: "71.00", 22: "72.00", HEIR: "61.50", 40: "51.00"}


def test_a_merged_unit_shows_its_predecessors_and_no_number_without_a_declared_rule():
    change, rows = told(table(NEW, "2025-11"), table(OLD, "2025-06"))
    merged = rows[MERGED]
    assert [(one["unit_id"], one["extent"], one["value"]) for one in merged["predecessors"]] == [
        (11, "full", "80.00"), (12, "full", "90.01"),
    ]  # fmt: skip
    assert (merged["points"], merged["baseline"], merged["constructed"]) == (None, None, False)
    assert merged["words"]["vi"] == (
        "Không so sánh được: đơn vị được thành lập từ 2 đơn vị (Tỉnh 11 80,00; Tỉnh 12 90,01);"
        " không có quy tắc đã công bố để tính số liệu gộp."
    )
    assert {one["unit_id"]: one["into_successor"] for one in change["gone"]} == {11: True, 12: True, 20: True, 31: True}


def test_a_declared_rule_gives_a_constructed_baseline_with_its_weights_named():
    _, rows = told(table(NEW, "2025-11", baseline=RULE), table(OLD, "2025-06", baseline=RULE))
    merged = rows[MERGED]
    assert (merged["baseline"]["value"], merged["constructed"], merged["points"]) == ("85.01", True, "+0.99")
    assert [(one["unit_id"], one["weight"]) for one in merged["baseline"]["of"]] == [(11, "1"), (12, "1")]
    assert merged["baseline"]["words"]["vi"] == (
        "Số liệu dựng lại: trung bình có trọng số mỗi đơn vị trước đây như nhau (Tỉnh 11 1, Tỉnh 12 1). Theo quy tắc thử."
    )
    assert merged["places"] is None, "a constructed baseline had no place"


def test_weights_that_nobody_gave_are_a_reason_and_given_ones_are_used():
    rule = {**RULE, "weights": "population"}
    now, before = table(NEW, "2025-11", baseline=rule), table(OLD, "2025-06", baseline=rule)
    _, rows = told(now, before)
    assert (rows[MERGED]["reason"]["code"], rows[MERGED]["points"]) == ("weights_missing", None)
    _, rows = told(now, before, weights={11: Decimal(3), 12: Decimal(1)})
    assert (rows[MERGED]["baseline"]["value"], rows[MERGED]["baseline"]["weights_source"]) == ("82.50", "Niên giám thử")


def test_a_unit_split_in_two_is_listed_beside_both_and_carried_to_neither():
    _, rows = told(table(NEW, "2025-11", baseline=RULE), table(OLD, "2025-06", baseline=RULE))
    for half in HALVES:
        assert (rows[half]["points"], rows[half]["baseline"]) == (None, None)
        assert rows[half]["reason"]["code"] == "partial_lineage"
        assert [(one["unit_id"], one["extent"]) for one in rows[half]["predecessors"]] == [(SPLIT, "partial")]
        assert "một phần lãnh thổ, không rõ tỷ lệ" in rows[half]["words"]["vi"]


def test_a_unit_that_continues_one_whole_predecessor_has_its_figure():
    _, rows = told(table(NEW, "2025-11"), table(OLD, "2025-06"))
    heir = rows[HEIR]
    assert (heir["points"], heir["baseline"]["rule"], heir["constructed"]) == ("+1.50", "continued", False)
    assert rows[40]["points"] == "+1.00"


def test_a_predecessor_without_a_figure_or_outside_the_table_makes_no_baseline():
    _, rows = told(table(NEW, "2025-11", baseline=RULE), table({**OLD, 12: None}, "2025-06", baseline=RULE))
    assert (rows[MERGED]["reason"]["code"], "Tỉnh 12" in rows[MERGED]["reason"]["vi"]) == (
        "predecessor_without_figure",
        True,
    )
    without = {key: value for key, value in OLD.items() if key != 12}
    _, rows = told(table(NEW, "2025-11", baseline=RULE), table(without, "2025-06", baseline=RULE))
    assert rows[MERGED]["reason"]["code"] == "predecessor_without_figure"


def test_a_chain_of_mergers_counts_each_predecessor_once():
    links = [link(1, 5), link(2, 5), link(5, 9), link(3, 9)]
    _, rows = told(
        table({9: "80.00"}, "2025-11", baseline=RULE), table({1: "60.00", 2: "70.00", 3: "80.00"}, "2025-06"), links
    )
    assert [one["unit_id"] for one in rows[9]["predecessors"]] == [1, 2, 3]
    assert rows[9]["baseline"]["value"] == "70.00"


@pytest.mark.slow
def test_the_34_provinces_against_their_63_predecessors(catalogue: UnitCatalogue):
    old = catalogue.members(0, "province", BEFORE)
    new = catalogue.members(0, "province", AFTER)
    before = table({one: f"{60 + one % 30}.50" for one in old}, "2025-06")
    now = table({one: f"{60 + one % 30}.75" for one in new}, "2025-11")
    change = compare(now, before, ancestry=Ancestry(catalogue.lineage, {}))
    rows = {row["unit_id"]: row for row in change["rows"]}
    unchanged = [row for row in rows.values() if row["status"] == "compared"]
    merged = [row for row in rows.values() if row["status"] == "new"]
    assert (len(rows), len(unchanged), len(merged)) == (34, 11, 23)
    assert {row["points"] for row in unchanged} == {"+0.25"}
    assert {row["points"] for row in merged} == {None}
    assert {row["reason"]["code"] for row in merged} == {"newly_formed"}
    assert sum(len(row["predecessors"]) for row in merged) == 52
    assert all(one["into_successor"] for one in change["gone"])
    assert change["shares"]["points"]["compared"] == 11


@pytest.mark.slow
def test_every_commune_of_today_is_compared_or_says_why(catalogue: UnitCatalogue):
    old = {
        one.predecessor_id for one in catalogue.lineage.links if catalogue.unit(one.predecessor_id).kind == "commune"
    }
    new = catalogue.members(0, "commune", AFTER)
    kept = {one for one in new if not catalogue.lineage.predecessors(one)}
    before = table(dict.fromkeys(sorted(old | kept), "80.00"), "2025-06")
    change = compare(table(dict.fromkeys(new, "81.00"), "2025-11"), before, ancestry=Ancestry(catalogue.lineage, {}))
    counted: dict[str, int] = {}
    for row in change["rows"]:
        what = "compared" if row["points"] else row["reason"]["code"]
        counted[what] = counted.get(what, 0) + 1
    assert sum(counted.values()) == 3321
    divided = {one for one in new if catalogue.partial_predecessors(one)}
    continued = {one for one in new if len(catalogue.full_predecessors(one)) == 1} - divided
    islands = {one for one in continued if not old.issuperset(catalogue.full_predecessors(one))}
    assert (counted["compared"], counted["new"]) == (len(kept) + len(continued - islands), len(islands)) == (132, 5)
    assert set(counted) == {"compared", "new", "newly_formed", "partial_lineage"}, (
        "island districts were in no table of communes"
    )
    assert counted["partial_lineage"] == len(divided)


def test_the_story_of_1_july_2025_a_merged_province_an_unchanged_one_and_a_commune_split_in_two(
    catalogue: UnitCatalogue,
):
    """Real units and lineage, invented figures: what a reader of the first table after the mergers is told, unit by unit."""

    def of_now(name: str, block: str) -> int:
        return next(one for one in catalogue.members(0, block, AFTER) if catalogue.name(one, AFTER) == name)

    phu_tho, ha_noi = of_now("Tỉnh Phú Thọ", "province"), of_now("Thành phố Hà Nội", "province")
    old = [*catalogue.full_predecessors(phu_tho), ha_noi]
    assert sorted(catalogue.name(one, BEFORE) for one in old) == [
        "Thành phố Hà Nội", "Tỉnh Hòa Bình", "Tỉnh Phú Thọ", "Tỉnh Vĩnh Phúc",
    ]  # fmt: skip
    figures = dict(zip(old, ("80.10", "82.20", "84.40", "88.00"), strict=True))
    provinces = compare(
        table({phu_tho: "83.00", ha_noi: "88.65"}, "2025-11"),
        table(figures, "2025-06"),
        ancestry=Ancestry(catalogue.lineage, {}),
    )
    rows = {row["unit_id"]: row for row in provinces["rows"]}
    assert (rows[ha_noi]["points"], rows[ha_noi]["words"]["vi"][:13]) == ("+0.65", "tăng 0,65 điể")
    assert rows[phu_tho]["points"] is None
    assert rows[phu_tho]["words"]["vi"].startswith("Không so sánh được: đơn vị được thành lập từ 3 đơn vị")
    assert {one["value"] for one in rows[phu_tho]["predecessors"]} == {"80.10", "82.20", "84.40"}
    assert all(one["into_successor"] for one in provinces["gone"])

    parts: dict[int, list[int]] = {}
    for tie in catalogue.lineage.links:
        if tie.extent == "partial" and catalogue.unit(tie.predecessor_id).kind == "commune":
            parts.setdefault(tie.predecessor_id, []).append(tie.successor_id)
    split, halves = next((one, into) for one, into in sorted(parts.items()) if len(into) == 2)
    communes = compare(
        table(dict.fromkeys(halves, "71.00"), "2025-11"),
        table({split: "70.00"}, "2025-06"),
        ancestry=Ancestry(catalogue.lineage, {}),
    )
    for row in communes["rows"]:
        assert (row["points"], row["reason"]["code"]) == (None, "partial_lineage")
        assert split in {one["unit_id"] for one in row["predecessors"] if one["extent"] == "partial"}
        assert "một phần lãnh thổ, không rõ tỷ lệ" in row["words"]["vi"]
