"""Reads request bodies within their limits and splits a batch into raw items. Never more than the limit is held."""

from __future__ import annotations

import json
import zlib
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect
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
    unpack = _Gzip(most) if encoding == "gzip" else None
    chunks: list[bytes] = []
    sent = unpacked = 0
    try:
        async for chunk in request.stream():
            sent += len(chunk)
            plain = chunk if unpack is None else unpack.more(chunk)
            unpacked += len(plain)
            if sent > most or unpacked > most:
                raise TooLarge(f"The body is larger than {most} bytes.", code="body_too_large", hint="Split it.")
            chunks.append(plain)
    except ClientDisconnect:
        # Nobody reads this answer; it is no fault of ours to be woken for.
        raise Unreadable(
            "The connection broke before the whole body had come; nothing was stored.",
            code="body_cut",
            hint="Send it again whole.",
        ) from None
    if unpack is not None and not unpack.complete:
        raise Unreadable("The gzip body ends too early.", code="gzip_unreadable", hint="Send it again whole.")
    body = b"".join(chunks)
    return body[3:] if body.startswith(_BOM) else body


class _Gzip:
    """Unpacks gzip bit by bit, also several members one after the other (RFC 1952), never much more than `most` bytes."""

    def __init__(self, most: int) -> None:
        self._left = most + 1
        self._member = zlib.decompressobj(wbits=31)
        self._begun = False

    @property
    def complete(self) -> bool:
        """Whether the last member has ended."""
        return self._member.eof or not self._begun

    def more(self, packed: bytes) -> bytes:
        """What the next packed bytes hold, cut one byte after the limit. Raises Unreadable for what is not gzip."""
        plain = b""
        try:
            while packed and self._left > 0:
                if self._member.eof:
                    self._member = zlib.decompressobj(wbits=31)
                self._begun = True
                part = self._member.decompress(packed, self._left)
                self._left -= len(part)
                plain += part
                packed = self._member.unused_data or self._member.unconsumed_tail
        except zlib.error:
            raise Unreadable(
                "The body says it is gzip but cannot be unpacked.",
                code="gzip_unreadable",
                hint="Send it again, packed as gzip.",
            ) from None
        return plain


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


def records_value(body: bytes) -> Any:
    """The JSON value with the elements of its list (at the top or in `data`) left undecoded, as `msgspec.Raw`.

    A batch decoded whole lies in memory until its last record was read; decoded one by one (`decoded`) its records
    share a few kilobytes. A text cut in the middle of a character (half a surrogate pair) spoils its own field only.
    Raises Unreadable; what is wrong within an element comes out when it is decoded.
    """
    try:
        if body[:1] == b"[":
            return msgspec.json.decode(body, type=list[msgspec.Raw])
        if body[:1] == b"{" and b'"data"' in body:
            outer = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
            return {
                name: msgspec.json.decode(raw, type=list[msgspec.Raw])
                if name == "data" and memoryview(raw)[0] == ord("[")
                else decoded(raw)
                for name, raw in outer.items()
            }
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass  # what is wrong is said below, with its place in the whole body
    return _with_halves(body)


def decoded(element: Any) -> Any:
    """An element of `records_value`, decoded if it was left undecoded. Raises Unreadable."""
    return _with_halves(element) if isinstance(element, msgspec.Raw) else element


def _with_halves(raw: bytes | msgspec.Raw) -> Any:
    try:
        return decode(raw)
    except Unreadable:
        text = bytes(raw)
        value = with_lone_surrogates(text) if b"\\u" in text else None
        if value is None:
            raise
        return value


def batch_items(body: bytes, content_type: str) -> list[Any | Refused]:
    """The items of a batch: decoded values, or Refused for one that cannot be read by itself. Raises for the whole."""
    kind = content_type.lower()
    if "ndjson" in kind or "jsonl" in kind:
        raws: list[Any] = [line for line in body.split(b"\n") if line.strip()]
    else:
        raws = _array(body)
    return items_of(raws)


def array_items(body: bytes) -> list[Any | Refused]:
    """The items of a JSON array, as `batch_items`."""
    return items_of(_array(body))


def items_of(raws: list[Any]) -> list[Any | Refused]:
    """The items of undecoded (or decoded) ones, each by itself. Raises TooLarge or Invalid for their number."""
    if len(raws) > MOST_ITEMS:
        raise TooLarge(
            f"The batch holds {len(raws)} items; at most {MOST_ITEMS} are taken.",
            code="too_many_items",
            hint="Split it.",
        )
    if not raws:
        raise Invalid("The batch holds no item.", code="batch_empty", hint=f"Send 1 to {MOST_ITEMS} items.")
    return [_item(raw) for raw in raws]


def _item(raw: Any) -> Any | Refused:
    try:
        return decode(raw if isinstance(raw, (bytes, msgspec.Raw)) else _utf8(raw))
    except Unreadable as error:
        return Refused([Finding("item_unreadable", "", error.message, error.hint)], unreadable=True)


def _array(body: bytes) -> list[Any]:
    """The items of a JSON array, not yet decoded."""
    try:
        return list(msgspec.json.decode(body, type=list[msgspec.Raw]))
    except msgspec.DecodeError as error:
        # A lone surrogate is JSON by its grammar: it makes its own item unreadable, not the array.
        values = with_lone_surrogates(body) if b"\\u" in body else None
        fault: Exception = error
    except (UnicodeError, RecursionError) as error:
        values, fault = None, error
    if not isinstance(values, list):
        raise Unreadable(
            f"The body is not a JSON array in UTF-8 ({fault}).",
            code="json_unreadable",
            hint="Send a JSON array of items, or NDJSON with Content-Type application/x-ndjson.",
        )
    return values


def with_lone_surrogates(body: bytes) -> Any:
    """The value of JSON that may hold lone surrogates; None where it is no JSON."""
    try:
        return json.loads(body.decode(errors="surrogateescape"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _utf8(value: Any) -> bytes:
    """The value as JSON again. Raises Unreadable for lone surrogates."""
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        raise Unreadable(
            "The item holds half of a UTF-16 surrogate pair, or is nested too deep.",
            code="json_unreadable",
            hint="Send whole characters.",
        ) from None
