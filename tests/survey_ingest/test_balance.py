"""The reconciliation balance: received items by verdict and local day of receipt, and what became of them later."""

from __future__ import annotations

import datetime as dt
from typing import Any

import asyncpg
import pytest

from support.ingest import VERDICTS, Sender, item, new_dossier, new_id
from support.invariants import assert_invariants
from survey_ingest.resources import Resources
from survey_ingest.routes import said
from survey_ingest.run import Request
from survey_ingest.submit import submit

pytestmark = pytest.mark.database
BOTH_DIALECTS = True


async def test_every_verdict_and_every_later_line_is_counted_once(sender: Sender, facts: asyncpg.Connection):
    dossier = new_dossier()
    first, repeat, waiting = item(dossier_code=dossier), item(dossier_code=dossier), item(unit_code="H99.795")
    await sender.batch(
        [first, repeat, waiting, first, {**first, "overall": 2}, item(overall=9), item(unit_code="H98.1")]
    )
    await sender.post({**waiting, "overall": 4})
    await sender.post(item(dossier_code=dossier, replaces=first["response_id"]))
    await sender.withdraw(repeat["response_id"], "test")
    await sender.withdraw(waiting["response_id"], "test")
    total = await sender.balance()
    assert {name: total[name] for name in VERDICTS} == {
        "accepted": 2, "duplicate": 1, "repeat": 1, "quarantined": 2, "conflict": 1, "refused": 2,
    }  # fmt: skip
    assert {name: total[name] for name in ("released", "superseded", "rejected_later")} == {
        "released": 0, "superseded": 1, "rejected_later": 0,
    }  # fmt: skip
    # A correction is the withdrawal, for the reason `replaced`, of what it corrects.
    assert total["withdrawn"] == 3
    await sender.assert_balanced()
    await assert_invariants(facts)


async def test_what_was_received_never_changes_by_what_happens_later(sender: Sender):
    sent = item()
    await sender.post(sent)
    before = await sender.balance()
    await sender.withdraw(sent["response_id"], "citizen_request")
    assert await sender.balance() == {**before, "withdrawn": 1}


async def test_items_are_counted_on_the_local_day_of_their_receipt(sender: Sender, resources: Resources):
    caller = await resources.authenticator.caller(sender.headers["Authorization"])

    async def receive(when: dt.datetime, number: int) -> None:
        raws = [item(answered_at=(when - dt.timedelta(days=3)).isoformat()) for _ in range(number)]
        request = Request(
            caller, [said(raw, caller, resources.catalogues.current, place) for place, raw in enumerate(raws)]
        )
        await resources.committer.committed(lambda connection: submit(connection, [request], now=when))

    await receive(dt.datetime(2026, 10, 31, 16, 59, 59, tzinfo=dt.UTC), 2)
    await receive(dt.datetime(2026, 10, 31, 17, 0, 0, tzinfo=dt.UTC), 3)
    answer = await sender.get("/v1/balance?from=2026-10-31&to=2026-11-01")
    balance = answer.json()
    assert (balance["realm"], balance["from_day"], balance["to_day"]) == ("synthetic", "2026-10-31", "2026-11-01")
    assert [(line["day"], line["received"], line["accepted"]) for line in balance["days"]] == [
        ("2026-10-31", 2, 2),
        ("2026-11-01", 3, 3),
    ]
    assert balance["total"]["received"] == 5
    only = (await sender.get("/v1/balance?from=2026-11-01&to=2026-11-01")).json()
    assert [line["day"] for line in only["days"]] == ["2026-11-01"]


async def test_a_balance_is_its_own_systems(register: Any):
    one, other = await register(), await register()
    await one.batch([item() for _ in range(3)], new_id())
    assert (await other.balance())["received"] == 0
    assert (await one.balance())["received"] == 3


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("from=2026-11-02&to=2026-11-01", "days_out_of_range"),
        ("from=2025-01-01&to=2026-11-01", "days_out_of_range"),
        ("from=1/11/2026&to=2026-11-01", "day_unreadable"),
        ("from=2026-02-30&to=2026-11-01", "day_unreadable"),
        ("from=2026-11-01&to=%00", "day_unreadable"),
        ("from=2026-11-01", "request_invalid"),
    ],
)
async def test_days_that_cannot_be_read_are_422(sender: Sender, query: str, code: str):
    answer = await sender.get(f"/v1/balance?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.parametrize("days", ["from=0001-01-01&to=0001-01-02", "from=9999-12-30&to=9999-12-31"])
async def test_days_on_which_nothing_was_received_are_empty(sender: Sender, days: str):
    balance = (await sender.get(f"/v1/balance?{days}")).json()
    assert (balance["days"], balance["total"]["received"]) == ([], 0)
