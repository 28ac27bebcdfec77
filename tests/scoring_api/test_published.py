"""The imported QĐ 766 tables, each observation readable as it was known."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

pytestmark = pytest.mark.database
TABLES = "/v1/published/qd766/tables"
YEAR = {"scope": "0", "block": "province", "period": "2025"}


async def read(client, **asked):
    answer = await client.get(TABLES, params={**YEAR, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def by_code(table):
    return {row["printed_code"][-3:]: row for row in table["rows"]}


async def test_both_exports_stay_readable_as_known_on_their_days(client):
    first, second = await read(client, known_on="2025-10-12"), await read(client, known_on="2025-10-16")
    assert (first["observed_at"], second["observed_at"]) == ("2025-10-11T13:01:35Z", "2025-10-15T01:46:24Z")
    assert (by_code(first)["H05"]["total"], by_code(second)["H05"]["total"]) == ("91.64", "91.69")
    assert await read(client) == {**second, "known_on": None}


async def test_an_instant_between_the_exports_knows_the_first_one_only(client):
    before = await read(client, known_on="2025-10-15T08:46:23+07:00")
    at = await read(client, known_on="2025-10-15T08:46:24+07:00")
    assert (before["observed_at"], at["observed_at"]) == ("2025-10-11T13:01:35Z", "2025-10-15T01:46:24Z")


async def test_hue_and_cao_bang_share_our_rank_beside_the_portals_row_numbers(client):
    table = await read(client, known_on="2025-10-12")
    rows = by_code(table)
    assert [(rows[code]["total"], rows[code]["printed_rank"], rows[code]["rank"]) for code in ("H57", "H14")] == [
        ("84.70", 25, 25),
        ("84.70", 26, 25),
    ]
    assert table["tie_rule"] == "competition"
    assert "1, 2, 2, 4" in table["tie_rule_words"]["vi"]
    assert rows["H57"]["name"] == "Thành phố Huế"


async def test_the_six_groups_with_their_maxima_add_up_to_every_total(client):
    table = await read(client)
    assert [(group["code"], group["maximum"]) for group in table["groups"]] == [
        ("transparency", "18"), ("progress", "20"), ("online", "12"), ("payment", "10"), ("digitization", "22"), ("satisfaction", "18"),
    ]  # fmt: skip
    assert len(table["rows"]) == 34
    for row in table["rows"]:
        assert sum(map(Decimal, row["groups"].values())) == Decimal(row["total"])
    assert table["source"].startswith("https://")
    assert (table["to_date"], table["not_counted"], table["as_of"]) == (True, None, table["observed_at"])


@pytest.mark.parametrize(("block", "count"), [("department", 15), ("commune", 102)])
async def test_an_giangs_tables_are_found_by_its_code(client, block, count):
    answer = await client.get(
        TABLES, params={"scope": "H01", "block": block, "period": "2025", "known_on": "2025-10-12"}
    )
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["rows"]) == count
    assert answer.json()["scope_name"] == "Tỉnh An Giang"


async def test_before_the_first_export_nothing_was_known_and_the_answer_says_when_it_was(client):
    answer = await client.get(TABLES, params={**YEAR, "known_on": "2025-10-10"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_known_yet")
    assert "2025-10-11" in answer.json()["hint"]


async def test_a_table_that_does_not_exist_names_those_that_do(client):
    answer = await client.get(TABLES, params={**YEAR, "period": "2024"})
    assert (answer.status_code, answer.json()["code"]) == (404, "published_table_not_found")
    assert "block=province period=2025" in answer.json()["hint"]


async def test_published_tables_are_in_production_only(client):
    answer = await client.get(TABLES, params={**YEAR, "realm": "synthetic"})
    assert answer.status_code == 404
    assert "production" in answer.json()["hint"]


async def test_every_observation_is_listed(client):
    answer = (await client.get("/v1/published/qd766/observations")).json()
    assert len(answer["observations"]) == 8
    assert sum(one["rows"] for one in answer["observations"]) == 370
    provinces = (
        await client.get("/v1/published/qd766/observations", params={"scope": 0, "block": "province", "period": "2025"})
    ).json()
    assert [one["observed_at"] for one in provinces["observations"]] == ["2025-10-11T13:01:35Z", "2025-10-15T01:46:24Z"]


async def test_the_sheet_holds_the_same_figures(client):
    answer = await client.get(TABLES, params={**YEAR, "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    table = await read(client)
    assert [
        (row["unit_id"], row["printed_rank"], row["rank"], row["total"], row["satisfaction_18"]) for row in rows
    ] == [
        (str(row["unit_id"]), str(row["printed_rank"]), str(row["rank"]), row["total"], row["groups"]["satisfaction"])
        for row in table["rows"]
    ]
    assert {row["observed_at"] for row in rows} == {"2025-10-15T01:46:24+00:00"}
    listed = await client.get("/v1/published/qd766/observations", params={"format": "csv"})
    assert len(listed.content.decode("utf-8-sig").splitlines()) == 9
