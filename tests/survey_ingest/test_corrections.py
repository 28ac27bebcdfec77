"""Corrections: a new response that replaces a counting one of the same system and place."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from support.ingest import Sender, item, new_dossier, new_id
from support.invariants import assert_invariants

pytestmark = pytest.mark.database
BOTH_DIALECTS = True


def refusal(result: dict[str, Any]) -> tuple[str, str, bool]:
    (finding,) = result["findings"]
    return result["verdict"], finding["code"], finding["retry"]


async def test_a_correction_counts_in_the_place_of_what_it_replaces(sender: Sender, facts: asyncpg.Connection):
    old = item(dossier_code=new_dossier())
    await sender.post(old)
    repeat = item(dossier_code=old["dossier_code"])
    await sender.post(repeat)
    new = item(dossier_code=old["dossier_code"], overall=2, replaces=old["response_id"])
    answer = await sender.answer(new)
    result = answer.json()
    assert (answer.status_code, result["verdict"], result["counts"]) == (201, "accepted", new["response_id"])
    stored = await sender.state(old["response_id"])
    assert (stored["state"], stored["counted"], stored["counts"]) == ("replaced", False, new["response_id"])
    assert stored["history"][-1]["event"] == "replaced"
    assert stored["history"][-1]["other"] == new["response_id"]
    waiting = await sender.state(repeat["response_id"])
    assert (waiting["state"], waiting["counts"]) == ("repeat", new["response_id"])
    assert (await sender.post(new))["verdict"] == "duplicate"
    assert (await sender.post(old))["state"] == "replaced"
    await sender.assert_balanced()
    await assert_invariants(facts)


async def test_corrections_follow_each_other_in_a_chain(sender: Sender, facts: asyncpg.Connection):
    chain = [item(dossier_code=new_dossier())]
    for overall in (2, 4, 5):
        chain.append({**chain[-1], "response_id": new_id(), "overall": overall, "replaces": chain[-1]["response_id"]})
    assert [(await sender.post(one))["verdict"] for one in chain] == ["accepted"] * 4
    assert [(await sender.state(one["response_id"]))["state"] for one in chain] == ["replaced"] * 3 + ["counted"]
    await assert_invariants(facts)


async def test_a_chain_in_one_batch_is_applied_after_the_others_in_the_order_sent(
    sender: Sender, facts: asyncpg.Connection
):
    first = item(dossier_code=new_dossier())
    second = {**first, "response_id": new_id(), "replaces": first["response_id"]}
    third = {**first, "response_id": new_id(), "replaces": second["response_id"]}
    late = {**first, "response_id": new_id()}
    results = await sender.batch([second, third, first, late])
    assert [result["verdict"] for result in results] == ["accepted", "accepted", "accepted", "repeat"]
    states = [(await sender.state(one["response_id"]))["state"] for one in (first, second, third, late)]
    assert states == ["replaced", "replaced", "counted", "repeat"]
    await sender.assert_balanced()
    await assert_invariants(facts)


async def test_the_target_must_be_stored_and_a_retry_can_help(sender: Sender):
    old = item()
    new = item(replaces=old["response_id"])
    assert refusal(await sender.post(new)) == ("refused", "replaces_not_found", True)
    await sender.post(old)
    assert (await sender.post(new))["verdict"] == "accepted"


async def test_a_target_of_another_system_is_not_found(register: Any):
    one, other = await register(), await register()
    old = item(dossier_code=new_dossier())
    await one.post(old)
    new = item(dossier_code=old["dossier_code"], replaces=old["response_id"])
    assert refusal(await other.post(new)) == ("refused", "replaces_not_found", True)


async def test_a_target_that_does_not_count_cannot_be_replaced(sender: Sender, facts: asyncpg.Connection):
    dossier = new_dossier()
    counting, repeat = item(dossier_code=dossier), item(dossier_code=dossier)
    await sender.batch([counting, repeat])
    for target, why in ((repeat, "repeat"), (counting, "withdrawn")):
        if why == "withdrawn":
            await sender.withdraw(counting["response_id"], "citizen_request")
        result = await sender.post(item(dossier_code=dossier, replaces=target["response_id"]))
        assert refusal(result) == ("refused", "replaces_not_counting", False)
        in_words = {"repeat": "giữ lại", "withdrawn": "thu hồi"} if sender.dialect == "motcua" else {}
        assert in_words.get(why, why) in result["findings"][0]["message"]
    await assert_invariants(facts)


async def test_two_corrections_of_one_target_are_one(sender: Sender):
    old = item()
    await sender.post(old)
    results = await sender.batch([item(replaces=old["response_id"]), item(replaces=old["response_id"])])
    assert [result["verdict"] for result in results] == ["accepted", "refused"]
    assert results[1]["findings"][0]["code"] == "replaces_not_counting"


@pytest.mark.parametrize(
    "elsewhere",
    [{"stage": "after"}, {"instrument": "HL5"}, {"dossier_code": "other"}, {"dossier_code": None}],
)
async def test_a_correction_stays_in_the_slot_of_its_target(sender: Sender, elsewhere: dict[str, Any]):
    old = item(dossier_code=new_dossier())
    await sender.post(old)
    new = item(**{"dossier_code": old["dossier_code"], "replaces": old["response_id"], **elsewhere})
    assert refusal(await sender.post(new)) == ("refused", "replaces_not_counting", False)
    assert (await sender.state(old["response_id"]))["state"] == "counted"


@pytest.mark.parametrize(
    ("elsewhere", "verdict"),
    [
        ({}, "accepted"),
        ({"overall": 2, "collected_via": "qr"}, "accepted"),
        ({"unit_code": "H99.102"}, "refused"),
        ({"stage": "after"}, "refused"),
        ({"instrument": "HL5"}, "refused"),
        ({"dossier_code": "D"}, "refused"),
    ],
)
async def test_without_a_slot_unit_questionnaire_and_stage_must_be_the_same(
    sender: Sender, facts: asyncpg.Connection, elsewhere: dict[str, Any], verdict: str
):
    old = item()
    await sender.post(old)
    assert (await sender.post(item(replaces=old["response_id"], **elsewhere)))["verdict"] == verdict
    await assert_invariants(facts)


async def test_a_correction_of_another_version_takes_the_slot_of_its_questionnaire(
    sender: Sender, facts: asyncpg.Connection
):
    old = item(dossier_code=new_dossier())
    await sender.post(old)
    new = item(dossier_code=old["dossier_code"], unit_code="H99.102", replaces=old["response_id"])
    assert (await sender.post(new))["verdict"] == "accepted"
    await assert_invariants(facts)


async def test_a_refused_correction_changes_nothing_and_claims_no_id(sender: Sender, facts: asyncpg.Connection):
    new = item(replaces=new_id())
    await sender.post(new)
    assert (await sender.get(f"/v1/responses/{new['response_id']}")).status_code == 404
    assert (await sender.post({**new, "replaces": None}))["verdict"] == "accepted"
    await assert_invariants(facts)
