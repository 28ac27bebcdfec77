"""Front D of the simulator, through a raw client."""

from __future__ import annotations

import httpx
import pytest

from portal.simulator.country import Country
from portal.simulator.talk import evaluation, posted

PHU_THO = Country(1, small=True).agencies["H44"].id
DAK_LAK = Country(1, small=True).agencies["H15"].id


def asked(simulator, group, **body):
    answer = evaluation(simulator, f"evaluation/{group}", rootDepartmentId=PHU_THO, **body)
    assert (answer.status_code, answer.json()["code"]) == (201, "OK")
    return answer.json()["data"]


def by_code(row):
    return {metric["code"]: metric for metric in row["metrics"]}


QUARTER = {"fromDate": "2026-07-01", "toDate": "2026-09-30"}


def test_the_34_provinces_are_listed_with_their_codes(simulator):
    rows = evaluation(simulator, "evaluation/service-results").json()["data"]["evaluation"]
    assert len({row["departmentCode"] for row in rows}) == 34
    assert [row["departmentCode"] for row in rows if row["totalScore"] is None] == ["H15"]


@pytest.mark.parametrize(
    ("group", "most"),
    [("dvc-progress-tree", 20), ("provide-online-tree", 12), ("formality-online-payment-tree", 10)],
)
def test_trees_have_a_parent_and_children_with_codes(simulator, group, most):
    data = asked(simulator, group)
    assert (data["parent"]["departmentCode"], data["parent"]["departmentId"]) == ("H44", PHU_THO)
    assert [row["departmentCode"] for row in data["children"]] == ["H44.01", "H44.02", "H44.101", "H44.102", "H44.103"]
    counted = {"dvc-progress-tree": "totalReceived", "formality-online-payment-tree": "totalDossierFinancialObligation"}
    if name := counted.get(group):
        assert data["parent"][name] == sum(row[name] for row in data["children"])
    else:
        assert "channelTotalSum" in data["parent"]
        assert not any("channelTotalSum" in row for row in data["children"]), "counts stand at the root only"
    assert data["parent"]["totalMaxScore"] == most
    assert {row.get("maxScore", row.get("totalMaxScore")) for row in data["children"]} == {most}


@pytest.mark.parametrize(
    ("group", "most"), [("transparency", 18), ("dossier-digitized", 22), ("handling-satisfaction", 18)]
)
def test_evaluations_have_an_overview_and_rows_without_codes(simulator, group, most):
    data = asked(simulator, group, **QUARTER)
    assert data["overview"]["totalMaxScore"] == most
    assert all("departmentCode" not in row for row in data["evaluation"])
    assert len(data["evaluation"]) == 5


def test_recorded_figures_of_phu_tho_come_out(simulator):
    counts = {
        "received": 464_494, "on_time": 403_016, "satisfied": 402_886,
        "petitions": 499, "petitions_on_time": 300, "petitions_satisfied": 238,
    }  # fmt: skip
    simulator.control(figures=[{"unit": "H44", "period": "2026-Q3", "counts": counts}])
    progress = asked(simulator, "dvc-progress-tree")["parent"]
    assert (progress["totalOnTime"], progress["ratio"], progress["totalScore"]) == (403_016, 86.76, 17.35)
    metrics = by_code(asked(simulator, "handling-satisfaction", **QUARTER)["overview"])
    satisfaction = metrics["DOSSIER_RECEIVING_SATISFACTION"]
    assert (satisfaction["ratio"], satisfaction["score"]) == (86.74, 5.78)
    assert metrics["PETITION_PROCESSING_ON_TIME"]["score"] == 3.61
    assert metrics["PETITION_HANDLING_SATISFACTION"]["score"] == 2.86
    assert (
        metrics["PETITION_CLASSIFICATION_STAFF"]["maxScore"],
        metrics["PETITION_CLASSIFICATION_STAFF"]["score"],
    ) == (0, None)


