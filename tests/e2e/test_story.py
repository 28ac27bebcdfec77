"""The story: from a token to a league table that explains itself, and follows what happens to the responses behind it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from parindex.engine.period import local_day
from support.plan import item
from support.town import PROVINCE, REALM, Town, brief, rows_by_code, this_month
from support.until import until
from support.witness import VERDICTS

pytestmark = pytest.mark.processes

LEADER, SECOND, NEW = "H99.01", "H99.02", "H99.777"


def rated(unit: str, *values: int) -> list[dict[str, Any]]:
    """One response for each value, each with a dossier of its own."""
    return [item(f"{unit}-{number}", unit, value, f"{unit}-{number}") for number, value in enumerate(values, 1)]


async def test_from_a_token_to_an_explained_table_that_follows_a_withdrawal(town: Town) -> None:
    await town.get_token(
        "auditor", "auditor", "Trần Thị Kiểm", "--work-address", "kiem@example.vn", "--unit", PROVINCE, "--realm", REALM
    )
    month = this_month()
    leader, second = rated(LEADER, 5, 5, 4, 2, 5, 4), rated(SECOND, 5, 4, 2, 2, 5, 5)
    again = {**leader[0], "response_id": "H99.01-again", "answers": [{"item": "overall", "value": 2}]}
    otherwise = {**second[0], "answers": [{"item": "overall", "value": 2}]}
    unreadable_value = item("H99.01-nine", LEADER, 9, "H99.01-nine")
    unknown = item("H99.777-1", NEW, 5, "H99.777-1")

    # A batch in which every verdict occurs, one per item in the order sent.
    batch = [*leader, *second, leader[1], again, otherwise, unreadable_value, unknown]
    answer = await town.post("/v1/responses/batch", batch)
    assert answer.status_code == 207
    results = answer.json()["results"]
    assert [result["response_id"] for result in results] == [sent["response_id"] for sent in batch]
    assert [result["verdict"] for result in results] == [
        *["accepted"] * 12,
        "duplicate",
        "repeat",
        "conflict",
        "refused",
        "quarantined",
    ]
    assert results[13]["counts"] == "H99.01-1"
    balance = await _balance(town)
    assert {name: balance[name] for name in ("received", *VERDICTS)} == {
        "received": 17,
        "accepted": 12,
        "duplicate": 1,
        "repeat": 1,
        "conflict": 1,
        "refused": 1,
        "quarantined": 1,
    }

    # The table follows, over the public interface.
    table = await town.table_when(month, lambda rows: rows[LEADER]["responses"] == rows[SECOND]["responses"] == 6)
    assert (table["realm"], table["partial"], table["tie_rule"]) == (REALM, True, "competition")
    assert table["notice"] is not None, "invented figures say so"
    assert table["as_of"] is not None
    assert table["not_counted"] == 0
    rows = rows_by_code(table)
    assert brief(rows[LEADER]) == (1, "83.33", 6)  # 5 of 6
    assert brief(rows[SECOND]) == (2, "66.67", 6)  # 4 of 6
    assert rows[LEADER]["top2"]["band"] is not None
    assert NEW not in rows
    assert table["scope_result"]["responses"] == 12

    # Every number explains itself: publicly down to counts ...
    explained = await _explained(town, month, LEADER, table)
    assert (explained["figure"]["value"], explained["figure"]["numerator"], explained["figure"]["denominator"]) == (
        "83.33",
        "5",
        "6",
    )
    assert {count["value"]: count["n"] for count in explained["inputs"][0]["answers"]} == {2: 1, 4: 2, 5: 3}
    assert explained["ranking"]["rank"] == 1
    assert explained["responses_url"] is None

    # ... and with the auditor scope of the subtree to each response.
    audited = await _explained(town, month, LEADER, table, who="auditor")
    page = (await town.read(audited["responses_url"], who="auditor")).json()
    behind = {line["response_id"]: line["counts"] for line in page["responses"]}
    assert behind == {**{sent["response_id"]: True for sent in leader}, "H99.01-again": False}
    assert (await town.read(audited["responses_url"])).status_code == 401
    assert (await town.read(audited["responses_url"], who="sender")).status_code == 403

    # Entered in error: the kept repeat moves up in its place. 4 of 6 now, level with the second.
    withdrawn = await town.withdraw("H99.01-1", "entered_in_error")
    assert (withdrawn["state"], withdrawn["counted"], withdrawn["counts"]) == ("withdrawn", False, "H99.01-again")
    table = await town.table_when(month, lambda rows: rows[LEADER]["top2"]["value"] == "66.67")
    rows = rows_by_code(table)
    assert brief(rows[LEADER]) == brief(rows[SECOND]) == (1, "66.67", 6)
    explained = await _explained(town, month, LEADER, table)
    assert {count["value"]: count["n"] for count in explained["inputs"][0]["answers"]} == {2: 2, 4: 2, 5: 2}

    # At the citizen's request: nothing else counts in its place. 4 of 5.
    await town.withdraw("H99.01-again", "citizen_request")
    table = await town.table_when(month, lambda rows: rows[LEADER]["responses"] == 5)
    assert brief(rows_by_code(table)[LEADER]) == (1, "80.00", 5)
    late_rating = {**leader[0], "response_id": "H99.01-late"}
    kept = (await town.post("/v1/responses", late_rating)).json()
    assert (kept["verdict"], kept["counts"]) == ("repeat", "H99.01-again")


async def test_quarantined_responses_are_released_by_a_units_import_and_reach_the_table(town: Town) -> None:
    month = this_month()
    for sent in [*rated(NEW, 5, 5, 2, 4, 5), *rated(LEADER, 5, 5, 2, 2, 5)]:
        answer = await town.post("/v1/responses", sent)
        assert answer.status_code == (202 if sent["unit_code"] == NEW else 201)
    table = await town.table_when(month, lambda rows: rows[LEADER]["responses"] == 5)
    assert NEW not in rows_by_code(table)
    assert (await town.ask("/v1/responses/H99.777-1"))["state"] == "quarantined"

    file = town.site.folder / "units.csv"
    file.write_text(
        "code,name,unit_type,kind,parent_code,valid_from,source\n"
        f"{NEW},Sở Chuyển đổi số (giả lập),Sở,department,{PROVINCE},2025-07-01,invented for the story test\n",
        encoding="utf-8",
    )
    town.site.command("units", "import", str(file), "--realm", REALM)

    table = await town.table_when(month, lambda rows: NEW in rows and rows[NEW]["responses"] == 5)
    rows = rows_by_code(table)
    assert brief(rows[NEW]) == (1, "80.00", 5)
    assert brief(rows[LEADER]) == (2, "60.00", 5)
    assert table["scope_result"]["responses"] == 10
    stored = await town.ask("/v1/responses/H99.777-1")
    assert (stored["state"], stored["counted"]) == ("counted", True)
    total = await _balance(town)
    assert (total["received"], total["quarantined"], total["released"]) == (10, 5, 5)


async def test_a_correction_moves_the_table(town: Town) -> None:
    month = this_month()
    first, second = rated(LEADER, 5, 5, 5, 5, 2), rated(SECOND, 5, 5, 5, 5, 4)
    assert (await town.post("/v1/responses/batch", [*first, *second])).status_code == 200
    table = await town.table_when(month, lambda rows: rows[LEADER]["responses"] == rows[SECOND]["responses"] == 5)
    assert brief(rows_by_code(table)[LEADER]) == (2, "80.00", 5)

    right = {
        **first[4],
        "response_id": "H99.01-right",
        "answers": [{"item": "overall", "value": 4}],
        "replaces": "H99.01-5",
    }
    answer = await town.post("/v1/responses", right)
    assert (answer.status_code, answer.json()["counts"]) == (201, "H99.01-right")
    table = await town.table_when(month, lambda rows: rows[LEADER]["top2"]["value"] == "100.00")
    rows = rows_by_code(table)
    assert brief(rows[LEADER]) == brief(rows[SECOND]) == (1, "100.00", 5)
    assert (await town.ask("/v1/responses/H99.01-5"))["state"] == "replaced"


async def _explained(
    town: Town, month: str, unit: str, table: dict[str, Any], who: str | None = None
) -> dict[str, Any]:
    """The explanation of a figure of that table: each address is renewed by itself, at most 250 ms later than another."""
    found: list[dict[str, Any]] = []

    async def not_older_than_the_table() -> bool:
        answer = await town.read("/v1/league-tables/explanation", who=who, **town.named(month), unit=unit)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        shown, wanted = (dt.datetime.fromisoformat(one["as_of"]) for one in (found[-1], table))
        return shown >= wanted

    await until(not_older_than_the_table)
    return found[-1]


async def _balance(town: Town) -> dict[str, int]:
    today = local_day(dt.datetime.now(dt.UTC))
    first, last = today - dt.timedelta(days=1), today + dt.timedelta(days=1)
    total: dict[str, int] = (await town.ask(f"/v1/balance?from={first}&to={last}"))["total"]
    return total
