"""A unit disputes one cell of its row: a case number without gaps, its argument, files of the round that prove it."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from parindex.db.session import Database
from parindex.engine.period import local_day
from parindex.errors import Conflict, Finding, Invalid
from scoring_api.appeals.access import need_own_unit
from scoring_api.appeals.disputed import DisputedTable, late_until, read_table
from scoring_api.appeals.rows import append_step
from scoring_api.people.person import Person
from scoring_api.publications.rows import locked
from scoring_api.rounds.deadlines import printed

_NUMBER = (
    "SELECT coalesce(max(split_part(case_no, '-', 3)::int), 0) + 1 FROM appeal WHERE tenant_id = $1 AND case_no LIKE $2"
)
_SAME = """
SELECT a.case_no FROM appeal a WHERE a.tenant_id = $1 AND a.publication_id = $2 AND a.edition_no IS NOT DISTINCT FROM $3
  AND a.unit_id = $4 AND a.component IS NOT DISTINCT FROM $5
  AND NOT EXISTS (SELECT FROM appeal_event v WHERE v.tenant_id = a.tenant_id AND v.appeal_id = a.appeal_id AND v.kind = 'withdrawn')
  AND (a.draft_no IS NOT DISTINCT FROM $6 OR NOT EXISTS (SELECT FROM appeal_event v WHERE v.tenant_id = a.tenant_id
       AND v.appeal_id = a.appeal_id AND v.kind IN ('upheld', 'dismissed')))
"""
_INSERT = """
INSERT INTO appeal (tenant_id, case_no, publication_id, edition_no, draft_no, unit_id, component, argument, evidence_ids, person_id,
                    recorded_at, late_reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12) RETURNING appeal_id
"""
_OWN_FILES = "SELECT evidence_id FROM evidence WHERE tenant_id = $1 AND round_id = $2 AND unit_id = $3 AND evidence_id = ANY($4::uuid[])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """What a unit disputes and why. `component` None: total and place. `evidence_ids`: its files in the round."""

    publication_id: int
    unit_id: int
    component: str | None
    argument: str
    evidence_ids: Sequence[uuid.UUID] = ()
    late_reason: str | None = None


async def file(database: Database, person: Person, dispute: Dispute, now: dt.datetime) -> int:
    """Stores the appeal and returns its number in the database. Numbered under the lock under which editions are signed.

    Raises Forbidden for another unit, Invalid with every fault, Conflict outside the window or for the same dispute again.
    """
    need_own_unit(person, dispute.unit_id)
    async with locked(database, person.tenant_id) as connection:
        table = await read_table(connection, person.tenant_id, dispute.publication_id)
        if table is None:
            fault = Finding(
                "publication_unknown",
                "publication_id",
                f"Không có bản công bố {dispute.publication_id}. / There is no publication {dispute.publication_id}.",
                "GET /v1/appeals/tables lists what may be disputed.",
            )
            raise Invalid(fault.message, code=fault.code, hint=fault.hint, findings=[fault])
        _need_table(table)
        findings = await _findings(connection, table, dispute)
        if findings:
            raise Invalid(
                f"Chưa gửi được khiếu nại: {len(findings)} điểm cần sửa. / {findings[0].message}",
                code="appeal_invalid",
                hint="Correct each finding and send it again; nothing was stored.",
                findings=findings,
            )
        late_reason = await _late_reason(connection, table, dispute, now)
        await _need_new(connection, table, dispute)
        year = f"KN-{local_day(now).year}-"
        number = await connection.fetchval(_NUMBER, person.tenant_id, f"{year}%")
        appeal_id: int = await connection.fetchval(
            _INSERT, person.tenant_id, f"{year}{number:04}", table.publication_id, table.edition_no, table.draft_no,
            dispute.unit_id, dispute.component, dispute.argument, json.dumps([str(one) for one in dispute.evidence_ids]),
            person.person_id, now, late_reason,
        )  # fmt: skip
        await append_step(connection, person, appeal_id, "filed", "", now)
    return appeal_id


def _need_table(table: DisputedTable) -> None:
    if table.superseded_by is not None:
        raise Conflict(
            f"Ấn bản số {table.edition_no} đã được thay bằng ấn bản số {table.superseded_by}. / The edition was superseded by {table.superseded_by}.",
            code="edition_superseded",
            hint="Dispute the edition that stands.",
        )
    if not table.may_be_disputed:
        raise Conflict(
            "Chưa có bảng để khiếu nại, hoặc bản công bố đã rút lại. / There is no draft yet, or it was withdrawn.",
            code="nothing_to_dispute",
            hint="GET /v1/appeals/tables lists what may be disputed.",
        )


async def _findings(connection: asyncpg.Connection, table: DisputedTable, dispute: Dispute) -> list[Finding]:
    found = []
    if table.row(dispute.unit_id) is None:
        found.append(
            Finding(
                "unit_not_in_table",
                "unit_id",
                f"Bảng không có đơn vị {dispute.unit_id}. / The table does not list unit {dispute.unit_id}.",
                "A unit disputes its own row.",
            )
        )
    if dispute.component is not None and dispute.component not in table.components:
        found.append(
            Finding(
                "component_unknown",
                "component",
                f"Bảng không có tiêu chí {dispute.component[:60]!r}. / The table has no such component.",
                f"null disputes total and place; there are: {', '.join(list(table.components)[:20])}.",
            )
        )
    wanted = set(dispute.evidence_ids)
    if wanted:
        own = await connection.fetch(
            _OWN_FILES, table.tenant_id, table.source.get("round_id", 0), dispute.unit_id, list(wanted)
        )
        found += [
            Finding(
                "evidence_unknown",
                f"evidence_ids.{one}",
                f"Đơn vị không có tài liệu {one} trong đợt này. / The unit has no such file in the round of this table.",
                "Send new files to POST /v1/appeals/{appeal_id}/evidence.",
            )
            for one in sorted(wanted - {row["evidence_id"] for row in own})
        ]
    return found


async def _late_reason(
    connection: asyncpg.Connection, table: DisputedTable, dispute: Dispute, now: dt.datetime
) -> str | None:
    """None within the window, the reason for a granted late appeal; else raises Conflict."""
    if table.closes_at is None or now < table.closes_at:
        return None
    until = await late_until(connection, table.tenant_id, table.publication_id, dispute.unit_id)
    if until is None or now >= until:
        raise Conflict(
            f"Thời hạn khiếu nại đã qua ({printed(table.closes_at)}). / The window was over at {table.closes_at.isoformat()}.",
            code="window_over",
            hint="Đề nghị cán bộ Sở Nội vụ cho phép gửi muộn, kèm lý do. / Ask the officer for a late right, then send it with `late_reason`.",
        )
    if not dispute.late_reason:
        raise Conflict(
            "Được phép gửi muộn nhưng phải nêu lý do. / A late appeal needs its reason.",
            code="late_reason_missing",
            hint="Ghi lý do vào `late_reason`. / Say why in `late_reason`.",
        )
    return dispute.late_reason


async def _need_new(connection: asyncpg.Connection, table: DisputedTable, dispute: Dispute) -> None:
    same = await connection.fetchval(
        _SAME,
        table.tenant_id,
        table.publication_id,
        table.edition_no,
        dispute.unit_id,
        dispute.component,
        table.draft_no,
    )
    if same is not None:
        raise Conflict(
            f"Đơn vị đã khiếu nại đúng ô này ở vụ {same}. / The unit disputes this very cell in case {same}.",
            code="appeal_exists",
            hint="Go on with that one; withdraw it first to write it anew.",
        )
