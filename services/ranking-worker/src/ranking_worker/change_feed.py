"""Writes the public change feed: one number after another, in the order in which transactions commit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import asyncpg

CHANGE_FEED_LOCK = 7660012022
"""Advisory lock key: held from the numbering to the commit, so that whoever sees a number sees all before it."""
TENANT = 0
"""The feed is one for the nation."""

ChangeKind = Literal["provisional_table_changed", "edition_published"]
Realm = Literal["production", "sandbox", "synthetic"]

_INSERT = """
INSERT INTO change_entry (tenant_id, change_no, kind, realm, subject, recorded_at)
SELECT $1, (SELECT coalesce(max(change_no), 0) FROM change_entry WHERE tenant_id = $1) + row.place, row.kind, row.realm, row.subject::jsonb,
       clock_timestamp()
FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS row(kind, realm, subject, place)
ORDER BY row.place
RETURNING change_no
"""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that readers may want to read again."""

    kind: ChangeKind
    realm: Realm
    subject: dict[str, Any]
    """What changed (codes, ids, texts), with the address to read it at as `href`; figures stay there."""


async def append_changes(connection: asyncpg.Connection, entries: Sequence[Change]) -> list[int]:
    """Appends the changes in their order and returns their numbers. Call it last in the transaction that made them.

    From here to the commit every other writer of the feed waits. The transaction is READ COMMITTED (the default): under
    an older snapshot the numbering may fail with UniqueViolationError, never skip or repeat. Not for running twice: each
    call appends.
    """
    if not entries:
        return []
    await connection.execute("SELECT pg_advisory_xact_lock($1)", CHANGE_FEED_LOCK)
    rows = await connection.fetch(
        _INSERT,
        TENANT,
        [entry.kind for entry in entries],
        [entry.realm for entry in entries],
        [json.dumps(entry.subject, ensure_ascii=False) for entry in entries],
    )
    return sorted(number for (number,) in rows)
