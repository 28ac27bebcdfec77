"""Figures joined into a round: from survey results, from imported tables, posted with their source."""

from __future__ import annotations

import json

import asyncpg
import pytest

from support.rounds import FINANCE, HEALTH, JUSTICE, UNITS, Stage, caches_hold
from support.scoring_facts import Facts, kiosk


async def side(stage: Stage, unit: int, component: str) -> dict:
    state = await stage.state()
    cell = next(one for one in state["cells"] if (one["unit_id"], one["component"]) == (unit, component))
    assert cell["final"] == "joined"
    return cell["sides"]["joined"]


async def test_survey_results_are_pooled_into_the_component_with_their_origin(opened: Stage, facts: Facts):
    await facts.month("2026", {FINANCE: kiosk({5: 50, 4: 32, 2: 18}), HEALTH: kiosk({-1: 3})})
    answer = await opened.done(opened.cast.officer, "POST", f"/{opened.round_id}/joins", {"kind": "survey"})
    assert (answer["joined"], [one["unit_id"] for one in answer["absent"]]) == (1, [HEALTH, JUSTICE])
    assert "câu trả lời" in answer["absent"][0]["reason_vi"]
    assert "Chưa có kết quả khảo sát KIOSK3" in answer["absent"][1]["reason_vi"]
    joined = await side(opened, FINANCE, "satisfaction")
    assert joined["points"] == "8.20"
    given = joined["input"]
    assert (given["favourable"], given["answers"]) == ("82", "100")
    stored = await opened.connection.fetchrow(
        "SELECT encode(sha256, 'hex') AS sha256, as_of FROM unit_result WHERE unit_id = $1 AND period = '2026'", FINANCE
    )
    assert given["from"]["sha256"] == stored["sha256"]
    assert (given["from"]["instrument"], given["from"]["responses"]) == ("KIOSK3@1", 100)
    await caches_hold(opened.connection, opened.round_id)


async def test_joining_again_appends_and_the_frozen_result_goes_before_the_current_one(opened: Stage, facts: Facts):
    await facts.month("2026", {FINANCE: kiosk({5: 1, 2: 1})})
    path, officer = f"/{opened.round_id}/joins", opened.cast.officer
    await opened.done(officer, "POST", path, {"kind": "survey"})
    await facts.month("2026", {FINANCE: kiosk({5: 9, 2: 1})}, state="frozen")
    await opened.done(officer, "POST", path, {"kind": "survey", "note": "Sau khi chốt kỳ"})
    joined = await side(opened, FINANCE, "satisfaction")
    assert (joined["points"], joined["input"]["from"]["state"]) == ("9.00", "frozen")
    page = await opened.done(officer, "GET", f"/{opened.round_id}/events?unit_id={FINANCE}&component=satisfaction")
    assert [event["points"] for event in page["events"]] == ["5.00", "9.00"]


async def import_table(
    connection: asyncpg.Connection, values: dict[int, str], *, observed_at: str, to_date: bool
) -> None:
    table_id = await connection.fetchval(
        "INSERT INTO imported_table (tenant_id, realm, framework, scope_unit_id, block, period, to_date, observed_at, source, sha256, recorded_at)"
        " VALUES (0, 'synthetic', 'grdp', 990000, 'department', '2026', $2, $1::text::timestamptz, 'Cục Thống kê', $1, now()) RETURNING imported_table_id",
        observed_at, to_date,
    )  # fmt: skip
    await connection.executemany(
        "INSERT INTO imported_row (tenant_id, imported_table_id, unit_id, printed_code, printed_name, total, parts) VALUES (0, $1, $2, 'H99', 'Sở', $3::text::numeric, '{}')",
        [(table_id, unit, value) for unit, value in values.items()],
    )


async def test_imported_tables_of_the_whole_period_go_before_those_of_an_open_one(opened: Stage):
    await import_table(
        opened.connection, {FINANCE: "50", HEALTH: "60"}, observed_at="2026-10-01 00:00+07", to_date=True
    )
    await import_table(opened.connection, {FINANCE: "82.30"}, observed_at="2026-09-01 00:00+07", to_date=False)
    answer = await opened.done(opened.cast.officer, "POST", f"/{opened.round_id}/joins", {"kind": "external"})
    assert (answer["joined"], [one["unit_id"] for one in answer["absent"]]) == (2, [JUSTICE])
    joined = await side(opened, FINANCE, "growth")
    assert (joined["input"]["value"], joined["points"]) == ("82.30", "3.29")
    assert joined["input"]["from"]["source"] == "Cục Thống kê"
    assert (await side(opened, HEALTH, "growth"))["input"]["value"] == "60"


