"""Evidence as its rows tell it: one attached file, erased or not."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import asyncpg
import msgspec

from parindex.errors import NotFound


class Erasure(msgspec.Struct, frozen=True):
    """A tombstone: when, why and by whom (None: the retention date had passed)."""

    at: dt.datetime
    why: str
    person_id: int | None
    person: str | None


class EvidenceLine(msgspec.Struct, frozen=True):
    """One attached file. `sha256` is of its plain content and stays after the erasure; `size` in bytes."""

    evidence_id: uuid.UUID
    round_id: int
    unit_id: int
    component: str
    file_name: str
    media_type: str
    size: int
    sha256: str
    person_id: int
    person: str
    recorded_at: dt.datetime
    retain_until: dt.date
    erased: Erasure | None


class EvidenceList(msgspec.Struct, frozen=True):
    """Files attached by one unit in one round, in the order of components and time."""

    round_id: int
    unit_id: int
    evidence: list[EvidenceLine]


_SELECT = """
SELECT e.evidence_id, e.round_id, e.unit_id, e.component, e.file_name, e.media_type, e.size, e.sha256, e.person_id,
       p.name AS person, e.recorded_at, e.retain_until, x.recorded_at AS erased_at, x.why, x.person_id AS erased_by,
       q.name AS eraser
FROM evidence e JOIN person p ON p.tenant_id = e.tenant_id AND p.person_id = e.person_id
LEFT JOIN evidence_erasure x ON x.tenant_id = e.tenant_id AND x.evidence_id = e.evidence_id
LEFT JOIN person q ON q.tenant_id = x.tenant_id AND q.person_id = x.person_id
WHERE e.tenant_id = $1
"""


async def evidence_line(connection: asyncpg.Connection, tenant_id: int, evidence_id: uuid.UUID) -> EvidenceLine:
    """The attached file of that authority. Raises NotFound, also for another authority's."""
    row = await connection.fetchrow(_SELECT + "AND e.evidence_id = $2", tenant_id, evidence_id)
    if row is None:
        raise NotFound(
            "Không có tài liệu kiểm chứng này. / There is no such evidence.",
            code="evidence_unknown",
            hint="GET /v1/rounds/{id}/units/{unit}/evidence lists what is attached.",
        )
    return _line(row)


async def unit_lines(
    connection: asyncpg.Connection, tenant_id: int, round_id: int, unit_id: int, component: str | None = None
) -> list[EvidenceLine]:
    """What a unit attached in a round (to one component), erased files among them."""
    rows = await connection.fetch(
        _SELECT
        + "AND e.round_id = $2 AND e.unit_id = $3 AND ($4::text IS NULL OR e.component = $4)"
        + " ORDER BY e.recorded_at, e.evidence_id",
        tenant_id,
        round_id,
        unit_id,
        component,
    )
    return [_line(row) for row in rows]


def _line(row: Any) -> EvidenceLine:
    erased = None
    if row["erased_at"] is not None:
        erased = Erasure(row["erased_at"], row["why"], row["erased_by"], row["eraser"])
    return EvidenceLine(
        row["evidence_id"],
        row["round_id"],
        row["unit_id"],
        row["component"],
        row["file_name"],
        row["media_type"],
        row["size"],
        row["sha256"].hex(),
        row["person_id"],
        row["person"],
        row["recorded_at"],
        row["retain_until"],
        erased,
    )
