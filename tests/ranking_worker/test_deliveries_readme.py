"""The lines that the README gives to receivers verify what the worker sends, and nothing else."""

from __future__ import annotations

import base64
import datetime as dt
import re
import secrets
from pathlib import Path

import pytest

from ranking_worker.webhook_message import Message, change_message

README = Path(__file__).resolve().parents[2] / "services" / "scoring-api" / "README.md"
AT = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)


@pytest.fixture
def verified():
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    lines: dict = {}
    exec(compile(example, str(README), "exec"), lines)
    return lines["verified"]


@pytest.fixture
def secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture
def message() -> Message:
    return change_message(0, 1, 7, "edition_published", "production", {"title_vi": "Năm 2025"}, AT)


def test_a_message_of_ours_is_verified_and_read(verified, secret, message):
    assert verified(secret, message.headers([secret], AT), message.body, AT.timestamp())["data"]["change_no"] == 7


def test_either_secret_verifies_while_one_rotates_out(verified, secret, message):
    headers = message.headers(["whsec_" + base64.b64encode(b"new" * 11).decode(), secret], AT)
    assert verified(secret, headers, message.body, AT.timestamp())["type"] == "edition_published"


def test_another_secret_body_id_or_time_is_refused(verified, secret, message):
    headers, now = message.headers([secret], AT), AT.timestamp()
    other = "whsec_" + base64.b64encode(b"x" * 32).decode()
    for given in [
        (other, headers, message.body, now),
        (secret, headers, message.body + b" ", now),
        (secret, headers | {"webhook-id": "msg_0_1_8"}, message.body, now),
        (secret, headers | {"webhook-timestamp": str(int(now) + 1)}, message.body, now),
        (secret, headers, message.body, now + 301),
        (secret, headers, message.body, now - 301),
    ]:
        with pytest.raises(ValueError, match=r"too old|not signed"):
            verified(*given)


def test_the_published_example_is_verified_too(verified):
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert verified("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", headers, b'{"test": 2432232314}', 1614265330) == {
        "test": 2432232314
    }
