"""Brings the items of the outbox to the portal: sending is committed before the call, its outcome after it.

Killed in between, the item is found in `sending` by whoever has the next turn; nothing is sent a second time before the
portal was asked, or the profile says that a second time does no harm, or a person decided.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import asyncpg

from ranking_worker.portal.answer import Answer
from ranking_worker.portal.asking import ask_of, values_of, verdict_of
from ranking_worker.portal.attempts import record_attempt, record_guarded
from ranking_worker.portal.attention import raise_attention, settle
from ranking_worker.portal.call import NotNow
from ranking_worker.portal.concerns import Code, concern
from ranking_worker.portal.guard import Cleared, GuardHit, clear
from ranking_worker.portal.link import Link
from ranking_worker.portal.outbox import DELIVERED, GIVE_UP, Item, due, left_behind, move, next_try, superseded
from ranking_worker.portal.profiles import Resend
from ranking_worker.portal.reasons import NO_LOOK_UP, NOTHING_CAME
from ranking_worker.portal.votes import ALLOWED, mvotes

A_STEP = 20
"""Calls of one step: then pulls and other work of the profile have their turn."""
ASK_AGAIN = dt.timedelta(minutes=5)
Sent = list[tuple[Item, Any]]
"""Items with what was sent of each."""


async def recover(link: Link) -> int:
    """Takes up what a process that died left in `sending`; how many. Call in the profile's turn, before anything is sent."""
    async with link.database.transaction() as connection:
        items = await left_behind(connection, link.tenant_id, link.profile.name)
        for item in items:
            await _uncertain(link, connection, item, NOTHING_CAME)
    return len(items)


async def deliver(link: Link) -> bool:
    """Works off what is due, up to a number of calls; whether more is due. Raises NotNow when the portal may not be called."""
    for _ in range(A_STEP):
        items = await _next(link)
        if not items:
            return False
        if items[0].state == "asking":
            await _ask(link, items[0])
        else:
            await _send(link, items)
    return True


async def _next(link: Link) -> list[Item]:
    """One item, or as many new ratings as one call takes. Whatever was tried before goes alone, so that its outcome is its own."""
    ratings = link.profile.ratings
    async with link.database.connection() as connection:
        found = await due(
            connection, link.tenant_id, link.profile.name, link.clock.now(), ratings.batch if ratings else 1
        )
    offered = [item for item in found if (link.profile.votes if item.kind == "votes" else ratings) is not None]
    fresh = [item for item in offered if item.kind == "rating" and item.state == "waiting" and item.attempts == 0]
    return fresh if offered and offered[0] in fresh else offered[:1]


async def _send(link: Link, items: Sequence[Item]) -> None:
    cleared = await _cleared(link, items)
    if not cleared:
        return
    await link.portal.sign_in()
    await link.caller.await_turn()
    async with link.database.transaction() as connection:
        began = link.clock.now()
        sending = [
            (replace(item, state="sending", attempts=item.attempts + 1, first_at=item.first_at or began), content)
            for item, content in cleared
            if await move(connection, link.tenant_id, item, "sending", began, error=None, sent=1)
        ]
    if not sending:
        return
    sent: Sent = [(item, content.document) for item, content in sending]
    try:
        if sending[0][0].kind == "votes":
            answer = await link.portal.push_votes(sending[0][1])
        else:
            answer = await link.portal.push_ratings([content for _, content in sending])
    except NotNow as later:
        async with link.database.transaction() as connection:
            for item, _ in sending:
                await move(connection, link.tenant_id, item, "waiting", link.clock.now(), next_at=later.until, sent=-1)
        raise
    async with link.database.transaction() as connection:
        await record_attempt(connection, link.tenant_id, sent, "send", answer, link.clock.now(), link.profile.secrets())
        for item, _ in sending:
            await _outcome(link, connection, item, answer, alone=len(sending) == 1)


async def _cleared(link: Link, items: Sequence[Item]) -> list[tuple[Item, Cleared]]:
    """The items that the guard lets pass; the others are rejected and shown to a person."""
    passed: list[tuple[Item, Cleared]] = []
    for item in items:
        try:
            passed.append((item, rendered(link, item)))
        except GuardHit as hit:
            places = "; ".join(f"{finding.field} ({finding.code})" for finding in hit.findings[:5])
            async with link.database.transaction() as connection:
                await record_guarded(connection, link.tenant_id, item, places, link.clock.now())
                await _stop(link, connection, item, "rejected", "guard", places)
    return passed


def rendered(link: Link, item: Item) -> Cleared:
    """An item in the portal's form, as far as the guard lets it pass. Raises GuardHit."""
    if item.kind == "votes":
        return clear(mvotes(item.body), ALLOWED)
    assert link.profile.ratings is not None
    mapper = link.profile.ratings.mapper
    return clear(mapper.rating(item.body), mapper.allowed)


