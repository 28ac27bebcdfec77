"""One unit's results: whole, items, factors, circumstances; series; always beside their counts."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest

from support.scoring_facts import COMMUNES, DEPARTMENTS, H99, Facts, columns, kiosk

pytestmark = pytest.mark.database
JANUARY = {"period": "2026-01", "instrument": "KIOSK3", "realm": "synthetic"}
FIRST = DEPARTMENTS[0]


async def result(client, unit, **asked):
    answer = await client.get("/v1/results", params={**JANUARY, "unit": unit, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_whole_stands_beside_its_counts(client, facts):
    await facts.month("2026-01", {unit: kiosk({5: 50, 4: 10, 2: 40, -1: 3, -4: 2}) for unit in DEPARTMENTS[:3]})
    found = await result(client, "H99.01")
    (line,) = found["lines"]
    assert line["top2"] == {"value": "60.00", "n": 100, "numerator": "60", "denominator": "100", "reason": None}
    assert line["mean"]["value"] == "74.00"
    assert line["balance"] == {
        "responses": 105,
        "answered": 100,
        "not_answered": 0,
        "dont_know": 3,
        "not_applicable": 0,
        "automatic": 2,
    }
    assert (found["responses"], found["policy"], found["suppressed"], found["reason"]) == (
        105,
        "satisfaction@2026-1",
        None,
        None,
    )


async def test_a_unit_without_responses_has_no_figure_and_not_zero(client, facts):
    found = await result(client, DEPARTMENTS[7])
    assert (found["responses"], found["reason"], found["lines"]) == (0, "no_responses", [])


async def test_an_unknown_unit_is_404_and_a_missing_frozen_result_says_when_it_closes(client, facts):
    answer = await client.get("/v1/results", params={**JANUARY, "unit": 77})
    assert (answer.status_code, answer.json()["code"]) == (404, "unit_not_found")
    frozen = await client.get("/v1/results", params={**JANUARY, "unit": FIRST, "state": "frozen"})
    assert (frozen.status_code, frozen.json()["code"]) == (404, "result_not_frozen")
    assert "2026-02-16" in frozen.json()["hint"]


async def test_factors_and_items_are_pooled_and_titled(client, connection, registers):
    facts = await Facts.of(connection, next(iter(registers.values())), "SIPAS-2017")
    answers = {column: {5: 30, 4: 30, 3: 40} if column <= 4 else {5: 80, 1: 20} for column in range(1, 23)}
    await facts.month("2026-01", {unit: columns(answers, 100) for unit in DEPARTMENTS[:3]})
    factors = await result(client, FIRST, instrument="SIPAS-2017", by="factor")
    assert [line["top2"]["value"] for line in factors["lines"]] == ["60.00", "80.00", "80.00", "80.00", "80.00"]
    assert factors["lines"][0]["top2"]["n"] == 400
    assert all(line["title"]["vi"] and line["title"]["en"] for line in factors["lines"])
    items = await result(client, FIRST, instrument="SIPAS-2017", by="item")
    assert len(items["lines"]) == 22
    assert items["lines"][0]["balance"]["answered"] == 100


async def test_options_of_a_multi_select_item_are_lines_of_their_own(client, connection, registers):
    facts = await Facts.of(connection, next(iter(registers.values())), "HL5")
    multi = next(item for item in facts.instrument.items.values() if item.kind == "multi")
    answers = {
        column.number: {1: 8, 0: 12} if column.item == multi.code else {5: 20} for column in facts.instrument.columns
    }
    await facts.month("2026-01", {unit: columns(answers, 20) for unit in DEPARTMENTS[:3]})
    lines = (await result(client, FIRST, instrument="HL5", by="item"))["lines"]
    options = [line for line in lines if line["item"] == multi.code]
    assert [line["key"] for line in options] == [f"{multi.code}/{option.id}" for option in multi.options]
    assert {line["top2"]["value"] for line in options} == {"40.00"}


@pytest.mark.parametrize(
    ("by", "circumstance", "categories"),
    [
        ("channel", "service_channel", ("online", "postal")),
        ("collected_via", "collected_via", ("kiosk", "qr")),
        ("stage", "stage", ("intake", "result")),
        ("mode", "mode", ("assisted", "self")),
        ("respondent_kind", "respondent_kind", ("business", "citizen")),
    ],
)
async def test_circumstances_are_counted_over_the_whole_subtree(client, facts, by, circumstance, categories):
    units = (*DEPARTMENTS[:3], *COMMUNES[:2])
    for unit in units:
        await facts.rollup(unit, dt.date(2026, 1, 31), kiosk({5: 9, 2: 1}), **{circumstance: categories[0]})
        await facts.rollup(unit, dt.date(2026, 1, 1), kiosk({5: 5, 2: 15}), **{circumstance: categories[1]})
        await facts.rollup(unit, dt.date(2026, 2, 1), kiosk({5: 500}), **{circumstance: categories[0]})
    await facts.month("2026-01", {unit: kiosk({5: 14, 2: 16}) for unit in units})
    own = (await result(client, FIRST, by=by))["lines"]
    assert [(line["key"], line["responses"], line["top2"]["value"]) for line in own] == [
        (categories[0], 10, "90.00"),
        (categories[1], 20, "25.00"),
    ]
    province = await result(client, H99, by=by)
    assert [line["responses"] for line in province["lines"]] == [50, 100]
    assert sum(line["responses"] for line in province["lines"]) == province["responses"]


async def test_a_circumstance_that_was_not_given_is_named(client, facts):
    await facts.rollup(FIRST, dt.date(2026, 1, 5), kiosk({5: 30}), service_channel="")
    await facts.month("2026-01", {FIRST: kiosk({5: 30})})
    (line,) = (await result(client, FIRST, by="channel"))["lines"]
    assert (line["key"], line["title"]["en"]) == ("not_given", "Not given")


async def test_the_sheet_of_a_result_holds_the_same_figures(client, facts):
    await facts.month("2026-01", {unit: kiosk({5: 50, 2: 50}) for unit in DEPARTMENTS[:3]})
    answer = await client.get("/v1/results", params={**JANUARY, "unit": FIRST, "by": "item", "format": "csv"})
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert (row["key"], row["top2"], row["mean"], row["responses"], row["realm"]) == (
        "overall",
        "50.00",
        "70.00",
        "100",
        "synthetic",
    )
    empty = await client.get("/v1/results", params={**JANUARY, "unit": DEPARTMENTS[7], "format": "csv"})
    (row,) = csv.DictReader(io.StringIO(empty.content.decode("utf-8-sig"), newline=""))
    assert (row["top2"], row["reason"]) == ("", "no_responses")


async def series(client, **asked):
    answer = await client.get(
        "/v1/series", params={"unit": "H99.01", "instrument": "KIOSK3", "realm": "synthetic", **asked}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_series_shows_frozen_and_current_side_by_side_and_names_its_gaps(client, facts):
    three = DEPARTMENTS[:3]
    await facts.month("2025-12", {unit: kiosk({5: 8, 2: 2}) for unit in three})
    await facts.month("2025-12", {unit: kiosk({5: 6, 2: 4}) for unit in three}, state="frozen")
    await facts.month("2026-02", {unit: kiosk({5: 9, 2: 1}) for unit in three})
    points = (await series(client, **{"from": "2025-06", "to": "2026-02"}))["points"]
    assert [(point["period"], point["gap"]) for point in points] == [
        ("2025-06", "unit_not_yet"), ("2025-07", "no_responses"), ("2025-08", "no_responses"), ("2025-09", "no_responses"), ("2025-10", "no_responses"),
        ("2025-11", "no_responses"), ("2025-12", None), ("2026-01", "no_responses"), ("2026-02", None),
    ]  # fmt: skip
    assert (points[6]["current"]["top2"]["value"], points[6]["frozen"]["top2"]["value"], points[6]["closed"]) == (
        "80.00",
        "60.00",
        True,
    )
    assert (points[8]["current"]["responses"], points[8]["frozen"]) == (10, None)
    assert points[1]["current"] is None


@pytest.mark.parametrize(("kind", "count"), [("month", 12), ("quarter", 8), ("half", 6), ("year", 5)])
async def test_a_series_without_bounds_ends_with_the_running_period(client, facts, kind, count):
    points = (await series(client, kind=kind))["points"]
    assert len(points) == count
    assert points[-1]["partial"]
    assert not points[-2]["partial"]


async def test_a_period_to_come_has_not_begun(client, facts):
    points = (await series(client, **{"from": "2998-12", "to": "2999-01"}))["points"]
    assert {point["gap"] for point in points} == {"not_begun"}


async def test_bounds_that_make_no_sense_are_refused(client, facts):
    for bounds in ({"from": "2026-02", "to": "2026-01"}, {"from": "1990-01", "to": "2026-01"}):
        answer = await client.get(
            "/v1/series", params={"unit": "H99.01", "instrument": "KIOSK3", "realm": "synthetic", **bounds}
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "parameter_invalid")


async def test_the_sheet_of_a_series_has_a_row_for_every_period(client, facts):
    answer = await client.get(
        "/v1/series",
        params={
            "unit": "H99.01",
            "instrument": "KIOSK3",
            "realm": "synthetic",
            "format": "csv",
            "from": "2026-01",
            "to": "2026-03",
        },
    )
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [(row["period"], row["current_top2"], row["gap"]) for row in rows] == [
        ("2026-01", "", "no_responses"),
        ("2026-02", "", "no_responses"),
        ("2026-03", "", "no_responses"),
    ]
