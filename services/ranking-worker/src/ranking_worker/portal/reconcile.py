"""The day's books: what we hold for delivered, agency by agency, beside what the portal says when it is asked.

Once a day for the day before. Where it cannot be asked `theirs` stays empty: not asked is not zero.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict

import asyncpg

from parindex.engine.period import VIETNAM
from ranking_worker.portal.asking import ask_of, values_of, verdict_of
from ranking_worker.portal.attention import Attention, raise_attention, settle
from ranking_worker.portal.deliver import rendered
from ranking_worker.portal.guard import GuardHit
from ranking_worker.portal.link import Link
from ranking_worker.portal.outbox import Item
from ranking_worker.portal.state import read_state, write_state

AFTER = dt.time(1, 0)
"""Local time from which the day before is gone through: past the nightly maintenance."""
MOST_ASKED = 200
"""Items of a day that are asked about one by one; of a busier day only our count is kept."""
MOST_NAMED = 20
_DELIVERED = """
SELECT kind, subject, version, realm, body::text AS body, body_sha256, state, attempts, first_at, next_at, updated_at FROM outbox o
WHERE tenant_id = $1 AND profile = $2 AND state IN ('received', 'known') AND updated_at >= $3 AND updated_at < $4
  AND NOT EXISTS (SELECT FROM outbox n WHERE n.tenant_id = o.tenant_id AND n.kind = o.kind AND n.subject = o.subject
                  AND n.version > o.version AND n.state IN ('received', 'known', 'sending', 'asking', 'paused'))
ORDER BY kind, subject, version
"""
_RECORD = """
INSERT INTO portal_reconciliation (tenant_id, profile, local_day, agency, revision, ours, theirs, detail, recorded_at)
SELECT $1, $2, $3, $4, coalesce(max(revision), 0) + 1, $5, $6, $7::jsonb, $8 FROM portal_reconciliation
WHERE tenant_id = $1 AND profile = $2 AND local_day = $3 AND agency = $4
"""


async def reconcile_books(link: Link) -> bool:
    """Goes through the oldest day that is over and was not gone through yet; whether there was one. Raises NotNow half way: then nothing is recorded and it begins again later."""
    local = link.clock.now().astimezone(VIETNAM)
    yesterday = local.date() - dt.timedelta(days=1)
    if local.time() < AFTER or (link.profile.votes is None and link.profile.ratings is None):
        return False
    async with link.database.connection() as connection:
        done = await read_state(connection, link.tenant_id, link.profile.name, "reconcile")
        day = dt.date.fromisoformat(done["day"]) + dt.timedelta(days=1) if done else yesterday
        if day > yesterday:
            return False
        items = await _delivered(connection, link, day)
    missing = await _missing(link, items) if len(items) <= MOST_ASKED else None
    by_agency: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_agency[_agency(item)].append(item)
    async with link.database.transaction() as connection:
        now = link.clock.now()
        for agency, theirs in sorted(by_agency.items()):
            lacking = None if missing is None else [item.key for item in theirs if item.key in missing]
            there = None if lacking is None else len(theirs) - len(lacking)
            detail = json.dumps({"missing": (lacking or [])[:MOST_NAMED]})
            await connection.execute(
                _RECORD, link.tenant_id, link.profile.name, day, agency, len(theirs), there, detail, now
            )
            await _compare(connection, link, day, agency, len(theirs), lacking, now)
        await write_state(connection, link.tenant_id, link.profile.name, "reconcile", {"day": day.isoformat()}, now)
    return True


async def _delivered(connection: asyncpg.Connection, link: Link, day: dt.date) -> list[Item]:
    """What holds for delivered since that local day and was not followed by a newer version."""
    begin = dt.datetime.combine(day, dt.time(), VIETNAM)
    rows = await connection.fetch(_DELIVERED, link.tenant_id, link.profile.name, begin, begin + dt.timedelta(days=1))
    return list({(row["kind"], row["subject"]): Item.of(row) for row in rows}.values())


async def _missing(link: Link, items: list[Item]) -> set[str] | None:
    """Keys of items that the portal does not have; None when it cannot be asked about all of them."""
    missing = set()
    for item in items:
        ask = ask_of(link.profile, item)
        if ask is None:
            return None
        try:
            document = rendered(link, item).document
        except GuardHit:
            return None
        match verdict_of(await link.portal.ask(item.kind, values_of(item)), ask, item, document):
            case "absent":
                missing.add(item.key)
            case "unclear":
                return None
            case "there":
                pass
    return missing


async def _compare(
    connection: asyncpg.Connection,
    link: Link,
    day: dt.date,
    agency: str,
    ours: int,
    lacking: list[str] | None,
    now: dt.datetime,
) -> None:
    subject = f"books/{link.profile.name}/{agency}/{day.isoformat()}"
    if lacking:
        attention = Attention(
            link.profile.name,
            subject,
            "books_differ",
            f"Đối soát ngày {day:%d/%m/%Y}, {agency}: hệ thống ghi đã gửi {ours}, Cổng thiếu {len(lacking)}.",
            f"Books of {day.isoformat()}, {agency}: we hold {ours} for delivered, the portal lacks {len(lacking)}.",
            "Đối chiếu các mục nêu trong chi tiết trên Cổng; mục nào thiếu thật thì chạy `parindex portal retry KEY --again`.",
            {"missing": lacking[:MOST_NAMED]},
        )
        await raise_attention(connection, link.tenant_id, attention, now)
    elif lacking is not None:
        await settle(connection, link.tenant_id, subject, now, "Đã khớp.", "The books agree.")


def _agency(item: Item) -> str:
    code: str = item.body["organisation"]["code"] if item.kind == "votes" else item.body["MaDonVi"]
    return code
