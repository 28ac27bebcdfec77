"""Targets and what-if over HTTP: on posted units, rounds as far as roles reach, published editions; results called out."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from support.editions import imported_inputs, round_inputs
from support.people import make_person
from support.rounds import FINANCE, H99, HEALTH, HOME, JUSTICE, Stage, criteria
from support.scoring_facts import DEPARTMENTS, Facts, columns
from support.sealed import publish_edition

pytestmark = pytest.mark.database


def document(**changes: Any) -> dict[str, Any]:
    return {
        "code": "demo", "version": "1", "title_vi": "Bộ thử", "title_en": "Demo", "publisher_vi": "Thử", "decision": None,
        "status": "example", "status_note_vi": "Minh họa", "status_note_en": "Illustration",
        "in_force": {"from": "2025-01-01", "to": None}, "replaces": None, "periods": ["year"], "max": "10",
        "rounding": {"digits": 2, "mode": "half_up", "at": "component"}, "index": {"digits": 2, "ranked_on": "percent"},
        "blocks": [{"code": "department", "title_vi": "Sở", "title_en": "Departments"}],
        "ties": {"rule": "competition", "provenance": "declared", "source": "own", "note_vi": "Đồng hạng", "note_en": "Shared"},
        "grades": {"provenance": "illustrative", "source": "own", "default": [
            {"label_vi": "Tốt", "label_en": "Good", "min": "80"}, {"label_vi": "Khá", "label_en": "Fair", "min": "0"}]},
        "views": [], "sources": {"own": {"title": "Invented for a test"}}, "not_modelled": [],
        "children": [
            {"code": "steering", "number": "1", "title_vi": "Chỉ đạo", "title_en": "Steering", "max": "4",
             "provenance": "illustrative", "rule": "linear", "source": "appraised", "on_no_data": "zero"},
            {"code": "satisfaction", "number": "2", "title_vi": "Hài lòng", "title_en": "Satisfaction", "max": "6",
             "provenance": "illustrative", "rule": "survey_top2", "source": "survey", "on_no_data": "zero"},
        ],
        **changes,
    }  # fmt: skip


def unit(done: int, favourable: int) -> dict[str, Any]:
    return {
        "steering": {"numerator": done, "denominator": "4"},
        "satisfaction": {"favourable": favourable, "answers": "100"},
    }


POSTED = {
    "document": document(),
    "block": "department",
    "units": {"Sở A": unit(4, 90), "Sở B": unit(3, 80), "Sở C": unit(2, 65)},
}
"""94.00, 78.00 and 59.00 percent."""


async def post(client: httpx.AsyncClient, path: str, body: Any, status: int = 200, **more: Any) -> dict[str, Any]:
    answer = await client.post(path, json=body, **more)
    assert answer.status_code == status, answer.text
    return answer.json()


async def row_counts(connection) -> dict[str, int]:
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {name: await connection.fetchval(f'SELECT count(*) FROM "{name}"') for (name,) in tables}


async def test_a_place_among_posted_units_is_reached_by_the_fewest_components(client: httpx.AsyncClient):
    answer = await post(client, "/v1/targets", {"base": POSTED, "unit": "Sở C", "target": {"place": 2}})
    assert answer["outcome"] == "reachable"
    assert (answer["now"]["figure"], answer["now"]["rank"]) == ("59.00", 3)
    assert (answer["target"]["figure_needed"], answer["lacking"]["points"]) == ("78.00", "1.90")
    # One component: steering could give 2.00, satisfaction 6 x 35 %; the least is satisfaction to 97 of 100 = 5.82.
    assert [step["code"] for step in answer["plan"]["steps"]] == ["satisfaction"]
    assert answer["plan"]["steps"][0]["after"]["input"] == {"favourable": "97", "answers": "100"}
    assert answer["plan"]["gain"] == "1.92"
    assert (answer["plan"]["after"]["rank"], answer["plan"]["after"]["figure"]) == (2, "78.20")
    assert (answer["base"]["template"], answer["base"]["status_note_vi"]) == (True, "Minh họa")
    held = {"base": POSTED, "unit": "Sở C", "target": {"place": 2}, "hold": ["satisfaction"]}
    other = await post(client, "/v1/targets", held)
    assert [step["code"] for step in other["plan"]["steps"]] == ["steering"]
    assert other["plan"]["steps"][0]["after"]["input"] == {"numerator": "4", "denominator": "4"}


async def test_a_grade_and_a_changed_start(client: httpx.AsyncClient):
    body = {"base": POSTED, "unit": "Sở B", "target": {"grade": "Tốt"}}
    answer = await post(client, "/v1/targets", body)
    assert answer["plan"]["after"]["grade"]["label_vi"] == "Tốt"
    changed = await post(client, "/v1/targets", {**body, "changes": {"steering": {"numerator": 4, "denominator": 4}}})
    assert changed["outcome"] == "reached"


async def test_a_what_if_says_whose_places_move_and_stores_nothing(client: httpx.AsyncClient, connection):
    before = await row_counts(connection)
    body = {"base": POSTED, "unit": "Sở C", "changes": {"satisfaction": {"favourable": "100", "answers": "100"}}}
    answer = await post(client, "/v1/what-if", body)
    assert (answer["before"]["rank"], answer["after"]["rank"], answer["after"]["figure"]) == (3, 2, "80.00")
    assert answer["moved"] == [{"unit_id": 2, "unit": "Sở B", "before": 2, "after": 3}]
    assert [(node["before"]["points"], node["after"]["points"]) for node in answer["nodes"]] == [("3.90", "6.00")]
    gone = await post(client, "/v1/what-if", {**body, "changes": {"satisfaction": None}})
    assert (gone["after"]["figure"], gone["after"]["rank"]) == (None, None)
    assert await row_counts(connection) == before


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/targets", {"base": POSTED, "unit": "Sở C"}, 422, "request_form"),
        ("/v1/targets", {"base": POSTED, "unit": "Sở C", "target": {"place": 0}}, 422, "target_form"),
        ("/v1/targets", {"base": POSTED, "unit": "Sở D", "target": {"place": 1}}, 422, "base_form"),
        ("/v1/targets", {"base": POSTED, "unit": "Sở C", "target": {"grade": "A"}}, 422, "grade_unknown"),
        ("/v1/targets", {"base": POSTED, "unit": "Sở C", "target": {"place": 1}, "hold": ["x"]}, 422, "base_form"),
        ("/v1/targets", {"base": 7, "unit": "Sở C", "target": {"place": 1}}, 422, "base_form"),
        ("/v1/targets", {"base": {"edition": 9, "authority": 5}, "unit": 1, "target": {"place": 1}}, 404, "edition_unknown"),
        ("/v1/targets", {"base": {"round": "x"}, "unit": 1, "target": {"place": 1}}, 401, "sign_in_missing"),
        ("/v1/what-if", {"base": POSTED, "unit": "Sở C", "changes": {"steering": {"numerator": 5, "denominator": 4}, "zz": {}}}, 422, "inputs_invalid"),
        ("/v1/what-if", {"base": POSTED, "unit": "Sở C", "changes": []}, 422, "base_form"),
        ("/v1/targets/satisfaction", {"factors": {}, "figure": "80"}, 422, "base_form"),
        ("/v1/targets/satisfaction", {"factors": {"a": {"favourable": 1.5, "answers": 2}, "b": 3}, "figure": "80"}, 422, "counts_form"),
        ("/v1/targets/satisfaction", {"factors": {"a": {"favourable": 3, "answers": 2}}, "figure": "80"}, 422, "counts_no_share"),
        ("/v1/targets/satisfaction", {"factors": {"a": {"favourable": 1, "answers": 2}}, "figure": "180"}, 422, "target_form"),
    ],
)  # fmt: skip
async def test_what_cannot_be_answered_is_refused_by_name(
    client: httpx.AsyncClient, path: str, body: Any, status: int, code: str
):
    assert (await post(client, path, body, status))["code"] == code


async def test_sipas_80_or_more_in_answers_and_factors(client: httpx.AsyncClient):
    factors = {"access": {"favourable": 1700, "answers": 2000}, "staff": {"favourable": "1410", "answers": "2000"}}
    answer = await post(client, "/v1/targets/satisfaction", {"factors": factors, "figure": "80"})
    assert (answer["now"]["figure"], answer["lacking"]["favourable"]) == ("77.75", "90")
    assert answer["fewest"]["factors"] == [{"factor": "staff", "more": "90", "percent": "75.00"}]


FULL = {
    "plan": {"value": True},
    "results": {"numerator": "6", "denominator": "8"},
    "inspection": {"value": True},
    "publication": {"ticked": ["a"]},
    "late": {"value": True},
    "satisfaction": {"favourable": "60", "answers": "100"},
    "growth": {"value": "50"},
    "disbursement": {"numerator": "1", "denominator": "2"},
    "initiatives": {"count": 0},
    "marks": {"points": "0"},
}


async def decided(stage: Stage, unit_id: int, inputs: dict[str, Any], side: str = "decided") -> None:
    """The side's word on components, as the events would have left it."""
    for component, given in inputs.items():
        sides = {
            side: {
                "input": given,
                "points": None,
                "note": "",
                "event_no": 1,
                "person_id": 1,
                "at": "",
                "late_reason": None,
            }
        }
        await stage.connection.execute(
            "INSERT INTO round_cell (tenant_id, round_id, unit_id, component, sides, evidence, event_no)"
            " VALUES ($1, $2, $3, $4, $5::jsonb, 0, 1)",
            H99, stage.round_id, unit_id, component, json.dumps(sides),
        )  # fmt: skip


