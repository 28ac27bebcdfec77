"""What everybody may read and try about frameworks: what is in force, its workbook, differences, findings, computations."""

from __future__ import annotations

import copy
import io
import json
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from parindex.frameworks.criteria_catalogue import load_frameworks
from parindex.frameworks.criteria_file import shipped_files
from parindex.workbooks.framework_reading import read_framework_workbook
from parindex.workbooks.framework_workbook import write_framework_workbook
from parindex.workbooks.opening import MEDIA_TYPE as XLSX

pytestmark = pytest.mark.database

PROVINCE = load_frameworks().get("par-province", "2017-1")
QD766 = load_frameworks().get("qd766", "2022-1")
YAML = dict(shipped_files())


async def test_every_shipped_version_is_listed_and_says_how_official_it_is(client: httpx.AsyncClient):
    answer = (await client.get("/v1/frameworks")).json()
    listed = {(one["code"], one["version"]): one for one in answer["frameworks"]}
    assert listed.keys() == {(one.framework.code, one.framework.version) for one in load_frameworks().files}
    template = listed["par-province", "2017-1"]
    assert (template["status"], template["valid_from"], template["valid_to"]) == (
        "template",
        "2017-12-28",
        "2018-12-10",
    )
    assert "không phải văn bản chính thức" in template["status_note_vi"]
    assert template["sha256"] == PROVINCE.framework.sha256


async def test_a_version_is_shown_whole_with_provenance_and_sources(client: httpx.AsyncClient):
    answer = (await client.get("/v1/frameworks/par-province/2017-1")).json()
    assert answer["document"] == json.loads(json.dumps(PROVINCE.document))
    assert answer["document"]["children"][0]["provenance"] == "sourced"


async def test_the_version_of_a_day_and_the_days_without_one_are_named(client: httpx.AsyncClient):
    held = (await client.get("/v1/frameworks/par-province", params={"on": "2018-06-01"})).json()
    assert held["in_force"] == "2017-1"
    gap = (await client.get("/v1/frameworks/par-province", params={"on": "2020-06-01"})).json()
    assert gap["in_force"] is None
    assert any(one["from"] <= "2020-06-01" < (one["to"] or "9999") and one["why"] for one in gap["gaps"])


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/frameworks/nothing", 404, "framework_unknown"),
        ("/v1/frameworks/par-province/1999-1", 404, "framework_version_unknown"),
        ("/v1/frameworks/par-province/1999-1/workbook", 404, "framework_version_unknown"),
        ("/v1/frameworks/diff?from=par-province@2017-1&to=x", 422, "name_form"),
        ("/v1/frameworks/par-province?on=yesterday", 422, "request_invalid"),
    ],
)
async def test_what_is_not_known_is_said(client: httpx.AsyncClient, path: str, status: int, code: str):
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_workbook_of_a_version_reads_back_to_its_digest(client: httpx.AsyncClient):
    answer = await client.get("/v1/frameworks/par-province/2017-1/workbook")
    assert answer.headers["content-type"] == XLSX
    assert answer.headers["content-disposition"] == 'attachment; filename="par-province-2017-1.xlsx"'
    assert read_framework_workbook(answer.content).framework.sha256 == PROVINCE.framework.sha256


async def test_two_versions_are_compared_in_words(client: httpx.AsyncClient):
    params = {"from": "par-province@2017-1", "to": "par-province@2022-1"}
    answer = (await client.get("/v1/frameworks/diff", params=params)).json()
    assert (answer["from"], answer["to"]) == ("par-province@2017-1", "par-province@2022-1")
    assert any(one["scores"] and one["message_vi"] for one in answer["changes"])


async def test_the_schema_is_published(client: httpx.AsyncClient):
    answer = await client.get("/v1/frameworks/schema")
    assert answer.headers["content-type"] == "application/schema+json"
    assert "2020-12" in answer.json()["$schema"]


def edited_workbook() -> bytes:
    book = load_workbook(io.BytesIO(write_framework_workbook(QD766.framework)))
    book["Thông tin chung"]["B1"].value = "Mã có dấu"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def without_title() -> dict[str, Any]:
    document = copy.deepcopy(dict(QD766.document))
    del document["title_vi"]
    document["max"] = "-1"
    return document