def test_nothing_to_divide_by_is_null_in_one_group_and_six_points_in_another(simulator):
    counts = {"petitions": 0, "petitions_on_time": 0, "petitions_satisfied": 0, "received": 0, "updated": 0}
    simulator.control(figures=[{"unit": "H44", "period": "2026-Q3", "counts": counts}])
    metrics = by_code(asked(simulator, "handling-satisfaction", **QUARTER)["overview"])
    assert [metrics[code]["ratio"] for code in ("PETITION_PROCESSING_ON_TIME", "DOSSIER_RECEIVING_SATISFACTION")] == [
        0,
        0,
    ]
    assert metrics["PETITION_PROCESSING_ON_TIME"]["score"] == 6
    assert metrics["DOSSIER_RECEIVING_SATISFACTION"]["score"] == 0
    update = by_code(asked(simulator, "transparency")["overview"])["PUBLIC_UPDATE_ON_TIME"]
    assert (update["ratio"], update["score"]) == (None, None)


def test_a_month_is_offered_after_it_ends_and_the_quarter_at_once(simulator):
    august = {"timeType": "month", "month": 8}
    assert asked(simulator, "dvc-progress-tree", **august)["parent"]["totalReceived"] > 0
    simulator.control(clock={"at": "2026-10-31T23:00:00+07:00"})
    assert asked(simulator, "dvc-progress-tree", timeType="month", month=10)["parent"] is None
    assert asked(simulator, "dvc-progress-tree", quarter=4)["parent"]["totalReceived"] > 0
    simulator.control(clock={"at": "2026-11-01T00:00:00+07:00"})
    assert asked(simulator, "dvc-progress-tree", timeType="month", month=10)["parent"]["totalReceived"] > 0


def test_months_add_up_to_their_quarter(simulator):
    months = [asked(simulator, "dvc-progress-tree", timeType="month", month=month)["parent"] for month in (7, 8, 9)]
    quarter = asked(simulator, "dvc-progress-tree")["parent"]
    for name in ("totalReceived", "totalOnTime"):
        assert sum(row[name] for row in months) == quarter[name]


def test_satisfaction_takes_days_and_nothing_else(simulator):
    answer = evaluation(simulator, "evaluation/handling-satisfaction", rootDepartmentId=PHU_THO)
    assert answer.status_code == 400
    halves = [
        asked(simulator, "handling-satisfaction", fromDate=first, toDate=last)["overview"]
        for first, last in (("2026-07-01", "2026-08-10"), ("2026-08-11", "2026-09-30"))
    ]
    whole = asked(simulator, "handling-satisfaction", **QUARTER)["overview"]
    code = "DOSSIER_RECEIVING_SATISFACTION"
    assert sum(by_code(row)[code]["denominator"] for row in halves) == by_code(whole)[code]["denominator"]


def test_a_misspelt_filter_is_ignored(simulator):
    items = evaluation(simulator, "formalities", q="", currentPage=1).json()["data"]["items"]
    formality = items[0]["id"]
    whole = asked(simulator, "dossier-digitized")["overview"]
    assert asked(simulator, "dossier-digitized", formalityId=formality)["overview"]["metrics"] == whole["metrics"]
    part = asked(simulator, "dossier-digitized", formalityID=formality)["overview"]["metrics"]
    assert 0 < part[0]["denominator"] < whole["metrics"][0]["denominator"]
    tree = asked(simulator, "dvc-progress-tree")["parent"]["totalReceived"]
    assert asked(simulator, "dvc-progress-tree", formalityId=formality)["parent"]["totalReceived"] < tree


def test_names_change_between_captures_and_codes_do_not(simulator):
    rows = [by_code(asked(simulator, "transparency")["overview"])["DOSSIER_SYNC"] for _ in range(2)]
    assert {row["name"] for row in rows} == {"DOSSIER_SYNC", "Tỷ lệ hồ sơ đồng bộ lên Cổng DVCQG"}
    assert {row["dataQualityStatus"] for row in rows} <= {"TEMP_NATIONAL_REPORT_DENOMINATOR", "NO_NATIONAL_REPORT_DATA"}


def test_one_unit_is_missing_from_one_group(simulator):
    data = evaluation(simulator, "evaluation/dossier-digitized", rootDepartmentId=DAK_LAK).json()["data"]
    assert (data["overview"], data["evaluation"]) == (None, [])


