"""State of one response of the asking system, with its history."""

from __future__ import annotations

import json
from typing import Any

import asyncpg

from parindex.errors import NotFound
from parindex.web.auth import Caller
from parindex.web.problems import FindingModel
from survey_ingest.facts import stored_under
from survey_ingest.verdicts import HistoryLine, State, StoredResponse, receipt_text


async def stored_response(connection: asyncpg.Connection, caller: Caller, response_id: str) -> StoredResponse:
    """What is stored under the id of the caller's system. Raises NotFound (a refused item is not stored)."""
    key = (caller.tenant_id, caller.system_id or 0, response_id)
    history = await _quarantine_history(connection, key)
    stored = (await stored_under(connection, [key])).get(key)
    if stored is None:
        return await _waiting(connection, caller, key, history)
    row = stored.row
    lines = [*history, HistoryLine("counted" if not history else "stored", row["recorded_at"].isoformat())]
    changes = await connection.fetch(
        "SELECT kind, reason, other_response_id, recorded_at FROM response_change WHERE tenant_id = $1 AND system_id = $2 AND response_id = $3 ORDER BY recorded_at, change_id",
        *key,
    )
    lines += [HistoryLine(kind, recorded_at.isoformat(), reason, other) for kind, reason, other, recorded_at in changes]
    if any(line.event == "repeat" for line in lines):
        lines = [line for line in lines if line.event != "counted"]
    return StoredResponse(
        response_id,
        receipt_text(row["receipt_id"], row["position"]),
        stored.state,
        stored.counted,
        stored.counts,
        caller.realm,
        row["received_at"].isoformat(),
        tuple(lines),
    )


async def _quarantine_history(connection: asyncpg.Connection, key: tuple[Any, ...]) -> list[HistoryLine]:
    lines = []
    for row in await connection.fetch(
        "SELECT q.received_at, q.reason, o.outcome, o.recorded_at FROM quarantine q LEFT JOIN quarantine_outcome o USING (tenant_id, system_id, response_id, revision)"
        " WHERE q.tenant_id = $1 AND q.system_id = $2 AND q.response_id = $3 ORDER BY q.revision",
        *key,
    ):
        lines.append(HistoryLine("quarantined", row["received_at"].isoformat(), row["reason"]))
        if row["outcome"] is not None:
            lines.append(HistoryLine(row["outcome"], row["recorded_at"].isoformat()))
    return lines


async def _waiting(
    connection: asyncpg.Connection, caller: Caller, key: tuple[Any, ...], history: list[HistoryLine]
) -> StoredResponse:
    row = await connection.fetchrow(
        "SELECT q.receipt_id, q.position, q.received_at, q.detail::text AS detail, o.outcome, o.findings::text AS findings FROM quarantine q"
        " LEFT JOIN quarantine_outcome o USING (tenant_id, system_id, response_id, revision) WHERE q.tenant_id = $1 AND q.system_id = $2 AND q.response_id = $3 ORDER BY q.revision DESC LIMIT 1",
        *key,
    )
    if row is None:
        raise NotFound(
            "No response of this sending system is stored under that id.",
            code="response_not_found",
            hint="Ids are per sending system; a refused item is not stored.",
        )
    state: State = "quarantined" if row["outcome"] is None else row["outcome"]
    reasons = [json.loads(row["detail"])["finding"]] if row["outcome"] is None else json.loads(row["findings"])
    findings = tuple(
        FindingModel(reason["code"], reason.get("field", ""), reason["message"], "", row["outcome"] is None)
        for reason in reasons
    )
    return StoredResponse(
        key[2],
        receipt_text(row["receipt_id"], row["position"]),
        state,
        False,
        None,
        caller.realm,
        row["received_at"].isoformat(),
        tuple(history),
        findings,
    )
