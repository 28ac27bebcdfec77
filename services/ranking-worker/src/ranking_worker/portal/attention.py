"""What a person must look at: appended, kept open until something or somebody settles it, listed in Vietnamese sentences."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from uuid_utils.compat import uuid7

_OPEN = """
SELECT DISTINCT ON (subject) subject, code, sentence_vi, sentence_en, what_to_do_vi, profile, detail::text AS detail, closes, recorded_at
FROM portal_attention WHERE tenant_id = $1 AND ($2::text IS NULL OR subject = $2)
ORDER BY subject, recorded_at DESC, attention_id DESC
"""
_SINCE = """
SELECT min(recorded_at) FROM portal_attention o WHERE tenant_id = $1 AND subject = $2 AND NOT closes
AND (recorded_at, attention_id) > ALL (SELECT recorded_at, attention_id FROM portal_attention c
     WHERE c.tenant_id = $1 AND c.subject = $2 AND c.closes ORDER BY recorded_at DESC, attention_id DESC LIMIT 1)
"""
_APPEND = """
INSERT INTO portal_attention (tenant_id, attention_id, profile, subject, code, sentence_vi, sentence_en, what_to_do_vi, detail, closes, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11)
"""


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing to look at. Sentences hold no personal data, no secret and no body."""

    profile: str
    subject: str
    """What it is about: `votes/H44/2026-09`, `breaker/<profile>`, `catalogue/agencies`; one thing is open a subject."""
    code: str
    sentence_vi: str
    sentence_en: str
    what_to_do_vi: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Open:
    """Something open, with the moment since when."""

    attention: Attention
    since: dt.datetime


async def raise_attention(
    connection: asyncpg.Connection, tenant_id: int, attention: Attention, at: dt.datetime
) -> bool:
    """Appends it, unless just that is open already: then nothing is done. Whether it was appended."""
    last = await connection.fetchrow(_OPEN, tenant_id, attention.subject)
    same = (attention.code, attention.sentence_vi)
    if last and not last["closes"] and (last["code"], last["sentence_vi"]) == same:
        return False
    await _append(connection, tenant_id, attention, at, closes=False)
    return True


async def settle(
    connection: asyncpg.Connection, tenant_id: int, subject: str, at: dt.datetime, note_vi: str, note_en: str
) -> bool:
    """Closes what is open under the subject, with a note; whether anything was open. May run twice."""
    last = await connection.fetchrow(_OPEN, tenant_id, subject)
    if last is None or last["closes"]:
        return False
    closing = Attention(last["profile"], subject, last["code"], note_vi, note_en, "")
    await _append(connection, tenant_id, closing, at, closes=True)
    return True


async def open_attention(connection: asyncpg.Connection, tenant_id: int) -> list[Open]:
    """Everything open of an authority, the oldest first."""
    found = []
    for row in await connection.fetch(_OPEN, tenant_id, None):
        if row["closes"]:
            continue
        attention = Attention(
            row["profile"], row["subject"], row["code"], row["sentence_vi"], row["sentence_en"], row["what_to_do_vi"],
            json.loads(row["detail"]),
        )  # fmt: skip
        since = await connection.fetchval(_SINCE, tenant_id, row["subject"])
        found.append(Open(attention, since or row["recorded_at"]))
    return sorted(found, key=lambda one: (one.since, one.attention.subject))


async def _append(
    connection: asyncpg.Connection, tenant_id: int, attention: Attention, at: dt.datetime, *, closes: bool
) -> None:
    await connection.execute(
        _APPEND, tenant_id, new_id(), attention.profile, attention.subject, attention.code, attention.sentence_vi,
        attention.sentence_en, attention.what_to_do_vi, json.dumps(dict(attention.detail)), closes, at,
    )  # fmt: skip


def new_id() -> uuid.UUID:
    """An id that sorts by the moment it was made."""
    return uuid7()