@pytest.fixture
async def full(client, connection) -> Stage:
    """A round in which everything is decided for three units: 83 %, 90 % and 31 % about."""
    stage = await Stage.of(client, connection)
    await stage.open()
    await decided(stage, FINANCE, FULL)
    await decided(stage, HEALTH, {**FULL, "results": {"numerator": "8", "denominator": "8"}, "publication": {"ticked": ["a", "b", "c"]}})  # fmt: skip
    await decided(stage, JUSTICE, {**FULL, "plan": {"value": False}})
    return stage


def target(stage: Stage, unit_id: int, **more: Any) -> dict[str, Any]:
    return {"base": {"round": stage.round_id}, "unit": unit_id, "target": {"place": 1}, **more}


BETTER = {
    "results": {"numerator": "8", "denominator": "8"},
    "publication": {"ticked": ["a", "b", "c"]},
    "initiatives": {"count": 1},
}


async def last_year(stage: Stage) -> None:
    """The published table of the year before under the same criteria."""
    inputs = {str(unit): {**FULL, "results": {"numerator": done, "denominator": "8"}} for unit, done in ((FINANCE, "6"), (HEALTH, "5"), (JUSTICE, "2"))}  # fmt: skip
    published = round_inputs() | {
        "framework": dict(criteria().framework.document), "realm": "synthetic", "period": "2025",
        "scope": {"unit_id": H99, "name": "Tỉnh H99", "codes": {}}, "inputs": inputs,
        "units": {str(unit): {"name": f"Sở {unit}", "codes": {}, "region": None} for unit in (FINANCE, HEALTH, JUSTICE)},
    }  # fmt: skip
    await publish_edition(stage.connection, H99, published)


