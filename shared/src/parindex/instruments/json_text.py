"""JSON as somebody sent it, decoded so that nothing is lost or smuggled: no key twice, no half characters, few levels."""

from __future__ import annotations

import json
from typing import Any

from parindex.errors import Finding, Invalid, TooLarge, Unreadable

MOST_BYTES = 2_000_000
_DEEPEST = 200
_NAMED_KEYS = 50


def decode_json(data: bytes, name: str) -> Any:
    """The value of a JSON text; `name` is what messages call it. Floats are left for whoever reads the value to refuse.

    Raises TooLarge, Unreadable (not UTF-8, not JSON, too deep) and Invalid naming keys that stand twice.
    """
    if len(data) > MOST_BYTES:
        raise TooLarge(f"{name} is {len(data):,} bytes; at most {MOST_BYTES:,} are read.", code="json_too_large")
    twice: set[str] = set()

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                twice.add(key)
            found[key] = value
        return found

    try:
        value = json.loads(data.decode("utf-8-sig"), object_pairs_hook=once)
        _refuse_depth(value)
        # A lone surrogate decodes, but is no character that could be answered or stored.
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"{name} is not UTF-8 text (byte {error.start}).", code="encoding", hint="Send UTF-8."
        ) from None
    except (ValueError, RecursionError) as error:
        said = str(error) if isinstance(error, json.JSONDecodeError) else "too deep, or not made of characters"
        raise Unreadable(f"{name} is not JSON: {said}.", code="json_unreadable", hint="Send one JSON value.") from None
    if twice:
        findings = [
            Finding("duplicate_key", key[:80], f"the key {key!r:.80} stands twice in an object.", "Keep one.")
            for key in sorted(twice)[:_NAMED_KEYS]
        ]
        raise Invalid(
            f"{name}: {findings[0].message}", code="duplicate_key", hint="Keep each key once.", findings=findings
        )
    return value


def _refuse_depth(value: Any) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > _DEEPEST:
            raise ValueError("too deep")
        level = [
            child
            for one in level
            if isinstance(one, (dict, list))
            for child in (one.values() if isinstance(one, dict) else one)
        ]
