"""Rows that the worker writes: counted dossiers, petitions, and what the portal showed, for tests of reading them."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import asyncpg

PHU_THO, H44_TENANT = 225, 225
NOON = dt.datetime(2026, 10, 1, 5, 0, tzinfo=dt.UTC)
NEVER = dt.date.max
COUNTS = (
    "n", "ended", "on_time", "late", "filed_online", "online", "postal", "fee_due", "paid_online", "paid_on_portal", "result_due",
    "result_electronic", "digitised", "reused", "personal_storage", "population", "of_citizens", "timed", "working_minutes",
)  # fmt: skip


async def counted(
    connection: asyncpg.Connection, unit_id: int, day: dt.date, *, realm: str = "production", tenant: int = H44_TENANT,
    procedure: str = "1.000894", late_from: dt.date = NEVER, **counts: int,
) -> None:  # fmt: skip
    """One row of the rollup; counts that are not given are 0."""
    values = [counts.pop(name, 0) for name in COUNTS]
    assert not counts, counts
    await connection.execute(
        f"INSERT INTO dossier_rollup (tenant_id, realm, unit_id, accepted_day, procedure_base, late_from, {', '.join(COUNTS)})"
        f" VALUES ($1, $2, $3, $4, $5, $6, {', '.join(f'${place}' for place in range(7, 7 + len(COUNTS)))})",
        tenant, realm, unit_id, day, procedure, late_from, *values,
    )  # fmt: skip


async def petitions(
    connection: asyncpg.Connection, unit_id: int, month: dt.date, *, realm: str = "production", **counts: int
) -> None:
    """Petition counts of one unit and month by one sender."""
    names = ("received", "about_rules", "about_staff", "due", "on_time", "satisfied", "dossiers_complained")
    await connection.execute(
        f"INSERT INTO petition_count (tenant_id, system_id, unit_id, month, revision, realm, {', '.join(names)}, credential_id, recorded_at)"
        " VALUES ($1, 1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, 'c', now())",
        H44_TENANT, unit_id, month, realm, *(counts.get(name, 0) for name in names),
    )  # fmt: skip


async def shown(
    connection: asyncpg.Connection, unit_id: int, period: str, metric: str, *, realm: str = "production", tenant: int = H44_TENANT,
    at: dt.datetime = NOON, good: bool = True, name: str = "UBND tỉnh Phú Thọ", **figures: Any,
) -> uuid.UUID:  # fmt: skip
    """One observation of the portal with its snapshot. Figures: numerator, denominator, ratio, score, max_score, quality."""
    snapshot_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{unit_id}/{period}/{metric}/{at}/{good}")
    await connection.execute(
        "INSERT INTO portal_snapshot (tenant_id, snapshot_id, profile, operation, request, status, body, sha256, observed_at, good, findings)"
        " VALUES ($1, $2, 'dvcqg-766', '766/x', '{}', 201, '', $3, $4, $5, '[]')",
        tenant, snapshot_id, f"sha256-{metric}", at, good,
    )  # fmt: skip
    columns = ("numerator", "denominator", "ratio", "score", "max_score", "quality")
    await connection.execute(
        f"INSERT INTO portal_metric (tenant_id, snapshot_id, department_id, metric, realm, unit_id, printed_name, period, observed_at, {', '.join(columns)}, further)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::numeric, $11::numeric, $12::numeric, $13::numeric, $14::numeric, $15, $16::jsonb)",
        tenant, snapshot_id, f"portal-{unit_id}", metric, realm, unit_id, name, period, at,
        *(figures.get(column) for column in columns), json.dumps(figures.get("further", {})),
    )  # fmt: skip
    return snapshot_id


async def odd(
    connection: asyncpg.Connection, key: str, unit_id: int, day: dt.date | None, *findings: str, tenant: int, realm: str
) -> None:
    """A counted dossier with findings."""
    await connection.execute(
        "INSERT INTO dossier_counted (tenant_id, realm, dossier_key, version_no, rules, unit_id, accepted_day, procedure_base, late_from,"
        " measures, working_minutes, findings) VALUES ($1, $2, $3, 1, 'portal-766@2026-1', $4, $5, '', NULL, 0, NULL, $6)",
        tenant, realm, key, unit_id, day, list(findings),
    )  # fmt: skip


async def attention(
    connection: asyncpg.Connection, tenant: int, subject: str, sentence: str, *, closes: bool = False, minute: int = 0
) -> None:
    """Something that waits for a person, or its end."""
    at = NOON + dt.timedelta(minutes=minute)
    await connection.execute(
        "INSERT INTO portal_attention (tenant_id, attention_id, profile, subject, code, sentence_vi, sentence_en, what_to_do_vi, detail, closes, recorded_at)"
        " VALUES ($1, $2, 'adapter', $3, 'schema_surprise', $4, 'It happened.', 'Xem lại.', '{\"count\": 3}', $5, $6)",
        tenant, uuid.uuid5(uuid.NAMESPACE_URL, f"{subject}/{minute}"), subject, sentence, closes, at,
    )  # fmt: skip


async def queued(
    connection: asyncpg.Connection, tenant: int, subject: str, state: str, *, realm: str = "synthetic"
) -> None:
    """An item of the outbox."""
    await connection.execute(
        "INSERT INTO outbox (tenant_id, kind, subject, version, realm, profile, body, body_sha256, state, attempts, created_at, updated_at)"
        " VALUES ($1, 'votes', $2, 1, $3, 'hub', '{}', '', $4, 1, $5, $5)",
        tenant, subject, realm, state, NOON,
    )  # fmt: skip