async def test_a_unit_is_measured_against_the_last_published_table_and_officials_against_the_provisional_one(
    full: Stage,
):
    own = full.cast.units[FINANCE]
    await last_year(full)
    answer = await post(full.client, "/v1/targets", target(full, FINANCE), headers=own.headers)
    assert (answer["now"]["rank"], answer["now"]["of"], answer["base"]["standing"]) == (1, 3, "provisional")
    about = answer["base"]["about"]
    assert (about["others"], about["others_edition"], about["others_period"]) == ("published", 1, "2025")
    assert "dữ liệu giả lập" in answer["base"]["notice"]["vi"].lower()
    whole = await post(full.client, "/v1/targets", target(full, FINANCE), headers=full.cast.officer.headers)
    assert (whole["now"]["rank"], whole["base"]["about"]["others"]) == (2, "provisional")
    body = {"base": {"round": full.round_id}, "unit": FINANCE, "changes": BETTER}
    named = await post(full.client, "/v1/what-if", body, headers=full.cast.auditor.headers)
    assert [(line["unit_id"], line["after"]) for line in named["moved"]] == [(HEALTH, 2)]
    # What was tried is nowhere.
    table = await full.done(full.cast.auditor, "GET", f"/{full.round_id}/table")
    assert table["table"]["rows"][0]["unit_id"] == HEALTH