def test_pages_are_cut_and_counted(simulator):
    first = evaluation(simulator, "formalities", currentPage=1, pageSize=500).json()["data"]
    assert (len(first["items"]), first["pagination"]["totalPages"]) == (10, 12)
    assert first["items"][0]["appliedDepartmentIds"]
    simulator.fault("duplicate_rows", "D/formalities", calls=1)
    again = evaluation(simulator, "formalities", currentPage=2).json()["data"]["items"]
    assert again[0]["id"] == first["items"][-1]["id"]
    clean = evaluation(simulator, "formalities", currentPage=2).json()["data"]["items"]
    simulator.fault("changing_pages", "D/formalities", calls=1)
    moved = evaluation(simulator, "formalities", currentPage=2).json()["data"]["items"]
    assert clean[1]["id"] == moved[0]["id"]


def test_cursors_walk_through_every_agency_once(simulator):
    path, last, seen = "/api/v1/configuring/citizen/department/list-with-location", None, []
    while True:
        data = posted(simulator, path, json={"limit": 50, "lastId": last}).json()["data"]
        seen += [row["code"] for row in data["rows"]]
        last = data["lastId"]
        if last is None:
            break
    assert len(seen) == len(set(seen)) == len(Country(1, small=True).agencies)
    found = posted(simulator, "/api/v1/submitting/formality/list-all-formality-by-citizen", json={"limit": 3}).json()
    assert (len(found["data"]["items"]), found["data"]["total"]) == (3, 120)
    one = posted(
        simulator,
        "/api/v1/configuring/formality/get-formality-by-citizen",
        json={"id": found["data"]["items"][0]["id"]},
    )
    assert one.json()["data"]["code"] == found["data"]["items"][0]["code"]


def test_the_wall_rejects_what_no_browser_sends(simulator):
    path = "/api/v1/reporting/formalities"
    assert "Request Rejected" in simulator.client.get(path).text
    answer = posted(simulator, path, content=b"{}", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, "Request Rejected" in answer.text) == (200, True)
    simulator.control(options={"waf_cookie": True, "waf_status": 403})
    assert posted(simulator, path, json={}).status_code == 403
    cookie = simulator.client.get("/danh-gia-chat-luong-phuc-vu").headers["set-cookie"]
    assert posted(simulator, path, json={}, headers={"Cookie": cookie}).status_code == 201


def test_the_wall_warns_and_then_resets_connections_for_a_while(simulator):
    simulator.control(
        clock={"rate": 0}, options={"waf_requests_per_minute": 3, "waf_reset_seconds": 0.05, "waf_block_seconds": 120}
    )
    statuses = [evaluation(simulator, "formalities").status_code for _ in range(4)]
    assert statuses == [201, 201, 201, 429]
    for _ in range(2):
        with pytest.raises(httpx.ReadError):
            evaluation(simulator, "formalities")
    simulator.control(clock={"forward": 120})
    assert evaluation(simulator, "formalities").status_code == 201


def test_a_429_may_say_when_to_come_again(simulator):
    simulator.control(options={"waf_requests_per_minute": 0, "waf_warnings": 5})
    assert evaluation(simulator, "formalities").headers["retry-after"] == "60"
    simulator.control(options={"waf_retry_after": None})
    assert "retry-after" not in evaluation(simulator, "formalities").headers


def test_answers_come_with_a_wrong_root_unknown_fields_or_without_metrics(simulator):
    simulator.fault("wrong_root", calls=1)
    assert asked(simulator, "dvc-progress-tree")["parent"]["departmentId"] != PHU_THO
    simulator.fault("unknown_fields", calls=1)
    assert "truongMoi" in asked(simulator, "transparency")["evaluation"][0]
    simulator.fault("lost_fields", calls=1)
    assert "metrics" not in asked(simulator, "transparency")["evaluation"][0]


def test_the_same_seed_gives_the_same_bytes(simulator):
    def capture(seed):
        simulator.reset(seed=seed, clock={"rate": 0})
        return evaluation(simulator, "evaluation/transparency", rootDepartmentId=PHU_THO).content

    first = capture(3)
    assert capture(3) == first
    assert capture(4) != first
