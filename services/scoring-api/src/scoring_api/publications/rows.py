"""Reads publications with everything that was said on them, and appends what is said next."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import asyncpg

from parindex.db.editions import OPEN_CASES
from parindex.db.session import Database
from parindex.editions.approval import Event
from parindex.errors import Conflict, NotFound
from scoring_api.people.person import Person
from scoring_api.publications.state import STATE_WORDS_VI, State, state_of

LARGEST_PAGE = 200
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('parindex-chain/' || $1, 0))"
"""The lock under which the worker signs: what is approved and what is withdrawn have an order."""
_SELECT = f"""
SELECT p.publication_id, p.source::text AS source, p.title_vi, p.decision, p.supersedes, p.erratum, p.person_id, p.recorded_at,
       d.draft_no, d.body_sha256, d.findings::text AS findings, d.built_at,
       e.edition_no, s.edition_no AS superseded_by,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(v.event_no, v.kind, v.person_id, v.body_sha256, v.why, v.recorded_at, v.acknowledged)
                                  ORDER BY v.event_no), '[]')::text
          FROM publication_event v WHERE v.tenant_id = p.tenant_id AND v.publication_id = p.publication_id) AS events,
       ARRAY({OPEN_CASES.format(tenant_id="p.tenant_id", publication_id="p.publication_id", built_at="CASE WHEN e.edition_no IS NULL THEN d.built_at END")}) AS open_cases
FROM publication p
LEFT JOIN LATERAL (SELECT draft_no, body_sha256, findings, built_at FROM edition_draft d
                   WHERE d.tenant_id = p.tenant_id AND d.publication_id = p.publication_id
                   ORDER BY draft_no DESC LIMIT 1) d ON true
LEFT JOIN edition e ON e.tenant_id = p.tenant_id AND e.publication_id = p.publication_id
LEFT JOIN edition s ON s.tenant_id = e.tenant_id AND s.supersedes = e.edition_no
WHERE p.tenant_id = $1 AND ($2::int IS NULL OR p.publication_id = $2) AND ($3::int IS NULL OR p.publication_id < $3)
ORDER BY p.publication_id DESC LIMIT $4
"""
_INSERT_EVENT = """
INSERT INTO publication_event (tenant_id, publication_id, event_no, kind, person_id, body_sha256, why, recorded_at, acknowledged)
SELECT $1, $2, coalesce(max(event_no), 0) + 1, $3, $4, $5, $6, $7, $8 FROM publication_event
WHERE tenant_id = $1 AND publication_id = $2
"""
EventKind = Literal["drafted", "reviewed", "rejected", "approved", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Step:
    """One event: what was done, by whom, on which draft, why, when."""

    event_no: int
    kind: str
    person_id: int | None
    body_sha256: str | None
    why: str
    at: dt.datetime
    acknowledged: tuple[str, ...]
    """Of an approval: the open cases in spite of which it was given."""

    @property
    def event(self) -> Event:
        """As the rule of two persons reads it."""
        return Event(self.kind, self.person_id, self.body_sha256, self.acknowledged)


@dataclass(frozen=True, slots=True)
class Draft:
    """The newest draft, without its body. `body_sha256` None: it cannot be built, `findings` say why."""

    draft_no: int
    body_sha256: str | None
    findings: tuple[Mapping[str, Any], ...]
    built_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Publication:
    """A publication with its events, newest draft and edition. `person_id` None: the operator's command."""

    tenant_id: int
    publication_id: int
    source: Mapping[str, Any]
    title_vi: str
    decision: str | None
    supersedes: int | None
    erratum: str | None
    person_id: int | None
    recorded_at: dt.datetime
    steps: tuple[Step, ...]
    draft: Draft | None
    edition_no: int | None
    superseded_by: int | None
    open_cases: tuple[str, ...]
    """Disputes of its draft, and of earlier ones of the same source, that an approval must acknowledge; of what is
    published, those without an end."""

    @property
    def draft_sha256(self) -> str | None:
        """Digest of the newest draft's body; None where there is none."""
        return None if self.draft is None else self.draft.body_sha256

    @property
    def events(self) -> list[Event]:
        """The events as the rule of two persons reads them."""
        return [step.event for step in self.steps]

    @property
    def state(self) -> State:
        """Where it stands."""
        return state_of(
            self.person_id, self.events, self.draft_sha256, self.open_cases, self.edition_no, self.superseded_by
        )

    def need_open(self) -> None:
        """Raises Conflict when it is published or withdrawn: then nothing more is said on it."""
        if self.state in ("published", "superseded", "withdrawn"):
            raise Conflict(
                f"Bản công bố {self.publication_id} {STATE_WORDS_VI[self.state]}. / It is {self.state}.",
                code="publication_over",
                hint="Draft another; a published edition is corrected by one that supersedes it.",
            )

    def need_newest(self, body_sha256: str) -> None:
        """Raises Conflict unless the digest is that of the newest draft: nobody agrees to what he has not read."""
        if self.draft_sha256 is None:
            raise Conflict(
                "Chưa lập được bảng dự thảo. / The newest draft could not be built yet.",
                code="draft_not_built",
                hint="The findings of the draft say why.",
            )
        if self.draft_sha256 != body_sha256:
            raise Conflict(
                f"Dự thảo đã thay đổi: bản mới nhất có mã {self.draft_sha256}. / The newest draft is another one: its source moved.",
                code="draft_moved",
                hint="Read the newest draft and name its body_sha256.",
            )


