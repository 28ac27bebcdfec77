"""Without keys or store nothing is kept, and the answer says what to set; keys are changed without losing a file."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from cryptography.fernet import Fernet

from parindex.errors import Unavailable
from scoring_api.evidence.attach import Upload, attach
from scoring_api.evidence.sealing import digest_of, seal, sealing_keys, unseal
from scoring_api.evidence.serve import open_evidence
from scoring_api.evidence.store import evidence_store
from scoring_api.evidence.sweep import reseal
from scoring_api.people.person import Person, Role
from support.documents import pdf

from .conftest import COMPONENT, H99, UNIT, Town


@pytest.mark.parametrize(
    ("setting", "code", "named"),
    [
        ({"secret_keys": ""}, "secret_keys_missing", "PARINDEX_SECRET_KEYS"),
        ({"secret_keys": "short"}, "secret_keys_missing", "PARINDEX_SECRET_KEYS"),
        ({"evidence_store": ""}, "evidence_store_missing", "PARINDEX_EVIDENCE_STORE"),
        ({"evidence_store": "file://host/folder"}, "evidence_store_missing", "file:///"),
        ({"evidence_store": "ftp://x/y"}, "evidence_store_missing", "file:///"),
        ({"evidence_store": "file:///"}, "evidence_store_missing", "file:///"),
        ({"evidence_store": "file:///proc/nothing/here"}, "evidence_store_away", "PARINDEX_EVIDENCE_STORE"),
    ],
)
async def test_what_is_not_set_is_named(town: Town, resources, settings, setting, code, named):
    person = Person(H99, town.unit.person_id, "Đơn vị", frozenset({Role("unit", UNIT)}))
    with pytest.raises(Unavailable) as caught:
        await attach(
            resources.database,
            settings.model_copy(update=setting),
            person,
            round_id=town.round_id,
            unit_id=UNIT,
            component=COMPONENT,
            upload=Upload("a.pdf", "", pdf()),
            now=dt.datetime.now(dt.UTC),
        )
    assert caught.value.code == code
    assert named in f"{caught.value.message} {caught.value.hint}"
    assert caught.value.retry_after


def test_a_sealed_content_opens_for_its_tenant_and_digest_only():
    keys = sealing_keys(Fernet.generate_key().decode())
    digest = digest_of(pdf())
    stored, sealed_key = seal(pdf(), tenant_id=1, digest=digest, keys=keys)
    assert unseal(stored, sealed_key, tenant_id=1, digest=digest, keys=keys) == pdf()
    for bound in ({"tenant_id": 2, "digest": digest}, {"tenant_id": 1, "digest": digest_of(b"")}):
        with pytest.raises(Unavailable, match="damaged"):
            unseal(stored, sealed_key, keys=keys, **bound)
    again, other_key = seal(pdf(), tenant_id=1, digest=digest, keys=keys)
    assert again != stored
    assert other_key != sealed_key


async def test_keys_are_changed_without_losing_a_file(town: Town, resources, settings):
    evidence_id = uuid.UUID((await town.attach()).json()["evidence_id"])
    person = Person(H99, town.unit.person_id, "Đơn vị", frozenset({Role("unit", UNIT)}))
    now = dt.datetime.now(dt.UTC)
    new = Fernet.generate_key().decode()
    both = settings.model_copy(update={"secret_keys": f"{new},{settings.secret_keys}"})
    only_new = settings.model_copy(update={"secret_keys": new})
    with pytest.raises(Unavailable) as caught:
        await open_evidence(resources.database, only_new, person, evidence_id, now)
    assert caught.value.code == "evidence_key_unknown"
    with pytest.raises(Unavailable):
        await reseal(resources.database, only_new)
    assert await reseal(resources.database, both) == 1
    opened = await open_evidence(resources.database, only_new, person, evidence_id, now)
    assert opened.content == pdf()


async def test_a_folder_store_makes_what_it_writes_durable(settings, store_folder, monkeypatch):
    forced = []
    monkeypatch.setattr("scoring_api.evidence.store.os.fsync", forced.append)
    await evidence_store(settings).put("990000/one", b"x")
    assert len(forced) == 3
    assert (store_folder / "990000" / "one").read_bytes() == b"x"
