"""Codes in which somebody's number, address or name hides: of a dossier, of a batch; however they are typed."""

from __future__ import annotations

import datetime as dt
import json

import asyncpg
import pytest

from parindex.privacy import is_somebodys, looks_personal, masked
from support.ingest import Sender, item, new_id
from support.motcua import spelled
from survey_ingest.check import check_item
from survey_ingest.dossiers.codes import Codes
from survey_ingest.dossiers.read_record import RefusedRecord, read_record
from survey_ingest.item import Item, Refused

NOW = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)
SOMEBODYS = {
    "a link": "https://vi.du/tra?sdt=0912345678",
    "a path": "zalo.me/0912345678",
    "a list": "001099012345;HS7",
    "unseen marks": "0912\u200b345\u2060678",
    "a hard blank": "091\u00a02345678",
    "a full-width address": "dan\uff20vi-du.vn",
    "brackets": "(091) 234 5678",
}
NOBODYS = ("HS 2026/0042", "TS_lop1.000.00.00.H22", "H44.07-260921-0042", "20261122081530", "lo-20261122-01", "HS0042")


@pytest.mark.parametrize("text", SOMEBODYS.values(), ids=SOMEBODYS.keys())
def test_a_dossier_code_that_is_somebodys_is_refused_everywhere_alike(text: str) -> None:
    assert is_somebodys(text)
    response = check_item(item(dossier_code=text))
    assert isinstance(response, Refused)
    assert [(one.code, one.field) for one in response.findings] == [("personal_data", "dossier_code")]
    record = read_record({"MaHoSo": text}, Codes.of({}), NOW)
    assert isinstance(record, RefusedRecord)
    # What cannot be printed is refused for its form.
    refused = "dossier_code_personal" if text.isprintable() else "dossier_code_form"
    assert (record.findings[0].code, record.dossier_code) == (refused, "")
    assert text not in str((response.findings, record.findings))


@pytest.mark.parametrize("text", NOBODYS)
def test_a_dossier_code_of_whatever_form_is_kept(text: str) -> None:
    assert not is_somebodys(text)
    assert isinstance(check_item(item(dossier_code=text)), Item)
    assert not isinstance(read_record({"MaHoSo": text}, Codes.of({}), NOW), RefusedRecord)


@pytest.mark.parametrize("name", ["Nguyễn Văn Đích", "Nguye\u0302\u0303n Va\u0306n \u0110i\u0301ch"])
def test_a_dossier_named_by_words_without_any_digit_is_refused(name: str) -> None:
    record = read_record({"MaHoSo": name}, Codes.of({}), NOW)
    assert isinstance(record, RefusedRecord)
    assert record.findings[0].code == "dossier_code_personal"


def test_a_full_width_address_or_number_is_seen_and_masked() -> None:
    assert looks_personal("dan\uff20vi-du.vn")
    assert masked("gửi dan\uff20vi-du.vn nhé") == "gửi […] nhé"


@pytest.mark.parametrize("dialect", ["canonical", "motcua"], indirect=True)
@pytest.mark.parametrize("key", ["0912345678", "001099012345", "dan@vi-du.vn", "https://vi.du/?sdt=0912345678"])
async def test_a_batch_named_after_somebody_is_refused_and_nothing_is_stored(
    sender: Sender, facts: asyncpg.Connection, key: str
) -> None:
    name = new_id()
    answer = await sender.send([item(response_id=name)], "/v1/responses/batch", Idempotency_Key=key)
    assert answer.status_code == 422
    assert "personal_data" in answer.text
    assert key not in answer.text
    assert await facts.fetchval("SELECT count(*) FROM response WHERE response_id = $1", name) == 0
    assert await facts.fetchval("SELECT count(*) FROM batch_answer WHERE idempotency_key = $1", key) == 0


@pytest.mark.parametrize("name", [[], {}, True, 1.5], ids=["a list", "an object", "true", "a fraction"])
async def test_a_batch_is_named_by_text_or_a_whole_number_only(sender: Sender, name: object) -> None:
    body = json.dumps({"MaLo": name, "DanhSach": [spelled(item())]}).encode()
    headers = {"Content-Type": "application/json", **sender.headers}
    answer = await sender.client.post("/api/v1/phieu-danh-gia/lo", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (422, -11)


async def test_what_is_no_json_is_answered_with_its_place(sender: Sender) -> None:
    headers = {"Content-Type": "application/json", **sender.headers}
    answer = await sender.client.post("/api/v1/ho-so", content=b'{"MaHoSo": ,}', headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error_code"] == -12
    assert "từ byte thứ 11" in answer.json()["message"]
