"""Keeps what the portal answered as it came: the bytes, their digest, what was asked, when it was observed."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from parindex.errors import Finding
from ranking_worker.portal.answer import Answer
from ranking_worker.portal.attention import new_id

_INSERT = """
INSERT INTO portal_snapshot (tenant_id, snapshot_id, profile, operation, request, status, body, sha256, observed_at, good, findings)
VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9, $10, $11::jsonb)
"""
MOST_FINDINGS = 50


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer with what was asked and when it came."""

    operation: str
    request: Mapping[str, Any]
    """Without credentials."""
    answer: Answer
    observed_at: dt.datetime


async def keep(
    connection: asyncpg.Connection, tenant_id: int, profile: str, heard: Heard, *, good: bool,
    findings: Sequence[Finding] = (),
) -> uuid.UUID | None:  # fmt: skip
    """Stores one answer; its id. None where nothing was heard at all. Status 0: the answer broke off."""
    reply = heard.answer.reply
    if reply.sha256 is None:
        return None
    snapshot_id = new_id()
    said = [{"code": one.code, "field": one.field, "message": one.message} for one in findings[:MOST_FINDINGS]]
    if len(findings) > MOST_FINDINGS:
        said.append({"code": "more", "field": "", "message": f"{len(findings) - MOST_FINDINGS} more."})
    await connection.execute(
        _INSERT, tenant_id, snapshot_id, profile, heard.operation, json.dumps(dict(heard.request), ensure_ascii=False),
        reply.status or 0, gzip.compress(reply.content, 6, mtime=0), reply.sha256, heard.observed_at, good,
        json.dumps(said, ensure_ascii=False),
    )  # fmt: skip
    return snapshot_id
