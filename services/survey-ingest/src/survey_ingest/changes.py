"""Appends what later changes whether a response counts, and queues what changed in the counts. SQL only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from survey_ingest.bulk import BulkInsert
from survey_ingest.counts import Counted, DeltaKey, deltas
from survey_ingest.facts import Key, new_id


async def counted_of(connection: asyncpg.Connection, key: Key, sign: int) -> Counted:
    """What a stored response adds to or takes from the counts."""
    row = await connection.fetchrow(
        "SELECT tenant_id, realm, unit_id, instrument_version_id, local_day, service_channel, collected_via, mode, stage, respondent_kind, field_base, procedure_base, answers, weight"
        " FROM response WHERE tenant_id = $1 AND system_id = $2 AND response_id = $3",
        *key,
    )
    assert row is not None
    return Counted(DeltaKey(*row[:11]), row["procedure_base"], list(row["answers"]), row["weight"], sign)


async def append_deltas(connection: asyncpg.Connection, changes: Iterable[Counted], recorded_at: dt.datetime) -> None:
    """Queues what changed in the counts, for the worker to merge."""
    grouped = deltas(changes)
    if not grouped:
        return
    rows = [(*key, recorded_at, *(_array(column) for column in delta.columns())) for key, delta in grouped.items()]
    await _DELTAS.run(connection, rows)


def _array(values: Sequence[Any]) -> str:
    """Text form of an array of numbers or of codes, which hold no character that would need quoting but ''."""
    return "{" + ",".join([str(value) or '""' for value in values]) + "}"


_DELTAS = BulkInsert(
    "response_delta",
    (
        ("tenant_id", "int", ""),
        ("realm", "text", ""),
        ("unit_id", "int", ""),
        ("instrument_version_id", "int", ""),
        ("local_day", "date", ""),
        ("service_channel", "text", ""),
        ("collected_via", "text", ""),
        ("mode", "text", ""),
        ("stage", "text", ""),
        ("respondent_kind", "text", ""),
        ("field_base", "text", ""),
        ("recorded_at", "timestamptz", ""),
        ("procedures", "text", "::text[]"),
        ("items", "text", "::smallint[]"),
        ("codes", "text", "::smallint[]"),
        ("n", "text", "::int[]"),
        ("w", "text", "::numeric[]"),
        ("w2", "text", "::numeric[]"),
    ),
)


@dataclass(slots=True)
class Change:
    """A row of `response_change`."""

    key: Key
    realm: str
    kind: str
    delta: int
    caller_credential_id: str
    caller_principal_id: int
    received_at: dt.datetime
    position: int
    slot_key: str | None = None
    reason: str | None = None
    other: Key | None = None


_INSERT_CHANGES = """
INSERT INTO response_change (tenant_id, change_id, system_id, response_id, realm, kind, delta, reason, slot_key, other_system_id, other_response_id, received_at, position, recorded_at, credential_id, principal_id)
SELECT * FROM unnest($1::int[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::smallint[], $8::text[], $9::text[], $10::int[], $11::text[], $12::timestamptz[], $13::smallint[], $14::timestamptz[], $15::text[], $16::int[])
ON CONFLICT DO NOTHING
"""


async def append_changes(connection: asyncpg.Connection, changes: Sequence[Change], recorded_at: dt.datetime) -> int:
    """Appends what changed whether responses count; returns how many rows were new (an id ends only once)."""
    if not changes:
        return 0
    rows = [
        (
            change.key[0],
            new_id(),
            change.key[1],
            change.key[2],
            change.realm,
            change.kind,
            change.delta,
            change.reason,
            change.slot_key,
            change.other[1] if change.other else None,
            change.other[2] if change.other else None,
            change.received_at,
            change.position,
            recorded_at,
            change.caller_credential_id,
            change.caller_principal_id,
        )
        for change in changes
    ]
    status = await connection.execute(_INSERT_CHANGES, *zip(*rows, strict=True))
    return int(status.rpartition(" ")[2])
