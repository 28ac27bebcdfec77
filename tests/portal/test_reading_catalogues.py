"""Reading the portal's catalogues and procedures: both generations, what changed, what may not be believed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ranking_worker.portal.catalogue_changes import compare
from ranking_worker.portal.catalogue_entries import join_entries, read_entries
from ranking_worker.portal.procedure_details import Details, read_details

XUAN_LUNG = {
    "id": "019d2be3-6ab4-74ce-8a81-2b36942f2553",
    "code": "H44.105",
    "name": "UBND xã Xuân Lũng",
    "level": 3,
    "hasChild": False,
}


def page(rows: list[Any], **more: Any) -> dict[str, Any]:
    return {"code": "OK", "data": {"rows": rows, **more}, "message": "OK"}


def test_both_generations_give_the_same_agency():
    adapter = read_entries(
        "agency",
        {"error_code": 0, "result": [{"MADONVI": "H44.105", "TENDONVI": "UBND xã Xuân Lũng ", "CAPDONVI": "4"}]},
    )
    public = read_entries("agency", page([XUAN_LUNG], lastId=None))
    assert adapter.findings == public.findings == ()
    assert adapter.by_code["H44.105"] == {"name": "UBND xã Xuân Lũng", "level": "4", "further": {}}
    assert public.by_code["H44.105"] == {
        "name": "UBND xã Xuân Lũng",
        "level": "3",
        "id": XUAN_LUNG["id"],
        "further": {"hasChild": False},
    }


def test_unknown_fields_are_kept_and_long_lists_as_a_digest():
    row = {"MATTHC": "1.000894", "TENTTHC": "Đăng ký kết hôn", "TRANGTHAI": 1, "LINHVUCTHUCHIEN": [{"MALINHVUC": "G15-TP02"}], "MOI": "x", "APDUNG": list(map(str, range(300)))}  # fmt: skip
    found = read_entries("procedure", {"result": [row]}).by_code["1.000894"]
    assert (found["state"], found["fields"], found["further"]["MOI"]) == ("1", ["G15-TP02"], "x")
    assert found["further"]["APDUNG"]["entries"] == 300


def test_an_entry_without_a_code_and_a_code_with_two_contents_are_findings():
    rows = [
        {"MADONVI": "H44.1", "TENDONVI": "A"},
        {"MADONVI": "", "TENDONVI": "B"},
        {"MADONVI": "H44.1", "TENDONVI": "C"},
        "D",
    ]
    found = read_entries("agency", {"result": rows})
    assert [finding.code for finding in found.findings] == ["schema_surprise", "entry_twice", "schema_surprise"]


@pytest.mark.parametrize("document", [None, [], {}, {"result": {}}, {"data": {"rows": {}}}, "x"])
def test_another_envelope_is_a_surprise(document):
    assert [finding.code for finding in read_entries("sector", document).findings] == ["schema_surprise"]


def test_pages_by_cursor_make_one_catalogue_or_none():
    rows = [{**XUAN_LUNG, "id": str(number), "code": f"H44.{number}"} for number in range(100, 104)]
    pages = [
        read_entries("agency", page(rows[start : start + 2], lastId=last, total=4))
        for start, last in ((0, "101"), (2, None))
    ]
    assert pages[0].cursor == "101"
    whole = join_entries(pages)
    assert (len(whole.by_code), whole.findings) == (4, ())
    repeated = join_entries([pages[0], read_entries("agency", page(rows[1:4], total=4))])
    assert [finding.code for finding in repeated.findings] == ["pages_not_one_set"]
    short = join_entries([pages[0], read_entries("agency", page(rows[3:], total=4))])
    assert "4 entries were announced, 3 came" in short.findings[0].message


def test_changes_are_named_and_many_closures_at_once_are_held():
    before = {f"H44.{number}": {"name": str(number)} for number in range(100, 150)}
    now = {**before, "H44.150": {"name": "new"}, "H44.101": {"name": "renamed"}}
    del now["H44.149"]
    found = compare(before, now, largest_drop_percent=10)
    assert [(change.code, change.kind) for change in found.changes] == [
        ("H44.101", "changed"), ("H44.149", "closed"), ("H44.150", "opened"),
    ]  # fmt: skip
    assert found.held is None
    short = dict(list(before.items())[:44])
    assert compare(before, short, largest_drop_percent=10).held is not None
    assert compare(before, dict(list(before.items())[:45]), largest_drop_percent=10).held is None, "exactly ten percent"
    assert compare({"H44": {}}, {}, largest_drop_percent=10).held is None, "one entry may go"
    assert compare({}, before, largest_drop_percent=10).held is None


def details(**record: Any) -> Details:
    found, findings = read_details({"error_code": 0, "result": [{"MATTHC": "1.000894", **record}]})
    assert findings == ()
    assert found is not None
    return found


def way(channel: int, *times: tuple[Any, str], **more: Any) -> dict[str, Any]:
    return {
        "KENH": str(channel),
        "THOIGIAN": [{"THOIGIANGIAIQUYET": given, "DONVITINH": unit, **more} for given, unit in times],
    }


def test_the_longest_limit_counts():
    found = details(
        CACHTHUCTHUCHIEN=[
            way(1, ("10", "Ngày")),
            way(2, ("8", "Ngày làm việc"), ("4", "Giờ")),
            way(3, ("1,5", "Ngày làm việc")),
        ]
    )
    assert (found.limit_days, found.limit_unit) == (Decimal(8), "working_day"), "8 working days are longer than 10 days"
    assert details(CACHTHUCTHUCHIEN=[way(1, ("36", "Giờ"))]).limit_unit == "hour"
    assert details(CACHTHUCTHUCHIEN=[way(1, ("", "Ngày"))]).limit_days is None


def test_what_the_answer_does_not_say_is_not_said():
    assert details() == Details()
    assert details(CACHTHUCTHUCHIEN=[way(1, ("5", "Ngày"))]).service_level == "information"
    assert details(CACHTHUCTHUCHIEN=[way(2, ("5", "Ngày"))]).service_level == "", "online, wholly or in part: not said"
    assert details(MUCDO="4", CACHTHUCTHUCHIEN=[way(2, ("5", "Ngày"))]).service_level == "full"


@pytest.mark.parametrize(
    ("fees", "has_fee"),
    [
        ([{"SOTIEN": "8.000"}], True),
        ([{"SOTIEN": 0}], False),
        ([], False),
        (None, None),
        ([{"SOTIEN": "theo quy định"}], None),
    ],
    ids=["some", "none", "empty", "not-said", "in-words"],
)
def test_fees_are_some_none_or_not_said(fees, has_fee):
    more = {} if fees is None else {"PHILEPHI": fees}
    assert details(CACHTHUCTHUCHIEN=[way(1, ("5", "Ngày"), **more)]).has_fee is has_fee


def test_subjects_results_and_agencies():
    found = details(
        DOITUONGTHUCHIEN=[{"TENDOITUONG": "Doanh nghiệp"}], KETQUATHUCHIEN=[{"MAKETQUA": "KQ01"}],
        COQUANTHUCHIEN=[{"MADONVI": "H44.07"}, {"TENDONVI": "Trung tâm"}],
    )  # fmt: skip
    assert (found.for_citizens, found.result_due, found.units) == (False, True, ("H44.07",))
    assert details(DOITUONGTHUCHIEN=[{"TENDOITUONG": "Công dân Việt Nam"}]).for_citizens is True
    assert details(KETQUATHUCHIEN=[]).result_due is False


def test_a_limit_in_words_is_a_finding_and_no_limit():
    found, findings = read_details(
        {"data": {"id": "x", "detail": {"MATTHC": "1", "CACHTHUCTHUCHIEN": [way(1, ("ngay", "trong ngày"))]}}}
    )
    assert found is not None
    assert found.limit_days is None
    assert [finding.code for finding in findings] == ["limit_unreadable"]
    assert read_details({"result": []})[0] is None
