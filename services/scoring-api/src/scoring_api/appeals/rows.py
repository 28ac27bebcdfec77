"""Reads appeals with everything said on them, and appends what is said next. The state is computed from the events."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import asyncpg

from parindex.errors import Conflict, NotFound
from scoring_api.people.person import Person

Kind = Literal["filed", "answered", "upheld", "dismissed", "withdrawn", "corrected"]
State = Literal["open", "answered", "upheld", "dismissed", "withdrawn", "corrected"]
STATE_WORDS_VI: dict[str, str] = {
    "open": "đã tiếp nhận, chờ trả lời",
    "answered": "đã trả lời, chờ kết luận",
    "upheld": "chấp nhận, chờ đính chính",
    "dismissed": "không chấp nhận",
    "withdrawn": "đơn vị đã rút",
    "corrected": "chấp nhận, đã đính chính",
}
EVENT_WORDS_VI: dict[str, str] = {
    "filed": "gửi khiếu nại",
    "answered": "trả lời",
    "upheld": "kết luận: chấp nhận",
    "dismissed": "kết luận: không chấp nhận",
    "withdrawn": "rút khiếu nại",
    "corrected": "đính chính",
}
_SELECT = """
SELECT a.appeal_id, a.case_no, a.publication_id, a.edition_no, a.draft_no, a.unit_id, a.component, a.argument,
       a.evidence_ids::text AS evidence_ids, a.person_id, a.recorded_at, a.late_reason, p.title_vi,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(v.event_no, v.kind, v.person_id, v.text, v.edition_no, v.recorded_at)
                                  ORDER BY v.event_no), '[]')::text
          FROM appeal_event v WHERE v.tenant_id = a.tenant_id AND v.appeal_id = a.appeal_id) AS events
FROM appeal a JOIN publication p ON p.tenant_id = a.tenant_id AND p.publication_id = a.publication_id
WHERE a.tenant_id = $1
"""
_INSERT_EVENT = """
INSERT INTO appeal_event (tenant_id, appeal_id, event_no, kind, person_id, text, edition_no, recorded_at)
SELECT $1, $2, coalesce(max(event_no), 0) + 1, $3, $4, $5, $6, $7 FROM appeal_event WHERE tenant_id = $1 AND appeal_id = $2
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One event: who did what, with which words, when; `edition_no` the edition that corrects."""

    event_no: int
    kind: str
    person_id: int
    text: str
    edition_no: int | None
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Appeal:
    """A dispute of one cell. `component` None: the total and the place; `edition_no` None: a draft."""

    tenant_id: int
    appeal_id: int
    case_no: str
    publication_id: int
    edition_no: int | None
    draft_no: int | None
    unit_id: int
    component: str | None
    argument: str
    evidence_ids: tuple[str, ...]
    person_id: int
    recorded_at: dt.datetime
    late_reason: str | None
    title_vi: str
    steps: tuple[Step, ...]

    @property
    def state(self) -> State:
        """Where it stands."""
        last: State = "open"
        for step in self.steps:
            if step.kind in STATE_WORDS_VI:
                last = step.kind  # type: ignore[assignment]
        return last

    @property
    def outcome(self) -> Step | None:
        """The event that decided it; None while nothing is decided, and for a withdrawn one."""
        return next((step for step in self.steps if step.kind in ("upheld", "dismissed")), None)

    def need_undecided(self) -> None:
        """Raises Conflict once it has an outcome or was withdrawn."""
        if self.state not in ("open", "answered"):
            raise Conflict(
                f"Vụ {self.case_no}: {STATE_WORDS_VI[self.state]}. / The case is {self.state}.",
                code="appeal_over",
                hint="Nothing more is said on it; a new edition may be disputed again within its window.",
            )

    def need_upheld(self) -> None:
        """Raises Conflict unless it was upheld and is not corrected yet."""
        if self.state != "upheld":
            raise Conflict(
                f"Vụ {self.case_no}: {STATE_WORDS_VI[self.state]}. / The case is {self.state}, not upheld and awaiting its correction.",
                code="appeal_not_upheld",
                hint="Only what was upheld is corrected, once.",
            )


async def read_appeal(connection: asyncpg.Connection, tenant_id: int, appeal_id: int) -> Appeal:
    """One appeal of the authority. Raises NotFound: those of other authorities do not exist for the reader."""
    row = await connection.fetchrow(f"{_SELECT} AND a.appeal_id = $2", tenant_id, appeal_id)
    if row is None:
        raise NotFound(
            f"Không có khiếu nại {appeal_id}. / There is no appeal {appeal_id}.",
            code="appeal_unknown",
            hint="GET /v1/appeals lists those that you may see.",
        )
    return _appeal(tenant_id, row)


async def locked_appeal(connection: asyncpg.Connection, tenant_id: int, appeal_id: int) -> Appeal:
    """The same, read after every other change of it: two outcomes at the same time take turns."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('parindex-appeal/' || $1 || '/' || $2, 0))",
        str(tenant_id),
        str(appeal_id),
    )
    return await read_appeal(connection, tenant_id, appeal_id)


async def read_appeals(
    connection: asyncpg.Connection,
    tenant_id: int,
    *,
    units: Sequence[int] | None = None,
    publication_id: int | None = None,
    case_numbers: Sequence[str] | None = None,
    before: int | None = None,
    limit: int = 200,
) -> list[Appeal]:
    """Appeals of an authority, newest first; only of some units, of one publication, some cases, before a number where given."""
    rows = await connection.fetch(
        f"{_SELECT} AND ($2::int[] IS NULL OR a.unit_id = ANY($2)) AND ($3::int IS NULL OR a.publication_id = $3)"
        " AND ($4::int IS NULL OR a.appeal_id < $4) AND ($6::text[] IS NULL OR a.case_no = ANY($6))"
        " ORDER BY a.appeal_id DESC LIMIT $5",
        tenant_id,
        None if units is None else list(units),
        publication_id,
        before,
        limit,
        None if case_numbers is None else list(case_numbers),
    )
    return [_appeal(tenant_id, row) for row in rows]


def _appeal(tenant_id: int, row: asyncpg.Record) -> Appeal:
    values = dict(row)
    events, evidence_ids = json.loads(values.pop("events")), json.loads(values.pop("evidence_ids"))
    steps = tuple(
        Step(number, kind, person_id, text, edition_no, dt.datetime.fromisoformat(at))
        for number, kind, person_id, text, edition_no, at in events
    )
    return Appeal(tenant_id=tenant_id, steps=steps, evidence_ids=tuple(evidence_ids), **values)


async def append_step(
    connection: asyncpg.Connection,
    person: Person,
    appeal_id: int,
    kind: Kind,
    text: str,
    now: dt.datetime,
    *,
    edition_no: int | None = None,
) -> None:
    """Appends an event under the lock of `locked_appeal`. Not to be run twice."""
    await connection.execute(_INSERT_EVENT, person.tenant_id, appeal_id, kind, person.person_id, text, edition_no, now)