async def _outcome(link: Link, connection: asyncpg.Connection, item: Item, answer: Answer, *, alone: bool) -> None:
    """Moves an item to where the answer to its sending leads."""
    match answer.outcome:
        case "received":
            await _delivered(link, connection, item, "received", answer)
        case "retry" | "session":
            await _later(link, connection, item, answer.detail)
        case "unknown":
            await _uncertain(link, connection, item, answer.detail)
        case _ if not alone:
            # Which of them was meant, and what became of the others, only each by itself can tell.
            await _apart(link, connection, item, answer)
        case "known" if item.kind == "votes" and item.version > 1:
            await _stop(link, connection, item, "rejected", "update_refused", answer.detail)
        case "known":
            await _delivered(link, connection, item, "known", answer)
        case _:
            await _stop(link, connection, item, "rejected", "rejected", answer.detail)


async def _apart(link: Link, connection: asyncpg.Connection, item: Item, answer: Answer) -> None:
    assert link.profile.ratings is not None
    if link.profile.ratings.whole_batches:
        now = link.clock.now()
        await move(connection, link.tenant_id, item, "waiting", now, next_at=now, error=answer.detail)
    else:
        await _uncertain(link, connection, item, answer.detail, again_at=link.clock.now())


async def _delivered(link: Link, connection: asyncpg.Connection, item: Item, state: str, answer: Answer) -> None:
    assert state in DELIVERED
    now = link.clock.now()
    await move(connection, link.tenant_id, item, state, now, error=answer.detail)
    if item.kind == "votes":
        await settle(connection, link.tenant_id, item.key, now, "Cổng đã nhận.", "The portal has it.")


async def _later(
    link: Link, connection: asyncpg.Connection, item: Item, why: str, *, again_at: dt.datetime | None = None
) -> None:
    now = link.clock.now()
    next_at = next_try(item.attempts, item.first_at or now, now, link.clock.draw())
    if next_at is None:
        await _stop(link, connection, item, "dead", "dead_letter", why)
    else:
        await move(connection, link.tenant_id, item, "retry", now, next_at=again_at or next_at, error=why)


async def _uncertain(
    link: Link, connection: asyncpg.Connection, item: Item, why: str, *, again_at: dt.datetime | None = None
) -> None:
    """Nobody can say whether the portal has it: ask, or send again where that does no harm, or leave it to a person."""
    now = link.clock.now()
    if ask := ask_of(link.profile, item):
        await move(connection, link.tenant_id, item, "asking", now, next_at=now + ask.after, error=why)
    elif _resend(link, item) == "person":
        await _stop(link, connection, item, "paused", "outcome_unknown", why)
    else:
        await _later(link, connection, item, why, again_at=again_at)


def _resend(link: Link, item: Item) -> Resend:
    section = link.profile.votes if item.kind == "votes" else link.profile.ratings
    return section.resend if section else "person"


async def _stop(link: Link, connection: asyncpg.Connection, item: Item, state: str, code: Code, why: str) -> None:
    """Ends in a state in which a person must look at it."""
    now = link.clock.now()
    if await move(connection, link.tenant_id, item, state, now, error=why):
        await raise_attention(connection, link.tenant_id, concern(code, link.profile.name, item, why), now)


async def _ask(link: Link, item: Item) -> None:
    ask = ask_of(link.profile, item)
    if ask is None:
        # The profile offered it when the item was put here, and does no longer.
        async with link.database.transaction() as connection:
            await _uncertain(link, connection, item, NO_LOOK_UP)
        return
    document = rendered(link, item).document
    answer = await link.portal.ask(item.kind, values_of(item))
    verdict = verdict_of(answer, ask, item, document)
    told = answer if verdict == "unclear" else replace(answer, outcome="known" if verdict == "there" else "absent")
    async with link.database.transaction() as connection:
        now = link.clock.now()
        await record_attempt(connection, link.tenant_id, [(item, document)], "ask", told, now, link.profile.secrets())
        if verdict == "there":
            await _delivered(link, connection, item, "known", told)
        elif verdict == "absent" and await superseded(connection, link.tenant_id, item):
            await move(connection, link.tenant_id, item, "superseded", now)
        elif verdict == "absent":
            await _later(link, connection, item, told.detail)
        elif now - (item.first_at or now) > GIVE_UP:
            await _stop(link, connection, item, "dead", "outcome_unknown", told.detail)
        else:
            await move(connection, link.tenant_id, item, "asking", now, next_at=now + ASK_AGAIN, error=told.detail)
