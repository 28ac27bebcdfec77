"""What an official reads of a failure is Vietnamese, whatever way it failed."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from ranking_worker.portal import call, guard
from ranking_worker.portal.answer import Reply, Words, judged
from ranking_worker.portal.reasons import NO_LOOK_UP, NOTHING_CAME, in_vietnamese

WORDS = Words(("error_code",), ("message",), frozenset({"0"}), (), ())


def said(status: int, content: bytes) -> str:
    """The detail of an answer, as it is kept."""
    return judged(Reply(status, {}, content, Decimal(0)), WORDS).detail


@pytest.mark.parametrize(
    ("why", "words"),
    [
        (said(200, b'{"error_code": -1, "message": "Tr\xc6\xb0\xe1\xbb\x9dng sai"}'), "HTTP 200, mã -1: Trường sai"),
        (said(500, b'{"message": "x"}'), "HTTP 500, không có mã: x"),
        (said(200, b"<html></html>"), "HTTP 200: chờ JSON nhưng nhận một trang HTML hoặc XML"),
        (said(502, b'{"error_code": 0, "mess'), "HTTP 502: chờ JSON nhưng nhận JSON bị cụt"),
        (said(500, b"oops"), "HTTP 500: chờ JSON nhưng nhận văn bản thường"),
        (said(200, b""), "HTTP 200: chờ JSON nhưng nhận nội dung trống"),
        (said(503, b""), "HTTP 503"),
        ("the answer is larger than 64 MB", "câu trả lời lớn hơn 64 MB"),
        ("no whole answer within 90 seconds", "không có câu trả lời trọn vẹn trong 90 giây"),
        ("no connection: ConnectError", "không kết nối được (ConnectError)"),
        ("the connection broke: ReadError", "kết nối bị đứt (ReadError)"),
        (NOTHING_CAME, "tiến trình gửi bị ngắt trước khi biết kết quả"),
        (NO_LOOK_UP, "hồ sơ kết nối không còn khai cách tra cứu"),
        (
            "MaHoSo (looks_personal); Khac.x (field_not_allowed)",
            "MaHoSo (giống số điện thoại, số định danh hoặc thư điện tử); Khac.x (trường không được phép gửi)",
        ),
    ],
)
def test_every_reason_has_its_words(why: str, words: str):
    assert in_vietnamese(why) == words


def test_no_reason_of_a_call_and_no_finding_of_the_guard_is_left_in_english():
    failures = re.findall(r'reply\(f?"([^"]+)"', Path(call.__file__).read_text(encoding="utf-8"))
    assert len(failures) == 4
    for failure in failures:
        why = re.sub(r"\{[^}]*\}", "7", failure)
        assert in_vietnamese(why) != why, why
    codes = set(re.findall(r'Finding\("(\w+)"', Path(guard.__file__).read_text(encoding="utf-8")))
    assert len(codes) == 6
    for code in codes:
        assert code not in in_vietnamese(f"place ({code})")
