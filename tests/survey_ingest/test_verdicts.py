"""Every verdict of a single post with its status, and the order in which the checks answer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import asyncpg
import httpx
import pytest

from parindex.instruments.catalogue import InstrumentCatalogue
from support.ingest import H99, NOW, Sender, item, new_dossier, new_id
from support.invariants import assert_invariants
from survey_ingest.interpret import Catalogues
from survey_ingest.resources import Resources
from survey_ingest.routes import said
from survey_ingest.run import Request
from survey_ingest.submit import submit

pytestmark = pytest.mark.database
BOTH_DIALECTS = True


def codes(result: dict[str, Any], among: str = "findings") -> list[tuple[str, str]]:
    return [(finding["field"], finding["code"]) for finding in result[among]]


async def test_an_accepted_response_is_durable_and_counted(sender: Sender, facts: asyncpg.Connection):
    sent = item()
    answer = await sender.answer(sent)
    result = answer.json()
    assert answer.status_code == 201
    assert set(result) == {"response_id", "verdict", "receipt", "state", "counted", "counts", "warnings", "findings"}
    assert (result["verdict"], result["state"], result["counted"], result["counts"]) == (
        "accepted",
        "counted",
        True,
        sent["response_id"],
    )
    row = await facts.fetchrow("SELECT * FROM response WHERE response_id = $1", sent["response_id"])
    assert (row["realm"], list(row["answers"]), row["received_at"]) == ("synthetic", [5], row["recorded_at"])
    assert f"{row['receipt_id'].hex}-{row['position']}" == result["receipt"]
    await assert_invariants(facts)


async def test_the_same_content_again_is_a_duplicate_with_the_first_receipt(sender: Sender):
    sent = item(overall="Rất hài lòng")
    first = await sender.post(sent)
    again = await sender.answer({**sent, "overall": "5", "unit_code": "h99.101", "sent_at": "20261122081530", "new": 1})
    result = again.json()
    assert (again.status_code, result["verdict"], result["receipt"]) == (200, "duplicate", first["receipt"])
    assert (result["state"], result["counted"], result["counts"]) == ("counted", True, sent["response_id"])
    assert codes(result, "warnings") == [("new", "unknown_field")]
    await sender.assert_balanced()


async def test_other_content_under_a_claimed_id_is_a_conflict_naming_the_first_receipt(sender: Sender):
    sent = item()
    first = await sender.post(sent)
    answer = await sender.answer({**sent, "overall": 4})
    assert (answer.status_code, answer.json()["verdict"], answer.json()["receipt"]) == (
        409,
        "conflict",
        first["receipt"],
    )
    assert codes(answer.json()) == [("response_id", "id_taken")]
    assert (await sender.state(sent["response_id"]))["receipt"] == first["receipt"]
    await sender.assert_balanced()


async def test_another_rating_of_a_taken_slot_is_a_repeat_that_names_the_one_that_counts(sender: Sender):
    dossier = new_dossier()
    first, second = item(dossier_code=dossier), item(dossier_code=dossier, overall=2)
    await sender.post(first)
    answer = await sender.answer(second)
    result = answer.json()
    assert (answer.status_code, result["verdict"], result["state"]) == (200, "repeat", "repeat")
    assert (result["counted"], result["counts"]) == (False, first["response_id"])
    again = await sender.post(second)
    assert (again["verdict"], again["state"], again["counts"]) == ("duplicate", "repeat", first["response_id"])


async def test_slots_are_of_a_tenant_and_realm_whatever_the_system(register: Any):
    one, other, elsewhere = await register(), await register(), await register(unit_ids=[980000])
    dossier = new_dossier()
    first = item(dossier_code=dossier)
    assert (await one.post(first))["verdict"] == "accepted"
    repeat = await other.post(item(dossier_code=dossier))
    assert (repeat["verdict"], repeat["counts"]) == ("repeat", first["response_id"])
    assert (await elsewhere.post(item(dossier_code=dossier, unit_code="H98.101")))["verdict"] == "accepted"


async def test_two_systems_may_use_the_same_id(register: Any):
    one, other = await register(), await register()
    sent = item()
    assert (await one.post(sent))["verdict"] == "accepted"
    assert (await other.post({**sent, "overall": 2}))["verdict"] == "accepted"
    assert (await other.state(sent["response_id"]))["receipt"] != (await one.state(sent["response_id"]))["receipt"]


async def test_realms_never_share_a_slot(register: Any):
    synthetic, sandbox = await register(), await register(realm="sandbox", unit_ids=[101])
    production = await register(realm="production", unit_ids=[101])
    dossier = new_dossier("H26.01")
    assert (await synthetic.post(item(dossier_code=dossier)))["verdict"] == "accepted"
    for system in (sandbox, production):
        assert (await system.post(item(dossier_code=dossier, unit_code="gso:01")))["verdict"] == "accepted"


async def test_an_unknown_unit_is_quarantined(sender: Sender):
    sent = item(unit_code="H99.777")
    answer = await sender.answer(sent)
    result = answer.json()
    assert (answer.status_code, result["verdict"], result["state"]) == (202, "quarantined", "quarantined")
    assert (result["counted"], result["counts"]) == (False, None)
    assert codes(result) == [("unit_code", "unit_unknown")]
    again = await sender.answer(sent)
    assert (again.status_code, again.json()["verdict"], again.json()["receipt"]) == (
        200,
        "duplicate",
        result["receipt"],
    )
    assert again.json()["state"] == "quarantined"


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"instrument": "NEW5"}, "instrument_unknown"), ({"instrument_version": "2"}, "instrument_version_unknown")],
)
async def test_an_unknown_questionnaire_is_quarantined(sender: Sender, fields: dict[str, str], code: str):
    result = await sender.post(item(**fields))
    assert (result["verdict"], [finding["code"] for finding in result["findings"]]) == ("quarantined", [code])


async def test_a_refused_item_claims_no_id_and_leaves_no_content(sender: Sender, facts: asyncpg.Connection):
    sent = item(overall=9, comment="một lời khen riêng")
    answer = await sender.answer(sent)
    result = answer.json()
    assert (answer.status_code, result["verdict"], result["state"]) == (422, "refused", None)
    in_words = {"message": "Expected 1 to 5, or words such as 'Hài lòng'.", "hint": "See GET /v1/catalogues/codes."}
    if sender.dialect == "motcua":
        in_words = {"message": "Giá trị ở MucDoHaiLong nằm ngoài thang đo.", "hint": ""}
    assert result["findings"] == [{"code": "value_outside_scale", "field": "overall", "retry": False, **in_words}]
    row = await facts.fetchrow("SELECT * FROM refusal WHERE response_id = $1", sent["response_id"])
    assert (row["fields"], row["codes"]) == (["overall"], ["value_outside_scale"])
    assert row["tenant_id"] == H99
    assert "khen" not in str(dict(row))
    assert (await sender.get(f"/v1/responses/{sent['response_id']}")).status_code == 404
    assert (await sender.post({**sent, "overall": 4}))["verdict"] == "accepted"


async def test_a_unit_outside_the_subtree_is_403_with_a_verdict(sender: Sender):
    answer = await sender.answer(item(unit_code="H98.101"))
    assert (answer.status_code, answer.json()["verdict"]) == (403, "refused")
    assert codes(answer.json()) == [("unit_code", "unit_out_of_scope")]
    await sender.assert_balanced()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null", b'{"a": "\xff"}', rb'{"a": "\ud800"}'])
async def test_what_cannot_be_read_is_400_without_a_verdict(sender: Sender, body: bytes):
    answer = await sender.send(body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    problem = answer.json()
    assert (problem["code"], problem["status"], problem["type"]) == (
        "json_unreadable",
        400,
        "urn:parindex:problem:json_unreadable",
    )
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert (await sender.balance())["received"] == 0


async def test_a_single_post_ignores_an_idempotency_key(sender: Sender):
    one, other = item(), item()
    assert (await sender.send(one, Idempotency_Key="same")).status_code == 201
    assert (await sender.send(other, Idempotency_Key="same")).status_code == 201


@pytest.mark.parametrize(
    ("shift", "verdict", "code"),
    [
        (dt.timedelta(minutes=4), "accepted", None),
        (dt.timedelta(minutes=30), "refused", "answered_in_future"),
        (dt.timedelta(days=-399), "accepted", None),
        (dt.timedelta(days=-401), "refused", "answered_too_long_ago"),
    ],
)
async def test_answers_are_taken_from_400_days_ago_to_5_minutes_ahead(
    sender: Sender, shift: dt.timedelta, verdict: str, code: str | None
):
    when = dt.datetime.now(dt.UTC) + shift
    result = await sender.post(item(answered_at=when.isoformat()))
    assert result["verdict"] == verdict
    assert [finding["code"] for finding in result["findings"]] == ([code] if code else [])
    assert [finding["retry"] for finding in result["findings"]] == ([code == "answered_in_future"] if code else [])


async def test_the_scope_backfill_lifts_the_lower_bound_only(register: Any):
    sender = await register(scopes=("ingest", "backfill"))
    old = (NOW - dt.timedelta(days=450)).isoformat()
    assert (await sender.post(item(answered_at=old)))["verdict"] == "accepted"
    ahead = (NOW + dt.timedelta(hours=3)).isoformat()
    assert (await sender.post(item(answered_at=ahead)))["verdict"] == "refused"


async def store(
    sender: Sender, resources: Resources, *raws: dict[str, Any], now: dt.datetime, catalogues: Catalogues | None = None
) -> list[dict[str, Any]]:
    """Submits below HTTP, at another time or with another catalogue; the results as plain values."""
    caller = await resources.authenticator.caller(sender.headers["Authorization"])
    known = catalogues or resources.catalogues.current
    request = Request(caller, [said(raw, caller, known, position) for position, raw in enumerate(raws)])
    (results,) = await resources.committer.committed(lambda connection: submit(connection, [request], now=now))
    sender.verdicts.update(result.verdict for result in results)
    return [{"verdict": one.verdict, "state": one.state, "receipt": one.receipt} for one in results]


async def test_a_claimed_id_is_answered_whatever_the_clock_says(sender: Sender, resources: Resources):
    sent = item()
    first = await sender.post(sent)
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=500)
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    for now in (later, before):
        same, other, fresh = await store(sender, resources, sent, {**sent, "overall": 4}, item(), now=now)
        assert (same["verdict"], same["receipt"]) == ("duplicate", first["receipt"])
        assert (other["verdict"], other["receipt"]) == ("conflict", first["receipt"])
        assert fresh["verdict"] == "refused"


async def test_a_claimed_id_is_answered_whatever_the_catalogue_says(sender: Sender, resources: Resources):
    sent = item()
    first = await sender.post(sent)
    empty = Catalogues(resources.catalogues.current.units, InstrumentCatalogue(1, ()))
    same, other, fresh = await store(
        sender, resources, sent, {**sent, "overall": 4}, item(), now=dt.datetime.now(dt.UTC), catalogues=empty
    )
    assert (same["verdict"], same["receipt"]) == ("duplicate", first["receipt"])
    assert (other["verdict"], other["receipt"]) == ("conflict", first["receipt"])
    assert fresh["verdict"] == "quarantined"
    unfit = {**sent, "overall": 3}
    assert (await sender.post(unfit))["verdict"] == "conflict"
    assert (await sender.post({**unfit, "response_id": new_id()}))["verdict"] == "refused"


async def test_scope_comes_before_identity(sender: Sender):
    sent = item()
    await sender.post(sent)
    assert (await sender.post({**sent, "unit_code": "H98.101"}))["verdict"] == "refused"
    assert (await sender.post({**sent, "phone": "1"}))["verdict"] == "refused"
    assert (await sender.post({**sent, "overall": 99}))["verdict"] == "refused"


async def test_the_time_window_comes_before_the_catalogue(sender: Sender):
    ahead = (NOW + dt.timedelta(hours=3)).isoformat()
    result = await sender.post(item(answered_at=ahead, instrument="NEW5"))
    assert codes(result) == [("answered_at", "answered_in_future")]
    assert (await sender.post(item(answered_at=ahead, overall=3)))["findings"][0]["code"] == "answered_in_future"


async def test_a_still_quarantined_id_with_other_content_goes_on_through_every_check(sender: Sender):
    waiting = item(unit_code="H99.777")
    await sender.post(waiting)
    ahead = (NOW + dt.timedelta(hours=3)).isoformat()
    assert (await sender.post({**waiting, "answered_at": ahead}))["verdict"] == "refused"
    assert (await sender.post({**waiting, "overall": 2}))["verdict"] == "quarantined"
    assert (await sender.post({**waiting, "unit_code": "H99.101"}))["verdict"] == "accepted"
    assert (await sender.post(waiting))["verdict"] == "conflict"
    await sender.assert_balanced()


async def test_the_state_of_a_response_is_its_own_systems_business(register: Any, client: httpx.AsyncClient):
    one, other = await register(), await register()
    sent = item()
    await one.post(sent)
    stored = await one.state(sent["response_id"])
    assert (stored["state"], stored["realm"], [line["event"] for line in stored["history"]]) == (
        "counted",
        "synthetic",
        ["counted"],
    )
    assert (await other.get(f"/v1/responses/{sent['response_id']}")).status_code == 404
    assert (await client.get(f"/v1/responses/{sent['response_id']}")).status_code == 401
    assert (await one.get("/v1/responses/a b")).status_code == 422
