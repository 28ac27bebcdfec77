"""Reads request bodies within their limits and splits a batch into raw items. Never more than the limit is held."""

from __future__ import annotations

import zlib
from typing import Any

import msgspec
from starlette.requests import Request as HttpRequest

from parindex.errors import Finding, Invalid, TooLarge, Unreadable
from survey_ingest.item import Refused

MOST_ITEMS = 500
MOST_BATCH_BYTES = 5 * 1024 * 1024
MOST_SINGLE_BYTES = 256 * 1024
_BOM = b"\xef\xbb\xbf"


async def read_body(request: HttpRequest, most: int) -> bytes:
    """The body, unpacked if it is gzip; `most` bounds it both as sent and unpacked. Raises TooLarge or Unreadable."""
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", ""):
        raise Unreadable(
            f"Content-Encoding {encoding[:20]!r} is not understood.",
            code="encoding_unknown",
            hint="Send plain or gzip.",
        )
    unpack = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    chunks: list[bytes] = []
    sent = unpacked = 0
    async for chunk in request.stream():
        sent += len(chunk)
        try:
            plain = chunk if unpack is None else unpack.decompress(chunk, most + 1 - unpacked)
        except zlib.error:
            raise Unreadable(
                "The body says it is gzip but cannot be unpacked.",
                code="gzip_unreadable",
                hint="Send it again, packed as one gzip stream.",
            ) from None
        unpacked += len(plain)
        if sent > most or unpacked > most or (unpack is not None and unpack.unconsumed_tail):
            raise TooLarge(f"The body is larger than {most} bytes.", code="body_too_large", hint="Split it.")
        chunks.append(plain)
    if unpack is not None and not unpack.eof:
        raise Unreadable("The gzip body ends too early.", code="gzip_unreadable", hint="Send it again whole.")
    body = b"".join(chunks)
    return body[3:] if body.startswith(_BOM) else body


def decode(raw: bytes | msgspec.Raw) -> Any:
    """The JSON value. Raises Unreadable for what is not UTF-8 JSON, lone surrogates included."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Unreadable(
            f"The body is not JSON in UTF-8 ({error}).",
            code="json_unreadable",
            hint="Send JSON (RFC 8259) encoded as UTF-8.",
        ) from None


def batch_items(body: bytes, content_type: str) -> list[Any | Refused]:
    """The items of a batch: decoded values, or Refused for one that cannot be read by itself. Raises for the whole."""
    if "ndjson" in content_type or "jsonl" in content_type or "json-seq" in content_type:
        raws: list[bytes | msgspec.Raw] = [line for line in body.split(b"\n") if line.strip()]
    else:
        try:
            raws = list(msgspec.json.decode(body, type=list[msgspec.Raw]))
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise Unreadable(
                f"The body is not a JSON array in UTF-8 ({error}).",
                code="json_unreadable",
                hint="Send a JSON array of items, or NDJSON with Content-Type application/x-ndjson.",
            ) from None
    if len(raws) > MOST_ITEMS:
        raise TooLarge(
            f"The batch holds {len(raws)} items; at most {MOST_ITEMS} are taken.",
            code="too_many_items",
            hint="Split it.",
        )
    if not raws:
        raise Invalid("The batch holds no item.", code="batch_empty", hint=f"Send 1 to {MOST_ITEMS} items.")
    items: list[Any | Refused] = []
    for raw in raws:
        try:
            items.append(decode(raw))
        except Unreadable as error:
            items.append(Refused([Finding("item_unreadable", "", error.message, error.hint)], unreadable=True))
    return items
