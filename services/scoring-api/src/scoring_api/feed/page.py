"""Pages of the change feed. A page that is full never changes; the last one ends where the feed ended when it was read."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Literal

import asyncpg
import msgspec

from parindex.errors import Conflict
from scoring_api.answers import NOTICES, Words

KINDS = ("provisional_table_changed", "edition_published")
"""What a change can be; also the `type` of the webhook message that tells of it."""

_HEAD = "SELECT coalesce(max(change_no), 0) FROM change_entry WHERE tenant_id = 0"
_PAGE = """
SELECT change_no, kind, realm, subject::text AS subject, recorded_at FROM change_entry
WHERE tenant_id = 0 AND change_no > $1 AND change_no <= $2 AND kind = ANY($3::text[]) AND realm = $4
ORDER BY change_no LIMIT $5
"""


class FeedEntry(msgspec.Struct, frozen=True):
    """One change."""

    change_no: int
    kind: Literal["provisional_table_changed", "edition_published"]
    realm: str
    recorded_at: dt.datetime
    subject: dict[str, Any]
    """What changed, and where to read it (`href`); the figures stand there."""


class ChangeFeed(msgspec.Struct, frozen=True):
    """Changes after a number, in the order in which they were committed."""

    realm: str
    notice: Words | None
    changes: list[FeedEntry]
    next: int
    """Ask for the changes after this number next."""
    full: bool
    """The page has as many changes as were asked for: ask for the next one at once."""


async def feed_head(connection: asyncpg.Connection) -> int:
    """The last number of the feed; 0 while it is empty. Whoever sees a number sees every change up to it."""
    head: int = await connection.fetchval(_HEAD)
    return head


async def read_page(
    connection: asyncpg.Connection, *, after: int, limit: int, kinds: tuple[str, ...], realm: str
) -> ChangeFeed:
    """The page after a number. Raises Conflict for a number that the feed has not reached.

    Two reads and no transaction: the first gives the end, and all changes up to an end that was seen are visible.
    """
    head = await feed_head(connection)
    if after > head:
        raise Conflict(
            f"Bảng thay đổi mới đến số {head}, chưa có số {after}. / The feed ends at {head}: nothing can come after {after} yet.",
            code="cursor_ahead",
            hint="Take the cursor from an answer of this system. If it was restored from a backup, read your tables again and begin at its end.",
        )
    rows = await connection.fetch(_PAGE, after, head, list(kinds), realm, limit)
    entries = [
        FeedEntry(row["change_no"], row["kind"], row["realm"], row["recorded_at"], json.loads(row["subject"]))
        for row in rows
    ]
    full = len(entries) == limit
    return ChangeFeed(realm, NOTICES.get(realm), entries, entries[-1].change_no if full else head, full)
