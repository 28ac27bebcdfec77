"""Bodies: limits, gzip, NDJSON, byte order marks, and items that cannot be read beside items that can."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.requests import Request

from parindex.errors import Invalid, ParindexError, TooLarge, Unreadable
from survey_ingest.body import MOST_ITEMS, batch_items, decode, read_body
from survey_ingest.item import Refused

LIMIT = 1000
NDJSON = "application/x-ndjson; charset=utf-8"


def request(*chunks: bytes, encoding: str | None = None) -> Request:
    async def messages() -> AsyncIterator[dict[str, Any]]:
        for chunk in chunks:
            yield {"type": "http.request", "body": chunk, "more_body": True}
        yield {"type": "http.request", "body": b"", "more_body": False}

    source = messages()
    headers = [(b"content-encoding", encoding.encode())] if encoding else []
    return Request({"type": "http", "method": "POST", "headers": headers}, receive=lambda: anext(source))


def split(body: bytes, size: int) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_a_body_is_the_same_plain_or_packed_in_any_chunks(size: int):
    body = b'{"a": "' + b"x" * 900 + b'"}'
    assert await read_body(request(*split(body, size)), LIMIT) == body
    assert await read_body(request(*split(gzip.compress(body), size), encoding="GZIP"), LIMIT) == body


@pytest.mark.parametrize("size", [1, 5, 10_000])
async def test_no_member_of_a_gzip_body_is_lost(size: int):
    packed = gzip.compress(b"[1,") + gzip.compress(b"") + gzip.compress(b"2]")
    assert await read_body(request(*split(packed, size), encoding="gzip"), LIMIT) == b"[1,2]"


async def test_a_body_of_exactly_the_limit_is_taken_and_one_byte_more_is_not():
    for encoding, packed in ((None, bytes), ("gzip", gzip.compress)):
        assert len(await read_body(request(packed(b"x" * LIMIT), encoding=encoding), LIMIT)) == LIMIT
        with pytest.raises(TooLarge):
            await read_body(request(packed(b"x" * (LIMIT + 1)), encoding=encoding), LIMIT)


async def test_a_gzip_bomb_is_never_unpacked_beyond_the_limit(monkeypatch: pytest.MonkeyPatch):
    packed = zlib.compressobj(9, wbits=31)
    bomb = packed.compress(bytes(50_000_000)) + packed.flush()
    unpacked = []
    real = zlib.decompressobj

    class Watched:
        def __init__(self, **options: Any) -> None:
            self.inner = real(**options)

        def decompress(self, data: bytes, most: int) -> bytes:
            plain = self.inner.decompress(data, most)
            unpacked.append(len(plain))
            return plain

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

    monkeypatch.setattr(zlib, "decompressobj", Watched)
    for chunks in ([bomb], split(bomb, 100), [bomb, bomb]):
        unpacked.clear()
        with pytest.raises(TooLarge):
            await read_body(request(*chunks, encoding="gzip"), LIMIT)
        assert 0 < sum(unpacked) <= LIMIT + 1


@pytest.mark.parametrize(
    "packed",
    [
        b"not gzip",
        gzip.compress(b"[1]", mtime=0) + b"junk",
        gzip.compress(b"[1]", mtime=0)[:-3],
        gzip.compress(b"x", mtime=0)[:5],
    ],
)
async def test_a_body_that_cannot_be_unpacked_is_unreadable(packed: bytes):
    with pytest.raises(Unreadable):
        await read_body(request(packed, encoding="gzip"), LIMIT)


async def test_another_encoding_is_unreadable():
    with pytest.raises(Unreadable, match="br"):
        await read_body(request(b"x", encoding="br"), LIMIT)


async def test_a_byte_order_mark_is_no_part_of_the_body():
    assert await read_body(request(b"\xef\xbb\xbf{}"), LIMIT) == b"{}"
    assert await read_body(request(gzip.compress(b"\xef\xbb\xbf{}"), encoding="gzip"), LIMIT) == b"{}"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff",
        b"\xed\xa0\x80",
        rb'"\ud800"',
        b"NaN",
        b"1e999",
        b"[1,]",
        b"{} {}",
        b"'a'",
        b"[" * 5000 + b"]" * 5000,
        '"é"'.encode("windows-1258"),
        '"ế"'.encode("utf-16"),
    ],
)
def test_what_is_not_json_in_utf_8_is_unreadable(raw: bytes):
    with pytest.raises(Unreadable):
        decode(raw)


def test_a_batch_is_an_array_or_lines():
    assert batch_items(b' [{"a": 1}, 2] ', "application/json") == [{"a": 1}, 2]
    assert batch_items(b'{"a": 1}\r\n\n  \n2\n', NDJSON) == [{"a": 1}, 2]
    assert batch_items(b'{"a": 1}', NDJSON.upper()) == [{"a": 1}]


def readable(items: list[Any]) -> list[bool]:
    return [not isinstance(one, Refused) for one in items]


def test_one_line_that_cannot_be_read_harms_no_other():
    assert readable(batch_items(b'{}\n{"a": \xff}\n{\n[1\n{}', NDJSON)) == [True, False, False, False, True]
    assert readable(batch_items(b'{}\n"' + b"\\" + b'ud800"\n' + b"[" * 5000 + b"]" * 5000 + b"\n{}", NDJSON)) == [
        True,
        False,
        False,
        True,
    ]


def test_one_item_with_a_lone_surrogate_or_bad_utf_8_harms_no_other():
    assert readable(batch_items(rb'[{"a": "\ud800"}, {"b": "\ud83d\ude42"}, {"c": 1e999}]', "application/json")) == [
        False,
        True,
        False,
    ]
    assert readable(batch_items(b'[{"a": "\xff"}, {}]', "application/json")) == [False, True]
    _, second, _ = batch_items(rb'[{"a": "\ud800"}, {"b": "\ud83d\ude42"}, {"c": 1}]', "application/json")
    assert second == {"b": "🙂"}


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"5", b"[{}", b"[{},]", b"[NaN]", rb'["\ud800", NaN]', b"[1] [2]", b"[" * 5000 + b"]" * 5000]
)
def test_a_body_that_is_no_array_is_unreadable_as_a_whole(body: bytes):
    with pytest.raises(Unreadable):
        batch_items(body, "application/json")


def test_a_batch_holds_1_to_500_items():
    assert len(batch_items(json.dumps([{}] * MOST_ITEMS).encode(), "application/json")) == 500
    for body, kind in ((json.dumps([{}] * 501).encode(), "application/json"), (b"{}\n" * 501, NDJSON)):
        with pytest.raises(TooLarge, match="501"):
            batch_items(body, kind)
    for body, kind in ((b"[]", "application/json"), (b"\n \n", NDJSON)):
        with pytest.raises(Invalid):
            batch_items(body, kind)


def test_a_message_about_an_unreadable_body_never_repeats_it():
    with pytest.raises(ParindexError) as caught:
        decode(b'{"phone": "0912345678", \xff')
    assert "0912345678" not in caught.value.message


async def test_a_connection_that_breaks_within_the_body_is_no_fault_of_ours():
    async def messages() -> AsyncIterator[dict[str, Any]]:
        yield {"type": "http.request", "body": b'{"', "more_body": True}
        yield {"type": "http.disconnect"}

    source = messages()
    broken = Request({"type": "http", "method": "POST", "headers": []}, receive=lambda: anext(source))
    with pytest.raises(Unreadable) as error:
        await read_body(broken, LIMIT)
    assert error.value.code == "body_cut"
