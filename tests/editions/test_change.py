"""A league table against an earlier one: signs in words, parts, movers, shares, means, and reasons instead of numbers."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from parindex.editions.body import build_body
from parindex.editions.change import compare, place_of, printed_changes
from parindex.editions.comparable import not_comparable
from parindex.editions.erratum import erratum_text
from parindex.editions.words import change_words
from parindex.frameworks.policy_files import load_policies
from support.editions import imported_inputs, round_inputs, satisfaction_inputs


def imported(period: str = "2025-10", **totals: str | None) -> dict[str, Any]:
    """The printed table of a month, with other totals where given (`u46`: of unit 46)."""
    inputs = copy.deepcopy(imported_inputs()) | {"period": period}
    for name, total in totals.items():
        inputs["rows"][name.removeprefix("u")]["total"] = total
    return build_body(inputs)


def row(change: dict[str, Any], unit_id: int) -> dict[str, Any]:
    return next(one for one in change["rows"] if one["unit_id"] == unit_id)


def test_points_and_places_are_said_with_the_sign_in_words():
    before = imported("2025-09", u1="84.00", u46="85.35")
    told = compare(imported(), before)
    assert (row(told, 1)["points"], row(told, 1)["places"]) == ("+2.05", 2)
    assert row(told, 1)["words"] == {"vi": "tăng 2,05 điểm, tăng 2 bậc", "en": "up 2.05 points, up 2 places"}
    assert row(told, 46)["words"]["vi"] == "giảm 0,65 điểm, giảm 1 bậc"
    assert row(told, 4)["words"]["vi"] == "không thay đổi điểm, giữ nguyên hạng"
    assert "số dương là tăng bậc" in told["sign"]["vi"]


def test_movers_shares_and_means_count_the_units_compared():
    told = compare(imported(), imported("2025-09", u1="84.00", u46="85.35"))
    assert [one["unit_id"] for one in told["movers"]["points"]["best"]] == [1]
    assert [one["unit_id"] for one in told["movers"]["points"]["worst"]] == [46]
    shares = told["shares"]["points"]
    assert (shares["compared"], shares["up"], shares["down"], shares["unchanged"]) == (4, 1, 1, 2)
    assert (shares["up_percent"], shares["unchanged_percent"]) == ("25.00", "50.00")
    block = told["means"][0]
    assert (block["now"], block["before"], block["change"]) == ("85.15", "84.68", "+0.47")


def test_a_unit_without_a_figure_on_a_side_has_a_reason_and_no_zero():
    told = compare(imported(), imported("2025-09"))
    without = row(told, 8)
    assert without["now"]["value"] == "70.00"
    assert without["parts"][-1]["reason"]["code"] == "missing"
    assert without["by_part"] is None
    gone = row(compare(imported(u46=None), imported("2025-09")), 46)
    assert (gone["points"], gone["reason"]["code"]) == (None, "no_total")
    assert gone["reason"]["vi"].startswith("kỳ này không có số liệu.")
    assert (gone["places"], gone["places_of"]) == (0, "printed"), "the publisher still printed a place"


def test_units_new_and_gone_are_said_so():
    inputs = imported_inputs()
    for key in ("units", "rows"):
        inputs[key] = {unit: value for unit, value in inputs[key].items() if unit != "46"}
    smaller = build_body(inputs)
    told = compare(imported(), smaller)
    assert (row(told, 46)["status"], row(told, 46)["reason"]["code"]) == ("new", "new")
    (gone,) = compare(smaller, imported())["gone"]
    assert (gone["unit_id"], gone["words"]["vi"]) == (46, "không còn trong bảng này")


def test_a_column_in_which_every_unit_rose_alike_is_called_a_shift_of_the_whole_table():
    inputs = imported_inputs()
    lower = copy.deepcopy(inputs)
    for place, (unit, printed) in enumerate(sorted(lower["rows"].items())):
        printed["parts"]["satisfaction"] = "9.00" if unit != "8" else None
        inputs["rows"][unit]["parts"]["satisfaction"] = f"15.0{2 * place}" if unit != "8" else None
    told = compare(build_body(inputs), build_body(lower))
    satisfaction = next(part for part in told["parts"] if part["code"] == "satisfaction")
    assert satisfaction["shift_of_all"] is True
    assert satisfaction["words"]["vi"] == "Mức độ hài lòng: cả 3 đơn vị đều tăng, từ 6,00 đến 6,04 điểm."


def test_the_change_of_a_printed_total_is_the_sum_of_its_columns_and_what_they_leave():
    told = row(compare(imported(u46="84.80"), imported("2025-09")), 46)
    assert told["by_part"][-1] == {
        "code": "unexplained", "title_vi": "Chênh lệch làm tròn của cơ quan công bố",
        "title_en": "Rounding by the publisher", "points": "+0.10",
    }  # fmt: skip


def test_percents_change_in_percentage_points_and_parts_with_them():
    inputs = round_inputs()
    better = copy.deepcopy(inputs)
    better["inputs"]["990003"]["steering"]["numerator"] = "4"
    told = row(compare(build_body(better), build_body(inputs)), 990003)
    assert (told["points"], told["places"]) == ("+30.00", 0)
    assert told["words"]["vi"] == "tăng 30,00 điểm phần trăm, giữ nguyên hạng"
    assert told["parts"][0]["points"] == "+3.00"


def test_a_small_cell_yields_no_change():
    told = compare(build_body(satisfaction_inputs()), build_body(satisfaction_inputs()))
    hidden = row(told, 990004)
    assert (hidden["points"], hidden["reason"]["code"]) == (None, "small_cell")


def changed(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The body with one member replaced."""
    other = copy.deepcopy(body)
    *above, last = path.split(".")
    inner = other
    for key in above:
        inner = inner[key]
    inner[last] = value
    return other