async def test_no_target_of_a_unit_tells_anything_that_depends_on_the_others_provisional_figures(full: Stage):
    own = full.cast.units[FINANCE]
    asked = [{**target(full, FINANCE), "target": wish} for wish in ({"figure": "90"}, {"figure": "100"})]
    tried = {"base": {"round": full.round_id}, "unit": FINANCE, "changes": BETTER}

    async def everything() -> list[dict[str, Any]]:
        answers = [await full.client.post("/v1/targets", json=one, headers=own.headers) for one in asked]
        answers.append(await full.client.post("/v1/what-if", json=tried, headers=own.headers))
        return [answer.json() for answer in answers]

    before = await everything()
    assert (before[-1]["after"]["rank"], before[-1]["after"]["of"], before[-1]["moved"]) == (None, None, None)
    assert before[0]["base"]["about"]["others"] == "none"
    refusal = await post(full.client, "/v1/targets", target(full, FINANCE), 409, headers=own.headers)
    assert refusal["code"] == "no_published_table"
    for unit in (HEALTH, JUSTICE):
        await full.connection.execute(
            "UPDATE round_cell SET sides = jsonb_set(sides, '{decided,input}', '{\"value\": false}')"
            " WHERE unit_id = $1 AND component = 'plan'",
            unit,
        )
    assert await everything() == before


@pytest.mark.parametrize("role", ["officer", "chair", "auditor"])
async def test_whoever_sees_the_whole_round_may_start_from_any_unit(full: Stage, role: str):
    person = getattr(full.cast, role)
    answer = await post(full.client, "/v1/targets", target(full, JUSTICE), headers=person.headers)
    assert answer["now"]["rank"] == 3


async def test_nobody_else_starts_from_a_unit(full: Stage):
    stranger = await make_person(full.connection, H99, "Người ngoài", [("unit", 990_008)])
    other = await make_person(full.connection, 990_100, "Tỉnh khác", ["officer"])
    for person, status, code in (
        (full.cast.units[HEALTH], 403, "unit_not_yours"),
        (full.cast.home, 403, "unit_not_yours"),
        (stranger, 403, "round_not_yours"),
        (other, 404, "round_unknown"),
    ):
        refusal = await post(full.client, "/v1/targets", target(full, FINANCE), status, headers=person.headers)
        assert refusal["code"] == code
    assert (await post(full.client, "/v1/targets", target(full, FINANCE), 401))["code"] == "sign_in_missing"
    outside = target(full, HOME)
    assert (await post(full.client, "/v1/targets", outside, 404, headers=full.cast.officer.headers))["code"] == "unit_not_in_round"  # fmt: skip


async def test_before_anybody_has_decided_a_unit_may_start_from_its_own_word(client, connection):
    stage = await Stage.of(client, connection)
    await stage.open()
    await decided(stage, FINANCE, {code: FULL[code] for code in ("plan", "results", "inspection", "publication", "late")}, "declared")  # fmt: skip
    rest = {
        code: given
        for code, given in FULL.items()
        if code not in ("plan", "results", "inspection", "publication", "late")
    }
    own = stage.cast.units[FINANCE]
    final = await post(
        client, "/v1/targets", {**target(stage, FINANCE), "target": {"figure": "90"}}, headers=own.headers
    )
    assert (final["outcome"], len(final["missing"])) == ("incomplete", 10)
    latest = {**target(stage, FINANCE, changes=rest), "base": {"round": stage.round_id, "inputs": "latest"}}
    answer = await post(client, "/v1/targets", {**latest, "target": {"figure": "90"}}, headers=own.headers)
    assert answer["outcome"] == "reachable"


