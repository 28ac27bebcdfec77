"""The register of units over HTTP: tree, search, codes on days, lineage."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.database


async def get(client, path, **asked):
    answer = await client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def names(answer):
    return [unit["name"] for unit in answer["units"]]


async def test_there_are_63_provinces_before_the_merger_and_34_since(client):
    for day, count in (("2025-06-30", 63), ("2025-07-01", 34)):
        assert len((await get(client, "/v1/units", kind="province", as_of=day))["units"]) == count


async def test_pages_go_on_after_the_cursor_until_there_is_no_more(client):
    found, cursor = [], {}
    while cursor is not None:
        page = await get(client, "/v1/units", kind="province", as_of="2025-07-01", limit=15, **cursor)
        found += [unit["unit_id"] for unit in page["units"]]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] is not None else None
    assert len(found) == len(set(found)) == 34


async def test_a_foreign_cursor_is_refused(client):
    answer = await client.get("/v1/units", params={"kind": "province", "cursor": 3})
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_unknown")


@pytest.mark.parametrize("text", ["Huế", "hue", "HUẾ", "Hue\u0302\u0301"])
async def test_search_finds_with_and_without_diacritics_in_any_unicode_form(client, text):
    assert "Thành phố Huế" in names(await get(client, "/v1/units", q=text, kind="province"))


async def test_search_and_block_and_parent_narrow_each_other(client):
    found = await get(client, "/v1/units", parent="H99", block="department", q="so noi vu", realm="synthetic")
    assert [unit["codes"]["h_code"] for unit in found["units"]] == ["H99.01"]


async def test_invented_units_are_seen_in_their_realm_only(client):
    assert names(await get(client, "/v1/units", q="Minh Họa")) == []
    invented = await get(client, "/v1/units", q="Minh Họa", kind="province", realm="synthetic")
    assert {unit["realm"] for unit in invented["units"]} == {"synthetic"}
    hidden = await client.get("/v1/units/990000")
    assert (hidden.status_code, hidden.json()["code"]) == (404, "unit_not_found")
    assert "synthetic" in hidden.json()["hint"]


async def test_one_unit_tells_its_names_codes_parents_and_blocks_with_their_days(client):
    hue = await get(client, "/v1/units/146", as_of="2024-12-31")
    assert hue["unit"]["name"] == "Tỉnh Thừa Thiên Huế"
    assert [name["name"] for name in hue["names"]] == ["Tỉnh Thừa Thiên Huế", "Thành phố Huế"]
    assert {code["code"] for code in hue["codes"]} >= {"46", "H57"}
    assert [parent["unit_id"] for parent in hue["parents"]] == [0]
    assert [one["unit_id"] for one in hue["ancestors"]] == [0]


@pytest.mark.parametrize(
    "asked",
    [
        {"code": "H99.01"},
        {"code": "000.00.01.H99"},
        {"code": "h99.01"},
        {"scheme": "h_code", "code": "H99.01"},
        {"scheme": "h_code", "code": "000.00.01.H99"},
    ],
)
async def test_every_form_of_a_code_finds_its_unit(client, asked):
    assert (await get(client, "/v1/units/lookup", realm="synthetic", **asked))["unit"]["unit_id"] == 990_001


async def test_a_code_means_what_it_meant_on_the_day(client):
    before = await get(client, "/v1/units/lookup", scheme="gso", code="15", day="2025-06-30")
    after = await get(client, "/v1/units/lookup", code="gso:15", day="2025-07-01")
    assert (before["unit"]["name"], after["unit"]["name"]) == ("Tỉnh Yên Bái", "Tỉnh Lào Cai")


async def test_a_closed_code_follows_its_full_successor(client):
    found = await get(client, "/v1/units/lookup", code="H09", day="2025-08-01")
    assert (found["status"], found["unit"]["name"]) == ("followed", "Thành phố Hồ Chí Minh")


async def test_a_portal_id_is_looked_up_by_its_scheme(client):
    assert (await get(client, "/v1/units/lookup", scheme="dvcqg_id", code="374087"))["unit"]["name"] == "Thành phố Huế"


async def test_the_code_of_a_divided_unit_names_the_candidates(client):
    answer = await client.get("/v1/units/lookup", params={"code": "gso:00634", "day": "2025-06-30"})
    assert answer.status_code == 200
    divided = [
        link["successor"]["unit_id"]
        for link in (await get(client, f"/v1/units/{answer.json()['unit']['unit_id']}/lineage"))["successors"]
    ]
    assert len(divided) == 5


async def test_a_code_that_means_nothing_is_404_and_a_text_that_is_no_code_422(client):
    assert (await client.get("/v1/units/lookup", params={"code": "H97"})).json()["code"] == "unit_code_not_found"
    unreadable = await client.get("/v1/units/lookup", params={"code": "XYZ"})
    assert (unreadable.status_code, unreadable.json()["code"]) == (422, "unit_code_unreadable")
    crossed = await client.get("/v1/units/lookup", params={"scheme": "h_code", "code": "gso:15"})
    assert (crossed.status_code, crossed.json()["code"]) == (422, "parameter_invalid")


async def test_children_stand_directly_under_the_unit_on_the_day(client):
    synthetic = await get(client, "/v1/units/990000/children", realm="synthetic")
    assert len(synthetic["units"]) == 32
    assert {unit["parent_id"] for unit in synthetic["units"]} == {990_000}
    assert (await get(client, "/v1/units/990000/children", realm="synthetic", as_of="2025-06-30"))["units"] == []


async def test_lineage_is_told_both_ways_with_extent_day_and_legal_basis(client):
    an_giang = await get(client, "/v1/units/lookup", code="H01")
    lineage = await get(client, f"/v1/units/{an_giang['unit']['unit_id']}/lineage")
    assert {link["predecessor"]["name"] for link in lineage["predecessors"]} == {"Tỉnh An Giang", "Tỉnh Kiên Giang"}
    assert {(link["extent"], link["effective"]) for link in lineage["predecessors"]} == {("full", "2025-07-01")}
    assert all(link["legal_basis"] for link in lineage["predecessors"])
    kien_giang = next(
        link["predecessor"]["unit_id"]
        for link in lineage["predecessors"]
        if link["predecessor"]["name"] == "Tỉnh Kiên Giang"
    )
    back = await get(client, f"/v1/units/{kien_giang}/lineage")
    assert [link["successor"]["name"] for link in back["successors"]] == ["Tỉnh An Giang"]
    assert kien_giang in lineage["full_predecessor_ids"]


async def test_questionnaires_are_listed_and_shown_whole(client):
    listed = await get(client, "/v1/instruments")
    assert {one["instrument"] for one in listed["instruments"]} >= {"KIOSK3", "HL5", "TT01-2018", "SIPAS-2017"}
    one = await get(client, "/v1/instruments/SIPAS-2017/1")
    assert (len(one["document"]["factors"]), len(one["document"]["items"])) == (5, 22)
    missing = await client.get("/v1/instruments/KIOSK/1")
    assert (missing.status_code, missing.json()["code"]) == (404, "instrument_not_found")
    assert "Nearest: KIOSK3" in missing.json()["hint"]
    version = await client.get("/v1/instruments/KIOSK3/99")
    assert (version.status_code, version.json()["code"]) == (404, "instrument_version_not_found")
