"""What was tried and what came back: digests for good, the raw answer for 30 days with every secret masked."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any, Literal

import asyncpg
import msgspec

from parindex.engine.digest import sha256
from parindex.privacy import masked
from ranking_worker.portal.answer import Answer, decoded
from ranking_worker.portal.attention import new_id
from ranking_worker.portal.outbox import Item

Purpose = Literal["send", "ask"]
KEPT = dt.timedelta(days=30)
MOST_KEPT = 65_536
MASK = "***"
_ATTEMPT = """
INSERT INTO outbox_attempt (tenant_id, attempt_id, kind, subject, version, purpose, request_sha256, answer_sha256, status, outcome, detail, at, seconds)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
_ANSWER = "INSERT INTO outbox_answer (tenant_id, attempt_id, body, at) VALUES ($1, $2, $3, $4)"
_PRUNE = "DELETE FROM outbox_answer WHERE tenant_id = $1 AND at < $2"
_number = msgspec.json.Encoder(decimal_format="number").encode


async def record_attempt(
    connection: asyncpg.Connection, tenant_id: int, items: Iterable[tuple[Item, Any]], purpose: Purpose, answer: Answer,
    at: dt.datetime, secrets: Iterable[str],
) -> None:  # fmt: skip
    """One attempt for each item (with what was sent of it) of a call; the raw answer once, under the first."""
    reply = answer.reply
    kept = None if reply.sha256 is None else kept_answer(answer, secrets)
    for item, document in items:
        attempt_id = new_id()
        await connection.execute(
            _ATTEMPT, tenant_id, attempt_id, item.kind, item.subject, item.version, purpose, digest_of(document),
            reply.sha256, reply.status, answer.outcome, answer.detail, at, reply.seconds,
        )  # fmt: skip
        if kept is not None:
            await connection.execute(_ANSWER, tenant_id, attempt_id, kept, at)
            kept = None


async def record_guarded(
    connection: asyncpg.Connection, tenant_id: int, item: Item, detail: str, at: dt.datetime
) -> None:
    """An item that the guard kept back: nothing was sent."""
    await connection.execute(
        _ATTEMPT, tenant_id, new_id(), item.kind, item.subject, item.version, "send", item.body_sha256, None, None,
        "refused_by_guard", detail, at, 0,
    )  # fmt: skip


async def prune_answers(connection: asyncpg.Connection, tenant_id: int, now: dt.datetime) -> int:
    """Deletes raw answers older than 30 days; how many. May run twice."""
    done: str = await connection.execute(_PRUNE, tenant_id, now - KEPT)
    return int(done.rpartition(" ")[2])


def digest_of(document: Any) -> str:
    """SHA-256 of a rendered body, whatever the order of its fields."""
    return sha256(json.loads(_number(document), parse_float=str)).hex()


def kept_answer(answer: Answer, secrets: Iterable[str]) -> bytes:
    """The raw answer as it may be kept: secrets, tokens and what looks personal masked; at most 64 KB."""
    reply = answer.reply
    text = decoded(reply.content[:MOST_KEPT], reply.headers.get("content-type", ""), "latin-1") or ""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return masked(text).encode()
