"""What every request about dossiers leaves behind: its receipt, the names of what was refused, and the worker's queue."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal
from uuid import UUID

import asyncpg
import msgspec

from parindex.engine.period import local_day
from parindex.errors import Finding
from parindex.web.auth import Caller

Verdict = Literal["stored", "duplicate", "exists", "refused"]
Kind = Literal["dossier", "progress", "petition"]


_RECEIPT = """
WITH queued AS (
    INSERT INTO dossier_touched (tenant_id, realm, dossier_keys, recorded_at)
    SELECT $1, $2, string_to_array($13, E'\\n'), $3 WHERE $13 <> ''
)
INSERT INTO dossier_receipt (tenant_id, realm, received_at, receipt_id, system_id, credential_id, kind, local_day, records, stored, duplicate, refused)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""


class Outcome(msgspec.Struct):
    """What became of one record. `exists`: known with other content, and the sender asked not to update it."""

    position: int
    verdict: Verdict
    dossier_code: str = ""
    version_no: int | None = None
    findings: Sequence[Finding] = ()
    """Why it was refused (the first says it), or what is odd about it."""
    dropped: Sequence[str] = ()
    """Names of personal fields that were not kept."""


async def leave_behind(
    connection: asyncpg.Connection,
    caller: Caller,
    kind: Kind,
    receipt_id: UUID,
    outcomes: Sequence[Outcome],
    touched: Iterable[str],
    now: dt.datetime,
) -> None:
    """Receipt, refusals and queue of a request, in the transaction of its facts."""
    tally = Counter(outcome.verdict for outcome in outcomes)
    await connection.execute(
        _RECEIPT,
        caller.tenant_id,
        caller.realm,
        now,
        receipt_id,
        caller.system_id,
        caller.credential_id,
        kind,
        local_day(now),
        len(outcomes),
        tally["stored"],
        tally["duplicate"],
        tally["refused"] + tally["exists"],
        "\n".join(sorted(set(touched))),
    )
    refused = [
        (
            caller.tenant_id,
            receipt_id,
            outcome.position,
            caller.system_id,
            now,
            outcome.dossier_code or None,
            [finding.field for finding in outcome.findings],
            [finding.code for finding in outcome.findings],
        )
        for outcome in outcomes
        if outcome.verdict in ("refused", "exists")
    ]
    if refused:
        await connection.executemany(
            "INSERT INTO refusal (tenant_id, receipt_id, position, system_id, received_at, response_id, fields, codes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            refused,
        )
