"""Reading the portal's 766 report: recorded rows come out digit for digit, surprises and moving pages are seen."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest

from parindex.engine.period import Period
from parindex.errors import Invalid
from parindex.frameworks.criteria_catalogue import load_frameworks
from portal import recorded_766 as recorded
from ranking_worker.portal import endpoints_766 as endpoints
from ranking_worker.portal.pages_766 import join_pages, read_national, read_page
from ranking_worker.portal.rows_766 import decode

ANSWERS = {
    endpoints.TRANSPARENCY: recorded.transparency,
    endpoints.PROGRESS: recorded.progress,
    endpoints.ONLINE: recorded.online,
    endpoints.PAYMENT: recorded.payment,
    endpoints.DIGITISATION: recorded.digitised,
    endpoints.SATISFACTION: recorded.satisfaction,
}
Q3, AUGUST, YEAR = Period.parse("2026-Q3"), Period.parse("2026-08"), Period.parse("2026")


def as_sent(document: dict[str, Any]) -> Any:
    return decode(json.dumps(document))


def figures(endpoint: endpoints.Endpoint, document: dict[str, Any]) -> dict[tuple[str, str], tuple[Any, ...]]:
    page = read_page(endpoint, as_sent(document))
    assert page.findings == ()
    return {
        (one.department_id, one.metric): (one.numerator, one.denominator, one.ratio, one.score, one.max_score)
        for one in page.observations
    }


@pytest.mark.parametrize("endpoint", endpoints.GROUPS, ids=lambda one: one.name)
def test_bodies_are_those_that_the_portal_was_seen_to_take(endpoint):
    body = endpoints.request_body(endpoint, Q3, recorded.ROOT, 2)
    when = {"fromDate": "2026-07-01", "toDate": "2026-09-30"} if endpoint is endpoints.SATISFACTION else {"timeType": "quarter", "year": 2026, "quarter": 3}  # fmt: skip
    size = 100 if endpoint in (endpoints.PROGRESS, endpoints.PAYMENT) else 200
    assert body == {**when, "rootDepartmentId": recorded.ROOT, "currentPage": 2, "pageSize": size}


def test_each_endpoint_spells_its_procedure_filter_in_its_own_way():
    keys = {
        endpoint.name: set(endpoints.request_body(endpoint, AUGUST, "r", 1, procedure="p"))
        & {"formalityId", "formalityID"}
        for endpoint in endpoints.GROUPS
        if endpoint is not endpoints.SATISFACTION
    }
    assert keys.pop("dossier-digitized") == {"formalityID"}
    assert set(map(frozenset, keys.values())) == {frozenset({"formalityId"})}
    with pytest.raises(Invalid, match="no filter"):
        endpoints.request_body(endpoints.SATISFACTION, AUGUST, "r", 1, procedure="p")
    assert endpoints.request_body(endpoints.PROGRESS, YEAR, "r", 1)["timeType"] == "year"
    with pytest.raises(Invalid, match="offers no half"):
        endpoints.request_body(endpoints.PROGRESS, Period.parse("2026-H2"), "r", 1)


def test_recorded_rows_are_read_digit_for_digit():
    found = {key: value for endpoint, answer in ANSWERS.items() for key, value in figures(endpoint, answer()).items()}

    def of(agency: str, metric: str) -> list[str | None]:
        return [None if value is None else str(value) for value in found[agency, metric]]

    assert of(recorded.ROOT, "DOSSIER_RECEIVING_SATISFACTION") == ["402886", "464494", "86.74", "5.78", "6"]
    assert of(recorded.ROOT, "PROGRESS_ON_TIME") == ["403016", "464494", "86.76", "17.35", "20"]
    assert of(recorded.TRADE, "PROGRESS_ON_TIME") == ["998", "1271", "78.52", "15.7", "20"]
    assert of(recorded.ROOT, "DOSSIER_ONLINE_PAYMENT") == ["233203", "268066", None, None, None]
    assert of(recorded.ROOT, "FORMALITY_ONLINE") == ["52", "89", None, None, None]
    assert of(recorded.TRADE, "TOTAL.provide-online-tree") == [None, None, "55.5", "6.66", "12"]
    assert (recorded.TRADE, "FORMALITY_ONLINE") not in found, (
        "children of that tree have no counts: no zeros are made up"
    )


def test_both_ways_to_write_nothing_are_kept_as_they_came():
    found = figures(endpoints.SATISFACTION, recorded.satisfaction())
    assert found[recorded.TRADE, "PETITION_PROCESSING_ON_TIME"] == (0, 0, 0, 6, 6)
    copies = figures(endpoints.DIGITISATION, recorded.digitised())
    assert copies[recorded.ROOT, "ELECTRONIC_CERTIFIED_COPY"] == (None, None, 100, 2, 2)
    empty = recorded.transparency()
    empty["data"]["overview"]["metrics"][0] |= {"numerator": 0, "denominator": 0, "ratio": None, "score": None}
    assert figures(endpoints.TRANSPARENCY, empty)[recorded.ROOT, "PUBLISH_ON_TIME"] == (0, 0, None, None, 6)


def test_flags_of_quality_and_fields_that_nobody_knows_are_kept():
    document = recorded.transparency()
    document["data"]["overview"]["metrics"][3]["restatedOn"] = "2026-10-01"
    document["data"]["evaluation"][0]["peerGroup"] = {"code": "A"}
    page = read_page(endpoints.TRANSPARENCY, as_sent(document))
    assert page.findings == ()
    kept = {(one.department_id, one.metric): one for one in page.observations}
    sync = kept[recorded.ROOT, "DOSSIER_SYNC"]
    assert (sync.quality, sync.further["restatedOn"]) == ("TEMP_NATIONAL_REPORT_DENOMINATOR", "2026-10-01")
    assert kept[recorded.TRADE, "TOTAL.transparency"].further["peerGroup"] == {"code": "A"}


def test_the_name_of_a_metric_may_change_because_its_code_is_the_key():
    renamed = recorded.transparency()
    renamed["data"]["overview"]["metrics"][3]["name"] = "DOSSIER_SYNC"
    assert figures(endpoints.TRANSPARENCY, renamed) == figures(endpoints.TRANSPARENCY, recorded.transparency())


def test_metrics_and_totals_have_the_maxima_of_the_index_set():
    maxima = {node.code: node.maximum for node in load_frameworks().get("qd766", "2022-1").framework.walk()}
    for endpoint, answer in ANSWERS.items():
        for (_, metric), (*_, most) in figures(endpoint, answer()).items():
            if most is not None:
                code = endpoint.group if metric.startswith("TOTAL.") else metric.lower()
                assert maxima[code] == most, metric


def surprises(endpoint: endpoints.Endpoint, document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(finding.code, finding.field) for finding in read_page(endpoint, as_sent(document)).findings}


def test_a_missing_or_retyped_known_field_is_a_surprise():
    document = recorded.satisfaction()
    metrics = document["data"]["overview"]["metrics"]
    del metrics[1]["denominator"]
    metrics[2]["numerator"] = "300"
    document["data"]["evaluation"][0]["departmentName"] = None
    assert surprises(endpoints.SATISFACTION, document) == {
        ("schema_surprise", "data.overview.metrics[1].denominator"),
        ("schema_surprise", "data.overview.metrics[2].numerator"),
        ("schema_surprise", "data.evaluation[0].departmentName"),
    }


def test_a_metric_that_vanished_is_a_surprise_and_a_new_one_is_not():
    document = recorded.transparency()
    document["data"]["overview"]["metrics"][3]["code"] = "DOSSIER_SYNC_2"
    (finding,) = read_page(endpoints.TRANSPARENCY, as_sent(document)).findings
    assert "DOSSIER_SYNC is missing" in finding.message


@pytest.mark.parametrize("body", [[], {}, {"code": "ERR", "data": {}}, {"code": "OK", "data": []}, "OK", None])
def test_another_envelope_is_one_surprise(body):
    assert [finding.code for finding in read_page(endpoints.PROGRESS, body).findings] == ["schema_surprise"]


def test_no_number_is_no_figure():
    for word in ("NaN", "Infinity", "-Infinity"):
        with pytest.raises(ValueError, match="no JSON number"):
            decode(f'{{"ratio": {word}}}')


def joined(*documents: dict[str, Any], root: str = recorded.ROOT) -> tuple[Any, set[str]]:
    found = [read_page(endpoints.SATISFACTION, as_sent(document)) for document in documents]
    observations, findings = join_pages(root, found)
    return observations, {finding.code for finding in findings}


def test_pages_of_one_set_say_what_one_page_says():
    whole = recorded.satisfaction()
    one, none = joined(whole)
    several, none_either = joined(*recorded.pages(whole, 1))
    assert none == none_either == set()
    assert {(found.department_id, found.metric): found for found in one} == {
        (found.department_id, found.metric): found for found in several
    }


def test_pages_that_moved_while_they_were_read_are_not_believed():
    first, second = recorded.pages(recorded.satisfaction(), 1)
    twice = copy.deepcopy(first)
    twice["data"]["pagination"]["currentPage"] = 2
    assert joined(first, twice)[1] == {"pages_not_one_set"}
    grown = copy.deepcopy(second)
    grown["data"]["pagination"]["total"] = 3
    assert joined(first, grown)[1] == {"pages_not_one_set"}
    assert joined(first)[1] == {"pages_not_one_set"}, "a page short"
    repeated = recorded.satisfaction()
    repeated["data"]["evaluation"].append(repeated["data"]["evaluation"][0])
    assert "rows_twice" in joined(repeated)[1]


def test_the_answer_of_another_root_is_not_believed():
    assert joined(recorded.satisfaction(), root=recorded.TRADE)[1] == {"root_differs"}


def test_no_figures_for_a_unit_is_no_surprise_and_no_zero():
    nothing = {"code": "OK", "data": {"overview": None, "evaluation": [], "pagination": {}}, "message": "OK"}
    assert joined(nothing) == ((), set())


def test_the_national_list_gives_totals_and_groups():
    row = {
        "departmentId": recorded.ROOT, "departmentName": "UBND tỉnh Phú Thọ", "totalScore": 61.39,
        "groupScores": {"CKMB": 7.96, "TDGQ": 17.35, "CLGQ": 8.41, "TTTT": 6.67, "MDHL": 12.25, "MDSH": None},
    }  # fmt: skip
    body = {"code": "OK", "data": {"overview": {"departmentName": "Cả nước"}, "evaluation": [row]}, "message": "OK"}
    page = read_national(as_sent(body))
    assert page.findings == ()
    scores = {one.metric: one.score for one in page.observations}
    assert scores["TOTAL.service-results"] == Decimal("61.39")
    assert scores["GROUP.MDSH"] is None
    assert endpoints.national_body(YEAR)["departmentType"] == "ADMINISTRATIVE_UNIT"
    del row["groupScores"]
    assert [finding.code for finding in read_national(as_sent(body)).findings] == ["schema_surprise"]
