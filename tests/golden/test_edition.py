"""One edition of each kind, sealed with a known key, byte for byte. `make golden` rewrites them.

Other bytes for the same inputs mean that editions already published no longer re-derive: then either the engine version or
the schema of editions has to change with them.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from parindex.editions.body import build_body
from parindex.editions.edition_file import read_editions
from parindex.editions.envelope import Publication, seal, with_inputs
from parindex.editions.keys import PrivateKey
from parindex.editions.rederive import rederive
from parindex.editions.verify import verify
from parindex.engine.digest import canonical_json
from support.editions import imported_inputs, round_inputs, satisfaction_inputs

KEY = PrivateKey.of_bytes(bytes(range(32)))
NOON = dt.datetime(2026, 1, 20, 5, tzinfo=dt.UTC)
KINDS = {"round": round_inputs, "satisfaction": satisfaction_inputs, "imported": imported_inputs}


@pytest.mark.parametrize("kind", KINDS)
def test_an_edition_has_the_same_bytes_as_ever(kind):
    path = Path(__file__).parent / f"edition_{kind}.json"
    inputs = KINDS[kind]()
    sealed = seal(canonical_json(build_body(inputs)).decode(), Publication(0, 1, 1, None, None, NOON), None, KEY)
    made = canonical_json(with_inputs(sealed.file_form(), canonical_json(inputs).decode())) + b"\n"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_bytes(made)
    assert path.read_bytes() == made


@pytest.mark.parametrize("kind", KINDS)
def test_the_edition_on_file_holds_and_is_computed_again(kind):
    (one,) = read_editions((Path(__file__).parent / f"edition_{kind}.json").read_bytes())
    assert verify([one], known_keys={KEY.key_id: KEY.public_key}).holds
    assert one.inputs is not None
    assert rederive(one.document["body"], one.inputs).holds
