"""Code lists with cursor, `since` and ETag; server time; people offered and asked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import asyncpg
import httpx
import pytest

from support.ingest import NOW, Sender
from survey_ingest import listing

pytestmark = pytest.mark.database
NAMES = ("units", "procedures", "instruments", "codes")


async def pages(sender: Sender, name: str, since: int = 0) -> list[dict[str, Any]]:
    cursor, found = "", []
    while cursor is not None:
        answer = await sender.get(f"/v1/catalogues/{name}?since={since}&cursor={cursor}")
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        cursor = found[-1]["next_cursor"]
    return found


async def test_the_pages_hold_every_unit_of_the_realm_once(sender: Sender, facts: asyncpg.Connection):
    read = await pages(sender, "units")
    entries = [entry for page in read for entry in page["entries"]]
    assert all(len(page["entries"]) == listing.PAGE for page in read[:-1])
    known = await facts.fetchval("SELECT count(*) FROM unit WHERE realm IN ('production', 'synthetic')")
    assert len({entry["unit_id"] for entry in entries}) == len(entries) == known
    commune = next(entry for entry in entries if entry["unit_id"] == 990101)
    assert {"scheme": "h_code", "code": "H99.101", "valid_from": "2025-07-01", "valid_to": None} in commune["codes"]


async def test_invented_units_are_listed_in_their_own_realm_only(register: Any):
    production = await register(realm="production", unit_ids=[101])
    entries = [entry for page in await pages(production, "units") for entry in page["entries"]]
    assert not any(entry["unit_id"] == 990101 for entry in entries)


async def test_since_a_revision_only_later_changes_are_listed(sender: Sender):
    (whole,) = await pages(sender, "instruments")
    assert {(entry["instrument"], entry["version"]) for entry in whole["entries"]} >= {("KIOSK3", "1"), ("HL5", "1")}
    (since,) = await pages(sender, "instruments", whole["revision"])
    assert since["entries"] == []


async def test_the_fixed_codes_are_those_of_the_contract(sender: Sender):
    (page,) = await pages(sender, "codes")
    lists = {entry["list"]: entry["codes"] for entry in page["entries"]}
    assert lists["stage"] == ["intake", "supplement", "result", "after"]
    assert lists["withdrawal_reason"] == ["test", "entered_in_error", "citizen_request"]
    assert lists["answer_code"] == ["not_answered", "dont_know", "not_applicable"]
    assert lists["verdict"] == ["accepted", "duplicate", "repeat", "quarantined", "conflict", "refused"]
    assert lists["service_channel"] == [
        {"code": "direct", "portal": "1"},
        {"code": "online", "portal": "2"},
        {"code": "postal", "portal": "3"},
    ]


@pytest.mark.parametrize("name", NAMES)
async def test_an_unchanged_list_is_304(sender: Sender, name: str):
    first = await sender.get(f"/v1/catalogues/{name}")
    etag = first.headers["etag"]
    for sent in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = await sender.get(f"/v1/catalogues/{name}", **{"If-None-Match": sent})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    changed = await sender.get(f"/v1/catalogues/{name}", **{"If-None-Match": '"other"'})
    assert changed.status_code == 200


async def test_another_page_has_another_etag(sender: Sender):
    first = await sender.get("/v1/catalogues/units")
    second = await sender.get(f"/v1/catalogues/units?cursor={first.json()['next_cursor']}")
    assert first.headers["etag"] != second.headers["etag"]
    assert first.json()["entries"][-1] != second.json()["entries"][0]


@pytest.mark.parametrize(
    "query", ["cursor=x", "cursor=!!", "cursor=%C3%A9", "since=-1", "since=a", "since=99999999999999999999"]
)
async def test_a_cursor_or_revision_that_was_not_given_is_422(sender: Sender, query: str):
    answer = await sender.get(f"/v1/catalogues/units?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


async def test_an_unknown_list_is_422(sender: Sender):
    assert (await sender.get("/v1/catalogues/streets")).status_code == 422


async def test_the_servers_clock_is_public_and_says_one_moment_three_times(client: httpx.AsyncClient):
    answer = await client.get("/v1/time")
    moment = answer.json()
    utc, local = dt.datetime.fromisoformat(moment["utc"]), dt.datetime.fromisoformat(moment["vietnam"])
    assert utc == local
    assert local.utcoffset() == dt.timedelta(hours=7)
    assert dt.datetime.strptime(moment["compact"], "%Y%m%d%H%M%S") == local.replace(tzinfo=None, microsecond=0)  # noqa: DTZ007
    assert answer.headers["cache-control"] == "no-store"


# People offered and asked.


TWO_DAYS_AGO = str(NOW.date() - dt.timedelta(days=2))


def exposure(**overrides: Any) -> dict[str, Any]:
    return {
        "unit_code": "H99.101",
        "collected_via": "kiosk",
        "local_day": TWO_DAYS_AGO,
        "offered": 40,
        "asked": 30,
        **overrides,
    }


async def test_exposures_are_revised_and_the_same_again_changes_nothing(sender: Sender, facts: asyncpg.Connection):
    async def sent(*items: dict[str, Any]) -> list[tuple[int, bool]]:
        answer = await sender.send(list(items), "/v1/exposures")
        assert answer.status_code == 200, answer.text
        return [(one["revision"], one["changed"]) for one in answer.json()["results"]]

    assert await sent(exposure(), exposure(unit_code="H99.102")) == [(1, True), (1, True)]
    assert await sent(exposure()) == [(1, False)]
    assert await sent(exposure(asked=31), exposure(asked=31), exposure(asked=30)) == [(2, True), (2, False), (3, True)]
    rows = await facts.fetch(
        "SELECT revision, offered, asked, realm FROM exposure WHERE system_id = $1 AND unit_id = 990101 ORDER BY 1",
        sender.issued.system_id,
    )
    assert [tuple(row) for row in rows] == [
        (1, 40, 30, "synthetic"),
        (2, 40, 31, "synthetic"),
        (3, 40, 30, "synthetic"),
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"asked": 41}, "asked_above_offered"),
        ({"offered": -1}, "out_of_range"),
        ({"offered": True}, "out_of_range"),
        ({"asked": "3"}, "out_of_range"),
        ({"collected_via": "pigeon"}, "unknown_value"),
        ({"collected_via": []}, "unknown_value"),
        ({"local_day": "20/11/2026"}, "day_unreadable"),
        ({"local_day": 5}, "day_unreadable"),
        ({"local_day": "8999-12-31"}, "day_in_future"),
        ({"local_day": str(NOW.date() + dt.timedelta(days=2))}, "day_in_future"),
        ({"phone": "none"}, "personal_data"),
        ({"note": [{"HoTen": "A"}]}, "personal_data"),
        ({"unit_code": "H98.101"}, "unit_out_of_scope"),
        ({"unit_code": "H99.9"}, "unit_unknown"),
        ({"unit_code": None}, "unit_code_unreadable"),
    ],
)
async def test_one_wrong_count_stores_none(
    sender: Sender, facts: asyncpg.Connection, fields: dict[str, Any], code: str
):
    answer = await sender.send([exposure(), exposure(**fields)], "/v1/exposures")
    assert (answer.status_code, [finding["code"] for finding in answer.json()["findings"]]) == (422, [code])
    assert await facts.fetchval("SELECT count(*) FROM exposure WHERE system_id = $1", sender.issued.system_id) == 0


@pytest.mark.parametrize(
    ("body", "status"), [([], 422), (None, 422), ([1], 422), (b"{", 400), ([exposure()] * 501, 422)]
)
async def test_a_list_of_counts_that_cannot_be_taken_is_refused(sender: Sender, body: Any, status: int):
    assert (await sender.send(body, "/v1/exposures")).status_code == status


# Devices.
