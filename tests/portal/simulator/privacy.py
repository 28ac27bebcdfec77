"""The privacy tap: what looks like a person in anything that is pushed. Hits name the place, never the value."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

ALONE_BEFORE, ALONE_AFTER = r"(?<![\w.:-])", r"(?![\w:-]|\.\d)"
GAP = r"[ .-]?"
PATTERNS = {
    "cccd": re.compile(ALONE_BEFORE + r"0\d{2}[ .]?\d[ .]?\d{2}[ .]?\d{3}[ .]?\d{3}" + ALONE_AFTER),
    "cmnd": re.compile(ALONE_BEFORE + r"\d{9}" + ALONE_AFTER),
    "phone": re.compile(r"(?<![\w.:-])(?:\+84|84|0)" + GAP + r"[235789]\d(?:" + GAP + r"\d){7,8}" + ALONE_AFTER),
    "email": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
}
"""Identity numbers of 12 (a province's 0xx first) and 9 digits, telephones in their spellings, addresses of e-mail."""
FIELDS = {
    "chuhoso", "sogiaytochuhoso", "dinhdanhchs", "sodinhdanh", "madoituong", "email", "fax", "sodienthoai",
    "hoten", "tennguoinop", "cccd", "cmnd", "diachi", "anhchup", "ykien", "macanbo", "nguoixuly",
}  # fmt: skip
"""Names of fields that are there for a person, lower case; a hit when they hold anything."""


def hits(body: bytes, query: dict[str, str], headers: dict[str, str]) -> list[dict[str, str]]:
    """Every place that looks like a person, as `{where, what}`: body, query, and headers a client adds by itself."""
    found = list(_in_text("query", " ".join(query.values())))
    own = {name: value for name, value in headers.items() if name.startswith("x-")}
    for name, value in own.items():
        found += _in_text(f"header {name}", value)
    try:
        document = json.loads(body)
    except ValueError:
        return [*found, *_in_text("body", body.decode("utf-8", "replace"))]
    return [*found, *_in_json("", document)]


def _in_json(path: str, value: Any) -> Iterator[dict[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            here = f"{path}.{name}"
            if name.lower() in FIELDS and inner not in ("", None, [], {}):
                yield {"where": here, "what": "field"}
            yield from _in_json(here, inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _in_json(f"{path}[{number}]", inner)
    elif isinstance(value, str):
        yield from _in_text(path, value)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield from _in_text(path, f"0{value}" if len(str(value)) == 11 else str(value))


def _in_text(where: str, text: str) -> Iterator[dict[str, str]]:
    plain = unicodedata.normalize("NFKC", text)
    for what, pattern in PATTERNS.items():
        if pattern.search(plain):
            yield {"where": where, "what": what}
