"""Stores versions and steps of dossiers as survey-ingest does, with their entry in the queue."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable, Mapping

import asyncpg

from parindex.dossiers.procedures import Procedure
from parindex.dossiers.records import STEP_COLUMNS, VERSION_COLUMNS, Step, Version
from parindex.register.revision import next_revision
from support.dossiers import PROCEDURES

TENANT, REALM, SYSTEM = 990000, "synthetic", 1
_HEAD = ("tenant_id", "realm", "system_id", "receipt_id", "position", "dossier_code", "unit_from", "digest")


async def receive(
    connection: asyncpg.Connection,
    versions: Iterable[Version],
    steps: Iterable[Step] = (),
    *,
    touch: bool = True,
    recorded_at: dt.datetime | None = None,
) -> None:
    """One request's worth of rows; `touch`: with the queue entry that tells the worker."""
    receipt = uuid.uuid4()
    made, walked = list(versions), list(steps)
    await connection.copy_records_to_table(
        "dossier_version",
        records=[
            (TENANT, REALM, SYSTEM, receipt, 0, one.dossier_key, "agency_code", _digest(one), *_row(one))
            for one in made
        ],
        columns=[*_HEAD, *VERSION_COLUMNS],
    )
    kept = {(one.dossier_key, _digest(one)): one for one in walked}
    await connection.copy_records_to_table(
        "dossier_step",
        records=[
            (TENANT, REALM, SYSTEM, receipt, digest, *(getattr(one, name) for name in STEP_COLUMNS))
            for (_, digest), one in kept.items()
        ],
        columns=["tenant_id", "realm", "system_id", "receipt_id", "digest", *STEP_COLUMNS],
    )
    if touch:
        keys = sorted({one.dossier_key for one in (*made, *walked)})
        await connection.execute(
            "INSERT INTO dossier_touched (tenant_id, realm, dossier_keys, recorded_at) VALUES ($1, $2, $3, coalesce($4, now()))",
            TENANT,
            REALM,
            keys,
            recorded_at,
        )


def _row(one: Version) -> list[object]:
    values = [getattr(one, name) for name in VERSION_COLUMNS]
    return [list(value) if isinstance(value, tuple) else value for value in values]


def _digest(one: Version | Step) -> bytes:
    return hashlib.sha256(repr(one).encode()).digest()


async def know_procedures(connection: asyncpg.Connection, procedures: Mapping[str, Procedure] = PROCEDURES) -> None:
    """Procedures as the portal's catalogue would give them; a later call gives newer details."""
    async with connection.transaction():
        revision = await next_revision(connection, "procedures", "", {})
        await connection.executemany(
            "INSERT INTO procedure_detail (base_code, revision, service_level, limit_days, limit_unit, has_fee, payment_integrated,"
            " result_due, for_citizens, units, source, observed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, 'test', now())",
            [
                (base, revision, one.service_level, one.limit, one.limit_unit or "", one.has_fee, one.payment_integrated,
                 one.result_due, one.for_citizens)
                for base, one in procedures.items()
            ],
        )  # fmt: skip
