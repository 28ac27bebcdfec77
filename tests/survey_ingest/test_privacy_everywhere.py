"""After a storm of items with personal data in every field, none of it is in any table, log line or answer."""

from __future__ import annotations

import logging
import unicodedata
from typing import Any

import asyncpg
import pytest
import structlog

from support.ingest import Sender, item, new_dossier, new_id
from support.invariants import assert_invariants
from support.traces import CITIZEN, EMAIL, NAME, OLD_CITIZEN, PHONES, everything, traces_in
from survey_ingest.fields import FIELDS

pytestmark = pytest.mark.database
BOTH_DIALECTS = True

NUMBERS = (*PHONES[:3], CITIZEN, EMAIL)
PERSONAL_NAMES = (
    "HoTen",
    "phone",
    "so_dien_thoai",
    "email",
    "CCCD",
    "DiaChi",
    "anh",
    "client_ip",
    "phone_sha256",
    "phone\x00",
)
FREE_TEXTS = ("Tôi là số {} ạ", "{}", "lh:{}; cảm ơn")
OPAQUE_TEXT = {
    "dossier_code",
    "procedure_code",
    "field_code",
    "device_id",
    "counter_id",
    "staff_ref",
    "respondent_kind",
}
"""Fields of any text, where a name cannot be told from a code."""


def storm() -> list[dict[str, Any]]:
    """Items with a number, an address or a name in each place where one could be put."""
    items: list[dict[str, Any]] = []
    for number in NUMBERS:
        items += [
            item(**{field: number})
            for field in FIELDS
            if field not in ("comment", "answers", "sample", "privacy_notice")
        ]
        items += [item(**{name: number}) for name in PERSONAL_NAMES]
        items += [
            item(**{number: 1}),
            item(other=number),
            item(other={"deep": [number, {"phone": number}]}),
            item(comment={"x": number}),
        ]
        items += [
            item(sample={"round": number}),
            item(sample={number: number}),
            item(privacy_notice={"version": number, number: 1}),
        ]
        answers: list[dict[str, Any]] = [
            {"item": number, "value": 5},
            {"item": "overall", "value": number},
            {"item": "overall", "value": [number]},
            {"item": "overall", "value": 5, "phone": number},
            {"item": "overall", "value": 5, number: number},
            {"item": "overall", "value": {"phone": number}},
            {"item": "overall", "value": f"Anh A {number}"},
        ]
        items += [item(overall=None, answers=[answer]) for answer in answers]
    for number in (*PHONES, CITIZEN, OLD_CITIZEN, EMAIL):
        for text in FREE_TEXTS:
            items.append(item(comment=text.format(number)))
            items.append(item(instrument="HL5", answers=[{"item": "suggestion", "text": text.format(number)}]))
    items += [item(staff_ref=OLD_CITIZEN), item(overall=None, answers=[{"item": "overall", "value": int(OLD_CITIZEN)}])]
    for name in (NAME, unicodedata.normalize("NFD", NAME)):
        items += [
            item(**{field: name})
            for field in FIELDS
            if field not in OPAQUE_TEXT | {"comment", "answers", "sample", "privacy_notice"}
        ]
        items += [item(**{field: name}) for field in PERSONAL_NAMES]
        items += [
            item(overall=None, answers=[{"item": "overall", "value": name}]),
            item(other=name),
            item(other=[{"name": name}]),
        ]
    return items


def waiting(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same for a questionnaire that nobody knows, so that what passes the checks is quarantined whole."""
    return [
        {**one, "response_id": one["response_id"] if len(one["response_id"]) < 32 else new_id(), "instrument": "NEW5"}
        if one["instrument"] == "KIOSK3"
        else one
        for one in items
    ]


@pytest.mark.parametrize("policy", ["refuse", "strip"])
async def test_personal_data_is_nowhere_after_a_storm(
    register: Any, facts: asyncpg.Connection, policy: str, caplog: pytest.LogCaptureFixture
):
    sender: Sender = await register(personal_data=policy)
    said: list[str] = []
    with structlog.testing.capture_logs() as logs, caplog.at_level(logging.DEBUG):
        for items in (storm(), waiting(storm())):
            for start in range(0, len(items), 400):
                answer = await sender.batch_answer(items[start : start + 400], key=new_id())
                said.append(answer.text)
        for one in storm()[::17]:
            answer = await sender.answer(one)
            said.append(answer.text)
        sent = item(dossier_code=new_dossier())
        await sender.post(sent)
        for number in NUMBERS:
            await sender.send({"reason": number}, f"/v1/responses/{sent['response_id']}/withdrawal")
            await sender.send(
                [{"unit_code": number, "phone": number, "collected_via": number, "local_day": number}], "/v1/exposures"
            )
            await sender.client.post("/v1/token", data={"client_id": number, "client_secret": number, "scope": number})
            await sender.get(f"/v1/responses/{number}")
            await sender.get(f"/v1/batches/{number}")
            await sender.get(f"/v1/catalogues/units?cursor={number}")
            await sender.send(b'{"phone": "%s"' % number.encode())
            await sender.get("/v1/time", **{"X-Request-Id": number, "User-Agent": number})
    accepted = sender.verdicts["accepted"] + sender.verdicts["quarantined"]
    assert accepted > 100
    assert sender.verdicts["refused"] > 100
    for table, text in (await everything(facts)).items():
        assert traces_in(text) == [], table
    lines = [*map(repr, logs), *(record.getMessage() for record in caplog.records if record.name != "httpx")]
    assert any("route" in line for line in lines)
    assert traces_in("\n".join(lines)) == []
    for text in said:
        assert traces_in(text) == []
    await sender.assert_balanced()
    await assert_invariants(facts)


async def test_the_search_finds_what_is_stored(sender: Sender, facts: asyncpg.Connection):
    mark = "Lời khen lạ thường"  # no digits: a random id may look like a telephone number
    await sender.batch([item(comment=mark)], key=new_id())
    tables = [table for table, text in (await everything(facts)).items() if mark in text]
    assert tables
    assert all(table.startswith("response_text") for table in tables)
