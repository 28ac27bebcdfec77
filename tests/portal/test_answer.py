"""What an answer means, for every way in which sites have said it."""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
from decimal import Decimal

import pytest

from ranking_worker.portal.answer import Reply, Rule, Words, folded, judged
from ranking_worker.portal.lgsp import TOKEN_WORDS

WORDS = Words(
    ("error_code", "Status"),
    ("message", "Message"),
    frozenset({"0"}),
    (folded("thành công"),),
    (
        Rule("known", frozenset(), (folded("đã tồn tại"),)),
        Rule("known", frozenset({"3", "-3"}), ()),
        Rule("session", frozenset(), (folded("phiên làm việc"),)),
        Rule("retry", frozenset(), (folded("đang bận"),)),
    ),
)
HTML = b"<html><head><title>Request Rejected</title></head></html>"


def reply(status=200, body=None, content=None, **headers):
    raw = json.dumps(body, ensure_ascii=False).encode() if content is None else content
    return Reply(status, {"content-type": "application/json", **headers}, raw, Decimal(0))


def said(code, message):
    return {"error_code": code, "message": message}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (reply(body=said(0, "Đồng bộ thành công")), "received"),
        (reply(body=said("0", "Đồng bộ THÀNH CÔNG")), "received"),
        (reply(body=said(0, unicodedata.normalize("NFD", "Thành công"))), "received"),
        (reply(201, {"Status": "0", "Message": "thành công"}), "received"),
        (reply(body=said(0, "Đã nhận")), "unknown"),
        (reply(body=said(0, "Hồ sơ đã tồn tại")), "known"),
        (reply(body=said("-3", "Trùng")), "known"),
        (reply(body=said(-1, "Phiên làm việc không tồn tại hoặc đã hết hạn")), "session"),
        (reply(body=said(-1, "Hệ thống đang bận, vui lòng thử lại sau")), "retry"),
        (reply(body=said(-1, "Thiếu trường bắt buộc: MaHoSo")), "rejected"),
        (reply(500, said(0, "thành công")), "unknown"),
        (reply(400, {"message": "missing field"}), "rejected"),
        (reply(401, content=b"<ams:fault>900901</ams:fault>"), "session"),
        (reply(429, content=HTML), "retry"),
        (reply(503, content=HTML), "retry"),
        (reply(502, content=HTML), "unknown"),
        (reply(500, content="Hồ sơ đã được đánh giá".encode()), "unknown"),
        (reply(200, content=HTML), "unknown"),
        (reply(403, content=HTML), "retry"),
        (reply(200, content=b'{"error_code": 0, "message": "th'), "unknown"),
        (reply(200, content=b""), "unknown"),
        (reply(200, body=[]), "unknown"),
        (reply(200, content=b"[" * 100_000), "unknown"),
        (reply(200, content=b'{"error_code": NaN}'), "unknown"),
        (Reply(None, {}, b"", Decimal(0), "the connection broke"), "unknown"),
        (Reply(None, {}, b"", Decimal(0), "no connection", sent=False), "retry"),
    ],
)  # fmt: skip
def test_an_answer_has_one_meaning(answer, outcome):
    assert judged(answer, WORDS).outcome == outcome


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (json.dumps(said(0, "thành công")).encode("utf-8-sig"), "application/json"),
        (json.dumps(said(0, "thành công"), ensure_ascii=False).encode(), "application/json; charset=iso-8859-1"),
        (json.dumps(said(0, "thành công"), ensure_ascii=False).encode("utf-16"), "application/json"),
        (json.dumps(said(0, "thành công")).encode(), "text/html; charset=no-such"),
    ],
    ids=["bom", "wrong charset", "utf-16", "wrong type"],
)
def test_the_bytes_are_understood_whatever_the_header_says(content, content_type):
    assert judged(reply(content=content, **{"content-type": content_type}), WORDS).outcome == "received"


def test_only_the_connection_counts_for_the_breaker():
    failing = [
        judged(one, WORDS).channel_failed
        for one in (reply(502, content=HTML), reply(200, content=HTML), reply(429, content=HTML))
    ]
    content = [
        judged(one, WORDS).channel_failed for one in (reply(body=said(-1, "Thiếu")), reply(body=said(-1, "đang bận")))
    ]
    assert failing == [True, True, True]
    assert content == [False, False]


def test_who_refuses_us_is_left_alone_for_as_long_as_it_asks():
    answer = judged(reply(429, content=HTML, **{"retry-after": "120"}), WORDS)
    assert answer.refused
    assert answer.retry_after == dt.timedelta(minutes=2)
    assert judged(reply(200, content=HTML), WORDS).refused, "a rejection page with HTTP 200"


def test_numbers_stay_exact():
    assert judged(reply(content=b'{"error_code":0,"message":"th\xc3\xa0nh c\xc3\xb4ng","x":86.76}'), WORDS).document[
        "x"
    ] == Decimal("86.76")


def test_what_is_kept_of_a_message_is_short_and_on_one_line():
    detail = judged(reply(body=said(-1, "a\n" * 1000)), WORDS).detail
    assert len(detail) <= 300
    assert "\n" not in detail


def test_a_token_is_received_and_a_refused_client_is_told_its_reason():
    given = {"access_token": "t", "scope": "am_application_scope default", "token_type": "Bearer", "expires_in": 3600}
    assert judged(reply(body=given), TOKEN_WORDS).outcome == "received"
    refused = judged(
        reply(400, {"error": "invalid_client", "error_description": "Client Authentication failed."}), TOKEN_WORDS
    )
    assert (refused.outcome, refused.detail) == ("rejected", "HTTP 400, code None: Client Authentication failed.")
