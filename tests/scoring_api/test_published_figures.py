"""Figures of PAR INDEX, SIPAS and PAPI as their sources print them, readable with source and evidence."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

pytestmark = pytest.mark.database
FIGURES = "/v1/published/figures"


async def read(client, framework, period, **asked):
    answer = await client.get(FIGURES, params={"framework": framework, "period": period, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()["figures"]


async def test_a_provinces_parts_and_total_are_read_with_their_source(client):
    hue = [one for one in await read(client, "par-province", "2017") if one["printed_name"] == "Thừa Thiên Huế"]
    assert {one["measure"]: (one["value"], one["maximum"]) for one in hue} == {
        "index": ("79.86", "100"),
        "appraised": ("49.05", "62"),
        "impact_all": ("30.81", "38"),
        "components_at_maximum": ("56", None),
        "components_not_at_maximum": ("25", None),
    }
    assert {one["name"] for one in hue} == {"Tỉnh Thừa Thiên Huế"}
    assert all(one["source"].startswith("Báo Thừa Thiên Huế") for one in hue)


async def test_contradicting_sources_both_stand_and_say_so(client):
    figures = await read(client, "par-province", "2023", measure="index")
    assert [(one["value"], one["contradicted"]) for one in figures if one["printed_name"] == "Hải Phòng"] == [
        ("91.81", True),
        ("91.87", True),
    ]
    assert not any(one["contradicted"] for one in figures if one["printed_name"] != "Hải Phòng")


async def test_a_figure_that_was_not_published_is_null_and_says_why(client):
    missing = [one for one in await read(client, "papi", "2014", measure="points") if one["value"] is None]
    assert {one["printed_name"] for one in missing} == {"Bắc Giang", "Đồng Tháp"}
    assert {one["evidence"] for one in missing} == {"missing"}
    (cao_bang,) = [
        one for one in await read(client, "par-province", "2024", measure="index") if one["printed_name"] == "Cao Bằng"
    ]
    assert (cao_bang["value"], cao_bang["evidence"], cao_bang["printed_rank"]) == (None, "rank_only", "63")


async def test_what_was_dated_later_was_not_known_before(client):
    answer = await client.get(
        FIGURES, params={"framework": "par-province", "period": "2015", "measure": "index", "known_on": "2016-11-03"}
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "published_figures_not_found")
    (figure,) = await read(client, "par-province", "2015", measure="index", known_on="2016-11-04")
    assert (figure["value"], figure["printed_rank"]) == ("85.30", "34")


async def test_a_provinces_own_ranking_is_found_by_its_code(client):
    figures = await read(client, "par-internal", "2017", scope="gso:19", block="department", measure="index")
    assert {one["printed_name"]: one["value"] for one in figures} == {
        "Sở Khoa học và Công nghệ": "85.6",
        "Sở Công Thương": None,
        "Sở Văn hóa, Thể thao và Du lịch": None,
        "Sở Lao động - Thương binh và Xã hội": "66.04",
    }


async def test_an_index_without_figures_names_those_that_have_them(client):
    answer = await client.get(FIGURES, params={"framework": "par-province", "period": "2011"})
    assert (answer.status_code, answer.json()["code"]) == (404, "published_figures_not_found")
    assert "framework=sipas period=2017" in answer.json()["hint"]


async def test_the_sheet_holds_the_same_figures(client):
    asked = {"framework": "papi", "period": "2017", "measure": "points"}
    answer = await client.get(FIGURES, params={**asked, "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    figures = (await client.get(FIGURES, params=asked)).json()["figures"]
    assert [row["value"] for row in rows] == [one["value"] for one in figures]
    assert max(Decimal(row["value"]) for row in rows if row["value"]) <= 60
