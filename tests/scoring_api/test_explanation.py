"""From a figure down to its counts, and for an auditor down to the responses."""

from __future__ import annotations

import datetime as dt

import pytest

from support.scoring_facts import COMMUNES, DEPARTMENTS, H98, Facts, bearer, columns, kiosk

pytestmark = pytest.mark.database
BASE = {"period": "2026-01", "instrument": "KIOSK3", "realm": "synthetic"}
TABLE = {"scope": "H99", "block": "department", **BASE}
EXPLANATION, RESPONSES = "/v1/league-tables/explanation", "/v1/results/responses"
FIRST = DEPARTMENTS[0]


async def explained(client, headers=None, **asked):
    answer = await client.get(EXPLANATION, params={**TABLE, "unit": FIRST, **asked}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_figure_is_explained_down_to_its_counts(client, facts):
    await facts.month("2026-01", {unit: kiosk({5: 50, 4: 10, 2: 40, -1: 3}) for unit in DEPARTMENTS[:3]})
    told = await explained(client)
    assert told["figure"] == {"value": "60.00", "n": 100, "numerator": "60", "denominator": "100", "reason": None}
    assert "100 x 60 / 100 = 60.00" in told["rule"]["vi"]
    assert [(one["value"], one["n"], one["favourable"]) for one in told["inputs"][0]["answers"]] == [
        (2, 40, False),
        (4, 10, True),
        (5, 50, True),
    ]
    assert told["balance"]["dont_know"] == 3
    assert (told["ranking"]["rank"], told["ranking"]["policy"], told["ranking"]["tie_rule"]) == (
        1,
        "satisfaction@2026-1",
        "competition",
    )
    assert told["responses_url"] is None
    assert (await explained(client, method="mean"))["figure"]["value"] == "74.00"


async def test_the_scope_itself_and_a_unit_without_responses_are_explained_too(client, facts):
    await facts.month("2026-01", {unit: kiosk({5: 30, 2: 10}) for unit in DEPARTMENTS[:3]})
    scope = await explained(client, unit="H99")
    assert (scope["figure"]["n"], scope["ranking"]) == (120, None)
    silent = await explained(client, unit=DEPARTMENTS[7])
    assert (silent["figure"]["value"], silent["figure"]["reason"], silent["ranking"]["unranked_reason"]) == (
        None,
        "no_answers",
        "no_responses",
    )


async def test_a_factor_an_item_and_an_unknown_one(client, connection, registers):
    facts = await Facts.of(connection, next(iter(registers.values())), "SIPAS-2017")
    await facts.month(
        "2026-01", {unit: columns({column: {5: 60, 1: 40} for column in range(1, 23)}, 100) for unit in DEPARTMENTS[:3]}
    )
    asked = {"instrument": "SIPAS-2017"}
    factor = facts.instrument.factors[0].code
    told = await explained(client, **asked, factor=factor)
    assert (told["subject"], len(told["inputs"]), told["figure"]["n"]) == (
        {"kind": "factor", "code": factor, "option": None},
        4,
        400,
    )
    item = told["inputs"][0]["item"]
    assert (await explained(client, **asked, item=item))["figure"]["n"] == 100
    missing = await client.get(EXPLANATION, params={**TABLE, **asked, "unit": FIRST, "item": "nothing"})
    assert (missing.status_code, missing.json()["code"]) == (404, "subject_unknown")


async def test_a_unit_of_another_block_is_no_row_of_the_table(client, facts):
    await facts.month("2026-01", {unit: kiosk({5: 30}) for unit in DEPARTMENTS[:3]})
    answer = await client.get(EXPLANATION, params={**TABLE, "unit": COMMUNES[0]})
    assert (answer.status_code, answer.json()["code"]) == (404, "unit_not_in_table")


@pytest.fixture
async def small(facts):
    """A department with two responses, one of them withdrawn later, and one of another month."""
    await facts.response(FIRST, "A-1", dt.date(2026, 1, 31))
    await facts.response(FIRST, "A-2", dt.date(2026, 1, 1), withdrawn=True)
    await facts.response(FIRST, "A-3", dt.date(2026, 2, 1))
    await facts.response(DEPARTMENTS[1], "B-1", dt.date(2026, 1, 15), system_id=2)
    return await facts.month(
        "2026-01", {FIRST: kiosk({5: 1}), DEPARTMENTS[1]: kiosk({5: 30}), DEPARTMENTS[2]: kiosk({5: 40})}
    )


async def test_an_auditor_sees_what_small_cells_hide_and_the_way_to_the_responses(client, small, connection):
    auditor = await bearer(connection)
    told = await client.get(EXPLANATION, params={**TABLE, "unit": FIRST}, headers=auditor)
    assert told.headers["cache-control"] == "private, no-store"
    assert (told.json()["figure"]["value"], told.json()["suppressed"]) == ("100.00", None)
    listed = await client.get(told.json()["responses_url"], headers=auditor)
    assert [(one["response_id"], one["counts"], one["local_day"]) for one in listed.json()["responses"]] == [
        ("A-1", True, "2026-01-31"),
        ("A-2", False, "2026-01-01"),
    ]
    assert listed.headers["cache-control"] == "private, no-store"
    assert (await explained(client))["suppressed"] == "small_cell"


async def test_response_ids_of_a_subtree_are_paged_in_order(client, small, connection):
    auditor = await bearer(connection)
    found, cursor = [], {}
    while cursor is not None:
        page = (
            await client.get(RESPONSES, params={**BASE, "unit": "H99", "limit": 1, **cursor}, headers=auditor)
        ).json()
        found += [one["response_id"] for one in page["responses"]]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert found == ["A-1", "A-2", "B-1"]
    wrong = await client.get(RESPONSES, params={**BASE, "unit": "H99", "cursor": "1.x"}, headers=auditor)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "cursor_unknown")


async def test_without_a_token_there_are_no_response_ids(client, small):
    answer = await client.get(RESPONSES, params={**BASE, "unit": FIRST})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")
    assert "www-authenticate" in answer.headers


@pytest.mark.parametrize(
    ("credential", "status", "code"),
    [
        ({"scopes": ("ingest",)}, 403, "scope_missing"),
        ({"units": (H98,)}, 403, "unit_outside_scope"),
        ({"units": (DEPARTMENTS[1],)}, 403, "unit_outside_scope"),
        ({"realm": "production"}, 403, "realm_forbidden"),
    ],
)
async def test_a_credential_that_does_not_reach_so_far_is_refused_on_both_routes(
    client, small, connection, credential, status, code
):
    headers = await bearer(connection, **credential)
    for path, asked in ((EXPLANATION, TABLE), (RESPONSES, BASE)):
        answer = await client.get(path, params={**asked, "unit": FIRST}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_token_of_nobody_is_refused_and_does_not_fall_back_to_the_public_answer(client, small):
    for token in ("Bearer t1." + "x" * 30, "Basic abc", "Bearer ' OR 1=1"):
        answer = await client.get(EXPLANATION, params={**TABLE, "unit": FIRST}, headers={"Authorization": token})
        assert answer.status_code == 401


async def test_an_auditor_of_the_nation_reaches_every_unit(client, small, connection):
    headers = await bearer(connection, units=(0,))
    assert (await client.get(RESPONSES, params={**BASE, "unit": FIRST}, headers=headers)).status_code == 200
