"""For officers and auditors: what at the portal waits for a person, and how the outbox of their authority stands."""

from __future__ import annotations

import datetime as dt
from typing import Any

import asyncpg
import msgspec

from scoring_api.answers import Words
from scoring_api.people.person import Person

MOST = 200
STATE_WORDS = {
    "waiting": Words("Chờ gửi", "waiting"), "sending": Words("Đang gửi", "sending"), "received": Words("Cổng đã nhận", "received"),
    "known": Words("Cổng đã có", "known there"), "retry": Words("Lỗi tạm, sẽ gửi lại", "to be tried again"),
    "rejected": Words("Cổng không nhận", "rejected"), "paused": Words("Chờ người quyết định", "paused, a person must decide"),
    "asking": Words("Chưa rõ kết quả, đang tra cứu", "outcome unknown, asking"), "dead": Words("Đã thôi gửi, cần người xem", "given up"),
    "superseded": Words("Có bản mới thay", "a newer version goes"),
}  # fmt: skip
# Something is open under a subject while its last row does not close it; since the first row after the last closing.
_OPEN = """
SELECT last.*, (SELECT min(o.recorded_at) FROM portal_attention o WHERE o.tenant_id = last.tenant_id AND o.subject = last.subject
                AND o.recorded_at > coalesce((SELECT max(c.recorded_at) FROM portal_attention c WHERE c.tenant_id = last.tenant_id
                                              AND c.subject = last.subject AND c.closes), '-infinity')) AS since
FROM (SELECT DISTINCT ON (tenant_id, subject) tenant_id, profile, subject, code, sentence_vi, sentence_en, what_to_do_vi, detail::text AS detail, closes, recorded_at
      FROM portal_attention WHERE tenant_id = $1 ORDER BY tenant_id, subject, recorded_at DESC, attention_id DESC) last
WHERE NOT closes ORDER BY since, subject
"""
_SUMMARY = "SELECT kind, profile, realm, state, count(*) AS items, max(updated_at) AS last FROM outbox WHERE tenant_id = $1 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
_ITEMS = """
SELECT kind, subject, version, realm, profile, state, attempts, next_at, last_error, updated_at FROM outbox
WHERE tenant_id = $1 AND ($2::text IS NULL OR state = $2) ORDER BY updated_at DESC, kind, subject, version LIMIT $3
"""


class AttentionLine(msgspec.Struct, frozen=True):
    """One thing that a person must look at."""

    profile: str
    subject: str
    code: str
    sentence: Words
    what_to_do_vi: str
    since: dt.datetime
    detail: dict[str, Any]


class PortalAttention(msgspec.Struct, frozen=True):
    """Everything open, the oldest first."""

    attention: list[AttentionLine]


class OutboxCount(msgspec.Struct, frozen=True):
    """How many items are in a state."""

    kind: str
    profile: str
    realm: str
    state: str
    state_words: Words
    items: int
    last: dt.datetime


class OutboxLine(msgspec.Struct, frozen=True):
    """One item on its way to the portal, without its body."""

    kind: str
    subject: str
    version: int
    realm: str
    profile: str
    state: str
    attempts: int
    next_at: dt.datetime | None
    last_error: str | None
    updated_at: dt.datetime


class PortalOutbox(msgspec.Struct, frozen=True):
    """The outbox of an authority: counts by state, and the items last touched."""

    counts: list[OutboxCount]
    items: list[OutboxLine]
    shown: int


async def read_attention(connection: asyncpg.Connection, reader: Person) -> PortalAttention:
    """What is open in the reader's authority. Raises Forbidden for all but officers and auditors."""
    reader.need("officer", "auditor")
    return PortalAttention(
        [
            AttentionLine(
                row["profile"], row["subject"], row["code"], Words(row["sentence_vi"], row["sentence_en"]), row["what_to_do_vi"],
                row["since"], msgspec.json.decode(row["detail"]),
            )
            for row in await connection.fetch(_OPEN, reader.tenant_id)
        ]
    )  # fmt: skip


async def read_outbox(connection: asyncpg.Connection, reader: Person, state: str | None) -> PortalOutbox:
    """The outbox of the reader's authority; items in one state, or in any. Raises Forbidden as `read_attention`."""
    reader.need("officer", "auditor")
    counts = [
        OutboxCount(row["kind"], row["profile"], row["realm"], row["state"], STATE_WORDS[row["state"]], row["items"], row["last"])
        for row in await connection.fetch(_SUMMARY, reader.tenant_id)
    ]  # fmt: skip
    items = [OutboxLine(**dict(row)) for row in await connection.fetch(_ITEMS, reader.tenant_id, state, MOST)]
    return PortalOutbox(counts, items, MOST)
