"""A webhook message by Standard Webhooks: its id, its body and its signatures. Pure.

The id and the body of a change are the same at every attempt, so that a receiver knows what it has had already.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from parindex.engine.digest import canonical_json
from parindex.errors import Invalid

SECRET_PREFIX = "whsec_"  # noqa: S105 (the mark that all secrets begin with)


@dataclass(frozen=True, slots=True)
class Message:
    """What one endpoint is told."""

    message_id: str
    body: bytes

    def headers(self, secrets: Sequence[str], now: dt.datetime) -> dict[str, str]:
        """The headers of an attempt at that instant, signed with each of the secrets (the old one while it rotates out).

        Raises Invalid for a secret that is not `whsec_` and base64.
        """
        timestamp = int(now.timestamp())
        return {
            "content-type": "application/json",
            "webhook-id": self.message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(sign(secret, self.message_id, timestamp, self.body) for secret in secrets),
        }


def change_message(
    tenant_id: int,
    endpoint_id: int,
    change_no: int,
    kind: str,
    realm: str,
    subject: dict[str, Any],
    recorded_at: dt.datetime,
) -> Message:
    """The message of a change: `type` is its kind, `data` what `GET /v1/changes` shows of it."""
    data = {"change_no": change_no, "realm": realm, "subject": subject}
    return Message(f"msg_{tenant_id}_{endpoint_id}_{change_no}", _body(kind, recorded_at, data))


def trial_message(tenant_id: int, endpoint_id: int, replay_no: int, realm: str, asked_at: dt.datetime) -> Message:
    """A message that says nothing, for trying an endpoint out."""
    return Message(
        f"msg_{tenant_id}_{endpoint_id}_test_{replay_no}",
        _body("webhook_test", asked_at, {"realm": realm, "subject": {}}),
    )


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the base64 HMAC-SHA256 of id, timestamp (Unix seconds) and body. Raises Invalid for a secret of another form."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(SECRET_PREFIX) or not key:
        raise Invalid("A webhook secret is not whsec_ and base64.", code="webhook_secret_invalid", hint="Rotate it.")
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _body(kind: str, at: dt.datetime, data: dict[str, Any]) -> bytes:
    return canonical_json(
        {"type": kind, "timestamp": at.astimezone(dt.UTC).isoformat(timespec="microseconds"), "data": data}
    )
