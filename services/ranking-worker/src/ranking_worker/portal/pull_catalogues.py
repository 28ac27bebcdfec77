"""Pulls the portal's catalogues once a day, compares them with the last good ones, and brings what changed into the register.

A cut or shrunken answer closes nothing: it is kept, held back, and a person is told. Details of procedures follow in
`pull_details.py`: of what is new or changed every day, of all of them once a week.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import asyncpg

from parindex.engine.period import local_day
from parindex.errors import Finding
from ranking_worker.portal.attention import Attention, new_id, raise_attention, settle
from ranking_worker.portal.call import NotNow
from ranking_worker.portal.catalogue_apply import Applied, apply_changes
from ranking_worker.portal.catalogue_changes import Comparison, compare
from ranking_worker.portal.catalogue_concerns import TITLES, tell_persons
from ranking_worker.portal.catalogue_entries import ENTRIES, Catalogue, Entries, join_entries, read_entries
from ranking_worker.portal.link import Link
from ranking_worker.portal.pull_details import ask_for_details
from ranking_worker.portal.pull_plan import RETRY
from ranking_worker.portal.snapshots import Heard, keep
from ranking_worker.portal.state import read_state, write_state

MOST_PAGES = 1_000
_STORED = "SELECT code, document::text FROM portal_entry WHERE tenant_id = $1 AND catalogue = $2"
_UPSERT = """
INSERT INTO portal_entry (tenant_id, catalogue, code, document, snapshot_id)
SELECT $1, $2, code, document::jsonb, $5 FROM unnest($3::text[], $4::text[]) AS new (code, document)
ON CONFLICT (tenant_id, catalogue, code) DO UPDATE SET document = excluded.document, snapshot_id = excluded.snapshot_id
"""
_CHANGE = """
INSERT INTO portal_catalogue_change (tenant_id, change_id, catalogue, code, kind, before, after, snapshot_id, applied, revision, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8, $9, $10, $11)
"""
_SETTLED = "SELECT max(recorded_at) FROM portal_attention WHERE tenant_id = $1 AND subject = $2 AND closes"


@dataclass(frozen=True, slots=True)
class Gathered:
    """All pages of one try. `broken`: the portal stopped answering in between."""

    heard: tuple[Heard, ...]
    whole: Entries
    broken: bool = False


async def pull_catalogues(link: Link) -> bool:
    """Pulls the next catalogue that is due today; whether there was one. Raises NotNow. May run twice: done is done for the day."""
    pulls = link.profile.pulls
    for name in pulls.catalogues if pulls else ():
        async with link.database.connection() as connection:
            await link.registers.renew(connection)
            state = await read_state(connection, link.tenant_id, link.profile.name, f"catalogue/{name}")
        if _due(state, link.clock.now()):
            await _pull(link, name, state)
            return True
    return False


def _due(state: Mapping[str, Any], now: dt.datetime) -> bool:
    failed, good = (
        dt.datetime.fromisoformat(state[key]) if state.get(key) else None for key in ("failed_at", "good_at")
    )
    if failed is not None and now < failed + RETRY:
        return False
    return good is None or local_day(good) < local_day(now)


async def _pull(link: Link, name: str, state: Mapping[str, Any]) -> None:
    assert link.profile.pulls is not None
    tries = link.profile.pulls.tries
    for number in range(1, tries + 1):
        gathered = await _confirmed(link, name, await _gather(link, name))
        findings = list(gathered.whole.findings)
        if gathered.broken:
            findings = [Finding("no_answer", "", gathered.heard[-1].answer.detail, "", retry=True)]
        if not findings:
            await _believed(link, name, gathered, state)
            return
        last = gathered.broken or number == tries or not all(finding.retry for finding in findings)
        await _put_aside(link, gathered, findings)
        if last:
            await _failed(link, name, state, findings, tell=not gathered.broken or _cut(gathered))
            return


def _cut(gathered: Gathered) -> bool:
    """An answer began, but it is not the catalogue: it broke off, or a page stood in its place."""
    answer = gathered.heard[-1].answer
    return bool(answer.reply.headers) and not answer.refused


async def _gather(link: Link, name: str) -> Gathered:
    heard: list[Heard] = []
    pages: list[Entries] = []
    cursor: str | None = None
    while True:
        try:
            answer = await link.portal.catalogue(name, cursor)
        except NotNow:
            if heard:
                await _put_aside(
                    link,
                    Gathered(tuple(heard), join_entries(pages)),
                    [Finding("pages_unfinished", "", "The portal may not be called now.", "", retry=True)],
                )
            raise
        heard.append(Heard(name, {"catalogue": name, "cursor": cursor}, answer, link.clock.now()))
        if answer.outcome != "received":
            return Gathered(tuple(heard), join_entries(pages), broken=True)
        pages.append(read_entries(ENTRIES[name], answer.document))
        if pages[-1].findings or pages[-1].cursor in (None, cursor) or len(pages) >= MOST_PAGES:
            return Gathered(tuple(heard), join_entries(pages))
        cursor = pages[-1].cursor


async def _confirmed(link: Link, name: str, gathered: Gathered) -> Gathered:
    """Lists by cursor tell no total, so a row lost between two pages looks like a closure: a second pass must lack it too."""
    if gathered.broken or gathered.whole.findings or len(gathered.heard) == 1 or gathered.whole.total is not None:
        return gathered
    async with link.database.connection() as connection:
        stored = {code for code, _ in await connection.fetch(_STORED, link.tenant_id, ENTRIES[name])}
    if stored <= gathered.whole.by_code.keys():
        return gathered
    again = await _gather(link, name)
    both = {**gathered.whole.by_code, **again.whole.by_code}
    return Gathered(gathered.heard + again.heard, replace(again.whole, by_code=both), again.broken)


async def _believed(link: Link, name: str, gathered: Gathered, state: Mapping[str, Any]) -> None:
    assert link.profile.pulls is not None
    now, tenant_id, profile, catalogue = link.clock.now(), link.tenant_id, link.profile.name, ENTRIES[name]
    async with link.database.transaction() as connection:
        stored = {code: json.loads(text) for code, text in await connection.fetch(_STORED, tenant_id, catalogue)}
        found = compare(stored, gathered.whole.by_code, largest_drop_percent=link.profile.pulls.largest_drop_percent)
        held = found.held or (_empty() if not gathered.whole.by_code else None)
        if held is not None and not await _allowed(connection, link, name, found, state):
            await _held(connection, link, name, gathered, found, held, state)
            return
        snapshots = [await keep(connection, tenant_id, profile, heard, good=True) for heard in gathered.heard]
        assert snapshots[-1] is not None
        applied = await apply_changes(connection, link, catalogue, found, first=not stored)
        await _store(connection, link, catalogue, found, applied, snapshots[-1], first=not stored)
        whole_due = (
            not state.get("whole_at")
            or now - dt.datetime.fromisoformat(state["whole_at"]) >= link.profile.pulls.catalogues_every
        )
        if name == "procedures":
            wanted = (
                gathered.whole.by_code
                if whole_due
                else [change.code for change in found.changes if change.kind != "closed"]
            )
            await ask_for_details(connection, link, sorted(wanted))
        kept = {"good_at": now.isoformat(), "whole_at": now.isoformat() if whole_due else state["whole_at"]}
        await write_state(connection, tenant_id, profile, f"catalogue/{name}", kept, now)
        await settle(
            connection,
            tenant_id,
            _subject(name),
            now,
            "Đã lấy lại được danh mục.",
            "The catalogue was pulled well again.",
        )
        await tell_persons(connection, link, name, found, applied, first=not stored)


def _empty() -> Finding:
    return Finding("catalogue_dropped", "", "The catalogue is empty.", "A cut answer must not close codes.")


def _subject(name: str) -> str:
    return f"catalogue/{name}"


async def _allowed(
    connection: asyncpg.Connection, link: Link, name: str, found: Comparison, state: Mapping[str, Any]
) -> bool:
    """A person has settled what was raised about exactly these closures."""
    if state.get("held") != _digest(found):
        return False
    settled = await connection.fetchval(_SETTLED, link.tenant_id, _subject(name))
    return settled is not None and settled > dt.datetime.fromisoformat(state["failed_at"])


def _digest(found: Comparison) -> str:
    return hashlib.sha256("\n".join(change.code for change in found.of("closed")).encode()).hexdigest()


async def _held(
    connection: asyncpg.Connection, link: Link, name: str, gathered: Gathered, found: Comparison, held: Finding,
    state: Mapping[str, Any],
) -> None:  # fmt: skip
    now, lost = link.clock.now(), found.of("closed")
    for heard in gathered.heard:
        await keep(connection, link.tenant_id, link.profile.name, heard, good=False, findings=[held])
    document = {**state, "failed_at": now.isoformat(), "held": _digest(found)}
    await write_state(connection, link.tenant_id, link.profile.name, f"catalogue/{name}", document, now)
    attention = Attention(
        link.profile.name,
        _subject(name),
        "truncated",
        f"Danh mục {TITLES[name]} của Cổng thiếu {len(lost)} mã so với lần trước; chưa đóng mã nào.",
        f"The portal's catalogue of {name} lacks {len(lost)} codes that it had; none was closed.",
        f"So với Cổng. Nếu các mã thật sự đã đóng, chạy `parindex portal settle {_subject(name)} --note ...`; lần lấy sau sẽ áp dụng.",
        {"lost": [change.code for change in lost[:100]], "count": len(lost)},
    )
    await raise_attention(connection, link.tenant_id, attention, now)


async def _store(
    connection: asyncpg.Connection, link: Link, catalogue: Catalogue, found: Comparison, applied: Applied,
    snapshot_id: uuid.UUID, *, first: bool,
) -> None:  # fmt: skip
    now, tenant_id = link.clock.now(), link.tenant_id
    living = [change for change in found.changes if change.after is not None]
    await connection.execute(
        _UPSERT,
        tenant_id,
        catalogue,
        [change.code for change in living],
        [_json(change.after) for change in living],
        snapshot_id,
    )
    gone = [change.code for change in found.of("closed")]
    await connection.execute(
        "DELETE FROM portal_entry WHERE tenant_id = $1 AND catalogue = $2 AND code = ANY($3::text[])",
        tenant_id,
        catalogue,
        gone,
    )
    if first:
        return
    for change in found.changes:
        outcome = applied.outcomes[change.code]
        await connection.execute(
            _CHANGE, tenant_id, new_id(), catalogue, change.code, change.kind, _json(change.before), _json(change.after),
            snapshot_id, outcome.applied, applied.revision if outcome.applied == "register" else None, now,
        )  # fmt: skip


async def _put_aside(link: Link, gathered: Gathered, findings: Sequence[Finding]) -> None:
    async with link.database.transaction() as connection:
        for heard in gathered.heard:
            await keep(connection, link.tenant_id, link.profile.name, heard, good=False, findings=findings)


async def _failed(link: Link, name: str, state: Mapping[str, Any], findings: Sequence[Finding], *, tell: bool) -> None:
    now, profile = link.clock.now(), link.profile.name
    async with link.database.transaction() as connection:
        document = {**state, "failed_at": now.isoformat()}
        await write_state(connection, link.tenant_id, profile, f"catalogue/{name}", document, now)
        if tell:
            attention = Attention(
                profile, _subject(name), findings[0].code if findings[0].code != "no_answer" else "truncated",
                f"Danh mục {TITLES[name]} của Cổng không đọc được trọn vẹn; vẫn dùng lần lấy tốt gần nhất.",
                f"The portal's catalogue of {name} could not be read whole; the last good one holds.",
                "Hệ thống tự lấy lại sau một giờ. Nếu còn lặp lại, kiểm tra đường truyền hoặc thay đổi cấu trúc phía Cổng.",
                {"findings": [{"code": one.code, "field": one.field, "message": one.message} for one in findings[:20]]},
            )  # fmt: skip
            await raise_attention(connection, link.tenant_id, attention, now)


def _json(content: Mapping[str, Any] | None) -> str | None:
    return None if content is None else json.dumps(dict(content), ensure_ascii=False, sort_keys=True, default=str)