@pytest.mark.parametrize(
    ("path", "value", "code", "words"),
    [
        ("realm", "sandbox", "other_realm", "phạm vi dữ liệu"),
        ("block", "commune", "other_block", "khối đơn vị"),
        ("index.code", "papi", "other_index", "hai bộ chỉ số"),
        ("index.template", True, "template", "bộ tiêu chí mẫu"),
        ("index.method", "mean", "other_method", "cách tính"),
        ("index.maximum", "80", "other_maximum", "80 và 100"),
        ("policy.ranked_on", "percent", "other_scale", "phần trăm"),
        ("policy.name", "qd766-portal@2022-1", "break_in_series", "không được công bố là so sánh được"),
        ("period.code", "2024", "other_period", "không cùng loại"),
        ("scope", {"unit_id": 1, "name": "Hà Nội", "codes": {}}, "other_scope", "Hà Nội"),
    ],
)
def test_what_may_not_be_compared_says_why_instead_of_a_number(path: str, value: Any, code: str, words: str):
    now = imported()
    before = changed(now, path, value)
    (reason,) = not_comparable(now, before)
    assert (reason.code, words in reason.vi) == (code, True)
    told = compare(now, before)
    assert (told["comparable"], {one["points"] for one in told["rows"]}) == (False, {None})
    assert told["rows"][0]["words"]["vi"].startswith("Không so sánh được: ")


def test_a_version_declared_comparable_is_compared_in_both_directions():
    now = changed(imported(), "policy.name", "qd766-portal@2026-1")
    declared = changed(now, "policy.comparable_with", ["2025-1"])
    assert [reason.code for reason in not_comparable(now, imported())] == ["break_in_series"]
    assert not_comparable(declared, imported()) == not_comparable(imported(), declared) == []


def test_papi_of_60_and_of_80_points_are_not_comparable():
    def papi(version: str) -> dict[str, Any]:
        inputs = imported_inputs()
        policy = load_policies().get("papi-index", version)
        index = {**inputs["index"], "code": "papi", "maximum": f"{policy.maximum:f}", "parts": policy.document["parts"]}
        rows = {unit: {**one, "parts": {}} for unit, one in inputs["rows"].items()}
        return build_body({**inputs, "policy": policy.document, "index": index, "rows": rows, "period": version[:4]})

    reasons = not_comparable(papi("2018-1"), papi("2011-1"))
    assert [reason.code for reason in reasons] == ["break_in_series", "other_maximum"]
    assert reasons[1].vi == "điểm tối đa khác nhau: 60 và 80."


def test_changes_that_were_printed_are_said_where_the_earlier_table_is_not_known():
    inputs = imported_inputs()
    inputs["rows"]["46"]["printed_change"] = {"points": None, "places": -4}
    (said,) = printed_changes(build_body(inputs))
    assert (said["unit_id"], said["places"], said["words"]["vi"]) == (46, -4, "giảm 4 bậc")


def test_an_erratum_names_what_changed_why_and_whose_rank_moved():
    text = erratum_text(imported(u4="84.80"), imported(), "Nhập sai một dòng.")
    assert text.startswith("Nhập sai một dòng. Số liệu quan sát lúc 20:01 ngày 11/10/2025 được thay bằng")
    assert "1 đơn vị đổi hạng: Tỉnh Huế từ 2 thành 3." in text


def test_places_are_read_from_printed_ranks_only_where_they_are_numbers():
    assert [place_of(one) for one in (34, "34", "21/63", "last", None, "")] == [34, 34, 21, None, None, None]


def test_nothing_known_says_nothing():
    assert change_words(None, None) is None
