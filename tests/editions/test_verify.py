"""Tampering with editions: a changed byte, a replaced key, a missing link, a rolled-back clock; each found and named."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import pytest

from parindex.editions.body import build_body
from parindex.editions.edition_file import read_editions
from parindex.editions.envelope import Publication, Sealed, seal
from parindex.editions.keys import PrivateKey, new_key
from parindex.editions.verify import Head, Verification, verify
from parindex.engine.digest import canonical_json
from parindex.errors import Conflict, Invalid, Unreadable
from support.editions import imported_inputs, round_inputs, satisfaction_inputs

KEY = PrivateKey.of_bytes(bytes(range(32)))
NEXT_KEY = PrivateKey.of_bytes(bytes(range(32, 64)))
NOON = dt.datetime(2026, 1, 20, 5, tzinfo=dt.UTC)
KNOWN = {KEY.key_id: KEY.public_key, NEXT_KEY.key_id: NEXT_KEY.public_key}


def sealed(
    number: int, previous: str | None, key: PrivateKey = KEY, at: dt.datetime | None = None, title: str = ""
) -> Sealed:
    make = (round_inputs, satisfaction_inputs, imported_inputs)[number % 3]
    inputs = make()
    body = canonical_json(build_body(inputs | {"title_vi": title or inputs["title_vi"]})).decode()
    publication = Publication(0, 100 + number, number, None, None, at or NOON + dt.timedelta(days=number))
    return seal(body, publication, previous, key)


def chain(length: int = 4, **of: Any) -> list[Sealed]:
    editions: list[Sealed] = []
    for number in range(1, length + 1):
        key = KEY if number < 3 else NEXT_KEY
        editions.append(sealed(number, editions[-1].sha256 if editions else None, **{"key": key, **of}))
    return editions


def forms(editions: list[Sealed]) -> list[dict[str, Any]]:
    return [one.file_form() for one in editions]


def checked(value: Any, head: Head | None = None, keys: dict[str, bytes] | None = None) -> Verification:
    return verify(read_editions(json.dumps(value, ensure_ascii=False)), head, keys)


def codes(found: Verification) -> list[str]:
    return [finding.code for finding in found.findings]


def test_a_chain_over_a_rotated_key_holds_and_tells_its_head():
    editions = chain()
    found = checked(forms(editions), Head(editions[-1].sha256, 4), KNOWN)
    assert found.holds
    assert str(found.head) == f"4:{editions[-1].sha256}"
    assert checked(forms(editions)[2]).holds


def test_every_changed_byte_of_a_document_is_found():
    (edition,) = chain(1)
    form = edition.file_form()
    for path, value in [
        (("body", "rows", 0, "value"), "99.99"),
        (("body", "rows", 0, "rank"), 2),
        (("body", "title_vi"), "Bảng khác"),
        (("publication", "published_at"), "2020-01-01T00:00:00.000000+00:00"),
        (("chain", "previous_sha256"), "0" * 64),
    ]:
        altered = json.loads(json.dumps(form))
        inside = altered["document"]
        for key in path[:-1]:
            inside = inside[key]
        assert inside[path[-1]] != value
        inside[path[-1]] = value
        assert "document_altered" in codes(checked(altered)), path


def test_an_altered_document_with_a_fitting_digest_has_no_fitting_signature():
    form = chain(1)[0].file_form()
    form["document"]["body"]["rows"][0]["value"] = "99.99"
    (read,) = read_editions(json.dumps(form))
    form["sha256"] = read.digest
    assert codes(checked(form)) == ["signature_wrong"]


def test_a_replaced_key_is_found_by_its_name_or_by_the_keys_one_knows():
    (edition,) = chain(1)
    form = edition.file_form()
    form["public_key"] = base64.b64encode(NEXT_KEY.public_key).decode()
    assert codes(checked(form)) == ["key_replaced", "signature_wrong"]
    forger = PrivateKey.of_bytes(b"forger's own 32 bytes, as a key.")
    forged = sealed(1, None, forger, title="Bảng giả")
    assert checked(forged.file_form()).holds
    assert codes(checked(forged.file_form(), keys=KNOWN)) == ["unknown_key"]


def test_a_missing_link_is_named_wherever_it_is_missing():
    editions = forms(chain())
    assert [finding.message for finding in checked(editions[:1] + editions[2:]).findings] == [
        "Edition 2 is missing from the chain."
    ]
    assert [finding.message for finding in checked(editions[2:]).findings] == [
        "Editions 1 to 2 are missing from the chain."
    ]
    assert "order_wrong" in codes(checked([editions[1], editions[0], *editions[2:]]))


def test_a_chain_cut_short_does_not_reach_the_head_that_was_published():
    editions = chain()
    head = Head.parse(f"4:{editions[-1].sha256}")
    assert codes(checked(forms(editions)[:3], head)) == ["head_not_reached"]
    assert checked(forms(editions), Head(editions[1].sha256, 2)).holds


def test_a_chain_rewritten_and_signed_anew_by_the_key_s_owner_is_found_by_the_head():
    editions = chain()
    rewritten = [*editions[:1]]
    for number in range(2, 5):
        rewritten.append(sealed(number, rewritten[-1].sha256, NEXT_KEY, title="Sửa lại"))
    assert checked(forms(rewritten), keys=KNOWN).holds
    found = checked(forms(rewritten), Head(editions[-1].sha256, 4), KNOWN)
    assert codes(found) == ["chain_rewritten"]
    assert codes(checked(forms(rewritten), Head(editions[-1].sha256), KNOWN)) == ["head_not_reached"]


def test_one_edition_exchanged_breaks_the_chain_after_it():
    editions = chain()
    editions[1] = sealed(2, editions[0].sha256, KEY, title="Bảng khác")
    found = checked(forms(editions))
    assert [(finding.code, finding.field) for finding in found.findings] == [("chain_broken", "edition 3")]


def test_a_rolled_back_clock_is_found():
    first = sealed(1, None)
    second = sealed(2, first.sha256, at=NOON - dt.timedelta(days=400))
    assert codes(checked(forms([first, second]))) == ["clock_rolled_back"]


def test_inputs_that_are_not_those_of_the_edition_are_found():
    form = chain(1)[0].file_form()
    assert codes(checked({**form, "inputs": satisfaction_inputs()})) == []
    assert codes(checked({**form, "inputs": satisfaction_inputs(scope_withheld=True)})) == ["inputs_altered"]


def test_the_chains_of_two_authorities_are_not_one():
    first = sealed(1, None)
    body = canonical_json(build_body(round_inputs())).decode()
    other = seal(body, Publication(7, 1, 2, None, None, NOON + dt.timedelta(days=9)), first.sha256, KEY)
    assert codes(checked(forms([first, other]))) == ["chains_mixed"]


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "7", "null", '{"document": {}}', '{"a": 1.5}', '{"a": NaN}', "[" * 5000, '{"a": 1, "a": 2}',
        '{"document": {"body": {"inputs_sha256": ""}, "publication": {}, "chain": {}}, "sha256": "x"}',
    ],
)  # fmt: skip
def test_what_is_no_file_of_editions_is_said_in_a_sentence(text):
    with pytest.raises(Unreadable):
        read_editions(text)


def test_keys_of_the_wrong_kind_or_length_are_a_wrong_signature_and_no_crash():
    form = chain(1)[0].file_form()
    form["public_key"], form["signature"] = "AAAA", "AAAA"
    assert codes(checked(form)) == ["key_replaced", "signature_wrong"]


def test_only_the_first_edition_may_have_no_predecessor():
    body = canonical_json(build_body(round_inputs())).decode()
    for number, previous in [(1, "0" * 64), (2, None)]:
        with pytest.raises(Invalid):
            seal(body, Publication(0, 1, number, None, None, NOON), previous, KEY)


def test_a_head_is_read_in_both_its_forms_and_in_no_other():
    assert Head.parse(f"12:{'A' * 64}") == Head("a" * 64, 12)
    assert Head.parse("b" * 64) == Head("b" * 64)
    for text in ("", "12", f"0:{'a' * 64}", "a" * 63, f"x:{'a' * 64}"):
        with pytest.raises(Invalid):
            Head.parse(text)


def test_a_new_key_is_a_file_that_only_its_owner_may_read(tmp_path):
    file = tmp_path / "key.pem"
    made = new_key(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert PrivateKey.of_file(file).key_id == made.key_id
    with pytest.raises(Conflict):
        new_key(file)
    file.chmod(0o604)
    with pytest.raises(Invalid, match="Everybody"):
        PrivateKey.of_file(file)
    file.chmod(0o600)
    file.write_text("no key")
    with pytest.raises(Invalid, match="Ed25519"):
        PrivateKey.of_file(file)
    with pytest.raises(Unreadable):
        PrivateKey.of_file(tmp_path / "nothing")


def test_the_private_half_is_in_no_repr():
    assert "Ed25519PrivateKey" in repr(KEY)
    assert bytes(range(32)).hex() not in repr(KEY)
