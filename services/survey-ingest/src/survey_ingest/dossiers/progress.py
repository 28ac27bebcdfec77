"""The use case: progress steps of one request are appended, each once.

A step of a dossier that is not known yet is kept all the same: it is counted when the dossier comes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
import msgspec

from parindex.db.clock import recording_instant
from parindex.units.catalogue import UnitCatalogue
from parindex.web.auth import Caller
from survey_ingest.bulk import BulkInsert
from survey_ingest.dossiers.findings import finding
from survey_ingest.dossiers.reach import beyond_reach, key_of
from survey_ingest.dossiers.read_record import RefusedRecord
from survey_ingest.dossiers.read_step import StepRecord
from survey_ingest.dossiers.receipts import Outcome, leave_behind
from survey_ingest.facts import new_id

_encode = msgspec.json.Encoder().encode
_STEPS = BulkInsert(
    "dossier_step",
    (
        ("tenant_id", "int", ""),
        ("realm", "text", ""),
        ("dossier_key", "text", ""),
        ("digest", "bytea", ""),
        ("system_id", "int", ""),
        ("receipt_id", "uuid", ""),
        ("position", "smallint", ""),
        ("recorded_at", "timestamptz", ""),
        ("at", "timestamptz", ""),
        ("status", "smallint", ""),
        ("status_raw", "text", ""),
        ("started_at", "timestamptz", ""),
        ("due_at", "timestamptz", ""),
    ),
    "ON CONFLICT (tenant_id, realm, dossier_key, digest) DO NOTHING",
)
_MINE = """
SELECT s.dossier_key, s.digest FROM unnest($3::text[], $4::bytea[]) AS k(dossier_key, digest)
JOIN dossier_step s ON s.tenant_id = $1 AND s.realm = $2 AND s.dossier_key = k.dossier_key AND s.digest = k.digest
WHERE s.receipt_id = $5
"""


@dataclass(slots=True)
class StepEntry:
    """A readable step with its key and digest."""

    step: StepRecord
    key: str
    digest: bytes


def step_entry(step: StepRecord, caller: Caller) -> StepEntry:
    """The step with its key and digest."""
    said = (step.at, step.status, step.status_raw, step.started_at, step.due_at)
    return StepEntry(step, key_of(step.dossier_code, caller), hashlib.sha256(_encode(said)).digest())


async def store_steps(
    connection: asyncpg.Connection,
    caller: Caller,
    sent: Sequence[StepEntry | RefusedRecord],
    units: UnitCatalogue,
    *,
    now: dt.datetime | None = None,
) -> list[Outcome]:
    """Appends the steps of one request; their outcomes in the order sent.

    Runs inside the caller's transaction and may be run again after a rollback; the same steps again store nothing.
    `now` (UTC) stands in for the database's clock.
    """
    recorded_at = await recording_instant(connection) if now is None else now
    receipt_id = new_id()
    outcomes = [
        Outcome(one.position, "refused", one.dossier_code, None, one.findings, one.dropped)
        if isinstance(one, RefusedRecord)
        else Outcome(one.step.position, "duplicate", one.step.dossier_code, None, one.step.findings, one.step.dropped)
        for one in sent
    ]
    entries = [(one, outcome) for one, outcome in zip(sent, outcomes, strict=True) if isinstance(one, StepEntry)]
    foreign = await beyond_reach(connection, caller, {entry.key for entry, _ in entries}, units, recorded_at)
    first: dict[tuple[str, bytes], tuple[StepEntry, Outcome]] = {}
    for entry, outcome in entries:
        if entry.key in foreign:
            outcome.verdict, outcome.findings = "refused", [finding("unit_out_of_scope", "MaHoSo")]
        else:
            first.setdefault((entry.key, entry.digest), (entry, outcome))
    # Sorted by key: two senders of the same steps wait for each other instead of deadlocking.
    new = [first[name] for name in sorted(first)]
    if new:
        rows = [
            (
                caller.tenant_id,
                caller.realm,
                entry.key,
                entry.digest,
                caller.system_id,
                receipt_id,
                entry.step.position,
                recorded_at,
                entry.step.at,
                entry.step.status,
                entry.step.status_raw,
                entry.step.started_at,
                entry.step.due_at,
            )
            for entry, _ in new
        ]
        if await _STEPS.run(connection, rows) < len(rows):
            mine = await connection.fetch(
                _MINE,
                caller.tenant_id,
                caller.realm,
                [entry.key for entry, _ in new],
                [entry.digest for entry, _ in new],
                receipt_id,
            )
            stored = {(row[0], bytes(row[1])) for row in mine}
            new = [first[name] for name in sorted(stored)]
    for _, outcome in new:
        outcome.verdict = "stored"
    await leave_behind(
        connection, caller, "progress", receipt_id, outcomes, [entry.key for entry, _ in new], recorded_at
    )
    return outcomes
