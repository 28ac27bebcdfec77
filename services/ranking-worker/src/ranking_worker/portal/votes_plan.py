"""Puts the votes of every organisation and month that is due into the outbox. Content that did not move puts nothing."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import asyncpg

from parindex.engine.period import Period
from parindex.errors import Invalid
from parindex.units.records import NATION
from ranking_worker.portal.attention import Attention, raise_attention, settle
from ranking_worker.portal.link import Link
from ranking_worker.portal.outbox import put
from ranking_worker.portal.profiles import Votes
from ranking_worker.portal.votes import Cells, neutral_votes

CLOSER_HAS_RUN = dt.timedelta(days=1)
"""A month without a single response is never closed by a row: after so long it counts as closed."""
_CLOSED = "SELECT period FROM period_closing WHERE realm = $1"
_CELLS = """
SELECT unit_id, (document->'cells')::text FROM unit_result
WHERE realm = $1 AND instrument_version_id = $2 AND state = $3 AND period = $4 AND unit_id = ANY($5::int[])
"""


async def plan_votes(link: Link) -> int:
    """How many items were put. May run twice. Call in the profile's turn; raises nothing for a profile that does not fit: that is shown to a person."""
    votes = link.profile.votes
    if votes is None:
        return 0
    async with link.database.connection() as connection:
        await link.registers.renew(connection)
    subject = f"votes_profile/{link.profile.name}"
    try:
        count = await _plan(link, votes)
    except Invalid as error:
        attention = Attention(
            link.profile.name,
            subject,
            "votes_profile",
            f"Mục votes của kết nối “{link.profile.name}” không khớp với bộ câu hỏi {votes.instrument} phiên bản {votes.version}.",
            error.message,
            "Sửa mục votes trong tệp kết nối (levels, questions, instrument, version) rồi khởi động lại ranking-worker.",
            {"why": error.message},
        )
        async with link.database.transaction() as connection:
            await raise_attention(connection, link.tenant_id, attention, link.clock.now())
        return 0
    async with link.database.transaction() as connection:
        await settle(connection, link.tenant_id, subject, link.clock.now(), "Đã khớp.", "It fits now.")
    return count


async def _plan(link: Link, votes: Votes) -> int:
    instrument = link.registers.current.instruments.get(votes.instrument, votes.version)
    if instrument is None or instrument.instrument_version_id is None:
        raise Invalid(
            f"There is no published questionnaire {votes.instrument} version {votes.version}.", code="votes_unmappable"
        )
    count = 0
    async with link.database.connection() as connection:
        closed = {row["period"] for row in await connection.fetch(_CLOSED, link.profile.realm)}
    for period in _months(link, votes, closed):
        organisations = _organisations(link, votes, period.last)
        async with link.database.transaction() as connection:
            cells = await _cells(connection, link, instrument.instrument_version_id, votes, period, list(organisations))
            for unit_id, organisation in organisations.items():
                content = neutral_votes(votes, instrument, period, organisation, cells.get(unit_id))
                if content is None:
                    continue
                subject = f"{link.profile.name}/{organisation['code']}/{period.code}"
                now = link.clock.now()
                count += await put(
                    connection, link.tenant_id, link.profile.name, link.profile.realm, "votes", subject, content, now
                )
    return count


def _months(link: Link, votes: Votes, closed: set[str]) -> Iterator[Period]:
    """From the profile's first month on: closed ones, or all that have begun where open ones are pushed too."""
    period = Period.containing(votes.first, "month")
    while period.first <= link.today:
        over = period.code in closed or link.clock.now() >= period.closes_at + CLOSER_HAS_RUN
        if over or votes.state == "current":
            yield period
        period = Period.containing(period.end, "month")


def _organisations(link: Link, votes: Votes, day: dt.date) -> dict[int, dict[str, str]]:
    """Units with their codes and names of the day. Level 1: the authority itself, for the nation every province; level 2: who stands under them."""
    units, realm = link.registers.current.units, link.profile.realm
    tops = units.children(NATION, day, realm) if link.tenant_id == NATION else (link.tenant_id,)
    chosen = (
        tops
        if votes.organisations == "level_1"
        else [child for top in tops for child in units.children(top, day, realm)]
    )
    found = {}
    for unit_id in chosen:
        code = units.codes(unit_id, day).get("h_code") if units.unit(unit_id).on(day) else None
        if code is not None:
            found[unit_id] = {"code": code, "name": units.name(unit_id, day)}
    return found


async def _cells(
    connection: asyncpg.Connection, link: Link, version: int, votes: Votes, period: Period, unit_ids: list[int]
) -> dict[int, Cells]:
    rows: list[Any] = await connection.fetch(_CELLS, link.profile.realm, version, votes.state, period.code, unit_ids)
    return {unit_id: json.loads(cells) for unit_id, cells in rows}