@pytest.mark.parametrize(
    ("media_type", "body", "valid", "fields"),
    [
        ("application/yaml", YAML["qd766/2022-1.yaml"].encode(), True, set()),
        ("application/yaml", YAML["qd766/2022-1.yaml"].replace("max: 18", "max: nhiều", 1).encode(), False, {"framework.yaml:"}),
        ("application/json", json.dumps(dict(QD766.document)).encode(), True, set()),
        ("application/json", json.dumps(without_title()).encode(), False, {"title_vi", "max"}),
        (XLSX, write_framework_workbook(QD766.framework), True, set()),
        (XLSX, edited_workbook(), False, {"Thông tin chung!B1"}),
    ],
    ids=["yaml", "bad yaml", "json", "bad json", "workbook", "bad workbook"],
)  # fmt: skip
async def test_a_framework_is_validated_in_each_form_with_all_findings(
    client: httpx.AsyncClient, media_type: str, body: bytes, valid: bool, fields: set[str]
):
    answer = await client.post("/v1/frameworks/validate", content=body, headers={"Content-Type": media_type})
    assert answer.status_code == 200
    said = answer.json()
    assert said["valid"] is valid
    assert all(any(one["field"].startswith(field) for one in said["findings"]) for field in fields)
    assert (said["sha256"] == QD766.framework.sha256) is valid
    assert bool(said["findings"]) is not valid


@pytest.mark.parametrize(
    ("media_type", "body", "status", "code"),
    [
        ("text/csv", b"a,b", 400, "content_type_unknown"),
        ("application/json", b"{", 400, "json_unreadable"),
        ("application/json", b"[" * 100_000, 400, "json_unreadable"),
        ("application/json", b'{"a": "\\ud800"}', 400, "json_unreadable"),
        ("application/yaml", b"\xff\xfe", 400, "encoding"),
        (XLSX, b"%PDF", 422, "workbook_unreadable"),
        (XLSX, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 422, "workbook_encrypted"),
        ("application/yaml", b"x" * 2_000_001, 413, "framework_too_large"),
        ("application/json", b" " * 9_000_000, 413, "body_too_large"),
    ],
)
async def test_what_cannot_be_read_at_all_is_refused(
    client: httpx.AsyncClient, media_type: str, body: bytes, status: int, code: str
):
    answer = await client.post("/v1/frameworks/validate", content=body, headers={"Content-Type": media_type})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_version_that_would_hold_beside_another_is_valid_but_named_in_time(client: httpx.AsyncClient):
    document = {**QD766.document, "version": "2030-1", "in_force": {"from": "2030-01-01", "to": None}}
    said = (await client.post("/v1/frameworks/validate", json=document)).json()
    assert said["valid"]
    assert "validity_overlap" in {one["code"] for one in said["in_time"]}


def payment(online: tuple[int, int], formality: tuple[int, int], integrated: tuple[int, int]) -> dict[str, Any]:
    """QĐ 766's payment group, the rest without data."""
    given = {
        "dossier_online_payment": online,
        "formality_with_online_payment": formality,
        "fee_formality_integrated": integrated,
    }
    inputs: dict[str, Any] = {
        leaf.code: {"no_data": True}
        for leaf in QD766.framework.leaves("commune")
        if leaf.leaf and leaf.leaf.on_no_data and leaf.code not in given
    }
    return inputs | {code: {"numerator": top, "denominator": bottom} for code, (top, bottom) in given.items()}


XUAN_LUNG = payment((3092, 3471), (17, 39), (8, 39))
VAN_PHU = payment((5623, 5914), (8, 32), (6, 32))


@pytest.mark.parametrize("named", [{"version": "2022-1"}, {"period": "2026-10"}, {"period": "2026"}])
async def test_a_computation_gives_score_documents_and_ranks_and_stores_nothing(
    client: httpx.AsyncClient, connection, named: dict[str, str]
):
    body = {"framework": "qd766", **named, "block": "commune", "units": {"Xuân Lũng": XUAN_LUNG, "Vân Phú": VAN_PHU}}
    answer = await client.post("/v1/computations", json=body)
    assert answer.status_code == 200
    said = answer.json()
    assert (said["framework"], said["version"], said["template"], said["block"]) == (
        "qd766",
        "2022-1",
        False,
        "commune",
    )
    points = {
        one["unit"]: next(field for field in one["fields"] if field["code"] == "payment")["points"]
        for one in said["units"]
    }
    # Golden: 5.34 + 1.09 + 0.51 and 5.70 + 0.63 + 0.47, half-up at the component.
    assert points == {"Xuân Lũng": "6.94", "Vân Phú": "6.80"}
    assert [one["rank"] for one in said["units"]] == [1, 2]
    assert said["units"][0]["unit"] == "Xuân Lũng"
    assert said["units"][0]["score"]["nodes"]
    assert await connection.fetchval("SELECT count(*) FROM index_result") == 0


