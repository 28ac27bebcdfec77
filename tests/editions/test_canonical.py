"""The fast writer of canonical bytes writes what the plain one writes, or refuses what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parindex.editions.canonical import canonical_bytes
from parindex.engine.digest import canonical_json

LEAVES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=30)


@given(VALUES)
def test_both_write_the_same_bytes(value: Any):
    assert canonical_bytes(value) == canonical_json(value)


def test_every_character_is_written_alike():
    everything = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    assert canonical_bytes([everything]) == canonical_json([everything])


@pytest.mark.parametrize("value", [{"a": 1.5}, {1: "a"}, [2**53], {"a": object()}])
def test_what_has_no_canonical_form_is_refused_by_both(value: Any):
    for write in (canonical_json, canonical_bytes):
        with pytest.raises(TypeError):
            write(value)