async def test_survey_results_below_70_are_called_out_in_a_round_to_those_who_see_them(full: Stage):
    path = f"/{full.round_id}/units/{FINANCE}/score"
    score = await full.done(full.cast.units[FINANCE], "GET", path)
    [flagged] = score["flagged"]
    assert (flagged["code"], flagged["percent"], flagged["below"]) == ("satisfaction", "60.00", "70")
    assert flagged["words"]["vi"] == "Mức độ hài lòng: đạt 60,00%, dưới 70%."
    assert (await full.done(full.cast.control, "GET", path))["flagged"] == []


async def test_factors_below_70_are_called_out_in_results_and_hidden_ones_never(client, connection, registers):
    facts = await Facts.of(connection, next(iter(registers.values())), "SIPAS-2017")
    items = {number: {5: 90, 1: 10} for number in range(1, 5)} | {number: {5: 60, 1: 40} for number in range(5, 23)}
    few = {number: {1: 3} for number in range(1, 23)}
    await facts.month("2026-01", {DEPARTMENTS[0]: columns(items, 100), DEPARTMENTS[1]: columns(few, 3), DEPARTMENTS[2]: columns({number: {5: 40} for number in range(1, 23)}, 40)})  # fmt: skip
    asked = {"period": "2026-01", "instrument": "SIPAS-2017", "realm": "synthetic", "by": "factor"}
    found = (await client.get("/v1/results", params={**asked, "unit": DEPARTMENTS[0]})).json()
    assert [(one["code"], one["percent"]) for one in found["flagged"]] == [(code, "60.00") for code in ("procedures", "staff", "result", "feedback")]  # fmt: skip
    hidden = (await client.get("/v1/results", params={**asked, "unit": DEPARTMENTS[1]})).json()
    assert (hidden["suppressed"], hidden["flagged"]) == ("small_cell", [])


async def test_an_edition_is_a_start_for_everybody(client, connection):
    await publish_edition(connection, 990_000, round_inputs())
    base = {"edition": 1, "authority": 990_000}
    answer = await post(client, "/v1/targets", {"base": base, "unit": 990_003, "target": {"place": 1}})
    # Two units share 78.00 in first place; 990004 has a component missing and no place.
    assert (answer["now"]["rank"], answer["now"]["of"], answer["target"]["figure_needed"]) == (3, 3, "78.00")
    assert answer["base"]["standing"] == "published"
    changes = {code: step["after"]["input"] for step in answer["plan"]["steps"] for code in [step["code"]]}
    tried = await post(client, "/v1/what-if", {"base": base, "unit": 990_003, "changes": changes})
    assert tried["after"]["rank"] == 1
    assert Decimal(tried["after"]["figure"]) >= 78


async def test_an_edition_without_components_or_with_too_few_answers_says_so(client, connection):
    await publish_edition(connection, 0, imported_inputs())
    small = round_inputs()
    small["inputs"]["990003"]["satisfaction"] |= {"answers": "4", "favourable": "1", "from": {"kind": "survey", "responses": 4}}  # fmt: skip
    await publish_edition(connection, 990_000, small)
    body = {"unit": 46, "target": {"place": 1}}
    printed = await post(client, "/v1/targets", {"base": {"edition": 1, "authority": 0}, **body}, 409)
    assert printed["code"] == "edition_without_components"
    few = await post(
        client, "/v1/targets", {"base": {"edition": 1, "authority": 990_000}, **body, "unit": 990_003}, 409
    )
    assert few["code"] == "small_cell"
