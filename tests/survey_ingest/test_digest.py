"""Same content: one digest in every spelling, another for everything that says something else; stored bodies read back."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Any

import pytest
import rfc8785
from hypothesis import given

from parindex.engine.digest import canonical_json
from support.ingest import item
from support.items import FULL, ITEMS
from survey_ingest.check import check_item
from survey_ingest.item import Item


def digest(**changes: Any) -> bytes:
    checked = check_item({**FULL, **changes}, personal_data="strip")
    assert isinstance(checked, Item), checked.findings
    return checked.digest()


@pytest.mark.parametrize(
    "spelling",
    [
        {"unit_code": "h99.101"},
        {"answered_at": "20261122081530"},
        {"answered_at": "2026-11-22T01:15:30.000Z"},
        {"overall": "5"},
        {"overall": "Rất hài lòng"},
        {"overall": unicodedata.normalize("NFD", "RẤT HÀI LÒNG ")},
        {"answers": [{"item": "a", "value": ["y", "x", "y"]}, {"item": "b", "value": "4", "text": " Hoà"}]},
        {"answers": [{"item": "b", "value": "hài lòng", "text": "Hoa\u0300"}, {"item": "a", "value": ["x", "y"]}]},
        {"answers": [*FULL["answers"], {"item": "c", "value": None}, {"item": "d", "value": "not_answered"}]},
        {"answers": [{**FULL["answers"][0], "automatic": "false"}, FULL["answers"][1]]},
        {"service_channel": "2"},
        {"stage": "RESULT"},
        {"sample": {"weight": "01.500", "round": "2026-1", "stratum": None, "cluster": ""}},
        {"comment": unicodedata.normalize("NFD", "Cảm ơn")},
        {"device_seq": "7"},
        {"sent_at": "2026-11-22T08:20:00"},
        {"counter_id": None, "staff_ref": ""},
        {"counter_id": "  ", "staff_ref": "\n"},
        {"sample": {**FULL["sample"], "stratum": " ", "cluster": None}},
        {"colour": "red"},
        {"phone": "0912345678"},
        {"privacy_notice": {"shown": "True", "version": "1"}},
    ],
)
def test_the_same_content_in_another_spelling_has_the_same_digest(spelling: dict[str, Any]):
    assert digest(**spelling) == digest()


@pytest.mark.parametrize(
    "other",
    [
        {"unit_code": "H99.102"},
        {"instrument_version": "2"},
        {"answered_at": "2026-11-22T08:15:31+07:00"},
        {"overall": 4},
        {"answers": [FULL["answers"][0]]},
        {"answers": [{**FULL["answers"][0], "automatic": True}, FULL["answers"][1]]},
        {"answers": [{**FULL["answers"][0], "value": "dont_know"}, FULL["answers"][1]]},
        {"service_channel": None},
        {"mode": "assisted"},
        {"replaces": None},
        {"sample": {"round": "2026-1", "weight": "1.25"}},
        {"comment": "cảm ơn"},
        {"dossier_code": "H99.101-261122-0002"},
        {"device_seq": 8},
        {"respondent_kind": "Citizen"},
        {"staff_ref": "CB-1"},
    ],
)
def test_other_content_has_another_digest(other: dict[str, Any]):
    assert digest(**other) != digest()


def test_both_forms_of_a_unit_code_have_one_digest():
    assert digest(unit_code="000.00.07.H44") == digest(unit_code="H44.07")


def test_text_that_differs_only_in_what_is_masked_is_the_same_content():
    assert digest(comment="Gọi 0912345678") == digest(comment="Gọi 0987654321") == digest(comment="Gọi […]")


@given(ITEMS)
def test_a_stored_body_checked_again_is_the_same_item_with_the_same_digest(fields: dict[str, Any]):
    first = check_item(item(**fields))
    if not isinstance(first, Item):
        return
    again = check_item(first.stored_body())
    assert isinstance(again, Item), again.findings
    assert again.content == first.content
    assert (again.unit, again.answered_at, again.sent_at) == (first.unit, first.answered_at, first.sent_at)
    assert again.digest() == first.digest()


@given(ITEMS)
def test_the_digest_is_sha_256_over_rfc_8785(fields: dict[str, Any]):
    checked = check_item(item(**fields))
    if not isinstance(checked, Item):
        return
    reference = rfc8785.dumps(checked.content)
    assert checked.digest() == hashlib.sha256(reference).digest()
    assert canonical_json(checked.content) == reference