async def read_publications(
    connection: asyncpg.Connection, tenant_id: int, *, before: int | None = None, limit: int = LARGEST_PAGE
) -> list[Publication]:
    """Publications of an authority, newest first, those before a number where one is given."""
    return [_publication(tenant_id, row) for row in await connection.fetch(_SELECT, tenant_id, None, before, limit)]


async def read_publication(connection: asyncpg.Connection, tenant_id: int, publication_id: int) -> Publication:
    """One publication of the authority. Raises NotFound: those of other authorities do not exist for the reader."""
    row = await connection.fetchrow(_SELECT, tenant_id, publication_id, None, 1)
    if row is None:
        raise NotFound(
            f"Không có bản công bố {publication_id}. / There is no publication {publication_id}.",
            code="publication_unknown",
            hint="GET /v1/publications lists those of your authority.",
        )
    return _publication(tenant_id, row)


def _publication(tenant_id: int, row: asyncpg.Record) -> Publication:
    steps = [
        Step(number, kind, person_id, body_sha256, why, dt.datetime.fromisoformat(at), tuple(acknowledged or ()))
        for number, kind, person_id, body_sha256, why, at, acknowledged in json.loads(row["events"])
    ]
    draft = None
    if row["draft_no"] is not None:
        draft = Draft(row["draft_no"], row["body_sha256"], tuple(json.loads(row["findings"])), row["built_at"])
    return Publication(
        tenant_id=tenant_id,
        publication_id=row["publication_id"],
        source=json.loads(row["source"]),
        title_vi=row["title_vi"],
        decision=row["decision"],
        supersedes=row["supersedes"],
        erratum=row["erratum"],
        person_id=row["person_id"],
        recorded_at=row["recorded_at"],
        steps=tuple(steps),
        draft=draft,
        edition_no=row["edition_no"],
        superseded_by=row["superseded_by"],
        open_cases=tuple(row["open_cases"]),
    )


async def read_names(
    connection: asyncpg.Connection, tenant_id: int, publications: Sequence[Publication]
) -> dict[int, str]:
    """Person id -> name of everybody who spoke on the publications."""
    ids = {step.person_id for one in publications for step in one.steps} | {one.person_id for one in publications}
    rows = await connection.fetch(
        "SELECT person_id, name FROM person WHERE tenant_id = $1 AND person_id = ANY($2::int[])",
        tenant_id,
        sorted(person_id for person_id in ids if person_id is not None),
    )
    return {row["person_id"]: row["name"] for row in rows}


@asynccontextmanager
async def locked(database: Database, tenant_id: int) -> AsyncIterator[asyncpg.Connection]:
    """One transaction under the authority's chain lock, committed when the block ends."""
    async with database.transaction() as connection:
        await connection.execute(_LOCK, str(tenant_id))
        yield connection


async def append_step(
    connection: asyncpg.Connection,
    person: Person,
    publication_id: int,
    kind: EventKind,
    *,
    body_sha256: str | None,
    why: str,
    now: dt.datetime,
    acknowledged: Sequence[str] = (),
) -> None:
    """Appends an event, numbered under the lock of `locked`. Not to be run twice."""
    await connection.execute(
        _INSERT_EVENT, person.tenant_id, publication_id, kind, person.person_id, body_sha256, why, now,
        list(acknowledged) or None,
    )  # fmt: skip
