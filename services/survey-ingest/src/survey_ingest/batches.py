"""A batch under its `Idempotency-Key`: same body -> the same answer again; other body -> 422; still running -> 409.

The stored answer is written in the transaction of the responses, so that a lost answer never leads to a second receipt.
"""

from __future__ import annotations

import hashlib
import re
from typing import Literal, NamedTuple

import asyncpg
import msgspec

from parindex import privacy
from parindex.errors import Conflict, Finding, Invalid, NotFound
from parindex.web.auth import Caller
from survey_ingest.run import Request
from survey_ingest.submit import submit
from survey_ingest.verdicts import DURABLE, BatchResults, Result

KEPT_DAYS = 30
_KEY = re.compile(r"[\x21-\x7e]{1,128}")


class BatchReply(NamedTuple):
    """Status, body, and whether it is a stored answer given again."""

    status: int
    body: bytes
    replayed: bool


def batch_status(results: list[Result]) -> Literal[200, 207, 422]:
    """200 when every item is durable, 207 when some are, 422 when none."""
    durable = sum(result.verdict in DURABLE for result in results)
    return 200 if durable == len(results) else 207 if durable else 422


def checked_key(text: str, where: str = "Idempotency-Key") -> str:
    """The key without the quotes of a structured header. Raises Invalid for an empty, long, non-printable or personal one.

    `where` names it to the sender.
    """
    key = text.strip()
    if len(key) >= 2 and key.startswith('"') and key.endswith('"'):
        key = key[1:-1]
    if not _KEY.fullmatch(key):
        raise Invalid(
            "Idempotency-Key must be 1 to 128 printable ASCII characters without blanks.",
            code="idempotency_key_form",
            hint="A UUID is a good choice.",
        )
    if privacy.is_somebodys(key):
        why = "The key looks like an identity number, a phone number or an e-mail address; nothing was stored."
        raise Invalid(
            why,
            code="personal_data",
            hint="A UUID is a good choice.",
            findings=[Finding("personal_data", where, why, "A UUID is a good choice.")],
        )
    return key


async def submit_batch(
    connection: asyncpg.Connection, request: Request, key: str | None, body: bytes
) -> tuple[BatchReply, list[Result]]:
    """Stores a batch and its answer, or gives the stored answer again (then no new results). Runs inside the caller's transaction."""
    if key is None:
        return await _submitted(connection, request)
    caller = request.caller
    digest = hashlib.sha256(body).digest()
    lock = int.from_bytes(
        hashlib.sha256(f"batch/{caller.tenant_id}/{caller.system_id}/{key}".encode()).digest()[:8], "big", signed=True
    )
    if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", lock):
        raise Conflict(
            "A batch with this Idempotency-Key is still being processed.",
            code="batch_running",
            hint="Ask again after Retry-After seconds.",
            retry_after=1,
        )
    row = await connection.fetchrow(
        "SELECT body_sha256, status, answer FROM batch_answer WHERE tenant_id = $1 AND system_id = $2 AND idempotency_key = $3",
        caller.tenant_id,
        caller.system_id,
        key,
    )
    if row is not None:
        if row["body_sha256"] != digest:
            raise Invalid(
                "This Idempotency-Key was used with another body.",
                code="idempotency_key_reused",
                hint="A new batch needs a new key; to repeat the old one, send the same bytes.",
            )
        return BatchReply(row["status"], row["answer"], replayed=True), []
    reply, results = await _submitted(connection, request)
    await connection.execute(
        "INSERT INTO batch_answer (tenant_id, system_id, idempotency_key, body_sha256, receipt_id, status, answer, created_at) SELECT $1, $2, $3, $4, $5, $6, $7, received_at FROM receipt WHERE tenant_id = $1 AND receipt_id = $5",
        caller.tenant_id,
        caller.system_id,
        key,
        digest,
        request.receipt_id,
        reply.status,
        reply.body,
    )
    return reply, results


async def _submitted(connection: asyncpg.Connection, request: Request) -> tuple[BatchReply, list[Result]]:
    (results,) = await submit(connection, [request])
    return BatchReply(batch_status(results), msgspec.json.encode(BatchResults(tuple(results))), replayed=False), results


async def stored_batch(connection: asyncpg.Connection, caller: Caller, key: str) -> BatchReply:
    """The stored answer of a batch of the caller's system. Raises NotFound."""
    row = await connection.fetchrow(
        "SELECT status, answer FROM batch_answer WHERE tenant_id = $1 AND system_id = $2 AND idempotency_key = $3",
        caller.tenant_id,
        caller.system_id,
        key,
    )
    if row is None:
        raise NotFound(
            "No batch of this sending system is stored under that key.",
            code="batch_not_found",
            hint=f"Answers are kept {KEPT_DAYS} days; a batch without Idempotency-Key is not stored. If the batch never arrived, send it.",
        )
    return BatchReply(row["status"], row["answer"], replayed=True)


async def purge_batches(connection: asyncpg.Connection) -> int:
    """Drops stored answers older than 30 days and tokens that ended a day ago. May run twice."""
    status = await connection.execute(
        "DELETE FROM batch_answer WHERE created_at < now() - make_interval(days => $1)", KEPT_DAYS
    )
    await connection.execute("DELETE FROM access_token WHERE expires_at < now() - interval '1 day'")
    return int(status.rpartition(" ")[2])
