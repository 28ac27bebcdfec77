"""Bodies of the dialect's routes: JSON, NDJSON or XML -> items of the dialect, and the name of the batch."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from starlette.requests import Request

from parindex.errors import Invalid, Unreadable
from survey_ingest.batches import checked_key
from survey_ingest.body import (
    MOST_SINGLE_BYTES,
    array_items,
    batch_items,
    decode,
    items_of,
    read_body,
    with_lone_surrogates,
)
from survey_ingest.item import Refused
from survey_ingest.motcua.answers import is_xml
from survey_ingest.motcua.sheets import counted_items
from survey_ingest.motcua.translate import code_of
from survey_ingest.motcua.xml_body import listed, read_xml, sheet_of

_SHEET_MARK = "MaPhieu"


async def read_value(request: Request, most: int) -> Any:
    """What a body holds: a JSON value, or the root element's. Raises TooLarge or Unreadable."""
    body = await read_body(request, most)
    return (await asyncio.to_thread(read_xml, body))[1] if is_xml(request) else decode(body)


async def read_object(request: Request, most: int = MOST_SINGLE_BYTES) -> dict[str, Any]:
    """The object that a body holds. Raises TooLarge or Unreadable."""
    value = await read_value(request, most)
    if is_xml(request) and isinstance(value, str) and not value.strip():
        return {}
    if not isinstance(value, dict):
        raise Unreadable(
            "The body is not one object.", code="json_unreadable", hint="One JSON object, or one XML element."
        )
    return value


async def read_sheet(request: Request) -> Any:
    """The sheet of a single post."""
    value = await read_object(request)
    return sheet_of(value) if is_xml(request) else value


async def read_batch(body: bytes, request: Request) -> tuple[Any, list[Any | Refused]]:
    """Name of the batch as its body gives it, and its sheets. Raises Unreadable, TooLarge or Invalid for the whole."""
    if is_xml(request):
        return await asyncio.to_thread(_of_xml, body)
    kind = request.headers.get("content-type", "")
    if "ndjson" not in kind.lower() and "jsonl" not in kind.lower() and body.lstrip()[:1] == b"{":
        return _of_object(body)
    return None, batch_items(body, kind)


def _of_object(body: bytes) -> tuple[Any, list[Any | Refused]]:
    try:
        parts: dict[str, msgspec.Raw] = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _of_loose_object(body)
    sheets = bytes(parts.get("DanhSach", b""))
    if not sheets.startswith(b"["):
        raise _form()
    return decode(parts["MaLo"]) if "MaLo" in parts else None, array_items(sheets)


def _of_loose_object(body: bytes) -> tuple[Any, list[Any | Refused]]:
    """A lone surrogate makes its own sheet unreadable, not the batch."""
    value = with_lone_surrogates(body) if b"\\u" in body else None
    if not isinstance(value, dict):
        raise Unreadable("The body is not JSON in UTF-8.", code="json_unreadable", hint="Send JSON (RFC 8259).")
    if not isinstance(value.get("DanhSach"), list):
        raise _form()
    return value.get("MaLo"), items_of(value["DanhSach"])


def _form() -> Unreadable:
    return Unreadable(
        "A batch is a JSON array, an object with MaLo and DanhSach, or NDJSON.",
        code="batch_form",
        hint="Send the sheets as a list in DanhSach.",
    )


def _of_xml(body: bytes) -> tuple[Any, list[Any]]:
    _, root = read_xml(body)
    if not isinstance(root, dict):
        return None, counted_items([])
    name = root.get("MaLo")
    sheets = root.get("DanhSach", {key: value for key, value in root.items() if key != "MaLo"})
    alone = isinstance(sheets, dict) and _SHEET_MARK in sheets
    return name or None, counted_items([sheet_of(one) for one in ([sheets] if alone else listed(sheets))])


def batch_key(header: list[str], named: Any) -> str | None:
    """The batch's key: `Idempotency-Key`, or `MaLo` of the body. Raises Invalid where the two differ."""
    keys = [checked_key(", ".join(header))] if header else []
    if named is not None and named != "":
        keys.append(checked_key(code_of(named), "MaLo"))
    if len(set(keys)) > 1:
        raise Invalid("MaLo differs from Idempotency-Key.", code="batch_keys_differ", hint="Send one of them.")
    return keys[0] if keys else None
