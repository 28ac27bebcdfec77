"""Canonical JSON (RFC 8785) and SHA-256 of values made of objects, arrays, strings, integers, booleans and null. Pure.

Points, percents and weights are strings with their published digits, so no number but an integer ever enters a digest.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

_LARGEST_INTEGER = 2**53 - 1


def canonical_json(value: Any) -> bytes:
    """RFC 8785 bytes of the value. Raises TypeError for floats, non-text keys, or integers beyond 2**53 - 1."""
    # ASCII names sort the same by code point as RFC 8785 asks (by UTF-16): then json sorts, several times as fast.
    if is_plain(value):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True).encode()
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def sha256(value: Any) -> bytes:
    """SHA-256 over the canonical JSON of the value."""
    return hashlib.sha256(canonical_json(value)).digest()


_NAMES = frozenset({str})
_LEAVES = frozenset({str, bool, type(None)})


def is_plain(value: Any) -> bool:
    """Whether everything is of the exact types that have a canonical form, every name is ASCII text, and integers are small."""
    waiting, known = [value], set[tuple[str, ...]]()
    while waiting:
        one = waiting.pop()
        kind = type(one)
        if kind is dict:
            # Objects of one kind have the same names: a document has few lists of them.
            names = tuple(one)
            if names not in known:
                if not _NAMES.issuperset(map(type, names)) or not "".join(names).isascii():
                    return False
                known.add(names)
            inside: Any = one.values()
        elif kind is list or kind is tuple:
            inside = one
        elif kind is int:
            if abs(one) > _LARGEST_INTEGER:
                return False
            continue
        elif kind in _LEAVES:
            continue
        else:
            return False
        if not _LEAVES.issuperset(map(type, inside)):
            waiting.extend(inside)
    return True


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("object keys must be text")
        return {key: _ordered(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    if isinstance(value, (list, tuple)):
        return [_ordered(element) for element in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _LARGEST_INTEGER:
        raise TypeError(f"integer {value} is beyond what JSON readers keep exactly: give it as a string")
    if value is None or isinstance(value, (str, bool, int)):
        return value
    raise TypeError(f"{type(value).__name__} has no canonical form here: give points and percents as strings")
