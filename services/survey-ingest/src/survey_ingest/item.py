"""One item of a request after the checks that need neither clock nor catalogue, and the digest of its content."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from typing import Any

import msgspec

from parindex.errors import Finding
from parindex.units.codes import UnitCodeForm

DIGEST_VERSION = 1
"""Version of the normalisation that digests rest on; stored with each digest."""

KIND_AS_SENT = "LoaiDoiTuong"
"""Key in `Item.as_given` of a respondent's kind in the sender's own code, where the dialect had to translate it."""

_encode = msgspec.json.Encoder(order="sorted").encode


@dataclass(slots=True)
class Item:
    """A checked item. `content` is its canonical form: canonical names, normalised values, nothing empty, no `sent_at`."""

    content: dict[str, Any]
    unit: UnitCodeForm
    answered_at: dt.datetime
    sent_at: dt.datetime | None
    warnings: list[Finding] = field(default_factory=list)
    position: int = 0
    as_given: dict[str, str] = field(default_factory=dict)
    """Answer words as sent, by item code or `overall`: a three-level kiosk's original label beside its 5/4/2;
    and under `KIND_AS_SENT` the respondent's kind."""

    @property
    def response_id(self) -> str:
        """The sender's id of the response."""
        identity: str = self.content["response_id"]
        return identity

    def digest(self) -> bytes:
        """SHA-256 over the RFC 8785 form of the content: equal for the same content in any spelling or dialect.

        The content holds only text, integers, true and lists and objects of these under ASCII names, for which
        sorted compact JSON is RFC 8785 (a test compares with the reference implementation).
        """
        return hashlib.sha256(_encode(self.content)).digest()

    def stored_body(self) -> dict[str, Any]:
        """What quarantine keeps: the canonical content and `sent_at`. Checking it again gives the same item."""
        return self.content if self.sent_at is None else {**self.content, "sent_at": self.sent_at.isoformat()}


@dataclass(slots=True)
class Refused:
    """An item that was read but is not acceptable, or could not be read."""

    findings: list[Finding]
    response_id: str | None = None
    """Only if it passed the privacy check."""
    warnings: list[Finding] = field(default_factory=list)
    position: int = 0
    unreadable: bool = False
    forbidden: bool = False
