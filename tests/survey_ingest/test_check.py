"""One item by itself: each field good, bad, missing and at its edge; privacy before shape; nothing ever raises."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.ingest import item
from survey_ingest.body import decode
from survey_ingest.check import FIELDS, REQUIRED, check_item
from survey_ingest.item import Item, Refused


def read(personal_data: str = "refuse", **fields: Any) -> Item | Refused:
    return check_item(item(**fields), personal_data=personal_data)


def content(**fields: Any) -> dict[str, Any]:
    read_item = read(**fields)
    assert isinstance(read_item, Item), read_item.findings
    return read_item.content


def findings(**fields: Any) -> list[tuple[str, str]]:
    """(field, code) of each reason for the refusal."""
    refused = read(**fields)
    assert isinstance(refused, Refused), refused.content
    return [(finding.field, finding.code) for finding in refused.findings]


def warnings(**fields: Any) -> list[tuple[str, str]]:
    return [(warning.field, warning.code) for warning in read(**fields).warnings]


def test_a_plain_item_is_taken_without_a_word():
    taken = read()
    assert isinstance(taken, Item)
    assert taken.warnings == []
    assert taken.content["overall"] == 5


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("empty", ["left out", None, ""])
def test_a_required_field_left_out_null_or_empty_is_missing(name: str, empty: str | None):
    raw = item()
    raw.pop(name) if empty == "left out" else raw.update({name: empty})
    refused = check_item(raw)
    assert [(finding.field, finding.code) for finding in refused.findings] == [(name, "missing")]


def test_every_missing_field_is_named_at_once():
    refused = check_item({"response_id": "a"})
    assert {finding.field for finding in refused.findings} == {*REQUIRED[1:], "answers"}
    assert refused.response_id == "a"


@pytest.mark.parametrize("raw", [None, 5, "text", [], [{}], True, 1.5])
def test_what_is_no_object_cannot_be_read(raw: Any):
    refused = check_item(raw)
    assert refused.unreadable
    assert refused.response_id is None


@pytest.mark.parametrize("value", ["a", "A-1_b.C", "x" * 64])
def test_a_response_id_is_1_to_64_plain_characters(value: str):
    assert content(response_id=value)["response_id"] == value


@pytest.mark.parametrize("value", ["x" * 65, "a b", "a/b", "phiếu", " a", "a\n", 5, True, [], {}, "\x00"])
def test_another_response_id_is_refused_and_not_repeated(value: Any):
    refused = read(response_id=value)
    assert [(finding.field, finding.code) for finding in refused.findings] == [("response_id", "response_id_form")]
    assert refused.response_id is None


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        ("H99.101", "H99.101"),
        ("h99.101", "H99.101"),
        ("000.00.07.H44", "H44.07"),
        (" H44.07 ", "H44.07"),
        ("gso:08866", "gso:08866"),
        ("GSO:89", "gso:89"),
        ("000.00.00.H99", "H99"),
    ],
)
def test_both_forms_of_a_unit_code_are_one(sent: str, canonical: str):
    assert content(unit_code=sent)["unit_code"] == canonical


@pytest.mark.parametrize("value", ["08866", "gso:1", "H9", "Sở Nội vụ", "H99..1", 5, ["H99"], "H" * 40])
def test_what_is_no_unit_code_is_refused(value: Any):
    assert [field for field, _ in findings(unit_code=value)] == ["unit_code"]


@pytest.mark.parametrize("name", ["instrument", "instrument_version"])
@pytest.mark.parametrize(
    ("value", "code"),
    [("a b", "code_form"), ("x" * 41, "too_long"), (1, "wrong_type"), (1.0, "wrong_type"), ("é", "code_form")],
)
def test_a_questionnaire_and_its_version_are_codes_as_text(name: str, value: Any, code: str):
    assert findings(**{name: value}) == [(name, code)]


def test_an_instant_is_kept_as_utc():
    assert content(answered_at="20261122003000")["answered_at"] == "2026-11-21T17:30:00+00:00"
    assert read(answered_at="2026-11-22T00:30:00").answered_at == dt.datetime(2026, 11, 21, 17, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize("value", ["yesterday", 20261122003000, "0000-00-00T00:00:00.000+0700", [], {}, True])
def test_an_unreadable_answered_at_is_refused(value: Any):
    assert findings(answered_at=value) == [("answered_at", "time_unreadable")]


def test_a_sentinel_for_no_date_in_sent_at_means_not_given():
    assert read(sent_at="0000-00-00T00:00:00.000+0700").sent_at is None
    assert findings(sent_at="soon") == [("sent_at", "time_unreadable")]


@pytest.mark.parametrize("name", ["stage", "collected_via", "mode"])
def test_a_closed_list_takes_its_words_in_any_case_and_nothing_else(name: str):
    for word in {"stage": ("intake", "supplement", "result", "after"), "mode": ("self", "assisted", "from_paper")}.get(
        name, ("kiosk", "qr", "sms", "zalo", "web", "paper", "phone", "other")
    ):
        assert content(**{name: f" {word.upper()} "})[name] == word
    for value in ("3", 3, True, ["self"], "kiosk qr"):
        assert findings(**{name: value}) == [(name, "unknown_value")]


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [("direct", "direct"), ("1", "direct"), (2, "online"), ("3", "postal"), (" Online ", "online")],
)
def test_a_service_channel_may_be_sent_in_the_portals_codes(sent: Any, canonical: str):
    assert content(service_channel=sent)["service_channel"] == canonical


@pytest.mark.parametrize("value", ["4", 0, True, "post", 1.0])
def test_another_service_channel_is_refused(value: Any):
    assert findings(service_channel=value) == [("service_channel", "unknown_value")]


@pytest.mark.parametrize("value", [1, 5, "1", " 5 ", "Rất hài lòng", "CHƯA HÀI LÒNG"])
def test_overall_is_a_level_or_its_words(value: Any):
    assert content(overall=value)["overall"] in range(1, 6)


@pytest.mark.parametrize("value", [0, 6, -1, 5.0, True, "good", " ", [], {}, 2**70, math.inf])
def test_another_overall_is_refused(value: Any):
    assert findings(overall=value) == [("overall", "value_outside_scale")]


def test_the_label_of_a_three_level_kiosk_is_kept_beside_its_level():
    taken = read(overall="Chưa hài lòng", answers=[{"item": "q", "value": "HÀI LÒNG"}])
    assert taken.content["overall"] == 2
    assert taken.as_given == {"overall": "Chưa hài lòng", "q": "HÀI LÒNG"}


@pytest.mark.parametrize(
    "nothing", [None, [], [{"item": "q"}], [{"item": "q", "value": None}], [{"item": "q", "value": "not_answered"}]]
)
def test_a_response_that_nobody_answered_is_refused(nothing: Any):
    assert findings(overall=None, answers=nothing) == [("answers", "missing")]


def test_a_response_that_only_software_answered_is_refused():
    assert findings(overall=None, answers=[{"item": "q", "value": 2, "automatic": True}]) == [
        ("answers", "only_automatic_answers")
    ]
    assert content(overall=None, answers=[{"item": "q", "value": 2, "automatic": True}, {"item": "r", "value": 1}])


def test_answers_are_sorted_by_item_and_what_was_not_answered_is_left_out():
    sent = [
        {"item": "b", "value": "4"},
        {"item": "c", "value": "not_answered"},
        {"item": "a", "value": ["y", "x", "x"]},
        {"item": "d", "value": "dont_know"},
        {"item": "e", "text": " hay "},
        {"item": "f", "value": 1, "automatic": "True"},
    ]
    assert content(answers=sent)["answers"] == [
        {"item": "a", "value": ["x", "y"]},
        {"item": "b", "value": 4},
        {"item": "d", "value": "dont_know"},
        {"item": "e", "text": "hay"},
        {"item": "f", "value": 1, "automatic": True},
    ]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("text", [("answers", "wrong_type")]),
        ({"item": "q"}, [("answers", "wrong_type")]),
        ([{"item": "q", "value": 1}] * 2, [("answers[1]", "item_twice")]),
        ([{"value": 1}], [("answers[0].item", "item_form")]),
        ([{"item": 1, "value": 1}], [("answers[0].item", "item_form")]),
        ([{"item": "a b", "value": 1}], [("answers[0].item", "item_form")]),
        ([{"item": "q", "value": 1.0}], [("answers[0].value", "wrong_type")]),
        ([{"item": "q", "value": True}], [("answers[0].value", "wrong_type")]),
        ([{"item": "q", "value": 10**30}], [("answers[0].value", "out_of_range")]),
        ([{"item": "q", "value": [1]}], [("answers[0]", "wrong_type")]),
        ([{"item": "q", "value": 1, "automatic": "maybe"}], [("answers[0].automatic", "wrong_type")]),
        ([{"item": "q", "text": "x" * 2001}], [("answers[0]", "too_long")]),
        ([5], [("answers[0]", "wrong_type")]),
        ([{"item": f"q{n}", "value": 1} for n in range(201)], [("answers", "too_many")]),
    ],
)
def test_answers_that_cannot_be_taken_are_named(answers: Any, expected: list[tuple[str, str]]):
    assert findings(answers=answers) == expected


def test_the_longest_texts_are_taken_and_one_character_more_is_not():
    longest = {"dossier_code": 50, "procedure_code": 64, "field_code": 40, "comment": 2000, "device_id": 64}
    longest |= {"counter_id": 64, "staff_ref": 64, "respondent_kind": 40}
    for name, length in longest.items():
        assert len(content(**{name: "đ" * length})[name]) == length
        assert findings(**{name: "đ" * (length + 1)}) == [(name, "too_long")]
        assert findings(**{name: 5}) == [(name, "wrong_type")]


def test_texts_are_nfc_without_blanks_at_their_ends():
    assert content(comment=" Hoa\u0300 thua\u0323\u0302n\n")["comment"] == "Hoà thuận"


@pytest.mark.parametrize("name", ["comment", "dossier_code", "device_id", "procedure_code", "instrument"])
def test_u_0000_is_refused_in_every_text(name: str):
    assert findings(**{name: "a\x00b"}) in ([(name, "null_character")], [(name, "code_form")])


@pytest.mark.parametrize("code", ["H99.101-261122-0001", "000.00.15.H01-251001-0001", "H01.15-20251001-0001"])
def test_a_dossier_code_of_the_national_form_needs_no_warning(code: str):
    assert warnings(dossier_code=code) == []


@pytest.mark.parametrize("code", ["2024/123", "h99.101-261122-0001", "H01.15-2510-0001", "##", "G22.99-251001-01"])
def test_another_dossier_code_is_kept_with_a_warning(code: str):
    assert content(dossier_code=code)["dossier_code"] == code
    assert warnings(dossier_code=code) == [("dossier_code", "dossier_off_pattern")]


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [("1", "1"), ("1.500", "1.5"), (" 02.0 ", "2"), ("0.000000000001", "0.000000000001"), ("100", "100")],
)
def test_a_weight_is_kept_without_trailing_zeros(sent: str, canonical: str):
    assert content(sample={"round": "2026-1", "weight": sent})["sample"]["weight"] == canonical


@pytest.mark.parametrize(
    "weight", ["0", "0.0", "-1", "1e3", "1,5", "", "NaN", "Infinity", "1" * 13, "1." + "0" * 13, 1.5, 1, True, "١"]
)
def test_another_weight_is_refused(weight: Any):
    if weight == "":
        assert "weight" not in content(sample={"round": "1", "weight": weight})["sample"]
    else:
        assert findings(sample={"round": "1", "weight": weight}) == [("sample.weight", "weight_form")]


def test_a_device_number_may_be_sent_as_text_and_is_bounded():
    assert content(device_seq=" 17 ")["device_seq"] == 17
    assert content(device_seq=2**53 - 1)["device_seq"] == 2**53 - 1
    assert findings(device_seq=2**53) == [("device_seq", "out_of_range")]
    assert findings(device_seq=1.5) == [("device_seq", "wrong_type")]
    assert findings(device_seq=True) == [("device_seq", "wrong_type")]


def test_a_response_cannot_replace_itself():
    assert findings(response_id="a", replaces="a") == [("replaces", "replaces_itself")]


def test_a_privacy_notice_is_kept_and_its_other_fields_are_named():
    notice = {"version": "2026-1", "shown": "True", "colour": "red"}
    assert content(privacy_notice=notice)["privacy_notice"] == {"version": "2026-1", "shown": True}
    assert warnings(privacy_notice=notice) == [("privacy_notice.colour", "unknown_field")]
    assert findings(privacy_notice={"shown": "maybe"}) == [("privacy_notice.shown", "wrong_type")]


def test_unknown_fields_are_ignored_and_named_in_a_warning():
    fields = {"answers": [{"item": "q", "value": 1, "x": 1}], "sample": {"round": "1", "y": 1}, "colour": "red"}
    assert warnings(**fields) == [
        ("answers[0].x", "unknown_field"),
        ("sample.y", "unknown_field"),
        ("colour", "unknown_field"),
    ]
    assert "colour" not in content(**fields)
    assert content(**fields)["answers"] == [{"item": "q", "value": 1}]


def test_a_field_name_with_a_number_in_it_is_never_repeated():
    assert warnings(**{"0912345678": 1, "a\x00b": 2}) == [("[…]", "unknown_field"), ("a?b", "unknown_field")]


PERSONAL: list[tuple[dict[str, Any], str]] = [
    ({"HoTen": "Nguyễn Văn A"}, "HoTen"),
    ({"phone": "0912345678"}, "phone"),
    ({"phone": None}, "phone"),
    ({"extra": {"deep": [{"cccd": "1"}]}}, "extra.deep[0].cccd"),
    ({"answers": [{"item": "q", "value": 1, "email": "x"}]}, "answers[0].email"),
    ({"answers": [{"item": "q", "value": {"ho_ten": "x"}}]}, "answers[0].value.ho_ten"),
    ({"answers": [{"item": "q", "value": [{"sdt": "x"}]}]}, "answers[0].value[0].sdt"),
    ({"sample": {"round": "1", "address": "x"}}, "sample.address"),
    ({"privacy_notice": {"ip": "x"}}, "privacy_notice.ip"),
    ({"phone\x00": "1"}, "phone?"),
    ({"cccd_sha256": "ab"}, "cccd_sha256"),
]


@pytest.mark.parametrize(("fields", "where"), PERSONAL)
def test_a_field_of_personal_data_refuses_the_item_wherever_it_stands(fields: dict[str, Any], where: str):
    refused = read(**fields) if "phone" not in fields or fields["phone"] else check_item({**item(), **fields})
    assert isinstance(refused, Refused)
    assert [(finding.field, finding.code) for finding in refused.findings] == [(where, "personal_data")]


@pytest.mark.parametrize(("fields", "where"), [case for case in PERSONAL if "value" not in case[1]])
def test_a_system_that_strips_loses_the_field_and_is_warned(fields: dict[str, Any], where: str):
    taken = check_item({**item(), **fields}, personal_data="strip")
    assert isinstance(taken, Item)
    assert (where, "personal_data_stripped") in [(warning.field, warning.code) for warning in taken.warnings]
    assert taken.content.keys() - {"answers", "sample", "privacy_notice"} == item().keys()
    clean = check_item(
        item(
            response_id=taken.response_id,
            **{name: value for name, value in taken.content.items() if name in ("answers", "sample", "privacy_notice")},
        )
    )
    assert taken.digest() == clean.digest()


def test_personal_data_inside_a_field_of_ours_is_named_too():
    assert ("comment.phone", "personal_data") in findings(comment={"phone": "0912345678"})


def test_privacy_comes_before_shape():
    refused = check_item({"response_id": "a", "phone": "1", "overall": 99})
    assert [finding.code for finding in refused.findings] == ["personal_data"]
    assert refused.response_id == "a"
    assert check_item({"response_id": "0912345678", "phone": "1"}).response_id is None


CODES = ["instrument", "instrument_version", "dossier_code", "procedure_code", "field_code", "respondent_kind"]
REFERENCES = ["device_id", "counter_id", "staff_ref", "response_id", "replaces", "device_seq"]


@pytest.mark.parametrize("number", ["0912345678", "001099012345"])
@pytest.mark.parametrize("name", CODES + REFERENCES)
def test_a_reference_that_is_somebodys_number_is_refused_and_not_repeated(name: str, number: str):
    refused = read(**{name: number})
    assert isinstance(refused, Refused)
    assert [(finding.field, finding.code) for finding in refused.findings] == [(name, "personal_data")]
    assert number not in repr(refused)


@pytest.mark.parametrize("number", ["0912345678", "H01.0912345678", "001099012345", "a@example.vn"])
def test_a_unit_code_with_a_number_in_it_is_not_repeated(number: str):
    refused = read(unit_code=number)
    assert [finding.field for finding in refused.findings] == ["unit_code"]
    assert number not in repr(refused)


@pytest.mark.parametrize(
    "answer",
    [
        {"item": "0912345678", "value": 1},
        {"item": "q", "value": "Anh A 0912345678"},
        {"item": "q", "value": ["0912345678"]},
        {"item": "q", "value": 912345678},
        {"item": "q", "value": "123456789"},
    ],
)
def test_an_answer_that_holds_somebodys_number_is_refused_and_not_repeated(answer: dict[str, Any]):
    refused = read(answers=[answer])
    assert isinstance(refused, Refused)
    assert not any(digits in repr(refused) for digits in ("12345678", "123456789"))


def test_numbers_and_addresses_in_comments_and_answer_texts_are_masked_with_a_warning():
    taken = read(comment="Gọi 0912345678", answers=[{"item": "q", "text": "thư a@example.vn"}])
    assert taken.content["comment"] == "Gọi […]"
    assert taken.content["answers"] == [{"item": "q", "text": "thư […]"}]
    assert sorted((warning.field, warning.code) for warning in taken.warnings) == [
        ("answers[0].text", "personal_data_masked"),
        ("comment", "personal_data_masked"),
    ]


def test_the_last_of_a_duplicated_key_is_read():
    raw = decode(b'{"a": 1, "a": 2}')
    assert raw == {"a": 2}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from([*FIELDS, "phone", "other"]), JSON, max_size=12),
    st.sampled_from(["refuse", "strip"]),
)
def test_nothing_that_json_can_say_raises(fields: dict[str, Any], policy: str):
    for raw in (fields, {**item(), **fields}):
        outcome = check_item(raw, personal_data=policy)
        assert isinstance(outcome, (Item, Refused))
        if isinstance(outcome, Refused):
            assert outcome.findings
            assert all(finding.code and finding.message for finding in outcome.findings)


def test_nine_hundred_levels_of_nesting_are_read_without_harm():
    raw = decode(msgspec.json.encode(item())[:-1] + b', "deep": ' + b"[" * 800 + b'{"phone": 1}' + b"]" * 800 + b"}")
    assert [finding.code for finding in check_item(raw).findings] == ["personal_data"]