async def test_posted_figures_carry_their_source_and_come_all_or_none(opened: Stage):
    path, officer = f"/{opened.round_id}/joins", opened.cast.officer
    good = {"unit_id": FINANCE, "component": "disbursement", "input": {"numerator": "85,5", "denominator": "100"}}
    body = {"kind": "figures", "figures": [good], "source": ""}
    await opened.refused(officer, "POST", path, body, 422, "source_missing")
    bad = [
        good,
        {**good, "unit_id": 79},
        {**good, "component": "plan"},
        {**good, "component": "nothing"},
        good,
        {"unit_id": HEALTH, "component": "disbursement", "input": {"numerator": "5", "denominator": "4"}},
    ]
    problem = await opened.refused(
        officer, "POST", path, {"kind": "figures", "figures": bad, "source": "Kho bạc"}, 422, "figures_invalid"
    )
    assert [(one["code"], one["field"].split(":")[0]) for one in problem["findings"]] == [
        ("unit_not_in_round", "figures[1]"),
        ("component_appraised", "figures[2]"),
        ("component_unknown", "figures[3]"),
        ("figure_twice", "figures[4]"),
        ("numerator_above_denominator", "figures[5]"),
    ]
    assert (await opened.state())["cells"] == []
    answer = await opened.done(officer, "POST", path, {**body, "source": "Kho bạc Nhà nước"})
    assert (answer["joined"], [one["unit_id"] for one in answer["absent"]]) == (1, [HEALTH, JUSTICE])
    joined = await side(opened, FINANCE, "disbursement")
    assert (joined["points"], joined["input"]["from"]) == ("5.13", {"kind": "posted", "source": "Kho bạc Nhà nước"})


async def post_csv(stage: Stage, text: str | bytes, query: str = "?source=Kho%20b%E1%BA%A1c"):
    return await stage.client.post(
        f"/v1/rounds/{stage.round_id}/joins{query}",
        content=text if isinstance(text, bytes) else text.encode(),
        headers={**stage.cast.officer.headers, "content-type": "text/csv; charset=utf-8"},
    )


async def test_figures_come_as_csv_by_code_or_id_with_vietnamese_decimals(opened: Stage):
    text = "﻿unit;component;value;numerator;denominator;no_data\r\nH99.02;growth;82,3;;;\r\n990003;disbursement;;3;4;\r\n;;;;;\r\nH99.04;disbursement;;;;x\r\n"
    answer = await post_csv(opened, text)
    assert answer.status_code == 200, answer.text
    assert answer.json()["joined"] == 3
    assert (await side(opened, FINANCE, "growth"))["points"] == "3.29"
    assert (await side(opened, HEALTH, "disbursement"))["points"] == "4.50"
    assert (await side(opened, JUSTICE, "disbursement"))["points"] == "0.00"


@pytest.mark.parametrize(
    ("text", "status", "codes"),
    [
        (b"unit,component\xff", 400, []),
        ("unit,what\r\n", 422, ["column_missing", "column_unknown"]),
        ("unit,component,value,value\r\n", 422, ["column_twice"]),
        ("unit,component,value\r\nH98,growth,1\r\nH99.02,growth,1,2\r\n", 422, ["unit_not_in_round", "row_too_long"]),
        ("unit,component,value\r\nH99.02,growth,abc\r\n", 422, ["value_not_decimal"]),
        ("", 422, ["column_missing", "column_missing"]),
    ],
)
async def test_a_csv_at_fault_is_refused_row_by_row(opened: Stage, text, status: int, codes: list[str]):
    answer = await post_csv(opened, text)
    assert answer.status_code == status, answer.text
    assert [one["code"] for one in answer.json().get("findings", [])] == codes
    assert (await opened.state())["cells"] == []


async def test_a_join_that_fits_no_form_is_refused_with_what_was_expected(opened: Stage):
    path, officer = f"/{opened.round_id}/joins", opened.cast.officer
    await opened.refused(officer, "POST", path, {"kind": "guess"}, 422, "request_invalid")
    await opened.refused(officer, "POST", path, {"kind": "survey", "components": ["growth"]}, 422, "nothing_to_join")
    await opened.refused(officer, "POST", path, {"kind": "survey", "components": ["nothing"]}, 404, "component_unknown")
    answer = await opened.client.post(f"/v1/rounds{path}", content=b"{", headers=officer.headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "json_unreadable")


async def test_a_survey_component_without_a_questionnaire_takes_the_named_one(client, connection):
    stage = await Stage.of(client, connection, (" instrument: KIOSK3,", ""))
    await stage.open()
    path, officer = f"/{stage.round_id}/joins", stage.cast.officer
    await stage.refused(officer, "POST", path, {"kind": "survey"}, 422, "instrument_missing")
    answer = await stage.done(officer, "POST", path, {"kind": "survey", "instrument": "KIOSK3@1"})
    assert (answer["joined"], len(answer["absent"])) == (0, len(UNITS))
    assert json.dumps(answer["absent"]).count("KIOSK3@1") == 2 * len(UNITS)