async def test_what_is_missing_is_listed_and_the_unit_is_not_ranked(client: httpx.AsyncClient):
    inputs = {code: value for code, value in XUAN_LUNG.items() if code != "progress_on_time"}
    body = {"framework": "qd766", "version": "2022-1", "block": "commune", "units": {"Xã": inputs}}
    (unit,) = (await client.post("/v1/computations", json=body)).json()["units"]
    assert unit["rank"] is None
    assert [one["code"] for one in unit["missing"]] == ["progress_on_time"]
    assert unit["not_ranked"]["code"] == "missing"


async def test_a_posted_document_is_computed_and_says_that_it_is_a_template(client: httpx.AsyncClient):
    body = {
        "document": dict(PROVINCE.document),
        "block": "province",
        "units": {"Tỉnh": {"reports_complete": {"value": True}}},
    }
    said = (await client.post("/v1/computations", json=body)).json()
    assert said["template"]
    assert "không phải văn bản chính thức" in said["status_note_vi"]
    assert said["units"][0]["points"] == "0.50"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"framework": "nothing"}, 404, "framework_unknown"),
        ({"version": "1"}, 404, "framework_version_unknown"),
        ({"period": "2025"}, 422, "computation_form"),
        ({"version": None, "period": "2026-13"}, 422, "period_unreadable"),
        ({"version": None, "period": "2001"}, 422, "framework_not_in_force"),
        ({"framework": "par-province", "version": None, "period": "2018-Q2"}, 422, "period_not_assessed"),
        ({"block": "galaxy"}, 422, "block_unknown"),
        ({"block": 7}, 422, "computation_form"),
        ({"units": {}}, 422, "computation_form"),
        ({"units": {"": {}}}, 422, "units_invalid"),
        ({"units": {"A\u0300": {}, "\u00c0": {}}}, 422, "units_invalid"),
        ({"units": {str(number): {} for number in range(2000)}}, 413, "computation_too_large"),
        ({"document": {}}, 422, "computation_form"),
        ({"framework": None, "version": None, "document": {}}, 422, "framework_invalid"),
        ({"extra": 1}, 422, "computation_form"),
    ],
)
async def test_a_computation_that_makes_no_sense_is_refused_with_the_reason(
    client: httpx.AsyncClient, changes: dict[str, Any], status: int, code: str
):
    body = {"framework": "qd766", "version": "2022-1", "block": "commune", "units": {"Xã": {}}} | changes
    answer = await client.post(
        "/v1/computations", json={key: value for key, value in body.items() if value is not None}
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_every_unusable_input_of_every_unit_is_named_at_once(client: httpx.AsyncClient):
    units = {
        "A": {"progress_on_time": {"numerator": 5, "denominator": 4}, "nothing": {"value": True}},
        "B": {"publish_on_time": {"numerator": 0.5, "denominator": 4}},
    }
    body = {"framework": "qd766", "version": "2022-1", "block": "commune", "units": units}
    answer = await client.post("/v1/computations", json=body)
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json()["findings"]} == {
        "units.A.progress_on_time.numerator",
        "units.A.nothing",
        "units.B.publish_on_time.numerator",
    }


COMPOSITE = {
    "code": "example",
    "version": "1",
    "title_vi": "Chỉ số tổng hợp",
    "digits": 2,
    "ties": "competition",
    "root": {
        "code": "index",
        "title_vi": "Chỉ số",
        "mean": "arithmetic",
        "missing": {"rule": "fail"},
        "children": [
            {"code": "par", "title_vi": "PAR", "weight": "0.6", "normalise": {"method": "as_given"}},
            {"code": "sipas", "title_vi": "SIPAS", "weight": "0.4", "normalise": {"method": "as_given"}},
        ],
    },
}


async def test_a_composite_index_is_computed_beside_the_laws(client: httpx.AsyncClient):
    inputs = {"X": {"par": "80", "sipas": "90.5"}, "Y": {"par": "85", "sipas": None}}
    said = (await client.post("/v1/computations/composite", json={"composite": COMPOSITE, "inputs": inputs})).json()
    assert [(one["unit"], one["index"], one["rank"]) for one in said["units"]] == [("X", "84.20", 1), ("Y", None, None)]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ([], 422),
        ({"composite": {}, "inputs": {}}, 422),
        ({"composite": COMPOSITE, "inputs": {"X": {"par": 80.5}}}, 422),
        ({"composite": COMPOSITE, "inputs": {str(number): {} for number in range(10_001)}}, 413),
    ],
)
async def test_a_composite_that_makes_no_sense_is_refused(client: httpx.AsyncClient, body: Any, status: int):
    answer = await client.post("/v1/computations/composite", json=body)
    assert answer.status_code == status
    assert answer.json()["detail"]
