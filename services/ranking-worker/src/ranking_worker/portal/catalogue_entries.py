"""Reads the portal's catalogues (agencies, sectors, procedures) of either generation into entries by code. Pure.

Generation A answers with UPPERCASE keys in one list, the public API with pages by cursor. Strict about code and name,
lenient about everything else: fields that nobody knows are kept.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from parindex.errors import Finding

Catalogue = Literal["agency", "sector", "procedure"]
ENTRIES: dict[str, Catalogue] = {"agencies": "agency", "sectors": "sector", "procedures": "procedure"}
"""Name of a catalogue in a profile -> what one entry of it is."""
_KEYS: dict[Catalogue, dict[str, tuple[str, ...]]] = {
    "agency": {
        "code": ("MADONVI", "code"),
        "name": ("TENDONVI", "name"),
        "level": ("CAPDONVI", "level"),
        "id": ("id",),
    },
    "sector": {"code": ("MALINHVUC", "code"), "name": ("TENLINHVUC", "name"), "owner": ("MANGANH",), "id": ("id",)},
    "procedure": {
        "code": ("MATTHC", "code"),
        "name": ("TENTTHC", "name"),
        "publisher": ("MACOQUANCONGBO", "departmentCode", "departmentId"),
        "state": ("TRANGTHAI", "state"),
        "id": ("id",),
    },
}
"""Our name -> their names, the first that is there."""
_LONG = 200
"""Lists of more entries (3,629 agencies that apply a procedure were seen) are kept as a count and a digest."""


@dataclass(frozen=True, slots=True)
class Entries:
    """One catalogue, or one page of it. `cursor`: where the next page begins; None: this was the last."""

    by_code: Mapping[str, dict[str, Any]]
    """Code -> {name, ..., further}."""
    findings: tuple[Finding, ...]
    cursor: str | None = None
    total: int | None = None


def read_entries(catalogue: Catalogue, document: Any) -> Entries:
    """The entries of one answer. A row without code or name, or a code with two contents, is a finding each."""
    findings: list[Finding] = []
    rows, cursor, total = _rows(document, findings)
    found: dict[str, dict[str, Any]] = {}
    for place, row in enumerate(rows):
        entry = _entry(catalogue, row)
        if entry is None:
            message = "A row with code and name was expected."
            findings.append(Finding("schema_surprise", f"[{place}]", message, "The last good catalogue holds."))
            continue
        code, content = entry
        if found.setdefault(code, content) != content:
            message = f"{code} stands twice with different contents."
            findings.append(
                Finding("entry_twice", f"[{place}]", message, "Pull the whole catalogue again.", retry=True)
            )
    return Entries(found, tuple(findings), cursor, total)


def join_entries(pages: list[Entries]) -> Entries:
    """All pages as one catalogue, with every reason not to believe it."""
    findings = [finding for page in pages for finding in page.findings]
    found: dict[str, dict[str, Any]] = {}
    again = 0
    for page in pages:
        again += len(found.keys() & page.by_code.keys())
        found |= page.by_code
    totals = {page.total for page in pages}
    total = pages[0].total if pages else None
    moved = []
    if again:
        moved.append(f"{again} entries stand on more than one page.")
    if len(totals) > 1:
        moved.append(f"The number of entries differs between pages: {sorted(map(str, totals))}.")
    elif total is not None and total != len(found):
        moved.append(f"{total} entries were announced, {len(found)} came.")
    findings += [Finding("pages_not_one_set", "", message, "Pull all pages again.", retry=True) for message in moved]
    return Entries(found, tuple(findings), total=total)


def _rows(document: Any, findings: list[Finding]) -> tuple[list[Any], str | None, int | None]:
    """Rows of `{result: [...]}`, or of `{data: {rows | items, lastId, total | pagination}}`."""
    if isinstance(document, dict) and isinstance(document.get("result"), list):
        return document["result"], None, None
    data = document.get("data") if isinstance(document, dict) else None
    rows = (
        next((data[key] for key in ("rows", "items") if isinstance(data.get(key), list)), None)
        if isinstance(data, dict)
        else None
    )
    if rows is None or data is None:
        message = "A list under `result`, or `data.rows` / `data.items`, was expected."
        findings.append(Finding("schema_surprise", "", message, "The last good catalogue holds."))
        return [], None, None
    cursor = data.get("lastId")
    total = data.get("total", (data.get("pagination") or {}).get("total"))
    return rows, cursor if isinstance(cursor, str) else None, total if isinstance(total, int) else None


def _entry(catalogue: Catalogue, row: Any) -> tuple[str, dict[str, Any]] | None:
    if not isinstance(row, dict):
        return None
    content: dict[str, Any] = {}
    used: set[str] = set()
    for ours, theirs in _KEYS[catalogue].items():
        name = next((key for key in theirs if key in row), None)
        if name is not None:
            used.add(name)
            content[ours] = _text(row[name])
    if not content.get("code") or not content.get("name"):
        return None
    code = str(content.pop("code"))
    if catalogue == "procedure":
        used.add("LINHVUCTHUCHIEN")
        fields = row.get("LINHVUCTHUCHIEN")
        if isinstance(fields, list):
            codes = (_text(field.get("MALINHVUC")) for field in fields if isinstance(field, dict))
            content["fields"] = sorted({str(field) for field in codes if field})
    content["further"] = {key: _short(value) for key, value in sorted(row.items()) if key not in used}
    return code, content


def _text(value: Any) -> Any:
    """Text NFC without blanks around it; numbers as text, so that 1 and "1" are the same entry; null stays null."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value).strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _short(value: Any) -> Any:
    if isinstance(value, list) and len(value) > _LONG:
        text = json.dumps(sorted(map(str, value)), ensure_ascii=False)
        return {"entries": len(value), "sha256": hashlib.sha256(text.encode()).hexdigest()}
    return value
