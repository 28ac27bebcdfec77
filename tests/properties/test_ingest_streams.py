"""Streams of responses: what does not contradict itself counts the same however it comes; what does keeps the contract."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from typing import Any

import asyncpg
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.contract_rules import Model, Sent
from support.ingest import NOW, Sender, item, new_dossier, new_id
from support.invariants import assert_invariants, recount

pytestmark = pytest.mark.database
FACTS = (
    "response, response_text, response_change, slot, response_delta, receipt, refusal, quarantine, quarantine_outcome, "
    "batch_answer, device_state, quality_finding"
)
few = settings(max_examples=15, deadline=None)


async def fresh(
    client: httpx.AsyncClient, shared_url: str, facts: asyncpg.Connection, systems: int = 1
) -> list[Sender]:
    """New sending systems in a database without any responses."""
    await facts.execute(f"TRUNCATE {FACTS}")
    return [await Sender.register(client, shared_url) for _ in range(systems)]


# Streams without conflicts, repeats, corrections or withdrawals.

SATISFACTION = st.sampled_from([None, 1, 2, 4, "5", "Hài lòng", "dont_know", "not_applicable", "not_answered"])
HL5 = st.fixed_dictionaries(
    {"instrument": st.just("HL5"), "overall": st.integers(1, 5)},
    optional={
        "answers": st.tuples(
            st.fixed_dictionaries({"item": st.just("convenience"), "value": SATISFACTION, "automatic": st.booleans()}),
            st.fixed_dictionaries(
                {
                    "item": st.just("dissatisfaction_reasons"),
                    "value": st.sets(st.sampled_from(["late", "other"])).map(sorted),
                }
            ),
        ).map(list)
    },
)
KIOSK = st.fixed_dictionaries({"instrument": st.just("KIOSK3"), "overall": st.sampled_from([2, 4, 5, "Chưa hài lòng"])})
SIPAS = st.fixed_dictionaries(
    {
        "instrument": st.just("SIPAS-2017"),
        "overall": st.none(),
        "answers": st.integers(1, 5).map(lambda value: [{"item": "1.1", "value": value}]),
        "sample": st.fixed_dictionaries(
            {"round": st.just("2026-1"), "weight": st.sampled_from(["1", "0.333333333333", "123456.789012345678"])}
        ),
    }
)
CIRCUMSTANCES = st.fixed_dictionaries(
    {
        "unit_code": st.sampled_from(["H99.101", "000.00.02.H99", "H99"]),
        "stage": st.sampled_from(["intake", "result"]),
        "collected_via": st.sampled_from(["kiosk", "qr"]),
        "answered_at": st.integers(0, 40).map(lambda days: (NOW - dt.timedelta(days=days)).isoformat()),
    },
    optional={
        "service_channel": st.sampled_from(["1", "online"]),
        "procedure_code": st.sampled_from(["1.000894", "2.000001.000.00.00.H99", "own"]),
        "field_code": st.sampled_from(["G15", "g15 "]),
        "respondent_kind": st.sampled_from(["citizen", "business"]),
        "comment": st.just("hay"),
    },
)
STREAM = st.lists(
    st.tuples(st.one_of(HL5, KIOSK, SIPAS), CIRCUMSTANCES, st.booleans()).map(
        lambda parts: item(**parts[0], **parts[1], dossier_code=new_dossier() if parts[2] else None)
    ),
    min_size=1,
    max_size=10,
)


@st.composite
def deliveries(draw: st.DrawFn, stream: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The stream in some order, some of it several times, split into batches; a batch of one goes as a single post."""
    several = stream + draw(st.lists(st.sampled_from(stream), max_size=5))
    shuffled = draw(st.permutations(several))
    cuts = sorted(draw(st.sets(st.integers(1, len(shuffled)), max_size=5)))
    return [shuffled[start:end] for start, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True) if start < end]


async def deliver(sender: Sender, batches: list[list[dict[str, Any]]], *, at_once: bool) -> None:
    async def send(batch: list[dict[str, Any]]) -> None:
        await (sender.post(batch[0]) if len(batch) == 1 else sender.batch(batch))

    if at_once:
        await asyncio.gather(*map(send, batches))
    else:
        for batch in batches:
            await send(batch)


@few
@given(st.data(), STREAM, st.booleans())
async def test_any_order_split_and_repetition_of_a_stream_gives_the_same_counts(
    client: httpx.AsyncClient,
    shared_url: str,
    facts: asyncpg.Connection,
    data: Any,
    stream: list[dict[str, Any]],
    at_once: bool,
):
    one, other = await fresh(client, shared_url, facts, 2)
    other.dialect = "motcua"
    await deliver(one, [stream], at_once=False)
    once = await recount(facts, one.issued.system_id)
    again = [{**sent, "dossier_code": new_dossier()} if "dossier_code" in sent else sent for sent in stream]
    await deliver(other, data.draw(deliveries(again)), at_once=at_once)
    assert await recount(facts, other.issued.system_id) == once
    assert one.verdicts == Counter(accepted=len(stream))
    assert set(other.verdicts) <= {"accepted", "duplicate"}
    assert other.verdicts["accepted"] == len(stream)
    await assert_invariants(facts)


