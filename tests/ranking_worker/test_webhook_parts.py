"""Signatures against the published example of Standard Webhooks, and what counts as a public address."""

from __future__ import annotations

import datetime as dt

import httpx
import pytest

from parindex.errors import Invalid
from parindex.web.receivers import examine_url, is_public, shown_url
from ranking_worker.webhook_message import Message, change_message, sign
from ranking_worker.webhook_post import GuardedTransport, post

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
"""Of the test `sign function works` of the reference libraries (github.com/standard-webhooks/standard-webhooks)."""


def test_the_published_example_has_the_published_signature():
    assert sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}') == SIGNATURE


def test_headers_are_those_of_the_published_example():
    message = Message("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}')
    at = dt.datetime.fromtimestamp(1614265330, dt.UTC)
    assert message.headers([SECRET], at) == {
        "content-type": "application/json",
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


@pytest.mark.parametrize("secret", ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%%%"])
def test_a_secret_of_another_form_signs_nothing(secret):
    with pytest.raises(Invalid):
        sign(secret, "msg_1", 0, b"")


def test_the_body_of_a_change_is_the_same_whenever_it_is_made():
    made = [
        change_message(0, 1, 7, "edition_published", "production", subject, at)
        for subject in ({"a": "á", "b": 1}, {"b": 1, "a": "á"})
        for at in (dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime.fromisoformat("2026-01-01T07:00:00+07:00"))
    ]
    assert set(made) == {made[0]}


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
     "240.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1"],
)  # fmt: skip
def test_private_addresses_are_known_however_they_are_written(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["203.162.0.11", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_public_addresses_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "realm", "codes"),
    [
        ("https://so.example.vn/hook?key=1", "production", []),
        ("https://so.example.vn:8443/hook", "production", []),
        ("http://so.example.vn/hook", "sandbox", []),
        ("http://so.example.vn/hook", "production", ["url_not_https"]),
        ("http://127.0.0.1:9/hook", "production", ["url_private"]),
        ("https://[::1]/hook", "production", ["url_private"]),
        ("https://localhost/hook", "production", ["url_private"]),
        ("https://169.254.169.254/latest", "production", ["url_private"]),
        ("https://an:matkhau@so.example.vn/", "production", ["url_userinfo"]),
        ("http://an@10.0.0.1/#x", "production", ["url_not_https", "url_userinfo", "url_fragment", "url_private"]),
        ("ftp://so.example.vn/", "production", ["url_unreadable"]),
        ("https:///hook", "production", ["url_unreadable"]),
        ("https://so.example.vn:99999/", "production", ["url_unreadable"]),
        ("https://sở.example.vn/", "production", ["url_unreadable"]),
        ("https://so.example.vn/a b", "production", ["url_unreadable"]),
        ("https://so.example.vn/" + "a" * 2000, "production", ["url_unreadable"]),
        ("", "production", ["url_unreadable"]),
    ],
)
def test_everything_that_stands_against_an_address_is_named(url, realm, codes):
    assert [finding.code for finding in examine_url(url, realm, private=False)] == codes


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/hook", "http://localhost:9/", "https://10.0.0.1/"])
def test_with_leave_private_addresses_are_taken(url):
    assert examine_url(url, "production", private=True) == []


def test_lists_do_not_show_what_stands_after_the_question_mark():
    assert shown_url("https://so.example.vn/hook?key=1") == "https://so.example.vn/hook?…"
    assert shown_url("https://so.example.vn/hook") == "https://so.example.vn/hook"


class Seen(httpx.AsyncBaseTransport):
    """Keeps what would have been sent, and where to."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(204)


async def test_the_connection_goes_to_the_address_that_was_checked_and_tls_to_the_name(monkeypatch):
    looked_up = []

    async def lookup(self, host, port, **_):
        looked_up.append(host)
        return [(2, 1, 6, "", ("203.162.0.11" if len(looked_up) == 1 else "127.0.0.1", port))]

    monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", lookup)
    seen = Seen()
    async with httpx.AsyncClient(transport=GuardedTransport(private=False, inner=seen)) as client:
        first = await post(client, "https://so.example.vn/hook", b"{}", {})
        second = await post(client, "https://so.example.vn/hook", b"{}", {})
    assert first.delivered
    assert second.error == "refused by us: the name leads to a private address"
    (request,) = seen.requests
    assert request.url.host == "203.162.0.11"
    assert request.headers["host"] == "so.example.vn"
    assert request.extensions["sni_hostname"] == "so.example.vn"
    assert looked_up == ["so.example.vn"] * 2
