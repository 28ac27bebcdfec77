"""Withdrawals: a tombstone with its reason, who moves up, and what stays as it was."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from support.ingest import Sender, item, new_dossier, new_id
from support.invariants import assert_invariants

pytestmark = pytest.mark.database
BOTH_DIALECTS = True


async def slot_of(sender: Sender, count: int = 3) -> list[dict[str, Any]]:
    """Responses of one new slot: the first counts, the others are repeats."""
    dossier = new_dossier()
    batch = [item(dossier_code=dossier, response_id=f"{letter}-{new_id()}") for letter in "zyx"[:count]]
    await sender.batch(batch)
    return batch


async def states(sender: Sender, items: list[dict[str, Any]]) -> list[str]:
    return [(await sender.state(one["response_id"]))["state"] for one in items]


@pytest.mark.parametrize("reason", ["test", "entered_in_error"])
async def test_the_earliest_kept_repeat_moves_up(sender: Sender, facts: asyncpg.Connection, reason: str):
    first, second, third = await slot_of(sender)
    answer = await sender.withdraw(first["response_id"], reason)
    stored = answer.json()
    assert (answer.status_code, stored["state"], stored["counts"]) == (200, "withdrawn", second["response_id"])
    assert (stored["history"][-1]["event"], stored["history"][-1]["reason"]) == ("withdrawn", reason)
    assert await states(sender, [first, second, third]) == ["withdrawn", "counted", "repeat"]
    promoted = (await sender.state(second["response_id"]))["history"][-1]
    assert (promoted["event"], promoted["other"]) == ("promoted", first["response_id"])
    await sender.withdraw(second["response_id"], reason)
    assert await states(sender, [first, second, third]) == ["withdrawn", "withdrawn", "counted"]
    later = item(dossier_code=first["dossier_code"])
    assert (await sender.post(later))["counts"] == third["response_id"]
    await assert_invariants(facts)


async def test_the_earliest_received_moves_up_also_when_it_was_sent_by_another_system(
    register: Any, facts: asyncpg.Connection
):
    one, other = await register(), await register()
    dossier = new_dossier()
    first, early, late = (item(dossier_code=dossier) for _ in range(3))
    await one.post(first)
    await other.post(early)
    await one.post(late)
    await one.withdraw(first["response_id"], "test")
    assert (await other.state(early["response_id"]))["state"] == "counted"
    assert (await one.state(late["response_id"]))["counts"] == early["response_id"]
    await assert_invariants(facts)


@pytest.mark.parametrize("reason", ["test", "entered_in_error"])
async def test_without_a_repeat_the_slot_is_free(sender: Sender, facts: asyncpg.Connection, reason: str):
    (only,) = await slot_of(sender, 1)
    stored = (await sender.withdraw(only["response_id"], reason)).json()
    assert (stored["state"], stored["counts"]) == ("withdrawn", None)
    again = item(dossier_code=only["dossier_code"])
    assert (await sender.post(again))["verdict"] == "accepted"
    await assert_invariants(facts)


async def test_at_the_citizens_request_the_tombstone_keeps_the_slot(sender: Sender, facts: asyncpg.Connection):
    first, second = await slot_of(sender, 2)
    stored = (await sender.withdraw(first["response_id"], "citizen_request")).json()
    assert (stored["state"], stored["counted"], stored["counts"]) == ("withdrawn", False, first["response_id"])
    assert await states(sender, [second]) == ["repeat"]
    later = await sender.post(item(dossier_code=first["dossier_code"]))
    assert (later["verdict"], later["counted"], later["counts"]) == ("repeat", False, first["response_id"])
    await assert_invariants(facts)


async def test_withdrawing_a_repeat_moves_nothing_and_it_never_moves_up(sender: Sender, facts: asyncpg.Connection):
    first, second, third = await slot_of(sender)
    assert (await sender.withdraw(second["response_id"], "citizen_request")).json()["state"] == "withdrawn"
    assert await states(sender, [first, second, third]) == ["counted", "withdrawn", "repeat"]
    await sender.withdraw(first["response_id"], "test")
    assert await states(sender, [first, second, third]) == ["withdrawn", "withdrawn", "counted"]
    await assert_invariants(facts)


async def test_a_response_without_a_slot_is_withdrawn_by_itself(sender: Sender, facts: asyncpg.Connection):
    sent = item()
    await sender.post(sent)
    assert (await sender.withdraw(sent["response_id"], "citizen_request")).json()["counts"] is None
    assert (await sender.post(sent))["state"] == "withdrawn"
    await assert_invariants(facts)


async def test_the_first_withdrawal_stands(sender: Sender, facts: asyncpg.Connection):
    first, second = await slot_of(sender, 2)
    once = (await sender.withdraw(first["response_id"], "test")).json()
    assert (await sender.withdraw(first["response_id"], "citizen_request")).json() == once
    assert await states(sender, [second]) == ["counted"]
    assert (await sender.balance())["withdrawn"] == 1
    await assert_invariants(facts)


async def test_a_withdrawn_response_sent_again_is_a_duplicate_that_says_so(sender: Sender):
    first, second = await slot_of(sender, 2)
    await sender.withdraw(first["response_id"], "test")
    again = await sender.post(first)
    assert (again["verdict"], again["state"], again["counted"]) == ("duplicate", "withdrawn", False)
    assert again["counts"] == second["response_id"]
    other = await sender.post({**first, "overall": 2})
    assert (other["verdict"], other["state"]) == ("conflict", "withdrawn")


async def test_a_corrected_response_cannot_be_withdrawn_again_but_its_correction_can(
    sender: Sender, facts: asyncpg.Connection
):
    old, repeat = await slot_of(sender, 2)
    new = {**old, "response_id": new_id(), "overall": 2, "replaces": old["response_id"]}
    await sender.post(new)
    assert (await sender.withdraw(old["response_id"], "citizen_request")).json()["state"] == "replaced"
    await sender.withdraw(new["response_id"], "entered_in_error")
    assert await states(sender, [old, new, repeat]) == ["replaced", "withdrawn", "counted"]
    await assert_invariants(facts)


async def test_a_withdrawn_quarantined_item_keeps_its_tombstone(sender: Sender, facts: asyncpg.Connection):
    sent = item(unit_code="H99.780")
    first = await sender.post(sent)
    stored = (await sender.withdraw(sent["response_id"], "test")).json()
    assert (stored["state"], stored["counted"]) == ("withdrawn", False)
    assert (await sender.withdraw(sent["response_id"], "test")).json() == stored
    again = await sender.post(sent)
    assert (again["verdict"], again["state"], again["receipt"]) == ("duplicate", "withdrawn", first["receipt"])
    other = await sender.post({**sent, "unit_code": "H99.101"})
    assert (other["verdict"], other["state"], other["receipt"]) == ("conflict", "withdrawn", first["receipt"])
    assert (await sender.balance())["withdrawn"] == 1
    await sender.assert_balanced()
    await assert_invariants(facts)


@pytest.mark.parametrize(
    "body", [{}, {"reason": "because"}, {"reason": None}, {"reason": 1}, [], "test", {"reason": "replaced"}]
)
async def test_a_reason_is_required_and_one_of_three(sender: Sender, body: Any):
    sent = item()
    await sender.post(sent)
    answer = await sender.send(body, f"/v1/responses/{sent['response_id']}/withdrawal")
    assert (answer.status_code, answer.json()["code"]) == (422, "reason_unknown")
    assert (await sender.state(sent["response_id"]))["state"] == "counted"


async def test_only_the_own_responses_can_be_withdrawn(register: Any):
    one, other = await register(), await register()
    sent = item()
    await one.post(sent)
    for system, response_id in ((other, sent["response_id"]), (one, new_id())):
        answer = await system.withdraw(response_id, "test")
        assert (answer.status_code, answer.json()["code"]) == (404, "response_not_found")
    refused = item(overall=9)
    await one.post(refused)
    assert (await one.withdraw(refused["response_id"], "test")).status_code == 404


async def test_every_event_records_the_principal_and_the_credential(sender: Sender, facts: asyncpg.Connection):
    first, second = await slot_of(sender, 2)
    await sender.withdraw(first["response_id"], "test")
    rows = await facts.fetch(
        "SELECT c.kind, credential_id, p.kind AS who FROM response_change c JOIN principal p USING (tenant_id, principal_id)"
        " WHERE response_id = ANY($1) ORDER BY recorded_at, change_id",
        [first["response_id"], second["response_id"]],
    )
    assert [(row["kind"], row["who"]) for row in rows] == [
        ("repeat", "system"),
        ("withdrawn", "system"),
        ("promoted", "system"),
    ]
    assert {row["credential_id"] for row in rows} == {sender.issued.credential_id}