# Streams with everything in them.

IDS = ["a", "b", "c", "d", "e"]
SENT = st.builds(
    Sent,
    st.sampled_from(IDS),
    st.sampled_from([2, 5]),
    st.sampled_from([None, "x", "x", "y"]),
    st.one_of(st.none(), st.none(), st.sampled_from(IDS)),
    st.sampled_from([True, True, True, False]),
).filter(lambda sent: sent.replaces != sent.response_id)
STEP = st.one_of(
    SENT,
    st.lists(SENT, min_size=2, max_size=6),
    st.tuples(st.sampled_from(IDS), st.sampled_from(["test", "entered_in_error", "citizen_request"])),
)


def as_item(sent: Sent, names: dict[str, str]) -> dict[str, Any]:
    return item(
        response_id=names[sent.response_id],
        overall=sent.overall,
        dossier_code=None if sent.dossier is None else names[sent.dossier],
        replaces=None if sent.replaces is None else names[sent.replaces],
        unit_code="H99.101" if sent.unit_known else "H99.unknown",
    )


def names_of_one_example() -> dict[str, str]:
    return {letter: f"{letter}-{new_id()}" for letter in IDS} | {dossier: new_dossier() for dossier in "xy"}


class FirstReceipts:
    """The sender's own book: the receipt under which it first got each id acknowledged."""

    def __init__(self) -> None:
        self.receipts: dict[str, str] = {}

    def check(self, result: dict[str, Any]) -> None:
        one, receipt = result["response_id"], result["receipt"]
        if result["verdict"] in ("accepted", "repeat", "quarantined"):
            self.receipts[one] = receipt
        elif result["verdict"] in ("duplicate", "conflict"):
            assert receipt == self.receipts[one], result


@settings(few, max_examples=30)
@given(st.lists(STEP, min_size=1, max_size=14))
async def test_every_verdict_is_the_one_that_the_contract_gives(
    client: httpx.AsyncClient, shared_url: str, facts: asyncpg.Connection, steps: list[Any]
):
    (sender,) = await fresh(client, shared_url, facts)
    names, model, book = names_of_one_example(), Model(), FirstReceipts()
    letters = {name: letter for letter, name in names.items()}

    def seen(result: dict[str, Any]) -> tuple[str, str | None, str | None]:
        book.check(result)
        return result["verdict"], result["state"], letters.get(result["counts"])

    for number, step in enumerate(steps):
        # What was sent in one dialect is replayed, corrected and withdrawn in the other.
        sender.dialect = ("canonical", "motcua")[number % 2]
        if isinstance(step, Sent):
            assert seen(await sender.post(as_item(step, names))) == model.post(step)
        elif isinstance(step, list):
            results = await sender.batch([as_item(sent, names) for sent in step])
            assert list(map(seen, results)) == model.batch(step)
        else:
            answer = await sender.withdraw(names[step[0]], step[1])
            assert answer.status_code == (200 if model.withdraw(*step) else 404)
        await assert_invariants(facts)
    for letter in IDS:
        if letter in model.stored:
            stored = await sender.state(names[letter])
            assert (stored["state"], letters.get(stored["counts"])) == (model.states[letter], model.counts(letter))
    await sender.assert_balanced()


@few
@given(st.lists(STEP, min_size=2, max_size=12))
async def test_whatever_comes_at_once_at_most_one_response_counts_per_slot(
    client: httpx.AsyncClient, shared_url: str, facts: asyncpg.Connection, steps: list[Any]
):
    (sender,) = await fresh(client, shared_url, facts)
    names = names_of_one_example()

    async def take(step: Any) -> None:
        if isinstance(step, Sent):
            await sender.answer(as_item(step, names))
        elif isinstance(step, list):
            await sender.batch_answer([as_item(sent, names) for sent in step])
        else:
            await sender.withdraw(names[step[0]], step[1])

    await asyncio.gather(*map(take, steps))
    await assert_invariants(facts)
    await sender.assert_balanced()
    rows = await facts.fetch("SELECT response_id, slot_key FROM response")
    slots = {row["response_id"]: row["slot_key"] for row in rows}
    receipts = {
        row["response_id"]: f"{row['receipt_id'].hex}-{row['position']}"
        for row in await facts.fetch("SELECT * FROM response")
    }
    for result in sender.log:
        if result["verdict"] == "repeat":
            assert slots[result["counts"]] == slots[result["response_id"]]
        if result["verdict"] in ("conflict", "duplicate") and result["state"] not in ("quarantined", "withdrawn"):
            assert result["receipt"] == receipts[result["response_id"]]
