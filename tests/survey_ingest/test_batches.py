"""Batches: verdicts in the order sent, statuses, limits, keys that name a batch, and what one item does to the next."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any

import asyncpg
import msgspec
import pytest

from support.ingest import Sender, item, new_dossier, new_id
from support.invariants import assert_invariants
from survey_ingest.batches import purge_batches
from survey_ingest.resources import Resources

pytestmark = pytest.mark.database
BOTH_DIALECTS = True


def verdicts(results: list[dict[str, Any]]) -> list[str]:
    return [result["verdict"] for result in results]


async def test_one_batch_may_hold_every_verdict(sender: Sender, facts: asyncpg.Connection):
    dossier, stored = new_dossier(), item()
    await sender.post(stored)
    batch = [
        item(dossier_code=dossier),
        stored,
        {**stored, "overall": 2},
        item(dossier_code=dossier),
        item(overall=77),
        item(unit_code="H99.778"),
        item(unit_code="H98.101"),
        "no object",
        item(),
    ]
    answer = await sender.batch_answer(batch)
    results = answer.json()["results"]
    assert answer.status_code == 207
    assert verdicts(results) == [
        "accepted",
        "duplicate",
        "conflict",
        "repeat",
        "refused",
        "quarantined",
        "refused",
        "refused",
        "accepted",
    ]
    assert [result["response_id"] for result in results] == [
        one["response_id"] if isinstance(one, dict) else None for one in batch
    ]
    assert results[3]["counts"] == batch[0]["response_id"]
    assert [
        result["receipt"].rpartition("-")[2] for result in results if result["verdict"] not in ("duplicate", "conflict")
    ] == ["0", "3", "4", "5", "6", "7", "8"]
    await sender.assert_balanced()
    await assert_invariants(facts)


@pytest.mark.parametrize(
    ("batch", "status"),
    [
        ([{}], 200),
        ([{}, {"overall": 9}], 207),
        ([{"overall": 9}, {"overall": 8}], 422),
        ([{"unit_code": "H99.778"}], 200),
    ],
)
async def test_the_status_says_whether_all_some_or_none_are_durable(
    sender: Sender, batch: list[dict[str, Any]], status: int
):
    answer = await sender.batch_answer([item(**fields) for fields in batch])
    assert (answer.status_code, len(answer.json()["results"])) == (status, len(batch))


async def test_a_batch_of_conflicts_only_is_422(sender: Sender):
    stored = item()
    await sender.post(stored)
    answer = await sender.batch_answer([{**stored, "overall": 2}])
    assert (answer.status_code, verdicts(answer.json()["results"])) == (422, ["conflict"])


async def test_the_first_in_the_order_sent_wins_the_id(sender: Sender):
    first = item()
    results = await sender.batch([first, {**first, "overall": 4}, first, {**first, "overall": 2}])
    assert verdicts(results) == ["accepted", "conflict", "duplicate", "conflict"]
    assert {result["receipt"] for result in results} == {results[0]["receipt"]}
    await sender.assert_balanced()


async def test_the_first_in_the_order_sent_wins_the_slot_whatever_its_id(sender: Sender):
    dossier = new_dossier()
    batch = [item(response_id=f"{letter}-{new_id()}", dossier_code=dossier) for letter in "zma"]
    results = await sender.batch(batch)
    assert verdicts(results) == ["accepted", "repeat", "repeat"]
    assert {result["counts"] for result in results} == {batch[0]["response_id"]}


@pytest.mark.parametrize(
    "again", [{"overall": 2}, {"unit_code": "H99.unknown"}, {"answered_at": "2019-01-01T00:00:00"}]
)
async def test_a_claimed_id_names_what_counts_in_its_slot_in_its_turn(sender: Sender, again: dict[str, Any]):
    for place in (0, 1):
        ended = item(dossier_code=new_dossier())
        await sender.post(ended)
        await sender.withdraw(ended["response_id"], "test")
        taker = item(dossier_code=ended["dossier_code"])
        batch = [taker]
        batch.insert(place, {**ended, **again})
        results = await sender.batch(batch)
        assert results[place]["verdict"] == "conflict"
        assert results[place]["counts"] == (None, taker["response_id"])[place]
        assert results[1 - place]["verdict"] == "accepted"


async def test_an_id_that_comes_again_after_a_refusal_keeps_its_place_in_the_order(
    sender: Sender, facts: asyncpg.Connection
):
    dossier, early = new_dossier(), item()
    refused = {**early, "answered_at": "2019-01-01T00:00:00"}
    batch = [
        refused,
        {**early, "dossier_code": dossier},
        item(dossier_code=dossier),
        refused,
        {**early, "dossier_code": dossier},
    ]
    results = await sender.batch(batch)
    assert verdicts(results) == ["refused", "accepted", "repeat", "conflict", "duplicate"]
    assert results[2]["counts"] == early["response_id"]
    await sender.assert_balanced()
    await assert_invariants(facts)


async def test_quarantined_content_is_superseded_within_one_batch(sender: Sender, facts: asyncpg.Connection):
    one = item(unit_code="H99.779")
    results = await sender.batch([one, {**one, "overall": 2}, one, {**one, "unit_code": "H99.101"}])
    assert verdicts(results) == ["quarantined", "quarantined", "quarantined", "accepted"]
    await sender.assert_balanced()
    await assert_invariants(facts)


async def test_the_same_id_five_hundred_times_is_one_response(sender: Sender, facts: asyncpg.Connection):
    one = item(dossier_code=new_dossier())
    results = await sender.batch([one] * 500)
    assert verdicts(results) == ["accepted"] + ["duplicate"] * 499
    await sender.assert_balanced()
    await assert_invariants(facts)


async def test_five_hundred_items_are_taken_and_501_are_not(sender: Sender):
    assert verdicts(await sender.batch([item() for _ in range(500)])) == ["accepted"] * 500
    answer = await sender.batch_answer([item() for _ in range(501)])
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_items")
    assert (await sender.balance())["received"] == 500


async def test_a_body_over_5_mb_is_413_packed_or_plain(sender: Sender):
    big = msgspec.json.encode([item(other="x" * 5 * 1024 * 1024)])
    for body, headers in ((big, {}), (gzip.compress(big), {"Content_Encoding": "gzip"})):
        answer = await sender.batch_answer(body, **headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert (await sender.send(msgspec.json.encode(item(other="x" * 300_000)))).status_code == 413


async def test_gzip_ndjson_and_a_byte_order_mark_are_understood(sender: Sender):
    lines = b"\xef\xbb\xbf" + b"\n".join(msgspec.json.encode(item()) for _ in range(3))
    for body, headers in ((lines, {}), (gzip.compress(lines), {"Content_Encoding": "gzip"})):
        answer = await sender.batch_answer(body, Content_Type="application/x-ndjson", **headers)
        assert verdicts(answer.json()["results"]) in (["accepted"] * 3, ["duplicate"] * 3)
    array = b"\xef\xbb\xbf" + json.dumps([item()]).encode()
    assert verdicts((await sender.batch_answer(array)).json()["results"]) == ["accepted"]


@pytest.mark.parametrize("body", [b"", b"{}", b"[{]", b"\x1f\x8b", '["é"]'.encode("windows-1258")[:3]])
async def test_an_undecodable_body_is_one_400_and_no_items(sender: Sender, body: bytes):
    answer = await sender.batch_answer(body, key=new_id())
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert (await sender.balance())["received"] == 0


async def test_one_unreadable_item_harms_no_neighbour(sender: Sender, facts: asyncpg.Connection):
    good = [msgspec.json.encode(item()) for _ in range(2)]
    answer = await sender.batch_answer(b"[" + good[0] + b', {"a": "\xff"}, {"b": "\\ud800"}, ' + good[1] + b"]")
    results = answer.json()["results"]
    assert (answer.status_code, verdicts(results)) == (207, ["accepted", "refused", "refused", "accepted"])
    assert [finding["code"] for finding in results[1]["findings"]] == ["item_unreadable"]
    await sender.assert_balanced()
    await assert_invariants(facts)


async def test_every_value_that_the_checks_let_through_can_be_stored(sender: Sender):
    strange = {
        "device_seq": -(2**53) + 1,
        "device_id": "\U0001f642\u2028",
        "field_code": "{a,b}\\\"'",
        "counter_id": "NULL",
    }
    batch = [
        item(**strange, procedure_code='{"x"}', dossier_code=f"', ({new_dossier()})", comment="\\N \ufffe \x01"),
        item(instrument="HL5", answers=[{"item": "suggestion", "text": "a\tb\n'\"\\"}]),
        {**item(), "a\x00b": 1, "phone\x00": "1"},
        item(privacy_notice={"version": "\x7f", "shown": 1}),
    ]
    assert verdicts(await sender.batch(batch, key=new_id())) == ["accepted", "accepted", "refused", "accepted"]
    await sender.assert_balanced()


# The key that names a batch.


async def test_the_same_body_under_its_key_gets_the_same_answer_and_is_not_received_again(sender: Sender):
    batch, key = [item(), item(overall=9), item(unit_code="H99.777")], new_id()
    first = await sender.batch_answer(batch, key)
    balance = await sender.balance()
    for _ in range(2):
        again = await sender.batch_answer(batch, key)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert await sender.balance() == balance
    await sender.assert_balanced()


async def test_a_quoted_key_is_the_same_key(sender: Sender):
    batch, key = [item()], new_id()
    first = await sender.batch_answer(batch, key)
    assert (await sender.batch_answer(batch, f'"{key}"')).content == first.content


async def test_packed_or_plain_it_is_the_same_body(sender: Sender):
    body, key = msgspec.json.encode([item()]), new_id()
    first = await sender.batch_answer(body, key)
    assert (await sender.batch_answer(gzip.compress(body), key, Content_Encoding="gzip")).content == first.content


async def test_another_body_under_the_key_is_422_and_stores_nothing(sender: Sender):
    key, other = new_id(), item()
    await sender.batch([item()], key)
    answer = await sender.batch_answer([other], key)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert (await sender.get(f"/v1/responses/{other['response_id']}")).status_code == 404


async def test_a_key_belongs_to_one_system(register: Any):
    one, other = await register(), await register()
    key = new_id()
    await one.batch([item()], key)
    assert verdicts(await other.batch([item()], key)) == ["accepted"]


@pytest.mark.parametrize("key", ["a/b?c=d%25#e", "k" * 128, "~!@$&*()[]"])
async def test_the_answer_of_a_batch_is_given_again_by_its_key(sender: Sender, key: str):
    from urllib.parse import quote

    key = f"{new_id()[:8]}{key}"[:128]
    first = await sender.batch_answer([item(), item(overall=9)], key)
    again = await sender.get(f"/v1/batches/{quote(key, safe='')}")
    assert (again.status_code, again.content) == (207, first.content)


async def test_a_batch_that_never_arrived_is_404(register: Any):
    one, other = await register(), await register()
    key = new_id()
    await one.batch([item()], key)
    for system, asked in ((other, key), (one, new_id())):
        answer = await system.get(f"/v1/batches/{asked}")
        assert (answer.status_code, answer.json()["code"]) == (404, "batch_not_found")


@pytest.mark.parametrize("key", ["", "a b", "k" * 129, '"'])
async def test_a_key_of_another_form_is_422(sender: Sender, key: str):
    answer = await sender.batch_answer([item()], key)
    expected = (200, None) if key == '"' else (422, "idempotency_key_form")
    assert (answer.status_code, answer.json().get("code")) == expected


async def test_a_batch_that_is_still_running_is_409_with_retry_after(
    sender: Sender, resources: Resources, facts: asyncpg.Connection
):
    batch, key = [item(dossier_code=new_dossier())], new_id()
    held = facts.transaction()
    await held.start()
    # Whoever inserts into receipt waits for this lock: the first request stands still just before its end.
    await facts.execute("LOCK TABLE receipt IN EXCLUSIVE MODE")
    running = asyncio.create_task(sender.batch_answer(batch, key))
    try:
        await until_somebody_waits(resources)
        meanwhile = await sender.batch_answer(batch, key)
    finally:
        await held.rollback()
    assert (meanwhile.status_code, meanwhile.json()["code"]) == (409, "batch_running")
    assert int(meanwhile.headers["retry-after"]) >= 1
    first = await running
    assert first.status_code == 200
    assert (await sender.batch_answer(batch, key)).content == first.content
    await sender.assert_balanced()


async def until_somebody_waits(resources: Resources) -> None:
    """Returns once a transaction of the service stands before the lock on `receipt`."""
    waiting = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'receipt'::regclass"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    async with resources.database.connection() as connection:
        for _ in range(1000):
            if await connection.fetchval(waiting):
                return
            await asyncio.sleep(0.01)
    raise AssertionError("nobody came to the lock")


async def test_a_lost_answer_and_blind_retries_store_nothing_twice(sender: Sender, facts: asyncpg.Connection):
    batch, key = [item(dossier_code=new_dossier()) for _ in range(20)], new_id()
    answers = await asyncio.gather(*(sender.send(batch, "/v1/responses/batch", Idempotency_Key=key) for _ in range(8)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len({answer.content for answer in answers if answer.status_code == 200}) == 1
    stored = await facts.fetchval(
        "SELECT count(*) FROM response WHERE response_id = ANY($1)", [one["response_id"] for one in batch]
    )
    assert stored == 20
    assert (await sender.balance())["received"] == 20
    await assert_invariants(facts)


async def test_two_keys_name_no_batch(sender: Sender):
    one, content = sender.headers["Authorization"], msgspec.json.encode([item()])
    keys = [("Authorization", one), ("Idempotency-Key", new_id()), ("Idempotency-Key", new_id())]
    answer = await sender.client.post("/v1/responses/batch", content=content, headers=keys)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_form")
    assert (await sender.balance())["received"] == 0


async def test_the_answer_of_a_batch_is_kept_30_days(sender: Sender, facts: asyncpg.Connection, resources: Resources):
    old, young = new_id(), new_id()
    for key, age in ((old, "31 days"), (young, "29 days")):
        await sender.batch([item()], key)
        await facts.execute(
            f"UPDATE batch_answer SET created_at = now() - interval '{age}' WHERE idempotency_key = $1", key
        )
    async with resources.database.transaction() as connection:
        assert await purge_batches(connection) == 1
    assert (await sender.get(f"/v1/batches/{old}")).status_code == 404
    assert (await sender.get(f"/v1/batches/{young}")).status_code == 200
    await sender.assert_balanced()
