"""What an answer means: bytes to text to JSON to one of seven outcomes, by the words a profile declares. Pure.

The meaning sits in codes, in Vietnamese text, in HTTP statuses and in what is no answer at all; sites differ in all four.
"""

from __future__ import annotations

import codecs
import datetime as dt
import hashlib
import json
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from parindex.privacy import masked

Outcome = Literal["received", "known", "absent", "rejected", "retry", "unknown", "session"]
"""received: taken, or found; known: it was there already; absent: it is not there; rejected: this content will never be
taken; retry: not taken, later perhaps; unknown: nobody can say whether it was taken; session: sign in again."""
OUTCOMES: tuple[Outcome, ...] = ("received", "known", "absent", "rejected", "retry", "unknown", "session")
MOST_SAID = 300


@dataclass(frozen=True, slots=True)
class Rule:
    """An entry of the error map: applies when the code is one of `codes` (if given) and the message has one of `contains` (if given)."""

    outcome: Outcome
    codes: frozenset[str]
    contains: tuple[str, ...]

    def applies(self, code: str | None, message: str) -> bool:
        """Whether the rule speaks about such an answer. `message` is folded."""
        if self.codes and code not in self.codes:
            return False
        return not self.contains or any(part in message for part in self.contains)


@dataclass(frozen=True, slots=True)
class Words:
    """How a site says what became of a call. Texts are folded (`folded`)."""

    code_fields: tuple[str, ...]
    message_fields: tuple[str, ...]
    success_codes: frozenset[str]
    success_contains: tuple[str, ...]
    """Success needs one of these in the message as well; none declared: the code is enough."""
    errors: tuple[Rule, ...]
    """In the order in which they are tried."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back on the wire. `status` None: no whole answer came, `failure` says why."""

    status: int | None
    headers: dict[str, str]
    content: bytes
    seconds: Decimal
    failure: str = ""
    sent: bool = True
    """False: the request certainly never reached the other side (no connection was made)."""

    @property
    def sha256(self) -> str | None:
        """Of the bytes heard; None when there were none."""
        return hashlib.sha256(self.content).hexdigest() if self.status is not None or self.content else None


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply with its meaning."""

    outcome: Outcome
    detail: str
    """For a person: what was said or what happened; no secret and no body."""
    reply: Reply
    document: Any = None
    """The JSON, numbers with a point as Decimal; None where it is none."""
    channel_failed: bool = False
    """The connection failed rather than the content: counts for the circuit breaker."""
    refused: bool = False
    """403, 429 or a rejection page: leave them alone for a while."""
    retry_after: dt.timedelta | None = None


def folded(text: str) -> str:
    """Text for comparison: NFC, case folded, blanks made one."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def decoded(content: bytes, content_type: str, charset: str) -> str | None:
    """The text of an answer, or None. JSON is UTF-8 whatever the header says; only where it is not, the header, then the profile decide."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        names = ["utf-16"]
    else:
        declared = content_type.lower().partition("charset=")[2].split(";")[0].strip(" \"'")
        names = ["utf-8-sig", declared, charset]
    for name in names:
        try:
            return content.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return None


def parsed(text: str) -> Any:
    """The JSON of a text with exact decimals. Raises ValueError, for NaN and Infinity too."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def judged(
    reply: Reply, words: Words, charset: str = "utf-8", *, ok_statuses: tuple[int, ...] = (200, 201, 202)
) -> Answer:
    """The meaning of a reply. Success is HTTP success and JSON and a code of the ok-set and, where declared, the words."""
    if reply.status is None:
        return Answer("unknown" if reply.sent else "retry", reply.failure, reply, channel_failed=True)
    text = decoded(reply.content, reply.headers.get("content-type", ""), charset)
    wait = _retry_after(reply)
    if reply.status in {429, 503}:
        said = f"HTTP {reply.status}"
        return Answer("retry", said, reply, channel_failed=True, refused=reply.status == 429, retry_after=wait)
    if reply.status == 401:
        return Answer("session", "HTTP 401", reply)
    if text is None:
        return Answer(
            "unknown", f"HTTP {reply.status}: the bytes are text in no known charset", reply, channel_failed=True
        )
    try:
        document = parsed(text)
    except ValueError:
        return _no_json(reply, text)
    code, message = _code(document, words), _message(document, words)
    said = _said(reply.status, code, message)
    if reply.status in ok_statuses and code in words.success_codes:
        wanted = words.success_contains
        if not wanted or any(part in folded(message) for part in wanted):
            return Answer("received", said, reply, document)
    for rule in words.errors:
        if rule.applies(code, folded(message)):
            return Answer(rule.outcome, said, reply, document)
    if reply.status >= 500:
        return Answer("unknown", said, reply, document, channel_failed=True)
    if reply.status in {403, 404, 405, 408}:
        return Answer("retry", said, reply, document, channel_failed=True, refused=reply.status == 403)
    if reply.status in {400, 409, 413, 415, 422}:
        return Answer("rejected", said, reply, document)
    if code is None or code in words.success_codes:
        # It says neither yes nor no in words that were agreed.
        return Answer("unknown", said, reply, document)
    return Answer("rejected", said, reply, document)


def _no_json(reply: Reply, text: str) -> Answer:
    assert reply.status is not None
    what = "an HTML or XML page" if text.lstrip().startswith("<") else "text" if text.strip() else "nothing"
    cut = " cut short" if text.lstrip().startswith(("{", "[")) else ""
    said = f"HTTP {reply.status}: expected JSON, found {'JSON' + cut if cut else what}"
    page = what.startswith("an")
    if 400 <= reply.status < 500:
        return Answer("retry", said, reply, channel_failed=True, refused=reply.status == 403)
    return Answer("unknown", said, reply, channel_failed=True, refused=page and reply.status < 300)


def _code(document: Any, words: Words) -> str | None:
    if isinstance(document, dict):
        for name in words.code_fields:
            value = document.get(name)
            if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip():
                return str(value).strip()
    return None


def _message(document: Any, words: Words) -> str:
    if isinstance(document, dict):
        for name in words.message_fields:
            if isinstance(value := document.get(name), str):
                return value
    return ""


def _said(status: int, code: str | None, message: str) -> str:
    words = " ".join("".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", message)).split())
    words = masked(words)  # They may repeat what was sent, or worse.
    return f"HTTP {status}, code {code}: {words}"[:MOST_SAID] if words else f"HTTP {status}, code {code}"


def _retry_after(reply: Reply) -> dt.timedelta | None:
    given = reply.headers.get("retry-after", "").strip()
    if given.isascii() and given.isdigit():
        return dt.timedelta(seconds=min(int(given), 24 * 3600))
    return None


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is not JSON")
